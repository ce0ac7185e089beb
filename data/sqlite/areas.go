package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/gpkg"
	"tungnha/data/sqlite/origin"
	"tungnha/data/sqlite/statement"
	"tungnha/internal/problem"
)

var (
	findArea   = `SELECT ` + column.OfAreas + ` FROM areas WHERE code = ? AND ifnull(valid_from, '') = ?`
	insertArea = `INSERT INTO areas (code, valid_from, level, geom, ` + column.Names(data.AreaColumns) + `)
		VALUES (?, ?, ?, ?, ` + column.Parameters(data.AreaColumns) + `)`
	updateArea = `UPDATE areas SET level = ?2, geom = ?3, ` + column.Assignments(data.AreaColumns, 4) + ` WHERE fid = ?1`
	readAreas  = `SELECT ` + column.OfAreas + ` FROM areas ORDER BY code, ifnull(valid_from, '')`
)

const findAreaCode = `SELECT 1 FROM areas WHERE code = ? LIMIT 1`

// PutAreas writes areas. An area whose parent is unknown goes in with a warning.
func (tx *Tx) PutAreas(ctx context.Context, areas []data.Area) ([]data.PutResult, error) {
	results := make([]data.PutResult, len(areas))
	if err := tx.lookUp(ctx, &tx.areas, "areas"); err != nil {
		return nil, fmt.Errorf("put areas: %w", err)
	}
	for i := range areas {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if results[i], err = tx.putArea(&areas[i]); err != nil {
			return nil, fmt.Errorf("put area %s: %w", areas[i].Code, err)
		}
	}
	// After the whole batch, because a file may name children first.
	for i := range areas {
		if areas[i].Parent == "" || results[i].Problem != nil {
			continue
		}
		known, err := tx.exists(findAreaCode, areas[i].Parent)
		if err != nil {
			return nil, fmt.Errorf("put area %s: %w", areas[i].Code, err)
		}
		if !known {
			results[i].Problem = problem.Unknown("parent", "area", areas[i].Parent)
		}
	}
	return results, nil
}

func (tx *Tx) putArea(a *data.Area) (data.PutResult, error) {
	if result := a.Check(); result.Change == data.Rejected {
		return result, nil
	}
	geometry, err := gpkg.EncodeArea(a.Geometry)
	if err != nil {
		return data.PutResult{}, err
	}
	find, err := tx.prepared(findArea)
	if err != nil {
		return data.PutResult{}, err
	}
	row := make([]driver.Value, 5+len(data.AreaColumns))
	found, err := find.Row(row, a.Code, a.ValidFrom.String())
	if err != nil {
		return data.PutResult{}, err
	}
	if !found {
		return tx.createArea(a, geometry)
	}
	var old data.Area
	if err := column.ScanArea(row, &old); err != nil {
		return data.PutResult{}, err
	}
	fid, _ := row[0].(int64)
	oldGeometry, _ := row[4].([]byte)
	fields := data.ChangedAreaFields(&old, a)
	if !bytes.Equal(oldGeometry, geometry) {
		fields = append(fields, "geometry")
	}
	again := tx.areas.given(fid)
	if len(fields) == 0 {
		return data.PutResult{Change: data.Unchanged}, nil
	}
	if again {
		return data.RejectTwice("code"), nil
	}
	update, err := tx.prepared(updateArea)
	if err != nil {
		return data.PutResult{}, err
	}
	tx.values = column.Append(append(tx.values[:0], fid, string(a.Level), blobValue(geometry)), data.AreaColumns, a,
		tx.date)
	if _, err := update.Exec(tx.values...); err != nil {
		return data.PutResult{}, err
	}
	tx.changed = true
	tx.areas.extent.Shrink()
	tx.delta.Updated(digest.Areas, tx.hasher().Area(&old, oldGeometry), tx.hasher().Area(a, geometry))
	tx.rememberArea(a)
	return data.PutResult{Change: data.Updated, Fields: fields}, nil
}

func (tx *Tx) createArea(a *data.Area, geometry []byte) (data.PutResult, error) {
	insert, err := tx.prepared(insertArea)
	if err != nil {
		return data.PutResult{}, err
	}
	tx.values = column.Append(append(tx.values[:0], a.Code, tx.date(a.ValidFrom), string(a.Level),
		blobValue(geometry)), data.AreaColumns, a, tx.date)
	if _, err := insert.Exec(tx.values...); err != nil {
		return data.PutResult{}, err
	}
	tx.changed = true
	tx.delta.Created(digest.Areas, tx.hasher().Area(a, geometry))
	if geometry != nil {
		tx.areas.extent.Extend(a.Geometry.Bound())
	}
	tx.rememberArea(a)
	return data.PutResult{Change: data.Created}, nil
}

// rememberArea lets the households and teams that follow name the area.
func (tx *Tx) rememberArea(a *data.Area) {
	switch a.Level {
	case data.Commune:
		tx.communes[a.Code] = struct{}{}
	case data.Hamlet:
		tx.hamlets[a.Code] = struct{}{}
	}
}

// ReadAreas streams the areas as they are in the transaction, by code, then valid_from.
func (tx *Tx) ReadAreas(ctx context.Context, yield func(*data.Area) error) error {
	return streamAreas(ctx, tx.query, func(a *data.Area, _ []byte) error { return yield(a) })
}

func (tx *Tx) query(ctx context.Context, query string, columns int, yield func([]driver.Value) error) error {
	return statement.Rows(ctx, tx.raw, query, columns, yield)
}

// streamAreas yields the areas, each with its geometry as the file has it.
func streamAreas(ctx context.Context, query origin.Query, yield func(a *data.Area, geometry []byte) error) error {
	return query(ctx, readAreas, 5+len(data.AreaColumns), func(row []driver.Value) error {
		var a data.Area
		if err := column.ScanArea(row, &a); err != nil {
			return err
		}
		geometry, _ := row[4].([]byte)
		return yield(&a, geometry)
	})
}

func blobValue(b []byte) driver.Value {
	if b == nil {
		return nil
	}
	return b
}

// exists reports whether a query of one parameter has an answer.
func (tx *Tx) exists(query, code string) (bool, error) {
	find, err := tx.prepared(query)
	if err != nil {
		return false, err
	}
	var row [1]driver.Value
	return find.Row(row[:], code)
}

// hasCode reports whether a commune or hamlet of the code exists, in any version. Only
// codes that do are remembered: they are few, wrong ones may be many.
func (tx *Tx) hasCode(known map[string]struct{}, query, code string) (bool, error) {
	if _, ok := known[code]; ok {
		return true, nil
	}
	found, err := tx.exists(query, code)
	if found {
		known[code] = struct{}{}
	}
	return found, err
}

const (
	findCommuneCode = `SELECT 1 FROM commune_codes WHERE code = ?`
	findHamletCode  = `SELECT 1 FROM hamlet_codes WHERE code = ?`
)

func (tx *Tx) hasHamlet(code string) (bool, error) {
	return tx.hasCode(tx.hamlets, findHamletCode, code)
}

func (tx *Tx) hasCommune(code string) (bool, error) {
	return tx.hasCode(tx.communes, findCommuneCode, code)
}
