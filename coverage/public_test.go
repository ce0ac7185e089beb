package coverage

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tungnha/coverage/boundary"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/problem"
)

// public is a viewer who may not see small counts.
var public = Viewer{}

// publicQuery is a random query that the public may make.
func publicQuery(rng *rand.Rand, ix *Index) Query {
	view := ix.For(public)
	windows := view.Release().Windows
	w := windows[rng.IntN(len(windows))]
	q := randomQuery(rng, view.BoundariesOn)
	q.From, q.To, q.Boundaries, q.Within = w.From, w.To, 0, 0
	switch q.By {
	case ByTeam, ByDay, ByWeek:
		q.By = ByMonth
	case ByCell:
		q.Resolution = min(q.Resolution, release.MaxResolution)
	}
	return q
}

// What is not published is refused, under the parameter at fault.
func TestPublicQueriesAreRefused(t *testing.T) {
	ix := indexAt(t, mergedCommunes(), "2026-11-28")
	area := Query{By: ByArea, Level: data.Commune}
	with := func(change func(q *Query)) Query {
		q := area
		change(&q)
		return q
	}
	for _, c := range []struct {
		name, parameter string
		q               Query
	}{
		{"a team", "by", Query{By: ByTeam}},
		{"a day", "by", Query{By: ByDay}},
		{"a week", "by", Query{By: ByWeek}},
		{"fine cells", "resolution", Query{By: ByCell, Resolution: 10}},
		{"a free window", "from", with(func(q *Query) { q.From, q.To = day("2026-11-01"), day("2026-11-22") })},
		{"a window without a beginning", "to", with(func(q *Query) { q.To = day("2026-10-31") })},
		{"the day of the release", "to", with(func(q *Query) { q.To = day("2026-11-23") })},
		{"an open month", "from", with(func(q *Query) { q.From, q.To = day("2026-11-01"), day("2026-11-30") })},
		{"boundaries of another version", "boundaries", with(func(q *Query) { q.Boundaries = merger - 1 })},
	} {
		var bad *problem.ParameterError
		if _, err := ix.For(public).Query(t.Context(), c.q); !errors.As(err, &bad) || bad.Name != c.parameter {
			t.Errorf("%s: got %v, want an error of %s", c.name, err, c.parameter)
		}
		if _, err := ix.For(Operator).Query(t.Context(), c.q); err != nil {
			t.Errorf("%s: the operator got %v", c.name, err)
		}
	}
	got := ask(t, ix, public, area)
	if r := got.Release; r.Day != day("2026-11-23") || got.Query.To != day("2026-11-22") || got.Query.From != 0 ||
		got.Query.Boundaries != r.Day {
		t.Errorf("without a window: release %+v, query %+v", r, got.Query)
	}
	for name, err := range map[string]error{
		"points": ix.For(public).Points(t.Context(), Query{}, ix.columns.Bound, nil),
		"points of who may see households and no small counts": ix.For(Viewer{Households: true}).Points(t.Context(),
			Query{}, ix.columns.Bound, nil),
	} {
		if !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	v := ix.For(public)
	if versions, err := v.Versions(t.Context()); err != nil || len(versions) != 1 ||
		v.BoundariesOn(merger-1) != v.BoundariesOn(0) {
		t.Error("another version of the boundaries is shown")
	}
	if _, err := ix.For(public).BoundariesDay(merger-1, 0); err == nil {
		t.Error("a day of other boundaries is taken")
	}
}

// Everything shown is rounded from the exact figures by the rule, and the same set of households is shown in the same
// way as area, cell, total and month.
func TestPublicFigures(t *testing.T) {
	seen := 0
	for seed := range uint64(12) {
		ix := index(t, denseProgramme(seed))
		rng := rand.New(rand.NewPCG(seed, 3))
		counts := rules.ShownCounts(len(ix.config.Skills))
		for range 30 {
			q := publicQuery(rng, ix)
			viewer := public
			if rng.IntN(3) == 0 {
				viewer.Scope, q.Parent = []string{ix.For(public).BoundariesOn(0).Areas[0].Code}, ""
			}
			got := ask(t, ix, viewer, q)
			exact := ask(t, ix, Viewer{Scope: viewer.Scope, SmallCounts: true}, got.Query)
			check := func(row, of *Row) {
				for _, k := range counts {
					shown, n := *k.Of(&row.Count), *k.Of(&of.Count)
					switch hidden := row.Hidden&k.Bit != 0; {
					case hidden != (n < 10) || hidden && shown != 0:
						t.Fatalf("%+v: %d is shown as %d, hidden %t", got.Query, n, shown, hidden)
					case !hidden && (shown%5 != 0 || max(shown, n)-min(shown, n) > 4):
						t.Fatalf("%+v: %d is shown as %d", got.Query, n, shown)
					}
				}
				if row.Reached > row.Attempted && row.Hidden&rules.HiddenAttempted == 0 {
					t.Fatalf("%+v: %d reached of %d attempted", got.Query, row.Reached, row.Attempted)
				}
				if row.LastVisit != row.LastVisit.Month() || row.NewlyReached+row.ReachedSoFar > 0 {
					t.Fatalf("%+v: last visit %s, %d newly reached, %d so far", got.Query, row.LastVisit, row.NewlyReached,
						row.ReachedSoFar)
				}
			}
			check(&got.Total, &exact.Total)
			if q.By == ByMonth {
				for i := range got.Rows { // each is the window of its month
					month := got.Query
					month.From, month.To = got.Rows[i].Day, (got.Rows[i].Day+31).Month()-1
					if total := ask(t, ix, viewer, month).Total; total.Count != got.Rows[i].Count {
						t.Fatalf("%+v, month of %s: %+v, as a window %+v", got.Query, month.From, got.Rows[i].Count, total.Count)
					}
				}
				continue
			}
			for i := range got.Rows {
				check(&got.Rows[i], &exact.Rows[i])
				seen++
			}
			if q.By != ByArea || q.Within != 0 {
				continue
			}
			for i := range got.Rows {
				row := &got.Rows[i]
				if row.Area == boundary.NoArea {
					continue
				}
				below := got.Query
				below.By, below.Level, below.Parent = ByMonth, "", got.Boundaries.Areas[row.Area].Code
				if total := ask(t, ix, viewer, below).Total; total.Figures != row.Figures {
					t.Fatalf("%+v: %s is %+v, as a parent %+v", got.Query, below.Parent, row.Figures, total.Figures)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no row was looked at")
	}
}

// What is received after the release shows at the next one, and then all of it.
func TestReleasesAreFrozen(t *testing.T) {
	m := denseProgramme(3)
	moment := day("2025-09-15").Time() // a Monday
	late := make(map[string]bool)
	for i := range m.Visits {
		if m.Visits[i].Origin.ReceivedAt = moment.Unix() - 1; i%3 == 0 {
			m.Visits[i].Origin.ReceivedAt = moment.Unix()
			late[m.Visits[i].ID] = true
		}
	}
	before := &memory{Revised: m.Revised, Areas: m.Areas, Teams: m.Teams, Households: m.Households}
	for _, v := range m.Visits {
		if !late[v.ID] {
			before.Visits = append(before.Visits, v)
		}
	}
	now := moment.Add(time.Hour)
	clock := func() time.Time { return now }
	config := rules.DefaultConfig()
	config.Secret = data.NewSecret()
	build := func(m *memory) *Index {
		ix, err := BuildAt(t.Context(), m, config, clock)
		if err != nil {
			t.Fatal(err)
		}
		return ix
	}
	ix, old := build(m), build(before)
	same := func(a, b *Index, want bool) {
		t.Helper()
		q := Query{By: ByCell, Resolution: 8}
		x, y := ask(t, a, public, q), ask(t, b, public, q)
		equal := len(x.Rows) == len(y.Rows)
		for i := range x.Rows {
			equal = equal && x.Rows[i].Figures == y.Rows[i].Figures
		}
		if equal != want {
			t.Errorf("figures are the same: %t, want %t", equal, want)
		}
	}
	same(ix, old, true)
	if ix.Version() == old.Version() || ix.For(public).Version() != old.For(public).Version() {
		t.Error("versions are not those of what is seen")
	}
	state := NewState(old)
	if _, due := state.Release(); due {
		t.Error("a release is due at once")
	}
	histories := make(map[string][]data.Visit)
	for _, v := range m.Visits {
		histories[v.HouseholdID] = append(histories[v.HouseholdID], v)
	}
	state, _ = state.Join(data.Posted{Revision: 2, Histories: histories}, 1)
	same(state.Index(), old, true)
	now = day("2025-09-22").Time()
	next, due := state.Release()
	if !due || next.Index().For(public).Release().Day != day("2025-09-22") {
		t.Errorf("a week later: due %t, %+v", due, next.Index().For(public).Release())
	}
	same(next.Index(), build(m), true)
	same(next.Index(), old, false)
	if _, due := next.Release(); due {
		t.Error("the same release is due again")
	}
}

// indexAt builds an index whose clock shows a day.
func indexAt(t testing.TB, m *memory, on string) *Index {
	t.Helper()
	ix, err := BuildAt(t.Context(), m, rules.DefaultConfig(), func() time.Time { return day(on).Time() })
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// How many hamlets have a flag is what their rows show, to whoever requests: one more would disclose something of a
// hamlet whose counts are hidden.
func TestFlaggedHamletsAreThoseShown(t *testing.T) {
	hidden := 0
	for seed := range uint64(30) {
		m := randomProgramme(seed)
		ix := index(t, m)
		for _, viewer := range []Viewer{Operator, public} {
			q := Query{By: ByArea, Level: data.Hamlet}
			hamlets := ask(t, ix, viewer, q)
			b := hamlets.Boundaries
			for _, level := range []data.Level{data.Commune, data.Province} {
				want := make(map[int32]*[rules.NumFlags]uint32)
				all := new([rules.NumFlags]uint32)
				for i := range hamlets.Rows {
					row := &hamlets.Rows[i]
					if row.Area == boundary.NoArea {
						continue
					}
					if row.Hidden != 0 {
						hidden++
					}
					area := b.Ancestor(row.Area, level)
					if want[area] == nil {
						want[area] = new([rules.NumFlags]uint32)
					}
					row.Flags.Count(want[area])
					row.Flags.Count(all)
				}
				q.Level = level
				got := ask(t, ix, viewer, q)
				for i := range got.Rows {
					row := &got.Rows[i]
					if row.Area == boundary.NoArea {
						continue
					}
					if want[row.Area] == nil {
						want[row.Area] = new([rules.NumFlags]uint32)
					}
					if *row.HamletsFlagged != *want[row.Area] {
						t.Errorf("seed %d, %+v, %s %s: got %v, want %v", seed, viewer, level, b.Areas[row.Area].Code,
							*row.HamletsFlagged, *want[row.Area])
					}
				}
				if got.Total.HamletsFlagged != nil && *got.Total.HamletsFlagged != *all {
					t.Errorf("seed %d, %+v, total: got %v, want %v", seed, viewer, *got.Total.HamletsFlagged, *all)
				}
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing was kept back")
	}
}
