package geo

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// The error of the determinant below, relative to the sum of its two products: Shewchuk,
// "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates"
// (1997), (3+16ε)ε with ε = 2⁻⁵³.
const sideError = (3 + 16*0x1p-53) * 0x1p-53

// tinyProduct is where the error bound stops being valid, because products may have lost bits
// to underflow.
const tinyProduct = 0x1p-960

// side returns, exactly, on which side of the line from a to b the point p is: 1 to the
// left, -1 to the right, 0 on the line.
func side(a, b, p orb.Point) int {
	left := float64((a[0] - p[0]) * (b[1] - p[1]))
	right := float64((a[1] - p[1]) * (b[0] - p[0]))
	det := left - right
	sum := math.Abs(left) + math.Abs(right)
	if bound := sideError * sum; sum > tinyProduct {
		if det > bound {
			return 1
		}
		if det < -bound {
			return -1
		}
	}
	return sideExact(a, b, p)
}

// sideExact is side in arithmetic that never rounds. Few points come here: those within
// some 1e-14 degree of an edge.
func sideExact(a, b, p orb.Point) int {
	if p == a || p == b || a == b {
		return 0
	}
	// At the greatest precision big.Float keeps every bit of sums and products, and no
	// more than they need.
	exact := func(x float64) *big.Float {
		return new(big.Float).SetPrec(big.MaxPrec).SetFloat64(x)
	}
	px, py := exact(p[0]), exact(p[1])
	sub := func(x float64, from *big.Float) *big.Float {
		d := exact(x)
		return d.Sub(d, from)
	}
	left := sub(a[0], px)
	left.Mul(left, sub(b[1], py))
	right := sub(a[1], py)
	right.Mul(right, sub(b[0], px))
	return left.Cmp(right)
}

// sideNear is side for a point that is never on the line: p represents p + (ε₁, ε₂) with
// ε₁ ≫ ε₂ > 0 smaller than any coordinate's last bit. Counting an edge as crossed where
// one end has y > p.y and the other has not is the same choice made for ε₂.
func sideNear(a, b, p orb.Point) int {
	if s := side(a, b, p); s != 0 {
		return s
	}
	switch {
	case b[1] > a[1]:
		return -1
	case b[1] < a[1]:
		return 1
	case b[0] > a[0]:
		return 1
	}
	return -1
}

// onSegment reports whether p, already known to be on the line through a and b, is
// between them or on one of them.
func onSegment(a, b, p orb.Point) bool {
	return between(a[0], b[0], p[0]) && between(a[1], b[1], p[1])
}

func between(a, b, v float64) bool { return min(a, b) <= v && v <= max(a, b) }

// crossesRight reports whether the ray from p to the east crosses the edge from a to b, in
// the sense of sideNear, or p is on the edge.
func crossesRight(a, b, p orb.Point) (crosses, on bool) {
	if (a[1] > p[1]) == (b[1] > p[1]) {
		return false, touches(a, b, p)
	}
	if a[0] < p[0] && b[0] < p[0] {
		return false, false
	}
	s := side(a, b, p)
	return s != 0 && (s > 0) == (b[1] > a[1]), s == 0
}

// touches reports whether p is on an edge that does not pass from one side of p's
// parallel to the other: on a level edge, or at an end of any.
func touches(a, b, p orb.Point) bool {
	return (a[1] == p[1] || b[1] == p[1]) && onSegment(a, b, p) && side(a, b, p) == 0
}
