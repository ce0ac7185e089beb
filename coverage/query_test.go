package coverage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// index builds an index of the programme.
func index(t testing.TB, m *memory) *Index {
	t.Helper()
	ix, err := Build(context.Background(), m, rules.DefaultConfig())
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return ix
}

// ask answers a query that must succeed.
func ask(t testing.TB, ix *Index, v Viewer, q Query) *Result {
	t.Helper()
	r, err := ix.For(v).Query(context.Background(), q)
	if err != nil {
		t.Fatalf("Query(%+v): %v", q, err)
	}
	return r
}

// keyOf spells out the key of a row.
func keyOf(r *Result, row *Row) string {
	switch r.Query.By {
	case ByArea:
		if row.Area == boundary.NoArea {
			return ""
		}
		return r.Boundaries.Areas[row.Area].Code
	case ByCell:
		return row.Cell.String()
	case ByTeam:
		return r.Teams[row.Team].ID
	}
	return row.Day.String()
}

// spelt turns the rows of a result into those of the reference.
func spelt(t testing.TB, r *Result) map[string]refRow {
	t.Helper()
	rows := make(map[string]refRow)
	for i := range r.Rows {
		row := &r.Rows[i]
		key := keyOf(r, row)
		if _, twice := rows[key]; twice {
			t.Errorf("%+v: two rows of key %q", r.Query, key)
		}
		rows[key] = spellRow(r.Config, row)
	}
	return rows
}

func spellRow(c *rules.Config, row *Row) refRow {
	out := refRow{Count: row.Count, ReachedByAny: row.ReachedByAny, ReachedElsewhere: row.ReachedElsewhere,
		NewlyReached: row.NewlyReached, ReachedSoFar: row.ReachedSoFar, Work: row.Work, Flags: c.Keys(row.Flags)}
	slices.Sort(out.Flags)
	if row.HamletsFlagged != nil {
		out.HamletsFlagged = make(map[string]uint32)
		for bit, n := range row.HamletsFlagged {
			if n > 0 {
				out.HamletsFlagged[c.Keys(1 << bit)[0]] = n
			}
		}
	}
	return out
}

// expected queries the reference.
func expected(ref *reference, q Query, codes []string) map[string]refRow {
	switch q.By {
	case ByArea:
		return ref.byArea(q, codes)
	case ByCell:
		return ref.byCell(q, codes)
	case ByTeam:
		return ref.byTeam(q, codes)
	}
	return ref.byPeriod(q, codes)
}

// randomQuery invents a query that is within bounds for the programme.
func randomQuery(rng *rand.Rand, b func(data.Date) *boundary.Tree) Query {
	someDay := func() data.Date { return programmeBegin - 5 + data.Date(rng.IntN(int(programmeEnd-programmeBegin)+10)) }
	q := Query{To: someDay()}
	if rng.IntN(3) > 0 {
		q.From = min(someDay(), q.To)
	}
	if rng.IntN(3) == 0 {
		q.Boundaries = someDay()
	}
	on := q.Boundaries
	if on == data.NoDate {
		on = q.To
	}
	tree := b(on)
	if rng.IntN(2) == 0 && len(tree.Areas) > 0 {
		q.Parent = tree.Areas[rng.IntN(len(tree.Areas))].Code
	}
	q.By = []By{ByArea, ByArea, ByArea, ByCell, ByCell, ByTeam, ByTeam, ByMonth, ByWeek, ByDay}[rng.IntN(10)]
	switch q.By {
	case ByArea:
		q.Level = data.Levels[rng.IntN(4)]
		if a := tree.Find(q.Parent); a != boundary.NoArea && q.Level.Rank() <= tree.Areas[a].Level.Rank() {
			q.Parent = ""
		}
	case ByCell:
		q.Resolution = MinResolution + rng.IntN(MaxResolution-MinResolution+1)
	}
	return q
}

