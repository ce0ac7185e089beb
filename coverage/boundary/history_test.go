package boundary

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
)

// merger is 2025-07-01, the day of the reform.
var merger = data.Date(45839)

// Days of an area that are not registered are those of the area above.
func TestLifespans(t *testing.T) {
	unit := func(code string, level data.Level, parent string, from, to data.Date) data.Area {
		return data.Area{Code: code, Level: level, Parent: parent, ValidFrom: from, ValidTo: to}
	}
	areas := []data.Area{
		unit("48", data.Province, "", 0, 0),
		unit("490", data.District, "48", 0, merger-1),
		unit("20194", data.Commune, "490", 0, merger-1),
		unit("20194", data.Commune, "48", merger, 0), // a larger one of the same code
		unit("20195", data.Commune, "490", 0, 0),     // in a district that ended
		unit("a", data.Hamlet, "20194", 0, 0),
		unit("b", data.Hamlet, "20194", merger-500, 0),
		unit("c", data.Hamlet, "20194", 0, merger-1),
		unit("d", data.Hamlet, "20195", 0, 0),
		unit("e", data.Hamlet, "99999", 0, 0),
		unit("f", data.Hamlet, "20194", merger-9, merger-2),
	}
	spans := lifespans(areas)
	for i, want := range []lifespan{
		{0, 0}, {0, merger - 1}, {0, merger - 1}, {merger, 0}, {0, merger - 1},
		{merger, 0}, {merger - 500, 0}, {0, merger - 1}, {0, merger - 1}, {0, 0}, {merger - 9, merger - 2},
	} {
		if got := spans[i]; got != want {
			t.Errorf("%s: got %s to %s, want %s to %s", areas[i].Code, got.from, got.to, want.from, want.to)
		}
	}
}

// A register in which areas are each other's parents makes a tree without circles.
func TestParentsInACircle(t *testing.T) {
	tree := NewHistory([]data.Area{
		{Code: "1", Level: data.Commune, Parent: "2"}, {Code: "2", Level: data.Commune, Parent: "1"},
		{Code: "3", Level: data.Hamlet, Parent: "3"}, {Code: "4", Level: data.Hamlet, Parent: "9"},
		{Code: "5", Level: data.Hamlet, Parent: "1"},
	}).On(merger)
	for area, want := range []int32{NoArea, NoArea, NoArea, NoArea, 0} {
		if got := tree.Parent(int32(area)); got != want {
			t.Errorf("parent of %s: got %d, want %d", tree.Areas[area].Code, got, want)
		}
	}
	if got := tree.Ancestors(data.Commune); fmt.Sprint(got) != "[0 1 -1 -1 0 -1]" {
		t.Errorf("communes above: got %v", got)
	}
	if got := tree.Within([]int32{0}); fmt.Sprint(got) != "[true false false false true]" {
		t.Errorf("within 1: got %v", got)
	}
}

// Of two areas that have one code at once, against the rule, the one that began later counts.
func TestOneCodeTwice(t *testing.T) {
	h := NewHistory([]data.Area{
		{Code: "1", Name: "later", Level: data.Commune, ValidFrom: merger},
		{Code: "1", Name: "earlier", Level: data.Commune},
	})
	if got := h.On(merger - 1).Areas[0].Name; got != "earlier" {
		t.Errorf("before: got the %s one", got)
	}
	tree := h.On(merger)
	if len(tree.Areas) != 1 || tree.Areas[0].Name != "later" || tree.From != merger || tree.To != data.NoDate {
		t.Errorf("since: got %+v from %s to %s", tree.Areas, tree.From, tree.To)
	}
	if h.On(data.MaxDate) != tree || h.Versions() != 2 {
		t.Error("one tree was made twice")
	}
}

// trees lists the versions by their trees: the plain version of List.
func trees(h *History) (versions []Version) {
	for n := range h.Versions() {
		if n == 0 && len(h.begins) > 0 && h.begins[0] <= 1 {
			continue
		}
		if t := h.Tree(n); len(t.Areas) > 0 {
			versions = append(versions, Version{t.From, t.To, t.Counts()})
		}
	}
	return versions
}

