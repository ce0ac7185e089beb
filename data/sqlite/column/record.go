package column

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"tungnha/data"
	"tungnha/data/sqlite/gpkg"
)

// OfAreas are the columns that ScanArea reads: the row id, what names the area, its level and geometry, which have
// types of their own, and the plain columns. A day is read as text: the driver would turn what is declared as DATE into
// time.Time.
var OfAreas = `fid, code, valid_from || '', level, geom, ` + Selected(data.AreaColumns)

// ScanArea reads OfAreas, but for the row id.
func ScanArea(row []driver.Value, a *data.Area) (err error) {
	var level string
	if a.Code, err = Text(row[1]); err == nil {
		level, err = Text(row[3])
	}
	a.Level = data.Level(level)
	if err == nil {
		a.ValidFrom, err = Date(row[2])
	}
	if err == nil {
		err = Scan(row[5:], data.AreaColumns, a)
	}
	if err == nil {
		geometry, _ := row[4].([]byte)
		a.Geometry, err = gpkg.DecodeArea(geometry)
	}
	if err != nil {
		return fmt.Errorf("area %s: %w", a.Code, err)
	}
	return nil
}

// OfTeams are the columns that ScanTeam reads: the row id, the id, the hamlets, which are rows of another table, and
// the plain columns. A hamlet is written with the days from and to which it was the team's, either of which may be
// empty.
var OfTeams = `fid, team_id, (SELECT group_concat(ifnull(valid_from, '') || '/' || ifnull(valid_to, '') || '/' || hamlet_code, ';')
	FROM team_hamlets WHERE team = fid), ` + Selected(data.TeamColumns)

// ScanTeam reads OfTeams, but for the row id.
func ScanTeam(row []driver.Value, t *data.Team) (err error) {
	if t.ID, err = Text(row[1]); err != nil {
		return err
	}
	hamlets, err := Text(row[2])
	if err != nil {
		return err
	}
	services, err := scanServices(hamlets)
	if err != nil {
		return err
	}
	t.SetServices(services)
	return Scan(row[3:], data.TeamColumns, t)
}

// scanServices reads the hamlets of a team, each with its days.
func scanServices(text string) (services []data.Service, err error) {
	for item := range strings.SplitSeq(text, ";") {
		part := strings.SplitN(item, "/", 3)
		if len(part) < 3 {
			continue
		}
		s := data.Service{HamletCode: part[2]}
		if s.From, err = data.ParseDate(part[0]); err != nil {
			return nil, fmt.Errorf("hamlet %s: valid_from: %w", s.HamletCode, err)
		}
		if s.To, err = data.ParseDate(part[1]); err != nil {
			return nil, fmt.Errorf("hamlet %s: valid_to: %w", s.HamletCode, err)
		}
		services = append(services, s)
	}
	return services, nil
}

// ScanHousehold reads geom and the plain columns.
func ScanHousehold(row []driver.Value, h *data.Household) (err error) {
	geometry, _ := row[0].([]byte)
	if h.Point, err = gpkg.DecodePoint(geometry); err != nil {
		return err
	}
	return Scan(row[1:], data.HouseholdColumns, h)
}