// compare fails where the engine's answer differs from the reference.
func compare(t testing.TB, m *memory, ix *Index, v Viewer, q Query) {
	t.Helper()
	on := q.Boundaries
	if on == data.NoDate {
		on = q.To
	}
	ref := newReference(m, ix.Config(), on)
	codes := v.Scope
	if q.Parent != "" {
		codes = []string{q.Parent}
	}
	got := ask(t, ix, v, q)
	ref.viewer = v.Scope
	want := expected(ref, q, codes)
	rows := spelt(t, got)
	for key, w := range want {
		g, ok := rows[key]
		if !ok {
			t.Errorf("%+v: no row of key %q, want %+v", q, key, w)
			continue
		}
		if key == "" {
			g.HamletsFlagged = nil
		}
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%+v, key %q:\n got %+v\nwant %+v", q, key, g, w)
		}
	}
	for key := range maps.Keys(rows) {
		if _, ok := want[key]; !ok {
			t.Errorf("%+v: row of key %q, want none", q, key)
		}
	}
	if total := ref.count(ref.scope(codes), q); got.Total.Count != total {
		t.Errorf("%+v: total\n got %+v\nwant %+v", q, got.Total.Count, total)
	}
}

func TestQueryEqualsReference(t *testing.T) {
	programmes := 60
	if testing.Short() {
		programmes = 10
	}
	for seed := range uint64(programmes) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := randomProgramme(seed)
			ix := index(t, m)
			rng := rand.New(rand.NewPCG(seed, 2))
			for range 40 {
				compare(t, m, ix, Operator, randomQuery(rng, ix.For(Operator).BoundariesOn))
			}
		})
	}
}

// The rows within a cell are those of the whole that are there, for any viewer and
// whatever is suppressed.
func TestWithin(t *testing.T) {
	rows, hidden := 0, 0
	for seed := range uint64(12) {
		m := wideProgramme(seed, 3_000)
		config := rules.DefaultConfig()
		if seed%2 == 1 {
			config.Provinces = map[string]rules.Thresholds{}
			for i := range m.Areas {
				if m.Areas[i].Level == data.Province {
					th := config.Thresholds
					th.LowCoverage, th.MinAssessed = 0.1, 2
					config.Provinces[m.Areas[i].Code] = th
					break
				}
			}
		}
		ix, err := Build(t.Context(), m, config)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(seed, 17))
		for range 30 {
			q := randomQuery(rng, ix.For(Operator).BoundariesOn)
			q.By, q.Level = ByCell, ""
			q.Resolution = MinFine + rng.IntN(MaxResolution-MinFine+1)
			viewer := Operator
			if rng.IntN(2) == 0 {
				viewer, q = public, publicQuery(rng, ix)
				q.By, q.Level, q.Resolution = ByCell, "", MinFine
			}
			whole := ask(t, ix, viewer, q)
			home := ix.columns.Households.Cells[rng.IntN(ix.columns.Households.Len())]
			q.Within = home.Parent(MinResolution + rng.IntN(q.Resolution-MinResolution))
			got := ask(t, ix, viewer, q)
			var want []Row
			for _, row := range whole.Rows {
				if row.Cell.Parent(q.Within.Resolution()) == q.Within {
					want = append(want, row)
				}
			}
			rows += len(want)
			if len(got.Rows) != len(want) {
				t.Fatalf("%+v for %+v: %d rows, want %d", q, viewer, len(got.Rows), len(want))
			}
			for i := range want {
				if want[i].Hidden != 0 {
					hidden++
				}
				if !reflect.DeepEqual(got.Rows[i], want[i]) {
					t.Fatalf("%+v for %+v: cell %s\n got %+v\nwant %+v", q, viewer, want[i].Cell, got.Rows[i], want[i])
				}
			}
		}
	}
	if rows == 0 || hidden == 0 || hidden == rows {
		t.Errorf("%d rows, %d of them with counts kept back: want some, and others", rows, hidden)
	}
	ix := index(t, randomProgramme(1))
	cell := ix.columns.Households.Cells[0]
	for _, q := range []Query{
		{By: ByCell, Resolution: 8, Within: cell.Parent(5)},
		{By: ByCell, Resolution: 9, Within: cell.Parent(9)},
	} {
		var bad *problem.ParameterError
		if _, err := ix.For(Operator).Query(t.Context(), q); !errors.As(err, &bad) || bad.Name != "within" {
			t.Errorf("%+v: got %v, want a ParameterError of within", q, err)
		}
	}
}

