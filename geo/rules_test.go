package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

func TestLocateRules(t *testing.T) {
	areas := []orb.MultiPolygon{
		0:  {{square(0, 0, 1)}},
		1:  {{square(1, 0, 1)}},                                      // shares an edge with 0
		2:  {{square(0.5, 0.5, 1)}},                                  // overlaps 0 and 1
		3:  nil,                                                      // contains nothing
		4:  {{square(3, 3, 3), reversed(square(4, 4, 1))}},           // with a hole
		5:  {{square(4.25, 4.25, 0.5)}},                              // in that hole
		6:  {{square(10, 0, 1)}, {square(12, 0, 1)}},                 // two parts
		7:  {{square(0, 10, 1)}},                                     // a gap of 110 m below 8
		8:  {{square(0, 11.001, 1)}},                                 //
		9:  {{square(100, 50, 1e-6)}},                                // tiny and far
		10: {{square(20, 20, 1)}, {reversed(square(20.2, 20, 0.5))}}, // a part in a part: a hole by the even-odd rule
	}
	l := NewLocator(areas)
	for _, test := range []struct {
		name    string
		p       orb.Point
		area    int
		snapped bool
	}{
		{"inside", orb.Point{0.25, 0.25}, 0, false},
		{"corner", orb.Point{0, 0}, 0, false},
		{"edge", orb.Point{0, 0.3}, 0, false},
		{"top edge", orb.Point{0.3, 1}, 0, false},
		{"shared edge goes to the first", orb.Point{1, 0.25}, 0, false},
		{"shared corner", orb.Point{1, 0}, 0, false},
		{"overlap goes to the first", orb.Point{0.75, 0.75}, 0, false},
		{"overlap of the second", orb.Point{1.25, 0.75}, 1, false},
		{"only the third", orb.Point{0.75, 1.25}, 2, false},
		{"beside the hole", orb.Point{3.5, 4.5}, 4, false},
		{"in the hole", orb.Point{4.1, 4.1}, -1, false},
		{"on the hole's border", orb.Point{4, 4.5}, 4, false},
		{"island in the hole", orb.Point{4.5, 4.5}, 5, false},
		{"second part", orb.Point{12.5, 0.5}, 6, false},
		{"between parts", orb.Point{11.5, 0.5}, -1, false},
		{"gap, nearer to the south", orb.Point{0.5, 11.0004}, 7, true},
		{"gap, nearer to the north", orb.Point{0.5, 11.0006}, 8, true},
		{"far area", orb.Point{100.0000005, 50.0000005}, 9, false},
		{"west of all, near", orb.Point{-0.0005, 0.5}, 0, true},
		{"west of all, farther than 100 m", orb.Point{-0.001, 0.5}, -1, false},
		{"a part in a part", orb.Point{20.3, 20.1}, -1, false},
		{"nowhere", orb.Point{-170, -80}, -1, false},
		{"NaN", orb.Point{math.NaN(), 0.5}, -1, false},
		{"NaN latitude", orb.Point{0.5, math.NaN()}, -1, false},
		{"infinite", orb.Point{math.Inf(1), 0.5}, -1, false},
		{"infinite latitude", orb.Point{0.5, math.Inf(-1)}, -1, false},
		{"beyond the pole", orb.Point{0.5, 90}, -1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := l.Locate(test.p)
			if got.Area != test.area || got.Snapped != test.snapped {
				t.Errorf("Locate(%v) = %+v, want area %d, snapped %v", test.p, got, test.area, test.snapped)
			}
			if (got.Distance > 0) != test.snapped || got.Distance > SnapDistance {
				t.Errorf("distance %v", got.Distance)
			}
			checkLocate(t, l, areas, test.p)
		})
	}
}

