package geo

import (
	"sort"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// crossing is where a ring passes through itself or another one. Rings are counted from 1
// over all polygons; first is not after second.
type crossing struct {
	first, second int
	at            orb.Point
}

func (c crossing) problem() *problem.Problem {
	if c.first == c.second {
		return problem.RingCrossesItself(c.first, c.at[0], c.at[1])
	}
	return problem.RingsCross(c.first, c.second, c.at[0], c.at[1])
}

// findCrossing returns a place where a ring of the area, closed and without repeated
// points, passes through itself or another one. Rings that touch in points, or run along
// each other, do not cross. It ends early, without a place, where the work is to end.
//
// A sweep compares few pairs of most areas. Where it would compare many, as of a long coast, the pairs of edges that
// share a rectangle of a Locator's grids are compared, and those of a crowded one by a sweep: the time grows with the
// number of edges and not with its square.
func findCrossing(w *work, area orb.MultiPolygon) (c crossing, found bool) {
	l := &Locator{areas: []orb.MultiPolygon{area}}
	flat := l.flattenAll()
	if len(l.rings[0]) == 0 {
		return c, false
	}
	s := &sweep{Locator: l, work: w}
	edges := edgesOf(nil, l.rings[0])
	if direction, pairs := s.choose(edges); pairs <= sweptPairs*len(edges) {
		return s.crossing(edges, direction)
	}
	l.divide(flat)
	for _, g := range l.grids {
		for _, e := range g.entries {
			if e&kindMask != border {
				continue
			}
			record := l.borders[e>>kindBits:]
			edges = edges[:0]
			for runs := record[4 : 4+2*(record[3]>>1)]; len(runs) > 0; runs = runs[2:] { // of the only area
				edges = edgesOf(edges, []run{{runs[0], runs[1]}})
			}
			if c, found = s.crossingAmong(edges); found || w.err != nil {
				return c, found
			}
		}
	}
	return crossing{}, false
}

const (
	// sweptPairs is how many pairs of edges for each edge a sweep of a whole area may compare.
	sweptPairs = 64
	// crowdedEdges is from how many edges on those of a rectangle are swept.
	crowdedEdges = 64
)

func edgesOf(dst []uint32, runs []run) []uint32 {
	for _, r := range runs {
		for e := r.from; e < r.to; e++ {
			dst = append(dst, e)
		}
	}
	return dst
}

// crossingAmong compares the edges in a rectangle.
func (s *sweep) crossingAmong(edges []uint32) (c crossing, found bool) {
	if len(edges) > crowdedEdges {
		direction, _ := s.choose(edges)
		return s.crossing(edges, direction)
	}
	for i, e := range edges {
		for _, f := range edges[i+1:] {
			if at, crosses := s.edgesCross(e, f); crosses {
				first, second := s.ringOf(e)+1, s.ringOf(f)+1
				return crossing{min(first, second), max(first, second), at}, true
			}
		}
	}
	s.work.spend(len(edges) * len(edges))
	return c, false
}

// edgesCross reports whether the border passes through itself where edges e and f meet.
func (l *Locator) edgesCross(e, f uint32) (at orb.Point, crosses bool) {
	a, b, c, d := l.points[e], l.points[e+1], l.points[f], l.points[f+1]
	if max(a[0], b[0]) < min(c[0], d[0]) || max(c[0], d[0]) < min(a[0], b[0]) ||
		max(a[1], b[1]) < min(c[1], d[1]) || max(c[1], d[1]) < min(a[1], b[1]) {
		return at, false
	}
	sc, sd := side(a, b, c), side(a, b, d)
	sa, sb := side(c, d, a), side(c, d, b)
	switch {
	case sc*sd < 0 && sa*sb < 0:
		return meeting(a, b, c, d), true
	case a == c:
		// Two passes through one vertex cross if their ends alternate around it.
		return a, e != f && alternate(a, l.before(e), b, l.before(f), d)
	case sc == 0 && c != b && onSegment(a, b, c):
		return c, side(a, b, l.before(f))*sd < 0
	case sa == 0 && a != d && onSegment(c, d, a):
		return a, side(c, d, l.before(e))*sb < 0
	}
	return at, false
}

// before returns the vertex before the start of edge e in its ring.
func (l *Locator) before(e uint32) orb.Point {
	if r := l.ringOf(e); e == l.rings[0][r].from {
		return l.points[l.rings[0][r].to-1]
	}
	return l.points[e-1]
}

func (l *Locator) ringOf(e uint32) int {
	rings := l.rings[0]
	return sort.Search(len(rings), func(i int) bool { return rings[i].to > e })
}

// meeting returns about where the lines through a, b and c, d meet.
func meeting(a, b, c, d orb.Point) orb.Point {
	rx, ry := b[0]-a[0], b[1]-a[1]
	sx, sy := d[0]-c[0], d[1]-c[1]
	denominator := rx*sy - ry*sx
	if denominator == 0 {
		return a
	}
	t := min(max(((c[0]-a[0])*sy-(c[1]-a[1])*sx)/denominator, 0), 1)
	return orb.Point{a[0] + t*rx, a[1] + t*ry}
}

// alternate reports whether, around o, exactly one of c and d is strictly between a and
// b, and the other strictly on the other way from b to a.
func alternate(o, a, b, c, d orb.Point) bool {
	return within(o, a, b, c) && within(o, b, a, d) || within(o, a, b, d) && within(o, b, a, c)
}

// within reports whether the direction from o to p is strictly in the turn
// counter-clockwise from a to b.
func within(o, a, b, p orb.Point) bool {
	afterA, beforeB := side(o, a, p) > 0, side(o, p, b) > 0
	switch s := side(o, a, b); {
	case s > 0:
		return afterA && beforeB
	case s < 0:
		// More than half a turn: p is anywhere but from b to a.
		return !(side(o, b, p) >= 0 && side(o, p, a) >= 0)
	case turnsBack(a, o, b):
		return false // a and b are one direction
	}
	return afterA
}
