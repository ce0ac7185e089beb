package coverage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/coverage/quality"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// merged is two communes that became one on 2025-07-01, which took the code of the first.
func mergedCommunes() *memory {
	area := func(code, name string, level data.Level, parent string, from, to data.Date,
		shape orb.MultiPolygon) data.Area {
		return data.Area{Code: code, Name: name, Kind: "Xã", Level: level, Parent: parent, ValidFrom: from, ValidTo: to,
			DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: shape}
	}
	return &memory{
		Areas: []data.Area{
			area("48", "Đà Nẵng", data.Province, "", 0, 0, nil),
			area("490", "Hòa Vang", data.District, "48", 0, merger-1, nil),
			area("20293", "Hòa Bắc", data.Commune, "490", 0, merger-1, square(108, 16, 0.1)),
			area("20294", "Hòa Liên", data.Commune, "490", 0, merger-1, square(108.1, 16, 0.1)),
			area("20293", "Hải Vân", data.Commune, "48", merger, 0,
				append(square(108, 16, 0.1), square(108.1, 16, 0.1)...)),
			area("20293.1", "Thôn Phò Nam", data.Hamlet, "20293", 1, 0, nil), // kept its code and that of its commune
			area("20294.1", "Thôn Vân Dương", data.Hamlet, "20294", 0, merger-1, nil),
		},
		Teams: []data.Team{{ID: "T", CommuneCode: "20293", Members: 7}},
		Households: []data.Household{
			{ID: "A", Point: orb.Point{108.15, 16.05}, HamletCode: "20293.1"}, // its point is in the other commune
			{ID: "B", Point: orb.Point{108.15, 16.05}, HamletCode: "20294.1"},
			{ID: "C", Point: orb.Point{108.05, 16.05}},
			{ID: "D", Point: orb.Point{109.05, 16.05}},
		},
	}
}

