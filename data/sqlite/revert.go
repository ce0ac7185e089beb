package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/origin"
)

const (
	// selected are the visits of a selection: ?2 batch, ?3 sender, ?4 since, ?5 until. ?1 is the batch of the revert.
	selected = `v.received_at BETWEEN ?4 AND ?5
		AND v.batch IN (SELECT batch FROM batches WHERE ?2 IN (0, batch) AND ?3 IN ('', sender))`
	withdrawSelected = `INSERT INTO visits_aside (reason, visit_id, household_id, team_id, at, outcome, assessed, shown,
			batch, received_at, set_aside_by)
		SELECT 'withdrawn', visit_id, household_id, team_id, at, outcome, assessed, shown, batch, received_at, ?1
		FROM visit_rows v JOIN households h ON h.fid = v.household JOIN teams t ON t.fid = v.team WHERE ` + selected
	// Of a batch ?2 that brought visits back: they are withdrawn again by ?1.
	// An import may have corrected them since.
	withdrawRestored = `UPDATE visits_aside SET reason = 'withdrawn', set_aside_by = ?1, restored_by = NULL,
			household_id = h.household_id, team_id = t.team_id, at = v.at, outcome = v.outcome, assessed = v.assessed,
			shown = v.shown
		FROM visit_rows v JOIN households h ON h.fid = v.household JOIN teams t ON t.fid = v.team
		WHERE restored_by = ?2 AND v.visit_id = visits_aside.visit_id AND v.batch = visits_aside.batch`
	deleteWithdrawn = `DELETE FROM visit_rows WHERE visit_id IN (SELECT visit_id FROM visits_aside WHERE set_aside_by = ?)`
	// Of a batch ?2 that withdrew visits: those that can be brought back are, by ?1.
	markRestored = `UPDATE visits_aside SET restored_by = ?1 WHERE set_aside_by = ?2 AND restored_by IS NULL
		AND NOT EXISTS (SELECT 1 FROM visit_rows v WHERE v.visit_id = visits_aside.visit_id)
		AND EXISTS (SELECT 1 FROM households h WHERE h.household_id = visits_aside.household_id)
		AND EXISTS (SELECT 1 FROM teams t WHERE t.team_id = visits_aside.team_id)`
	// Of those whose household or team was unknown, or that repeat one withdrawn since: the first of a visit_id.
	markKnown = `UPDATE visits_aside SET restored_by = ?1
		WHERE fid IN (SELECT min(fid) FROM visits_aside
			WHERE reason IN ('unknown_household', 'unknown_team', 'repeated') AND restored_by IS NULL
			GROUP BY visit_id)
		AND NOT EXISTS (SELECT 1 FROM visit_rows v WHERE v.visit_id = visits_aside.visit_id)
		AND EXISTS (SELECT 1 FROM households h WHERE h.household_id = visits_aside.household_id)
		AND EXISTS (SELECT 1 FROM teams t WHERE t.team_id = visits_aside.team_id)`
	countUnknown = `SELECT count(*) FROM visits_aside
		WHERE reason IN ('unknown_household', 'unknown_team') AND restored_by IS NULL`
	insertRestored = `INSERT INTO visit_rows (visit_id, household, team, at, outcome, assessed, shown, batch, received_at)
		SELECT a.visit_id, h.fid, t.fid, a.at, a.outcome, a.assessed, a.shown, a.batch, a.received_at
		FROM visits_aside a JOIN households h USING (household_id) JOIN teams t USING (team_id) WHERE a.restored_by = ?`
	countBlocked = `SELECT count(*) FROM visits_aside WHERE set_aside_by = ? AND restored_by IS NULL`
)

// Revert withdraws the visits of a selection in one transaction, as a batch of its own. Of the batch of a revert it
// undoes what that did. A dry run changes nothing and returns what a revert would do.
func (s *Store) Revert(ctx context.Context, sel data.Selection, dryRun bool) (done data.Reverted, err error) {
	tx, err := s.begin(ctx)
	if err == nil {
		defer tx.Rollback()
		done, err = tx.revert(ctx, sel)
	}
	if err == nil && done.Batch != 0 && !dryRun {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return data.Reverted{}, fmt.Errorf("%s: revert: %w", s.path, err)
	}
	return done, nil
}

