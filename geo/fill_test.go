package geo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	h3 "github.com/uber/h3-go/v4"
)

// h3Fill fills the area with the library's own centre containment, sorted.
func h3Fill(tb testing.TB, area orb.MultiPolygon, resolution int) []Cell {
	tb.Helper()
	var cells []Cell
	for _, polygon := range area {
		var p h3.GeoPolygon
		for i, ring := range polygon {
			loop := make(h3.GeoLoop, 0, len(ring)-1)
			for _, v := range ring[:len(ring)-1] {
				loop = append(loop, h3.LatLng{Lat: v[1], Lng: v[0]})
			}
			if i == 0 {
				p.GeoLoop = loop
			} else {
				p.Holes = append(p.Holes, loop)
			}
		}
		found, err := h3.PolygonToCells(p, resolution)
		if err != nil {
			tb.Fatal(err)
		}
		for _, c := range found {
			cells = append(cells, Cell(c))
		}
	}
	slices.Sort(cells)
	return slices.Compact(cells)
}

// cellsOf returns the cells of an area that has no neighbours.
func cellsOf(area orb.MultiPolygon, resolution int) ([]Cell, error) {
	return NewLocator([]orb.MultiPolygon{area}).Cells(0, resolution)
}

func TestFillEqualsH3OnDaNang(t *testing.T) {
	areas := daNang(t)
	l := NewLocator(areas)
	for _, resolution := range []int{5, 7, 8, 9} {
		if resolution == 9 && testing.Short() {
			continue
		}
		total, overlaps := 0, 0
		for i, area := range areas {
			want := h3Fill(t, area, resolution)
			alone, err := cellsOf(area, resolution)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, want) {
				explainDifference(t, area, resolution, alone, want)
			}
			// Among neighbours, what the library gives to two areas goes to the first.
			got, err := l.Cells(i, resolution)
			if err != nil {
				t.Fatal(err)
			}
			want = slices.DeleteFunc(alone, func(c Cell) bool {
				p, _ := c.Center()
				first := l.find(p) != i
				if first {
					overlaps++
				}
				return first
			})
			if !slices.Equal(got, want) {
				t.Errorf("area %d at resolution %d: %d cells, want %d", i, resolution, len(got), len(want))
			}
			total += len(got)
		}
		t.Logf("resolution %d: %d cells, %d in overlaps", resolution, total, overlaps)
	}
}

// explainDifference fails unless every cell in which two fills differ has its centre
// within 1e-9 degree of an edge, where the library's test in radians rounds.
func explainDifference(t *testing.T, area orb.MultiPolygon, resolution int, got, want []Cell) {
	t.Helper()
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("cells at resolution %d are out of order or come twice", resolution)
	}
	for _, c := range slices.Concat(got, want) {
		_, a := slices.BinarySearch(got, c)
		_, b := slices.BinarySearch(want, c)
		if a == b {
			continue
		}
		p, err := c.Center()
		if err != nil {
			t.Fatal(err)
		}
		nearest := math.Inf(1)
		for _, polygon := range area {
			for _, ring := range polygon {
				for k := range len(ring) - 1 {
					_, d := nearestOn(ring[k], ring[k+1], p, 1, 1)
					nearest = min(nearest, math.Sqrt(d))
				}
			}
		}
		if nearest > 1e-9 {
			t.Errorf("cell %s at resolution %d, %g degrees from the border: filled %v, by the library %v", c,
				resolution, nearest, a, b)
		}
	}
}

// TestFillEqualsH3 compares fills around pentagons, near poles and over edges of the
// icosahedron.
func TestFillEqualsH3(t *testing.T) {
	pentagons, err := h3.Pentagons(3)
	if err != nil {
		t.Fatal(err)
	}
	var places []orb.Point
	for _, c := range pentagons {
		p, err := Cell(c).Center()
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, p)
	}
	r := rand.New(rand.NewPCG(3, 3))
	for range 60 {
		places = append(places, orb.Point{-170 + 340*r.Float64(), math.Asin(2*r.Float64()-1) * 170 / math.Pi})
	}
	filled := 0
	for _, p := range places {
		if math.Abs(p[1]) > 85 || math.Abs(p[0]) > 170 {
			continue
		}
		radius := math.Exp(-4 + 5*r.Float64())
		area := orb.MultiPolygon{{blob(r, p, radius, 30, 0), blob(r, p, radius/4, 9, 0)}}
		for resolution := range 8 {
			if radius > 0.5 && resolution > 6 {
				continue
			}
			got, err := cellsOf(area, resolution)
			if err != nil {
				t.Fatal(err)
			}
			want := h3Fill(t, area, resolution)
			if !slices.Equal(got, want) {
				explainDifference(t, area, resolution, got, want)
			}
			filled += len(got)
		}
	}
	if filled < 10_000 {
		t.Errorf("only %d cells compared", filled)
	}
}

// TestCellsEqualsLocate compares every cell near overlapping areas with Locate.
func TestCellsEqualsLocate(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 5))
		areas := randomAreas(r, []float64{0, 0.125}[seed%2])
		l := NewLocator(areas)
		everything := orb.Bound{Min: orb.Point{105, 13}, Max: orb.Point{111, 19}}.ToPolygon()
		for _, resolution := range []int{4, 6} {
			want := make([][]Cell, len(areas))
			for _, c := range h3Fill(t, orb.MultiPolygon{everything}, resolution) {
				p, err := c.Center()
				if err != nil {
					t.Fatal(err)
				}
				if m := l.Locate(p); m.Area >= 0 && !m.Snapped {
					want[m.Area] = append(want[m.Area], c)
				}
			}
			for i := range areas {
				got, err := l.Cells(i, resolution)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want[i]) {
					t.Errorf("seed %d, area %d at resolution %d: %d cells, want %d", seed, i, resolution, len(got),
						len(want[i]))
				}
			}
		}
	}
}

