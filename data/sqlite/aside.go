package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"tungnha/data"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/origin"
	"tungnha/internal/problem"
)

// PutBatches writes the batches of a store that is copied. From then on visits keep their origins.
func (tx *Tx) PutBatches(_ context.Context, batches []data.Batch) error {
	tx.batches.Keep()
	tx.changed = tx.changed || len(batches) > 0
	return origin.WriteBatches(tx.execute, batches)
}

const (
	findSender = `SELECT b.batch, b.sender FROM visit_rows v LEFT JOIN batches b ON b.batch = v.batch
		WHERE v.visit_id = ?`
	findAside = `SELECT a.fid, a.reason, a.batch, b.sender FROM visits_aside a LEFT JOIN batches b ON b.batch = a.batch
		WHERE visit_id = ? AND household_id = ? AND team_id = ? AND at = ? AND outcome = ? AND assessed = ? AND shown = ?
			AND restored_by IS NULL`
	markIn = `UPDATE visits_aside SET restored_by = ? WHERE fid = ?`
	// The household from the id on, or the first.
	findNeighbour = `SELECT household_id FROM households
		WHERE household_id >= ifnull((SELECT household_id FROM households WHERE household_id >= ? LIMIT 1), '')
		ORDER BY household_id LIMIT 1`
)

// postOf writes a visit that a sender posted. What cannot be recorded is kept aside: what becomes of it shows its
// sender nothing of the register. What the sender sent before, and was set aside, is a duplicate; where it can be
// recorded now it is, unless it was withdrawn.
func (tx *Tx) postOf(ctx context.Context, v *data.Visit) (data.PutResult, error) {
	assessed, known := tx.skills.StoreSet(v.Assessed)
	if result := v.Check(); result.Change == data.Rejected {
		return result, nil
	}
	if !known {
		return data.Reject(problem.ForeignSkill("assessed")), nil
	}
	shown, _ := tx.skills.StoreSet(v.Shown)
	before, why, err := tx.sentBefore(ctx, v, assessed, shown)
	if err != nil || before != 0 && why == data.Withdrawn {
		return data.PutResult{Change: data.Unchanged}, err
	}
	result, err := tx.putVisit(v, data.ByPost, keepVisit)
	if err != nil {
		return result, err
	}
	reason, aside := result.WhyAside()
	switch {
	case before != 0 && result.Change == data.Created:
		result.Again = true
		return result, tx.executeOne(markIn, tx.batches.Origin(v.Origin, data.ByPost).Batch, before)
	case !aside:
		return result, nil
	case before != 0:
		return data.PutResult{Change: data.Unchanged}, nil
	}
	if reason == data.Repeated {
		if sender, err := tx.senderOfRecorded(v.ID); err != nil || sender == v.Origin.Sender {
			return data.PutResult{Change: data.Unchanged}, err
		}
	}
	if err := errors.Join(tx.writeSet(assessed), tx.writeSet(shown)); err != nil { // for when it is brought in
		return result, err
	}
	a := data.Aside{Visit: *v, Reason: reason}
	a.Origin = tx.batches.Origin(v.Origin, data.ByPost)
	tx.batches.Use(a.Origin.Batch)
	tx.changed = true
	return data.PutResult{Change: data.SetAside, Problem: result.Problem},
		origin.WriteAside(tx.executeOne, &a, assessed, shown)
}

// neighbour returns a household whose history is read for a visit that was set aside, as that of one with a visit that
// was recorded is; empty where there is none.
func (tx *Tx) neighbour(household string) (string, error) {
	find, err := tx.prepared(findNeighbour)
	if err != nil {
		return "", err
	}
	var home [1]driver.Value
	if _, err := find.Row(home[:], household); err != nil {
		return "", err
	}
	return column.Text(home[0])
}

// sentBefore returns the row of the same visit of the same sender among those that do not count, and why it does not; 0
// where there is none.
func (tx *Tx) sentBefore(ctx context.Context, v *data.Visit, assessed, shown uint16) (fid int64, why data.Reason,
	err error) {
	find, err := tx.prepared(findAside)
	if err != nil {
		return 0, "", err
	}
	err = find.Rows(ctx, 4, func(row []driver.Value) error {
		sender, err := tx.senderOf(row[2], row[3])
		if reason, _ := row[1].(string); err == nil && sender == v.Origin.Sender && why != data.Withdrawn {
			fid, _ = row[0].(int64)
			why = data.Reason(reason)
		}
		return err
	}, v.ID, v.HouseholdID, v.TeamID, v.At.Unix(), int64(v.Outcome), int64(assessed), int64(shown))
	return fid, why, err
}

// senderOfRecorded returns who sent the visit of an id that is recorded.
func (tx *Tx) senderOfRecorded(id string) (string, error) {
	find, err := tx.prepared(findSender)
	if err != nil {
		return "", err
	}
	var row [2]driver.Value
	if _, err := find.Row(row[:], id); err != nil {
		return "", err
	}
	return tx.senderOf(row[0], row[1])
}

// senderOf returns the sender of a batch: of this transaction, or as it was read.
func (tx *Tx) senderOf(batch, sender driver.Value) (string, error) {
	if number, _ := batch.(int64); number > 0 {
		if own, ok := tx.batches.Sender(number); ok {
			return own, nil
		}
	}
	return column.Text(sender)
}