// TestList compares the versions with their trees, on random registers in which codes come again, overlap and end
// before they begin.
func TestList(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 13))
	day := func() data.Date {
		if rng.IntN(3) == 0 {
			return data.NoDate
		}
		days := []data.Date{1, 2, merger - 1, merger, data.MaxDate - 1, data.MaxDate}
		return days[rng.IntN(len(days))] + data.Date(rng.IntN(2))
	}
	for range 2000 {
		areas := make([]data.Area, rng.IntN(20))
		for i := range areas {
			areas[i] = data.Area{Code: fmt.Sprint(rng.IntN(8)), Level: data.Levels[rng.IntN(4)],
				Parent: fmt.Sprint(rng.IntN(8)), ValidFrom: min(day(), data.MaxDate), ValidTo: min(day(), data.MaxDate)}
		}
		h := NewHistory(areas)
		got, err := h.List(t.Context())
		equal := func(a, b Version) bool { return a.From == b.From && a.To == b.To && maps.Equal(a.Areas, b.Areas) }
		if want := trees(h); err != nil || !slices.EqualFunc(got, want, equal) {
			t.Fatalf("%+v:\n got %v, %v\nwant %v", areas, got, err, want)
		}
	}
}

// TestManyVersions: a register in which areas begin on as many days as there are is listed without its trees, which
// would be a thousand million areas; whoever has gone is not waited for.
func TestManyVersions(t *testing.T) {
	areas := make([]data.Area, data.MaxDate)
	for i := range areas {
		areas[i] = data.Area{Code: fmt.Sprint(i), Level: data.Hamlet, ValidFrom: data.Date(i + 1)}
	}
	h := NewHistory(areas)
	versions, err := h.List(t.Context())
	if err != nil || len(versions) != len(areas) || versions[len(versions)-1].Areas[data.Hamlet] != len(areas) {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	for n := range h.trees {
		if h.trees[n].tree != nil {
			t.Fatalf("the tree of version %d was made", n)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := h.List(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("after the client left: %v", err)
	}
}

// TestCompareCancelled: comparing stops when nobody waits for it.
func TestCompareCancelled(t *testing.T) {
	shape := orb.MultiPolygon{{{{108, 16}, {109, 16}, {109, 17}, {108, 16}}}}
	h := NewHistory([]data.Area{{Code: "1", Level: data.Commune, ValidTo: merger - 1, Geometry: shape},
		{Code: "2", Level: data.Commune, ValidFrom: merger, Geometry: shape}})
	gone, leave := context.WithCancel(t.Context())
	leave()
	a, b := h.On(merger-1), h.On(merger)
	if _, err := Compare(gone, a, b, data.Commune, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("comparing: %v", err)
	}
	if _, err := MeasureOverlaps(gone, a, b, data.Commune); !errors.Is(err, context.Canceled) {
		t.Errorf("measuring: %v", err)
	}
}

// TestScopedVersions changes the areas of two communes on different days: who sees one learns the days of that one.
func TestScopedVersions(t *testing.T) {
	day := func(s string) data.Date {
		d, err := data.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	area := func(code string, level data.Level, parent, from, to string) data.Area {
		a := data.Area{Code: code, Level: level, Parent: parent}
		if from != "" {
			a.ValidFrom = day(from)
		}
		if to != "" {
			a.ValidTo = day(to)
		}
		return a
	}
	h := NewHistory([]data.Area{
		area("1", data.Province, "", "", ""), area("11", data.Commune, "1", "", ""), area("12", data.Commune, "1", "", ""),
		area("111", data.Hamlet, "11", "", ""), area("112", data.Hamlet, "11", "2025-07-01", ""),
		area("121", data.Hamlet, "12", "", "2024-12-31"), area("122", data.Hamlet, "12", "2026-02-01", ""),
	})
	var own []string
	for n, s := range h.Scoped([]string{"11"}) {
		if s.Tree.sameAreas(h.Tree(n)) {
			t.Errorf("version %d is whole", n)
		}
		own = append(own, s.Tree.From.String()+"/"+s.Tree.To.String())
	}
	want := []string{"/2025-06-30", "/2025-06-30", "2025-07-01/", "2025-07-01/"}
	if !slices.Equal(own, want) {
		t.Errorf("the versions of one commune are %v, want %v", own, want)
	}
}
