package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"tungnha/data"
)

// teamColumns end with the hamlets of the team and its row id. A hamlet is written with the
// days from and to which it was the team's, either of which may be empty.
const teamColumns = `t.team_id, t.name, t.commune_code, t.members, t.formed_on || '', t.dissolved_on || '',
	(SELECT group_concat(ifnull(valid_from, '') || '/' || ifnull(valid_to, '') || '/' || hamlet_code, ';') FROM team_hamlets WHERE team = t.fid),
	t.fid`

const (
	findTeam   = `SELECT ` + teamColumns + ` FROM teams t WHERE t.team_id = ?`
	readTeams  = `SELECT ` + teamColumns + ` FROM teams t ORDER BY t.team_id`
	insertTeam = `INSERT INTO teams (team_id, name, commune_code, hamlet_codes, members, formed_on, dissolved_on)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateTeam = `UPDATE teams SET name = ?2, commune_code = ?3, hamlet_codes = ?4, members = ?5, formed_on = ?6, dissolved_on = ?7
		WHERE fid = ?1`
	findTeamKey      = `SELECT fid FROM teams WHERE team_id = ?`
	clearTeamHamlets = `DELETE FROM team_hamlets WHERE team = ?`
	insertTeamHamlet = `INSERT INTO team_hamlets (team, hamlet_code, valid_from, valid_to) VALUES (?, ?, ?, ?)`
)

// PutTeams writes teams. The hamlets of a team are a set: their order says nothing, and
// they are read back sorted. A team may be given several times in one transaction, each
// time with other days of its history: see data.Assign.
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
	for _, a := range t.Assignments() {
		for _, code := range slices.Sorted(slices.Values(a.HamletCodes)) {
			if known, err := tx.hasHamlet(code); err != nil {
				return data.Effect{}, err
			} else if !known {
				return tx.unknownCode("hamlet_codes", "hamlet", code, tx.hasHamlet)
			}
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
	var old data.Team
	if found {
		if err := scanTeam(row[:7], &old); err != nil {
			return data.Effect{}, err
		}
	}
	oldFid, _ := row[7].(int64)
	known := old.Assignments()
	tale, told := tx.tales[oldFid]
	if told {
		known = tale.all
	}
	all, now := data.Assign(known, t), *t
	now.SetAssignments(all)
	columns := []driver.Value{t.Name, textValue(t.CommuneCode), textValue(strings.Join(now.HamletCodes, ";")),
		numberValue(t.Members), dateValue(t.FormedOn), dateValue(t.DissolvedOn)}
	if !found {
		if err := tx.execute(insertTeam, append([]driver.Value{t.ID}, columns...)...); err != nil {
			return data.Effect{}, err
		}
		fid, _, err := tx.team(t.ID)
		if err != nil {
			return data.Effect{}, err
		}
		tx.tell(fid, t, all)
		return data.Effect{Change: data.Created}, tx.putTeamHamlets(fid, &now)
	}
	fid := oldFid
	fields := changedTeamFields(&old, &now)
	again := tx.teamRows.given(fid)
	if len(fields) == 0 {
		tx.tell(fid, t, all)
		return data.Effect{Change: data.Unchanged}, nil
	}
	if again {
		more := t.History != nil && !slices.ContainsFunc(fields, func(f string) bool { return f != "hamlet_codes" && f != "assigned_on" })
		if !more {
			return givenTwice("team_id"), nil
		}
		if slices.ContainsFunc(t.History, func(a data.Assignment) bool { return slices.Contains(tale.given, a.From) }) {
			return givenTwice("assigned_on"), nil
		}
	}
	tx.tell(fid, t, all)
	if err := tx.execute(updateTeam, append([]driver.Value{fid}, columns...)...); err != nil {
		return data.Effect{}, err
	}
	return data.Effect{Change: data.Updated, Fields: fields}, tx.putTeamHamlets(fid, &now)
}

// tale is what a transaction was told of a team's hamlets. It remembers what the file does
// not, because it says nothing as yet: that a team served none, given before whom it
// served until then.
type tale struct {
	all   []data.Assignment
	given []data.Date // days of the history in this transaction
}

// tell notes what came of a record.
func (tx *Tx) tell(team int64, record *data.Team, all []data.Assignment) {
	t := tale{all: all, given: tx.tales[team].given}
	for _, a := range record.History {
		t.given = append(t.given, a.From)
	}
	tx.tales[team] = t
}

// putTeamHamlets makes the hamlets those that the team served and serves. Each assignment
// ends on the day before the next.
func (tx *Tx) putTeamHamlets(team int64, t *data.Team) error {
	tx.changed = true
	if err := tx.execute(clearTeamHamlets, team); err != nil {
		return err
	}
	all := t.Assignments()
	for i, a := range all {
		var to data.Date
		if i+1 < len(all) {
			to = all[i+1].From - 1
		}
		for _, code := range a.HamletCodes {
			if err := tx.execute(insertTeamHamlet, team, code, dateValue(a.From), dateValue(to)); err != nil {
				return err
			}
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

func changedTeamFields(old, now *data.Team) (fields []string) {
	sameHamlets := slices.Equal(old.HamletCodes, now.HamletCodes)
	sameHistory := slices.EqualFunc(old.History, now.History, func(a, b data.Assignment) bool {
		return a.From == b.From && slices.Equal(a.HamletCodes, b.HamletCodes)
	})
	for _, f := range []struct {
		name string
		same bool
	}{
		{"name", old.Name == now.Name},
		{"commune_code", old.CommuneCode == now.CommuneCode},
		{"hamlet_codes", sameHamlets},
		{"members", old.Members == now.Members},
		{"formed_on", old.FormedOn == now.FormedOn},
		{"dissolved_on", old.DissolvedOn == now.DissolvedOn},
		{"assigned_on", sameHistory || !sameHamlets},
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
	if t.History, t.HamletCodes, err = scanHistory(hamlets); err != nil {
		return err
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

// scanHistory makes a history of the hamlets of a team, each with its days. A new
// assignment begins on every day on which a hamlet joins or has left.
func scanHistory(text string) (history []data.Assignment, hamlets []string, err error) {
	type term struct {
		code     string
		from, to data.Date
	}
	var terms []term
	var days []data.Date
	for item := range strings.SplitSeq(text, ";") {
		part := strings.SplitN(item, "/", 3)
		if len(part) < 3 {
			continue
		}
		t := term{code: part[2], to: data.MaxDate}
		if t.from, err = data.ParseDate(part[0]); err != nil {
			return nil, nil, fmt.Errorf("hamlet %s: valid_from: %w", t.code, err)
		}
		if to, err := data.ParseDate(part[1]); err != nil {
			return nil, nil, fmt.Errorf("hamlet %s: valid_to: %w", t.code, err)
		} else if to != data.NoDate {
			t.to = to
			days = append(days, to+1)
		}
		terms, days = append(terms, t), append(days, t.from)
	}
	slices.Sort(days)
	record := data.Team{History: []data.Assignment{}}
	for _, day := range slices.Compact(days) {
		a := data.Assignment{From: day}
		for _, t := range terms {
			if t.from <= day && day <= t.to {
				a.HamletCodes = append(a.HamletCodes, t.code)
			}
		}
		record.History = append(record.History, a)
	}
	record.SetAssignments(data.Assign(nil, &record))
	return record.History, record.HamletCodes, nil
}