func TestCellsAtTheAntimeridian(t *testing.T) {
	area := orb.MultiPolygon{
		{square(179.5, -17, 0.5)},
		{square(-180, -17, 0.5)},
	}
	for resolution := range 8 {
		got, err := cellsOf(area, resolution)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Concat(h3Fill(t, area[:1], resolution), h3Fill(t, area[1:], resolution))
		slices.Sort(want)
		if !slices.Equal(got, want) {
			explainDifference(t, area, resolution, got, want)
		}
	}
}

func TestCellsOfTheWholeWorld(t *testing.T) {
	world := orb.MultiPolygon{{{{-180, -90}, {180, -90}, {180, 90}, {-180, 90}, {-180, -90}}}}
	for resolution := range 5 {
		got, err := cellsOf(world, resolution)
		if err != nil {
			t.Fatal(err)
		}
		if want := h3.NumCells(resolution); len(got) != want {
			t.Errorf("resolution %d: %d cells, want %d", resolution, len(got), want)
		}
	}
}

func TestCellsBounds(t *testing.T) {
	l := NewLocator([]orb.MultiPolygon{{{square(108, 16, 1)}}, nil})
	for _, test := range []struct {
		area, resolution int
		want             string
	}{
		{0, -1, "resolution -1: out of range"},
		{0, 16, "resolution 16: out of range"},
		{2, 8, "area 2: out of range"},
		{-1, 8, "area -1: out of range"},
		{0, 15, "more than 16777216"},
	} {
		if _, err := l.Cells(test.area, test.resolution); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Cells(%d, %d) gives the error %v, want %q", test.area, test.resolution, err, test.want)
		}
	}
	if got, err := l.Cells(1, 8); len(got) > 0 || err != nil {
		t.Errorf("a nil area has cells %v, error %v", got, err)
	}
	if got, err := cellsOf(orb.MultiPolygon{{square(108, 16, 1e-5)}}, 15); err != nil ||
		len(got) != len(h3Fill(t, orb.MultiPolygon{{square(108, 16, 1e-5)}}, 15)) {
		t.Errorf("a square metre at resolution 15: %v, %v", got, err)
	}
}

// TestReach proves the bound that lets a cell be left or taken whole.
func TestReach(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	longest := 0.0
	for range 20_000 {
		c := baseCell(r.IntN(baseCells))
		if r.IntN(3) == 0 {
			c = baseCell([]int{4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117}[r.IntN(12)])
		}
		coarse := r.IntN(8)
		fine := coarse + 1 + r.IntN(7)
		descend := func(to int) {
			for c.Resolution() < to {
				digit := Cell(r.IntN(7))
				if digit == 1 && c.isPentagon() {
					continue
				}
				c = c.child(digit)
			}
		}
		descend(coarse)
		a, err := h3.CellToLatLng(h3.Cell(c))
		if err != nil {
			t.Fatal(err)
		}
		descend(fine)
		b, err := h3.CellToLatLng(h3.Cell(c))
		if err != nil {
			t.Fatal(err)
		}
		got, limit := h3.GreatCircleDistanceRads(a, b), reach(coarse, fine)
		if got > limit {
			t.Errorf("a cell of resolution %d lies %g from its ancestor of %d, want at most %g", fine, got, coarse,
				limit)
		}
		longest = max(longest, got/limit)
	}
	if longest < 0.5 {
		t.Errorf("the bound is loose: no cell came nearer to it than %.2f", longest)
	}
}

// fillAreas are real communes where they are available, else invented ones.
func fillAreas(b *testing.B) []orb.MultiPolygon {
	if areas, err := readDaNang(); err == nil {
		return areas
	}
	b.Log("the communes of Đà Nẵng are not at hand: filling invented areas")
	r := rand.New(rand.NewPCG(1, 1))
	var areas []orb.MultiPolygon
	for range 94 {
		center := orb.Point{107 + 1.5*r.Float64(), 15 + r.Float64()}
		areas = append(areas, orb.MultiPolygon{{blob(r, center, 0.06, 1800, 0)}})
	}
	return areas
}

// BenchmarkFill fills all areas with cells of resolution 9, the index given.
func BenchmarkFill(b *testing.B) {
	l := NewLocator(fillAreas(b))
	cells := 0
	for b.Loop() {
		cells = 0
		for i := range l.areas {
			found, err := l.Cells(i, 9)
			if err != nil {
				b.Fatal(err)
			}
			cells += len(found)
		}
	}
	b.ReportMetric(float64(cells), "cells")
}

// BenchmarkFillH3 does what BenchmarkFill does with the library's own fill.
func BenchmarkFillH3(b *testing.B) {
	areas := fillAreas(b)
	cells := 0
	for b.Loop() {
		cells = 0
		for _, area := range areas {
			cells += len(h3Fill(b, area, 9))
		}
	}
	b.ReportMetric(float64(cells), "cells")
}
