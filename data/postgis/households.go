package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
	"tungnha/data/postgis/ewkb"
	"tungnha/geo"
)

// householdColumns are what scanHousehold reads.
var householdColumns = "h.commune_code, h.household_id, h.geom, h.revision, " + column.Names(data.HouseholdColumns, "h.")

var (
	copyHouseholds = `COPY households (commune_code, household_id, geom, cell, revision, ` + column.Names(data.HouseholdColumns, "") + `)
		FROM STDIN (FORMAT binary)`
	findHouseholds = `SELECT ` + householdColumns + `
		FROM unnest($1::text[]) AS asked (id) JOIN households h ON h.household_id = asked.id`
	updateHouseholds = `UPDATE households h
		SET ` + column.Assignments(data.HouseholdColumns) + `,
		    geom = ST_SetSRID(ST_MakePoint(n.lon, n.lat), 4326), cell = n.cell, revision = $1
		FROM unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::bigint[], ` + column.ArrayParameters(data.HouseholdColumns, 7) + `)
			AS n (commune_code, household_id, lon, lat, cell, ` + column.Names(data.HouseholdColumns, "") + `)
		WHERE h.commune_code = n.commune_code AND h.household_id = n.household_id`
)

const (
	noHouseholds        = `SELECT NOT EXISTS (SELECT FROM households)`
	takeHouseholds      = `DELETE FROM households WHERE commune_code = ANY ($1) AND household_id = ANY ($2)`
	takeHouseholdVisits = `DELETE FROM visits WHERE commune_code = ANY ($1) AND household_id = ANY ($2)
		RETURNING ` + visitColumns + `, revision`
)

// storedHousehold is a household and where it is kept.
type storedHousehold struct {
	data.Household
	commune  string
	revision int64
}

// PutHouseholds writes households. A hamlet code that no version of any hamlet has is
// rejected; points are rounded to 1e-7 degree.
func (tx *Tx) PutHouseholds(ctx context.Context, households []data.Household) ([]data.PutResult, error) {
	results, err := tx.putHouseholds(ctx, households)
	if err != nil {
		return nil, fmt.Errorf("put households: %w", err)
	}
	return results, nil
}

func (tx *Tx) putHouseholds(ctx context.Context, households []data.Household) ([]data.PutResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	known, err := tx.codes(ctx)
	if err != nil {
		return nil, err
	}
	results := make([]data.PutResult, len(households))
	for i := range households {
		if results[i], err = checkHousehold(&households[i], known); err != nil {
			return nil, err
		}
	}
	there, err := tx.findHouseholds(ctx, households, results)
	if err != nil {
		return nil, err
	}
	var changes changedHouseholds
	for i := range households {
		if results[i].Change == data.Rejected {
			continue
		}
		now := storedHousehold{Household: households[i], revision: tx.revision}
		old := there[now.ID]
		if result := now.complete(old); result.Change == data.Rejected {
			results[i] = result
			continue
		}
		now.commune = known.hamlets[now.HamletCode]
		if old == nil {
			results[i] = data.PutResult{Change: data.Created}
			if err := tx.bufferHousehold(&now); err != nil {
				return nil, err
			}
			there[now.ID] = &now
			if err := change(tx, digest.Households, householdDigest, nil, &now.Household); err != nil {
				return nil, err
			}
			continue
		}
		fields := data.ChangedHouseholdFields(&old.Household, &now.Household)
		again := old.revision == tx.revision
		switch {
		case len(fields) == 0:
			results[i] = data.PutResult{Change: data.Unchanged}
			if !again {
				changes.same = append(changes.same, now.ID)
			}
			old.revision = tx.revision
		case again:
			results[i] = data.RejectTwice("household_id")
		default:
			results[i] = data.PutResult{Change: data.Updated, Fields: fields}
			if err := change(tx, digest.Households, householdDigest, &old.Household, &now.Household); err != nil {
				return nil, err
			}
			if now.commune == old.commune {
				changes.updated = append(changes.updated, &now)
			} else {
				changes.moved = append(changes.moved, &now)
				changes.from = append(changes.from, old.commune)
			}
			there[now.ID] = &now
		}
	}
	return results, tx.writeHouseholds(ctx, &changes)
}

// complete makes a household that is put a whole one with the one that is there, or nil.
func (h *storedHousehold) complete(old *storedHousehold) (result data.PutResult) {
	if old == nil {
		result = h.Complete(nil)
	} else {
		result = h.Complete(&old.Household)
	}
	h.Point = data.RoundPoint(h.Point)
	return result
}

// checkHousehold rejects what no household can be.
func checkHousehold(h *data.Household, known *codes) (data.PutResult, error) {
	if result := h.Check(); result.Change == data.Rejected {
		return result, nil
	}
	if _, ok := known.hamlets[h.HamletCode]; !ok && h.HamletCode != "" {
		return data.RejectCode("hamlet_code", "hamlet", h.HamletCode, known.hasHamlet)
	}
	return data.PutResult{}, nil
}

