package gpkg

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/mattn/go-sqlite3"
	"github.com/paulmach/orb"

	"tungnha/data/sqlite/statement"
)

// Extent is the bound of a layer, as gpkg_contents has it, as far as a transaction changes it. The zero value changes
// nothing.
type Extent struct {
	bound  orb.Bound
	grown  bool // bound is set
	shrunk bool
}

// Extend adds what was written.
func (e *Extent) Extend(b orb.Bound) {
	if e.grown {
		b = e.bound.Union(b)
	}
	e.bound, e.grown = b, true
}

// Shrink notes that a geometry was replaced, so that the whole layer is measured again.
func (e *Extent) Shrink() { e.shrunk = true }

// Write writes the extent of the layer, areas or households. raw is the connection below conn.
func (e *Extent) Write(ctx context.Context, conn *sql.Conn, raw *sqlite3.SQLiteConn, layer string) error {
	if e.shrunk {
		if err := e.measure(ctx, raw, layer); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, `UPDATE gpkg_contents SET min_x = NULL, min_y = NULL, max_x = NULL,
			max_y = NULL WHERE table_name = ?`, layer); err != nil {
			return err
		}
	}
	if !e.grown {
		return nil
	}
	_, err := conn.ExecContext(ctx, `
		UPDATE gpkg_contents SET min_x = min(ifnull(min_x, ?2), ?2), min_y = min(ifnull(min_y, ?3), ?3),
		                         max_x = max(ifnull(max_x, ?4), ?4), max_y = max(ifnull(max_y, ?5), ?5)
		WHERE table_name = ?1`, layer, e.bound.Min[0], e.bound.Min[1], e.bound.Max[0], e.bound.Max[1])
	return err
}

// measure takes the bound of a whole layer again.
func (e *Extent) measure(ctx context.Context, raw *sqlite3.SQLiteConn, layer string) error {
	e.grown = false
	query := `SELECT geom FROM areas WHERE geom IS NOT NULL`
	if layer == "households" {
		query = `SELECT geom FROM households`
	}
	return statement.Rows(ctx, raw, query, 1, func(row []driver.Value) error {
		g, _ := row[0].([]byte)
		if layer == "households" {
			p, err := DecodePoint(g)
			if err == nil {
				e.Extend(p.Bound())
			}
			return err
		}
		area, err := DecodeArea(g)
		if err == nil && area != nil {
			e.Extend(area.Bound())
		}
		return err
	})
}
