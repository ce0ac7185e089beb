package problem

import "strconv"

// Problems of points and of the geometries of areas. Those of a point begin with the longitude or the latitude;
// their field is lon or lat.

// PointNotNumber is a point with a coordinate that is no number, or not finite.
func PointNotNumber(lon, lat float64) *Problem {
	return of("lon", "point_not_number", "lon", general(lon), "lat", general(lat))
}

// general writes a number as fmt's %v does.
func general(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// PointSwapped is a point that would be in Việt Nam if longitude and latitude were exchanged.
func PointSwapped(lon, lat float64) *Problem {
	return of("lon", "point_swapped", "lon", lon, "lat", lat)
}

// PointInMetres is a point whose coordinates are too large for degrees.
func PointInMetres(lon, lat float64) *Problem {
	return of("lon", "point_in_metres", "lon", lon, "lat", lat)
}

// OutOfRange is a coordinate outside -limit to limit degrees.
func OutOfRange(field string, value float64, limit int) *Problem {
	return of(field, "degrees_out_of_range", "value", value, "limit", limit)
}

// NestedTooDeep is a ring inside more than limit others.
func NestedTooDeep(ring, limit int) *Problem {
	return of("", "nested_too_deep", "ring", ring, "limit", limit)
}

// TooIntricate is a geometry that could not be checked within a number of seconds.
func TooIntricate(seconds int) *Problem { return of("", "too_intricate", "seconds", seconds) }

// InRing is a problem of a ring, counted from 1 over all polygons.
func InRing(ring int, p *Problem) *Problem { return of("", "in_ring", "ring", ring, "problem", p) }

// InPoint is a problem of a point of a ring, counted from 1.
func InPoint(point int, p *Problem) *Problem {
	return of("", "in_point", "point", point, "problem", p)
}

// InMember is a problem of a member of a GeometryCollection, counted from 1.
func InMember(member int, p *Problem) *Problem {
	return of("", "in_member", "member", member, "problem", p)
}

// InCoordinates is a problem of the coordinates of a geometry.
func InCoordinates(geometry string, p *Problem) *Problem {
	return of("", "in_coordinates", "type", geometry, "problem", p)
}

// NoGeometry is an area without a geometry.
func NoGeometry() *Problem { return of("", "no_geometry") }

// NoRings is a polygon without rings.
func NoRings() *Problem { return of("", "no_rings") }

// NotArea is a geometry that has no area.
func NotArea(geometry string) *Problem { return of("", "not_area", "type", geometry) }

// EnclosesNothing is a ring whose points are all on one line.
func EnclosesNothing() *Problem { return of("", "encloses_nothing") }

// TooFewPoints is a ring of fewer than three points.
func TooFewPoints(points int) *Problem { return of("", "too_few_points", "points", points) }

// RingCrossesItself is a ring that crosses itself at a point.
func RingCrossesItself(ring int, lon, lat float64) *Problem {
	return of("", "ring_crosses_itself", "ring", ring, "lon", lon, "lat", lat)
}

// RingsCross are two rings that cross at a point.
func RingsCross(first, second int, lon, lat float64) *Problem {
	return of("", "rings_cross", "first", first, "second", second, "lon", lon, "lat", lat)
}

// HoleRepeatsRing is a hole that is the same as an outer ring.
func HoleRepeatsRing(ring, same int) *Problem {
	return of("", "hole_repeats_ring", "ring", ring, "same", same)
}

// What was mended in a geometry.

// NotClosed is a ring whose last point was not its first.
func NotClosed() *Problem { return of("", "not_closed") }

// PointsRepeated are points of a ring that were dropped because they repeat the one before.
func PointsRepeated(count int) *Problem { return of("", "points_repeated", "count", count) }

// SpikesDropped are points of a ring at which it turned straight back.
func SpikesDropped(count int) *Problem { return of("", "spikes_dropped", "count", count) }

// Rewound is a ring that ran the wrong way around.
func Rewound() *Problem { return of("", "rewound") }

// RingTakenForPart is a hole in no polygon.
func RingTakenForPart(ring int) *Problem { return of("", "ring_taken_for_part", "ring", ring) }

// RingTakenForHole is a part inside another.
func RingTakenForHole(ring, around int) *Problem {
	return of("", "ring_taken_for_hole", "ring", ring, "around", around)
}

// HoleMoved is a hole of another polygon than that it is in.
func HoleMoved(ring, around int) *Problem {
	return of("", "hole_moved", "ring", ring, "around", around)
}

// EmptyRingDropped is a part or a hole that encloses nothing.
func EmptyRingDropped(ring int) *Problem { return of("", "empty_ring_dropped", "ring", ring) }

// RingDropped is a ring that is the same as one before.
func RingDropped(ring, same int) *Problem {
	return of("", "ring_dropped", "ring", ring, "same", same)
}

// Problems of GeoJSON geometries as they are written.

// NotGeometry is a JSON value where a geometry should be.
func NotGeometry(got string) *Problem { return of("", "not_geometry", "got", Clip(got, 20)) }

// NoGeometryType is a geometry without a type.
func NoGeometryType() *Problem { return of("", "no_geometry_type") }

// UnknownGeometryType is a geometry of a type that GeoJSON does not have.
func UnknownGeometryType(geometry string) *Problem {
	return of("", "unknown_geometry_type", "type", Clip(geometry, 20))
}

// NoCoordinates is a geometry without coordinates.
func NoCoordinates(geometry string) *Problem { return of("", "no_coordinates", "type", geometry) }

// NoGeometries is a GeometryCollection without geometries.
func NoGeometries() *Problem { return of("", "no_geometries") }

// NotPosition is a JSON value where a longitude and a latitude should be.
func NotPosition(got string) *Problem { return of("", "not_position", "got", Clip(got, 30)) }

// NotPoint is a household with another geometry than a Point.
func NotPoint(geometry string) *Problem { return of("", "not_point", "type", Clip(geometry, 20)) }
