package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/origin"
)

var (
	findTeam   = `SELECT ` + column.OfTeams + ` FROM teams WHERE team_id = ?`
	readTeams  = `SELECT ` + column.OfTeams + ` FROM teams ORDER BY team_id`
	insertTeam = `INSERT INTO teams (team_id, hamlet_codes, ` + column.Names(data.TeamColumns) + `)
		VALUES (?, ?, ` + column.Parameters(data.TeamColumns) + `)`
	updateTeam = `UPDATE teams SET hamlet_codes = ?2, ` + column.Assignments(data.TeamColumns, 3) + ` WHERE fid = ?1`
)

const (
	findTeamKey      = `SELECT fid FROM teams WHERE team_id = ?`
	clearTeamHamlets = `DELETE FROM team_hamlets WHERE team = ?`
	insertTeamHamlet = `INSERT INTO team_hamlets (team, hamlet_code, valid_from, valid_to) VALUES (?, ?, ?, ?)`
)

// PutTeams writes teams. The hamlets of a team are a set: their order has no meaning, and
// they are read back sorted. A team may be given several times in one transaction, each
// time with other days of its history: see data.TeamHistoryMerge.
func (tx *Tx) PutTeams(ctx context.Context, teams []data.Team) ([]data.PutResult, error) {
	results := make([]data.PutResult, len(teams))
	for i := range teams {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if results[i], err = tx.putTeam(&teams[i]); err != nil {
			return nil, fmt.Errorf("put team %s: %w", teams[i].ID, err)
		}
	}
	return results, nil
}

func (tx *Tx) putTeam(t *data.Team) (data.PutResult, error) {
	if result, err := t.Check(tx.hasCommune, tx.hasHamlet); err != nil || result.Change == data.Rejected {
		return result, err
	}
	find, err := tx.prepared(findTeam)
	if err != nil {
		return data.PutResult{}, err
	}
	row := make([]driver.Value, 3+len(data.TeamColumns))
	found, err := find.Row(row, t.ID)
	if err != nil {
		return data.PutResult{}, err
	}
	var old data.Team
	if found {
		if err := column.ScanTeam(row, &old); err != nil {
			return data.PutResult{}, err
		}
	}
	var was *data.Team
	if found {
		was = &old
	}
	history := tx.teamHistories[t.ID]
	if history == nil {
		history = new(data.TeamHistoryMerge)
		tx.teamHistories[t.ID] = history
	}
	now, result := history.Merge(was, t)
	var statement string
	var key driver.Value
	switch result.Change {
	case data.Created:
		statement, key = insertTeam, t.ID
	case data.Updated:
		statement, key = updateTeam, row[0]
	default:
		return result, nil
	}
	tx.values = column.Append(append(tx.values[:0], key, column.TextValue(strings.Join(now.HamletCodes, ";"))), data.TeamColumns, &now, tx.date)
	if err := tx.execute(statement, tx.values...); err != nil {
		return data.PutResult{}, err
	}
	fid, _, err := tx.team(t.ID)
	if err != nil {
		return data.PutResult{}, err
	}
	if err := tx.putTeamHamlets(fid, &now); err != nil {
		return data.PutResult{}, err
	}
	if found {
		tx.delta.Deleted(digest.Teams, tx.hasher().Team(&old))
	}
	// As it is read from now on: the days of its hamlets are kept one by one.
	if _, err := find.Row(row, t.ID); err != nil {
		return data.PutResult{}, err
	}
	var stored data.Team
	if err := column.ScanTeam(row, &stored); err != nil {
		return data.PutResult{}, err
	}
	tx.delta.Created(digest.Teams, tx.hasher().Team(&stored))
	return result, nil
}

// putTeamHamlets makes the hamlets those that the team served and serves. Each assignment
// ends on the day before the next.
func (tx *Tx) putTeamHamlets(team int64, t *data.Team) error {
	tx.changed = true
	if err := tx.execute(clearTeamHamlets, team); err != nil {
		return err
	}
	for _, served := range t.Services() {
		if err := tx.execute(insertTeamHamlet, team, served.HamletCode, column.DateValue(served.From),
			column.DateValue(served.To)); err != nil {
			return err
		}
	}
	return nil
}

// team returns the row id of the team. Only teams that exist are remembered.
func (tx *Tx) team(id string) (fid int64, found bool, err error) {
	if fid, found = tx.teams[id]; found {
		return fid, true, nil
	}
	find, err := tx.prepared(findTeamKey)
	if err != nil {
		return 0, false, err
	}
	var row [1]driver.Value
	if found, err = find.Row(row[:], id); err != nil || !found {
		return 0, false, err
	}
	fid, _ = row[0].(int64)
	tx.teams[id] = fid
	return fid, true, nil
}

// streamTeams yields the teams by id, and each one's row id.
func streamTeams(ctx context.Context, query origin.Query, yield func(t *data.Team, fid int64) error) error {
	return query(ctx, readTeams, 3+len(data.TeamColumns), func(row []driver.Value) error {
		var t data.Team
		if err := column.ScanTeam(row, &t); err != nil {
			return fmt.Errorf("team %s: %w", t.ID, err)
		}
		fid, _ := row[0].(int64)
		return yield(&t, fid)
	})
}
