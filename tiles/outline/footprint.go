package outline

import (
	"cmp"
	"fmt"
	"slices"

	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// OfCells returns the outline of cells of one resolution, none twice, taken together (a dissolve): nil where there are
// none. An edge between two of them is there once in each direction and is left out; the others are the outline. Where
// H3 gives two cells of different faces of its icosahedron different vertices for one corner, geo.Outline is used,
// which is slower.
func OfCells(cells []geo.Cell) (*Shape, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	edges := make([]edge, 0, 6*len(cells))
	for _, c := range cells {
		ring, err := c.Boundary()
		if err != nil {
			return nil, fmt.Errorf("footprint: %w", err)
		}
		// H3 goes counter-clockwise on the globe; the screen's y grows downward.
		to := mvt.Project(ring[0])
		for i := len(ring) - 2; i >= 0; i-- {
			from := to
			to = mvt.Project(ring[i])
			edges = append(edges, edge{from, to})
		}
	}
	if rings, ok := chain(outerEdges(edges)); ok {
		return shapeOf(rings), nil
	}
	area, err := geo.Outline(cells)
	if err != nil {
		return nil, err
	}
	return New(area), nil
}

// An edge runs between two vertices.
type edge struct{ from, to mvt.Vertex }

func (e edge) back() edge { return edge{e.to, e.from} }

func compareVertices(a, b mvt.Vertex) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
}

func compareEdges(a, b edge) int {
	return cmp.Or(compareVertices(a.from, b.from), compareVertices(a.to, b.to))
}

// outerEdges returns, sorted, the edges that do not run the other way as well.
func outerEdges(edges []edge) []edge {
	slices.SortFunc(edges, compareEdges)
	var outer []edge
	for _, e := range edges {
		if _, paired := slices.BinarySearchFunc(edges, e.back(), compareEdges); !paired {
			outer = append(outer, e)
		}
	}
	return outer
}

// chain joins sorted edges into rings. It fails where an edge has none or more than one to
// follow it.
func chain(edges []edge) (rings [][]mvt.Vertex, ok bool) {
	for i := 1; i < len(edges); i++ {
		if edges[i].from == edges[i-1].from {
			return nil, false
		}
	}
	used := make([]bool, len(edges))
	for first := range edges {
		if used[first] {
			continue
		}
		var ring []mvt.Vertex
		for at := first; !used[at]; {
			used[at] = true
			ring = append(ring, edges[at].from)
			next, found := slices.BinarySearchFunc(edges, edges[at].to,
				func(e edge, v mvt.Vertex) int { return compareVertices(e.from, v) })
			if !found {
				return nil, false
			}
			at = next
		}
		rings = append(rings, ring)
	}
	return rings, true
}

// shapeOf returns the shape of rings that run clockwise on the screen, and of their holes, which run the other way.
func shapeOf(rings [][]mvt.Vertex) *Shape {
	s := &Shape{}
	var holes [][]mvt.Vertex
	for _, r := range rings {
		if signedArea(r) < 0 {
			holes = append(holes, r)
			continue
		}
		s.add(Polygon{rings: [][]mvt.Vertex{r}, Box: mvt.BoxOf(r)})
	}
	for _, h := range holes {
		// Of the parts around the hole the smallest is its own: the others contain that one.
		own := -1
		for i := range s.Polygons {
			p := &s.Polygons[i]
			o := p.Box.Min
			outer := Polygon{rings: p.rings[:1]}
			if outer.distance(o, float64(h[0].X)-float64(o.X), float64(h[0].Y)-float64(o.Y)) < 0 {
				continue // h begins outside it
			}
			if own < 0 || ringArea(p.rings[0]) < ringArea(s.Polygons[own].rings[0]) {
				own = i
			}
		}
		if own >= 0 {
			s.Polygons[own].rings = append(s.Polygons[own].rings, h)
		}
	}
	return s
}
