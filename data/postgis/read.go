package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
	"tungnha/data/postgis/digests"
)

// Both come in the order of the primary keys.
var readHouseholds = `SELECT ` + householdColumns + ` FROM households h ORDER BY commune_code, household_id`

const readVisits = `SELECT ` + visitColumns + ` FROM visits ORDER BY commune_code, household_id, visited_at, visit_id`

// Read streams the last committed state, whole and of one piece, whatever is written
// meanwhile, and returns its revision. An empty function of the handler skips its records. The error is a
// *data.AlteredError, after the last record, where they are not those that this program wrote last.
func (s *Store) Read(ctx context.Context, handler data.RecordHandler) (int64, error) {
	revision, err := s.read(ctx, handler)
	if err != nil {
		return revision, fmt.Errorf("%s: read: %w", s.name, err)
	}
	return revision, nil
}

func (s *Store) read(ctx context.Context, handler data.RecordHandler) (revision int64, err error) {
	// Sorting in memory beats sorting in files; a whole country may take its time.
	err = s.snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT revision FROM store`).Scan(&revision); err != nil {
			return err
		}
		sums, err := digests.NewReader(ctx, tx)
		if err != nil {
			return fmt.Errorf("digests: %w", err)
		}
		if err := s.stream(ctx, tx, &sums.Reader, handler); err != nil || sums.Hasher == nil {
			return err
		}
		return sums.Compare(ctx, tx)
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

// stream yields the records, and adds those it reads to the digests; sums without a key are left empty.
func (s *Store) stream(ctx context.Context, tx querier, sums *digest.Reader, handler data.RecordHandler) error {
	if sums.Hasher != nil {
		sums.Whole = [...]bool{digest.Areas: handler.Area != nil, digest.Teams: handler.Team != nil,
			digest.Households: handler.Household != nil, digest.Visits: handler.Visit != nil, digest.Settings: false}
		if err := digests.ReadSettings(ctx, tx, sums); err != nil {
			return err
		}
	}
	if handler.Area != nil {
		err := streamAreas(ctx, tx, func(a *data.Area) error {
			return errors.Join(count(sums, digest.Areas, areaDigest, a), handler.Area(a))
		})
		if err != nil {
			return err
		}
	}
	if handler.Team != nil {
		err := streamTeams(ctx, tx, func(t *data.Team) error {
			return errors.Join(count(sums, digest.Teams, teamDigest, t), handler.Team(t))
		})
		if err != nil {
			return err
		}
	}
	if handler.Household != nil {
		var h storedHousehold
		err := each(ctx, tx, readHouseholds, func(row pgx.Rows) error {
			if _, err := scanHousehold(row.RawValues(), &h); err != nil {
				return err
			}
			if sums.Hasher != nil {
				sums.Found.Created(digest.Households, sums.Household(&h.Household))
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
			if err := column.ScanVisit(row.RawValues(), skills, &v); err != nil {
				return err
			}
			if sums.Hasher != nil {
				sums.Found.Created(digest.Visits, visitRowDigest(sums.Hasher, &v, row.RawValues()))
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

// count adds a record to the digests that are read.
func count[R any](sums *digest.Reader, kind int, of func(*digest.Hasher, *R) (digest.Digest, error), r *R) error {
	if sums.Hasher == nil {
		return nil
	}
	d, err := of(sums.Hasher, r)
	sums.Found.Created(kind, d)
	return err
}