func TestLocatorOfNothing(t *testing.T) {
	for _, areas := range [][]orb.MultiPolygon{nil, {}, {nil}, {nil, {}, {{}}, {{{}}}}, {{{{{1, 1}}}}}} {
		if got, want := NewLocator(areas).Locate(orb.Point{1, 2}), (Match{Area: -1}); got != want {
			t.Errorf("a locator of %v answers %+v, want %+v", areas, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	l := NewLocator([]orb.MultiPolygon{
		{{square(108, 16, 1), reversed(square(108.4, 16.4, 0.2))}},
		nil,
	})
	// Degrees on the ellipsoid, from the series of the radii of curvature in the tables of
	// the National Geospatial-Intelligence Agency: 1° of latitude at 16° is 110,660 m, of
	// longitude 107,036 m.
	for _, test := range []struct {
		name string
		p    orb.Point
		want float64
	}{
		{"inside", orb.Point{108.1, 16.1}, 0},
		{"on the border", orb.Point{108, 16.5}, 0},
		{"in the hole", orb.Point{108.5, 16.599}, 110.66},
		{"100 m north", orb.Point{108.5, 17 + 100/110666.0}, 100},
		{"west", orb.Point{107.99, 16}, 1070.36},
		{"south", orb.Point{108.5, 15.99}, 1106.6},
		{"1° south", orb.Point{108.5, 15}, 110657},
	} {
		got := l.Distance(test.p, 0)
		if math.Abs(got-test.want) > 3e-4*test.want {
			t.Errorf("%s: %v m, want %v m", test.name, got, test.want)
		}
	}
	if got := l.Distance(orb.Point{108, 16}, 1); !math.IsInf(got, 1) {
		t.Errorf("to a nil area: %v m, want +Inf", got)
	}
	if got := l.Distance(orb.Point{math.NaN(), 16}, 0); !math.IsNaN(got) {
		t.Errorf("from NaN: %v m, want NaN", got)
	}
}

func TestMetresPerDegree(t *testing.T) {
	// Snyder, "Map Projections: A Working Manual" (USGS 1395), and every table of WGS 84.
	for _, test := range []struct{ lat, lon, latitude float64 }{
		{0, 111319.491, 110574.276},
		{45, 78846.835, 111131.778},
		{90, 0, 111693.980},
	} {
		lon, lat := metresPerDegree(test.lat)
		if math.Abs(lon-test.lon) > 0.01 || math.Abs(lat-test.latitude) > 0.05 {
			t.Errorf("at %v°: %.3f and %.3f m, want %.3f and %.3f m", test.lat, lon, lat, test.lon, test.latitude)
		}
	}
}

// TestSide compares the rounding test with the exact one where they could differ.
func TestSide(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	zeros := 0
	for range 20_000 {
		scale := math.Pow(10, float64(r.IntN(5)-2))
		a := orb.Point{108 + r.Float64()*scale, 16 + r.Float64()*scale}
		b := orb.Point{108 + r.Float64()*scale, 16 + r.Float64()*scale}
		at := r.Float64()
		p := orb.Point{a[0] + at*(b[0]-a[0]), a[1] + at*(b[1]-a[1])}
		if r.IntN(3) == 0 {
			p = orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
		}
		want := sideExact(a, b, p)
		if want == 0 {
			zeros++
		}
		if got := side(a, b, p); got != want {
			t.Fatalf("side(%v, %v, %v) = %d, want %d", a, b, p, got, want)
		}
		if got := side(b, a, p); got != -want {
			t.Fatalf("side(%v, %v, %v) = %d, want %d", b, a, p, got, -want)
		}
	}
	if zeros == 0 || zeros == 20_000 {
		t.Errorf("%d of the points lie on the line: the test tells nothing", zeros)
	}
	tiny := math.SmallestNonzeroFloat64
	if got := side(orb.Point{0, 0}, orb.Point{tiny, tiny}, orb.Point{0, tiny}); got != 1 {
		t.Errorf("where products vanish: %d, want 1", got)
	}
}

// FuzzLocate puts two areas on a lattice of eight by eight, where borders meet, overlap and
// fall together, and checks every point of a lattice twice as fine.
func FuzzLocate(f *testing.F) {
	f.Add([]byte("\x00\x40\x44\x04"), []byte("\x22\x62\x66\x26"), uint8(0))
	f.Add([]byte("\x00\x70\x77\x07\x11\x16\x66\x61"), []byte("\x00\x70\x77"), uint8(4))
	f.Add([]byte("\x00\x22\x20\x02"), []byte("\x11\x11\x11"), uint8(1))
	f.Add([]byte("0"), []byte("00"), uint8(0x8e)) // a point for an area, on the lines of the grid
	f.Fuzz(func(t *testing.T, first, second []byte, split uint8) {
		if len(first) > 60 || len(second) > 60 {
			return
		}
		areas := []orb.MultiPolygon{closed(latticePolygon(first, split)), closed(latticePolygon(second, split/2))}
		for i := range areas { // a ring of one or two points is none
			for k := range areas[i] {
				for m := range areas[i][k] {
					if len(areas[i][k][m]) < 3 {
						areas[i][k][m] = nil
					}
				}
			}
		}
		l := NewLocator(areas)
		for x := -0.5; x < 8; x += 0.5 {
			for y := -0.5; y < 8; y += 0.5 {
				checkLocate(t, l, areas, orb.Point{x, y})
			}
		}
	})
}
