package coverage

import (
	"testing"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// How a team went about its visits, by hand: household H in its hamlet, E elsewhere.
func TestWork(t *testing.T) {
	by := func(v data.Visit, id, household, team string) data.Visit {
		v.ID, v.HouseholdID, v.TeamID = id, household, team
		return v
	}
	m := onlyHamlet()
	m.Households = append(m.Households, data.Household{ID: "E"})
	m.Visits = []data.Visit{
		by(called("2026-02-20", data.Absent), "1", "H", "U"),
		by(called("2026-03-02", data.Absent), "2", "H", "T"),    // a revisit: U had found them absent
		by(called("2026-03-04", data.Partial), "3", "H", "T"),   // a revisit, not completed
		by(called("2026-03-04", data.Completed), "4", "H", "U"), // a revisit that U completed on the same day
		by(called("2026-03-09", data.Completed), "5", "H", "T"), // no revisit: the day before ended completed
		by(called("2026-03-04", data.Partial), "6", "E", "T"),   // elsewhere, the first visit there
		by(called("2026-03-10", data.Absent), "7", "E", "T"),    // a revisit …
		by(called("2026-03-10", data.Completed), "8", "E", "T"), // … that came to be completed on its day
		by(called("2026-04-01", data.Completed), "9", "E", "T"), // beyond the window
	}
	r := ask(t, index(t, m), Operator, Query{By: ByTeam, From: day("2026-03-01"), To: day("2026-03-31")})
	for i, want := range []rules.Work{
		{VisitsOutside: 2, DaysWorked: 4, Revisits: 3, RevisitsCompleted: 1},
		{VisitsOutside: 1, DaysWorked: 1, Revisits: 1, RevisitsCompleted: 1},
	} {
		if got := *r.Rows[i].Work; got != want {
			t.Errorf("team %s: got %+v, want %+v", r.Teams[i].ID, got, want)
		}
	}
	if got := r.Rows[0].Visits; got != 5 {
		t.Errorf("visits of T: got %d, want 5", got)
	}
}

// The assignment that is valid on the last day decides.
func TestAssignments(t *testing.T) {
	m := onlyHamlet(called("2026-03-02", data.Completed))
	m.Teams[0].History = []data.Assignment{{HamletCodes: []string{"481.1"}}, {From: day("2026-03-10")}}
	m.Teams[0].HamletCodes = nil
	m.Teams[1].History = []data.Assignment{{From: day("2026-03-10"), HamletCodes: []string{"481.1"}}}
	m.Teams[1].HamletCodes = []string{"481.1"}
	ix := index(t, m)
	for _, c := range []struct {
		to            string
		of, elsewhere [2]uint32
		outside       uint32 // of T
	}{
		{"2026-03-09", [2]uint32{1, 0}, [2]uint32{0, 0}, 0},
		{"2026-03-10", [2]uint32{0, 1}, [2]uint32{1, 0}, 1},
	} {
		r := ask(t, ix, Operator, Query{By: ByTeam, To: day(c.to)})
		for i := range r.Rows {
			if row := &r.Rows[i]; row.Households != c.of[i] || row.ReachedElsewhere != c.elsewhere[i] {
				t.Errorf("%s, %s: serves %d and reached %d elsewhere, want %d and %d", c.to, r.Teams[i].ID,
					row.Households, row.ReachedElsewhere, c.of[i], c.elsewhere[i])
			}
		}
		if got := r.Rows[0].Work.VisitsOutside; got != c.outside {
			t.Errorf("%s: T made %d visits outside, want %d", c.to, got, c.outside)
		}
	}
	m.Teams[1].History = append(m.Teams[1].History, data.Assignment{From: day("2026-04-01")})
	ix = index(t, m)
	for to, want := range map[string]bool{"2026-03-31": false, "2026-04-01": true} {
		r := ask(t, ix, Operator, Query{By: ByArea, Level: data.Hamlet, To: day(to)})
		if got := r.Rows[0].Flags&rules.FlagNoTeam != 0; got != want {
			t.Errorf("%s: no team is %t, want %t", to, got, want)
		}
	}
}
