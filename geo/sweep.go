package geo

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// sweep finds crossings among edges by a sweep along one direction: only edges whose projections on it overlap are
// compared. The edges of a comb, whose teeth run beside each other, overlap in every direction but one, so it takes the
// best of several.
type sweep struct {
	*Locator // its points and the rings of its only area
	work     *work
	spans    []span
	few      []uint32
	low      []float64
	high     []float64
	active   []span
}

// span is the projection of an edge on the direction of a sweep.
type span struct {
	low, high float64
	edge      uint32
}

// fewEdges is by about how many edges directions are compared.
const fewEdges = 1024

// sampledEdges is how many edges propose a direction across themselves.
const sampledEdges = 8

// choose takes the direction in which the fewest pairs of the edges overlap, and returns how many those are.
func (s *sweep) choose(edges []uint32) (direction orb.Point, pairs int) {
	candidates := []orb.Point{{1, 0}, {0, 1}}
	step := max(len(edges)/sampledEdges, 1)
	for i := step / 2; i < len(edges); i += step {
		a, b := s.points[edges[i]], s.points[edges[i]+1]
		if length := math.Hypot(b[0]-a[0], b[1]-a[1]); length > 0 {
			candidates = append(candidates, orb.Point{(a[1] - b[1]) / length, (b[0] - a[0]) / length})
		}
	}
	few := edges
	if step := len(edges) / fewEdges; step > 1 {
		s.few = s.few[:0]
		for i := 0; i < len(edges); i += step {
			s.few = append(s.few, edges[i])
		}
		few = s.few
	}
	least := math.MaxInt
	for _, d := range candidates {
		if n := s.overlaps(few, d); n < least {
			direction, least = d, n
		}
	}
	return direction, s.overlaps(edges, direction)
}

// overlaps counts the pairs of edges whose projections overlap.
func (s *sweep) overlaps(edges []uint32, d orb.Point) (pairs int) {
	s.low, s.high = s.low[:0], s.high[:0]
	for _, e := range edges {
		p := s.project(e, d)
		s.low, s.high = append(s.low, p.low), append(s.high, p.high)
	}
	return overlappingSpans(s.low, s.high)
}

// overlappingSpans counts the pairs of spans that overlap, of which low has the lower and high the upper ends. It sorts
// both.
func overlappingSpans(low, high []float64) (pairs int) {
	slices.Sort(low)
	slices.Sort(high)
	ended := 0
	for i := range low {
		for high[ended] < low[i] {
			ended++
		}
		pairs += i - ended
	}
	return pairs
}

// project returns the projection of an edge, a little wider: points that two edges share are in both.
func (s *sweep) project(e uint32, d orb.Point) span {
	a, b := s.points[e], s.points[e+1]
	low, high := d[0]*a[0]+d[1]*a[1], d[0]*b[0]+d[1]*b[1]
	if low > high {
		low, high = high, low
	}
	// Coordinates are at most 180: this is many times what rounding can do.
	const slack = 360 * 0x1p-48
	return span{low - slack, high + slack, e}
}

// crossing returns a place where two of the edges cross.
func (s *sweep) crossing(edges []uint32, d orb.Point) (c crossing, found bool) {
	s.spans, s.active = s.spans[:0], s.active[:0]
	for _, e := range edges {
		s.spans = append(s.spans, s.project(e, d))
	}
	slices.SortFunc(s.spans, func(a, b span) int {
		switch {
		case a.low < b.low:
			return -1
		case a.low > b.low:
			return 1
		}
		return int(a.edge) - int(b.edge)
	})
	for _, next := range s.spans {
		kept := s.active[:0]
		for _, other := range s.active {
			if other.high < next.low {
				continue
			}
			kept = append(kept, other)
			if at, crosses := s.edgesCross(min(other.edge, next.edge), max(other.edge, next.edge)); crosses {
				first, second := s.ringOf(other.edge)+1, s.ringOf(next.edge)+1
				return crossing{min(first, second), max(first, second), at}, true
			}
		}
		if !s.work.spend(len(s.active) + 1) {
			return c, false
		}
		s.active = append(kept, next)
	}
	return c, false
}

// work ends a computation when its context does.
type work struct {
	ctx  context.Context
	left int // steps until the context is looked at again
	err  error
}

// stepsBetween is how many steps of some nanoseconds are between two looks at the context.
const stepsBetween = 1 << 14

// spend counts steps, and reports whether to go on.
func (w *work) spend(steps int) bool {
	if w.left -= steps; w.left < 0 && w.err == nil {
		w.left, w.err = stepsBetween, w.ctx.Err()
	}
	return w.err == nil
}
