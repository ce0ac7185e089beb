package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"tungnha/data"
)

const teamColumns = `t.team_id, t.name, t.commune_code, t.members, t.formed_on || '', t.dissolved_on || '',
	(SELECT group_concat(hamlet_code, ';' ORDER BY hamlet_code) FROM team_hamlets WHERE team = t.fid AND valid_to IS NULL), t.fid`

const (
	findTeam   = `SELECT ` + teamColumns + ` FROM teams t WHERE t.team_id = ?`
	readTeams  = `SELECT ` + teamColumns + ` FROM teams t ORDER BY t.team_id`
	insertTeam = `INSERT INTO teams (team_id, name, commune_code, hamlet_codes, members, formed_on, dissolved_on)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateTeam = `UPDATE teams SET name = ?2, commune_code = ?3, hamlet_codes = ?4, members = ?5, formed_on = ?6, dissolved_on = ?7
		WHERE fid = ?1`
	findTeamKey      = `SELECT fid FROM teams WHERE team_id = ?`
	clearTeamHamlets = `DELETE FROM team_hamlets WHERE team = ? AND valid_to IS NULL`
	insertTeamHamlet = `INSERT INTO team_hamlets (team, hamlet_code) VALUES (?, ?)`
)

// PutTeams writes teams. The hamlets of a team are a set: their order says nothing, and
// they are read back sorted.
func (tx *Tx) PutTeams(ctx context.Context, teams []data.Team) ([]data.Effect, error) {
	effects := make([]data.Effect, len(teams))
	if err := tx.lookUp(ctx, &tx.teamRows, "teams"); err != nil {
		return nil, fmt.Errorf("put teams: %w", err)
	}
	for i := range teams {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if effects[i], err = tx.putTeam(&teams[i]); err != nil {
			return nil, fmt.Errorf("put team %s: %w", teams[i].ID, err)
		}
	}
	return effects, nil
}

func (tx *Tx) putTeam(t *data.Team) (data.Effect, error) {
	if t.ID == "" {
		return rejected("team_id", "is empty"), nil
	}
	if t.CommuneCode != "" {
		if known, err := tx.hasCommune(t.CommuneCode); err != nil {
			return data.Effect{}, err
		} else if !known {
			return tx.unknownCode("commune_code", "commune", t.CommuneCode, tx.hasCommune)
		}
	}
	hamlets := slices.Compact(slices.Sorted(slices.Values(t.HamletCodes)))
	for _, code := range hamlets {
		if known, err := tx.hasHamlet(code); err != nil {
			return data.Effect{}, err
		} else if !known {
			return tx.unknownCode("hamlet_codes", "hamlet", code, tx.hasHamlet)
		}
	}
	find, err := tx.prepared(findTeam)
	if err != nil {
		return data.Effect{}, err
	}
	var row [8]driver.Value
	found, err := find.row(row[:], t.ID)
	if err != nil {
		return data.Effect{}, err
	}
	columns := []driver.Value{t.Name, textValue(t.CommuneCode), textValue(strings.Join(hamlets, ";")),
		numberValue(t.Members), dateValue(t.FormedOn), dateValue(t.DissolvedOn)}
	if !found {
		if err := tx.execute(insertTeam, append([]driver.Value{t.ID}, columns...)...); err != nil {
			return data.Effect{}, err
		}
		fid, _, err := tx.team(t.ID)
		if err != nil {
			return data.Effect{}, err
		}
		return data.Effect{Change: data.Created}, tx.putTeamHamlets(fid, hamlets)
	}
	var old data.Team
	if err := scanTeam(row[:7], &old); err != nil {
		return data.Effect{}, err
	}
	fid, _ := row[7].(int64)
	fields := changedTeamFields(&old, t, hamlets)
	again := tx.teamRows.given(fid)
	if len(fields) == 0 {
		return data.Effect{Change: data.Unchanged}, nil
	}
	if again {
		return givenTwice("team_id"), nil
	}
	if err := tx.execute(updateTeam, append([]driver.Value{fid}, columns...)...); err != nil {
		return data.Effect{}, err
	}
	return data.Effect{Change: data.Updated, Fields: fields}, tx.putTeamHamlets(fid, hamlets)
}

// putTeamHamlets makes the hamlets those that the team serves now.
func (tx *Tx) putTeamHamlets(team int64, hamlets []string) error {
	tx.changed = true
	if err := tx.execute(clearTeamHamlets, team); err != nil {
		return err
	}
	for _, code := range hamlets {
		if err := tx.execute(insertTeamHamlet, team, code); err != nil {
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
	if found, err = find.row(row[:], id); err != nil || !found {
		return 0, false, err
	}
	fid, _ = row[0].(int64)
	tx.teams[id] = fid
	return fid, true, nil
}

func changedTeamFields(old, now *data.Team, hamlets []string) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"name", old.Name == now.Name},
		{"commune_code", old.CommuneCode == now.CommuneCode},
		{"hamlet_codes", slices.Equal(old.HamletCodes, hamlets)},
		{"members", old.Members == now.Members},
		{"formed_on", old.FormedOn == now.FormedOn},
		{"dissolved_on", old.DissolvedOn == now.DissolvedOn},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// scanTeam reads the columns of teamColumns but the last.
func scanTeam(row []driver.Value, t *data.Team) (err error) {
	var hamlets string
	for i, text := range map[int]*string{0: &t.ID, 1: &t.Name, 2: &t.CommuneCode, 6: &hamlets} {
		if *text, err = textOf(row[i]); err != nil {
			return err
		}
	}
	if hamlets != "" {
		t.HamletCodes = strings.Split(hamlets, ";")
	}
	if t.Members, err = numberOf(row[3]); err != nil {
		return err
	}
	if t.FormedOn, err = dateOf(row[4]); err != nil {
		return err
	}
	t.DissolvedOn, err = dateOf(row[5])
	return err
}

// streamTeams yields the teams by id, and each one's row id.
func streamTeams(ctx context.Context, query querier, yield func(t *data.Team, fid int64) error) error {
	return query(ctx, readTeams, 8, func(row []driver.Value) error {
		var t data.Team
		if err := scanTeam(row[:7], &t); err != nil {
			return fmt.Errorf("team %s: %w", t.ID, err)
		}
		fid, _ := row[7].(int64)
		return yield(&t, fid)
	})
}
