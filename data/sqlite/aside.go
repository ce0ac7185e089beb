package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

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
	findAside = `SELECT household_id, team_id, at, outcome, assessed, shown, a.batch, b.sender
		FROM visits_aside a LEFT JOIN batches b ON b.batch = a.batch WHERE visit_id = ?`
	// The household from the id on, or the first.
	findNeighbour = `SELECT household_id FROM households
		WHERE household_id >= ifnull((SELECT household_id FROM households WHERE household_id >= ? LIMIT 1), '')
		ORDER BY household_id LIMIT 1`
)

// setAside keeps a visit of a sender that cannot be recorded: what becomes of it, and the time that takes, show its
// sender nothing of the register.
func (tx *Tx) setAside(ctx context.Context, v *data.Visit, result data.PutResult) (data.PutResult, error) {
	reason, ok := result.WhyAside()
	if !ok {
		return result, nil
	}
	assessed, known := tx.skills.StoreSet(v.Assessed)
	if !known {
		return data.Reject(problem.ForeignSkill("assessed")), nil
	}
	shown, _ := tx.skills.StoreSet(v.Shown)
	if before, err := tx.sentBefore(ctx, v, reason, assessed, shown); err != nil {
		return result, err
	} else if before {
		return data.PutResult{Change: data.Unchanged}, nil
	}
	for _, set := range []uint16{assessed, shown} { // for when it is brought in
		if err := tx.writeSet(set); err != nil {
			return result, err
		}
	}
	a := data.Aside{Visit: *v, Reason: reason}
	a.Origin = tx.batches.Origin(v.Origin, data.ByPost)
	if err := origin.WriteAside(tx.execute, &a, assessed, shown); err != nil {
		return result, err
	}
	tx.batches.Use(a.Origin.Batch)
	tx.changed = true
	return data.PutResult{Change: data.SetAside, Problem: result.Problem}, nil
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

// sentBefore reports whether the sender sent the same visit before, and it is recorded or was set aside.
func (tx *Tx) sentBefore(ctx context.Context, v *data.Visit, reason data.Reason, assessed, shown uint16) (bool, error) {
	if reason == data.Repeated {
		find, err := tx.prepared(findSender)
		if err != nil {
			return false, err
		}
		var row [2]driver.Value
		if _, err := find.Row(row[:], v.ID); err != nil {
			return false, err
		}
		if sender, err := tx.senderOf(row[0], row[1]); err != nil || sender == v.Origin.Sender {
			return err == nil, err
		}
	}
	find, err := tx.prepared(findAside)
	if err != nil {
		return false, err
	}
	same := false
	err = find.Rows(ctx, 8, func(row []driver.Value) error {
		sender, err := tx.senderOf(row[6], row[7])
		same = same || row[0] == v.HouseholdID && row[1] == v.TeamID && row[2] == v.At.Unix() &&
			row[3] == int64(v.Outcome) && row[4] == int64(assessed) && row[5] == int64(shown) &&
			sender == v.Origin.Sender
		return err
	}, v.ID)
	return same, err
}

// senderOf returns the sender of a batch: of this transaction, or as it was read.
func (tx *Tx) senderOf(batch, sender driver.Value) (string, error) {
	if number, _ := batch.(int64); number > 0 {
		if own, ok := tx.batches.Sender(number); ok {
			return own, nil
		}
	}
	text, err := column.Text(sender)
	if err != nil {
		return "", fmt.Errorf("sender of batch %v: %w", batch, err)
	}
	return text, nil
}
