package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// teamColumns end with the hamlets that the team served: codes, first days and last days.
const teamColumns = `t.team_id, t.name, t.commune_code, t.members, t.formed_on, t.dissolved_on, h.codes, h.froms, h.tos
	FROM teams t LEFT JOIN LATERAL (
		SELECT array_agg(hamlet_code) AS codes, array_agg(valid_from) AS froms, array_agg(valid_to) AS tos
		FROM team_hamlets WHERE team_hamlets.team_id = t.team_id) h ON true`

const (
	findTeams  = `SELECT ` + teamColumns + ` WHERE t.team_id = ANY ($1)`
	readTeams  = `SELECT ` + teamColumns + ` ORDER BY t.team_id`
	insertTeam = `INSERT INTO teams (team_id, name, commune_code, members, formed_on, dissolved_on) VALUES ($1, $2, $3, $4, $5, $6)`
	updateTeam = `UPDATE teams SET name = $2, commune_code = $3, members = $4, formed_on = $5, dissolved_on = $6 WHERE team_id = $1`

	clearTeamHamlets  = `DELETE FROM team_hamlets WHERE team_id = $1`
	insertTeamHamlets = `INSERT INTO team_hamlets (team_id, hamlet_code, valid_from, valid_to)
		SELECT $1, * FROM unnest($2::text[], $3::date[], $4::date[])`
)

// PutTeams writes teams. The hamlets of a team are a set: their order says nothing, and
// they are read back sorted. A team may be given several times in one transaction, each
// time with other days of its history: see data.TeamHistoryMerge.
func (tx *Tx) PutTeams(ctx context.Context, teams []data.Team) ([]data.PutResult, error) {
	results, err := tx.putTeams(ctx, teams)
	if err != nil {
		return nil, fmt.Errorf("put teams: %w", err)
	}
	return results, nil
}

func (tx *Tx) putTeams(ctx context.Context, teams []data.Team) ([]data.PutResult, error) {
	known, err := tx.codes(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(teams))
	for i := range teams {
		ids[i] = teams[i].ID
	}
	there := make(map[string]*data.Team)
	err = tx.query(ctx, findTeams, func(row pgx.Rows) error {
		t, err := scanTeam(row)
		there[t.ID] = &t
		return err
	}, ids)
	if err != nil {
		return nil, err
	}
	results := make([]data.PutResult, len(teams))
	var batch pgx.Batch
	for i := range teams {
		t := &teams[i]
		result, err := t.Check(known.hasCommune, known.hasHamlet)
		if err != nil {
			return nil, err
		}
		if result.Change == data.Rejected {
			results[i] = result
			continue
		}
		if tx.teamHistories[t.ID] == nil {
			tx.teamHistories[t.ID] = new(data.TeamHistoryMerge)
		}
		var now data.Team
		now, results[i] = tx.teamHistories[t.ID].Merge(there[t.ID], t)
		switch results[i].Change {
		case data.Created:
			queueTeam(&batch, insertTeam, &now)
		case data.Updated:
			queueTeam(&batch, updateTeam, &now)
		default:
			continue
		}
		there[t.ID] = &now
	}
	return results, tx.sendRegisters(ctx, &batch)
}

// queueTeam writes a team and the hamlets that it served and serves.
func queueTeam(batch *pgx.Batch, query string, t *data.Team) {
	batch.Queue(query, t.ID, t.Name, textValue(t.CommuneCode), numberValue(t.Members), dateValue(t.FormedOn),
		dateValue(t.DissolvedOn))
	batch.Queue(clearTeamHamlets, t.ID)
	services := t.Services()
	codes, froms, tos := make([]string, len(services)), make([]pgtype.Date, len(services)),
		make([]pgtype.Date, len(services))
	for i, s := range services {
		codes[i], froms[i], tos[i] = s.HamletCode, dateValue(s.From), dateValue(s.To)
	}
	batch.Queue(insertTeamHamlets, t.ID, codes, froms, tos)
}

// scanTeam reads teamColumns.
func scanTeam(row pgx.Rows) (t data.Team, err error) {
	var commune *string
	var members *int32
	var formed, dissolved pgtype.Date
	var codes []string
	var froms, tos []pgtype.Date
	if err := row.Scan(&t.ID, &t.Name, &commune, &members, &formed, &dissolved, &codes, &froms, &tos); err != nil {
		return t, fmt.Errorf("team %s: %w", t.ID, err)
	}
	t.CommuneCode, t.Members = textOf(commune), numberOf(members)
	services := make([]data.Service, len(codes))
	for i, code := range codes {
		services[i].HamletCode = code
		if services[i].From, err = dateOf(froms[i]); err == nil {
			services[i].To, err = dateOf(tos[i])
		}
		if err != nil {
			return t, fmt.Errorf("team %s: hamlet %s: %w", t.ID, code, err)
		}
	}
	t.SetServices(services)
	if t.FormedOn, err = dateOf(formed); err == nil {
		t.DissolvedOn, err = dateOf(dissolved)
	}
	if err != nil {
		return t, fmt.Errorf("team %s: %w", t.ID, err)
	}
	return t, nil
}

func streamTeams(ctx context.Context, tx pgx.Tx, yield func(*data.Team) error) error {
	return each(ctx, tx, readTeams, func(row pgx.Rows) error {
		t, err := scanTeam(row)
		if err != nil {
			return err
		}
		return yield(&t)
	})
}
