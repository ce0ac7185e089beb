package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/statement"
)

// queryer is a connection or a pool.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// digestKey returns the key of the file's digests; nil where it has none yet.
func digestKey(ctx context.Context, db queryer) (key []byte, err error) {
	err = db.QueryRowContext(ctx, `SELECT key FROM record_digest_key`).Scan(&key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the key of the digests: %w", err)
	case len(key) != digest.KeySize:
		return nil, fmt.Errorf("record_digest_key: a key of %d bytes, want %d", len(key), digest.KeySize)
	}
	return key, nil
}

// loadDigestKey learns the key. A file without one, new or from before there were digests, gets one, and the digests
// of the records that are there. Where there are digests already, somebody took the key away: the records are
// altered.
func (s *Store) loadDigestKey(ctx context.Context) (err error) {
	if s.digestKey, err = digestKey(ctx, s.reader); err != nil || s.digestKey != nil {
		return err
	}
	return s.write(ctx, func(tx *Tx) error {
		// Another process may have been first.
		if s.digestKey, err = digestKey(ctx, tx.conn); err != nil || s.digestKey != nil {
			return err
		}
		s.digestKey = digest.NewKey()
		if _, err := tx.conn.ExecContext(ctx, `INSERT INTO record_digest_key (id, key) VALUES (1, ?)`, s.digestKey); err != nil {
			return err
		}
		if without, err := digestsWithoutKey(ctx, tx.conn); err != nil {
			return err
		} else if without {
			_, err = tx.conn.ExecContext(ctx, `UPDATE record_digest_key SET edited_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`)
			return err
		}
		return tx.takeDigests(ctx)
	})
}

// digestsWithoutKey reports whether there are digests, of a file that has no key.
func digestsWithoutKey(ctx context.Context, db queryer) (there bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM record_digests)`).Scan(&there)
	return there, err
}

// Accept takes the records as they are, whichever program wrote them: their digests become those that the program
// compares with.
func (s *Store) Accept(ctx context.Context) error {
	err := s.write(ctx, func(tx *Tx) error {
		tx.changed = true // so that servers read everything again
		return tx.takeDigests(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s: accept the records: %w", s.path, err)
	}
	return nil
}

// takeDigests computes the digests of all records again and writes them.
func (tx *Tx) takeDigests(ctx context.Context) error {
	sums := digest.NewReader(tx.store.digestKey)
	if err := tx.store.stream(ctx, tx.raw, sums, digest.All()); err != nil {
		return err
	}
	for i, kind := range digest.Kinds {
		if err := tx.execute(writeDigest, string(kind), sums.Found[i].Records, sums.Found[i].Bytes()); err != nil {
			return err
		}
	}
	return tx.execute(`UPDATE record_digest_key SET edited_at = NULL`)
}

const (
	writeDigest = `INSERT INTO record_digests (kind, records, digest) VALUES (?1, ?2, ?3)
		ON CONFLICT (kind) DO UPDATE SET records = excluded.records, digest = excluded.digest`
	readDigests  = `SELECT kind, records, digest FROM record_digests`
	readSettings = `SELECT 'meta', key, value, '', '', '' FROM meta
		UNION ALL SELECT 'skills', key, bit || '', position || '', name_en, name_vi FROM skills`
)

// hasher returns the transaction's.
func (tx *Tx) hasher() *digest.Hasher {
	if tx.hash == nil {
		tx.hash = digest.NewHasher(tx.store.digestKey)
	}
	return tx.hash
}

// settleDigests writes the digests of the kinds that changed.
func (tx *Tx) settleDigests(ctx context.Context) error {
	if tx.store.digestKey == nil {
		return nil // the file is being made
	}
	if tx.settings {
		sums := digest.NewReader(tx.store.digestKey)
		if err := digestSettings(ctx, tx.raw, sums); err != nil {
			return err
		}
		now := sums.Found[digest.Settings]
		if err := tx.execute(writeDigest, string(data.Settings), now.Records, now.Bytes()); err != nil {
			return err
		}
	}
	if tx.delta == (digest.Set{}) {
		return nil
	}
	stored, err := storedDigests(ctx, tx.raw)
	if err != nil {
		return err
	}
	for i, delta := range tx.delta {
		if delta == (digest.Digest{}) {
			continue
		}
		now := stored[i].Add(delta)
		if err := tx.execute(writeDigest, string(digest.Kinds[i]), now.Records, now.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// storedDigests reads what the program wrote last; a row that is missing counts as no records.
func storedDigests(ctx context.Context, conn *sqlite3.SQLiteConn) (stored digest.Set, err error) {
	err = statement.Rows(ctx, conn, readDigests, 3, func(row []driver.Value) error {
		kind, _ := row[0].(string)
		records, _ := row[1].(int64)
		sum, _ := row[2].([]byte)
		if err := stored.Put(kind, records, sum); err != nil {
			return fmt.Errorf("record_digests: %s: %w", kind, err)
		}
		return nil
	})
	return stored, err
}

// digestSettings adds meta and skills to the digests.
func digestSettings(ctx context.Context, conn *sqlite3.SQLiteConn, sums *digest.Reader) error {
	sums.Whole[digest.Settings] = true
	return statement.Rows(ctx, conn, readSettings, 6, func(row []driver.Value) error {
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = fmt.Sprint(v)
		}
		sums.Found.Created(digest.Settings, sums.Setting(texts[0], texts[1:]...))
		return nil
	})
}

// compareDigests returns an AlteredError where the records that were read are not those that the program wrote last.
func compareDigests(ctx context.Context, conn *sqlite3.SQLiteConn, sums *digest.Reader) error {
	stored, err := storedDigests(ctx, conn)
	if err != nil {
		return err
	}
	altered := sums.Compare(stored)
	if altered == nil {
		return nil
	}
	err = statement.Rows(ctx, conn, `SELECT edited_at FROM record_digest_key`, 1, func(row []driver.Value) error {
		altered.NoticedAt, err = column.Text(row[0])
		return err
	})
	return errors.Join(err, altered)
}
