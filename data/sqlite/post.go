package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"tungnha/data"
	"tungnha/internal/problem"
)

const findHistory = `SELECT v.visit_id, v.at, t.team_id, (v.outcome << 32) | (v.assessed << 16) | v.shown
	FROM visit_rows v INDEXED BY visit_rows_by_household JOIN teams t ON t.fid = v.team
	WHERE v.household = (SELECT fid FROM households WHERE household_id = ?)
	ORDER BY v.at, v.visit_id`

// PostVisits writes a batch of visits in one transaction, which is on the disk before it
// returns. A visit_id is its client's promise of one visit: sent again with equal values it
// changes nothing, with other values it is rejected.
func (s *Store) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	var posted data.Posted
	err := s.write(ctx, func(tx *Tx) (err error) {
		posted, err = tx.post(ctx, visits)
		return err
	})
	if err != nil {
		return data.Posted{}, fmt.Errorf("%s: post visits: %w", s.path, err)
	}
	return posted, nil
}

func (tx *Tx) post(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	posted := data.Posted{
		Results:   make([]data.PutResult, len(visits)),
		Histories: make(map[string][]data.Visit),
	}
	for i := range visits {
		var err error
		if posted.Results[i], err = tx.putVisit(&visits[i], keepVisit); err != nil {
			return posted, fmt.Errorf("visit %s: %w", visits[i].ID, err)
		}
	}
	for i := range visits {
		home := visits[i].HouseholdID
		if posted.Results[i].Change != data.Created || posted.Histories[home] != nil {
			continue
		}
		history, err := tx.history(ctx, home)
		if err != nil {
			return posted, fmt.Errorf("history of household %s: %w", home, err)
		}
		posted.Histories[home] = history
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

// keepVisit leaves a visit that is there as it is.
func keepVisit(_ int64, _ visitRow, fields []string) (data.PutResult, error) {
	if len(fields) == 0 {
		return data.PutResult{Change: data.Unchanged}, nil
	}
	return data.Reject(problem.RecordedBefore("visit_id", fields)), nil
}

// history returns all visits of a household, by visited_at, then visit_id.
func (tx *Tx) history(ctx context.Context, household string) ([]data.Visit, error) {
	find, err := tx.prepared(findHistory)
	if err != nil {
		return nil, err
	}
	var visits []data.Visit
	err = find.rows(ctx, 4, func(row []driver.Value) error {
		v := data.Visit{HouseholdID: household}
		var err error
		if v.ID, err = textOf(row[0]); err != nil {
			return err
		}
		at, _ := row[1].(int64)
		v.At = instant(at)
		if v.TeamID, err = textOf(row[2]); err != nil {
			return err
		}
		packed, _ := row[3].(int64)
		if err := unpack(tx.skills, packed, &v); err != nil {
			return fmt.Errorf("visit %s: %w", v.ID, err)
		}
		visits = append(visits, v)
		return nil
	}, household)
	return visits, err
}
