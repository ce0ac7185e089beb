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

// ScanVisit reads household_id, visited_at, visit_id, team_id, outcome, assessed, shown, batch and received_at.
func ScanVisit(row [][]byte, skills *data.SkillBits, v *data.Visit) (err error) {
	v.HouseholdID, v.At, v.ID, v.TeamID = string(row[0]), RawInstant(row[1]), string(row[2]), string(row[3])
	if v.Outcome, err = data.ParseOutcome(string(row[4])); err != nil {
		return fmt.Errorf("visit %s: %w", v.ID, err)
	}
	v.Origin = rawOrigin(row[7:])
	var assessed, shown bool
	v.Assessed, assessed = skills.Set(uint16(RawInt32(row[5])))
	v.Shown, shown = skills.Set(uint16(RawInt32(row[6])))
	if !assessed || !shown {
		return fmt.Errorf("visit %s: holds a skill that is not in the list this program has of them", v.ID)
	}
	return nil
}

// rawOrigin reads the columns batch and received_at of a visit.
func rawOrigin(row [][]byte) (o data.Origin) {
	if row[0] != nil {
		o.Batch = RawInt64(row[0])
	}
	if row[1] != nil {
		o.ReceivedAt = RawInstant(row[1]).Unix()
	}
	return o
}
