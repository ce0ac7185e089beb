// Package export writes counts and areas as files: GeoJSON, CSV and their kin.
package export

import (
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Definition is the version of the indicators' definitions that every answer and file
// carries.
const Definition = rules.Definition

// Record is one row of a result as JSON shows it. A rate over nothing and a count that is
// kept back are null; Suppressed names what is kept back.
type Record struct {
	Key  string `json:"key" doc:"code of the area, H3 index, team id or first day of the period; empty: the bucket of no area"`
	Name string `json:"name"`

	Kind   string `json:"kind,omitempty" doc:"of an area: Phường, Xã, Thôn …"`
	Level  string `json:"level,omitempty"`
	Parent string `json:"parent,omitempty" doc:"code of the area above; of a team: its commune"`

	Households  *uint32  `json:"households" doc:"eligible households on the window's last day"`
	Attempted   *uint32  `json:"attempted"`
	Contacted   *uint32  `json:"contacted"`
	Reached     *uint32  `json:"reached"`
	RevisitDue  *uint32  `json:"revisit_due"`
	Visits      uint32   `json:"visits"`
	LastVisit   *string  `json:"last_visit" format:"date"`
	Coverage    *float64 `json:"coverage" doc:"reached / households"`
	AttemptRate *float64 `json:"attempt_rate" doc:"attempted / households"`
	SuccessRate *float64 `json:"success_rate" doc:"reached / contacted"`

	DeclaredHouseholds   *int     `json:"declared_households,omitempty"`
	RegistryCompleteness *float64 `json:"registry_completeness,omitempty" doc:"households / declared_households"`

	Members          *int    `json:"members,omitempty" doc:"of a team"`
	ReachedByAny     *uint32 `json:"reached_by_any,omitempty" doc:"of a team: households of its hamlets reached by any team"`
	ReachedElsewhere *uint32 `json:"reached_elsewhere,omitempty" doc:"of a team: households of other hamlets it reached"`

	Serves               []string `json:"serves,omitempty" doc:"of a team: codes of the hamlets assigned to it on the window's last day"`
	VisitsInside         *uint32  `json:"visits_inside,omitempty" doc:"of a team: visits to households of its hamlets"`
	VisitsOutside        *uint32  `json:"visits_outside,omitempty" doc:"of a team: visits to other households"`
	DaysWorked           *uint32  `json:"days_worked,omitempty" doc:"of a team: days with a visit"`
	VisitsPerDay         *float64 `json:"visits_per_day,omitempty" doc:"of a team: visits / days_worked"`
	Revisits             *uint32  `json:"revisits,omitempty" doc:"of a team: visits to households that were found absent, or done in part, the time before"`
	RevisitsCompleted    *uint32  `json:"revisits_completed,omitempty" doc:"of a team: revisits that it completed"`
	RevisitEffectiveness *float64 `json:"revisit_effectiveness,omitempty" doc:"of a team: revisits_completed / revisits"`

	NewlyReached *uint32 `json:"newly_reached,omitempty" doc:"of a period: households reached in it and not before in the window"`
	ReachedSoFar *uint32 `json:"reached_so_far,omitempty" doc:"of a period: households reached from the window's first day to the period's last"`

	Uptake         map[string]Uptake `json:"uptake" doc:"by skill"`
	Flags          []string          `json:"flags"`
	HamletsFlagged map[string]uint32 `json:"hamlets_flagged,omitempty" doc:"of an area above hamlets: how many of its hamlets have each flag"`
	Suppressed     []string          `json:"suppressed,omitempty" doc:"counts kept back because they are small, or would give a small one away"`
}

// Uptake is what is known of one skill, with the 95 % interval of its rate.
type Uptake struct {
	Assessed *uint32  `json:"assessed"`
	Shown    *uint32  `json:"shown"`
	Rate     *float64 `json:"rate" doc:"shown / assessed"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
}

// Answer is a whole result as JSON shows it.
type Answer struct {
	Version    string  `json:"version" doc:"of the data"`
	Definition string  `json:"definition" doc:"version of the indicators' definitions"`
	From       *string `json:"from" format:"date" doc:"null: ever"`
	To         string  `json:"to" format:"date"`
	Boundaries string  `json:"boundaries" format:"date" doc:"the day whose boundaries count"`

	BoundariesFrom *string `json:"boundaries_from" format:"date" doc:"first day on which these very boundaries hold; null: always did"`
	BoundariesTo   *string `json:"boundaries_to" format:"date" doc:"last day on which they hold; null: still do"`

	Total Record   `json:"total"`
	Rows  []Record `json:"rows"`
}

// NewAnswer returns the whole result.
func NewAnswer(result *coverage.Result) Answer {
	answer := Answer{
		Version:    result.Version,
		Definition: Definition,
		From:       result.Query.From.OrNull(),
		To:         result.Query.To.String(),
		Boundaries: result.Query.Boundaries.String(),

		BoundariesFrom: result.Boundaries.From.OrNull(),
		BoundariesTo:   result.Boundaries.To.OrNull(),

		Total: newRecord(result, &result.Total, true),
		Rows:  make([]Record, len(result.Rows)),
	}
	for i := range result.Rows {
		answer.Rows[i] = NewRecord(result, &result.Rows[i])
	}
	return answer
}

// NewRecord returns row, one of the result's Rows, as a Record.
func NewRecord(result *coverage.Result, row *coverage.Row) Record {
	return newRecord(result, row, false)
}

func newRecord(result *coverage.Result, row *coverage.Row, total bool) Record {
	cfg := result.Config
	r := Record{
		Households:     count(row, row.Households, rules.HiddenHouseholds),
		Attempted:      count(row, row.Attempted, rules.HiddenAttempted),
		Contacted:      count(row, row.Contacted, rules.HiddenContacted),
		Reached:        count(row, row.Reached, rules.HiddenReached),
		RevisitDue:     count(row, row.RevisitDue, rules.HiddenRevisitDue),
		Visits:         row.Visits,
		LastVisit:      row.LastVisit.OrNull(),
		Uptake:         make(map[string]Uptake, len(cfg.Skills)),
		Flags:          cfg.Keys(row.Flags),
		HamletsFlagged: hamletsFlagged(cfg, row),
		Suppressed:     suppressed(cfg, row.Hidden),
	}
	r.Coverage = rate(r.Reached, r.Households)
	r.AttemptRate = rate(r.Attempted, r.Households)
	r.SuccessRate = rate(r.Reached, r.Contacted)
	for i, skill := range cfg.Skills {
		r.Uptake[skill.Key] = uptake(row, i)
	}
	if total {
		r.nameTotal(result)
	} else {
		r.nameRow(result, row)
	}
	return r
}

// nameTotal gives the record of a whole scope the key and name of the scope's area.
func (r *Record) nameTotal(result *coverage.Result) {
	b := result.Boundaries
	if i := b.Find(result.Query.Parent); result.Query.Parent != "" && i != boundary.NoArea {
		r.nameArea(&b.Areas[i])
	}
}

func (r *Record) nameRow(result *coverage.Result, row *coverage.Row) {
	r.Key = key(result, row)
	switch result.Query.By {
	case coverage.ByArea:
		if row.Area == boundary.NoArea {
			r.Level = string(result.Query.Level)
			return
		}
		r.nameArea(&result.Boundaries.Areas[row.Area])
	case coverage.ByTeam:
		team := &result.Teams[row.Team]
		r.Name, r.Parent = team.Name, team.CommuneCode
		if team.Members != data.Unknown {
			r.Members = &team.Members
		}
		r.ReachedByAny = count(row, row.ReachedByAny, rules.HiddenReachedByAny)
		r.ReachedElsewhere = count(row, row.ReachedElsewhere, rules.HiddenReachedElsewhere)
		r.Serves = team.HamletsOn(result.Query.To)
		r.nameWork(row)
	case coverage.ByCell:
		r.Name = r.Key
	default:
		r.Name = r.Key
		r.NewlyReached = count(row, row.NewlyReached, rules.HiddenNewlyReached)
		r.ReachedSoFar = count(row, row.ReachedSoFar, rules.HiddenReachedSoFar)
	}
}

// nameWork tells how a team went about its visits.
func (r *Record) nameWork(row *coverage.Row) {
	work := *row.Work
	inside := row.Visits - work.VisitsOutside
	r.VisitsInside, r.VisitsOutside, r.DaysWorked, r.Revisits = &inside, &work.VisitsOutside, &work.DaysWorked, &work.Revisits
	r.RevisitsCompleted = count(row, work.RevisitsCompleted, rules.HiddenRevisitsCompleted)
	r.VisitsPerDay = rate(&row.Visits, r.DaysWorked)
	r.RevisitEffectiveness = rate(r.RevisitsCompleted, r.Revisits)
}

func (r *Record) nameArea(area *data.Area) {
	r.Key, r.Name, r.Kind, r.Level, r.Parent = area.Code, area.Name, area.Kind, string(area.Level), area.Parent
	if area.DeclaredHouseholds != data.Unknown {
		r.DeclaredHouseholds = &area.DeclaredHouseholds
		if area.DeclaredHouseholds > 0 && r.Households != nil {
			completeness := float64(*r.Households) / float64(area.DeclaredHouseholds)
			r.RegistryCompleteness = &completeness
		}
	}
}

// key returns what names the row among the rows of its result.
func key(result *coverage.Result, row *coverage.Row) string {
	switch result.Query.By {
	case coverage.ByArea:
		if row.Area == boundary.NoArea {
			return ""
		}
		return result.Boundaries.Areas[row.Area].Code
	case coverage.ByCell:
		return row.Cell.String()
	case coverage.ByTeam:
		return result.Teams[row.Team].ID
	default:
		return row.Day.String()
	}
}

// count returns n, or nil where the row keeps it back.
func count(row *coverage.Row, n uint32, bit rules.Hidden) *uint32 {
	if row.Hidden&bit != 0 {
		return nil
	}
	return &n
}

// rate returns part / whole, or nil where either is kept back or the whole is nothing.
func rate(part, whole *uint32) *float64 {
	if part == nil || whole == nil || *whole == 0 {
		return nil
	}
	r := float64(*part) / float64(*whole)
	return &r
}

// uptake returns what the row knows of skill i. The interval needs the number of
// households, so it is kept back with that.
func uptake(row *coverage.Row, i int) Uptake {
	u := Uptake{
		Assessed: count(row, row.Assessed[i], rules.HiddenAssessed<<i),
		Shown:    count(row, row.Shown[i], rules.HiddenShown<<i),
	}
	u.Rate = rate(u.Shown, u.Assessed)
	if u.Rate == nil || row.Hidden&rules.HiddenHouseholds != 0 {
		return u
	}
	if _, low, high, ok := row.Uptake(i); ok {
		u.Low, u.High = &low, &high
	}
	return u
}

func hamletsFlagged(cfg *rules.Config, row *coverage.Row) map[string]uint32 {
	if row.HamletsFlagged == nil {
		return nil
	}
	flagged := make(map[string]uint32)
	for bit, n := range row.HamletsFlagged {
		if n > 0 {
			for _, name := range cfg.Keys(1 << bit) {
				flagged[name] = n
			}
		}
	}
	return flagged
}

// suppressed names the counts in hidden as Record's members name them.
func suppressed(cfg *rules.Config, hidden rules.Hidden) []string {
	if hidden == 0 {
		return nil
	}
	var names []string
	for _, c := range []struct {
		bit  rules.Hidden
		name string
	}{
		{rules.HiddenHouseholds, "households"}, {rules.HiddenAttempted, "attempted"},
		{rules.HiddenContacted, "contacted"}, {rules.HiddenReached, "reached"},
		{rules.HiddenRevisitDue, "revisit_due"}, {rules.HiddenReachedByAny, "reached_by_any"},
		{rules.HiddenReachedElsewhere, "reached_elsewhere"},
		{rules.HiddenRevisitsCompleted, "revisits_completed"},
		{rules.HiddenNewlyReached, "newly_reached"}, {rules.HiddenReachedSoFar, "reached_so_far"},
	} {
		if hidden&c.bit != 0 {
			names = append(names, c.name)
		}
	}
	for i, skill := range cfg.Skills {
		if hidden&(rules.HiddenAssessed<<i) != 0 {
			names = append(names, "uptake."+skill.Key+".assessed")
		}
		if hidden&(rules.HiddenShown<<i) != 0 {
			names = append(names, "uptake."+skill.Key+".shown")
		}
	}
	return names
}
