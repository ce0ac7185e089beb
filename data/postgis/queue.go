package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/data"
	"tungnha/data/postgis/connect"
)

// An import has the store's lock until it commits, which takes minutes for a province. Posts that get no turn for a
// moment go into the table visit_queue; whoever writes visits next writes those before its own, in one transaction.

const (
	// turnWait is how long a post waits for the store's lock. While there are queued posts it hardly waits: the lock
	// was taken a moment ago.
	turnWait      = 500 * time.Millisecond
	turnWaitAgain = 20 * time.Millisecond
	// queueBatch is how many queued visits one transaction writes.
	queueBatch = 10_000

	hasQueued  = `SELECT EXISTS (SELECT FROM visit_queue WHERE refused IS NULL)`
	someQueued = `SELECT EXISTS (SELECT FROM visit_queue WHERE refused IS NULL AND seq > $1)`
	readQueued = `SELECT seq, visit_id, visit FROM visit_queue WHERE refused IS NULL AND seq > $1 ORDER BY seq LIMIT $2`
	dropQueued = `DELETE FROM visit_queue WHERE seq = ANY ($1)`
	// lockQueue keeps others from adding to the queue and from taking out of it, and lets them read.
	lockQueue   = `LOCK TABLE visit_queue IN SHARE ROW EXCLUSIVE MODE`
	findQueued  = `SELECT visit_id, visit FROM visit_queue WHERE refused IS NULL AND visit_id = ANY ($1)`
	queueVisits = `INSERT INTO visit_queue (visit_id, visit) SELECT * FROM unnest($1::text[], $2::text[])
		ON CONFLICT DO NOTHING`
	keepRefused = `INSERT INTO visit_queue (visit_id, visit, refused) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`
)

// queuedVisit is a row of visit_queue.
type queuedVisit struct {
	seq       int64
	id, visit string
	refused   string
}

// PostVisits makes a batch of visits durable before it returns. A visit_id is its client's promise of one visit: sent
// again with equal values it changes nothing, with other values it is rejected. While another transaction is under way
// the visits are queued: Posted.Queued counts them, and they are written when that has ended.
func (s *Store) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	posted, err := s.postVisits(ctx, visits)
	if err != nil {
		err = connect.WriteError(err)
		s.full.Store(errors.Is(err, data.ErrFull))
		return data.Posted{}, fmt.Errorf("%s: post visits: %w", s.name, err)
	}
	s.full.Store(false)
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

// WriteQueued writes queued visits into the table of visits; the results are empty. Where another transaction is under
// way, or this program may not write, it does nothing.
func (s *Store) WriteQueued(ctx context.Context) (data.Posted, error) {
	posted, err := s.writeQueued(ctx)
	if connect.IsReadOnly(err) {
		s.noQueue.Store(true)
		return data.Posted{}, nil
	}
	if err != nil {
		return data.Posted{}, fmt.Errorf("%s: write queued visits: %w", s.name, connect.WriteError(err))
	}
	return posted, nil
}

func (s *Store) writeQueued(ctx context.Context) (posted data.Posted, err error) {
	if s.noQueue.Load() {
		return posted, nil
	}
	var some bool
	if err := s.pool.QueryRow(ctx, someQueued, s.foreign.Load()).Scan(&some); err != nil || !some {
		return posted, err
	}
	tx, err := s.turn(ctx, turnWaitAgain)
	if tx == nil || err != nil {
		return posted, err
	}
	return s.postInto(ctx, tx, nil)
}

// turn begins a transaction; nil where another one is under way for longer than that.
func (s *Store) turn(ctx context.Context, wait time.Duration) (*Tx, error) {
	tx, err := s.begin(ctx, fmt.Sprintf(`SELECT set_config('lock_timeout', '%d', true)`, wait.Milliseconds()))
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == "55P03" { // lock_not_available
		return nil, nil
	}
	return tx, err
}

// postInto writes what is queued and the visits in the transaction, and commits it.
func (s *Store) postInto(ctx context.Context, tx *Tx, visits []data.Visit) (posted data.Posted, err error) {
	defer func() { err = errors.Join(err, tx.Rollback()) }() // after Commit it does nothing
	var read []queuedVisit
	if tx.queued {
		if read, err = tx.readQueued(ctx); err != nil {
			return posted, err
		}
	}
	all := make([]data.Visit, 0, len(read)+len(visits))
	taken := read[:0]          // those that leave the queue
	var entries []*queuedVisit // of all
	var last int64
	for _, q := range read {
		last = q.seq
		v, err := tx.skills.DecodeQueued([]byte(q.visit))
		switch {
		case errors.Is(err, data.ErrForeignSkill): // left to a program that knows it
			continue
		case err != nil: // it would be in the way of all others
			q.refused = err.Error()
		}
		if taken = append(taken, q); err == nil {
			all, entries = append(all, v), append(entries, &taken[len(taken)-1])
		}
	}
	if err := tx.dropQueued(ctx, taken); err != nil {
		return posted, err
	}
	if posted, err = tx.post(ctx, append(all, visits...)); err != nil {
		return posted, err
	}
	for i, e := range entries {
		if r := posted.Results[i]; r.Change == data.Rejected {
			e.refused = r.Problem.Error()
		}
	}
	if err := tx.keepRefused(ctx, taken, &posted); err != nil {
		return posted, err
	}
	posted.Results, posted.Dequeued = posted.Results[len(entries):], len(taken)
	if err := tx.Commit(ctx); err != nil {
		return posted, err
	}
	if len(read) > 0 {
		s.foreign.Store(last)
	}
	s.queued.Store(len(read) == queueBatch)
	return posted, nil
}

