package sqlite

import (
	"context"

	"tungnha/data/sqlite/gpkg"
	"tungnha/data/sqlite/rowset"
)

// table is what a transaction keeps of one table, to find a record given twice in it
// and to keep the layer's extent true.
type table struct {
	last   int64      // the greatest fid before the transaction; -1: not looked up yet
	seen   rowset.Set // the older rows that the transaction was given
	extent gpkg.Extent
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
