// Package origin writes and reads in SQLite when and whence visits came, and the visits that do not count.
package origin

import (
	"context"
	"database/sql/driver"
	"fmt"

	"tungnha/data"
	"tungnha/data/sqlite/column"
)

const (
	insertBatch = `INSERT INTO batches (batch, received_at, channel, sender) VALUES (?, ?, ?, ?)`
	readBatches = `SELECT batch, received_at, channel, sender FROM batches ORDER BY batch`
	readAside   = `SELECT reason, visit_id, household_id, team_id, at, (outcome << 32) | (assessed << 16) | shown,
			batch, received_at, set_aside_by, restored_by FROM visits_aside ORDER BY fid`
	insertAside = `INSERT INTO visits_aside (reason, visit_id, household_id, team_id, at, outcome, assessed, shown,
			batch, received_at, set_aside_by, restored_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// Execute runs a statement for its effect.
type Execute = func(query string, values ...driver.Value) error

// Query calls yield for each row of a query with the number of columns.
type Query = func(ctx context.Context, query string, columns int, yield func([]driver.Value) error) error

// WriteBatches writes batches.
func WriteBatches(execute Execute, batches []data.Batch) error {
	for i := range batches {
		b := &batches[i]
		err := execute(insertBatch, b.ID, b.ReceivedAt, string(b.Channel), column.TextValue(b.Sender))
		if err != nil {
			return err
		}
	}
	return nil
}

// StreamBatches reads all batches, by ID.
func StreamBatches(ctx context.Context, query Query, yield func(*data.Batch) error) error {
	return query(ctx, readBatches, 4, func(row []driver.Value) (err error) {
		var b data.Batch
		b.ID, _ = row[0].(int64)
		b.ReceivedAt, _ = row[1].(int64)
		channel, _ := row[2].(string)
		b.Channel = data.Channel(channel)
		if b.Sender, err = column.Text(row[3]); err != nil {
			return err
		}
		return yield(&b)
	})
}

// Of reads the columns batch and received_at of a visit.
func Of(row []driver.Value) (o data.Origin) {
	o.Batch, _ = row[0].(int64)
	o.ReceivedAt, _ = row[1].(int64)
	return o
}

// WriteAside writes a visit that does not count, its skills in the bits of the store.
func WriteAside(execute Execute, a *data.Aside, assessed, shown uint16) error {
	return execute(insertAside, string(a.Reason), a.ID, a.HouseholdID, a.TeamID, a.At.Unix(), int64(a.Outcome),
		int64(assessed), int64(shown), column.CountValue(a.Origin.Batch), column.CountValue(a.Origin.ReceivedAt),
		column.CountValue(a.SetAsideBy), column.CountValue(a.RestoredBy))
}

// StreamAside reads the visits that do not count, in the order in which they were set aside.
func StreamAside(ctx context.Context, query Query, skills *data.SkillBits, yield func(*data.Aside) error) error {
	return query(ctx, readAside, 10, func(row []driver.Value) error {
		var a data.Aside
		for i, text := range []*string{(*string)(&a.Reason), &a.ID, &a.HouseholdID, &a.TeamID} {
			var err error
			if *text, err = column.Text(row[i]); err != nil {
				return err
			}
		}
		at, _ := row[4].(int64)
		a.At = column.Instant(at)
		packed, _ := row[5].(int64)
		a.Origin = Of(row[6:])
		a.SetAsideBy, _ = row[8].(int64)
		a.RestoredBy, _ = row[9].(int64)
		if err := column.Unpack(skills, packed, &a.Visit); err != nil {
			return fmt.Errorf("visit %s: %w", a.ID, err)
		}
		return yield(&a)
	})
}
