package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/paulmach/orb"

	"tungnha/data/sqlite/gpkg"
	"tungnha/data/sqlite/rowset"
	"tungnha/data/sqlite/statement"
)

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

// measure takes the bound of a whole layer again.
func (tx *Tx) measure(ctx context.Context, layer string, t *table) error {
	t.grown = false
	query := `SELECT geom FROM areas WHERE geom IS NOT NULL`
	if layer == "households" {
		query = `SELECT geom FROM households`
	}
	return statement.Rows(ctx, tx.raw, query, 1, func(row []driver.Value) error {
		g, _ := row[0].([]byte)
		if layer == "households" {
			p, err := gpkg.DecodePoint(g)
			if err == nil {
				t.extend(p.Bound())
			}
			return err
		}
		area, err := gpkg.DecodeArea(g)
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
func (t *table) given(fid int64) bool { return fid > t.last || t.seen.Add(fid) }

// lookUp notes where the table ended before the transaction wrote to it.
func (tx *Tx) lookUp(ctx context.Context, t *table, name string) error {
	if t.last >= 0 {
		return nil
	}
	return tx.conn.QueryRowContext(ctx, `SELECT ifnull(max(fid), 0) FROM `+name).Scan(&t.last)
}

// table is what a transaction keeps of one table, to find a record given twice in it
// and to keep the layer's extent true.
type table struct {
	last   int64      // the greatest fid before the transaction; -1: not looked up yet
	seen   rowset.Set // the older rows that the transaction was given
	bound  orb.Bound
	grown  bool // bound is set
	shrunk bool // a geometry was replaced: the extent must be measured again
}
