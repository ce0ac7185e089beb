package tiles

import (
	"math"

	"github.com/paulmach/orb"
)

// A vertex is a place in web mercator, counted from the north-west corner of the world in
// 2^-32 of its width: about 9 mm at the equator. All geometry is held so, once, and every
// tile is cut from the same numbers, so that what two shapes share they share in each tile.
type vertex struct{ x, y uint32 }

// worldBits is the binary logarithm of the world's width in units of a vertex.
const worldBits = 32

// maxLatitude is where web mercator ends: the world is a square.
const maxLatitude = 85.051128779806592

// project returns the vertex of a point. A latitude beyond the map goes to its edge.
func project(p orb.Point) vertex {
	const world = 1 << worldBits
	lat := min(max(p[1], -maxLatitude), maxLatitude)
	sin := math.Sin(lat * math.Pi / 180)
	x := (p[0]/360 + 0.5) * world
	y := (0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)) * world
	// A longitude of 180 wraps to -180; a latitude does not wrap.
	return vertex{uint32(int64(math.Round(x))), uint32(min(max(int64(math.Round(y)), 0), world-1))}
}

// unproject returns the longitude and latitude of a vertex.
func unproject(v vertex) orb.Point {
	const world = 1 << worldBits
	lon := (float64(v.x)/world - 0.5) * 360
	lat := math.Atan(math.Sinh(math.Pi*(1-2*float64(v.y)/world))) * 180 / math.Pi
	return orb.Point{lon, lat}
}

// A box is a rectangle of vertices, all four edges included.
type box struct{ min, max vertex }

// boxOf returns the box around the vertices of one shape that does not cross the
// antimeridian.
func boxOf(vertices []vertex) box {
	b := box{min: vertex{math.MaxUint32, math.MaxUint32}}
	for _, v := range vertices {
		b = b.extend(v)
	}
	return b
}

func (b box) extend(v vertex) box {
	return box{
		vertex{min(b.min.x, v.x), min(b.min.y, v.y)},
		vertex{max(b.max.x, v.x), max(b.max.y, v.y)},
	}
}

func (b box) union(c box) box { return b.extend(c.min).extend(c.max) }

// A point is a place in a tile, in 1/4096 of its width from its north-west corner.
type point struct{ x, y int32 }

const (
	extentBits = 12
	extent     = 1 << extentBits
)

// A frame places vertices in one tile. Rounding is to a grid that covers the world at the
// tile's zoom: a vertex comes out at the same place of the globe in every tile of the zoom.
type frame struct {
	z, x, y int
	shift   uint  // bits of a vertex below the grid of the zoom
	half    int64 // half a grid step
	center  uint32
	left    int64 // half the tile's width, in units of a vertex
	top     int64 // the tile's northern edge
}

func newFrame(z, x, y int) frame {
	size := int64(1) << (worldBits - z)
	shift := uint(worldBits - extentBits - z)
	return frame{
		z: z, x: x, y: y,
		shift:  shift,
		half:   1 << shift >> 1,
		center: uint32(int64(x)*size + size/2),
		left:   size / 2,
		top:    int64(y) * size,
	}
}

// anchor returns the distance from the tile's western edge to a vertex, the short way
// around the globe. What belongs to one shape is placed from one anchor, so that a shape
// at the antimeridian stays in one piece.
func (f *frame) anchor(v vertex) int64 { return int64(int32(v.x-f.center)) + f.left }

// place returns where v is in the tile, given a vertex of the same shape and its anchor.
func (f *frame) place(v, from vertex, anchor int64) point {
	return point{
		int32((anchor + int64(int32(v.x-from.x)) + f.half) >> f.shift),
		int32((int64(v.y) - f.top + f.half) >> f.shift),
	}
}

// at returns where a single vertex is in the tile.
func (f *frame) at(v vertex) point { return f.place(v, v, f.anchor(v)) }

// ring returns the places of a shape's vertices in the tile, in the memory of dst.
func (f *frame) ring(dst []point, outline []vertex) []point {
	dst = dst[:0]
	anchor := f.anchor(outline[0])
	for _, v := range outline {
		dst = append(dst, f.place(v, outline[0], anchor))
	}
	return dst
}

// inTile reports whether p is in the tile itself: every vertex is in one tile of a zoom.
func (p point) inTile() bool {
	return p.x >= 0 && p.x < extent && p.y >= 0 && p.y < extent
}

// touches reports whether the box may reach into the tile or its buffer.
func (f *frame) touches(b box, buffer int32) bool {
	anchor := f.anchor(b.min)
	lo, hi := f.place(b.min, b.min, anchor), f.place(b.max, b.min, anchor)
	if hi.x < lo.x {
		return true // wider than half the globe
	}
	return lo.x <= extent+buffer && hi.x >= -buffer && lo.y <= extent+buffer && hi.y >= -buffer
}

// bound returns the tile in longitude and latitude, wider by one grid step on each side.
func (f *frame) bound() orb.Bound {
	step := int64(1) << f.shift
	size := int64(1) << (worldBits - f.z)
	const last = 1<<worldBits - 1
	west, north := int64(f.x)*size-step, f.top-step
	east, south := int64(f.x+1)*size+step, f.top+size+step
	clamp := func(n int64) uint32 { return uint32(min(max(n, 0), last)) }
	nw := unproject(vertex{clamp(west), clamp(north)})
	se := unproject(vertex{clamp(east), clamp(south)})
	return orb.Bound{Min: orb.Point{nw[0], se[1]}, Max: orb.Point{se[0], nw[1]}}
}
