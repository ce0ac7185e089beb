package ingest

import (
	"time"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// VisitRow is a visit as a file or a request gives it: text that is not checked yet.
type VisitRow struct {
	VisitID     string   `json:"visit_id"`
	HouseholdID string   `json:"household_id"`
	TeamID      string   `json:"team_id"`
	VisitedAt   string   `json:"visited_at"` // RFC 3339, or a day
	Outcome     string   `json:"outcome"`
	Assessed    []string `json:"assessed"`
	Shown       []string `json:"shown"`
}

const (
	// clockSkew is how far ahead of the clock here a visit may be dated: the clocks of phones differ.
	clockSkew = 5 * time.Minute
	// wrongClock is how far ahead a visit may be dated because a clock is wrong, here or there: it is taken when the
	// clock here has caught up. Beyond that the date is a slip.
	wrongClock = 24 * time.Hour
)

// Visit checks the fields, and returns the first that is wrong as a problem. Whether there
// is such a household and such a team the store checks. now decides which visits
// are in the future.
func (f VisitRow) Visit(skills data.Skills, now time.Time) (data.Visit, *problem.Problem) {
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
	switch ahead := at.Sub(now); {
	case ahead > wrongClock:
		return data.Visit{}, problem.InFuture("visited_at", f.VisitedAt, now.In(data.Zone))
	case ahead > clockSkew:
		// Rounded up, so that it is not sent again a moment too early.
		seconds := int((ahead-clockSkew)/time.Second) + 1
		return data.Visit{}, problem.AheadOfClock("visited_at", f.VisitedAt, now.In(data.Zone), seconds)
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

// readField reads the text of a file into a field of a record. A field that is read by code of
// its own is left alone.
func readField[R any](f *data.Field[R], r *R, text string) (p *problem.Problem) {
	switch f.Type {
	case data.KeyField:
		*f.Text(r) = text
		return checkID(f.Name, text)
	case data.CodeField:
		*f.Text(r) = text
		return checkReference(f.Name, text)
	case data.TextField:
		*f.Text(r) = text
		if f.Required {
			return checkName(f.Name, text)
		}
		return checkText(f.Name, text)
	case data.DayField:
		*f.Day(r), p = data.ReadDate(f.Name, text)
	case data.CountField:
		*f.Count(r), p = parseCount(f.Name, text)
	case data.DegreesField:
		*f.Degrees(r), p = scan.Degrees(f.Name, text)
	}
	return p
}

// readHousehold reads the columns of a household, and returns the first that is wrong as a problem.
func readHousehold(values []string, h *data.Household) *problem.Problem {
	for i := range data.HouseholdFields {
		if p := readField(&data.HouseholdFields[i], h, values[i]); p != nil {
			return p
		}
		if i != householdLat { // of lon and lat, the last
			continue
		}
		if p := geo.CheckLonLat(h.Point); p != nil {
			return p
		}
		h.Point = data.RoundPoint(h.Point)
	}
	return checkPeriod("registered_on", h.RegisteredOn, "removed_on", h.RemovedOn)
}

// maxTeamHamlets is how many hamlets a team may serve.
const maxTeamHamlets = 1000

// readTeam reads the columns of a team, and returns the first that is wrong as a problem. hamlets
// are the codes in its column hamlet_codes. A dated row is one of the team's assignments: the
// column assigned_on has its first day, empty for the beginning of the team.
func readTeam(values []string, hamlets []string, dated bool) (t data.Team, p *problem.Problem) {
	for i := range data.TeamFields {
		if i == teamHamlets {
			t.HamletCodes, p = readHamlets(hamlets)
		} else {
			p = readField(&data.TeamFields[i], &t, values[i])
		}
		if p != nil {
			return data.Team{}, p
		}
	}
	if p := checkPeriod("formed_on", t.FormedOn, "dissolved_on", t.DissolvedOn); p != nil {
		return data.Team{}, p
	}
	if !dated {
		return t, nil
	}
	text := values[teamAssignedOn]
	assigned, p := data.ReadDate("assigned_on", text)
	switch {
	case p != nil:
		return data.Team{}, p
	case assigned != data.NoDate && assigned < t.FormedOn:
		return data.Team{}, problem.BeforeField("assigned_on", text, "formed_on", t.FormedOn.String())
	case t.DissolvedOn != data.NoDate && assigned > t.DissolvedOn:
		return data.Team{}, problem.AfterField("assigned_on", text, "dissolved_on", t.DissolvedOn.String())
	}
	t.History = []data.Assignment{{From: assigned, HamletCodes: t.HamletCodes}}
	return t, nil
}

// readHamlets checks the codes of the hamlets that a team serves, and drops repetitions.
func readHamlets(codes []string) ([]string, *problem.Problem) {
	if len(codes) > maxTeamHamlets {
		return nil, problem.TooManyHamlets("hamlet_codes", len(codes), maxTeamHamlets)
	}
	hamlets := make([]string, 0, len(codes))
	seen := make(map[string]bool, len(codes))
	for _, code := range codes {
		if p := checkID("hamlet_codes", code); p != nil {
			return nil, p
		}
		if !seen[code] {
			seen[code] = true
			hamlets = append(hamlets, code)
		}
	}
	return hamlets, nil
}

// readArea reads the columns of an area, but for its geometry, and returns the first that is wrong as a problem.
func readArea(values []string) (a data.Area, p *problem.Problem) {
	for i := range data.AreaFields {
		switch p = readField(&data.AreaFields[i], &a, values[i]); {
		case p != nil:
		case i == 0:
			p = checkListable("code", a.Code)
		case i == areaParent:
			if a.Parent == a.Code {
				return data.Area{}, problem.OwnParent("parent", a.Parent)
			}
			a.Level, p = readLevel(values[areaLevel], a.Kind, a.Parent)
		case i == areaFrom:
			a.ValidFrom, p = data.ReadDate("valid_from", values[areaFrom])
		case i == areaTo:
			p = checkPeriod("valid_from", a.ValidFrom, "valid_to", a.ValidTo)
		}
		if p != nil {
			return data.Area{}, p
		}
	}
	return a, nil
}

// readLevel reads the level of an area; an empty text is the level of the kind.
func readLevel(text, kind, parent string) (data.Level, *problem.Problem) {
	if text != "" {
		level, ok := data.ParseLevel(text)
		if !ok {
			return "", problem.NotAmong("level", text, data.Levels...)
		}
		return level, nil
	}
	if kind == "" {
		return "", problem.NoLevel("level")
	}
	level := data.LevelOf(kind, parent)
	if level == "" {
		return "", problem.UnknownKindOfArea("kind", kind)
	}
	return level, nil
}
