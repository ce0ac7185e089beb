package mvt

import (
	"math"

	"github.com/paulmach/orb"
)

// A vertex is a place in web mercator, counted from the north-west corner of the world in
// 2^-32 of its width: about 9 mm at the equator. All geometry is stored in this form, once, and every
// tile is cut from the same numbers, so that what two shapes share they share in each tile.
type Vertex struct{ X, Y uint32 }

// WorldBits is the binary logarithm of the world's width in units of a vertex.
const WorldBits = 32

// MaxLatitude is where web mercator ends: the world is a square.
const MaxLatitude = 85.051128779806592

// Project returns the vertex of a point. A latitude beyond the map goes to its edge.
func Project(p orb.Point) Vertex {
	const world = 1 << WorldBits
	lat := min(max(p[1], -MaxLatitude), MaxLatitude)
	sin := math.Sin(lat * math.Pi / 180)
	x := (p[0]/360 + 0.5) * world
	y := (0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)) * world
	// A longitude of 180 wraps to -180; a latitude does not wrap.
	return Vertex{uint32(int64(math.Round(x))), uint32(min(max(int64(math.Round(y)), 0), world-1))}
}

// Unproject returns the longitude and latitude of a vertex.
func Unproject(v Vertex) orb.Point {
	const world = 1 << WorldBits
	lon := (float64(v.X)/world - 0.5) * 360
	lat := math.Atan(math.Sinh(math.Pi*(1-2*float64(v.Y)/world))) * 180 / math.Pi
	return orb.Point{lon, lat}
}

// A point is a place in a tile, in 1/4096 of its width from its north-west corner.
type Point struct{ X, Y int32 }

const (
	ExtentBits = 12
	Extent     = 1 << ExtentBits
)

// Transform transforms vertices to points of one tile. Rounding is to a grid that covers the world at the
// tile's zoom: a vertex comes out at the same place of the globe in every tile of the zoom.
type Transform struct {
	Z, X, Y int
	shift   uint  // bits of a vertex below the grid of the zoom
	half    int64 // half a grid step
	center  uint32
	left    int64 // half the tile's width, in units of a vertex
	top     int64 // the tile's northern edge
}

func NewTransform(z, x, y int) Transform {
	size := int64(1) << (WorldBits - z)
	shift := uint(WorldBits - ExtentBits - z)
	return Transform{
		Z: z, X: x, Y: y,
		shift:  shift,
		half:   1 << shift >> 1,
		center: uint32(int64(x)*size + size/2),
		left:   size / 2,
		top:    int64(y) * size,
	}
}

// Anchor returns the distance from the tile's western edge to a vertex, the short way
// around the globe. What belongs to one shape is placed from one anchor, so that a shape
// at the antimeridian stays in one piece.
func (f *Transform) Anchor(v Vertex) int64 { return int64(int32(v.X-f.center)) + f.left }

// Place returns where v is in the tile, given a vertex of the same shape and its anchor.
func (f *Transform) Place(v, from Vertex, anchor int64) Point {
	return Point{
		int32((anchor + int64(int32(v.X-from.X)) + f.half) >> f.shift),
		int32((int64(v.Y) - f.top + f.half) >> f.shift),
	}
}

// At returns where a single vertex is in the tile.
func (f *Transform) At(v Vertex) Point { return f.Place(v, v, f.Anchor(v)) }

// Ring returns the places of a shape's vertices in the tile, in the memory of dst.
func (f *Transform) Ring(dst []Point, outline []Vertex) []Point {
	dst = dst[:0]
	anchor := f.Anchor(outline[0])
	for _, v := range outline {
		dst = append(dst, f.Place(v, outline[0], anchor))
	}
	return dst
}

// InTile reports whether p is in the tile itself: every vertex is in one tile of a zoom.
func (p Point) InTile() bool {
	return p.X >= 0 && p.X < Extent && p.Y >= 0 && p.Y < Extent
}

// Touches reports whether the box may reach into the tile or its buffer.
func (f *Transform) Touches(b Box, buffer int32) bool {
	anchor := f.Anchor(b.Min)
	lo, hi := f.Place(b.Min, b.Min, anchor), f.Place(b.Max, b.Min, anchor)
	if hi.X < lo.X {
		return true // wider than half the globe
	}
	return lo.X <= Extent+buffer && hi.X >= -buffer && lo.Y <= Extent+buffer && hi.Y >= -buffer
}

// Bound returns the tile in longitude and latitude, wider by one grid step on each side.
func (f *Transform) Bound() orb.Bound {
	step := int64(1) << f.shift
	size := int64(1) << (WorldBits - f.Z)
	const last = 1<<WorldBits - 1
	west, north := int64(f.X)*size-step, f.top-step
	east, south := int64(f.X+1)*size+step, f.top+size+step
	clamp := func(n int64) uint32 { return uint32(min(max(n, 0), last)) }
	nw := Unproject(Vertex{clamp(west), clamp(north)})
	se := Unproject(Vertex{clamp(east), clamp(south)})
	return orb.Bound{Min: orb.Point{nw[0], se[1]}, Max: orb.Point{se[0], nw[1]}}
}
