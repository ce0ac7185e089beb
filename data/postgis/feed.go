package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

const (
	// maxSince is from how many visits on reading everything again is the shorter way.
	maxSince   = 200_000
	countSince = `SELECT count(*) FROM (SELECT FROM visits WHERE revision > $1 LIMIT $2) AS news`
	findSince  = `SELECT ` + visitColumns + `
		FROM (SELECT DISTINCT commune_code, household_id FROM visits WHERE revision > $1) AS touched
		JOIN visits USING (commune_code, household_id)
		ORDER BY household_id, visited_at, visit_id`
)

// Since returns what was committed after a revision: the whole histories of the households
// that got a visit or whose visits were corrected, and the revision up to which that is
// complete. A transaction commits in the order of its revision, so none can turn up later
// behind it. whole is false where histories are not enough (areas, teams, households,
// skills or meta changed, a visit left its household, so much was posted that to read again
// is the shorter way, or the database is another one, restored from before the revision):
// then the store must be read again.
func (s *Store) Since(ctx context.Context, revision int64) (posted data.Posted, whole bool, err error) {
	err = s.snapshot(ctx, func(tx pgx.Tx) error {
		posted, whole, err = s.since(ctx, tx, revision)
		return err
	}, `SELECT set_config('enable_seqscan', 'off', true)`)
	if err != nil {
		return data.Posted{}, false, fmt.Errorf("%s: read what is new: %w", s.name, err)
	}
	return posted, whole, nil
}

func (s *Store) since(ctx context.Context, tx pgx.Tx, revision int64) (posted data.Posted, whole bool, err error) {
	var registers int64
	if err := tx.QueryRow(ctx, `SELECT revision, registers_revision FROM store`).Scan(&posted.Revision, &registers); err != nil {
		return posted, false, err
	}
	posted.Histories = make(map[string][]data.Visit)
	if registers > revision || posted.Revision < revision {
		return posted, false, nil
	}
	if posted.Revision == revision {
		return posted, true, nil
	}
	var visits int
	if err := tx.QueryRow(ctx, countSince, revision, maxSince+1).Scan(&visits); err != nil || visits > maxSince {
		return posted, false, err
	}
	rows, err := tx.Query(ctx, findSince, revision)
	if err != nil {
		return posted, false, err
	}
	defer rows.Close()
	return posted, true, scanHistories(rows, s.skills.Load(), posted.Histories)
}

// Wait returns when something may have been committed: see listen.Listener.Wait.
func (s *Store) Wait(ctx context.Context) error {
	if err := s.listener.Wait(ctx); err != nil {
		return fmt.Errorf("%s: listen: %w", s.name, err)
	}
	return nil
}
