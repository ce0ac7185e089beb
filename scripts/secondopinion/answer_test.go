package secondopinion

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// answer is one row of an answer, as both sides give it.
type answer struct {
	Households, Attempted, Contacted, Reached, RevisitDue, Visits uint32

	LastVisit        string
	Assessed, Shown  [skills]uint32
	ReachedByAny     uint32
	ReachedElsewhere uint32
	Flags            string // sorted
	HamletsFlagged   string // as JSON, by flag
}

// skills is the number of data.DefaultSkills.
const skills = 5

// rates of a row: the four of areas, then three of each skill, NaN where they are of nothing.
type rates [4 + 3*skills]float64

// answers are rows by key; the row of everything in the scope is under total.
type answers struct {
	rows  map[string]answer
	rates map[string]rates
}

const total = "(total)"

// ofEngine queries the index.
func ofEngine(t *testing.T, ix *coverage.Index, q coverage.Query) answers {
	t.Helper()
	r, err := ix.For(coverage.Operator).Query(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	all := answers{
		map[string]answer{total: spell(r.Config, &coverage.Row{Figures: rules.Figures{Count: r.Total.Count}})},
		map[string]rates{total: ratesOf(&r.Total.Count, nil)},
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		key := ""
		var area *data.Area
		switch {
		case q.By == coverage.ByCell:
			key = row.Cell.String()
		case q.By == coverage.ByTeam:
			key = r.Teams[row.Team].ID
		case q.By != coverage.ByArea:
			key = row.Day.String()
		case row.Area != boundary.NoArea:
			area = &r.Boundaries.Areas[row.Area]
			key = area.Code
		}
		if _, twice := all.rows[key]; twice {
			t.Errorf("two rows of key %q", key)
		}
		all.rows[key], all.rates[key] = spell(r.Config, row), ratesOf(&row.Count, area)
	}
	return all
}

func spell(c *rules.Config, row *coverage.Row) answer {
	a := answer{
		Households: row.Households, Attempted: row.Attempted, Contacted: row.Contacted, Reached: row.Reached,
		RevisitDue: row.RevisitDue, Visits: row.Visits, LastVisit: row.LastVisit.String(),
		ReachedByAny: row.ReachedByAny, ReachedElsewhere: row.ReachedElsewhere,
		Flags: spellFlags(c.Keys(row.Flags)), HamletsFlagged: "{}",
	}
	copy(a.Assessed[:], row.Assessed[:])
	copy(a.Shown[:], row.Shown[:])
	if row.HamletsFlagged != nil {
		counts := map[string]uint32{}
		for bit, n := range row.HamletsFlagged {
			if n > 0 {
				counts[c.Keys(1 << bit)[0]] = n
			}
		}
		a.HamletsFlagged = spellCounts(counts)
	}
	return a
}

func spellFlags(names []string) string {
	slices.Sort(names)
	return fmt.Sprint(names)
}

func spellCounts(counts map[string]uint32) string {
	if len(counts) == 0 {
		return "{}"
	}
	text, _ := json.Marshal(counts) // sorted by key
	return string(text)
}

// ratesOf are the rates of a count; area is nil where it is of none.
func ratesOf(c *rules.Count, area *data.Area) (all rates) {
	list := all[:0]
	add := func(rate float64, ok bool) {
		if !ok {
			rate = math.NaN()
		}
		list = append(list, rate)
	}
	add(c.Coverage())
	add(c.AttemptRate())
	add(c.SuccessRate())
	if area != nil {
		add(c.RegistryCompleteness(area))
	} else {
		add(0, false)
	}
	for i := range skills {
		rate, low, high, ok := c.Uptake(i)
		add(rate, ok)
		add(low, ok)
		add(high, ok)
	}
	return all
}

// sqlRow is a row of any of the database's functions, of which each has some columns.
type sqlRow struct {
	Code, Cell, Begins   string
	TeamID               string `json:"team_id"`
	Households           uint32
	Attempted            uint32
	Contacted            uint32
	Reached              uint32
	RevisitDue           uint32 `json:"revisit_due"`
	Visits               uint32
	LastVisit            string `json:"last_visit"`
	Coverage             *float64
	AttemptRate          *float64 `json:"attempt_rate"`
	SuccessRate          *float64 `json:"success_rate"`
	RegistryCompleteness *float64 `json:"registry_completeness"`
	Uptake               map[string]struct {
		Assessed, Shown uint32
		Rate, Low, High *float64
	}
	Flags            []string
	HamletsFlagged   map[string]uint32 `json:"hamlets_flagged"`
	ReachedByAny     uint32            `json:"reached_by_any"`
	ReachedElsewhere uint32            `json:"reached_elsewhere"`
}

// function is the one that answers a query, up to the arguments that all have, and what its
// own argument is: a level, a resolution or a period.
func function(q coverage.Query) (name string, argument any) {
	switch q.By {
	case coverage.ByArea:
		return "coverage_by_area(level => $5, ", string(q.Level)
	case coverage.ByCell:
		return "coverage_by_cell(resolution => $5, ", q.Resolution
	case coverage.ByTeam:
		return "coverage_by_team(", nil
	}
	return "coverage_by_period(period => $5, ", string(q.By)
}

// ofPostGIS queries the database.
func ofPostGIS(t *testing.T, db *pgx.Conn, q coverage.Query) answers {
	t.Helper()
	var parent any
	if q.Parent != "" {
		parent = q.Parent
	}
	const scope = "parent => $1, window_from => $2, window_to => $3, boundaries => $4)"
	args := []any{parent, sqlDate(q.From), sqlDate(q.To), sqlDate(q.Boundaries)}
	everything := collect(t, db, "coverage_total("+scope, args...)
	if len(everything) != 1 {
		t.Fatalf("%d totals", len(everything))
	}
	all := answers{map[string]answer{total: everything[0].answer()}, map[string]rates{total: everything[0].rates()}}
	name, argument := function(q)
	if argument != nil {
		args = append(args, argument)
	}
	all.add(t, collect(t, db, name+scope, args...))
	return all
}

// add adds rows by whichever key they have.
func (a *answers) add(t *testing.T, rows []sqlRow) {
	t.Helper()
	for i := range rows {
		row := &rows[i]
		key := row.Code + row.Cell + row.TeamID + row.Begins
		if _, twice := a.rows[key]; twice {
			t.Errorf("PostGIS: two rows of key %q", key)
		}
		a.rows[key], a.rates[key] = row.answer(), row.rates()
	}
}

// collect reads the rows of a function or a view.
func collect(t *testing.T, db *pgx.Conn, from string, args ...any) []sqlRow {
	t.Helper()
	rows, err := db.Query(context.Background(), "SELECT to_jsonb(r) - 'geom' FROM "+from+" r", args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[sqlRow])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sqlDate is NULL where no day is given.
func sqlDate(d data.Date) any {
	if d == data.NoDate {
		return nil
	}
	return d.String()
}

func (r *sqlRow) answer() answer {
	a := answer{
		Households: r.Households, Attempted: r.Attempted, Contacted: r.Contacted, Reached: r.Reached,
		RevisitDue: r.RevisitDue, Visits: r.Visits, LastVisit: r.LastVisit,
		ReachedByAny: r.ReachedByAny, ReachedElsewhere: r.ReachedElsewhere,
		Flags: spellFlags(r.Flags), HamletsFlagged: spellCounts(r.HamletsFlagged),
	}
	for i, skill := range data.DefaultSkills {
		a.Assessed[i], a.Shown[i] = r.Uptake[skill.Key].Assessed, r.Uptake[skill.Key].Shown
	}
	return a
}

func (r *sqlRow) rates() (all rates) {
	list := all[:0]
	add := func(values ...*float64) {
		for _, p := range values {
			if p == nil {
				list = append(list, math.NaN())
			} else {
				list = append(list, *p)
			}
		}
	}
	add(r.Coverage, r.AttemptRate, r.SuccessRate, r.RegistryCompleteness)
	for _, skill := range data.DefaultSkills {
		u := r.Uptake[skill.Key]
		add(u.Rate, u.Low, u.High)
	}
	return all
}

// compare queries both sides and reports the first few keys whose values differ.
// It returns how many rows they agree on.
func compare(t *testing.T, ix *coverage.Index, db *pgx.Conn, q coverage.Query) int {
	t.Helper()
	return compareAnswers(t, q, ofEngine(t, ix, q), ofPostGIS(t, db, q))
}

func compareAnswers(t *testing.T, q coverage.Query, got, want answers) int {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want.rows))
	for key := range got.rows {
		if _, ok := want.rows[key]; !ok {
			keys = append(keys, key)
		}
	}
	differ := 0
	for _, key := range keys {
		g, inEngine := got.rows[key]
		w, inSQL := want.rows[key]
		if g == w && inEngine == inSQL && near(got.rates[key], want.rates[key]) {
			continue
		}
		if differ++; differ <= 3 {
			t.Errorf("%+v, key %q:\n engine (%t) %+v %v\nPostGIS (%t) %+v %v", q, key, inEngine, g, got.rates[key],
				inSQL, w, want.rates[key])
		}
	}
	if differ > 3 {
		t.Errorf("%+v: %d of %d keys differ", q, differ, len(keys))
	}
	return len(keys) - differ
}

// near treats rates as equal within 1e-9.
func near(a, b rates) bool {
	for i := range a {
		if a[i] != b[i] && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) && !(math.Abs(a[i]-b[i]) <= 1e-9) {
			return false
		}
	}
	return true
}
