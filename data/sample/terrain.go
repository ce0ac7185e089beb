package sample

import (
	"math"

	"tungnha/data/sample/noise"
)

// terrain is the relief and the rivers, as functions of a place on the plane that all communes share, in metres.
type terrain struct {
	valleys, rivers, patches, bends, seed noise.Noise
}

func newTerrain(seed uint64) terrain {
	n := func(i uint64) noise.Noise { return noise.Noise(noise.Mix(seed, i, 0x7e44a1)) }
	return terrain{valleys: n(1), rivers: n(2), patches: n(3), bends: n(4), seed: n(5)}
}

// rough is 0 on the floor of a valley and rises to about 1 on the ridges.
func (t terrain) rough(p xy) float64 {
	return math.Min(1, 1.8*math.Abs(t.valleys.Fractal(p.x/5200, p.y/5200, 4)))
}

// river reports whether the point is in the bed of a river, some hundred metres wide.
func (t terrain) river(p xy) bool {
	return math.Abs(t.rivers.Fractal(p.x/11000, p.y/11000, 3)) < 0.009
}

// patch is about -1 to 1: how much the ground here was built on rather than kept for
// fields, ponds and works, in patches of some hundred metres.
func (t terrain) patch(p xy) float64 { return t.patches.Fractal(p.x/420, p.y/420, 3) }
