package coverage

import (
	"fmt"
	"math"
	"testing"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// public is a viewer who may see neither households nor small counts.
var public = Viewer{}

// attack is what somebody knows who has asked every question: of each statistic either the
// count or that it is hidden, and which of them add up to which.
type attack struct {
	known map[string]bound
	truth map[string]uint32
	sums  []sum
}

type bound struct{ low, high float64 }

type sum struct {
	whole string
	parts []string
}

// see notes one published count. A hidden one is at least least: 1, because zeros are
// shown, but where all of an answer is hidden, its zeros too.
func (a *attack) see(t *testing.T, name string, shown, truth uint32, hidden bool, least float64) {
	t.Helper()
	b := bound{float64(shown), float64(shown)}
	if hidden {
		b = bound{least, math.Inf(1)}
		if float64(truth) < least {
			t.Errorf("%s: a zero is hidden beside counts that are shown", name)
		}
	} else if shown != truth {
		t.Errorf("%s: shown as %d, is %d", name, shown, truth)
	}
	if !hidden && rules.Small(truth) {
		t.Errorf("%s: %d is shown", name, truth)
	}
	if old, ok := a.known[name]; ok && old != b {
		t.Errorf("%s: one answer says %v, another %v", name, old, b)
	}
	a.known[name], a.truth[name] = b, truth
}

// solve narrows all bounds by all sums until nothing moves, or for so long.
func (a *attack) solve() {
	for range 200 {
		moved := false
		narrow := func(name string, low, high float64) {
			b := a.known[name]
			n := bound{max(b.low, low), min(b.high, high)}
			if n != b {
				a.known[name], moved = n, true
			}
		}
		for _, s := range a.sums {
			low, high, open := 0.0, 0.0, 0
			for _, p := range s.parts {
				low += a.known[p].low
				if math.IsInf(a.known[p].high, 1) {
					open++
				} else {
					high += a.known[p].high
				}
			}
			if open > 0 {
				narrow(s.whole, low, math.Inf(1))
			} else {
				narrow(s.whole, low, high)
			}
			whole := a.known[s.whole]
			for _, p := range s.parts {
				b := a.known[p]
				othersHigh := math.Inf(1)
				if open == 0 {
					othersHigh = high - b.high
				} else if open == 1 && math.IsInf(b.high, 1) {
					othersHigh = high
				}
				narrow(p, whole.low-othersHigh, whole.high-(low-b.low))
				low += a.known[p].low - b.low
				if !math.IsInf(a.known[p].high, 1) {
					if math.IsInf(b.high, 1) {
						open--
						high += a.known[p].high
					} else {
						high += a.known[p].high - b.high
					}
				}
			}
		}
		if !moved {
			return
		}
	}
}

// scopeName names the whole of what a query looks at.
func scopeName(parent string) string {
	if parent == "" {
		return "everything"
	}
	return "area " + parent
}

// gather asks everything there is to ask in a window and notes one count of all answers.
func (a *attack) gather(t *testing.T, ix *Index, k rules.HouseholdCount, from, to data.Date) {
	tree := ix.For(Operator).BoundariesOn(to)
	parents := []string{""}
	for i := range tree.Areas {
		parents = append(parents, tree.Areas[i].Code)
	}
	pieces := make(map[string][]string) // of each cell of everything: those in the communes
	for _, parent := range parents {
		level := -1
		if parent != "" {
			level = tree.Areas[tree.Find(parent)].Level.Rank()
		}
		for _, l := range data.Levels {
			if l.Rank() > level {
				a.table(t, ix, k, Query{By: ByArea, Level: l, Parent: parent, From: from, To: to},
					func(row *Row, r *Result) string {
						if row.Area == boundary.NoArea {
							return fmt.Sprintf("no %s in %s", l, scopeName(parent))
						}
						return "area " + r.Boundaries.Areas[row.Area].Code
					})
			}
		}
		for resolution := MinResolution; resolution <= MaxResolution; resolution++ {
			within := make(map[geo.Cell][]string)
			name := func(c geo.Cell) string { return fmt.Sprintf("cell %s in %s", c, scopeName(parent)) }
			r := a.table(t, ix, k, Query{By: ByCell, Resolution: resolution, Parent: parent, From: from, To: to},
				func(row *Row, _ *Result) string { return name(row.Cell) })
			for i := range r.Rows {
				cell := r.Rows[i].Cell
				if resolution > MinResolution {
					within[cell.Parent(resolution-1)] = append(within[cell.Parent(resolution-1)], name(cell))
				}
				if level == data.Commune.Rank() {
					whole := fmt.Sprintf("cell %s in everything", cell)
					pieces[whole] = append(pieces[whole], name(cell))
				}
			}
			for cell, parts := range within {
				a.sums = append(a.sums, sum{name(cell), parts})
			}
		}
	}
	for whole, parts := range pieces {
		// What of the cell belongs to no commune is shown nowhere.
		rest := whole + ", of no commune"
		truth := a.truth[whole]
		for _, p := range parts {
			truth -= a.truth[p]
		}
		a.truth[rest] = truth
		if a.known[rest] = (bound{0, math.Inf(1)}); truth == 0 {
			a.known[rest] = bound{0, 0} // as the map of the communes may tell
		}
		a.sums = append(a.sums, sum{whole, append(parts, rest)})
	}
}

// table notes the rows of one answer and that they add up to its total.
func (a *attack) table(t *testing.T, ix *Index, k rules.HouseholdCount, q Query,
	name func(*Row, *Result) string) *Result {
	t.Helper()
	r, all := ask(t, ix, public, q), ask(t, ix, Operator, q)
	if len(r.Rows) != len(all.Rows) {
		t.Fatalf("%+v: got %d rows, want %d", q, len(r.Rows), len(all.Rows))
	}
	whole := scopeName(q.Parent)
	a.see(t, whole, *k.Of(&r.Total.Count), *k.Of(&all.Total.Count), r.Total.Hidden&k.Bit != 0, 1)
	least := 0.0
	for i := range r.Rows {
		if r.Rows[i].Hidden&k.Bit == 0 {
			least = 1
		}
	}
	if q.By == ByArea {
		least = 1
	} else if a := r.Boundaries.Find(q.Parent); a == boundary.NoArea || r.Boundaries.Areas[a].Level != data.Commune {
		least = 0 // a cell is the sum of its pieces in the communes, which bound it
	}
	var parts []string
	for i := range r.Rows {
		row := &r.Rows[i]
		part := name(row, r)
		a.see(t, part, *k.Of(&row.Count), *k.Of(&all.Rows[i].Count), row.Hidden&k.Bit != 0, least)
		parts = append(parts, part)
	}
	a.sums = append(a.sums, sum{whole, parts})
	return r
}

// Whoever puts all answers side by side and subtracts learns no count of 1 to 9.
func TestSmallCountsCannotBeSubtracted(t *testing.T) {
	programmes := uint64(3)
	if testing.Short() {
		programmes = 3
	}
	hidden, shown := 0, 0
	for seed := range programmes {
		ix := index(t, denseProgramme(seed))
		for _, k := range rules.HouseholdCounts(1) {
			a := &attack{known: make(map[string]bound), truth: make(map[string]uint32)}
			a.gather(t, ix, k, merger, programmeEnd)
			for name := range a.known {
				if b := a.known[name]; b.low == b.high {
					shown++
				} else {
					hidden++
				}
			}
			secret := make(map[string]bool)
			for name, b := range a.known {
				secret[name] = b.low != b.high && rules.Small(a.truth[name])
			}
			a.solve()
			for name, b := range a.known {
				if secret[name] && b.low == b.high {
					t.Errorf("seed %d, count %b: %s is told to be %v", seed, k.Bit, name, b.low)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d counts shown, %d hidden", shown, hidden)
}

// How many hamlets have a flag is what their rows tell, for whoever asks: one more would
// tell of a hamlet whose counts are suppressed.
func TestFlaggedHamletsAreThoseTold(t *testing.T) {
	hidden := 0
	for seed := range uint64(30) {
		m := randomProgramme(seed)
		ix := index(t, m)
		for _, viewer := range []Viewer{Operator, public} {
			q := Query{By: ByArea, Level: data.Hamlet, From: programmeBegin, To: programmeBegin + 60}
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
