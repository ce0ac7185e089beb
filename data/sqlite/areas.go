package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"

	"tungnha/data"
	"tungnha/internal/problem"
)

// areaColumns are read without their declared types, which the driver would turn into
// time.Time.
const areaColumns = `code, name, name_en, kind, level, parent, valid_from || '', valid_to || '',
	declared_households, population, geom`

const (
	findArea   = `SELECT ` + areaColumns + `, fid FROM areas WHERE code = ? AND ifnull(valid_from, '') = ?`
	insertArea = `INSERT INTO areas (code, name, name_en, kind, level, parent, valid_from, valid_to, declared_households, population, geom)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateArea = `UPDATE areas SET name = ?2, name_en = ?3, kind = ?4, level = ?5, parent = ?6, valid_to = ?7,
		declared_households = ?8, population = ?9, geom = ?10 WHERE fid = ?1`
	findAreaCode = `SELECT 1 FROM areas WHERE code = ? LIMIT 1`
	readAreas    = `SELECT ` + areaColumns + ` FROM areas ORDER BY code, ifnull(valid_from, '')`
)

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
	geometry, err := encodeArea(a.Geometry)
	if err != nil {
		return data.PutResult{}, err
	}
	find, err := tx.prepared(findArea)
	if err != nil {
		return data.PutResult{}, err
	}
	var row [12]driver.Value
	found, err := find.row(row[:], a.Code, a.ValidFrom.String())
	if err != nil {
		return data.PutResult{}, err
	}
	if !found {
		return tx.createArea(a, geometry)
	}
	var old data.Area
	if err := scanArea(row[:11], &old); err != nil {
		return data.PutResult{}, err
	}
	fid, _ := row[11].(int64)
	oldGeometry, _ := row[10].([]byte)
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
	if _, err := update.exec(fid, a.Name, textValue(a.NameEN), textValue(a.Kind), string(a.Level), textValue(a.Parent),
		dateValue(a.ValidTo), numberValue(a.DeclaredHouseholds), numberValue(a.Population),
		blobValue(geometry)); err != nil {
		return data.PutResult{}, err
	}
	tx.changed, tx.areas.shrunk = true, true
	tx.rememberArea(a)
	return data.PutResult{Change: data.Updated, Fields: fields}, nil
}

func (tx *Tx) createArea(a *data.Area, geometry []byte) (data.PutResult, error) {
	insert, err := tx.prepared(insertArea)
	if err != nil {
		return data.PutResult{}, err
	}
	if _, err := insert.exec(a.Code, a.Name, textValue(a.NameEN), textValue(a.Kind), string(a.Level),
		textValue(a.Parent),
		dateValue(a.ValidFrom), dateValue(a.ValidTo), numberValue(a.DeclaredHouseholds), numberValue(a.Population),
		blobValue(geometry)); err != nil {
		return data.PutResult{}, err
	}
	tx.changed = true
	if geometry != nil {
		tx.areas.extend(a.Geometry.Bound())
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

// ReadAreas streams the areas as the transaction sees them, by code, then valid_from.
func (tx *Tx) ReadAreas(ctx context.Context, yield func(*data.Area) error) error {
	return streamAreas(ctx, tx.query, yield)
}

// scanArea reads the columns of areaColumns, with the geometry.
func scanArea(row []driver.Value, a *data.Area) error {
	var level string
	for i, text := range []*string{&a.Code, &a.Name, &a.NameEN, &a.Kind, &level, &a.Parent} {
		var err error
		if *text, err = textOf(row[i]); err != nil {
			return fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	a.Level = data.Level(level)
	for i, date := range []*data.Date{&a.ValidFrom, &a.ValidTo} {
		var err error
		if *date, err = dateOf(row[6+i]); err != nil {
			return fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	for i, number := range []*int{&a.DeclaredHouseholds, &a.Population} {
		var err error
		if *number, err = numberOf(row[8+i]); err != nil {
			return fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	geometry, _ := row[10].([]byte)
	var err error
	if a.Geometry, err = decodeArea(geometry); err != nil {
		return fmt.Errorf("area %s: %w", a.Code, err)
	}
	return nil
}

// querier runs a query of a number of columns and yields its rows.
type querier func(ctx context.Context, query string, columns int, yield func([]driver.Value) error) error

func (tx *Tx) query(ctx context.Context, query string, columns int, yield func([]driver.Value) error) error {
	return rows(ctx, tx.raw, query, columns, yield)
}

func streamAreas(ctx context.Context, query querier, yield func(*data.Area) error) error {
	return query(ctx, readAreas, 11, func(row []driver.Value) error {
		var a data.Area
		if err := scanArea(row, &a); err != nil {
			return err
		}
		return yield(&a)
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
	return find.row(row[:], code)
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
