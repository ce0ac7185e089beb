package ingest

import (
	"time"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/data/ingest/value"
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

// Visit checks the fields of a posted visit, and returns the first that is wrong as a problem. Whether there
// is such a household and such a team the store checks. now decides which visits
// are in the future.
func (f VisitRow) Visit(skills data.Skills, now time.Time) (data.Visit, *problem.Problem) {
	for _, id := range []*string{&f.VisitID, &f.HouseholdID, &f.TeamID} {
		*id, _ = value.Tidy(*id)
	}
	return f.visit(&value.Reader{}, 0, skills, now)
}

// visit does what Visit does with the fields that are given, whose texts are tidy.
func (f VisitRow) visit(in *value.Reader, given data.FieldSet, skills data.Skills, now time.Time) (v data.Visit,
	p *problem.Problem) {
	for _, id := range [...]struct {
		place int
		text  string
	}{{0, f.VisitID}, {visitHousehold, f.HouseholdID}, {visitTeam, f.TeamID}} {
		if given.Has(id.place) {
			if p := value.ID(visitColumns[id.place], id.text); p != nil {
				return data.Visit{}, p
			}
		}
	}
	v = data.Visit{ID: f.VisitID, HouseholdID: f.HouseholdID, TeamID: f.TeamID, Given: given}
	if given.Has(visitAt) {
		if v.At, p = readVisitedAt(in, f.VisitedAt, now); p != nil {
			return data.Visit{}, p
		}
	}
	if given.Has(visitOutcome) {
		if v.Outcome, p = data.ReadOutcome("outcome", f.Outcome); p != nil {
			return data.Visit{}, p
		}
	}
	if v.Assessed, p = value.Skills("assessed", f.Assessed, skills); p != nil {
		return data.Visit{}, p
	}
	if v.Shown, p = value.Skills("shown", f.Shown, skills); p != nil {
		return data.Visit{}, p
	}
	if extra := v.Shown &^ v.Assessed; extra != 0 && given.Has(visitAssessed) {
		return data.Visit{}, problem.ShownNotAssessed("shown", skills.Keys(extra)[0])
	}
	return v, nil
}

// readVisitedAt reads when a visit was made.
func readVisitedAt(in *value.Reader, text string, now time.Time) (time.Time, *problem.Problem) {
	at, p := in.Time("visited_at", text)
	if p != nil {
		return time.Time{}, p
	}
	switch ahead := at.Sub(now); {
	case ahead > wrongClock:
		return time.Time{}, problem.InFuture("visited_at", text, now.In(data.Zone))
	case ahead > clockSkew:
		// Rounded up, so that it is not sent again a moment too early.
		seconds := int((ahead-clockSkew)/time.Second) + 1
		return time.Time{}, problem.AheadOfClock("visited_at", text, now.In(data.Zone), seconds)
	}
	return at, nil
}

// checkTogether refuses a row with one of two fields that mean nothing without each other.
func checkTogether(given data.FieldSet, columns []string, a, b int) *problem.Problem {
	switch hasA, hasB := given.Has(a), given.Has(b); {
	case hasA && !hasB:
		return problem.Without(columns[a], columns[b])
	case hasB && !hasA:
		return problem.Without(columns[b], columns[a])
	}
	return nil
}

// readField reads the text of a file into a field of a record. A field that is read by code of
// its own is left alone.
func readField[R any](in *value.Reader, f *data.Field[R], r *R, text string) (p *problem.Problem) {
	switch f.Type {
	case data.KeyField:
		*f.Text(r) = text
		return value.ID(f.Name, text)
	case data.CodeField:
		*f.Text(r) = text
		return value.Reference(f.Name, text)
	case data.TextField:
		*f.Text(r) = text
		if f.Required {
			return value.Name(f.Name, text)
		}
		return value.Text(f.Name, text)
	case data.DayField:
		*f.Day(r), p = in.Day(f.Name, text)
	case data.CountField:
		*f.Count(r), p = value.Count(f.Name, text)
	case data.DegreesField:
		*f.Degrees(r), p = scan.Degrees(f.Name, text)
	}
	return p
}

// readHousehold reads the columns of a household, and returns the first that is wrong as a problem.
func readHousehold(in *value.Reader, values []string, given data.FieldSet, h *data.Household) *problem.Problem {
	if p := checkTogether(given, householdColumns, householdLon, householdLat); p != nil {
		return p
	}
	for i := range data.HouseholdFields {
		if data.HouseholdFields[i].Required && !given.Has(i) {
			continue
		}
		if p := readField(in, &data.HouseholdFields[i], h, values[i]); p != nil {
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
	h.Given = given
	return data.CheckPeriod("registered_on", h.RegisteredOn, "removed_on", h.RemovedOn)
}

// maxTeamHamlets is how many hamlets a team may serve.
const maxTeamHamlets = 1000

// readTeam reads the columns of a team, and returns the first that is wrong as a problem. hamlets
// are the codes in its column hamlet_codes. A row with assigned_on is one of the team's assignments: the
// column has its first day, empty for the beginning of the team.
func readTeam(in *value.Reader, values []string, hamlets []string, given data.FieldSet) (t data.Team,
	p *problem.Problem) {
	if given.Has(teamAssignedOn) && !given.Has(teamHamlets) {
		return data.Team{}, problem.Without("assigned_on", "hamlet_codes")
	}
	for i := range data.TeamFields {
		if i == teamHamlets {
			t.HamletCodes, p = readHamlets(hamlets)
		} else {
			p = readField(in, &data.TeamFields[i], &t, values[i])
		}
		if p != nil {
			return data.Team{}, p
		}
	}
	t.Given = given
	if given.Has(teamAssignedOn) {
		assigned, p := in.Day("assigned_on", values[teamAssignedOn])
		if p != nil {
			return data.Team{}, p
		}
		t.History = []data.Assignment{{From: assigned, HamletCodes: t.HamletCodes}}
	}
	if p := t.CheckDays(); p != nil {
		return data.Team{}, p
	}
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
		if p := value.ID("hamlet_codes", code); p != nil {
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
func readArea(in *value.Reader, values []string) (a data.Area, p *problem.Problem) {
	for i := range data.AreaFields {
		switch p = readField(in, &data.AreaFields[i], &a, values[i]); {
		case p != nil:
		case i == 0:
			p = value.Listable("code", a.Code)
		case i == areaParent:
			if a.Parent == a.Code {
				return data.Area{}, problem.OwnParent("parent", a.Parent)
			}
			a.Level, p = readLevel(values[areaLevel], a.Kind, a.Parent)
		case i == areaFrom:
			a.ValidFrom, p = in.Day("valid_from", values[areaFrom])
		case i == areaTo:
			p = data.CheckPeriod("valid_from", a.ValidFrom, "valid_to", a.ValidTo)
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
