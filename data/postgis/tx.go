package postgis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/digests"
	"tungnha/data/postgis/listen"
	"tungnha/data/postgis/session"
)

// endTimeout bounds how long the end of a transaction may take: it is not to be
// interrupted, because then whether it took effect would be anyone's guess.
const endTimeout = time.Minute

// Tx is one write transaction. It has the store's lock, which all writers of all servers
// take in turn, until Commit or Rollback, and belongs to one goroutine.
type Tx struct {
	batches  *data.Batches
	store    *Store
	conn     *pgxpool.Conn
	session  session.Session
	revision int64 // that it will raise the store to, and that its rows carry
	done     bool
	queued   bool // there are queued visits

	changed   bool           // something was created or updated
	registers bool           // and more than that visits were added, or corrected within their households
	settings  bool           // meta or skills were changed
	hash      *digest.Hasher // nil: the database has no digests yet
	delta     digest.Set     // what the transaction adds to the digests of the records
	skills    *data.SkillBits

	known          *codes // nil: to be read
	areas          map[areaKey]bool
	teamHistories  map[string]*data.TeamHistoryMerge // by team_id
	teams          map[string]bool                   // that are known to exist
	householdCache householdCache
	given          givenIDs

	households, visits session.CopyBuffer
}

// Begin starts a write transaction. Where another one is under way, in this process or in
// another, it waits for its end or for ctx's.
func (s *Store) Begin(ctx context.Context) (data.Tx, error) {
	// An import may take its time.
	tx, err := s.begin(ctx, `SELECT set_config('statement_timeout', '0', true)`)
	if err != nil {
		return nil, fmt.Errorf("%s: begin: %w", s.name, err)
	}
	return tx, nil
}

// forWriting marks the transaction as the program's (see the trigger program_writes) and makes the planner look up
// what it is given by its key, one by one: it has no sign that the table it filled a moment
// ago is no longer small.
const forWriting = `SELECT set_config('tungnha.writing', 'with digests', true),
	set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)`

func (s *Store) begin(ctx context.Context, settings ...string) (*Tx, error) {
	tx, err := s.newTx(ctx)
	if err != nil {
		return nil, err
	}
	var batch pgx.Batch
	for _, setting := range settings {
		batch.Queue(setting)
	}
	batch.Queue(forWriting)
	batch.Queue(`SELECT revision + 1, (` + hasQueued + `) FROM store FOR UPDATE`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&tx.revision, &tx.queued)
	})
	batch.Queue(`SELECT set_config('lock_timeout', '0', true)`) // a post waits no longer for the store's lock alone
	// After the lock, in a statement of its own: it sees what the writer before has committed.
	var last int64
	var key []byte
	batch.Queue(`SELECT coalesce(max(batch), 0), ` + digests.Key + ` FROM batches`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&last, &key)
	})
	if err := tx.session.Send(ctx, &batch); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	tx.batches = data.NewBatches(last)
	if len(key) == digest.KeySize {
		tx.hash = digest.NewHasher(key)
	}
	return tx, nil
}

// newTx begins a transaction without the store's lock.
func (s *Store) newTx(ctx context.Context) (*Tx, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	tx := &Tx{
		store: s, conn: conn, skills: s.skills.Load(),
		areas:          make(map[areaKey]bool),
		teamHistories:  make(map[string]*data.TeamHistoryMerge),
		teams:          make(map[string]bool),
		householdCache: newHouseholdCache(),

		households: session.NewCopyBuffer("households", copyHouseholds),
		visits:     session.NewCopyBuffer("visits", copyVisits),
	}
	if tx.session.Tx, err = conn.BeginTx(ctx, pgx.TxOptions{}); err != nil {
		conn.Release()
		return nil, err
	}
	return tx, nil
}

// write runs f in a transaction of its own.
func (s *Store) write(ctx context.Context, f func(*Tx) error) error {
	return data.InTx(ctx, func(ctx context.Context) (*Tx, error) { return s.begin(ctx) }, f)
}