// readQueued returns the first rows of the queue that this program may know how to write.
func (tx *Tx) readQueued(ctx context.Context) ([]queuedVisit, error) {
	rows, err := tx.session.Query(ctx, readQueued, tx.store.foreign.Load(), queueBatch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (q queuedVisit, err error) {
		return q, row.Scan(&q.seq, &q.id, &q.visit)
	})
}

func (tx *Tx) dropQueued(ctx context.Context, taken []queuedVisit) error {
	if len(taken) == 0 {
		return nil
	}
	seqs := make([]int64, len(taken))
	for i := range taken {
		seqs[i] = taken[i].seq
	}
	_, err := tx.session.Exec(ctx, dropQueued, seqs)
	return err
}

// keepRefused puts the visits that could not be written back, with the reason.
func (tx *Tx) keepRefused(ctx context.Context, taken []queuedVisit, posted *data.Posted) error {
	var ids, visits, reasons []string
	for i := range taken {
		if q := &taken[i]; q.refused != "" {
			ids, visits, reasons = append(ids, q.id), append(visits, q.visit), append(reasons, q.refused)
			posted.Refused = append(posted.Refused, q.id+": "+q.refused)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.session.Exec(ctx, keepRefused, ids, visits, reasons)
	return err
}

// enqueue queues those of the visits that are neither there nor queued, and can be written by what is committed now.
func (s *Store) enqueue(ctx context.Context, visits []data.Visit) (posted data.Posted, err error) {
	tx, err := s.newTx(ctx)
	if err != nil {
		return posted, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if _, err := tx.session.Exec(ctx, lockQueue); err != nil {
		return posted, err
	}
	posted.Results = checkVisits(visits)
	there, err := tx.findVisits(ctx, visits, posted.Results)
	if err != nil {
		return posted, err
	}
	ids := make([]string, len(visits))
	for i := range visits {
		v, r := &visits[i], &posted.Results[i]
		ids[i] = v.ID
		if _, rejected := tx.householdOf(v, r); rejected {
			continue
		}
		if old := there[v.ID]; old != nil {
			if p := data.KeepVisit(data.ChangedVisitFields(&old.Visit, v)); p.Change == data.Rejected {
				*r = p
			}
			continue
		}
		r.Change = data.Created
	}
	keys := slices.Clone(ids)
	for i := range visits {
		if visits[i].Origin.Sender != "" {
			keys = append(keys, data.AsideKey(&visits[i]))
		}
	}
	queued, err := tx.findQueued(ctx, keys)
	if err != nil {
		return posted, err
	}
	set := make(map[string]bool)
	for _, key := range keys[len(ids):] {
		set[key] = queued[key] != nil
	}
	chosen := data.Queueable(visits, posted.Results, queued, set)
	ids, texts := ids[:0], make([]string, len(chosen))
	for i, q := range chosen {
		text, err := tx.skills.EncodeQueued(q.Visit)
		if err != nil {
			return posted, fmt.Errorf("visit %s: %w", q.Visit.ID, err)
		}
		ids, texts[i] = append(ids, q.Key), string(text)
	}
	if _, err := tx.session.Exec(ctx, queueVisits, ids, texts); err != nil {
		return posted, err
	}
	end, cancel := ending(ctx)
	defer cancel()
	if err := tx.session.Tx.Commit(end); err != nil {
		return posted, err
	}
	tx.release()
	posted.Queued = len(chosen)
	s.queued.Store(true)
	return posted, nil
}

// findQueued returns what is queued under the ids.
func (tx *Tx) findQueued(ctx context.Context, ids []string) (map[string]*data.Visit, error) {
	queued := make(map[string]*data.Visit)
	rows, err := tx.session.Query(ctx, findQueued, ids)
	if err != nil {
		return nil, err
	}
	var id, text string
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		v, err := tx.skills.DecodeQueued([]byte(text))
		if errors.Is(err, data.ErrForeignSkill) { // it differs from every visit that this program can read
			err = nil
		}
		queued[id] = &v
		return err
	})
	return queued, err
}
