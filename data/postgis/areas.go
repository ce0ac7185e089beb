package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
	"tungnha/internal/problem"
)

var (
	findAreas  = `SELECT a.* FROM unnest($1::text[]) AS asked (code) CROSS JOIN LATERAL (SELECT ` + column.OfAreas + ` FROM areas WHERE areas.code = asked.code) a`
	insertArea = `INSERT INTO areas (` + column.OfAreas + `) VALUES ($1, $2, $3, $4, ` + column.NumberedParameters(data.AreaColumns, 5) + `)`
	updateArea = `UPDATE areas SET level = $3, geom = $4, ` + column.SetParameters(data.AreaColumns, 5) + `
		WHERE code = $1 AND valid_from IS NOT DISTINCT FROM $2`
	readAreas = `SELECT ` + column.OfAreas + ` FROM areas ORDER BY code, valid_from NULLS FIRST`
)

// areaKey names an area.
type areaKey struct {
	code string
	from data.Date
}

// PutAreas writes areas. An area whose parent is unknown goes in with a warning.
func (tx *Tx) PutAreas(ctx context.Context, areas []data.Area) ([]data.PutResult, error) {
	results, err := tx.putAreas(ctx, areas)
	if err != nil {
		return nil, fmt.Errorf("put areas: %w", err)
	}
	return results, nil
}

func (tx *Tx) putAreas(ctx context.Context, areas []data.Area) ([]data.PutResult, error) {
	results := make([]data.PutResult, len(areas))
	var codes []string
	for i := range areas {
		a := &areas[i]
		if results[i] = a.Check(); results[i].Change != data.Rejected {
			codes = append(codes, a.Code, a.Parent)
		}
	}
	there := make(map[areaKey]data.Area)
	exists := make(map[string]bool)
	err := tx.query(ctx, findAreas, func(row pgx.Rows) error {
		a, err := column.ScanArea(row)
		there[areaKey{a.Code, a.ValidFrom}] = a
		exists[a.Code] = true
		return err
	}, codes)
	if err != nil {
		return nil, err
	}
	var batch pgx.Batch
	var moved []string // hamlets, perhaps
	for i := range areas {
		a := &areas[i]
		if results[i].Change == data.Rejected {
			continue
		}
		key := areaKey{a.Code, a.ValidFrom}
		old, found := there[key]
		query := insertArea
		results[i] = data.PutResult{Change: data.Created}
		if found {
			query = updateArea
			results[i] = compareArea(&old, a, tx.areas[key])
		}
		tx.areas[key] = true
		if c := results[i].Change; c != data.Created && c != data.Updated {
			continue
		}
		var was *data.Area
		if found {
			was = &old
		}
		if err := change(tx, digest.Areas, areaDigest, was, a); err != nil {
			return nil, err
		}
		if a.Level == data.Hamlet && exists[a.Code] && (!found || old.Parent != a.Parent) {
			moved = append(moved, a.Code)
		}
		there[key], exists[a.Code] = *a, true
		batch.Queue(query, append([]any{a.Code, column.DateValue(a.ValidFrom), string(a.Level), a.Geometry},
			column.Values(data.AreaColumns, a)...)...)
	}
	// After the whole batch, because a file may name children first.
	for i := range areas {
		if parent := areas[i].Parent; parent != "" && results[i].Problem == nil && !exists[parent] {
			results[i].Problem = problem.Unknown("parent", "area", parent)
		}
	}
	follow, err := tx.movedHamlets(ctx, moved)
	if err != nil {
		return nil, err
	}
	if err := tx.sendRegisters(ctx, &batch); err != nil {
		return nil, err
	}
	return results, tx.follow(ctx, &follow)
}

func compareArea(old, now *data.Area, again bool) data.PutResult {
	fields := data.ChangedAreaFields(old, now)
	if !old.Geometry.Equal(now.Geometry) {
		fields = append(fields, "geometry")
	}
	switch {
	case len(fields) == 0:
		return data.PutResult{Change: data.Unchanged}
	case again:
		return data.RejectTwice("code")
	}
	return data.PutResult{Change: data.Updated, Fields: fields}
}

// sendRegisters writes to areas or teams.
func (tx *Tx) sendRegisters(ctx context.Context, batch *pgx.Batch) error {
	if batch.Len() == 0 {
		return nil
	}
	tx.changed, tx.registers, tx.known = true, true, nil
	return tx.session.Send(ctx, batch)
}

// query yields the rows of a query.
func (tx *Tx) query(ctx context.Context, query string, yield func(pgx.Rows) error, args ...any) error {
	return each(ctx, &tx.session, query, yield, args...)
}

// querier is a transaction or the pool.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// each yields the rows of a query; the row must not be kept.
func each(ctx context.Context, db querier, query string, yield func(pgx.Rows) error, args ...any) error {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := yield(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ReadAreas streams the areas as they are in the transaction, by code, then valid_from.
func (tx *Tx) ReadAreas(ctx context.Context, yield func(*data.Area) error) error {
	return streamAreas(ctx, &tx.session, yield)
}

func streamAreas(ctx context.Context, db querier, yield func(*data.Area) error) error {
	return each(ctx, db, readAreas, func(row pgx.Rows) error {
		a, err := column.ScanArea(row)
		if err != nil {
			return err
		}
		return yield(&a)
	})
}

// codes are the codes that households and teams may name, in whichever version of the area.
type codes struct {
	hamlets  map[string]string // the commune of each, by its latest version; empty where it has none
	communes map[string]bool
}

// codes reads the codes, once until an area changes.
func (tx *Tx) codes(ctx context.Context) (*codes, error) {
	if tx.known != nil {
		return tx.known, nil
	}
	known := &codes{hamlets: make(map[string]string), communes: make(map[string]bool)}
	err := tx.query(ctx, `SELECT code, level, coalesce(parent, '') FROM areas WHERE level IN ('commune', 'hamlet')
		ORDER BY code, valid_from NULLS FIRST`, func(row pgx.Rows) error {
		var code, level, parent string
		if err := row.Scan(&code, &level, &parent); err != nil {
			return err
		}
		if data.Level(level) == data.Commune {
			known.communes[code] = true
		} else {
			known.hamlets[code] = parent
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the codes of areas: %w", err)
	}
	tx.known = known
	return known, nil
}

func (c *codes) hasHamlet(code string) (bool, error) {
	_, ok := c.hamlets[code]
	return ok, nil
}

func (c *codes) hasCommune(code string) (bool, error) { return c.communes[code], nil }
