// Package attack makes every query of the public, puts all answers side by side and concludes what it can: by
// sums of areas and cells, by windows within windows, by counts within counts, by how a place was rounded, by releases
// before and after a visit. It uses the rule of disclosure and not the secret.
package attack

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/sample"
	"tungnha/data/sqlite"
	"tungnha/geo"
)

var (
	public = coverage.Viewer{}
	exact  = coverage.Viewer{SmallCounts: true}
)

// today is in the week after the release of Monday 2026-06-29.
var today = time.Date(2026, 7, 1, 12, 0, 0, 0, data.Zone)

// programme is a sample in the invented province.
func programme(t testing.TB, households int) *sqlite.Store {
	t.Helper()
	dir := t.TempDir()
	_, err := sample.Write(t.Context(), dir, sample.Options{Areas: sample.Province(1), Households: households, Seed: 7,
		Today: data.DateOf(today)})
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	paths, err := filepath.Glob(filepath.Join(dir, "*.*s*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Import(t.Context(), store, paths, ingest.Options{Now: today}); err != nil {
		t.Fatal(err)
	}
	return store
}

// attacker notes all answers.
type attacker struct {
	t       *testing.T
	ix      *coverage.Index
	counts  []rules.ShownCount
	windows []release.Window
	system  system
	places  map[string]int
	truth   []int32
	summed  map[string]bool
}

func newAttacker(t *testing.T, ix *coverage.Index, windows []release.Window) *attacker {
	a := &attacker{t: t, ix: ix, counts: rules.ShownCounts(len(ix.Config().Skills)), windows: windows,
		places: make(map[string]int), summed: make(map[string]bool)}
	a.system.perPlace = len(a.windows) * len(a.counts)
	a.relateCounts()
	a.relateWindows()
	return a
}

// relateCounts notes which counts of a place cannot be more than which.
func (a *attacker) relateCounts() {
	const households, attempted, contacted, reached, revisitDue, visits = 0, 1, 2, 3, 4, 5
	for w := range a.windows {
		from := w * len(a.counts)
		most := func(whole int, parts ...int) {
			for i := range parts {
				parts[i] += from
			}
			a.system.within = append(a.system.within, within{whole: whole + from, parts: parts})
		}
		most(households, attempted)
		most(attempted, contacted)
		most(contacted, reached)
		most(attempted, reached, revisitDue)
		most(visits, attempted)
		for k := visits + 1; k < len(a.counts); k += 2 {
			most(households, k)
			most(k, k+1)
		}
	}
}

// relateWindows notes which windows are in which: visits of months add up to those of their quarter; where two
// windows end on one day, the shorter has no more of anything.
func (a *attacker) relateWindows() {
	const revisitDue, visits = 4, 5
	at := func(w, k int) int { return w*len(a.counts) + k }
	for w, whole := range a.windows {
		var months []int
		days := data.Date(0)
		for m, part := range a.windows {
			if m == w || part.From < whole.From || part.To > whole.To {
				continue
			}
			if part.To == whole.To && part.From > whole.From {
				for k := range a.counts {
					if k == revisitDue { // in a longer window they may have been reached
						continue
					}
					a.system.within = append(a.system.within, within{whole: at(w, k), parts: []int{at(m, k)}})
				}
			}
			if part.From.Month() == part.From && part.To == (part.From+31).Month()-1 {
				months = append(months, at(m, visits))
				days += part.To - part.From + 1
			}
		}
		if len(months) > 0 {
			a.system.within = append(a.system.within, within{whole: at(w, visits), parts: months,
				equal: days == whole.To-whole.From+1})
		}
	}
}

// place returns the number of a place.
func (a *attacker) place(name string) int {
	at, ok := a.places[name]
	if !ok {
		at = a.system.place()
		a.places[name] = at
		a.truth = append(a.truth, make([]int32, a.system.perPlace)...)
	}
	return at
}

// see notes a row as it is shown. However a place is requested, it is shown in the same way.
func (a *attacker) see(name string, w int, row, truth *coverage.Row) int {
	place := a.place(name)
	for k := range a.counts {
		c := &a.counts[k]
		at := place*a.system.perPlace + w*len(a.counts) + k
		shown, hidden := *c.Of(&row.Count), row.Hidden&c.Bit != 0
		want := int32(shown)
		if hidden {
			want = -1
		}
		if old := a.system.shown[at]; old != -2 && old != want {
			a.t.Fatalf("%s, window %s: one answer shows %d, another %d", name, a.windows[w].Key, old, want)
		}
		a.system.see(at, shown, hidden)
		a.truth[at] = int32(*c.Of(&truth.Count))
		if a.system.plain && !hidden {
			a.system.low[at], a.system.high[at], a.system.shown[at] = a.truth[at], a.truth[at], want
		}
	}
	return place
}

// add notes that a place is made of others.
func (a *attacker) add(whole string, parts []int) {
	if key := fmt.Sprint(whole, parts); !a.summed[key] {
		a.summed[key] = true
		a.system.sums = append(a.system.sums, sum{a.place(whole), parts})
	}
}

// ask makes a query in a window, and notes its rows and that they add up to its total.
func (a *attacker) ask(q coverage.Query, w int, whole string, name func(*coverage.Result, *coverage.Row) string) (
	*coverage.Result, []int) {
	a.t.Helper()
	q.From, q.To = a.windows[w].From, a.windows[w].To
	got, err := a.ix.For(public).Query(a.t.Context(), q)
	if err != nil {
		a.t.Fatal(err)
	}
	truth, err := a.ix.Released().For(exact).Query(a.t.Context(), got.Query)
	if err != nil {
		a.t.Fatal(err)
	}
	a.see(whole, w, &got.Total, &truth.Total)
	var parts []int
	for i := range got.Rows {
		parts = append(parts, a.see(name(got, &got.Rows[i]), w, &got.Rows[i], &truth.Rows[i]))
	}
	a.add(whole, parts)
	return got, parts
}

func areaName(code string) string {
	if code == "" {
		return "everything"
	}
	return "area " + code
}

// gather makes all queries.
func (a *attacker) gather() {
	view := a.ix.For(public)
	tree := view.BoundariesOn(data.NoDate)
	for w := range a.windows {
		pieces := make(map[geo.Cell][]int) // of each cell of everywhere: those in the communes
		parents := []string{""}
		for i := range tree.Areas {
			parents = append(parents, tree.Areas[i].Code)
		}
		for _, parent := range parents {
			rank, commune := -1, false
			if parent != "" {
				area := &tree.Areas[tree.Find(parent)]
				rank, commune = area.Level.Rank(), area.Level == data.Commune
			}
			for _, level := range data.Levels {
				if level.Rank() <= rank {
					continue
				}
				a.ask(coverage.Query{By: coverage.ByArea, Level: level, Parent: parent}, w, areaName(parent),
					func(r *coverage.Result, row *coverage.Row) string {
						if row.Area == boundary.NoArea {
							return fmt.Sprintf("no %s in %s", level, areaName(parent))
						}
						return areaName(r.Boundaries.Areas[row.Area].Code)
					})
			}
			if parent != "" && !commune {
				continue // of the one province, and of hamlets, whose cells are a handful
			}
			a.cells(w, parent, pieces)
		}
		for cell, parts := range pieces {
			whole := cellName(cell, "")
			rest := a.place(whole + ", in no commune")
			from, known := rest*a.system.perPlace+w*len(a.counts), true
			for k := range a.counts {
				a.truth[from+k] = a.truth[a.place(whole)*a.system.perPlace+w*len(a.counts)+k]
				for _, p := range parts {
					a.truth[from+k] -= a.truth[p*a.system.perPlace+w*len(a.counts)+k]
				}
				known = known && a.truth[from+k] == 0
			}
			if known { // as the map of the communes may show
				for k := range a.counts {
					a.system.narrow(from+k, 0, 0)
				}
			}
			a.add(whole, append(slices.Clone(parts), rest))
		}
	}
}

func cellName(c geo.Cell, parent string) string {
	return fmt.Sprintf("cell %s in %s", c, areaName(parent))
}

// cells queries the cells of all resolutions within a parent.
func (a *attacker) cells(w int, parent string, pieces map[geo.Cell][]int) {
	var below map[geo.Cell][]int
	for resolution := release.MaxResolution; resolution >= coverage.MinResolution; resolution-- {
		above := make(map[geo.Cell][]int)
		got, parts := a.ask(coverage.Query{By: coverage.ByCell, Resolution: resolution, Parent: parent}, w,
			areaName(parent), func(_ *coverage.Result, row *coverage.Row) string { return cellName(row.Cell, parent) })
		for i := range got.Rows {
			cell := got.Rows[i].Cell
			if below != nil {
				a.add(cellName(cell, parent), below[cell])
			}
			above[cell.Parent(resolution-1)] = append(above[cell.Parent(resolution-1)], parts[i])
			if parent != "" {
				pieces[cell] = append(pieces[cell], parts[i])
			}
		}
		below = above
	}
}

// released returns the index of a sample, and what it was made from.
func released(t *testing.T, households int, clock func() time.Time) (*coverage.Index, *sqlite.Store) {
	t.Helper()
	if testing.Short() {
		households = 3_000
	}
	store := programme(t, households)
	config := &rules.Config{Skills: store.Skills(), Thresholds: rules.DefaultConfig().Thresholds,
		Secret: store.Secret()}
	ix, err := coverage.BuildAt(t.Context(), store, config, clock)
	if err != nil {
		t.Fatal(err)
	}
	return ix, store
}

func clock() time.Time { return today }

// recent leaves of the windows those that begin in the last months.
func recent(windows []release.Window) []release.Window {
	return slices.DeleteFunc(slices.Clone(windows), func(w release.Window) bool {
		return w.From != data.NoDate && w.From < data.DateOf(today)-200
	})
}

// Nobody who puts all answers of a release side by side learns more than 0.5 % of what is hidden, and nothing of a
// single home.
func TestAnswersSideBySide(t *testing.T) {
	ix, _ := released(t, 20_000, clock)
	a := newAttacker(t, ix, recent(ix.For(public).Release().Windows))
	a.gather()
	rounds := a.system.solve()
	hidden, recovered, single := a.judge()
	t.Logf("%d places, %d windows, %d sums, %d rounds: %d counts hidden, %d recovered with certainty (%.3f %%), "+
		"%d of a single home", len(a.places), len(a.windows), len(a.system.sums), rounds, hidden, recovered,
		100*float64(recovered)/float64(hidden), single)
	if hidden == 0 || float64(recovered) > 0.005*float64(hidden) || single > 0 {
		t.Errorf("%d of %d hidden counts are recovered, %d of a single home", recovered, hidden, single)
	}
}

// Against a rule that only hides small counts the same attacker recovers many: it is not blind.
func TestAttackerIsNotBlind(t *testing.T) {
	ix, _ := released(t, 3_000, clock)
	a := newAttacker(t, ix, recent(ix.For(public).Release().Windows)[:4])
	a.system.plain = true // sees a rule that only hides counts below 10
	a.gather()
	a.system.solve()
	hidden, recovered, single := a.judge()
	t.Logf("%d counts hidden, %d recovered, %d of a single home", hidden, recovered, single)
	if recovered < hidden/20 || single == 0 {
		t.Errorf("the attacker recovers %d of %d counts that are only hidden, %d of a single home", recovered, hidden,
			single)
	}
}

// An attacker with each visit made between two releases, who subtracts one from the other, learns no more either.
func TestReleasesSubtracted(t *testing.T) {
	now := today
	ix, store := released(t, 20_000, func() time.Time { return now })
	histories := make(map[string][]data.Visit)
	var ids, teams []string
	_, err := store.Read(t.Context(), data.RecordHandler{
		Area:      func(*data.Area) error { return nil },
		Team:      func(team *data.Team) error { teams = append(teams, team.ID); return nil },
		Household: func(h *data.Household) error { ids = append(ids, h.ID); return nil },
		Visit: func(v *data.Visit) error {
			histories[v.HouseholdID] = append(histories[v.HouseholdID], *v)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 3))
	posted := data.Posted{Revision: ix.Revision() + 1, Histories: make(map[string][]data.Visit)}
	for i := range 200 {
		id := ids[random.IntN(len(ids))]
		posted.Histories[id] = append(slices.Clone(histories[id]), data.Visit{ID: fmt.Sprintf("new-%d", i),
			HouseholdID: id, TeamID: teams[0], At: now, Outcome: data.Completed, Assessed: 0x1f, Shown: 0x1f,
			Origin: data.Origin{ReceivedAt: now.Unix()}})
	}
	state, complete := coverage.NewState(ix).Join(posted, ix.Revision())
	if !complete {
		t.Fatal("the visits did not come in")
	}
	before := newAttacker(t, state.Index(), ix.For(public).Release().Windows[:1])
	before.gather()
	now = now.AddDate(0, 0, 7)
	next, due := state.Release()
	if !due {
		t.Fatal("no release is due a week later")
	}
	after := newAttacker(t, next.Index(), next.Index().For(public).Release().Windows[:1])
	after.gather()
	hidden, recovered, single := 0, 0, 0
	for name, place := range before.places {
		other, ok := after.places[name]
		if !ok {
			continue
		}
		for k := range before.system.perPlace {
			x, y := place*before.system.perPlace+k, other*after.system.perPlace+k
			if before.system.shown[x] != -1 {
				continue
			}
			hidden++
			grown := after.truth[y] - before.truth[x] // is known
			if max(before.system.low[x], after.system.low[y]-grown) ==
				min(before.system.high[x], after.system.high[y]-grown) {
				recovered++
				if before.truth[x] == 1 {
					single++
				}
			}
		}
	}
	t.Logf("200 visits between two releases: %d counts hidden, %d recovered with certainty (%.3f %%), %d of a single home",
		hidden, recovered, 100*float64(recovered)/float64(hidden), single)
	if hidden == 0 || float64(recovered) > 0.005*float64(hidden) || single > 0 {
		t.Errorf("%d of %d hidden counts are recovered, %d of a single home", recovered, hidden, single)
	}
}

// judge counts what was recovered.
func (a *attacker) judge() (hidden, recovered, single int) {
	for at, shown := range a.system.shown {
		low, high, truth := a.system.low[at], a.system.high[at], a.truth[at]
		if low > truth || high < truth {
			a.t.Fatalf("count %d is concluded to be %d to %d, is %d: the attacker is not sound", at, low, high, truth)
		}
		if shown != -1 {
			continue
		}
		hidden++
		if low == high {
			recovered++
			if truth == 1 {
				single++
			}
		}
	}
	return hidden, recovered, single
}
