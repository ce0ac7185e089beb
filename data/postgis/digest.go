package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
	"tungnha/data/postgis/connect"
	"tungnha/data/postgis/digests"
	"tungnha/data/postgis/ewkb"
)

// byTables lets the planner choose, for what is not looked up row by row.
const byTables = `SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true),
	set_config('enable_mergejoin', 'on', true), set_config('plan_cache_mode', 'auto', true)`

// firstDigests gives a database without digests, new or from before there were any, those of the records that are
// there. A program that may not write leaves that to others.
func (s *Store) firstDigests(ctx context.Context) error {
	there := false
	if err := s.pool.QueryRow(ctx, `SELECT NOT has_table_privilege('record_digest_key', 'INSERT')
		OR EXISTS (SELECT FROM record_digest_key)`).Scan(&there); err != nil || there {
		return err
	}
	err := s.writeAll(ctx, func(tx *Tx) error {
		if tx.hash != nil {
			return nil // another program was first
		}
		if _, err := tx.session.Exec(ctx, `INSERT INTO record_digest_key (id, key) VALUES (1, $1)`, digest.NewKey()); err != nil {
			return err
		}
		return tx.takeDigests(ctx)
	})
	if connect.IsReadOnly(err) || errors.Is(err, data.ErrReadOnly) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take the digests of the records: %w", err)
	}
	return nil
}

// Accept takes the records as they are, whoever wrote them: their digests become those that the program compares with.
func (s *Store) Accept(ctx context.Context) error {
	err := s.writeAll(ctx, func(tx *Tx) error {
		tx.changed, tx.registers = true, true // so that servers read everything again
		return tx.takeDigests(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s: accept the records: %w", s.name, err)
	}
	return nil
}

// writeAll runs f in a transaction that may take its time.
func (s *Store) writeAll(ctx context.Context, f func(*Tx) error) error {
	return data.InTx(ctx, func(ctx context.Context) (*Tx, error) {
		return s.begin(ctx, `SELECT set_config('statement_timeout', '0', true), set_config('work_mem', '256MB', true)`)
	}, f)
}

// takeDigests computes the digests of all records again and writes them.
func (tx *Tx) takeDigests(ctx context.Context) error {
	if _, err := tx.session.Exec(ctx, byTables); err != nil {
		return err
	}
	sums, err := digests.NewReader(ctx, &tx.session)
	if err != nil {
		return err
	}
	if sums.Partly || sums.Hasher == nil {
		return fmt.Errorf("%w: row-level security may keep records from this role: take the owner's, by role=… in the URL",
			data.ErrReadOnly)
	}
	if err := tx.store.stream(ctx, &tx.session, &sums.Reader, digest.All()); err != nil {
		return err
	}
	var batch pgx.Batch
	digests.Put(&batch, &sums.Reader)
	batch.Queue(`UPDATE record_digest_key SET edited_at = NULL`)
	return tx.session.Send(ctx, &batch)
}

// queueDigests brings the digests to what the transaction did.
func (tx *Tx) queueDigests(ctx context.Context, batch *pgx.Batch) error {
	if tx.hash == nil {
		return nil
	}
	if tx.settings {
		sums := digest.Reader{Hasher: tx.hash}
		if err := digests.ReadSettings(ctx, &tx.session, &sums); err != nil {
			return err
		}
		digests.Put(batch, &sums)
	}
	digests.Add(batch, &tx.delta)
	return nil
}

// change replaces a record by another in what the transaction adds to the digests; nil is none.
func change[R any](tx *Tx, kind int, of func(*digest.Hasher, *R) (digest.Digest, error), old, now *R) error {
	if tx.hash == nil {
		return nil
	}
	if old != nil {
		d, err := of(tx.hash, old)
		if err != nil {
			return err
		}
		tx.delta.Deleted(kind, d)
	}
	if now != nil {
		d, err := of(tx.hash, now)
		if err != nil {
			return err
		}
		tx.delta.Created(kind, d)
	}
	return nil
}

// areaDigest is of an area and its geometry as EncodeArea writes it.
func areaDigest(h *digest.Hasher, a *data.Area) (digest.Digest, error) {
	geometry, err := ewkb.EncodeArea(a.Geometry)
	return h.Area(a, geometry), err
}

// teamDigest is of a team as it is read: the days of its hamlets are kept one by one.
func teamDigest(h *digest.Hasher, t *data.Team) (digest.Digest, error) {
	stored := *t
	stored.SetServices(t.Services())
	return h.Team(&stored), nil
}

func householdDigest(h *digest.Hasher, r *data.Household) (digest.Digest, error) {
	return h.Household(r), nil
}

// changeVisit does so for a visit.
func (tx *Tx) changeVisit(old, now *data.Visit) error {
	return change(tx, digest.Visits, func(h *digest.Hasher, v *data.Visit) (digest.Digest, error) {
		assessed, _ := tx.skills.StoreSet(v.Assessed)
		shown, _ := tx.skills.StoreSet(v.Shown)
		return h.Visit(v, assessed, shown), nil
	}, old, now)
}

// visitRowDigest is of a visit that scanVisit read from a row.
func visitRowDigest(h *digest.Hasher, v *data.Visit, row [][]byte) digest.Digest {
	return h.Visit(v, uint16(column.RawInt32(row[5])), uint16(column.RawInt32(row[6])))
}
