package tiles

import (
	"math"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/internal/problem"
	"tungnha/tiles/mvt"
)

// How far, in degrees of latitude, what is drawn may reach beyond the box around all areas
// and households: a cell of the coarsest resolution is 160 km wide and its children stick
// out of it; a footprint adds a kilometre or two.
const (
	cellReach  = 1.7
	otherReach = 0.03
)

// Bounds returns the box beyond which no tile is: it contains all that is drawn of any layer.
// Without areas and households it is the world.
func Bounds(view *coverage.View) orb.Bound { return reached(view.Bound(), cellReach) }

// boundsOf returns the box that contains what is drawn of a layer.
func boundsOf(view *coverage.View, layer Layer) orb.Bound {
	return reached(view.Bound(), layer.about().reach)
}

// reached returns a box grown by degrees of latitude and as many kilometres of longitude.
func reached(b orb.Bound, reach float64) orb.Bound {
	if b.IsEmpty() {
		return orb.Bound{Min: orb.Point{-180, -mapLatitude}, Max: orb.Point{180, mapLatitude}}
	}
	polar := min(max(math.Abs(b.Min[1]), math.Abs(b.Max[1]))+reach, 85)
	wide := reach / math.Cos(polar*math.Pi/180)
	round := func(degrees float64) float64 { return math.Round(degrees*1e6) / 1e6 }
	grown := orb.Bound{
		Min: orb.Point{round(b.Min[0] - wide), max(round(b.Min[1]-reach), -mapLatitude)},
		Max: orb.Point{round(b.Max[0] + wide), min(round(b.Max[1]+reach), mapLatitude)},
	}
	if grown.Min[0] < -180 || grown.Max[0] > 180 { // beyond the antimeridian is the other end
		grown.Min[0], grown.Max[0] = -180, 180
	}
	return grown
}

// mapLatitude is maxLatitude as documents write it.
const mapLatitude = 85.051129

// A Range is the tiles of a zoom that a box touches: columns and rows, both ends included.
type Range struct{ MinX, MinY, MaxX, MaxY int }

// RangeOf returns the tiles of a zoom that a box touches.
func RangeOf(b orb.Bound, z int) Range {
	last := 1<<z - 1
	shift := mvt.WorldBits - z
	nw, se := mvt.Project(orb.Point{b.Min[0], b.Max[1]}), mvt.Project(orb.Point{b.Max[0], b.Min[1]})
	r := Range{int(nw.X >> shift), int(nw.Y >> shift), int(se.X >> shift), int(se.Y >> shift)}
	if b.Max[0] >= 180 {
		r.MaxX = last // its vertex is that of -180
	}
	return r
}

// within reports which parameter of a tile's address is out of a box, nil where none is.
func within(b orb.Bound, z, x, y int) error {
	r := RangeOf(b, z)
	if x < r.MinX || x > r.MaxX {
		return noTile("x", problem.TileEmpty(x, r.MinX, r.MaxX, z))
	}
	if y < r.MinY || y > r.MaxY {
		return noTile("y", problem.TileEmpty(y, r.MinY, r.MaxY, z))
	}
	return nil
}
