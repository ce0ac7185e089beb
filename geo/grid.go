package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// A grid divides a box into equal rectangles. Each has an entry, which is one of three:
//
//   - whole: no border passes, and the answer is the same everywhere in it;
//   - border: the few edges that pass are listed, with what a point is compared with by
//     them alone;
//   - finer: many edges pass, and a grid of its own divides it.
//
// Because a crowded rectangle is divided again, the index spends its memory where the
// borders are: an island far offshore stretches the first grid and costs little else.
type grid struct {
	x0, y0, x1, y1 float64
	width, height  float64 // of one rectangle
	perX, perY     float64 // rectangles a degree
	nx, ny         int
	entries        []entry // nx × ny, row by row from the south-west
}

// entry contains its kind in the two low bits. The rest is, by kind, the area + 1 (0: none),
// the place in Locator.borders, or the index in Locator.grids.
type entry uint32

const (
	whole entry = iota
	border
	finer
	kindMask entry = 3
	kindBits       = 2
)

const (
	maxDepth       = 6  // of grids within grids
	crowded        = 12 // more edges than this in a rectangle divide it again
	rootEdges      = 64 // edges a rectangle of the first grid, about
	maxRootSide    = 512
	maxFinerSide   = 64
	leastSide      = 1e-9 // degrees: rectangles are not divided below this
	rectanglesEdge = 4.0  // rectangles of a finer grid for each edge in it
	budgetEdge     = 16   // rectangles and runs in them, of all grids, for each edge, about
	budgetLeast    = 1 << 16
)

// run is a stretch of edges that follow each other in Locator.points: edge i goes from
// point i to point i+1.
type run struct{ from, to uint32 }

// piece is the part of an area's border that passes through one rectangle.
type piece struct {
	area int32
	odd  bool // whether the area contains the rectangle's reference, its south-east corner
	runs []run
}

// newGrid divides the box into about n rectangles, as square as that allows.
func newGrid(x0, y0, x1, y1 float64, n float64, maxSide int) *grid {
	w, h := x1-x0, y1-y0
	count := func(side, other float64) int {
		c := math.Ceil(math.Sqrt(n * side / max(other, side/n)))
		return int(min(max(c, 1), float64(maxSide), max(side/leastSide, 1)))
	}
	g := &grid{x0: x0, y0: y0, x1: x1, y1: y1, nx: count(w, h), ny: count(h, w)}
	g.width, g.height = w/float64(g.nx), h/float64(g.ny)
	g.perX, g.perY = float64(g.nx)/w, float64(g.ny)/h
	g.entries = make([]entry, g.nx*g.ny)
	return g
}

// lineX returns the longitude of the i-th line from the west. The reference of a
// rectangle is computed by it wherever it is needed, so that it is the same to the bit.
func (g *grid) lineX(i int) float64 {
	if i == g.nx {
		return g.x1
	}
	return g.x0 + float64(i)*g.width
}

func (g *grid) lineY(j int) float64 {
	if j == g.ny {
		return g.y1
	}
	return g.y0 + float64(j)*g.height
}

// column returns the column that contains x, the nearest one if x is outside.
func (g *grid) column(x float64) int { return clampIndex((x-g.x0)*g.perX, g.nx) }

func (g *grid) row(y float64) int { return clampIndex((y-g.y0)*g.perY, g.ny) }

func clampIndex(v float64, n int) int {
	if !(v > 0) {
		return 0
	}
	return int(min(v, float64(n-1)))
}

// slack is how far outside a rectangle's nominal lines a point may be that column and row
// put there. Edges are listed in every rectangle they come this near to; one too many does
// no harm.
func (g *grid) slack() (x, y float64) {
	ulps := 16 * 0x1p-52 * max(math.Abs(g.x0), math.Abs(g.x1), math.Abs(g.y0), math.Abs(g.y1))
	return max(1e-6*g.width, ulps), max(1e-6*g.height, ulps)
}

// eachRectangle calls do for every rectangle that the edge from a to b may touch.
func (g *grid) eachRectangle(a, b orb.Point, do func(rectangle int)) {
	sx, sy := g.slack()
	if a[1] > b[1] {
		a, b = b, a
	}
	west, east := g.column(min(a[0], b[0])-sx), g.column(max(a[0], b[0])+sx)
	south, north := g.row(a[1]-sy), g.row(b[1]+sy)
	slope := (b[0] - a[0]) / (b[1] - a[1])
	if west == east || south == north || !(math.Abs(slope) < math.Inf(1)) { // NaN for a point
		for j := south; j <= north; j++ {
			for i := west; i <= east; i++ {
				do(j*g.nx + i)
			}
		}
		return
	}
	for j := south; j <= north; j++ {
		// The edge within the row's band: its ends there differ from the exact ones by
		// rounding alone, which the slack covers many times over.
		low := min(max(g.lineY(j)-sy, a[1]), b[1])
		high := max(min(g.lineY(j+1)+sy, b[1]), a[1])
		xl, xh := a[0]+(low-a[1])*slope, a[0]+(high-a[1])*slope
		for i := max(g.column(min(xl, xh)-sx), west); i <= min(g.column(max(xl, xh)+sx), east); i++ {
			do(j*g.nx + i)
		}
	}
}