func (tx *Tx) revert(ctx context.Context, sel data.Selection) (done data.Reverted, err error) {
	now := tx.batches.Origin(data.Origin{}, data.ByRevert)
	own := data.Batch{ID: now.Batch, ReceivedAt: now.ReceivedAt, Channel: data.ByRevert}
	if err := origin.WriteBatches(tx.execute, []data.Batch{own}); err != nil {
		return done, err
	}
	if sel.Until == 0 {
		sel.Until = math.MaxInt64
	}
	change := func(count *int, query string, args ...any) {
		if err != nil {
			return
		}
		result, failed := tx.conn.ExecContext(ctx, query, args...)
		if err = failed; err == nil {
			n, _ := result.RowsAffected()
			*count += int(n)
		}
	}
	var moved int
	if sel.Unknown {
		change(&done.Restored, markKnown, now.Batch)
		change(&moved, insertRestored, now.Batch)
		if err == nil {
			err = tx.conn.QueryRowContext(ctx, countUnknown).Scan(&done.Blocked)
		}
		return tx.settleRevert(ctx, done, now.Batch, moved, err)
	}
	change(&done.Withdrawn, withdrawSelected, now.Batch, sel.Batch, sel.Sender, sel.Since, sel.Until)
	if sel.Batch != 0 && sel.Sender == "" {
		change(&done.Withdrawn, withdrawRestored, now.Batch, sel.Batch)
	}
	change(&moved, deleteWithdrawn, now.Batch)
	if sel.Batch != 0 && sel.Sender == "" {
		change(&done.Restored, markRestored, now.Batch, sel.Batch)
		change(&moved, insertRestored, now.Batch)
		if err == nil {
			err = tx.conn.QueryRowContext(ctx, countBlocked, sel.Batch).Scan(&done.Blocked)
		}
	}
	return tx.settleRevert(ctx, done, now.Batch, moved, err)
}

// settleRevert checks what a revert did, and brings the digest of the visits to it.
func (tx *Tx) settleRevert(ctx context.Context, done data.Reverted, batch int64, moved int, err error) (data.Reverted,
	error) {
	if err == nil && moved != done.Withdrawn+done.Restored {
		err = fmt.Errorf("%d rows of visits changed, want %d", moved, done.Withdrawn+done.Restored)
	}
	if moved > 0 {
		done.Batch, tx.changed = batch, true
	}
	if err == nil {
		err = tx.digestMoved(ctx, `set_aside_by`, batch, tx.delta.Deleted)
	}
	if err == nil {
		err = tx.digestMoved(ctx, `restored_by`, batch, tx.delta.Created)
	}
	return done, err
}

// digestMoved brings the digest of the visits to what a revert did to them.
func (tx *Tx) digestMoved(ctx context.Context, column string, batch int64, change func(int, digest.Digest)) error {
	moved, err := tx.prepared(`SELECT visit_id, household_id, team_id, at, outcome, assessed, shown,
		batch, received_at FROM visits_aside WHERE ` + column + ` = ?`)
	if err != nil {
		return err
	}
	return moved.Rows(ctx, 9, func(row []driver.Value) error {
		change(digest.Visits, tx.digestOfVisit(row))
		return nil
	}, batch)
}

// PutAside writes visits that do not count: those of a store that is copied.
func (tx *Tx) PutAside(_ context.Context, visits []data.Aside) error {
	for i := range visits {
		a := &visits[i]
		assessed, ok := tx.skills.StoreSet(a.Assessed)
		if !ok {
			return fmt.Errorf("visit %s: a skill that the programme does not have", a.ID)
		}
		shown, _ := tx.skills.StoreSet(a.Shown)
		tx.changed = true
		if err := errors.Join(tx.writeSet(assessed), tx.writeSet(shown)); err != nil { // for when it is brought back
			return err
		}
		if err := origin.WriteAside(tx.executeOne, a, assessed, shown); err != nil {
			return err
		}
	}
	return nil
}
