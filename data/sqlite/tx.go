package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
	"github.com/paulmach/orb"

	"tungnha/data"
)

// Tx is one write transaction. It holds the store's only writing connection until Commit or
// Rollback, and belongs to one goroutine.
type Tx struct {
	store *Store
	conn  *sql.Conn
	raw   *sqlite3.SQLiteConn // conn below database/sql, whose bookkeeping costs more than a row
	done  bool

	changed    bool // something was created or updated
	statements map[string]*statement
	skills     *data.SkillBits
	sets       map[uint16]struct{} // the file's skill_sets that are known to be there
	communes   map[string]struct{} // codes known to exist
	hamlets    map[string]struct{}
	teams      map[string]int64 // row ids by team_id
	blob       [pointSize]byte  // a point on its way into a statement
	values     []driver.Value   // and the values of a row
	row        []driver.Value   // a household that is read
	days       map[data.Date]driver.Value

	areas, households, visits table
	teamHistories             map[string]*data.TeamHistoryMerge // by team_id

	newVisits  int64
	visitIndex string // the SQL of the index by household while it is away
}

// table is what a transaction remembers of one table, to tell a record given twice in it
// and to keep the layer's extent true.
type table struct {
	last   int64  // the greatest fid before the transaction; -1: not looked up yet
	seen   fidSet // the older rows that the transaction was given
	bound  orb.Bound
	grown  bool // bound holds something
	shrunk bool // a geometry was replaced: the extent must be taken anew
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
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx := &Tx{
		store: s, conn: conn, skills: s.skills.Load(),
		statements:    make(map[string]*statement),
		sets:          make(map[uint16]struct{}),
		communes:      make(map[string]struct{}),
		hamlets:       make(map[string]struct{}),
		teams:         make(map[string]int64),
		days:          make(map[data.Date]driver.Value),
		row:           make([]driver.Value, 2+len(data.HouseholdColumns)),
		teamHistories: make(map[string]*data.TeamHistoryMerge),
		areas:         table{last: -1}, households: table{last: -1}, visits: table{last: -1},
	}
	err = conn.Raw(func(c any) error {
		tx.raw = c.(*sqlite3.SQLiteConn)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// SQLite's own waiting does not heed ctx: it waits a moment, the loop asks again, until
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
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// write runs f in a transaction of its own.
func (s *Store) write(ctx context.Context, f func(*Tx) error) error {
	return data.InTx(ctx, s.begin, f)
}

// Commit makes everything durable; a transaction that changed something raises the store's
// revision. After an error nothing is kept.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.done {
		return fmt.Errorf("%s: commit: the transaction has ended", tx.store.path)
	}
	err := tx.settle(ctx)
	if err == nil {
		// Not to be interrupted: whether it took effect would be anyone's guess.
		_, err = tx.conn.ExecContext(context.WithoutCancel(ctx), `COMMIT`)
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
	var errs []error
	for _, s := range tx.statements {
		errs = append(errs, s.stmt.Close())
	}
	return errors.Join(append(errs, tx.conn.Close())...)
}

// settle writes what follows from the records: extents, that GDAL has to count anew, and the
// revision.
func (tx *Tx) settle(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !tx.changed {
		return nil
	}
	if err := tx.restoreVisitIndex(ctx); err != nil {
		return err
	}
	for _, layer := range []struct {
		name  string
		table *table
	}{{"areas", &tx.areas}, {"households", &tx.households}} {
		if err := tx.settleExtent(ctx, layer.name, layer.table); err != nil {
			return fmt.Errorf("extent of %s: %w", layer.name, err)
		}
	}
	if _, err := tx.conn.ExecContext(ctx, `UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`); err != nil {
		return err
	}
	if _, err := tx.conn.ExecContext(ctx, `UPDATE gpkg_ogr_contents SET feature_count = NULL WHERE feature_count IS NOT NULL`); err != nil {
		return err
	}
	_, err := tx.conn.ExecContext(ctx, `UPDATE store SET revision = revision + 1`)
	return err
}

func (tx *Tx) settleExtent(ctx context.Context, layer string, t *table) error {
	if t.shrunk {
		if err := tx.measure(ctx, layer, t); err != nil {
			return err
		}
		_, err := tx.conn.ExecContext(ctx, `UPDATE gpkg_contents SET min_x = NULL, min_y = NULL, max_x = NULL, max_y = NULL WHERE table_name = ?`, layer)
		if err != nil {
			return err
		}
	}
	if !t.grown {
		return nil
	}
	_, err := tx.conn.ExecContext(ctx, `
		UPDATE gpkg_contents SET min_x = min(ifnull(min_x, ?2), ?2), min_y = min(ifnull(min_y, ?3), ?3),
		                         max_x = max(ifnull(max_x, ?4), ?4), max_y = max(ifnull(max_y, ?5), ?5)
		WHERE table_name = ?1`, layer, t.bound.Min[0], t.bound.Min[1], t.bound.Max[0], t.bound.Max[1])
	return err
}

// measure takes the bound of a whole layer anew.
func (tx *Tx) measure(ctx context.Context, layer string, t *table) error {
	t.grown = false
	query := `SELECT geom FROM areas WHERE geom IS NOT NULL`
	if layer == "households" {
		query = `SELECT geom FROM households`
	}
	return rows(ctx, tx.raw, query, 1, func(row []driver.Value) error {
		g, _ := row[0].([]byte)
		if layer == "households" {
			p, err := decodePoint(g)
			if err == nil {
				t.extend(p.Bound())
			}
			return err
		}
		area, err := decodeArea(g)
		if err == nil && area != nil {
			t.extend(area.Bound())
		}
		return err
	})
}

func (t *table) extend(b orb.Bound) {
	if t.grown {
		b = t.bound.Union(b)
	}
	t.bound, t.grown = b, true
}

// given notes that the transaction was given the record of an existing row, and reports
// whether it had been given it before. The table must have been looked up.
func (t *table) given(fid int64) bool { return fid > t.last || t.seen.add(fid) }

// lookUp notes where the table ended before the transaction wrote to it.
func (tx *Tx) lookUp(ctx context.Context, t *table, name string) error {
	if t.last >= 0 {
		return nil
	}
	return tx.conn.QueryRowContext(ctx, `SELECT ifnull(max(fid), 0) FROM `+name).Scan(&t.last)
}

// fidSet is a set of row ids, as pages of bits: a transaction that meets every row of a
// large table again spends an eighth of a byte on each.
type fidSet map[int64]*[128]uint64

// add puts fid into the set and reports whether it was there.
func (s *fidSet) add(fid int64) bool {
	if *s == nil {
		*s = make(fidSet)
	}
	page := (*s)[fid>>13]
	if page == nil {
		page = new([128]uint64)
		(*s)[fid>>13] = page
	}
	word, bit := &page[fid>>6&127], uint64(1)<<(fid&63)
	was := *word&bit != 0
	*word |= bit
	return was
}
