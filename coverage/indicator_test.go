package coverage

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// onlyHamlet is a programme of one hamlet, one team and one household H.
func onlyHamlet(visits ...data.Visit) *memory {
	for i := range visits {
		visits[i].HouseholdID = "H"
		if visits[i].TeamID == "" {
			visits[i].TeamID = "T"
		}
		visits[i].ID = fmt.Sprintf("V%d", i)
	}
	return &memory{
		Areas: []data.Area{
			{Code: "48", Level: data.Province, DeclaredHouseholds: data.Unknown},
			{Code: "481", Level: data.Commune, Parent: "48", DeclaredHouseholds: data.Unknown},
			{Code: "481.1", Level: data.Hamlet, Parent: "481", DeclaredHouseholds: 1},
		},
		Teams: []data.Team{
			{ID: "T", CommuneCode: "481", HamletCodes: []string{"481.1"}, Members: 7},
			{ID: "U", CommuneCode: "481", Members: 6},
		},
		Households: []data.Household{{ID: "H", HamletCode: "481.1"}},
		Visits:     visits,
	}
}

func called(on string, outcome data.Outcome) data.Visit {
	return data.Visit{At: at(day(on), 8*3600), Outcome: outcome}
}

// The definitions, worked by hand on one household; the window is March 2026.
func TestIndicators(t *testing.T) {
	from, to := day("2026-03-01"), day("2026-03-31")
	night := called("2026-02-28", data.Completed)
	night.At = at(day("2026-03-01"), -1) // a second before midnight in Việt Nam
	for _, c := range []struct {
		name   string
		change func(*memory)
		visits []data.Visit
		want   rules.Count
	}{
		{"never visited", nil, nil, rules.Count{Households: 1}},
		{"completed", nil, []data.Visit{called("2026-03-02", data.Completed)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, Reached: 1, Visits: 1,
				LastVisit: day("2026-03-02")}},
		{"partial is to be revisited", nil, []data.Visit{called("2026-03-02", data.Partial)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, RevisitDue: 1, Visits: 1,
				LastVisit: day("2026-03-02")}},
		{"absent is no contact", nil, []data.Visit{called("2026-03-02", data.Absent)},
			rules.Count{Households: 1, Attempted: 1, RevisitDue: 1, Visits: 1, LastVisit: day("2026-03-02")}},
		{"refused stays in and is not revisited", nil, []data.Visit{called("2026-03-02", data.Refused)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, Visits: 1, LastVisit: day("2026-03-02")}},
		{"inaccessible stays in", nil, []data.Visit{called("2026-03-02", data.Inaccessible)},
			rules.Count{Households: 1, Attempted: 1, Visits: 1, LastVisit: day("2026-03-02")}},
		{"moved is out, the visit was made", nil, []data.Visit{called("2026-03-02", data.Moved)},
			rules.Count{Visits: 1, LastVisit: day("2026-03-02")}},
		{"found again after moved", nil,
			[]data.Visit{called("2026-03-02", data.Moved), called("2026-03-03", data.Absent)},
			rules.Count{Households: 1, Attempted: 1, RevisitDue: 1, Visits: 2, LastVisit: day("2026-03-03")}},
		{"moved and completed on one day: the best counts", nil,
			[]data.Visit{called("2026-03-02", data.Completed), called("2026-03-02", data.Moved)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, Reached: 1, Visits: 1,
				LastVisit: day("2026-03-02")}},
		{"absent after completed is not due", nil,
			[]data.Visit{called("2026-03-02", data.Completed), called("2026-03-09", data.Absent)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, Reached: 1, Visits: 2,
				LastVisit: day("2026-03-09")}},
		{"reached before the window only", nil, []data.Visit{called("2026-02-01", data.Completed)},
			rules.Count{Households: 1, LastVisit: day("2026-02-01")}},
		{"reached after the window only", nil, []data.Visit{called("2026-04-01", data.Completed)},
			rules.Count{Households: 1}},
		{"a second before the window", nil, []data.Visit{night},
			rules.Count{Households: 1, LastVisit: day("2026-02-28")}},
		{"the last day is within", nil, []data.Visit{called("2026-03-31", data.Completed)},
			rules.Count{Households: 1, Attempted: 1, Contacted: 1, Reached: 1, Visits: 1, LastVisit: to}},
		{"registered on the last day", func(m *memory) { m.Households[0].RegisteredOn = to }, nil,
			rules.Count{Households: 1}},
		{"registered the day after", func(m *memory) { m.Households[0].RegisteredOn = to + 1 }, nil, rules.Count{}},
		{"removed on the last day", func(m *memory) { m.Households[0].RemovedOn = to }, nil, rules.Count{}},
		{"removed the day after", func(m *memory) { m.Households[0].RemovedOn = to + 1 }, nil,
			rules.Count{Households: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := onlyHamlet(c.visits...)
			if c.change != nil {
				c.change(m)
			}
			r := ask(t, index(t, m), Operator, Query{By: ByArea, Level: data.Hamlet, From: from, To: to})
			if got := r.Rows[0].Count; got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// The latest report that looked at a skill decides on it, before the window too.
func TestSkills(t *testing.T) {
	first, second := called("2026-01-05", data.Completed), called("2026-01-05", data.Absent)
	first.Assessed, first.Shown = 0b011, 0b011
	second.Assessed, second.Shown = 0b010, 0b000 // the same day: by id it is later
	r := ask(t, index(t, onlyHamlet(first, second)), Operator,
		Query{By: ByArea, Level: data.Hamlet, From: day("2026-03-01"), To: day("2026-03-31")})
	row := &r.Rows[0]
	if got, want := fmt.Sprint(row.Assessed[:3], row.Shown[:3]), "[1 1 0] [1 0 0]"; got != want {
		t.Errorf("assessed and shown: got %s, want %s", got, want)
	}
}

func TestTeams(t *testing.T) {
	byOther := called("2026-03-05", data.Completed)
	byOther.TeamID = "U"
	ix := index(t, onlyHamlet(called("2026-03-02", data.Partial), byOther))
	r := ask(t, ix, Operator, Query{By: ByTeam, From: day("2026-03-01"), To: day("2026-03-31")})
	own, other := r.Rows[0], r.Rows[1]
	want := rules.Count{Households: 1, Attempted: 1, Contacted: 1, RevisitDue: 1, Visits: 1,
		LastVisit: day("2026-03-02")}
	if own.Count != want || own.ReachedByAny != 1 || own.ReachedElsewhere != 0 {
		t.Errorf("the hamlet's team: got %+v, by any %d, elsewhere %d", own.Count, own.ReachedByAny,
			own.ReachedElsewhere)
	}
	if other.Count != (rules.Count{Visits: 1, LastVisit: day("2026-03-05")}) || other.ReachedElsewhere != 1 {
		t.Errorf("the other team: got %+v, elsewhere %d", other.Count, other.ReachedElsewhere)
	}
	if got := ix.Config().Keys(other.Flags); !slices.Equal(got, []string{"understaffed"}) {
		t.Errorf("flags of the other team: got %v, want understaffed", got)
	}
}

// Flags on their thresholds.
func TestFlags(t *testing.T) {
	c := rules.DefaultConfig()
	assessed := func(count rules.Count, assessed, shown uint32) rules.Count {
		for i := range c.Skills {
			count.Assessed[i], count.Shown[i] = assessed, shown
		}
		return count
	}
	for _, f := range []struct {
		name  string
		count rules.Count
		want  string
	}{
		{"nobody lives there", rules.Count{}, ""},
		{"nobody came", assessed(rules.Count{Households: 100}, 40, 40), "unvisited low_coverage"},
		{"one in five", assessed(rules.Count{Households: 100, Attempted: 20, Reached: 20}, 40, 40),
			"barely_visited low_coverage"},
		{"just above one in five", assessed(rules.Count{Households: 100, Attempted: 21}, 40, 40), "low_coverage"},
		{"half reached is not low", assessed(rules.Count{Households: 100, Attempted: 50, Reached: 50}, 40, 40), ""},
		{"29 assessed", assessed(rules.Count{Households: 100, Attempted: 90, Reached: 90}, 29, 0), "too_few_data"},
		{"30 assessed, none shown", assessed(rules.Count{Households: 100, Attempted: 90, Reached: 90}, 30, 0),
			"low_uptake"},
		{"30 assessed, 13 shown: not surely low",
			assessed(rules.Count{Households: 100, Attempted: 90, Reached: 90}, 30, 13), ""},
	} {
		kinds := []string{}
		for _, name := range c.Keys(c.Thresholds.RateFlags(&f.count, len(c.Skills))) {
			if kind, _, _ := strings.Cut(name, ":"); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		if got := strings.Join(kinds, " "); got != f.want {
			t.Errorf("%s: got %q, want %q", f.name, got, f.want)
		}
	}
}

func TestParseFlag(t *testing.T) {
	c := rules.DefaultConfig()
	all := ^rules.Flags(0)
	for _, name := range c.Keys(all) {
		f, err := c.ParseFlag(name)
		if err != nil || !reflect.DeepEqual(c.Keys(f), []string{name}) {
			t.Errorf("%s: got %v, error %v", name, c.Keys(f), err)
		}
	}
	for _, f := range []rules.Flags{0, all, rules.FlagStale | rules.FlagTooFewData<<1, rules.FlagLowUptake} {
		if got, want := string(c.AppendKeys([]byte("flags="), f)), "flags="+strings.Join(c.Keys(f), ";"); got != want {
			t.Errorf("%b: appended %s, want %s", f, got, want)
		}
	}
	if f, err := c.ParseFlag("low_uptake"); err != nil || len(c.Keys(f)) != len(c.Skills) {
		t.Errorf("low_uptake: got %v, error %v, want one of each skill", c.Keys(f), err)
	}
	for _, name := range []string{"", "noteam", "low_uptake:chess", "low_uptake:", "no_team:payment"} {
		if f, err := c.ParseFlag(name); err == nil {
			t.Errorf("%q: got %v, want an error", name, c.Keys(f))
		}
	}
}
