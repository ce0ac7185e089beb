package coverage

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/geojson"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// testData is a file of the real boundaries.
func testData(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("TUNGNHA_TEST_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("the boundaries of Đà Nẵng are not at hand: %v", err)
	}
	return text
}

// lineage is a line of the table of which commune went into which on 1 July 2025.
type lineage struct{ code, name, district, province, newCode, extent string }

func readLineage(t *testing.T) []lineage {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(testData(t, "danang/lineage-2025-07-01.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []lineage
	for _, r := range rows[1:] {
		lines = append(lines, lineage{r[0], r[1], r[2], r[3], r[4], r[6]})
	}
	return lines
}

func readCommunes(t *testing.T) []data.Area {
	t.Helper()
	collection, err := geojson.UnmarshalFeatureCollection(testData(t, "danang/communes.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	var communes []data.Area
	for _, f := range collection.Features {
		shape, _, wrong, err := geo.Clean(t.Context(), f.Geometry)
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		a := data.Area{Code: f.Properties.MustString("code"), Name: f.Properties.MustString("name"),
			Kind:  f.Properties.MustString("kind"),
			Level: data.Commune, Parent: "48", ValidFrom: merger, DeclaredHouseholds: data.Unknown,
			Population: data.Unknown, Geometry: shape}
		communes = append(communes, a)
	}
	return communes
}

// pointsIn returns so many points that are in the commune and in no other, not even where
// two were digitised over each other, by longitude.
func pointsIn(rng *rand.Rand, communes []data.Area, locators []*geo.Locator, i, n int) []orb.Point {
	holds := func(j int, p orb.Point) bool {
		at := locators[j].Locate(p)
		return at.Area == 0 && !at.Snapped
	}
	b := communes[i].Geometry.Bound()
	var points []orb.Point
	for len(points) < n {
		p := orb.Point{b.Min[0] + rng.Float64()*(b.Max[0]-b.Min[0]), b.Min[1] + rng.Float64()*(b.Max[1]-b.Min[1])}
		alone := holds(i, p)
		for j := range communes {
			alone = alone && (j == i || !holds(j, p))
		}
		if alone {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, func(p, q orb.Point) int { return int(1e9 * (p[0] - q[0])) })
	return points
}

// beforeReform is Đà Nẵng as it is and as it was before 1 July 2025. The outlines of before
// are not to be had: each commune of today is cut along meridians into as many parts as it
// had predecessors. Its households are on either side of the cuts; every other one
// declares a hamlet of today.
func beforeReform(t *testing.T) (m *memory, lines []lineage) {
	lines = readLineage(t)
	communes := readCommunes(t)
	rng := rand.New(rand.NewPCG(48, 49))
	m = &memory{Areas: slices.Clone(communes)}
	unit := func(code, name string, level data.Level, parent string, from, to data.Date, shape orb.MultiPolygon) {
		m.Areas = append(m.Areas, data.Area{Code: code, Name: name, Level: level, Parent: parent, ValidFrom: from,
			ValidTo:            to,
			DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: shape})
	}
	unit("48", "Đà Nẵng", data.Province, "", merger, 0, nil)
	provinces, districts := map[string]string{}, map[string]string{}
	for _, l := range lines {
		if provinces[l.province] == "" {
			provinces[l.province] = fmt.Sprint(48 + len(provinces))
			unit(provinces[l.province], l.province, data.Province, "", 0, merger-1, nil)
		}
		if key := l.province + l.district; districts[key] == "" {
			districts[key] = fmt.Sprint(490 + len(districts))
			unit(districts[key], l.district, data.District, provinces[l.province], 0, merger-1, nil)
		}
	}
	old := make(map[string]*data.Area)
	var locators []*geo.Locator
	for i := range communes {
		locators = append(locators, geo.NewLocator([]orb.MultiPolygon{communes[i].Geometry}))
	}
	for i := range communes {
		code := communes[i].Code
		predecessors := slices.DeleteFunc(slices.Clone(lines), func(l lineage) bool { return l.newCode != code })
		if len(predecessors) == 0 {
			continue // a district without communes became one
		}
		points := pointsIn(rng, communes, locators, i, 10*len(predecessors))
		band := communes[i].Geometry.Bound()
		for n, l := range predecessors {
			cut := band
			if n > 0 {
				cut.Min[0] = (points[10*n-1][0] + points[10*n][0]) / 2
			}
			if n+1 < len(predecessors) {
				cut.Max[0] = (points[10*n+9][0] + points[10*n+10][0]) / 2
			}
			if old[l.code] == nil {
				old[l.code] = &data.Area{Code: l.code, Name: l.name, Level: data.Commune,
					Parent:  districts[l.province+l.district],
					ValidTo: merger - 1, DeclaredHouseholds: data.Unknown, Population: data.Unknown}
			}
			old[l.code].Geometry = append(old[l.code].Geometry, clip.MultiPolygon(cut, communes[i].Geometry.Clone())...)
		}
		unit(code+".1", "Thôn 1", data.Hamlet, code, 0, 0, nil)
		for n, p := range points {
			h := data.Household{ID: fmt.Sprintf("%s-%02d", code, n), Point: p}
			if n%2 == 0 {
				h.HamletCode = code + ".1"
			}
			m.Households = append(m.Households, h)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(old)) {
		m.Areas = append(m.Areas, *old[code])
	}
	return m, lines
}

func TestDaNangBeforeTheReform(t *testing.T) {
	m, lines := beforeReform(t)
	ix := index(t, m)
	total := uint32(len(m.Households))
	for _, c := range []struct {
		on    data.Date
		level data.Level
		rows  int
	}{
		{merger - 1, data.Commune, 280}, {merger - 1, data.District, 24}, {merger - 1, data.Province, 2},
		{merger, data.Commune, 94}, {merger, data.Province, 1}, {merger, data.Hamlet, 94},
	} {
		r := ask(t, ix, Operator, Query{By: ByArea, Level: c.level, To: merger + 100, Boundaries: c.on})
		var sum, none uint32
		for i := range r.Rows {
			sum += r.Rows[i].Households
			if r.Rows[i].Area == boundary.NoArea {
				none = r.Rows[i].Households
			}
		}
		if sum != total || len(r.Rows) != c.rows || none != 0 && c.level != data.Hamlet {
			t.Errorf("%s of %s: %d rows with %d households, %d of them in none; want %d with %d", c.level, c.on,
				len(r.Rows), sum, none, c.rows, total)
		}
	}
	// A district is a scope like any other.
	tree := ix.For(Operator).BoundariesOn(merger - 1)
	var inDistricts uint32
	for i := range tree.Areas {
		if tree.Areas[i].Level == data.District {
			r := ask(t, ix, Operator, Query{By: ByArea, Level: data.Commune, Parent: tree.Areas[i].Code, To: merger +
				100, Boundaries: merger - 1})
			inDistricts += r.Total.Households
		}
	}
	if inDistricts != total {
		t.Errorf("districts as parents hold %d households, want %d", inDistricts, total)
	}

	c, err := ix.For(Operator).Compare(t.Context(), merger-1, merger, data.Commune, merger+100)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[[2]string]bool)
	predecessors := make(map[string]int)
	extent := make(map[string]string)
	for _, l := range lines {
		want[[2]string{l.code, l.newCode}] = true
		predecessors[l.newCode]++
		extent[l.code] = l.extent
	}
	types := make(map[boundary.ChangeType]int)
	for _, ch := range c.Old {
		code := codeOf(c.A, ch.Area)
		types[ch.Type]++
		var kept uint32
		for _, p := range ch.Parts {
			pair := [2]string{code, codeOf(c.B, p.Area)}
			if !p.Sliver && !want[pair] {
				t.Errorf("%s has %d households and %.4f of its surface in %s, where nothing of it went", code,
					p.Households, p.Share, pair[1])
			}
			if !p.Sliver {
				kept += p.Households
				delete(want, pair)
			}
		}
		if kept != ch.Households {
			t.Errorf("%s: %d of its %d households are told", code, kept, ch.Households)
		}
		expect := []boundary.ChangeType{boundary.Merged}
		switch {
		case extent[code] == "part":
			expect = []boundary.ChangeType{boundary.Split}
		case predecessors[codeOf(c.B, ch.Parts[0].Area)] == 1:
			expect = []boundary.ChangeType{boundary.Same, boundary.Renamed}
		}
		if !slices.Contains(expect, ch.Type) {
			t.Errorf("%s: %s, want %v", code, ch.Type, expect)
		}
	}
	for pair := range want {
		t.Errorf("that %s went into %s is not told", pair[0], pair[1])
	}
	for _, ch := range c.New {
		if code := codeOf(c.B, ch.Area); ch.Type != boundary.Merged && predecessors[code] > 1 ||
			ch.Type != boundary.New && predecessors[code] == 0 {
			t.Errorf("%s, of %d communes: %s", code, predecessors[code], ch.Type)
		}
	}
	t.Logf("%d households; old communes by fate: %v", c.Households, types)
}

// Outlines digitised again are distinguished from exchanged land.
func TestDaNangRedigitised(t *testing.T) {
	communes := readCommunes(t)
	m := &memory{Areas: []data.Area{{Code: "48", Level: data.Province, DeclaredHouseholds: data.Unknown}}}
	for _, a := range communes {
		anew := a
		anew.Geometry = a.Geometry.Clone()
		for _, polygon := range anew.Geometry {
			for _, ring := range polygon {
				for i := range ring[:len(ring)-1] {
					ring[i][0] += 2e-5 * float64(i%3-1) // up to 2 m
				}
				ring[len(ring)-1] = ring[0]
			}
		}
		a.ValidFrom, a.ValidTo = data.NoDate, merger-1
		m.Areas = append(m.Areas, a, anew)
	}
	c, err := index(t, m).For(Operator).Compare(t.Context(), merger-1, merger, data.Commune, merger)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range c.Old {
		if ch.Type != boundary.Redigitised {
			t.Errorf("%s: %s %+v, want redigitised", codeOf(c.A, ch.Area), ch.Type, ch.Parts)
		}
	}
}
