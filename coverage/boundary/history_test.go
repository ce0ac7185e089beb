package boundary

import (
	"fmt"
	"slices"
	"testing"

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
	if h.On(data.MaxDate) != tree || h.Versions() != 2 || len(h.Trees()) != 2 {
		t.Error("one tree was made twice")
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
