package geo

import "github.com/paulmach/orb"

// Shape is a geometry prepared for tests of which others it intersects. It may be shared.
type Shape struct {
	bound    orb.Bound
	points   []orb.Point
	segments [][2]orb.Point
	polygons []orb.Polygon
}

// NewShape takes a geometry apart: its points, the segments of its lines and rings, its
// polygons. A geometry without a vertex meets nothing.
func NewShape(g orb.Geometry) *Shape {
	s := &Shape{}
	s.add(g)
	if g != nil {
		s.bound = g.Bound()
	}
	return s
}

func (s *Shape) add(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		s.points = append(s.points, g)
	case orb.MultiPoint:
		s.points = append(s.points, g...)
	case orb.LineString:
		s.addLine(g)
	case orb.MultiLineString:
		for _, line := range g {
			s.addLine(line)
		}
	case orb.Ring:
		s.add(orb.Polygon{g})
	case orb.Polygon:
		if len(g) == 0 {
			return
		}
		s.polygons = append(s.polygons, g)
		for _, ring := range g {
			s.addLine(orb.LineString(ring))
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			s.add(polygon)
		}
	case orb.Bound:
		s.add(g.ToPolygon())
	case orb.Collection:
		for _, part := range g {
			s.add(part)
		}
	}
}

func (s *Shape) addLine(line orb.LineString) {
	for i := 1; i < len(line); i++ {
		s.segments = append(s.segments, [2]orb.Point{line[i-1], line[i]})
	}
}

// Bound returns the box around the shape.
func (s *Shape) Bound() orb.Bound { return s.bound }

// Meets reports whether the shape and the geometry have a point in common: their borders
// belong to them. The answer is exact.
func (s *Shape) Meets(g orb.Geometry) bool {
	if g == nil || !s.bound.Intersects(g.Bound()) {
		return false
	}
	o := NewShape(g)
	mine, theirs := s.near(o.bound), o.near(s.bound)
	for _, p := range o.points {
		if s.contains(p, mine) {
			return true
		}
	}
	for _, p := range s.points {
		if o.contains(p, theirs) {
			return true
		}
	}
	for _, e := range mine {
		for _, f := range theirs {
			if segmentsMeet(e, f) {
				return true
			}
		}
	}
	// No borders meet: what is left is that a part of one is wholly within the other.
	return s.containsPartOf(o) || o.containsPartOf(s)
}

// near returns the segments whose boxes meet the bound.
func (s *Shape) near(b orb.Bound) [][2]orb.Point {
	if b.Contains(s.bound.Min) && b.Contains(s.bound.Max) {
		return s.segments
	}
	var near [][2]orb.Point
	for _, e := range s.segments {
		if min(e[0][0], e[1][0]) <= b.Max[0] && max(e[0][0], e[1][0]) >= b.Min[0] &&
			min(e[0][1], e[1][1]) <= b.Max[1] && max(e[0][1], e[1][1]) >= b.Min[1] {
			near = append(near, e)
		}
	}
	return near
}

// contains reports whether the point is one of the shape's, on one of the segments given, or
// in one of its polygons.
func (s *Shape) contains(p orb.Point, segments [][2]orb.Point) bool {
	for _, q := range s.points {
		if p == q {
			return true
		}
	}
	for _, e := range segments {
		if onSegment(e[0], e[1], p) && side(e[0], e[1], p) == 0 {
			return true
		}
	}
	for _, polygon := range s.polygons {
		if polygonContains(polygon, p) {
			return true
		}
	}
	return false
}

// containsPartOf reports whether a vertex of each separate part of o is in a polygon.
func (s *Shape) containsPartOf(o *Shape) bool {
	for _, polygon := range s.polygons {
		for _, e := range o.segments {
			// Where no borders meet, a line is wholly in a polygon or wholly outside.
			if polygon.Bound().Contains(e[0]) && polygonContains(polygon, e[0]) {
				return true
			}
		}
	}
	return false
}

// polygonContains reports whether the point is in the polygon or on its border, by the
// number of edges to its right.
func polygonContains(polygon orb.Polygon, p orb.Point) bool {
	inside := false
	for _, ring := range polygon {
		for i := 1; i < len(ring); i++ {
			crosses, on := crossesRight(ring[i-1], ring[i], p)
			if on {
				return true
			}
			inside = inside != crosses
		}
	}
	return inside
}

// segmentsMeet reports whether two segments have a point in common.
func segmentsMeet(e, f [2]orb.Point) bool {
	if max(e[0][0], e[1][0]) < min(f[0][0], f[1][0]) || max(f[0][0], f[1][0]) < min(e[0][0], e[1][0]) ||
		max(e[0][1], e[1][1]) < min(f[0][1], f[1][1]) || max(f[0][1], f[1][1]) < min(e[0][1], e[1][1]) {
		return false
	}
	a, b := side(e[0], e[1], f[0]), side(e[0], e[1], f[1])
	c, d := side(f[0], f[1], e[0]), side(f[0], f[1], e[1])
	// The boxes meet, so segments on one line meet as well.
	return a*b <= 0 && c*d <= 0
}
