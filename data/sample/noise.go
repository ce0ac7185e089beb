package sample

import "math"

// noise is gradient noise on the plane: smooth, without period, the same everywhere for
// the same seed, so that communes made apart still agree along their border.
type noise uint64

// mix spreads the bits of its arguments over a word.
func mix(a, b, c uint64) uint64 {
	h := a*0x9e3779b97f4a7c15 ^ b*0xc2b2ae3d27d4eb4f ^ c*0x165667b19e3779f9
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// unit turns a word into a number from 0 up to 1.
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// gradients are the unit vectors at the sixteenths of a circle.
var gradients = func() (g [16]xy) {
	for i := range g {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 16)
		g[i] = xy{cos, sin}
	}
	return g
}()

// at returns the noise at a point, about -1 to 1, with features the size of 1.
func (n noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := uint64(int64(fx)), uint64(int64(fy))
	dx, dy := x-fx, y-fy
	corner := func(cx, cy uint64) float64 {
		g := gradients[mix(uint64(n), ix+cx, iy+cy)>>60]
		return g.x*(dx-float64(cx)) + g.y*(dy-float64(cy))
	}
	u := dx * dx * dx * (dx*(dx*6-15) + 10)
	v := dy * dy * dy * (dy*(dy*6-15) + 10)
	low := corner(0, 0) + u*(corner(1, 0)-corner(0, 0))
	high := corner(0, 1) + u*(corner(1, 1)-corner(0, 1))
	return 1.5 * (low + v*(high-low))
}

// fractal sums octaves of the noise, each twice as fine and half as strong.
func (n noise) fractal(x, y float64, octaves int) float64 {
	sum, strength, total := 0.0, 1.0, 0.0
	for o := range octaves {
		sum += strength * (n+noise(o)*0x51ed27).at(x, y)
		total += strength
		x, y, strength = 2*x+17.3, 2*y-9.1, strength/2
	}
	return sum / total * 1.3
}

// terrain is the lie of the land, as functions of the place on a common plane in metres.
type terrain struct {
	valleys, rivers, patches, bends, seed noise
}

func newTerrain(seed uint64) terrain {
	n := func(i uint64) noise { return noise(mix(seed, i, 0x7e44a1)) }
	return terrain{valleys: n(1), rivers: n(2), patches: n(3), bends: n(4), seed: n(5)}
}

// rough is 0 on the floor of a valley and rises to about 1 on the ridges.
func (t terrain) rough(p xy) float64 {
	return math.Min(1, 1.8*math.Abs(t.valleys.fractal(p.x/5200, p.y/5200, 4)))
}

// river reports whether the point lies in the bed of a river, some hundred metres wide.
func (t terrain) river(p xy) bool {
	return math.Abs(t.rivers.fractal(p.x/11000, p.y/11000, 3)) < 0.009
}

// patch is about -1 to 1: how much the ground here was built on rather than kept for
// fields, ponds and works, in patches of some hundred metres.
func (t terrain) patch(p xy) float64 { return t.patches.fractal(p.x/420, p.y/420, 3) }