// findHouseholds returns those that are there, by id. The revision of one that was given
// before in this transaction is the transaction's.
func (tx *Tx) findHouseholds(ctx context.Context, households []data.Household,
	results []data.PutResult) (map[string]*storedHousehold, error) {
	if err := tx.households.Probe(ctx, &tx.session, noHouseholds); err != nil {
		return nil, err
	}
	var ids []string
	waits := false
	for i := range households {
		if results[i].Change == data.Rejected {
			continue
		}
		if may, staged := tx.households.Find(households[i].ID); may {
			ids = append(ids, households[i].ID)
			waits = waits || staged
		}
	}
	there := make(map[string]*storedHousehold, len(households))
	if len(ids) == 0 {
		return there, nil
	}
	if waits {
		if err := tx.households.Flush(ctx, &tx.session); err != nil {
			return nil, err
		}
	}
	err := tx.query(ctx, findHouseholds, func(row pgx.Rows) error {
		h := new(storedHousehold)
		_, err := scanHousehold(row.RawValues(), h)
		there[h.ID] = h
		return err
	}, ids)
	if err != nil || !tx.given.made {
		return there, err
	}
	var differing []string
	for i := range households {
		old := there[households[i].ID]
		if old == nil {
			continue
		}
		now := storedHousehold{Household: households[i]}
		now.complete(old)
		if len(data.ChangedHouseholdFields(&old.Household, &now.Household)) > 0 {
			differing = append(differing, now.ID)
		}
	}
	before, err := tx.given.among(ctx, &tx.session, data.Households, differing)
	for id := range before {
		there[id].revision = tx.revision
	}
	return there, err
}

// bufferHousehold puts a household among those that are copied together. Its cell is for queries
// of the database in SQL, which has no H3.
func (tx *Tx) bufferHousehold(h *storedHousehold) error {
	cell, err := geo.CellAt(h.Point, geo.BaseResolution)
	if err != nil {
		return fmt.Errorf("household %s: %w", h.ID, err)
	}
	s := &tx.households
	b := column.CopyText(column.CopyRow(s.Rows, 5+len(data.HouseholdColumns)), h.commune)
	b = ewkb.AppendPoint(append(column.CopyText(b, h.ID), 0, 0, 0, ewkb.PointSize), h.Point)
	b = column.CopyInt64(column.CopyInt64(b, int64(cell)), h.revision)
	s.Rows = column.AppendCopy(b, data.HouseholdColumns, &h.Household)
	s.Add(h.ID)
	return nil
}

// changedHouseholds are those of a batch that were there before.
type changedHouseholds struct {
	same    []string
	updated []*storedHousehold
	moved   []*storedHousehold // to another commune
	from    []string           // the communes they were kept in, in the same order
}

func (tx *Tx) writeHouseholds(ctx context.Context, c *changedHouseholds) error {
	tx.changed = tx.changed || tx.households.Len()+len(c.updated)+len(c.moved) > 0
	tx.registers = tx.registers || tx.changed
	if err := tx.given.note(ctx, &tx.session, data.Households, c.same); err != nil {
		return err
	}
	if len(c.updated) > 0 {
		n, err := updatedHouseholds(c.updated)
		if err != nil {
			return err
		}
		for _, h := range c.updated {
			delete(tx.householdCache.known, h.ID)
		}
		if _, err := tx.session.Exec(ctx, updateHouseholds, append([]any{tx.revision}, n...)...); err != nil {
			return err
		}
	}
	if err := tx.moveHouseholds(ctx, c); err != nil {
		return err
	}
	if tx.households.Full() {
		return tx.households.Flush(ctx, &tx.session)
	}
	return nil
}

// moveHouseholds takes households out of where they are kept, with their visits, and
// stages both anew: the first column of a primary key is never updated.
func (tx *Tx) moveHouseholds(ctx context.Context, c *changedHouseholds) error {
	if len(c.moved) == 0 {
		return nil
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	if err := tx.visits.Probe(ctx, &tx.session, noVisits); err != nil {
		return err
	}
	communes := make(map[string]string)
	var ids []string
	for _, h := range c.moved {
		communes[h.ID] = h.commune
		ids = append(ids, h.ID)
		delete(tx.householdCache.known, h.ID)
	}
	err := tx.query(ctx, takeHouseholdVisits, func(row pgx.Rows) error {
		var v data.Visit
		columns := row.RawValues()
		if err := column.ScanVisit(columns, tx.skills, &v); err != nil {
			return err
		}
		// Its own revision: the transaction was not given this visit.
		return tx.bufferVisit(&v, communes[v.HouseholdID], column.RawInt64(columns[9]))
	}, c.from, ids)
	if err != nil {
		return err
	}
	if _, err := tx.session.Exec(ctx, takeHouseholds, c.from, ids); err != nil {
		return err
	}
	for _, h := range c.moved {
		if err := tx.bufferHousehold(h); err != nil {
			return err
		}
	}
	return nil
}

// updatedHouseholds returns the parameters of updateHouseholds behind the revision.
func updatedHouseholds(updated []*storedHousehold) ([]any, error) {
	records := make([]*data.Household, len(updated))
	cells := make([]int64, len(updated))
	for i, h := range updated {
		cell, err := geo.CellAt(h.Point, geo.BaseResolution)
		if err != nil {
			return nil, fmt.Errorf("household %s: %w", h.ID, err)
		}
		records[i], cells[i] = &h.Household, int64(cell)
	}
	fixed := []any{
		column.Array(updated, func(h *storedHousehold) string { return h.commune }),
		column.Array(updated, func(h *storedHousehold) string { return h.ID }),
		column.Array(updated, func(h *storedHousehold) float64 { return h.Point[0] }),
		column.Array(updated, func(h *storedHousehold) float64 { return h.Point[1] }),
		cells,
	}
	return append(fixed, column.Arrays(data.HouseholdColumns, records)...), nil
}

// scanHousehold reads householdColumns, and what follows them.
func scanHousehold(row [][]byte, h *storedHousehold) (rest [][]byte, err error) {
	h.commune, h.ID, h.revision = string(row[0]), string(row[1]), column.RawInt64(row[3])
	if h.Point, err = ewkb.DecodePoint(row[2]); err == nil {
		err = column.Scan(row[4:], data.HouseholdColumns, &h.Household)
	}
	if err != nil {
		return nil, fmt.Errorf("household %s: %w", h.ID, err)
	}
	return row[4+len(data.HouseholdColumns):], nil
}
