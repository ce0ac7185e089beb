package outline

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

// The pole of a shape against the best of a fine grid.
func TestLabelIsThePole(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for n := range 30 {
		var ring orb.Ring
		for i := range 40 { // a star
			a := float64(i) / 40 * 2 * math.Pi
			r := 0.02 + 0.05*random.Float64()
			ring = append(ring, orb.Point{108 + r*math.Cos(a), 16 + r*math.Sin(a)})
		}
		ring = append(ring, ring[0])
		s := New(orb.MultiPolygon{{{{109, 16}, {109.001, 16}, {109.001, 16.001}, {109, 16}}},
			{ring, {{107.99, 15.99}, {108.01, 15.99}, {108.01, 16.01}, {107.99, 16.01}, {107.99, 15.99}}}})
		part := &s.Polygons[1]
		o := part.Box.Min
		label := s.Label()
		got := part.distance(o, float64(label.X-o.X), float64(label.Y-o.Y))
		best := math.Inf(-1)
		const steps = 80
		for i := range steps {
			for j := range steps {
				best = max(best, part.distance(o, float64(part.Box.Max.X-o.X)*float64(i)/steps,
					float64(part.Box.Max.Y-o.Y)*float64(j)/steps))
			}
		}
		if side := float64(min(part.Box.Max.X-o.X, part.Box.Max.Y-o.Y)); got < 0 || got < best-side/50 {
			t.Errorf("star %d: the label is %.0f from the border, a grid finds %.0f", n, got, best)
		}
	}
}
