package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// bruteForce is Locate without an index: every edge of every area, in exact arithmetic.
func bruteForce(areas []orb.MultiPolygon, p orb.Point) Match {
	if !finite(p) {
		return Match{Area: -1}
	}
	for i, area := range areas {
		if bruteForceHolds(area, p) {
			return Match{Area: i}
		}
	}
	lonMetres, latMetres := metresPerDegree(p[1])
	nearest, best := -1, math.Inf(1)
	for i, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				for k := range len(ring) - 1 {
					if _, d := nearestOn(ring[k], ring[k+1], p, lonMetres, latMetres); d < best {
						nearest, best = i, d
					}
				}
			}
		}
	}
	if d := math.Sqrt(best); d <= SnapDistance {
		return Match{Area: nearest, Snapped: true, Distance: d}
	}
	return Match{Area: -1}
}

func bruteForceHolds(area orb.MultiPolygon, p orb.Point) bool {
	odd := false
	for _, polygon := range area {
		for _, ring := range polygon {
			for k := range len(ring) - 1 {
				a, b := ring[k], ring[k+1]
				s := side(a, b, p)
				if s == 0 && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= p[1] &&
					p[1] <= max(a[1], b[1]) {
					return true
				}
				if a[1] <= p[1] && b[1] > p[1] && s > 0 || b[1] <= p[1] && a[1] > p[1] && s < 0 {
					odd = !odd
				}
			}
		}
	}
	return odd
}

func checkLocate(t *testing.T, l *Locator, areas []orb.MultiPolygon, p orb.Point) {
	t.Helper()
	if got, want := l.Locate(p), bruteForce(areas, p); got != want {
		t.Fatalf("Locate(%v) = %+v, want %+v", p, got, want)
	}
}

// blob is a ring of n vertices around a centre, its radius shaken, never crossing itself.
func blob(r *rand.Rand, center orb.Point, radius float64, n int, lattice float64) orb.Ring {
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		angle := 2 * math.Pi * float64(i) / float64(n)
		d := radius * (0.5 + r.Float64())
		p := orb.Point{center[0] + d*math.Cos(angle), center[1] + d*math.Sin(angle)}
		if lattice > 0 {
			p[0], p[1] = math.Round(p[0]/lattice)*lattice, math.Round(p[1]/lattice)*lattice
		}
		ring = append(ring, p)
	}
	return append(ring, ring[0])
}

func randomAreas(r *rand.Rand, lattice float64) []orb.MultiPolygon {
	areas := make([]orb.MultiPolygon, 1+r.IntN(8))
	for i := range areas {
		for range r.IntN(4) {
			center := orb.Point{107 + 2*r.Float64(), 15 + 2*r.Float64()}
			radius := 0.001 + r.Float64()*0.6
			polygon := orb.Polygon{blob(r, center, radius, 3+r.IntN(200), lattice)}
			if r.IntN(2) == 0 {
				polygon = append(polygon, blob(r, center, radius/4, 3+r.IntN(20), lattice))
			}
			areas[i] = append(areas[i], polygon)
		}
	}
	return areas
}

// telling calls do with the points that betray a wrong index: vertices, middles of edges,
// points a bit's breadth beside them, and points anywhere.
func telling(r *rand.Rand, areas []orb.MultiPolygon, each int, do func(orb.Point)) {
	nudge := func(p orb.Point) orb.Point {
		return orb.Point{
			math.Nextafter(p[0], float64(r.IntN(3)-1)*1e9+p[0]),
			math.Nextafter(p[1], float64(r.IntN(3)-1)*1e9+p[1]),
		}
	}
	box := orb.Bound{Min: orb.Point{180, 90}, Max: orb.Point{-180, -90}}
	for _, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				for k := range len(ring) - 1 {
					box = box.Extend(ring[k])
					if r.IntN(each) > 0 {
						continue
					}
					a, b := ring[k], ring[k+1]
					middle := orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
					t := r.Float64()
					on := orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
					do(a)
					do(middle)
					do(nudge(a))
					do(nudge(middle))
					do(nudge(on))
					do(orb.Point{a[0] + (r.Float64()-0.5)*0.002, a[1] + (r.Float64()-0.5)*0.002})
				}
			}
		}
	}
	for range 500 {
		do(orb.Point{
			box.Min[0] - 0.01 + r.Float64()*(box.Max[0]-box.Min[0]+0.02),
			box.Min[1] - 0.01 + r.Float64()*(box.Max[1]-box.Min[1]+0.02),
		})
	}
}

func TestLocateEqualsBruteForce(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		lattice := []float64{0, 0.01, 0.125}[seed%3]
		areas := randomAreas(r, lattice)
		l := NewLocator(areas)
		telling(r, areas, 10, func(p orb.Point) { checkLocate(t, l, areas, p) })
	}
}

func BenchmarkNewLocator(b *testing.B) {
	areas := daNang(b)
	for b.Loop() {
		NewLocator(areas)
	}
}

func benchmarkPoints(areas []orb.MultiPolygon, n int) []orb.Point {
	r := rand.New(rand.NewPCG(7, 7))
	l := NewLocator(areas)
	var points []orb.Point
	for len(points) < n {
		p := orb.Point{107.2 + r.Float64()*1.6, 14.9 + r.Float64()*1.4}
		if l.find(p) >= 0 {
			points = append(points, p)
		}
	}
	return points
}

func BenchmarkLocate(b *testing.B) {
	areas := daNang(b)
	shuffled := benchmarkPoints(areas, 1<<20)
	l := NewLocator(areas)
	ordered := inCellOrder(b, shuffled)
	run := func(points []orb.Point, locate func(orb.Point) int) func(b *testing.B) {
		return func(b *testing.B) {
			i, found := 0, 0
			for b.Loop() {
				if locate(points[i&(len(points)-1)]) >= 0 {
					found++
				}
				i++
			}
			if found == 0 {
				b.Fatal("no point found")
			}
		}
	}
	indexed := func(p orb.Point) int { return l.Locate(p).Area }
	plain := func(p orb.Point) int {
		for i, area := range areas {
			if l.extents[i].Contains(p) && planar.MultiPolygonContains(area, p) {
				return i
			}
		}
		return -1
	}
	b.Run("order", run(ordered, indexed))
	b.Run("shuffled", run(shuffled, indexed))
	b.Run("plain", run(shuffled, plain))
	outside := make([]orb.Point, 1<<10)
	r := rand.New(rand.NewPCG(8, 7))
	for i := range outside {
		outside[i] = orb.Point{109 + r.Float64(), 15 + r.Float64()}
	}
	b.Run("sea", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if m := l.Locate(outside[i&(len(outside)-1)]); m.Area >= 0 {
				b.Fatalf("%+v", m)
			}
			i++
		}
	})
}
