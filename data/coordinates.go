package data

import (
	"math"

	"github.com/paulmach/orb"
)

// coordinateUnit is what points are rounded to: 1e-7 degree, about a centimetre.
const coordinateUnit = 1e7

// RoundPoint returns the point as a Household has it.
func RoundPoint(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*coordinateUnit) / coordinateUnit, math.Round(p[1]*coordinateUnit) / coordinateUnit}
}

// FlatArea returns the coordinates of an area one after the other, and where each ring of
// each of its polygons ends among them: the form that well-known binary is written from.
func FlatArea(area orb.MultiPolygon) (flat []float64, ends [][]int) {
	for _, polygon := range area {
		var rings []int
		for _, ring := range polygon {
			for _, p := range ring {
				flat = append(flat, p[0], p[1])
			}
			rings = append(rings, len(flat))
		}
		ends = append(ends, rings)
	}
	return flat, ends
}
