// Package postqueue keeps posted visits on the disk while the database that they are for is locked by a long
// transaction. The queue is a SQLite file of its own beside the database, so that writing to it waits for no import.
package postqueue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"tungnha/data/sqlite/writable"
)

// Suffix is what the name of the queue's file has after that of the database.
const Suffix = "-posts"

// schema: refused keeps acknowledged visits that the database did not take in the end, and why. seq never comes
// twice, so that removing up to a number removes nothing that was added since.
const schema = `
	CREATE TABLE IF NOT EXISTS posts (
		seq      INTEGER PRIMARY KEY AUTOINCREMENT,
		visit_id TEXT NOT NULL UNIQUE,
		visit    TEXT NOT NULL
	) STRICT;
	CREATE TABLE IF NOT EXISTS refused (
		seq      INTEGER PRIMARY KEY,
		visit_id TEXT NOT NULL,
		visit    TEXT NOT NULL,
		reason   TEXT NOT NULL
	) STRICT;`

// Entry is one queued visit.
type Entry struct {
	Seq    int64 // the order in which visits were queued
	ID     string
	Visit  []byte // as the caller encodes it
	Reason string // of a visit that is removed without having been written: why
}

// Queue is the queue of a database. Any number of goroutines and processes may share the file.
type Queue struct {
	path    string
	connect func(path string) *sql.DB

	mu sync.Mutex
	db *sql.DB // nil: the file was not there when it was last looked for

	place *writable.Place // of the file, since db was opened
}

// New returns the queue of the database at the path, whose file is made when something is queued. connect opens it so
// that a commit is on the disk, and every transaction is one that writes.
func New(database string, connect func(path string) *sql.DB) *Queue {
	return &Queue{path: database + Suffix, connect: connect}
}

// Close ends the connections. The file stays.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.db == nil {
		return nil
	}
	return q.db.Close()
}

// open connects to the file; nil where there is none and it is not to be made.
func (q *Queue) open(ctx context.Context, create bool) (*sql.DB, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.db != nil {
		return q.db, nil
	}
	if _, err := os.Stat(q.path); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, nil
	}
	db := q.connect(q.path)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	place := writable.NewPlace(q.path, nil)
	if err := place.Check(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	q.db, q.place = db, place
	return db, nil
}

// Add queues the entries that choose returns; they are on the disk when Add returns. While choose runs nobody else adds
// or removes entries. find returns what is queued under the id of a visit, nil where nothing is.
func (q *Queue) Add(ctx context.Context,
	choose func(find func(id string) ([]byte, error)) ([]Entry, error)) error {
	err := q.write(ctx, func(tx *sql.Tx) error {
		chosen, err := choose(func(id string) (visit []byte, err error) {
			err = tx.QueryRowContext(ctx, `SELECT visit FROM posts WHERE visit_id = ?`, id).Scan(&visit)
			if errors.Is(err, sql.ErrNoRows) {
				return nil, nil
			}
			return visit, err
		})
		for i := range chosen {
			if err == nil {
				_, err = tx.ExecContext(ctx, `INSERT INTO posts (visit_id, visit) VALUES (?, ?)
					ON CONFLICT DO NOTHING`,
					chosen[i].ID, string(chosen[i].Visit))
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("queue of posts %s: add: %w", q.path, err)
	}
	return nil
}

// First returns the entries that were queued first after the one with that number, at most limit of them.
func (q *Queue) First(ctx context.Context, after int64, limit int) ([]Entry, error) {
	entries, err := q.first(ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("queue of posts %s: read: %w", q.path, err)
	}
	return entries, nil
}

func (q *Queue) first(ctx context.Context, after int64, limit int) (entries []Entry, err error) {
	db, err := q.open(ctx, false)
	if db == nil || err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT seq, visit_id, visit FROM posts WHERE seq > ? ORDER BY seq LIMIT ?`,
		after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := rows.Scan(&e.Seq, &e.ID, &e.Visit); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// Remove removes entries that were read by First. Those with a reason are kept among the refused.
func (q *Queue) Remove(ctx context.Context, entries []Entry) error {
	err := q.write(ctx, func(tx *sql.Tx) error {
		for i := range entries {
			e := &entries[i]
			if e.Reason != "" {
				if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO refused (seq, visit_id, visit, reason)
					VALUES (?, ?, ?, ?)`, e.Seq, e.ID, string(e.Visit), e.Reason); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM posts WHERE seq = ?`, e.Seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("queue of posts %s: remove: %w", q.path, err)
	}
	return nil
}

// write runs f in a transaction, which no other runs beside. What it wrote is where others find it.
func (q *Queue) write(ctx context.Context, f func(*sql.Tx) error) error {
	db, err := q.open(ctx, true)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit: does nothing
	if err := f(tx); err != nil {
		return err
	}
	return errors.Join(tx.Commit(), q.place.Check())
}