func TestBoundaryVersions(t *testing.T) {
	ix := index(t, mergedCommunes())
	for _, c := range []struct {
		name  string
		on    data.Date
		level data.Level
		want  string
	}{
		{"communes before the merger", merger - 1, data.Commune, "[20293:2 20294:1 :1]"},
		{"hamlets before the merger", merger - 1, data.Hamlet, "[20293.1:1 20294.1:1 :2]"},
		{"districts before the merger", merger - 1, data.District, "[490:3 :1]"},
		{"communes since", merger, data.Commune, "[20293:3 :1]"},
		{"hamlets since", merger, data.Hamlet, "[20293.1:1 :3]"},
		{"provinces since", merger, data.Province, "[48:3 :1]"},
	} {
		r := ask(t, ix, Operator, Query{By: ByArea, Level: c.level, To: merger + 10, Boundaries: c.on})
		var got []string
		for i := range r.Rows {
			got = append(got, fmt.Sprintf("%s:%d", keyOf(r, &r.Rows[i]), r.Rows[i].Households))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
	old, now := ix.For(Operator).BoundariesOn(merger-1), ix.For(Operator).BoundariesOn(merger)
	if old.From != 1 || old.To != merger-1 || now.From != merger || now.To != data.NoDate {
		t.Errorf("trees of %s to %s and %s to %s", old.From, old.To, now.From, now.To)
	}
	if ix.For(Operator).BoundariesOn(1) != old || ix.For(Operator).BoundariesOn(data.MaxDate) != now {
		t.Error("one tree was made twice")
	}
	if got := old.Children(old.Find("490")); len(got) != 2 || old.Areas[got[0]].Code != "20293" ||
		old.Areas[got[1]].Code != "20294" {
		t.Errorf("children of 490: got %v", got)
	}
	if now.Find("490") != boundary.NoArea || now.Children(boundary.NoArea) != nil ||
		now.Parent(now.Find("48")) != boundary.NoArea {
		t.Error("an area that is not there was found")
	}
}

// A registry in which areas are each other's parents neither hangs nor loses anybody.
func TestParentsInACircle(t *testing.T) {
	m := &memory{
		Areas: []data.Area{
			{Code: "1", Level: data.Commune, Parent: "2"}, {Code: "2", Level: data.Commune, Parent: "1"},
			{Code: "3", Level: data.Hamlet, Parent: "3"}, {Code: "4", Level: data.Hamlet, Parent: "9"},
		},
		Households: []data.Household{{ID: "A", HamletCode: "3"}, {ID: "B", HamletCode: "4"}},
	}
	r := ask(t, index(t, m), Operator, Query{By: ByArea, Level: data.Commune, To: merger})
	if len(r.Rows) != 3 || r.Rows[2].Area != boundary.NoArea || r.Rows[2].Households != 2 {
		t.Errorf("got %+v, want both households in the bucket of no commune", r.Rows)
	}
}

// TestAreasBelowNone: whoever sees an area sees that it is below none: its parent is unknown, of its own level, itself
// or left out. A register that begins with communes lacks no provinces.
func TestAreasBelowNone(t *testing.T) {
	found := func(v Viewer, areas ...data.Area) []quality.Example {
		t.Helper()
		findings, err := index(t, &memory{Areas: areas}).For(v).Quality(t.Context(), merger)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.Issue == quality.NoParent {
				if f.Count != len(f.First) {
					t.Errorf("%d areas, and %v", f.Count, f.First)
				}
				return f.First
			}
		}
		return nil
	}
	wrong := []data.Area{
		{Code: "1", Level: data.Commune, Parent: "2"}, {Code: "2", Level: data.Commune, Parent: "1"},
		{Code: "3", Level: data.Hamlet, Parent: "3"}, {Code: "4", Level: data.Hamlet, Parent: "9"},
		{Code: "5", Level: data.Hamlet}, {Code: "6", Level: data.Hamlet, Parent: "1"},
	}
	all := []quality.Example{{ID: "1", Area: "2"}, {ID: "2", Area: "1"}, {ID: "3", Area: "3"}, {ID: "4", Area: "9"},
		{ID: "5"}}
	for _, v := range []Viewer{Operator, public} {
		if got := found(v, wrong...); !slices.Equal(got, all) {
			t.Errorf("%+v: got %v, want %v", v, got, all)
		}
	}
	scoped := Viewer{Scope: []string{"1", "4"}, Households: true, SmallCounts: true}
	if got := found(scoped, wrong...); !slices.Equal(got, []quality.Example{all[0], all[3]}) {
		t.Errorf("in a scope: got %v", got)
	}
	for name, areas := range map[string][]data.Area{
		"a programme": mergedCommunes().Areas,
		"communes alone": {{Code: "1", Level: data.Commune}, {Code: "2", Level: data.Commune},
			{Code: "3", Level: data.Hamlet, Parent: "1"}},
		"hamlets alone": {{Code: "1", Level: data.Hamlet}},
	} {
		if got := found(Operator, areas...); got != nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestNothingThere(t *testing.T) {
	ix := index(t, &memory{})
	for _, q := range []Query{
		{By: ByArea, Level: data.Commune}, {By: ByCell, Resolution: 8}, {By: ByTeam}, {By: ByDay}, {By: ByWeek},
		{By: ByMonth},
	} {
		for _, v := range []Viewer{Operator, public} {
			if !v.SmallCounts && (q.By == ByTeam || q.By == ByDay || q.By == ByWeek) {
				continue
			}
			if r := ask(t, ix, v, q); len(r.Rows) != 0 || r.Total.Count != (rules.Count{}) {
				t.Errorf("%s: got %d rows and a total of %+v", q.By, len(r.Rows), r.Total.Count)
			}
		}
	}
	if first, last := ix.For(Operator).Span(); first != data.NoDate || last != data.NoDate ||
		!ix.For(Operator).Bound().IsEmpty() {
		t.Errorf("span %s to %s, bound %v", first, last, ix.For(Operator).Bound())
	}
	if cells := ix.For(Operator).Footprint("20293.1", 9); cells != nil {
		t.Errorf("footprint %v", cells)
	}
}

// The public box contains every household and reveals the place of none.
func TestBoundPointsAtNoHouse(t *testing.T) {
	ix := index(t, &memory{Households: []data.Household{
		{ID: "west", Point: orb.Point{-0.1234567, 16.0654321}},
		{ID: "east", Point: orb.Point{108.2345678, -15.9876543}},
	}})
	want := orb.Bound{Min: orb.Point{-0.13, -15.99}, Max: orb.Point{108.24, 16.07}}
	if got := ix.For(Operator).Bound(); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

var everywhere = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

func TestPoints(t *testing.T) {
	m := mergedCommunes()
	m.Households = append(m.Households, data.Household{ID: "GONE", Point: orb.Point{108.05, 16.05}, RemovedOn: merger})
	m.Visits = []data.Visit{
		{ID: "1", HouseholdID: "A", TeamID: "T", At: at(merger, 0), Outcome: data.Completed},
		{ID: "2", HouseholdID: "B", TeamID: "T", At: at(merger, 0), Outcome: data.Moved},
	}
	ix := index(t, m)
	points := func(v Viewer, parent string, bound orb.Bound) map[string]Point {
		found := make(map[string]Point)
		err := ix.For(v).Points(context.Background(), Query{Parent: parent, To: merger + 5}, bound,
			func(p *Point) error {
				found[p.ID] = *p
				return nil
			})
		if err != nil {
			t.Fatalf("Points: %v", err)
		}
		return found
	}
	all := points(Operator, "", everywhere)
	if len(all) != 4 {
		t.Fatalf("got %d points, want 4: %v", len(all), all)
	}
	a := all["A"]
	if a.State != rules.Eligible|rules.Attempted|rules.Contacted|rules.Reached || a.Visits != 1 ||
		a.LastVisit != merger || a.Hamlet != "20293.1" ||
		math.Abs(a.Location[0]-108.15) > 1e-7 || math.Abs(a.Location[1]-16.05) > 1e-7 {
		t.Errorf("A: got %+v", a)
	}
	if b := all["B"]; b.State != 0 || b.Visits != 1 {
		t.Errorf("B, who moved: got %+v", b)
	}
	if got := points(Operator, "20293", everywhere); len(got) != 3 {
		t.Errorf("within 20293: got %v, want A, B and C", got)
	}
	if got := points(Operator, "", orb.Bound{Min: orb.Point{108.05, 16.05},
		Max: orb.Point{108.1, 16.1}}); len(got) != 1 {
		t.Errorf("in a box with C on its corner: got %v", got)
	}
	stop := errors.New("enough")
	err := ix.For(Operator).Points(context.Background(), Query{To: merger}, everywhere,
		func(*Point) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got error %v, want that of yield", err)
	}
	err = ix.For(Viewer{SmallCounts: true}).Points(context.Background(), Query{To: merger}, everywhere,
		func(*Point) error { return nil })
	if !errors.Is(err, ErrNotAllowed) {
		t.Errorf("a viewer who may not see households: got error %v", err)
	}
}

func TestFootprint(t *testing.T) {
	m := denseProgramme(1)
	ix := index(t, m)
	for _, a := range ix.For(Operator).BoundariesOn(merger).Areas {
		for _, resolution := range []int{3, 9, 11} {
			var want []string
			for i := range m.Households {
				if m.Households[i].HamletCode == a.Code {
					want = append(want, cellAt(t, m.Households[i].Point).Parent(resolution).String())
				}
			}
			slices.Sort(want)
			want = slices.Compact(want)
			var got []string
			for _, c := range ix.For(Operator).Footprint(a.Code, resolution) {
				got = append(got, c.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s at %d: got %v, want %v", a.Code, resolution, got, want)
			}
		}
	}
	if ix.For(Operator).Footprint("", 9) != nil || ix.For(Operator).Footprint("20293.1", 12) != nil ||
		ix.For(Operator).Footprint("20293.1", -1) != nil {
		t.Error("got a footprint out of bounds")
	}
}

// What the index cannot represent is named, not left out.
func TestBuildRefuses(t *testing.T) {
	visit := data.Visit{ID: "V1", HouseholdID: "A", TeamID: "T", At: at(merger, 0), Outcome: data.Completed}
	for _, c := range []struct {
		name   string
		change func(*memory)
		want   string
	}{
		{"a visit to nobody", func(m *memory) { m.Visits[0].HouseholdID = "Z" }, `visit V1: household "Z" is not in the register`},
		{"a visit by nobody", func(m *memory) { m.Visits[0].TeamID = "Z" }, `visit V1: team "Z" is not in the register`},
		{"no outcome", func(m *memory) { m.Visits[0].Outcome = 0 }, "visit V1: Outcome(0) is no outcome"},
		{"a household twice", func(m *memory) { m.Households = append(m.Households, m.Households[0]) },
			"household A came twice"},
	} {
		m := mergedCommunes()
		m.Visits = []data.Visit{visit}
		c.change(m)
		_, err := Build(context.Background(), m, rules.DefaultConfig())
		if err == nil || err.Error() != c.want && err.Error() != "reading the store into the index: "+c.want {
			t.Errorf("%s: got error %v, want %s", c.name, err, c.want)
		}
	}
}
