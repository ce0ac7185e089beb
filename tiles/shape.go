package tiles

import (
	"math"
	"slices"
	"sync"

	"tungnha/tiles/mvt"

	"github.com/paulmach/orb"
)

// A shape is the outline of one area, projected once for all tiles.
type shape struct {
	polygons []polygon
	box      mvt.Box

	labelOnce sync.Once
	labelAt   mvt.Vertex
}

// A polygon is one part of a shape.
type polygon struct {
	rings [][]mvt.Vertex // the outer one first; none repeats its first vertex
	box   mvt.Box
}

func newShape(area orb.MultiPolygon) *shape {
	s := &shape{}
	for _, part := range area {
		p := polygon{rings: make([][]mvt.Vertex, 0, len(part))}
		for _, ring := range part {
			p.rings = append(p.rings, projectRing(ring))
		}
		if len(p.rings) == 0 || len(p.rings[0]) == 0 {
			continue
		}
		p.box = mvt.BoxOf(p.rings[0])
		s.add(p)
	}
	return s
}

func (s *shape) add(p polygon) {
	if len(s.polygons) == 0 {
		s.box = p.box
	}
	s.box = s.box.Union(p.box)
	s.polygons = append(s.polygons, p)
}

// projectRing returns the vertices of a ring without repeats.
func projectRing(ring orb.Ring) []mvt.Vertex {
	vertices := make([]mvt.Vertex, 0, len(ring))
	for _, p := range ring {
		if v := mvt.Project(p); len(vertices) == 0 || vertices[len(vertices)-1] != v {
			vertices = append(vertices, v)
		}
	}
	for len(vertices) > 1 && vertices[0] == vertices[len(vertices)-1] {
		vertices = vertices[:len(vertices)-1]
	}
	return slices.Clip(vertices)
}

// label returns where the name of the area stands: inside its largest part, as far from
// the border as can be, so that an area of many islands has one name.
func (s *shape) label() mvt.Vertex {
	s.labelOnce.Do(func() {
		var largest *polygon
		var most float64
		for i := range s.polygons {
			if a := s.polygons[i].area(); largest == nil || a > most {
				largest, most = &s.polygons[i], a
			}
		}
		if largest != nil {
			s.labelAt = largest.pole()
		}
	})
	return s.labelAt
}

// area returns the area of the polygon, in squares of a vertex's unit.
func (p *polygon) area() float64 {
	var sum float64
	for i, ring := range p.rings {
		a := ringArea(ring)
		if i > 0 {
			a = -a
		}
		sum += a
	}
	return sum
}

// ringArea returns the area of a ring, whichever way it runs.
func ringArea(ring []mvt.Vertex) float64 { return math.Abs(signedArea(ring)) }

// signedArea is positive where the ring runs clockwise on the screen.
func signedArea(ring []mvt.Vertex) float64 {
	if len(ring) == 0 {
		return 0
	}
	var sum float64
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := float64(int32(ring[i].X-o.X)), float64(int32(ring[i].Y-o.Y))
		bx, by := float64(int32(ring[i+1].X-o.X)), float64(int32(ring[i+1].Y-o.Y))
		sum += ax*by - bx*ay
	}
	return sum / 2
}

// areaBuffer is how far areas reach beyond the tile, in points: their lines are thinner.
const areaBuffer = 128

// areaGridBits is how coarse the grid is that borders are snapped to, in bits of a point: 4
// points are half a pixel of a tile of 512. The grid covers the world, so that both sides
// of a border move to the same places and no gap opens between them.
const areaGridBits = 2

// shape writes the geometry of a shape in the tile into the feature in hand.
func (d *tileEncoder) shape(f *mvt.Transform, s *shape) {
	if !f.Touches(s.box, areaBuffer) {
		return
	}
	for i := range s.polygons {
		p := &s.polygons[i]
		if !f.Touches(p.box, areaBuffer) {
			continue
		}
		from := p.rings[0][0]
		anchor := f.Anchor(from)
		for j, ring := range p.rings {
			cut := d.border(f, ring, from, anchor)
			area := mvt.Area2(cut)
			if area == 0 {
				if j == 0 {
					break // its holes go with it
				}
				continue
			}
			if area < 0 == (j == 0) {
				mvt.Reverse(cut)
			}
			d.mvt.Ring(cut)
		}
	}
}

// border returns a ring of a shape in the tile: on the grid of borders, cut at the buffer,
// without points that change nothing. It is valid until the next call.
func (d *tileEncoder) border(f *mvt.Transform, ring []mvt.Vertex, from mvt.Vertex, anchor int64) []mvt.Point {
	const half, mask = 1 << areaGridBits >> 1, -1 << areaGridBits
	out := d.ring[:0]
	for _, v := range ring {
		p := f.Place(v, from, anchor)
		p = mvt.Point{X: (p.X + half) & mask, Y: (p.Y + half) & mask}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	d.ring = out
	if !mvt.Contains(out, -areaBuffer, mvt.Extent+areaBuffer) {
		d.cut, d.spare = mvt.Clip(out, d.cut, d.spare, -areaBuffer, mvt.Extent+areaBuffer)
		out = d.cut
	}
	return mvt.Straighten(out)
}