// Commit makes everything durable; a transaction that changed something raises the store's
// revision. After an error nothing is kept, unless the connection broke in the very moment
// of the commit.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.done {
		return fmt.Errorf("%s: commit: the transaction has ended", tx.store.name)
	}
	err := tx.settle(ctx)
	if err == nil {
		end, cancel := ending(ctx)
		defer cancel()
		err = tx.session.Tx.Commit(end)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: commit: %w", tx.store.name, err), tx.Rollback())
	}
	tx.release()
	return nil
}

// ending is the context for a commit. That somebody gives up does not interrupt it, but the
// deadline of a post counts: a connection that has fallen silent returns nothing.
func ending(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(endTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// Rollback undoes everything. After Commit it does nothing.
func (tx *Tx) Rollback() error {
	if tx.done {
		return nil
	}
	defer tx.release()
	tx.session.Stop()
	if tx.conn.Conn().IsClosed() {
		return nil // the server undoes what a lost connection began
	}
	end, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if err := tx.session.Tx.Rollback(end); err != nil && !tx.conn.Conn().IsClosed() &&
		!errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("%s: rollback: %w", tx.store.name, err)
	}
	return nil
}

func (tx *Tx) release() {
	tx.done = true
	tx.conn.Release()
}

// settle writes what is still to be written, and raises the revision last.
func (tx *Tx) settle(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := errors.Join(tx.flush(ctx), tx.session.Wait(ctx)); err != nil {
		return err
	}
	if !tx.changed && !tx.settings {
		return nil
	}
	var batch pgx.Batch
	if err := tx.queueDigests(ctx, &batch); err != nil {
		return fmt.Errorf("digests: %w", err)
	}
	if tx.changed {
		queueBatches(&batch, tx.batches.New())
		tx.queueRevision(&batch)
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.session.Send(ctx, &batch)
}

// flush copies the rows that wait, households first.
func (tx *Tx) flush(ctx context.Context) error {
	if err := tx.households.Flush(ctx, &tx.session); err != nil {
		return err
	}
	return tx.visits.Flush(ctx, &tx.session)
}

// queueRevision raises the revision and wakes whoever waits for that.
func (tx *Tx) queueRevision(batch *pgx.Batch) {
	batch.Queue(`UPDATE store SET revision = $1, registers_revision = CASE WHEN $2 THEN $1 ELSE registers_revision END`,
		tx.revision, tx.registers)
	batch.Queue(`SELECT pg_notify('`+listen.Channel+`', $1::bigint::text)`, tx.revision)
}

// givenIDs are the keys of unchanged rows that a transaction was given: given again with
// other values they are refused. They are kept in the database, because they may be as many
// as its rows. What the transaction wrote has its revision.
type givenIDs struct {
	made    bool
	indexed bool
}

// note adds keys of a kind.
func (g *givenIDs) note(ctx context.Context, db *session.Session, kind data.Kind, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if !g.made {
		if _, err := db.Exec(ctx, `CREATE TEMPORARY TABLE given (kind text COLLATE "C", id text COLLATE "C") ON COMMIT DROP`); err != nil {
			return err
		}
		g.made = true
	}
	if err := db.Wait(ctx); err != nil {
		return err
	}
	_, err := db.Tx.CopyFrom(ctx, pgx.Identifier{"given"}, []string{"kind", "id"},
		pgx.CopyFromSlice(len(ids), func(i int) ([]any, error) {
			return []any{string(kind), ids[i]}, nil
		}))
	return err
}

// among returns which of the ids of a kind were given before. Corrections are rare: the
// first one creates the index.
func (g *givenIDs) among(ctx context.Context, db *session.Session, kind data.Kind, ids []string) (map[string]bool,
	error) {
	if !g.made || len(ids) == 0 {
		return nil, nil
	}
	if !g.indexed {
		if _, err := db.Exec(ctx, `CREATE INDEX ON given (kind, id)`); err != nil {
			return nil, err
		}
		g.indexed = true
	}
	rows, err := db.Query(ctx, `SELECT DISTINCT g.id FROM unnest($2::text[]) AS asked (id) JOIN given g ON g.kind = $1 AND g.id = asked.id`, string(kind), ids)
	if err != nil {
		return nil, err
	}
	before := make(map[string]bool)
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		before[id] = true
		return nil
	})
	return before, err
}
