package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

// Both come in the order of the primary keys.
var readHouseholds = `SELECT ` + householdColumns + ` FROM households h ORDER BY commune_code, household_id`

const readVisits = `SELECT ` + visitColumns + ` FROM visits ORDER BY commune_code, household_id, visited_at, visit_id`

// Read streams the last committed state, whole and of one piece, whatever is written
// meanwhile, and returns its revision. An empty function of the handler skips its records.
func (s *Store) Read(ctx context.Context, handler data.RecordHandler) (int64, error) {
	revision, err := s.read(ctx, handler)
	if err != nil {
		return 0, fmt.Errorf("%s: read: %w", s.name, err)
	}
	return revision, nil
}

func (s *Store) read(ctx context.Context, handler data.RecordHandler) (revision int64, err error) {
	// Sorting in memory beats sorting in files; a whole country may take its time.
	err = s.snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT revision FROM store`).Scan(&revision); err != nil {
			return err
		}
		return s.stream(ctx, tx, handler)
	}, `SELECT set_config('statement_timeout', '0', true), set_config('work_mem', '256MB', true)`)
	return revision, err
}

// snapshot runs f in a transaction that sees one state and changes nothing.
func (s *Store) snapshot(ctx context.Context, f func(pgx.Tx) error, settings ...string) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	defer tx.Rollback(end) // there is nothing to undo
	for _, setting := range settings {
		if _, err := tx.Exec(ctx, setting); err != nil {
			return err
		}
	}
	return f(tx)
}

func (s *Store) stream(ctx context.Context, tx pgx.Tx, handler data.RecordHandler) error {
	if handler.Area != nil {
		if err := streamAreas(ctx, tx, handler.Area); err != nil {
			return err
		}
	}
	if handler.Team != nil {
		if err := streamTeams(ctx, tx, handler.Team); err != nil {
			return err
		}
	}
	if handler.Household != nil {
		var h storedHousehold
		err := each(ctx, tx, readHouseholds, func(row pgx.Rows) error {
			if _, err := scanHousehold(row.RawValues(), &h); err != nil {
				return err
			}
			return handler.Household(&h.Household)
		})
		if err != nil {
			return err
		}
	}
	if handler.Batch != nil {
		if err := streamBatches(ctx, tx, handler.Batch); err != nil {
			return err
		}
	}
	skills := s.skills.Load()
	if handler.Visit != nil {
		var v data.Visit
		err := each(ctx, tx, readVisits, func(row pgx.Rows) error {
			if err := scanVisit(row.RawValues(), skills, &v); err != nil {
				return err
			}
			return handler.Visit(&v)
		})
		if err != nil {
			return err
		}
	}
	if handler.Aside != nil {
		return streamAside(ctx, tx, skills, handler.Aside)
	}
	return nil
}
