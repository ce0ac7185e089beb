package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

func box(west, south, east, north float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}
}

func TestSurface(t *testing.T) {
	// A zone between two parallels has the surface 2πR²·Δsin(lat), of which this is 1/360.
	want := 2 * math.Pi * 6_371_008.8 * 6_371_008.8 / 360 * (math.Sin(17*math.Pi/180) - math.Sin(16*math.Pi/180))
	if got := AreaM2(box(108, 16, 109, 17)); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("a degree square: got %g, want %g", got, want)
	}
	ring := box(108, 16, 109, 17)
	ring[0] = append(ring[0], box(108.25, 16.25, 108.75, 16.75)[0][0])
	hole := AreaM2(box(108.25, 16.25, 108.75, 16.75))
	if got := AreaM2(ring); math.Abs(got/(want-hole)-1) > 1e-9 {
		t.Errorf("with a hole: got %g, want %g", got, want-hole)
	}
	if AreaM2(nil) != 0 {
		t.Error("nothing has a surface")
	}
}

func TestOverlapM2(t *testing.T) {
	a := box(108, 16, 108.1, 16.1)
	holed := orb.MultiPolygon{append(box(108, 16, 108.1, 16.1)[0], box(108.02, 16.02, 108.04, 16.04)[0][0])}
	for _, c := range []struct {
		name string
		b    orb.MultiPolygon
		want float64 // square metres
	}{
		{"itself", a, AreaM2(a)},
		{"wound the other way", orb.MultiPolygon{{{{108, 16}, {108, 16.1}, {108.1, 16.1}, {108.1, 16}, {108, 16}}}},
			AreaM2(a)},
		{"its eastern half", box(108.05, 16, 108.3, 16.1), AreaM2(a) / 2},
		{"a neighbour that shares an edge", box(108.1, 16, 108.2, 16.1), 0},
		{"one that touches in a corner", box(108.1, 16.1, 108.2, 16.2), 0},
		{"far away", box(110, 10, 111, 11), 0},
		{"nothing", nil, 0},
		{"with a hole", holed, AreaM2(holed)},
		{"two parts of it", append(box(107, 16.02, 108.02, 16.04), box(108.06, 16.02, 108.08, 16.04)...),
			2 * AreaM2(box(108, 16.02, 108.02, 16.04))},
	} {
		for _, got := range []float64{OverlapM2(a, c.b), OverlapM2(c.b, a)} {
			if math.Abs(got-c.want) > 1e-3*AreaM2(a) {
				t.Errorf("%s: got %.0f, want %.0f", c.name, got, c.want)
			}
		}
	}
}

// Sampling at random points gives the same overlap of random outlines.
func TestOverlapM2EqualsSampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	star := func() orb.MultiPolygon {
		x, y := 108+rng.Float64()*0.05, 16+rng.Float64()*0.05
		var ring orb.Ring
		for k := range 40 {
			r := 0.02 + 0.06*rng.Float64()
			ring = append(ring, orb.Point{x + r*math.Cos(float64(k)/40*2*math.Pi), y +
				r*math.Sin(float64(k)/40*2*math.Pi)})
		}
		return orb.MultiPolygon{{append(ring, ring[0])}}
	}
	for range 10 {
		a, b := star(), star()
		inA, inB := NewLocator([]orb.MultiPolygon{a}), NewLocator([]orb.MultiPolygon{b})
		both, one := 0, 0
		for range 500_000 {
			p := orb.Point{107.9 + rng.Float64()*0.3, 15.9 + rng.Float64()*0.3}
			if inA.find(p) == 0 {
				one++
				if inB.find(p) == 0 {
					both++
				}
			}
		}
		want := float64(both) / float64(one)
		if got := OverlapM2(a, b) / AreaM2(a); math.Abs(got-want) > 0.015 {
			t.Errorf("got a share of %.4f, points say %.4f", got, want)
		}
	}
}

func BenchmarkOverlapM2(b *testing.B) {
	var ring orb.Ring
	for k := range 1_800 {
		at := float64(k) / 1_800 * 2 * math.Pi
		r := 0.05 + 0.002*math.Sin(37*at)
		ring = append(ring, orb.Point{108 + r*math.Cos(at), 16 + r*math.Sin(at)})
	}
	a := orb.MultiPolygon{{append(ring, ring[0])}}
	for b.Loop() {
		OverlapM2(a, a)
	}
}
