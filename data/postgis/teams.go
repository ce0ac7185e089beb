package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis/column"
)

var (
	findTeams  = `SELECT ` + column.OfTeams + ` WHERE t.team_id = ANY ($1)`
	readTeams  = `SELECT ` + column.OfTeams + ` ORDER BY t.team_id`
	insertTeam = `INSERT INTO teams (team_id, ` + column.Names(data.TeamColumns, "") + `)
		VALUES ($1, ` + column.NumberedParameters(data.TeamColumns, 2) + `)`
	updateTeam = `UPDATE teams SET ` + column.SetParameters(data.TeamColumns, 2) + ` WHERE team_id = $1`
)

const (
	clearTeamHamlets  = `DELETE FROM team_hamlets WHERE team_id = $1`
	insertTeamHamlets = `INSERT INTO team_hamlets (team_id, hamlet_code, valid_from, valid_to)
		SELECT $1, * FROM unnest($2::text[], $3::date[], $4::date[])`
)

// PutTeams writes teams. The hamlets of a team are a set: their order has no meaning, and
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
		t, err := column.ScanTeam(row)
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
		if err := change(tx, digest.Teams, teamDigest, there[t.ID], &now); err != nil {
			return nil, err
		}
		there[t.ID] = &now
	}
	return results, tx.sendRegisters(ctx, &batch)
}

// queueTeam writes a team and the hamlets that it served and serves.
func queueTeam(batch *pgx.Batch, query string, t *data.Team) {
	batch.Queue(query, append([]any{t.ID}, column.Values(data.TeamColumns, t)...)...)
	batch.Queue(clearTeamHamlets, t.ID)
	services := t.Services()
	codes, froms, tos := make([]string, len(services)), make([]pgtype.Date, len(services)),
		make([]pgtype.Date, len(services))
	for i, s := range services {
		codes[i], froms[i], tos[i] = s.HamletCode, column.DateValue(s.From), column.DateValue(s.To)
	}
	batch.Queue(insertTeamHamlets, t.ID, codes, froms, tos)
}

func streamTeams(ctx context.Context, tx querier, yield func(*data.Team) error) error {
	return each(ctx, tx, readTeams, func(row pgx.Rows) error {
		t, err := column.ScanTeam(row)
		if err != nil {
			return err
		}
		return yield(&t)
	})
}
