package geo

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/paulmach/orb"
)

// bands is a second reference, quick enough for millions of points: all edges by bands of
// latitude, a point tested against every edge in its band. It shares no grid with Locator.
type bands struct {
	south, perDegree float64
	edges            [][]bandEdge // by band, each by area
}

type bandEdge struct {
	a, b orb.Point
	area int
}

func newBands(areas []orb.MultiPolygon, n int) *bands {
	south, north := math.Inf(1), math.Inf(-1)
	for _, area := range areas {
		south, north = min(south, area.Bound().Min[1]), max(north, area.Bound().Max[1])
	}
	x := &bands{south, float64(n) / (north - south), make([][]bandEdge, n)}
	for i, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				for k := range len(ring) - 1 {
					a, b := ring[k], ring[k+1]
					for j := x.band(min(a[1], b[1])); j <= x.band(max(a[1], b[1])); j++ {
						x.edges[j] = append(x.edges[j], bandEdge{a, b, i})
					}
				}
			}
		}
	}
	return x
}

func (x *bands) band(lat float64) int {
	return min(max(int(math.Floor((lat-x.south)*x.perDegree)), 0), len(x.edges)-1)
}

func (x *bands) find(p orb.Point) int {
	odd, area := false, -1
	for _, e := range x.edges[x.band(p[1])] {
		if e.area != area {
			if odd {
				return area
			}
			area = e.area
		}
		s := 0
		if a, b := e.a, e.b; max(a[0], b[0]) < p[0] || min(a[1], b[1]) > p[1] || max(a[1], b[1]) < p[1] {
			continue
		} else if s = side(a, b, p); s == 0 && onSegment(a, b, p) {
			return area
		} else if a[1] <= p[1] && b[1] > p[1] && s > 0 || b[1] <= p[1] && a[1] > p[1] && s < 0 {
			odd = !odd
		}
	}
	if odd {
		return area
	}
	return -1
}

func TestLocateDaNang(t *testing.T) {
	areas := daNang(t)
	l := NewLocator(areas)
	reference := newBands(areas, 20_000)
	tested, held := 0, 0
	check := func(p orb.Point) {
		tested++
		got, want := l.find(p), reference.find(p)
		if got != want {
			t.Fatalf("find(%v) = %d, want %d", p, got, want)
		}
		if want >= 0 {
			held++
		}
	}
	r := rand.New(rand.NewPCG(1, 2))

	// The quick reference equals the slow one.
	for range 300 {
		p := orb.Point{107.2 + r.Float64()*1.6, 14.9 + r.Float64()*1.4}
		if got, want := reference.find(p), bruteForce(areas, p); !want.Snapped && got != want.Area {
			t.Fatalf("the two references differ at %v: %d and %d", p, got, want.Area)
		}
	}
	// Points anywhere on the mainland, by the islands 400 km offshore, and between.
	many, each := 2_000_000, 1
	if testing.Short() {
		many, each = 100_000, 20
	}
	for range many {
		check(orb.Point{107.2 + r.Float64()*1.6, 14.9 + r.Float64()*1.4})
	}
	for range many / 20 {
		check(orb.Point{111 + r.Float64()*2, 15.5 + r.Float64()*1.8})
		check(orb.Point{107 + r.Float64()*6, 14.5 + r.Float64()*3})
	}
	// Every vertex, points on and beside every edge.
	telling(r, areas, each, check)
	t.Logf("%d points, %d of them held", tested, held)

	// On a border the answer is an area, and one the point belongs to.
	for i, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				for _, v := range ring {
					if got := l.find(v); got < 0 || got > i {
						t.Fatalf("a vertex of area %d, %v, goes to %d", i, v, got)
					}
				}
			}
		}
	}
}

// TestSnapDaNang compares whole answers, gaps and distances included, near the borders.
func TestSnapDaNang(t *testing.T) {
	areas := daNang(t)
	l := NewLocator(areas)
	r := rand.New(rand.NewPCG(5, 2))
	snapped, missed := 0, 0
	telling(r, areas, 3000, func(p orb.Point) {
		if l.find(p) >= 0 {
			return
		}
		switch m := l.Locate(p); {
		case m.Snapped:
			snapped++
		default:
			missed++
		}
		checkLocate(t, l, areas, p)
	})
	if snapped < 5 || missed < 50 {
		t.Errorf("%d points snapped and %d missed: too few to tell", snapped, missed)
	}
}

func TestLocatorMemory(t *testing.T) {
	areas := daNang(t)
	vertices := 0
	for _, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				vertices += len(ring)
			}
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := NewLocator(areas)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(vertices)
	t.Logf("%d vertices, %d grids: %.1f bytes a vertex", vertices, len(l.grids), each)
	if each > 100 {
		t.Errorf("the index takes %.1f bytes a vertex, want at most 100", each)
	}
	runtime.KeepAlive(l)
}
