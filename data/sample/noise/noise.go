// Package Noise is gradient noise on the plane (K. Perlin, Improving Noise, SIGGRAPH 2002) and the hash that it
// is made of.
package noise

import "math"

// Noise is gradient noise on the plane: smooth, without period, a function of the seed and the
// place alone, so that communes that are made separately agree along their border.
type Noise uint64

// Mix spreads the bits of its arguments over a word.
func Mix(a, b, c uint64) uint64 {
	h := a*0x9e3779b97f4a7c15 ^ b*0xc2b2ae3d27d4eb4f ^ c*0x165667b19e3779f9
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// Unit turns a word into a number from 0 up to 1.
func Unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// gradients are the unit vectors at the sixteenths of a circle.
var gradients = func() (g [16][2]float64) {
	for i := range g {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 16)
		g[i] = [2]float64{cos, sin}
	}
	return g
}()

// At returns the noise at a point, about -1 to 1, with features the size of 1.
func (n Noise) At(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := uint64(int64(fx)), uint64(int64(fy))
	dx, dy := x-fx, y-fy
	corner := func(cx, cy uint64) float64 {
		g := gradients[Mix(uint64(n), ix+cx, iy+cy)>>60]
		return g[0]*(dx-float64(cx)) + g[1]*(dy-float64(cy))
	}
	u := dx * dx * dx * (dx*(dx*6-15) + 10)
	v := dy * dy * dy * (dy*(dy*6-15) + 10)
	low := corner(0, 0) + u*(corner(1, 0)-corner(0, 0))
	high := corner(0, 1) + u*(corner(1, 1)-corner(0, 1))
	return 1.5 * (low + v*(high-low))
}

// Fractal sums octaves of the noise, each twice as fine and half as strong.
func (n Noise) Fractal(x, y float64, octaves int) float64 {
	sum, strength, total := 0.0, 1.0, 0.0
	for o := range octaves {
		sum += strength * (n+Noise(o)*0x51ed27).At(x, y)
		total += strength
		x, y, strength = 2*x+17.3, 2*y-9.1, strength/2
	}
	return sum / total * 1.3
}
