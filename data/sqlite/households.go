package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/gpkg"
	"tungnha/data/sqlite/origin"
)

var (
	insertHousehold = `INSERT INTO households (geom, household_id, ` + column.Names(data.HouseholdColumns) + `)
		VALUES (?, ?, ` + column.Parameters(data.HouseholdColumns) + `) ON CONFLICT (household_id) DO NOTHING`
	findHousehold = `SELECT fid, geom, ` + column.Selected(data.HouseholdColumns) + `
		FROM households WHERE household_id = ?`
	updateHousehold = `UPDATE households SET geom = ?2, ` + column.Assignments(data.HouseholdColumns, 3) + ` WHERE fid = ?1`
	readHouseholds  = `SELECT household_id, geom, ` + column.Selected(data.HouseholdColumns) + `
		FROM households ORDER BY fid`
)

// PutHouseholds writes households. A hamlet code that no version of any hamlet has is
// rejected; points are rounded to 1e-7 degree.
func (tx *Tx) PutHouseholds(ctx context.Context, households []data.Household) ([]data.PutResult, error) {
	results := make([]data.PutResult, len(households))
	if err := tx.lookUp(ctx, &tx.households, "households"); err != nil {
		return nil, fmt.Errorf("put households: %w", err)
	}
	for i := range households {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var err error
		if results[i], err = tx.putHousehold(&households[i]); err != nil {
			return nil, fmt.Errorf("put household %s: %w", households[i].ID, err)
		}
	}
	return results, nil
}

// putHousehold tries to insert and reads what is there only on a conflict: most rows of
// a large import are new.
func (tx *Tx) putHousehold(h *data.Household) (data.PutResult, error) {
	if result := h.Check(); result.Change == data.Rejected {
		return result, nil
	}
	if h.HamletCode != "" {
		if known, err := tx.hasHamlet(h.HamletCode); err != nil {
			return data.PutResult{}, err
		} else if !known {
			return data.RejectCode("hamlet_code", "hamlet", h.HamletCode, tx.hasHamlet)
		}
	}
	now := *h
	asNew := now.Complete(nil)
	if asNew.Change == data.Rejected {
		return tx.compareHousehold(h, asNew)
	}
	insert, err := tx.prepared(insertHousehold)
	if err != nil {
		return data.PutResult{}, err
	}
	now.Point = data.RoundPoint(h.Point)
	tx.values = column.Append(append(tx.values[:0], gpkg.AppendPoint(tx.blob[:0], now.Point), h.ID),
		data.HouseholdColumns, &now, tx.date)
	created, err := insert.Exec(tx.values...)
	if err != nil {
		return data.PutResult{}, err
	}
	if created == 1 {
		tx.changed = true
		tx.households.extent.Extend(now.Point.Bound())
		tx.delta.Created(digest.Households, tx.hasher().Household(&now))
		return data.PutResult{Change: data.Created}, nil
	}
	return tx.compareHousehold(h, asNew)
}

// compareHousehold updates the household that is there. asNew is what becomes of one that is not: a rejection, or it
// would have been inserted.
func (tx *Tx) compareHousehold(h *data.Household, asNew data.PutResult) (data.PutResult, error) {
	find, err := tx.prepared(findHousehold)
	if err != nil {
		return data.PutResult{}, err
	}
	row := tx.row[:2+len(data.HouseholdColumns)]
	found, err := find.Row(row, h.ID)
	if err == nil && !found {
		if asNew.Change == data.Rejected {
			return asNew, nil
		}
		err = errors.New("its household_id is taken, and yet the table households has no such row")
	}
	if err != nil {
		return data.PutResult{}, err
	}
	old := data.Household{ID: h.ID}
	if err := column.ScanHousehold(row[1:], &old); err != nil {
		return data.PutResult{}, err
	}
	now := *h
	if result := now.Complete(&old); result.Change == data.Rejected {
		return result, nil
	}
	now.Point = data.RoundPoint(now.Point)
	fields := data.ChangedHouseholdFields(&old, &now)
	fid, _ := row[0].(int64)
	again := tx.households.given(fid)
	if len(fields) == 0 {
		return data.PutResult{Change: data.Unchanged}, nil
	}
	if again {
		return data.RejectTwice("household_id"), nil
	}
	update, err := tx.prepared(updateHousehold)
	if err != nil {
		return data.PutResult{}, err
	}
	tx.values = column.Append(append(tx.values[:0], fid, gpkg.AppendPoint(tx.blob[:0], now.Point)),
		data.HouseholdColumns, &now, tx.date)
	if _, err := update.Exec(tx.values...); err != nil {
		return data.PutResult{}, err
	}
	tx.changed = true
	tx.delta.Updated(digest.Households, tx.hasher().Household(&old), tx.hasher().Household(&now))
	if old.Point != now.Point {
		tx.households.extent.Shrink()
	}
	return data.PutResult{Change: data.Updated, Fields: fields}, nil
}

func streamHouseholds(ctx context.Context, query origin.Query, yield func(*data.Household) error) error {
	var h data.Household
	return query(ctx, readHouseholds, 2+len(data.HouseholdColumns), func(row []driver.Value) error {
		h.ID, _ = row[0].(string)
		if err := column.ScanHousehold(row[1:], &h); err != nil {
			return fmt.Errorf("household %s: %w", h.ID, err)
		}
		return yield(&h)
	})
}
