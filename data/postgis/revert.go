package postgis

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
)

const (
	asideColumns = `reason, ` + visitColumns + `, set_aside_by, restored_by`

	// The batch of the revert is $1; of a selection $2 is the batch, $3 the sender, $4 and $5 from when to when.
	withdrawSelected = `WITH gone AS (
			DELETE FROM visits v USING batches b
			WHERE b.batch = v.batch AND $2::bigint IN (0, b.batch) AND ($3::text = '' OR $3 = b.sender)
				AND ($4::timestamptz IS NULL OR v.received_at >= $4) AND ($5::timestamptz IS NULL OR v.received_at <= $5)
			RETURNING v.*)
		, kept AS (INSERT INTO visits_aside (reason, ` + visitColumns + `, set_aside_by)
			SELECT 'withdrawn', ` + visitColumns + `, $1::bigint FROM gone)
		SELECT ` + visitColumns + ` FROM gone`
	// Of a batch $2 that brought visits back: they are withdrawn again.
	withdrawRestored = `WITH gone AS (
			DELETE FROM visits v USING visits_aside a
			WHERE a.restored_by = $2::bigint AND v.visit_id = a.visit_id AND v.batch = a.batch
			RETURNING a.fid, v.*)
		, kept AS (UPDATE visits_aside a SET reason = 'withdrawn', set_aside_by = $1::bigint, restored_by = NULL,
			household_id = gone.household_id, visited_at = gone.visited_at, team_id = gone.team_id,
			outcome = gone.outcome, assessed = gone.assessed, shown = gone.shown
		FROM gone WHERE gone.fid = a.fid)
		SELECT ` + visitColumns + ` FROM gone`
	// Of a batch $2 that withdrew visits, or of those whose household or team was unknown where it is 0: those that can
	// be brought in are, of each visit_id the first.
	restoreWithdrawn = `WITH back AS (
			SELECT DISTINCT ON (a.visit_id) a.fid, h.commune_code
			FROM visits_aside a JOIN households h USING (household_id)
			WHERE a.restored_by IS NULL AND (a.set_aside_by = $2::bigint
					OR $2 = 0 AND a.reason IN ('unknown_household', 'unknown_team', 'repeated'))
				AND NOT EXISTS (SELECT FROM visits v WHERE v.visit_id = a.visit_id)
				AND EXISTS (SELECT FROM teams t WHERE t.team_id = a.team_id)
			ORDER BY a.visit_id, a.fid
		), restored AS (
			UPDATE visits_aside a SET restored_by = $1::bigint FROM back WHERE back.fid = a.fid RETURNING back.commune_code, a.*)
		INSERT INTO visits (revision, commune_code, ` + visitColumns + `)
		SELECT $3::bigint, commune_code, ` + visitColumns + ` FROM restored
		RETURNING ` + visitColumns
	countBlocked = `SELECT count(*) FROM visits_aside WHERE restored_by IS NULL
		AND (set_aside_by = $1 OR $1 = 0 AND reason IN ('unknown_household', 'unknown_team'))`
	insertAside = `INSERT INTO visits_aside (` + asideColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9::bigint, 0), $10, nullif($11::bigint, 0), nullif($12::bigint, 0))`
)

// Revert withdraws the visits of a selection in one transaction, as a batch of its own. Of the batch of a revert it
// undoes what that did. A dry run changes nothing and returns what a revert would do.
func (s *Store) Revert(ctx context.Context, sel data.Selection, dryRun bool) (done data.Reverted, err error) {
	tx, err := s.begin(ctx, `SELECT set_config('statement_timeout', '0', true)`)
	if err == nil {
		defer tx.Rollback()
		done, err = tx.revert(ctx, sel)
	}
	if err == nil && done.Batch != 0 && !dryRun {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return data.Reverted{}, fmt.Errorf("%s: revert: %w", s.name, err)
	}
	return done, nil
}

func (tx *Tx) revert(ctx context.Context, sel data.Selection) (done data.Reverted, err error) {
	now := tx.batches.Origin(data.Origin{}, data.ByRevert)
	var batch pgx.Batch
	queueBatches(&batch, []data.Batch{{ID: now.Batch, ReceivedAt: now.ReceivedAt, Channel: data.ByRevert}})
	// Nothing here is looked up row by row: the planner decides.
	batch.Queue(byTables)
	if err := tx.session.Send(ctx, &batch); err != nil {
		return done, err
	}
	// move runs a query that moves visits and returns them.
	move := func(count *int, note func(kind int, d digest.Digest), query string, args ...any) {
		if err != nil {
			return
		}
		err = tx.query(ctx, query, func(row pgx.Rows) error {
			*count++
			if tx.hash == nil {
				return nil
			}
			var v data.Visit
			if err := column.ScanVisit(row.RawValues(), tx.skills, &v); err != nil {
				return err
			}
			note(digest.Visits, visitRowDigest(tx.hash, &v, row.RawValues()))
			return nil
		}, args...)
	}
	if !sel.Unknown {
		move(&done.Withdrawn, tx.delta.Deleted, withdrawSelected, now.Batch, sel.Batch, sel.Sender,
			timeValue(sel.Since), timeValue(sel.Until))
	}
	if whole := sel.Batch != 0 && sel.Sender == ""; whole || sel.Unknown {
		if whole {
			move(&done.Withdrawn, tx.delta.Deleted, withdrawRestored, now.Batch, sel.Batch)
		}
		move(&done.Restored, tx.delta.Created, restoreWithdrawn, now.Batch, sel.Batch, tx.revision)
		if err == nil {
			err = tx.session.Tx.QueryRow(ctx, countBlocked, sel.Batch).Scan(&done.Blocked)
		}
	}
	if done.Withdrawn+done.Restored > 0 {
		// No row of the new revision names a household that lost visits: servers read everything.
		done.Batch, tx.changed, tx.registers = now.Batch, true, true
	}
	return done, err
}

// PutAside writes visits that do not count: those of a store that is copied.
func (tx *Tx) PutAside(ctx context.Context, visits []data.Aside) error {
	if len(visits) == 0 {
		return nil
	}
	var batch pgx.Batch
	for i := range visits {
		a := &visits[i]
		assessed, ok := tx.skills.StoreSet(a.Assessed)
		if !ok {
			return fmt.Errorf("visit %s: a skill that the programme does not have", a.ID)
		}
		shown, _ := tx.skills.StoreSet(a.Shown)
		queueAside(&batch, a, assessed, shown)
	}
	tx.changed = true
	return tx.session.Send(ctx, &batch)
}

func queueAside(batch *pgx.Batch, a *data.Aside, assessed, shown uint16) {
	batch.Queue(insertAside, string(a.Reason), a.HouseholdID, time.Unix(a.At.Unix(), 0), a.ID, a.TeamID,
		a.Outcome.String(), int32(assessed), int32(shown), a.Origin.Batch, timeValue(a.Origin.ReceivedAt), a.SetAsideBy,
		a.RestoredBy)
}

func streamAside(ctx context.Context, db querier, skills *data.SkillBits, yield func(*data.Aside) error) error {
	return each(ctx, db, `SELECT `+asideColumns+` FROM visits_aside ORDER BY fid`, func(row pgx.Rows) error {
		c := row.RawValues()
		a := data.Aside{Reason: data.Reason(c[0])}
		if c[10] != nil {
			a.SetAsideBy = column.RawInt64(c[10])
		}
		if c[11] != nil {
			a.RestoredBy = column.RawInt64(c[11])
		}
		if err := column.ScanVisit(c[1:], skills, &a.Visit); err != nil {
			return err
		}
		return yield(&a)
	})
}

// timeValue is NULL for 0.
func timeValue(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0)
	return &t
}
