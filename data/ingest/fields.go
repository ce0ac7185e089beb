package ingest

import (
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// VisitFields is a visit as a file or a request gives it: text that nobody has checked.
type VisitFields struct {
	VisitID     string   `json:"visit_id"`
	HouseholdID string   `json:"household_id"`
	TeamID      string   `json:"team_id"`
	VisitedAt   string   `json:"visited_at"` // RFC 3339, or a day
	Outcome     string   `json:"outcome"`
	Assessed    []string `json:"assessed"`
	Shown       []string `json:"shown"`
}

// clockSkew is how far ahead of the clock here a visit may be dated: the clocks of phones
// differ.
const clockSkew = 5 * time.Minute

// Visit checks the fields, and returns the first that is wrong as a problem. Whether there
// is such a household and such a team is for the store to say. now decides which visits
// lie in the future.
func (f VisitFields) Visit(skills data.Skills, now time.Time) (data.Visit, *problem.Problem) {
	if p := firstProblem(
		checkID("visit_id", f.VisitID),
		checkID("household_id", f.HouseholdID),
		checkID("team_id", f.TeamID),
	); p != nil {
		return data.Visit{}, p
	}
	at, p := parseTime("visited_at", f.VisitedAt)
	if p != nil {
		return data.Visit{}, p
	}
	if at.Sub(now) > clockSkew {
		return data.Visit{}, problem.InFuture("visited_at", f.VisitedAt, now.In(data.Zone))
	}
	outcome, p := data.ReadOutcome("outcome", f.Outcome)
	if p != nil {
		return data.Visit{}, p
	}
	assessed, p := parseSkills("assessed", f.Assessed, skills)
	if p != nil {
		return data.Visit{}, p
	}
	shown, p := parseSkills("shown", f.Shown, skills)
	if p != nil {
		return data.Visit{}, p
	}
	if extra := shown &^ assessed; extra != 0 {
		return data.Visit{}, problem.ShownNotAssessed("shown", skills.Keys(extra)[0])
	}
	return data.Visit{
		ID: f.VisitID, HouseholdID: f.HouseholdID, TeamID: f.TeamID,
		At: at, Outcome: outcome, Assessed: assessed, Shown: shown,
	}, nil
}

// householdFields is a household as a file gives it.
type householdFields struct {
	HouseholdID  string
	Lon, Lat     string // degrees, with a decimal point or comma
	HamletCode   string
	RegisteredOn string
	RemovedOn    string
}

// Household checks the fields, and returns the first that is wrong as a problem.
func (f householdFields) Household() (data.Household, *problem.Problem) {
	if p := checkID("household_id", f.HouseholdID); p != nil {
		return data.Household{}, p
	}
	point, p := parsePoint(f.Lon, f.Lat)
	if p != nil {
		return data.Household{}, p
	}
	if p := checkReference("hamlet_code", f.HamletCode); p != nil {
		return data.Household{}, p
	}
	registered, removed, p := parsePeriod("registered_on", f.RegisteredOn, "removed_on", f.RemovedOn)
	if p != nil {
		return data.Household{}, p
	}
	return data.Household{
		ID: f.HouseholdID, Point: point, HamletCode: f.HamletCode,
		RegisteredOn: registered, RemovedOn: removed,
	}, nil
}

// teamFields is a team as a file gives it.
type teamFields struct {
	TeamID      string
	Name        string
	CommuneCode string
	HamletCodes []string
	Members     string
	FormedOn    string
	DissolvedOn string
	Dated       bool   // the row is one of the team's assignments, not all there is to say
	AssignedOn  string // of a dated row: the first day of the assignment; empty: from the beginning
}

// maxTeamHamlets is how many hamlets a team may serve.
const maxTeamHamlets = 1000

// Team checks the fields, and returns the first that is wrong as a problem.
func (f teamFields) Team() (data.Team, *problem.Problem) {
	if p := firstProblem(
		checkID("team_id", f.TeamID),
		checkText("name", f.Name),
		checkReference("commune_code", f.CommuneCode),
	); p != nil {
		return data.Team{}, p
	}
	if len(f.HamletCodes) > maxTeamHamlets {
		return data.Team{}, problem.TooManyHamlets("hamlet_codes", len(f.HamletCodes), maxTeamHamlets)
	}
	hamlets := make([]string, 0, len(f.HamletCodes))
	seen := make(map[string]bool, len(f.HamletCodes))
	for _, code := range f.HamletCodes {
		if p := checkID("hamlet_codes", code); p != nil {
			return data.Team{}, p
		}
		if !seen[code] {
			seen[code] = true
			hamlets = append(hamlets, code)
		}
	}
	members, p := parseCount("members", f.Members)
	if p != nil {
		return data.Team{}, p
	}
	formed, dissolved, p := parsePeriod("formed_on", f.FormedOn, "dissolved_on", f.DissolvedOn)
	if p != nil {
		return data.Team{}, p
	}
	t := data.Team{
		ID: f.TeamID, Name: f.Name, CommuneCode: f.CommuneCode, HamletCodes: hamlets,
		Members: members, FormedOn: formed, DissolvedOn: dissolved,
	}
	if !f.Dated {
		return t, nil
	}
	assigned, p := data.ReadDate("assigned_on", f.AssignedOn)
	switch {
	case p != nil:
		return data.Team{}, p
	case assigned != data.NoDate && assigned < formed:
		return data.Team{}, problem.BeforeField("assigned_on", f.AssignedOn, "formed_on", f.FormedOn)
	case dissolved != data.NoDate && assigned > dissolved:
		return data.Team{}, problem.AfterField("assigned_on", f.AssignedOn, "dissolved_on", f.DissolvedOn)
	}
	t.History = []data.Assignment{{From: assigned, HamletCodes: hamlets}}
	return t, nil
}

// areaFields is an area as a file gives it.
type areaFields struct {
	Code               string
	Name               string
	NameEN             string
	Kind               string
	Level              string // empty: what Kind says
	Parent             string
	ValidFrom          string
	ValidTo            string
	DeclaredHouseholds string
	Population         string
	Geometry           orb.Geometry // as the file gives it, valid or not; nil where it gives none
}

// Area checks the fields and cleans the geometry, and returns the first that is wrong as a
// problem. What was mended in the geometry is told in repairs.
func (f areaFields) Area() (a data.Area, repairs []*problem.Problem, p *problem.Problem) {
	if p := firstProblem(
		checkID("code", f.Code),
		checkListable("code", f.Code),
		checkName("name", f.Name),
		checkText("name_en", f.NameEN),
		checkText("kind", f.Kind),
		checkReference("parent", f.Parent),
	); p != nil {
		return data.Area{}, nil, p
	}
	if f.Parent == f.Code {
		return data.Area{}, nil, problem.OwnParent("parent", f.Parent)
	}
	level, p := f.level()
	if p != nil {
		return data.Area{}, nil, p
	}
	from, to, p := parsePeriod("valid_from", f.ValidFrom, "valid_to", f.ValidTo)
	if p != nil {
		return data.Area{}, nil, p
	}
	declared, p := parseCount("declared_households", f.DeclaredHouseholds)
	if p != nil {
		return data.Area{}, nil, p
	}
	population, p := parseCount("population", f.Population)
	if p != nil {
		return data.Area{}, nil, p
	}
	a = data.Area{
		Code: f.Code, Name: f.Name, NameEN: f.NameEN, Kind: f.Kind, Level: level, Parent: f.Parent,
		ValidFrom: from, ValidTo: to, DeclaredHouseholds: declared, Population: population,
	}
	if f.Geometry == nil {
		return a, nil, nil
	}
	geometry, mended, p := geo.Clean(f.Geometry)
	if p != nil {
		return data.Area{}, nil, p.At("geometry")
	}
	for _, m := range mended {
		repairs = append(repairs, m.At("geometry"))
	}
	a.Geometry = geometry
	return a, repairs, nil
}

func (f areaFields) level() (data.Level, *problem.Problem) {
	if f.Level != "" {
		level, ok := data.ParseLevel(f.Level)
		if !ok {
			return "", problem.NotAmong("level", f.Level, data.Levels...)
		}
		return level, nil
	}
	if f.Kind == "" {
		return "", problem.NoLevel("level")
	}
	level := data.LevelOf(f.Kind, f.Parent)
	if level == "" {
		return "", problem.UnknownKindOfArea("kind", f.Kind)
	}
	return level, nil
}

// parsePoint reads a point in degrees, rounded to what a Household holds.
func parsePoint(lon, lat string) (orb.Point, *problem.Problem) {
	x, p := parseDegrees("lon", lon)
	if p != nil {
		return orb.Point{}, p
	}
	y, p := parseDegrees("lat", lat)
	if p != nil {
		return orb.Point{}, p
	}
	point := orb.Point{x, y}
	if p := geo.CheckLonLat(point); p != nil {
		return orb.Point{}, p
	}
	return data.RoundPoint(point), nil
}
