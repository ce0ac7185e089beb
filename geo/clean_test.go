package geo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// square is a closed counter-clockwise ring.
func square(x, y, side float64) orb.Ring {
	return orb.Ring{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}
}

func reversed(r orb.Ring) orb.Ring {
	r = slices.Clone(r)
	r.Reverse()
	return r
}

func TestClean(t *testing.T) {
	outer := square(0, 0, 4)
	hole := reversed(square(1, 1, 1))
	for _, test := range []struct {
		name    string
		in      orb.Geometry
		want    orb.MultiPolygon
		repairs []string
	}{
		{"in order", orb.Polygon{outer, hole}, orb.MultiPolygon{{outer, hole}}, nil},
		{"several parts", orb.MultiPolygon{{outer}, {square(9, 9, 1)}}, orb.MultiPolygon{{outer}, {square(9, 9, 1)}},
			nil},
		{"not closed", orb.Polygon{outer[:4]}, orb.MultiPolygon{{outer}}, []string{"ring 1: was not closed"}},
		{"wound the other way", orb.Polygon{reversed(outer), reversed(hole)}, orb.MultiPolygon{{outer, hole}},
			[]string{"ring 1: rewound", "ring 2: rewound"}},
		{"repeated points", orb.Polygon{{{0, 0}, {0, 0}, {4, 0}, {4, 4}, {4, 4}, {4, 4}, {0, 4}, {0, 0}, {0, 0}}},
			orb.MultiPolygon{{outer}}, []string{"ring 1: 4 repeated points dropped"}},
		{"spike", orb.Polygon{{{0, 0}, {4, 0}, {4, 4}, {9, 9}, {4, 4}, {0, 4}, {0, 0}}},
			orb.MultiPolygon{{outer}}, []string{"ring 1: 2 points of spikes without width dropped"}},
		{"collection", orb.Collection{orb.Polygon{outer}, orb.Collection{orb.MultiPolygon{{square(9, 9, 1)}}}},
			orb.MultiPolygon{{outer}, {square(9, 9, 1)}}, nil},
		{"the same part twice", orb.MultiPolygon{{outer}, {reversed(outer)}}, orb.MultiPolygon{{outer}},
			[]string{"ring 2: rewound", "ring 2 is the same as ring 1: dropped"}},
		{"a hole given as a part", orb.MultiPolygon{{outer}, {square(1, 1, 1)}}, orb.MultiPolygon{{outer, hole}},
			[]string{"ring 2, given as a part, lies inside ring 1: taken for its hole"}},
		{"a hole outside", orb.Polygon{outer, square(9, 9, 1)}, orb.MultiPolygon{{outer}, {square(9, 9, 1)}},
			[]string{"ring 2: rewound", "ring 2, given as a hole, lies in no polygon: taken for a part"}},
		{"an island in a hole", orb.MultiPolygon{{square(0, 0, 9), reversed(square(1, 1, 6))}, {square(2, 2, 1)}},
			orb.MultiPolygon{{square(0, 0, 9), reversed(square(1, 1, 6))}, {square(2, 2, 1)}}, nil},
		{"a hole that touches the border", orb.Polygon{outer, {{0, 2}, {1, 3}, {1, 1}, {0, 2}}},
			orb.MultiPolygon{{outer, {{0, 2}, {1, 3}, {1, 1}, {0, 2}}}}, nil},
		{"a ring that touches itself in a vertex",
			orb.Polygon{{{0, 0}, {2, 2}, {4, 0}, {4, 4}, {2, 2}, {0, 4}, {0, 0}}},
			orb.MultiPolygon{{{{0, 0}, {2, 2}, {4, 0}, {4, 4}, {2, 2}, {0, 4}, {0, 0}}}}, nil},
		{"part of two points", orb.MultiPolygon{{{{5, 5}, {6, 5}, {5, 5}}}, {square(0, 0, 4)}},
			orb.MultiPolygon{{square(0, 0, 4)}}, []string{"ring 1 encloses nothing: dropped"}},
		{"hole on a line", orb.Polygon{square(0, 0, 4), {{1, 1}, {2, 2}, {3, 3}, {1, 1}}},
			orb.MultiPolygon{{square(0, 0, 4)}}, []string{"ring 2 encloses nothing: dropped"}},
		{"part without points before a part given twice", orb.MultiPolygon{{square(0, 0, 4)}, {{}}, {square(0, 0, 4)}},
			orb.MultiPolygon{{square(0, 0, 4)}},
			[]string{"ring 2 encloses nothing: dropped", "ring 3 is the same as ring 1: dropped"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, repairs, err := cleanUp(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if !orb.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if got := sentences(repairs); !slices.Equal(got, test.repairs) {
				t.Errorf("repairs %q, want %q", got, test.repairs)
			}
			again, repairs, err := cleanUp(got)
			if err != nil || len(repairs) > 0 || !orb.Equal(again, got) {
				t.Errorf("cleaned again: %v, %q, %v", again, repairs, err)
			}
		})
	}
}

func sentences(problems []*problem.Problem) (all []string) {
	for _, p := range problems {
		all = append(all, p.Sentence(problem.English))
	}
	return all
}

func TestCleanRefuses(t *testing.T) {
	outer := square(0, 0, 4)
	for _, test := range []struct {
		name string
		in   orb.Geometry
		want string // part of the error
	}{
		{"nil", nil, "no geometry"},
		{"empty", orb.MultiPolygon{}, "no rings"},
		{"point", orb.Point{1, 2}, "a Point is not an area"},
		{"line", orb.LineString{{1, 2}, {3, 4}}, "a LineString is not an area"},
		{"collection with a point", orb.Collection{orb.Polygon{outer}, orb.Collection{orb.Point{1, 2}}},
			"member 2 of a GeometryCollection: member 1 of a GeometryCollection: a Point is not an area"},
		{"empty ring", orb.Polygon{{}}, "ring 1: has 0 distinct points"},
		{"two points", orb.Polygon{{{0, 0}, {1, 1}, {0, 0}}}, "ring 1: "},
		{"one point", orb.Polygon{{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}, "ring 1: has 1 distinct points"},
		{"on a line", orb.Polygon{{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {0, 0}}}, "on one line"},
		{"NaN", orb.Polygon{{{0, 0}, {math.NaN(), 0}, {1, 1}, {0, 0}}},
			"ring 1: point 2: lon NaN, lat 0: not a number"},
		{"infinite", orb.Polygon{{{0, 0}, {math.Inf(1), 0}, {1, 1}, {0, 0}}}, "not a number"},
		{"swapped", orb.Polygon{{{16, 108}, {17, 108}, {17, 109}, {16, 108}}}, "swapped"},
		{"VN-2000", orb.Polygon{{{540000, 1770000}, {541000, 1770000}, {541000, 1771000}, {540000, 1770000}}},
			"VN-2000"},
		{"bow tie", orb.Polygon{{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}},
			"ring 1: crosses itself at lon 1.0000000, lat 1.0000000"},
		{"lopsided bow tie", orb.Polygon{{{0, 0}, {3, 3}, {3, 0}, {0, 2}, {0, 0}}},
			"ring 1: crosses itself at lon 1.2000000, lat 1.2000000"},
		{"bow tie through a vertex", orb.Polygon{{{0, 0}, {1, 1}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}},
			"crosses itself at lon 1.0000000, lat 1.0000000"},
		{"bow tie through a common vertex", orb.Polygon{{{0, 0}, {1, 1}, {2, 2}, {2, 0}, {1, 1}, {0, 2}, {0, 0}}},
			"crosses itself at lon 1.0000000, lat 1.0000000"},
		{"hole across the border", orb.Polygon{outer, square(3, 1, 2)}, "rings 1 and 2: cross at lon 4.0000000"},
		{"parts that overlap", orb.MultiPolygon{{outer}, {square(3, 3, 3)}}, "rings 1 and 2: cross"},
		{"bow tie as a hole", orb.Polygon{outer, {{1, 1}, {2, 2}, {2, 1}, {1, 2}, {1, 1}}},
			"ring 2: crosses itself at lon 1.5000000, lat 1.5000000"},
		{"border of two points around a hole", orb.Polygon{{{0, 0}, {4, 4}, {0, 0}}, square(1, 1, 1)}, "ring 1: "},
		{"bow tie behind a part of two points", orb.MultiPolygon{{{{5, 5}, {6, 5}, {5, 5}}},
			{{{0, 0}, {3, 3}, {3, 0}, {0, 2}, {0, 0}}}}, "ring 2: crosses itself"},
		{"nothing but parts of two points", orb.MultiPolygon{{{{5, 5}, {6, 5}, {5, 5}}}, {{{1, 1}, {2, 1}, {1, 1}}}},
			"ring 1: "},
		{"hole like its border", orb.Polygon{outer, outer}, "nothing is left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := cleanUp(test.in)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestCleanLeavesItsInputAlone(t *testing.T) {
	in := orb.Polygon{{{0, 0}, {0, 4}, {0, 4}, {4, 4}, {4, 0}}}
	before := in.Clone()
	out, _, err := cleanUp(in)
	if err != nil {
		t.Fatal(err)
	}
	out[0][0][0] = orb.Point{9, 9}
	if !orb.Equal(in, before) {
		t.Errorf("Clean changed its input to %v", in)
	}
}

func TestCleanDaNang(t *testing.T) {
	for i, area := range daNang(t) {
		cleaned, repairs, err := cleanUp(area)
		if err != nil {
			t.Errorf("area %d: %v", i, err)
			continue
		}
		if len(repairs) > 0 {
			t.Logf("area %d: %q", i, repairs)
		}
		if len(cleaned) == 0 {
			t.Errorf("area %d: nothing left", i)
		}
	}
}

// FuzzClean makes rings on a small lattice, where everything that can coincide does. What
// Clean accepts must enclose what the rings enclosed by the even-odd rule, crossings must
// be found where a comparison of all pairs of edges finds them, and cleaning again must change
// nothing.
func FuzzClean(f *testing.F) {
	f.Add([]byte("\x00\x10\x11\x01"), uint8(0))
	f.Add([]byte("\x00\x22\x20\x02"), uint8(0))
	f.Add([]byte("\x00\x60\x66\x06\x22\x42\x44\x24"), uint8(4))
	f.Fuzz(func(t *testing.T, text []byte, split uint8) {
		if len(text) > 40 {
			return
		}
		polygon := latticePolygon(text, split)
		area, _, err := cleanUp(polygon)
		if err != nil {
			return
		}
		for i := range area {
			for k, ring := range area[i] {
				if want := 1 - 2*min(k, 1); winding(ring) != want {
					t.Errorf("ring %d of polygon %d winds %d, want %d: %v", k, i, winding(ring), want, ring)
				}
			}
		}
		if a, b, c := crossingByPairs(area); c {
			t.Errorf("%v: accepted, but edges %v and %v cross", polygon, a, b)
		}
		for x := 0.25; x < 8; x += 0.5 {
			for y := 0.3; y < 8; y += 0.5 {
				p := orb.Point{x, y}
				if got, want := bruteForceHolds(area, p), bruteForceHolds(closed(polygon), p); got != want &&
					!repeatsRing(polygon) {
					t.Fatalf("%v cleaned to %v: holds %v is %v, want %v", polygon, area, p, got, want)
				}
			}
		}
		again, repairs, err := cleanUp(area)
		if err != nil || len(repairs) > 0 || !orb.Equal(again, area) {
			t.Errorf("%v cleaned again: %v, %q, %v", area, again, repairs, err)
		}
	})
}

// latticePolygon reads one point a byte, x from the high and y from the low half, and
// begins a second ring at the split.
func latticePolygon(text []byte, split uint8) orb.Polygon {
	polygon := orb.Polygon{nil}
	for i, c := range text {
		if i > 0 && i == int(split) {
			polygon = append(polygon, nil)
		}
		last := len(polygon) - 1
		polygon[last] = append(polygon[last], orb.Point{float64(c >> 4 & 7), float64(c & 7)})
	}
	return polygon
}

func closed(polygon orb.Polygon) orb.MultiPolygon {
	polygon = polygon.Clone()
	for i, ring := range polygon {
		if len(ring) > 0 {
			polygon[i] = append(ring, ring[0])
		}
	}
	return orb.MultiPolygon{polygon}
}

func repeatsRing(polygon orb.Polygon) bool {
	return len(polygon) == 2 && polygon[0].Bound() == polygon[1].Bound()
}

func crossingByPairs(area orb.MultiPolygon) (e, f [2]orb.Point, found bool) {
	var edges [][2]orb.Point
	for _, polygon := range area {
		for _, ring := range polygon {
			for i := range len(ring) - 1 {
				edges = append(edges, [2]orb.Point{ring[i], ring[i+1]})
			}
		}
	}
	for i, e := range edges {
		for _, f := range edges[:i] {
			if sideExact(e[0], e[1], f[0])*sideExact(e[0], e[1], f[1]) < 0 &&
				sideExact(f[0], f[1], e[0])*sideExact(f[0], f[1], e[1]) < 0 {
				return e, f, true
			}
		}
	}
	return e, f, false
}

func TestCheckLonLat(t *testing.T) {
	for _, test := range []struct {
		p    orb.Point
		want string // part of the error; empty: none
	}{
		{orb.Point{108.2, 16.06}, ""},
		{orb.Point{-180, -90}, ""},
		{orb.Point{16.06, 108.2}, "look swapped"},
		{orb.Point{548123.4, 1776543.2}, "VN-2000"},
		{orb.Point{1776543.2, 548123.4}, "VN-2000"},
		{orb.Point{181, 5}, "lon 181: out of range"},
		{orb.Point{5, -91}, "lat -91: out of range"},
		{orb.Point{108, math.NaN()}, "not a number"},
		{orb.Point{math.Inf(-1), 16}, "not a number"},
	} {
		err := CheckLonLat(test.p)
		if test.want == "" && err != nil || test.want != "" &&
			(err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("CheckLonLat(%v) = %v, want %q", test.p, err, test.want)
		}
	}
}

func BenchmarkClean(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	// A coast like a real one: neighbours are near each other, large bays and small coves.
	ring := make(orb.Ring, 171_050)
	for i := range ring {
		angle := 2 * math.Pi * float64(i) / float64(len(ring))
		radius := 1 + 0.2*math.Sin(9*angle) + 0.02*math.Sin(300*angle) + 0.002*math.Sin(9000*angle) + 1e-6*r.Float64()
		ring[i] = orb.Point{108 + radius*math.Cos(angle), 16 + radius*math.Sin(angle)}
	}
	for b.Loop() {
		if _, _, err := cleanUp(orb.Polygon{ring}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCleanCrowdedEdges gives Clean what grids are worst at: a star of long edges that all
// pass near its middle.
func TestCleanCrowdedEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	star := orb.Polygon{blob(r, orb.Point{108, 16}, 1, 20_000, 0)}
	start := processorTime(t)
	if _, _, err := cleanUp(star); err != nil {
		t.Fatal(err)
	}
	if took := processorTime(t) - start; took > 20*time.Second {
		t.Errorf("took %v of the processor", took)
	}
}
