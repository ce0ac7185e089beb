// Package outline is the outlines of areas and H3 cells, projected once and drawn into any tile of any zoom.
package outline

import (
	"math"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"tungnha/tiles/mvt"
)

// Shape is the outline of one area, projected once for all tiles.
type Shape struct {
	Polygons []Polygon
	Box      mvt.Box

	labelOnce sync.Once
	labelAt   mvt.Vertex
}

// Polygon is one part of a shape.
type Polygon struct {
	Box   mvt.Box
	rings [][]mvt.Vertex // the outer one first; none repeats its first vertex
}

// New returns the shape of an area in longitude and latitude. Rings may run either way; the first of each part is the
// outer one.
func New(area orb.MultiPolygon) *Shape {
	s := &Shape{}
	for _, part := range area {
		p := Polygon{rings: make([][]mvt.Vertex, 0, len(part))}
		for _, ring := range part {
			p.rings = append(p.rings, projectRing(ring))
		}
		if len(p.rings) == 0 || len(p.rings[0]) == 0 {
			continue
		}
		p.Box = mvt.BoxOf(p.rings[0])
		s.add(p)
	}
	return s
}

func (s *Shape) add(p Polygon) {
	if len(s.Polygons) == 0 {
		s.Box = p.Box
	}
	s.Box = s.Box.Union(p.Box)
	s.Polygons = append(s.Polygons, p)
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

// Label returns the point for the name of the area: the pole of inaccessibility of its largest part, so that an area of
// many islands has one name.
func (s *Shape) Label() mvt.Vertex {
	s.labelOnce.Do(func() {
		var largest *Polygon
		var most float64
		for i := range s.Polygons {
			if a := s.Polygons[i].area(); largest == nil || a > most {
				largest, most = &s.Polygons[i], a
			}
		}
		if largest != nil {
			s.labelAt = largest.pole()
		}
	})
	return s.labelAt
}

// area returns the area of the polygon, in squares of a vertex's unit.
func (p *Polygon) area() float64 {
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

// signedArea is positive where the ring runs clockwise on the screen (shoelace formula).
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

// AreaBuffer is how far areas reach beyond the tile, in points: their lines are thinner.
const AreaBuffer = 128

// borderGridBits is how coarse the grid is that borders are quantised to, in bits of a point: 4 points are half a pixel
// of a tile of 512. The grid covers the world, so both sides of a border move to the same points and no gap opens
// between them.
const borderGridBits = 2

// Scratch is memory that drawing reuses from one outline to the next. Its zero value is ready.
type Scratch struct{ ring, cut, spare []mvt.Point }

// Draw writes the geometry of the shape in the tile into the current feature: quantised, clipped to the tile and its
// buffer, outer rings clockwise on the screen. Nothing is written where none of it is there.
func (s *Shape) Draw(w *mvt.Encoder, f *mvt.Transform, scratch *Scratch) {
	if !f.Touches(s.Box, AreaBuffer) {
		return
	}
	for i := range s.Polygons {
		p := &s.Polygons[i]
		if !f.Touches(p.Box, AreaBuffer) {
			continue
		}
		from := p.rings[0][0]
		anchor := f.Anchor(from)
		for j, ring := range p.rings {
			cut := scratch.border(f, ring, from, anchor)
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
			w.Ring(cut)
		}
	}
}

// border returns a ring of a shape in the tile: quantised, clipped, without points that change nothing. It is valid
// until the next call.
func (s *Scratch) border(f *mvt.Transform, ring []mvt.Vertex, from mvt.Vertex, anchor int64) []mvt.Point {
	const half, mask = 1 << borderGridBits >> 1, -1 << borderGridBits
	out := s.ring[:0]
	for _, v := range ring {
		p := f.Place(v, from, anchor)
		p = mvt.Point{X: (p.X + half) & mask, Y: (p.Y + half) & mask}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	s.ring = out
	if !mvt.Contains(out, -AreaBuffer, mvt.Extent+AreaBuffer) {
		s.cut, s.spare = mvt.Clip(out, s.cut, s.spare, -AreaBuffer, mvt.Extent+AreaBuffer)
		out = s.cut
	}
	return mvt.Straighten(out)
}