// Results of everywhere have all cells with a household, whatever the window; no other result
// reports that it is of everywhere.
func TestEverywhere(t *testing.T) {
	seen := map[bool]int{}
	for seed := range uint64(12) {
		ix := index(t, wideProgramme(seed, 2_000))
		rng := rand.New(rand.NewPCG(seed, 23))
		for range 20 {
			q := randomQuery(rng, ix.For(Operator).BoundariesOn)
			q.By, q.Level = ByCell, ""
			q.Resolution = MinResolution + rng.IntN(MaxResolution-MinResolution+1)
			viewer := Operator
			if rng.IntN(2) == 0 {
				viewer, q = public, publicQuery(rng, ix)
				q.By, q.Level, q.Resolution = ByCell, "", MinResolution+rng.IntN(MinFine-MinResolution+1)
			}
			if rng.IntN(4) == 0 {
				viewer.Scope = []string{ix.For(Operator).BoundariesOn(q.To).Areas[0].Code}
				q.Parent = ""
			}
			if rng.IntN(4) == 0 && q.Resolution >= MinFine {
				q.Within = ix.columns.Households.Cells[0].Parent(MinResolution)
			}
			got := ask(t, ix, viewer, q)
			want := q.Parent == "" && q.Within == 0 && len(viewer.Scope) == 0
			if got.Everywhere() != want {
				t.Fatalf("%+v for %+v: everywhere %v", q, viewer, !want)
			}
			seen[want]++
			if !want {
				continue
			}
			var cells []geo.Cell
			for _, c := range ix.columns.Households.Cells {
				cells = append(cells, c.Parent(q.Resolution))
			}
			if cells = slices.Compact(cells); len(cells) != len(got.Rows) {
				t.Fatalf("%+v: %d rows, want %d", q, len(got.Rows), len(cells))
			}
			for i, c := range cells {
				if got.Rows[i].Cell != c {
					t.Fatalf("%+v: row %d is of %s, want %s", q, i, got.Rows[i].Cell, c)
				}
			}
		}
	}
	if seen[true] < 20 || seen[false] < 20 {
		t.Errorf("%d results of everywhere, %d others", seen[true], seen[false])
	}
}

// A viewer's scope narrows every query as a parent does, and refuses parents beyond it.
func TestScope(t *testing.T) {
	for seed := range uint64(20) {
		m := randomProgramme(seed)
		ix := index(t, m)
		rng := rand.New(rand.NewPCG(seed, 3))
		for range 20 {
			q := randomQuery(rng, ix.For(Operator).BoundariesOn)
			on := q.Boundaries
			if on == data.NoDate {
				on = q.To
			}
			tree := ix.For(Operator).BoundariesOn(on)
			v := Operator
			v.Scope = []string{tree.Areas[rng.IntN(len(tree.Areas))].Code, tree.Areas[rng.IntN(len(tree.Areas))].Code}
			ref := newReference(m, ix.Config(), on)
			if q.Parent != "" && !ref.inside(ref.area(q.Parent), v.Scope) {
				if _, err := ix.For(v).Query(context.Background(), q); !errors.Is(err, ErrOutOfScope) {
					t.Errorf("scope %v, parent %s: got error %v, want ErrOutOfScope", v.Scope, q.Parent, err)
				}
				continue
			}
			compare(t, m, ix, v, q)
		}
	}
}

