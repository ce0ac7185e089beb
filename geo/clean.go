package geo

import "github.com/paulmach/orb"

// Clean makes one valid MultiPolygon of whatever polygonal geometry a file gave: rings
// closed, repeated points dropped, outer rings counter-clockwise and holes clockwise. What
// it mended is told in repairs, one sentence each; what it cannot mend without guessing
// (a ring that crosses itself, fewer than three points, a coordinate out of range, a
// geometry that is not an area) is an error that says so.
func Clean(g orb.Geometry) (area orb.MultiPolygon, repairs []string, err error) { panic("not yet") }
