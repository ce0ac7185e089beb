package outline

import (
	"container/heap"
	"math"

	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// pole returns the pole of inaccessibility: the point of the polygon that is farthest from its border, to a hundredth
// of the polygon's smaller side. D. Garcia-Castellanos and U. Lombardo, "Poles of inaccessibility: a calculation
// algorithm for the remotest places on earth", Scottish Geographical Journal 123(3), 2007, refine a grid around its
// best point; here, as in Mapbox's polylabel, the squares of the grid are split by a priority queue, the one that may
// be farthest first (branch and bound), until none can contain a better point, so the best one is not missed. A very
// thin polygon gets the best point found within maxSplits.
func (p *Polygon) pole() mvt.Vertex {
	o := p.Box.Min
	width, height := float64(p.Box.Max.X-o.X), float64(p.Box.Max.Y-o.Y)
	if width == 0 || height == 0 {
		return p.rings[0][0]
	}
	precision := max(min(width, height)/100, 1)
	p = p.thinned(precision / 4)
	side := max(min(width, height), max(width, height)/32)
	best := p.square(o, width/2, height/2, 0)
	x, y := p.centroid(o)
	if c := p.square(o, x, y, 0); c.distance > best.distance {
		best = c
	}
	var queue squares
	for x := 0.0; x < width; x += side {
		for y := 0.0; y < height; y += side {
			heap.Push(&queue, p.square(o, x+side/2, y+side/2, side/2))
		}
	}
	for split := 0; len(queue) > 0 && split < maxSplits; split++ {
		s := heap.Pop(&queue).(square)
		if s.distance > best.distance {
			best = s
		}
		if s.most-best.distance <= precision {
			break
		}
		h := s.half / 2
		for _, d := range [4][2]float64{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
			heap.Push(&queue, p.square(o, s.x+d[0], s.y+d[1], h))
		}
	}
	return mvt.Vertex{X: o.X + uint32(int64(best.x)), Y: o.Y + uint32(int64(best.y))}
}

// thinned returns the polygon without vertices within the distance of the one before them (simplification by radial
// distance): a coast of thousands of vertices has nearly the same pole.
func (p *Polygon) thinned(distance float64) *Polygon {
	thin := &Polygon{rings: make([][]mvt.Vertex, len(p.rings)), Box: p.Box}
	for i, ring := range p.rings {
		kept := make([]mvt.Vertex, 0, len(ring))
		for _, v := range ring {
			if len(kept) > 0 {
				last := kept[len(kept)-1]
				if math.Hypot(float64(int32(v.X-last.X)), float64(int32(v.Y-last.Y))) < distance {
					continue
				}
			}
			kept = append(kept, v)
		}
		if len(kept) < 3 {
			kept = ring
		}
		thin.rings[i] = kept
	}
	return thin
}

// maxSplits bounds the search for a pole. A province takes about fifty.
const maxSplits = 1000

// A square of the plane around x, y, which are counted from the corner of the polygon's box, in units of a vertex.
type square struct {
	x, y, half float64
	distance   float64 // from its centre to the border, negative outside
	most       float64 // what the distance of any point in it can be
}

func (p *Polygon) square(o mvt.Vertex, x, y, half float64) square {
	d := p.distance(o, x, y)
	return square{x, y, half, d, d + half*math.Sqrt2}
}

// distance returns how far a point is from the border, negative outside by the even-odd rule. The point is counted
// from o.
func (p *Polygon) distance(o mvt.Vertex, x, y float64) float64 {
	inside := false
	least := math.Inf(1)
	for _, ring := range p.rings {
		b := ring[len(ring)-1]
		bx, by := float64(int64(b.X)-int64(o.X)), float64(int64(b.Y)-int64(o.Y))
		for _, a := range ring {
			ax, ay := float64(int64(a.X)-int64(o.X)), float64(int64(a.Y)-int64(o.Y))
			if (ay > y) != (by > y) && x < (bx-ax)*(y-ay)/(by-ay)+ax {
				inside = !inside
			}
			least = min(least, geo.SegmentDistance2(x, y, ax, ay, bx, by))
			bx, by = ax, ay
		}
	}
	if inside {
		return math.Sqrt(least)
	}
	return -math.Sqrt(least)
}

// centroid returns the centre of gravity of the outer ring, counted from o.
func (p *Polygon) centroid(o mvt.Vertex) (x, y float64) {
	ring := p.rings[0]
	var area, sx, sy float64
	b := ring[len(ring)-1]
	bx, by := float64(int64(b.X)-int64(o.X)), float64(int64(b.Y)-int64(o.Y))
	for _, a := range ring {
		ax, ay := float64(int64(a.X)-int64(o.X)), float64(int64(a.Y)-int64(o.Y))
		c := bx*ay - ax*by
		area += c
		sx += (ax + bx) * c
		sy += (ay + by) * c
		bx, by = ax, ay
	}
	if area == 0 {
		return bx, by
	}
	return sx / (3 * area), sy / (3 * area)
}

// squares is a heap with the square of the largest possible distance on top.
type squares []square

func (s squares) Len() int           { return len(s) }
func (s squares) Less(i, j int) bool { return s[i].most > s[j].most }
func (s squares) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *squares) Push(x any)        { *s = append(*s, x.(square)) }
func (s *squares) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}