// The counts of households add up exactly, over cells of every resolution, hamlets,
// communes and provinces.
func TestSums(t *testing.T) {
	for seed := range uint64(30) {
		m := randomProgramme(seed)
		ix := index(t, m)
		for _, to := range []data.Date{programmeBegin + 20, merger, programmeEnd} {
			queries := []Query{}
			for _, level := range []data.Level{data.Province, data.Commune, data.Hamlet} {
				queries = append(queries, Query{By: ByArea, Level: level, From: to - 30, To: to})
			}
			for resolution := MinResolution; resolution <= MaxResolution; resolution++ {
				queries = append(queries, Query{By: ByCell, Resolution: resolution, From: to - 30, To: to})
			}
			want := ask(t, ix, Operator, queries[0]).Total.Count
			for _, q := range queries {
				r := ask(t, ix, Operator, q)
				var sum rules.Count
				for i := range r.Rows {
					sum.Add(&r.Rows[i].Count)
				}
				if sum != want || r.Total.Count != want {
					t.Errorf("seed %d, %+v: sum of rows %+v, total %+v, want %+v", seed, q, sum, r.Total.Count, want)
				}
			}
		}
	}
}

func TestQueryOutOfBounds(t *testing.T) {
	m := &memory{Areas: []data.Area{
		{Code: "48", Level: data.Province}, {Code: "20194", Level: data.Commune, Parent: "48"},
	}}
	ix := index(t, m)
	on := day("2026-03-01")
	for _, c := range []struct {
		name      string
		q         Query
		parameter string
		message   string
	}{
		{"nothing to group by", Query{To: on}, "by", `by: "" is not one of area, cell, team, day, week, month`},
		{"an unknown level", Query{By: ByArea, Level: "ward", To: on}, "level", `level: "ward" is not one of province, district, commune, hamlet`},
		{"a resolution of 16", Query{By: ByCell, Resolution: 16, To: on}, "resolution",
			"resolution: 16 is outside 3 to 11"},
		{"a resolution of 2", Query{By: ByCell, Resolution: 2, To: on}, "resolution",
			"resolution: 2 is outside 3 to 11"},
		{"a window that ends before it begins", Query{By: ByTeam, From: on + 1, To: on}, "to",
			"to: the window ends on 2026-03-01, before it begins on 2026-03-02"},
		{"an unknown parent", Query{By: ByTeam, Parent: "49", To: on}, "parent", `parent: no area has the code "49" on 2026-03-01`},
		{"a level not below the parent", Query{By: ByArea, Level: data.Commune, Parent: "20194", To: on}, "level",
			"level: commune is not below 20194, which is a commune"},
		{"a day past the last", Query{By: ByTeam, To: data.MaxDate + 1}, "to",
			fmt.Sprintf("to: %s is outside 1900-01-01 to %s", data.MaxDate+1, data.MaxDate)},
		{"too many days", Query{By: ByDay, From: 1, To: on}, "from",
			fmt.Sprintf("from: from 1900-01-01 to 2026-03-01 there are more than %d periods by day", maxPeriods)},
	} {
		_, err := ix.For(Operator).Query(context.Background(), c.q)
		var bad *problem.ParameterError
		if !errors.As(err, &bad) || bad.Name != c.parameter || err.Error() != c.message {
			t.Errorf("%s: got error %v, want %s", c.name, err, c.message)
		}
	}
}

// A query that nobody waits for any longer ends with its context.
func TestQueryCancelled(t *testing.T) {
	ix := index(t, randomProgramme(1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ix.For(Operator).Query(ctx, Query{By: ByDay, To: programmeEnd}); err != nil &&
		!errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context canceled", err)
	}
	if _, err := ix.For(Operator).Query(context.Background(), Query{By: ByDay, To: programmeEnd}); err != nil {
		t.Errorf("asking again: %v", err)
	}
}

// Concurrent equal queries get one and the same result.
func TestResultsAreShared(t *testing.T) {
	ix := index(t, denseProgramme(1))
	q := Query{By: ByTeam, To: programmeEnd}
	results := make([]*Result, 50)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i] = ask(t, ix, Operator, q) })
	}
	group.Wait()
	for _, r := range results {
		if r != results[0] {
			t.Fatal("the same question was computed twice")
		}
	}
	if q = (Query{By: ByArea, Level: data.Commune}); ask(t, ix, public, q) == ask(t, ix, Operator, q) {
		t.Error("the public got the operator's result")
	}
}
