package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tungnha/data"
	"tungnha/data/sqlite/postqueue"
	"tungnha/data/sqlite/writable"
	"tungnha/internal/problem"
)

// An import has SQLite's one write lock until it commits, which takes minutes for a province. Posts that get no turn
// for a moment go into a queue beside the file (postqueue), which is as durable; whoever writes visits next, a server
// or a program that opens the file, writes those of the queue before its own.

const (
	// turnWait is how long a post waits for the write lock. While there are queued posts it hardly waits: the lock
	// was taken a moment ago.
	turnWait      = 500 * time.Millisecond
	turnWaitAgain = 20 * time.Millisecond
	// queueBatch is how many queued visits one transaction writes.
	queueBatch = 10_000
	// openQueueWait is how long opening a file waits for its turn to write what was queued; else whoever writes
	// next does it.
	openQueueWait = 2 * time.Second
)

func openQueue(path string) *sql.DB {
	return openDB(path, "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_txlock=immediate",
		"PRAGMA journal_size_limit = 1048576; "+guards)
}

// PostVisits makes a batch of visits durable before it returns. A visit_id is its client's promise of one visit: sent
// again with equal values it changes nothing, with other values it is rejected. While another transaction is under way
// the visits are queued: Posted.Queued counts them, and they are written when that has ended.
func (s *Store) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	posted, err := s.postVisits(ctx, visits)
	if err != nil {
		return data.Posted{}, fmt.Errorf("%s: post visits: %w", s.path, writable.Error(err))
	}
	return posted, nil
}

func (s *Store) postVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	wait := turnWait
	if s.queued.Load() {
		wait = turnWaitAgain
	}
	tx, err := s.turn(ctx, wait)
	switch {
	case err != nil:
		return data.Posted{}, err
	case tx == nil:
		return s.enqueue(ctx, visits)
	}
	return s.postInto(ctx, tx, visits)
}

// Writable returns nil where the file can be written, as far as can be told without that: see writable.Probe. Whether
// its tables are still this program's the watch looks: see Revision.
func (s *Store) Writable(context.Context) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w", s.path, data.ErrReadOnly)
	}
	if err := s.place.Check(); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return writable.Probe(filepath.Dir(s.path))
}

// WriteQueued writes queued visits into the file; the results are empty. Where another transaction is under way it does
// nothing.
func (s *Store) WriteQueued(ctx context.Context) (data.Posted, error) {
	posted, err := s.writeQueued(ctx, turnWaitAgain)
	if err != nil {
		return data.Posted{}, fmt.Errorf("%s: write queued visits: %w", s.path, writable.Error(err))
	}
	return posted, nil
}

func (s *Store) writeQueued(ctx context.Context, wait time.Duration) (data.Posted, error) {
	if s.readOnly {
		return data.Posted{}, nil
	}
	first, err := s.queue.First(ctx, s.foreign.Load(), 1)
	if err != nil || len(first) == 0 {
		return data.Posted{}, err
	}
	tx, err := s.turn(ctx, wait)
	if tx == nil || err != nil {
		return data.Posted{}, err
	}
	return s.postInto(ctx, tx, nil)
}

// turn begins a transaction; nil where another one is under way for longer than that.
func (s *Store) turn(ctx context.Context, wait time.Duration) (*Tx, error) {
	turn, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tx, err := s.begin(turn)
	if err != nil && ctx.Err() == nil && turn.Err() != nil {
		return nil, nil
	}
	return tx, err
}

