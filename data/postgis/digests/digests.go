// Package digests keeps the digests of a database's records in its tables.
package digests

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
)

// Querier is a transaction, a connection or a pool.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// Key is the key of the digests as a query of one value; NULL where there are none yet.
const Key = `(SELECT key FROM record_digest_key)`

const (
	// addDigests adds to the sums of each kind, modulo 2^128: nothing has to be read first.
	addDigests = `UPDATE record_digests d
		SET records = d.records + n.records, digest = mod(d.digest + n.digest::numeric, 340282366920938463463374607431768211456)
		FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (kind, records, digest) WHERE d.kind = n.kind`
	putDigests = `INSERT INTO record_digests (kind, records, digest)
		SELECT kind, records, digest::numeric FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (kind, records, digest)
		ON CONFLICT (kind) DO UPDATE SET records = excluded.records, digest = excluded.digest`
	readDigests  = `SELECT kind, records, digest::text FROM record_digests`
	readSettings = `SELECT 'meta', key, value, '', '', '' FROM meta
		UNION ALL SELECT 'skills', key, bit::text, position::text, name_en, name_vi FROM skills`
	// readRights returns whether row-level security may keep records from this role, and whether it may read the
	// digests.
	readRights = `SELECT row_security_active('households') OR row_security_active('visits'),
		has_table_privilege('record_digest_key', 'SELECT') AND has_table_privilege('record_digests', 'SELECT')`
)

// arguments of addDigests and putDigests, of the kinds that are chosen.
func arguments(set *digest.Set, chosen func(kind int) bool) (args []any) {
	var kinds, sums []string
	var records []int64
	for i, kind := range digest.Kinds {
		if chosen(i) {
			kinds, records = append(kinds, string(kind)), append(records, set[i].Records)
			sums = append(sums, new(big.Int).SetBytes(set[i].Bytes()).String())
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return []any{kinds, records, sums}
}

// Add adds what a transaction did to the digests.
func Add(batch *pgx.Batch, delta *digest.Set) {
	if args := arguments(delta, func(i int) bool { return delta[i] != digest.Digest{} }); args != nil {
		batch.Queue(addDigests, args...)
	}
}

// Put replaces the digests of the kinds that a reader read.
func Put(batch *pgx.Batch, sums *digest.Reader) {
	if args := arguments(&sums.Found, func(i int) bool { return sums.Whole[i] }); args != nil {
		batch.Queue(putDigests, args...)
	}
}

// Reader computes the digests of the records of a database as they are read.
type Reader struct {
	digest.Reader
	Partly bool // row-level security may keep households and visits from the role
}

// NewReader returns a reader under the key of the database; its Hasher is nil where there are no digests, or where the
// role may not read them.
func NewReader(ctx context.Context, db Querier) (*Reader, error) {
	rows, err := db.Query(ctx, readRights)
	if err != nil {
		return nil, err
	}
	var r Reader
	var may bool
	if _, err = pgx.ForEachRow(rows, []any{&r.Partly, &may}, func() error { return nil }); err != nil || !may {
		return &r, err
	}
	if rows, err = db.Query(ctx, `SELECT key FROM record_digest_key`); err != nil {
		return nil, err
	}
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&key}, func() error { return nil })
	if err == nil && len(key) == digest.KeySize {
		r.Hasher = digest.NewHasher(key)
	}
	return &r, err
}

// ReadSettings adds what is known of the data as a whole.
func ReadSettings(ctx context.Context, db Querier, sums *digest.Reader) error {
	sums.Whole[digest.Settings] = true
	rows, err := db.Query(ctx, readSettings)
	if err != nil {
		return err
	}
	var texts [6]string
	dest := make([]any, len(texts))
	for i := range texts {
		dest[i] = &texts[i]
	}
	_, err = pgx.ForEachRow(rows, dest, func() error {
		sums.Found.Created(digest.Settings, sums.Setting(texts[0], texts[1:]...))
		return nil
	})
	return err
}

// Compare returns a *data.AlteredError where the records that were read are not those that the program wrote last. That
// row-level security kept some from the role is no difference.
func (r *Reader) Compare(ctx context.Context, db Querier) error {
	rows, err := db.Query(ctx, readDigests)
	if err != nil {
		return err
	}
	var written digest.Set
	var kind, sum string
	var records int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &records, &sum}, func() error {
		number, ok := new(big.Int).SetString(sum, 10)
		if !ok || number.BitLen() > 8*digest.Size {
			return fmt.Errorf("record_digests: %s: %q is no digest", kind, sum)
		}
		return written.Put(kind, records, number.FillBytes(make([]byte, digest.Size)))
	})
	if err != nil {
		return err
	}
	altered := r.Reader.Compare(written)
	if altered != nil && r.Partly {
		altered.Alterations = slices.DeleteFunc(altered.Alterations, func(a data.Alteration) bool {
			return (a.Kind == data.Households || a.Kind == data.Visits) && a.Found < a.Written
		})
	}
	if altered == nil || len(altered.Alterations) == 0 {
		return nil
	}
	if rows, err = db.Query(ctx, `SELECT edited_at FROM record_digest_key`); err != nil {
		return err
	}
	noticed, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[*time.Time])
	if err != nil {
		return err
	}
	if noticed != nil {
		altered.NoticedAt = noticed.UTC().Format(time.RFC3339)
	}
	return altered
}
