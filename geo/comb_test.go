package geo

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// cleanUp is Clean without an end to its time.
func cleanUp(g orb.Geometry) (orb.MultiPolygon, []*problem.Problem, *problem.Problem) {
	area, repairs, p, err := Clean(context.Background(), g)
	if err != nil {
		panic(err)
	}
	return area, repairs, p
}

// comb is a sound outline of a degree with many long thin teeth, turned by an angle.
func comb(teeth int, x0, y0, angle float64) orb.Ring {
	var r orb.Ring
	for i := range teeth {
		x := float64(i) / float64(teeth)
		r = append(r, orb.Point{x, 0.1}, orb.Point{x + 0.3/float64(teeth), 1})
	}
	r = append(r, orb.Point{1, 0}, orb.Point{0, 0})
	sin, cos := math.Sincos(angle)
	for i, p := range r {
		r[i] = orb.Point{x0 + p[0]*cos - p[1]*sin, y0 + p[0]*sin + p[1]*cos}
	}
	return append(r, r[0])
}

// hostile are sound geometries of which pairs of edges, or of rings, are many near each other.
func hostile() map[string]orb.Geometry {
	const teeth = 50_000 // 4 MB of GeoJSON
	third := comb(teeth/3, 112, 10, 0.7)
	// Rings beside each other whose bounds are inside each other: diagonal strips.
	var strips orb.MultiPolygon
	for i := range 3000 {
		at, long := float64(i)/3000, 1-float64(i)/4000
		strips = append(strips, orb.Polygon{{{108 + at - long, 16 - at - long}, {108 + at + long, 16 - at + long},
			{108 + at + long, 16 - at + long + 1e-5}, {108 + at - long, 16 - at - long + 1e-5},
			{108 + at - long, 16 - at - long}}})
	}
	return map[string]orb.Geometry{
		"upright":       orb.Polygon{comb(teeth, 107, 16, 0)},
		"level":         orb.Polygon{comb(teeth, 107, 16, math.Pi/2)},
		"slanting":      orb.Polygon{comb(teeth, 107, 16, 0.7)},
		"three at once": orb.MultiPolygon{{comb(teeth/3, 106, 10, 0)}, {comb(teeth/3, 109, 10, math.Pi/2)}, {third}},
		"strips":        strips,
	}
}

// processorTime is what the process has had of the processors: other than the time on a clock it does not depend on
// what else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Each of the combs took more than a minute when all edges in a rectangle were compared with each other.
func TestCombs(t *testing.T) {
	for name, g := range hostile() {
		began := processorTime(t)
		area, _, p, err := Clean(t.Context(), g)
		if err != nil || p != nil || len(area) == 0 {
			t.Errorf("%s: %d polygons, %v, %v", name, len(area), p, err)
		}
		if took := processorTime(t) - began; took > 40*time.Second {
			t.Errorf("%s took %s of the processor", name, took)
		}
	}
	// The way back goes across all teeth: what it encloses to the left and to the right is equal but for rounding.
	across := comb(50_000, 107, 16, 0)
	across = append(across[:100_000:100_000], across[0])
	began := processorTime(t)
	if _, _, p := cleanUp(orb.Polygon{across}); p == nil {
		t.Error("a comb with a way back across its teeth is taken as sound")
	}
	if took := processorTime(t) - began; took > 20*time.Second {
		t.Errorf("a comb with a way back across its teeth took %s of the processor", took)
	}
	// One tooth that reaches into the next is found.
	crossing := comb(2000, 107, 16, 0.7)
	crossing[2001], crossing[2003] = crossing[2003], crossing[2001]
	if _, _, p := cleanUp(orb.Polygon{crossing}); p == nil {
		t.Error("a comb whose teeth cross is taken as sound")
	}
}

// looks is a context that is cancelled when it has been looked at so often.
type looks struct {
	context.Context
	left, after int
}

func (c *looks) Err() error {
	if c.left--; c.left >= 0 {
		return nil
	}
	c.after++
	return context.Canceled
}

func TestCleanIsCancelled(t *testing.T) {
	for name, g := range hostile() {
		for _, left := range []int{0, 1, 5} {
			ctx := &looks{Context: t.Context(), left: left}
			area, _, p, err := Clean(ctx, g)
			if !errors.Is(err, context.Canceled) || area != nil || p != nil || ctx.after != 1 {
				t.Errorf("%s, cancelled at look %d: %d polygons, %v, %v, looked at %d times since", name, left+1, len(area), p,
					err, ctx.after)
			}
		}
	}
}

// The sweep finds a crossing exactly where comparing every two edges does, also among edges that touch or share parts.
func TestSweepEqualsAllPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	crossed := 0
	for range 20_000 {
		ring := make(orb.Ring, 4+random.IntN(12))
		for i := range ring {
			ring[i] = orb.Point{float64(random.IntN(12)), float64(random.IntN(12))}
		}
		ring = slices.Compact(ring)
		if ring[0] == ring[len(ring)-1] {
			ring = ring[:len(ring)-1]
		}
		if len(ring) < 3 {
			continue
		}
		area := orb.MultiPolygon{{append(ring, ring[0])}}
		l := &Locator{areas: []orb.MultiPolygon{area}}
		l.flattenAll()
		s := &sweep{Locator: l, work: &work{ctx: t.Context()}}
		_, want := s.crossingAmong(edgesOf(nil, l.rings[0]))
		c, got := findCrossing(s.work, area)
		if got != want {
			t.Fatalf("%v: the sweep found %v %v, all pairs %v", area, got, c, want)
		}
		if got {
			crossed++
		}
	}
	if crossed < 1000 || crossed > 19_000 {
		t.Errorf("%d of 20000 cross: the test shows little", crossed)
	}
}

func TestNestedTooDeep(t *testing.T) {
	var rings orb.MultiPolygon
	for i := range 1000 {
		at := float64(i) / 2000
		rings = append(rings, orb.Polygon{square(108+at, 16+at, 2-2*at)})
	}
	if _, _, p := cleanUp(rings); p == nil || p.Code() != "nested_too_deep" {
		t.Errorf("%v: want nested_too_deep", p)
	}
	if _, _, p := cleanUp(rings[:maxNested]); p != nil {
		t.Errorf("%d rings: %v", maxNested, p)
	}
}
