package column

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// OfAreas are the columns that ScanArea reads: what names the area, its level and geometry, which have types of their
// own, and the plain columns.
var OfAreas = `code, valid_from, level, geom, ` + Names(data.AreaColumns, "")

// ScanArea reads OfAreas.
func ScanArea(row pgx.Rows) (a data.Area, err error) {
	columns := row.RawValues()
	a.Code, a.Level = string(columns[0]), data.Level(columns[2])
	dest := make([]any, len(columns)) // nil: is not scanned
	dest[3] = &a.Geometry
	if a.ValidFrom, err = RawDate(columns[1]); err == nil {
		err = row.Scan(dest...)
	}
	if err == nil {
		err = Scan(columns[4:], data.AreaColumns, &a)
	}
	if err != nil {
		return a, fmt.Errorf("area %s: %w", a.Code, err)
	}
	return a, nil
}

// OfTeams are the columns that ScanTeam reads, and the tables they are of: the id, the hamlets that the team served,
// which are rows of another table (codes, first days and last days), and the plain columns.
var OfTeams = `t.team_id, h.codes, h.froms, h.tos, ` + Names(data.TeamColumns, "t.") + `
	FROM teams t LEFT JOIN LATERAL (
		SELECT array_agg(hamlet_code) AS codes, array_agg(valid_from) AS froms, array_agg(valid_to) AS tos
		FROM team_hamlets WHERE team_hamlets.team_id = t.team_id) h ON true`

// ScanTeam reads OfTeams.
func ScanTeam(row pgx.Rows) (t data.Team, err error) {
	var codes []string
	var froms, tos []pgtype.Date
	dest := append([]any{&t.ID, &codes, &froms, &tos}, make([]any, len(data.TeamColumns))...) // nil: is not scanned
	if err := row.Scan(dest...); err != nil {
		return t, fmt.Errorf("team %s: %w", t.ID, err)
	}
	services := make([]data.Service, len(codes))
	for i, code := range codes {
		services[i].HamletCode = code
		if services[i].From, err = Date(froms[i]); err == nil {
			services[i].To, err = Date(tos[i])
		}
		if err != nil {
			return t, fmt.Errorf("team %s: hamlet %s: %w", t.ID, code, err)
		}
	}
	t.SetServices(services)
	if err := Scan(row.RawValues()[4:], data.TeamColumns, &t); err != nil {
		return t, fmt.Errorf("team %s: %w", t.ID, err)
	}
	return t, nil
}
