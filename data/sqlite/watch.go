package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"tungnha/data/sqlite/statement"

	"github.com/mattn/go-sqlite3"
)

// Other programs, such as QGIS and sqlite3, may write to the file beside this one. They do not raise the store's
// revision. SQLite's data_version is a number of a connection that changes when another connection, of whichever
// process, has committed. On the writing connection it changes only by commits of others: where it has and the
// revision has not, another program wrote. Whoever notices raises the revision in its place, so that every server
// reads everything anew, and finds that the digests differ.

// readRevision reads the store's revision; -1 where that is no whole number.
const readRevision = `SELECT iif(typeof(revision) = 'integer', revision, -1) FROM store`

// maxRevision is more than a file gets by being written to, and what numbers of JSON are exact up to.
const maxRevision = 1 << 53

func checkRevision(revision int64) error {
	if revision >= 0 && revision <= maxRevision {
		return nil
	}
	return fmt.Errorf("the number of writes in the file, revision of the table store, is not one of 0 to %d: another "+
		"program has changed it; restore a backup, or set it to a number in that range", int64(maxRevision))
}

// written is a state of the file as a writing connection left it.
type written struct {
	conn     *sqlite3.SQLiteConn // that version is of
	version  int64               // data_version
	revision int64
}

// watch looks for commits of others. Its connection only reads.
type watch struct {
	mu      sync.Mutex
	conn    *sql.Conn
	version int64 // data_version of conn when it was last looked at
	pending bool  // somebody wrote since, and it is not known whether that was this program
}

// adoptTimeout bounds how long a look at the revision waits for the writing connection. While another transaction
// of this process has it, no other program can write.
const adoptTimeout = 100 * time.Millisecond

// noticeOthers raises the revision where another program wrote since the last transaction of this process.
func (tx *Tx) noticeOthers(ctx context.Context) error {
	state, err := stateOf(ctx, tx.raw)
	if err != nil {
		return err
	}
	tx.state = state
	before := tx.store.wrote
	tx.edited = before.conn == tx.raw && before.version != tx.state.version && before.revision == tx.state.revision
	if !tx.edited {
		return nil
	}
	tx.state.revision++
	_, err = tx.conn.ExecContext(ctx, `UPDATE store SET revision = ?;
		UPDATE record_digest_key SET edited_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`, tx.state.revision)
	return err
}

// beginWatch notes the state from which on writes by others are noticed.
func (s *Store) beginWatch(ctx context.Context) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	// A transaction that reads waits for no other program's.
	if _, err = conn.ExecContext(ctx, `BEGIN`); err == nil {
		err = conn.Raw(func(c any) (err error) {
			s.wrote, err = stateOf(ctx, c.(*sqlite3.SQLiteConn))
			return err
		})
		_, end := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		err = errors.Join(err, end)
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return err
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	_, err = s.look(ctx)
	s.watch.pending = false
	return err
}

// stateOf reads the state in a transaction of the connection: the first statement takes the snapshot.
func stateOf(ctx context.Context, conn *sqlite3.SQLiteConn) (state written, err error) {
	state.conn = conn
	if err := statement.Ints(ctx, conn, readRevision, &state.revision); err != nil {
		return state, err
	}
	if err := checkRevision(state.revision); err != nil {
		return state, err
	}
	return state, statement.Ints(ctx, conn, `PRAGMA data_version`, &state.version)
}

func (s *Store) endWatch() error {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	if s.watch.conn == nil {
		return nil
	}
	return s.watch.conn.Close()
}

// Revision counts the writes that changed something, over the life of the file. Writes of other programs count as
// one when they are noticed, which this call does. The error is a data.ErrUnsound where the file was taken away or its
// tables are no longer this program's: then it is not read either.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	revision, err := s.look(ctx)
	if err == nil && s.watch.pending && s.readOnly {
		// Only others write, and nobody can raise the revision for those that do not.
		if revision == s.wrote.revision {
			s.edits++
		}
		s.wrote.revision, s.watch.pending = revision, false
	}
	if err == nil && s.readOnly {
		revision += s.edits
	}
	if err == nil && s.watch.pending {
		revision, err = s.adopt(ctx, revision)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: read revision: %w", s.path, err)
	}
	return revision, nil
}

// look reads the revision, and whether anybody wrote since it looked last.
func (s *Store) look(ctx context.Context) (revision int64, err error) {
	w := &s.watch
	if w.conn == nil {
		if w.conn, err = s.reader.Conn(ctx); err != nil {
			return 0, err
		}
		w.version = -1
	}
	if err := s.place.Check(); err != nil {
		return 0, err
	}
	if err := s.checkTables(ctx, w.conn); err != nil {
		return 0, w.lost(err)
	}
	var version int64
	err = w.conn.Raw(func(c any) error {
		conn := c.(*sqlite3.SQLiteConn)
		// Whoever commits in between is noticed the next time.
		if err := statement.Ints(ctx, conn, readRevision, &revision); err != nil {
			return err
		}
		if err := checkRevision(revision); err != nil {
			return err
		}
		return statement.Ints(ctx, conn, `PRAGMA data_version`, &version)
	})
	if err == nil && version != w.version {
		w.version, w.pending = version, true
	}
	return revision, w.lost(err)
}

// lost has another connection made after an error that ended this one.
func (w *watch) lost(err error) error {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		w.conn = nil
	}
	return err
}

// adopt has a transaction raise the revision where it was another program that wrote. It does not wait for long for
// its turn: then it is tried the next time.
func (s *Store) adopt(ctx context.Context, revision int64) (int64, error) {
	turn, cancel := context.WithTimeout(ctx, adoptTimeout)
	defer cancel()
	tx, err := s.begin(turn)
	if err != nil {
		return revision, ctx.Err()
	}
	if !tx.edited {
		s.wrote = tx.state // of another process of this program, perhaps
		s.watch.pending = false
		return revision, tx.Rollback()
	}
	if err := tx.Commit(ctx); err != nil {
		return revision, nil
	}
	s.watch.pending = false
	return s.look(ctx)
}
