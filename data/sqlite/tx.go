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
	"tungnha/data/sqlite/gpkg"
	"tungnha/data/sqlite/origin"
	"tungnha/data/sqlite/statement"
)

// Tx is one write transaction. It has the store's only writing connection until Commit or
// Rollback, and belongs to one goroutine.
type Tx struct {
	store *Store
	conn  *sql.Conn
	raw   *sqlite3.SQLiteConn // conn below database/sql, whose bookkeeping costs more than a row
	done  bool

	state  written // of the file, as the transaction found it and will leave it
	edited bool    // another program changed the file since the last transaction

	changed    bool // something was created or updated
	statements statement.Cache
	skills     *data.SkillBits
	sets       map[uint16]struct{} // the file's skill_sets that are known to be there
	communes   map[string]struct{} // codes known to exist
	hamlets    map[string]struct{}
	teams      map[string]int64     // row ids by team_id
	blob       [gpkg.PointSize]byte // a point on its way into a statement
	values     []driver.Value       // and the values of a row
	row        []driver.Value       // a household that is read
	days       map[data.Date]driver.Value

	areas, households, visits table
	teamHistories             map[string]*data.TeamHistoryMerge // by team_id

	hash     *digest.Hasher // see hasher
	delta    digest.Set     // what the transaction adds to the digests of the records
	settings bool           // meta or skills were changed

	batches    *data.Batches
	newVisits  int64
	visitIndex string // the SQL of the index by household while it is away
}

// Begin starts a write transaction. Where another one is under way, in this process or in
// another, it waits for its end or for ctx's.
func (s *Store) Begin(ctx context.Context) (data.Tx, error) {
	tx, err := s.begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: begin: %w", s.path, err)
	}
	return tx, nil
}

func (s *Store) begin(ctx context.Context) (*Tx, error) {
	if s.readOnly {
		return nil, data.ErrReadOnly
	}
	if err := s.place.Check(); err != nil {
		return nil, err
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := s.newTx(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// SQLite's own waiting does not heed ctx: it waits a moment, the loop tries again, until
	// another process that writes has ended.
	_, err = conn.ExecContext(ctx, `PRAGMA busy_timeout = 50`)
	for err == nil {
		_, err = conn.ExecContext(ctx, `BEGIN IMMEDIATE`)
		var busy sqlite3.Error
		if err == nil || !errors.As(err, &busy) || busy.Code != sqlite3.ErrBusy {
			break
		}
		err = ctx.Err()
	}
	var last int64
	if err == nil { // before anything is written, so that no trigger of a stranger's runs
		err = s.checkTables(ctx, conn)
	}
	if err == nil {
		err = tx.noticeOthers(ctx)
	}
	if err == nil {
		err = conn.QueryRowContext(ctx, `SELECT ifnull(max(batch), 0) FROM batches`).Scan(&last)
	}
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	tx.batches = data.NewBatches(last)
	return tx, nil
}

// newTx makes a transaction of a connection, on which it has not begun yet.
func (s *Store) newTx(conn *sql.Conn) (*Tx, error) {
	tx := &Tx{
		store: s, conn: conn, skills: s.skills.Load(),
		statements:    make(statement.Cache),
		sets:          make(map[uint16]struct{}),
		communes:      make(map[string]struct{}),
		hamlets:       make(map[string]struct{}),
		teams:         make(map[string]int64),
		days:          make(map[data.Date]driver.Value),
		row:           make([]driver.Value, 2+len(data.HouseholdColumns)),
		teamHistories: make(map[string]*data.TeamHistoryMerge),
		areas:         table{last: -1}, households: table{last: -1}, visits: table{last: -1},
	}
	err := conn.Raw(func(c any) error {
		tx.raw = c.(*sqlite3.SQLiteConn)
		return nil
	})
	return tx, err
}

// write runs f in a transaction of its own.
func (s *Store) write(ctx context.Context, f func(*Tx) error) error {
	return data.InTx(ctx, s.begin, f)
}

// Commit makes everything durable; a transaction that changed something raises the store's
// revision. After an error nothing is kept, or, of a data.ErrUnsound, nothing that lasts.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.done {
		return fmt.Errorf("%s: commit: the transaction has ended", tx.store.path)
	}
	err := tx.settle(ctx)
	if err == nil {
		// Not to be interrupted: whether it took effect would be anyone's guess.
		_, err = tx.conn.ExecContext(context.WithoutCancel(ctx), `COMMIT`)
	}
	if err == nil {
		tx.store.wrote = tx.state
		err = tx.store.place.Check() // it is only kept where others find it
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: commit: %w", tx.store.path, err), tx.Rollback())
	}
	return tx.release()
}

// Rollback undoes everything. After Commit it does nothing.
func (tx *Tx) Rollback() error {
	if tx.done {
		return nil
	}
	// Without a transaction under way (BEGIN or COMMIT failed) there is nothing to undo.
	var err error
	if !tx.raw.AutoCommit() {
		_, err = tx.conn.ExecContext(context.Background(), `ROLLBACK`)
	}
	return errors.Join(err, tx.release())
}

func (tx *Tx) release() error {
	tx.done = true
	return errors.Join(tx.statements.Close(), tx.conn.Close())
}

// settle writes what follows from the records: extents, that GDAL has to count anew, and the
// revision.
func (tx *Tx) settle(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.settleDigests(ctx); err != nil {
		return fmt.Errorf("digests: %w", err)
	}
	if !tx.changed {
		return nil
	}
	if err := errors.Join(origin.WriteBatches(tx.execute, tx.batches.New()), tx.restoreVisitIndex(ctx)); err != nil {
		return err
	}
	for _, layer := range []struct {
		name  string
		table *table
	}{{"areas", &tx.areas}, {"households", &tx.households}} {
		if err := layer.table.extent.Write(ctx, tx.conn, tx.raw, layer.name); err != nil {
			return fmt.Errorf("extent of %s: %w", layer.name, err)
		}
	}
	if _, err := tx.conn.ExecContext(ctx, `UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`); err != nil {
		return err
	}
	if _, err := tx.conn.ExecContext(ctx, `UPDATE gpkg_ogr_contents SET feature_count = NULL WHERE feature_count IS NOT NULL`); err != nil {
		return err
	}
	tx.state.revision++
	_, err := tx.conn.ExecContext(ctx, `UPDATE store SET revision = ?`, tx.state.revision)
	return err
}

func (tx *Tx) prepared(query string) (*statement.Statement, error) {
	return tx.statements.Prepared(tx.raw, query)
}

// execute runs a statement for its effect.
func (tx *Tx) execute(query string, values ...driver.Value) error {
	s, err := tx.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(values...)
	return err
}

// executeOne runs a statement that writes one row. Where it does not, a trigger of somebody's is in its way.
func (tx *Tx) executeOne(query string, values ...driver.Value) error {
	s, err := tx.prepared(query)
	if err != nil {
		return err
	}
	switch n, err := s.Exec(values...); {
	case err != nil:
		return err
	case n != 1:
		return fmt.Errorf("%w: %q wrote %d rows, want one", data.ErrUnsound, query, n)
	}
	return nil
}

// date is column.DateValue, remembered: a bulk load names the same few thousand days again and
// again.
func (tx *Tx) date(d data.Date) driver.Value {
	text, ok := tx.days[d]
	if !ok {
		text = column.DateValue(d)
		tx.days[d] = text
	}
	return text
}