// postInto writes what is queued and the visits in the transaction, and commits it.
func (s *Store) postInto(ctx context.Context, tx *Tx, visits []data.Visit) (posted data.Posted, err error) {
	defer func() { err = errors.Join(err, tx.Rollback()) }() // after Commit it does nothing
	read, err := s.queue.First(ctx, s.foreign.Load(), queueBatch)
	if err != nil {
		return posted, err
	}
	all := make([]data.Visit, 0, len(read)+len(visits))
	queued := read[:0]             // those that leave the queue
	var entries []*postqueue.Entry // of all
	var last int64
	for _, e := range read {
		last = e.Seq
		v, err := tx.skills.DecodeQueued(e.Visit)
		switch {
		case errors.Is(err, data.ErrForeignSkill): // left to a program that knows it
			continue
		case err != nil: // it would be in the way of all others
			e.Reason = err.Error()
		}
		if queued = append(queued, e); err == nil {
			all, entries = append(all, v), append(entries, &queued[len(queued)-1])
		}
	}
	if posted, err = tx.post(ctx, append(all, visits...)); err != nil {
		return posted, err
	}
	if err := tx.Commit(ctx); err != nil {
		return posted, err
	}
	if len(read) > 0 {
		s.foreign.Store(last)
	}
	s.queued.Store(len(read) == queueBatch)
	if len(queued) == 0 {
		return posted, nil
	}
	for i, e := range entries {
		if r := posted.Results[i]; r.Change == data.Rejected {
			e.Reason = r.Problem.Error()
		}
	}
	for i := range queued {
		if queued[i].Reason != "" {
			posted.Refused = append(posted.Refused, queued[i].ID+": "+queued[i].Reason)
		}
	}
	posted.Results, posted.Dequeued = posted.Results[len(entries):], len(queued)
	// Where this fails they are found to be there already the next time.
	return posted, s.queue.Remove(context.WithoutCancel(ctx), queued)
}

// enqueue queues those of the visits that are neither there nor queued, and can be written by what is committed now.
func (s *Store) enqueue(ctx context.Context, visits []data.Visit) (posted data.Posted, err error) {
	posted.Results = make([]data.PutResult, len(visits))
	err = s.queue.Add(ctx, func(find func(string) ([]byte, error)) (entries []postqueue.Entry, err error) {
		// Begun while nobody can add or remove: what is no longer queued is in the snapshot.
		err = s.view(ctx, func(tx *Tx) error {
			queued, set := make(map[string]*data.Visit), make(map[string]bool)
			for i := range visits {
				if visits[i].Origin.Sender != "" {
					key := data.AsideKey(&visits[i])
					text, err := find(key)
					if err != nil {
						return err
					}
					set[key] = text != nil
				}
				if posted.Results[i], err = tx.foresee(&visits[i], find, queued); err != nil {
					return fmt.Errorf("visit %s: %w", visits[i].ID, err)
				}
			}
			for _, q := range data.Queueable(visits, posted.Results, queued, set) {
				text, err := tx.skills.EncodeQueued(q.Visit)
				if err != nil {
					return fmt.Errorf("visit %s: %w", q.Visit.ID, err)
				}
				entries = append(entries, postqueue.Entry{ID: q.Key, Visit: text})
			}
			return nil
		})
		posted.Queued = len(entries)
		return entries, err
	})
	if err != nil {
		return data.Posted{}, err
	}
	s.queued.Store(true)
	return posted, nil
}

// view runs f in a transaction that only reads.
func (s *Store) view(ctx context.Context, f func(*Tx) error) error {
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return err
	}
	tx, err := s.newTx(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	if _, err = conn.ExecContext(ctx, `BEGIN`); err == nil {
		err = s.checkTables(ctx, conn)
	}
	if err == nil {
		err = f(tx)
	}
	return errors.Join(err, tx.Rollback())
}

// foresee returns what would become of a visit by what is committed, and adds to queued what is queued under its id.
func (tx *Tx) foresee(v *data.Visit, find func(string) ([]byte, error),
	queued map[string]*data.Visit) (data.PutResult, error) {
	row, result, err := tx.checkVisit(v)
	if err != nil || result.Change == data.Rejected {
		return result, err
	}
	registered, known, err := tx.visitHousehold(v, &row)
	switch {
	case err != nil:
		return result, err
	case !known:
		return data.Reject(problem.Unknown("household_id", "household", v.HouseholdID)), nil
	}
	fid, fields, err := tx.storedVisit(v.ID, row)
	if err != nil || fid != 0 {
		return data.KeepVisit(fields), err
	}
	text, err := find(v.ID)
	if err == nil && text != nil {
		var old data.Visit
		old, err = tx.skills.DecodeQueued(text)
		if errors.Is(err, data.ErrForeignSkill) { // it differs from every visit that this program can read
			err = nil
		}
		queued[v.ID] = &old
	}
	return data.PutResult{Change: data.Created, Problem: v.NotRegistered(registered)}, err
}
