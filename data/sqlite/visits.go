package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/origin"
	"tungnha/internal/problem"
)

// Columns of visits are written by hand, not from data.VisitFields: households and teams are row ids, outcome and the
// sets of skills are packed into integers, for there are so many rows.
const (
	// insertVisit is the common case in one statement: the household exists and was
	// registered by the day of the visit (?8). Whatever else is the matter, it inserts nothing.
	insertVisit = `INSERT INTO visit_rows (visit_id, household, team, at, outcome, assessed, shown, batch, received_at)
		SELECT ?1, fid, ?3, ?4, ?5, ?6, ?7, ?9, ?10 FROM households
		WHERE household_id = ?2 AND (registered_on IS NULL OR registered_on <= ?8)
		ON CONFLICT (visit_id) DO NOTHING`
	insertEarlyVisit = `INSERT INTO visit_rows
		(visit_id, household, team, at, outcome, assessed, shown, batch, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	findVisitHousehold = `SELECT fid, registered_on || '' FROM households WHERE household_id = ?`
	findVisit          = `SELECT fid, household, team, at, outcome, assessed, shown FROM visit_rows WHERE visit_id = ?`
	updateVisit        = `UPDATE visit_rows SET household = ?2, team = ?3, at = ?4, outcome = ?5, assessed = ?6, shown = ?7 WHERE fid = ?1`
	readWholeVisit     = `SELECT v.visit_id, h.household_id, t.team_id, v.at, v.outcome, v.assessed, v.shown,
			v.batch, v.received_at
		FROM visit_rows v JOIN households h ON h.fid = v.household JOIN teams t ON t.fid = v.team WHERE `
	findVisitDigest = readWholeVisit + `v.fid = ?`
	findWholeVisit  = readWholeVisit + `v.visit_id = ?`
	insertSkillSet  = `INSERT INTO skill_sets (bits, keys) VALUES (?1,
		ifnull((SELECT group_concat(key, ';' ORDER BY position) FROM skills WHERE ?1 >> bit & 1), ''))
		ON CONFLICT (bits) DO NOTHING`
)

// PutVisits writes visits of an import: a visit_id that is there already with other values
// is a corrected register and updates it. A visit before its household was registered goes
// in with a warning.
func (tx *Tx) PutVisits(ctx context.Context, visits []data.Visit) ([]data.PutResult, error) {
	results := make([]data.PutResult, len(visits))
	if err := tx.lookUp(ctx, &tx.visits, "visit_rows"); err != nil {
		return nil, fmt.Errorf("put visits: %w", err)
	}
	for i := range visits {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var err error
		if results[i], err = tx.putVisit(&visits[i], data.ByImport, tx.correctVisit); err != nil {
			return nil, fmt.Errorf("put visit %s: %w", visits[i].ID, err)
		}
		if results[i].Change == data.Created {
			tx.newVisits++
		}
	}
	return results, tx.dropVisitIndex(ctx)
}

// bulk is from how many new visits on it is cheaper to sort the index by household once than
// to put each visit into its place there: visits come by time, their places are scattered.
const bulk = 100_000

// dropVisitIndex takes the index by household away during a bulk load; restoreVisitIndex
// makes it again before the commit. Nobody else ever sees the store without it.
func (tx *Tx) dropVisitIndex(ctx context.Context) error {
	if tx.visitIndex != "" || tx.newVisits < bulk || tx.newVisits < tx.visits.last/4 {
		return nil
	}
	err := tx.conn.QueryRowContext(ctx, `SELECT sql FROM sqlite_schema WHERE name = 'visit_rows_by_household'`).Scan(&tx.visitIndex)
	if err == nil {
		_, err = tx.conn.ExecContext(ctx, `DROP INDEX visit_rows_by_household`)
	}
	if err != nil {
		return fmt.Errorf("drop the index by household: %w", err)
	}
	return nil
}

func (tx *Tx) restoreVisitIndex(ctx context.Context) error {
	if tx.visitIndex == "" {
		return nil
	}
	if _, err := tx.conn.ExecContext(ctx, tx.visitIndex); err != nil {
		return fmt.Errorf("make the index by household: %w", err)
	}
	return nil
}

// visitRow is a visit as it is stored.
type visitRow struct {
	household, team, at int64
	outcome             data.Outcome
	assessed, shown     uint16
	origin              data.Origin
}

// putVisit inserts a visit; differs decides about one that is there with other values.
func (tx *Tx) putVisit(v *data.Visit, channel data.Channel,
	differs func(fid int64, row visitRow, fields []string) (data.PutResult, error)) (data.PutResult, error) {
	if v.Given != 0 {
		whole := *v
		if result, err := tx.completeVisit(&whole); err != nil || result.Change == data.Rejected {
			return result, err
		}
		v = &whole
	}
	row, result, err := tx.checkVisit(v)
	if err != nil || result.Change == data.Rejected {
		return result, err
	}
	if err := errors.Join(tx.writeSet(row.assessed), tx.writeSet(row.shown)); err != nil {
		return result, err
	}
	row.origin = tx.batches.Origin(v.Origin, channel)
	insert, err := tx.prepared(insertVisit)
	if err != nil {
		return data.PutResult{}, err
	}
	created, err := insert.Exec(v.ID, v.HouseholdID, row.team, row.at, int64(row.outcome), int64(row.assessed),
		int64(row.shown), tx.date(v.Day()), column.CountValue(row.origin.Batch),
		column.CountValue(row.origin.ReceivedAt))
	if err != nil {
		return data.PutResult{}, err
	}
	if created == 1 {
		tx.noteCreated(v, &row)
		return data.PutResult{Change: data.Created}, nil
	}

	// Unknown household, visited before it was registered, or there already.
	registered, known, err := tx.visitHousehold(v, &row)
	switch {
	case err != nil:
		return data.PutResult{}, err
	case !known:
		return data.Reject(problem.Unknown("household_id", "household", v.HouseholdID)), nil
	}
	fid, fields, err := tx.storedVisit(v.ID, row)
	switch {
	case err != nil:
		return data.PutResult{}, err
	case fid != 0:
		result, err = differs(fid, row, fields)
	default:
		result, err = data.PutResult{Change: data.Created}, tx.insertEarly(v, row)
	}
	if err == nil && result.Problem == nil {
		result.Problem = v.NotRegistered(registered)
	}
	return result, err
}

// completeVisit makes a visit that gives some fields a whole one with what is stored under its id.
func (tx *Tx) completeVisit(v *data.Visit) (data.PutResult, error) {
	find, err := tx.prepared(findWholeVisit)
	if err != nil {
		return data.PutResult{}, err
	}
	var row [9]driver.Value
	found, err := find.Row(row[:], v.ID)
	if err != nil || !found {
		return v.Complete(nil), err
	}
	old, assessed, shown := wholeVisit(row[:])
	if err := column.Unpack(tx.skills, int64(old.Outcome)<<32|int64(assessed)<<16|int64(shown), &old); err != nil {
		return data.PutResult{}, err
	}
	return v.Complete(&old), nil
}

// visitHousehold finds the household of a visit and the day on which it was registered.
func (tx *Tx) visitHousehold(v *data.Visit, row *visitRow) (registered data.Date, known bool, err error) {
	find, err := tx.prepared(findVisitHousehold)
	if err != nil {
		return data.NoDate, false, err
	}
	var home [2]driver.Value
	if known, err = find.Row(home[:], v.HouseholdID); err != nil || !known {
		return data.NoDate, false, err
	}
	row.household, _ = home[0].(int64)
	if registered, err = column.Date(home[1]); err != nil {
		return data.NoDate, false, fmt.Errorf("household %s: %w", v.HouseholdID, err)
	}
	return registered, true, nil
}

// checkVisit makes the row of a visit, but for its household, or rejects it.
func (tx *Tx) checkVisit(v *data.Visit) (row visitRow, result data.PutResult, err error) {
	if result := v.Check(); result.Change == data.Rejected {
		return row, result, nil
	}
	team, found, err := tx.team(v.TeamID)
	if err != nil {
		return row, result, err
	}
	if !found {
		return row, data.Reject(problem.Unknown("team_id", "team", v.TeamID)), nil
	}
	row = visitRow{team: team, at: v.At.Unix(), outcome: v.Outcome}
	var ok bool
	if row.assessed, ok = tx.skills.StoreSet(v.Assessed); !ok {
		return row, data.Reject(problem.ForeignSkill("assessed")), nil
	}
	row.shown, _ = tx.skills.StoreSet(v.Shown)
	return row, result, nil
}

// writeSet makes sure that the set is written out for people.
func (tx *Tx) writeSet(set uint16) error {
	if _, ok := tx.sets[set]; ok {
		return nil
	}
	if err := tx.execute(insertSkillSet, int64(set)); err != nil {
		return err
	}
	tx.sets[set] = struct{}{}
	return nil
}

func (tx *Tx) insertEarly(v *data.Visit, row visitRow) error {
	tx.noteCreated(v, &row)
	return tx.executeOne(insertEarlyVisit, v.ID, row.household, row.team, row.at,
		int64(row.outcome), int64(row.assessed), int64(row.shown), column.CountValue(row.origin.Batch),
		column.CountValue(row.origin.ReceivedAt))
}

// noteCreated adds a visit that is inserted to the digest, with the origin that is written, and keeps its batch.
func (tx *Tx) noteCreated(v *data.Visit, row *visitRow) {
	tx.changed = true
	written := *v
	written.Origin = row.origin
	tx.delta.Created(digest.Visits, tx.hasher().Visit(&written, row.assessed, row.shown))
	tx.batches.Use(row.origin.Batch)
}

// storedVisit returns the row id of the visit of an id, 0 where there is none, and the fields in which it differs.
func (tx *Tx) storedVisit(id string, row visitRow) (fid int64, fields []string, err error) {
	find, err := tx.prepared(findVisit)
	if err != nil {
		return 0, nil, err
	}
	var old [7]driver.Value
	found, err := find.Row(old[:], id)
	if err != nil || !found {
		return 0, nil, err
	}
	fid, _ = old[0].(int64)
	for i, f := range [...]struct {
		name string
		now  int64
	}{
		{"household_id", row.household}, {"team_id", row.team}, {"visited_at", row.at},
		{"outcome", int64(row.outcome)}, {"assessed", int64(row.assessed)}, {"shown", int64(row.shown)},
	} {
		if old[1+i] != f.now {
			fields = append(fields, f.name)
		}
	}
	return fid, fields, nil
}

// correctVisit updates a visit that an import gives other values.
func (tx *Tx) correctVisit(fid int64, row visitRow, fields []string) (data.PutResult, error) {
	again := tx.visits.given(fid)
	if len(fields) == 0 {
		return data.PutResult{Change: data.Unchanged}, nil
	}
	if again {
		return data.RejectTwice("visit_id"), nil
	}
	tx.changed = true
	old, err := tx.visitDigest(fid)
	if err != nil {
		return data.PutResult{}, err
	}
	if err := tx.executeOne(updateVisit, fid, row.household, row.team, row.at,
		int64(row.outcome), int64(row.assessed), int64(row.shown)); err != nil {
		return data.PutResult{}, err
	}
	now, err := tx.visitDigest(fid)
	tx.delta.Updated(digest.Visits, old, now)
	return data.PutResult{Change: data.Updated, Fields: fields}, err
}

// digest.Visits returns the digest of a visit that is there.
func (tx *Tx) visitDigest(fid int64) (digest.Digest, error) {
	find, err := tx.prepared(findVisitDigest)
	if err != nil {
		return digest.Digest{}, err
	}
	var row [9]driver.Value
	switch found, err := find.Row(row[:], fid); {
	case err != nil:
		return digest.Digest{}, err
	case !found:
		return digest.Digest{}, fmt.Errorf("the visit of row %d, or its household or team, is missing", fid)
	}
	return tx.digestOfVisit(row[:]), nil
}

// digestOfVisit returns the digest of a row of readWholeVisit.
func (tx *Tx) digestOfVisit(row []driver.Value) digest.Digest {
	v, assessed, shown := wholeVisit(row)
	return tx.hasher().Visit(&v, assessed, shown)
}

// wholeVisit returns the visit of a row of visit_id, household_id, team_id, at, outcome, assessed, shown, batch and
// received_at, but for the sets of skills, which are the store's.
func wholeVisit(row []driver.Value) (v data.Visit, assessed, shown uint16) {
	v.ID, _ = row[0].(string)
	v.HouseholdID, _ = row[1].(string)
	v.TeamID, _ = row[2].(string)
	at, _ := row[3].(int64)
	outcome, _ := row[4].(int64)
	assessedBits, _ := row[5].(int64)
	shownBits, _ := row[6].(int64)
	v.At, v.Outcome, v.Origin = column.Instant(at), data.Outcome(outcome), origin.Of(row[7:])
	return v, uint16(assessedBits), uint16(shownBits)
}

const findHistory = `SELECT v.visit_id, v.at, t.team_id, (v.outcome << 32) | (v.assessed << 16) | v.shown,
		v.batch, v.received_at
	FROM visit_rows v INDEXED BY visit_rows_by_household JOIN teams t ON t.fid = v.team
	WHERE v.household = (SELECT fid FROM households WHERE household_id = ?)
	ORDER BY v.at, v.visit_id`

func (tx *Tx) post(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	posted := data.Posted{
		Results:   make([]data.PutResult, len(visits)),
		Histories: make(map[string][]data.Visit),
	}
	for i := range visits {
		v := &visits[i]
		var result data.PutResult
		var err error
		if v.Origin.Sender == "" {
			result, err = tx.putVisit(v, data.ByPost, keepVisit)
		} else {
			result, err = tx.postOf(ctx, v)
		}
		if posted.Results[i] = result; err != nil {
			return posted, fmt.Errorf("visit %s: %w", v.ID, err)
		}
	}
	for i := range visits {
		home := visits[i].HouseholdID
		if c := posted.Results[i].Change; c != data.Created && c != data.SetAside {
			continue
		}
		if visits[i].Origin.Sender != "" { // of a visit that is recorded it is the household itself
			var err error
			if home, err = tx.neighbour(home); err != nil {
				return posted, err
			}
		}
		if err := tx.addHistory(ctx, home, &posted); err != nil {
			return posted, err
		}
	}
	// The transaction has the only writer: what it reads now and adds on commit is what
	// the revision will be.
	if err := tx.conn.QueryRowContext(ctx, `SELECT revision FROM store`).Scan(&posted.Revision); err != nil {
		return posted, err
	}
	if tx.changed {
		posted.Revision++
	}
	return posted, nil
}

// addHistory adds the visits of a household to the histories.
func (tx *Tx) addHistory(ctx context.Context, home string, posted *data.Posted) error {
	if _, there := posted.Histories[home]; there || home == "" {
		return nil
	}
	history, err := tx.history(ctx, home)
	if err != nil {
		return fmt.Errorf("history of household %s: %w", home, err)
	}
	posted.Histories[home] = history
	return nil
}

// keepVisit leaves a visit that is there as it is.
func keepVisit(_ int64, _ visitRow, fields []string) (data.PutResult, error) {
	return data.KeepVisit(fields), nil
}

// history returns all visits of a household, by visited_at, then visit_id.
func (tx *Tx) history(ctx context.Context, household string) ([]data.Visit, error) {
	find, err := tx.prepared(findHistory)
	if err != nil {
		return nil, err
	}
	var visits []data.Visit
	err = find.Rows(ctx, 6, func(row []driver.Value) error {
		v := data.Visit{HouseholdID: household}
		var err error
		if v.ID, err = column.Text(row[0]); err != nil {
			return err
		}
		at, _ := row[1].(int64)
		v.At = column.Instant(at)
		if v.TeamID, err = column.Text(row[2]); err != nil {
			return err
		}
		v.Origin = origin.Of(row[4:])
		packed, _ := row[3].(int64)
		if err := column.Unpack(tx.skills, packed, &v); err != nil {
			return fmt.Errorf("visit %s: %w", v.ID, err)
		}
		visits = append(visits, v)
		return nil
	}, household)
	return visits, err
}
