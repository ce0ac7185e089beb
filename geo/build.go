package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// builder makes the grids of a Locator. Its scratch grows with the deepest grid, not with
// the number of grids.
type builder struct {
	*Locator
	nodes  []node  // the edges found in each rectangle, newest first
	chain  []int32 // nodes of one rectangle
	budget int     // rectangles and runs in them that may still be made
}

// node is a run found in a rectangle, linked to the one found before it there.
type node struct {
	run
	area int32
	odd  bool
	next int32 // -1: the first
}

// flatAreas are the borders of all areas.
type flatAreas struct {
	pieces []piece
	edges  int
	box    orb.Bound
}

// index flattens the areas and builds the first grid and all below it.
func (l *Locator) index() { l.divide(l.flattenAll()) }

// flattenAll fills l.points, l.rings and l.extents.
func (l *Locator) flattenAll() (f flatAreas) {
	f.box = orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	l.extents = make([]orb.Bound, len(l.areas))
	l.rings = make([][]run, len(l.areas))
	for i, area := range l.areas {
		l.extents[i] = orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
		for _, polygon := range area {
			for _, ring := range polygon {
				if r, ok := l.flatten(ring); ok {
					l.rings[i] = append(l.rings[i], r)
					f.edges += int(r.to - r.from)
					for _, p := range ring {
						l.extents[i] = l.extents[i].Extend(p)
					}
				}
			}
		}
		if len(l.rings[i]) > 0 {
			f.pieces = append(f.pieces, piece{area: int32(i), runs: l.rings[i]})
			f.box = f.box.Union(l.extents[i])
		}
	}
	return f
}

// divide makes the grids.
func (l *Locator) divide(f flatAreas) {
	if len(f.pieces) == 0 {
		return
	}
	// A margin keeps every vertex off the outer lines: no area contains the first reference.
	box, edges := f.box, f.edges
	x, y := box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]
	margin := 1e-3*max(x, y) + 1e-6
	b := builder{Locator: l, budget: budgetEdge*edges + budgetLeast}
	g := newGrid(box.Min[0]-margin, box.Min[1]-margin, box.Max[0]+margin, box.Max[1]+margin,
		float64(edges)/rootEdges+1, maxRootSide)
	b.fill(g, -1, f.pieces, edges, 0)
}

// flatten appends a ring to l.points, closed, and returns its edges.
func (l *Locator) flatten(ring orb.Ring) (run, bool) {
	for _, p := range ring {
		if !finite(p) {
			return run{}, false
		}
	}
	if len(ring) < 3 {
		return run{}, false
	}
	from := uint32(len(l.points))
	l.points = append(l.points, ring...)
	if ring[0] != ring[len(ring)-1] {
		l.points = append(l.points, ring[0])
	}
	return run{from, uint32(len(l.points) - 1)}, true
}

// fill gives every rectangle of g its entry and returns the index of g. base is the first
// of the areas that contain all of g without a border in it, -1 for none; pieces are the
// borders that pass, by area, with the reference of g itself, and edges how many they are.
func (b *builder) fill(g *grid, base int32, pieces []piece, edges, depth int) int {
	b.budget -= len(g.entries)
	index := len(b.grids)
	b.grids = append(b.grids, g)

	n := len(g.entries)
	bases, heads, owners := make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range n {
		bases[i], heads[i], owners[i] = base, -1, -1
	}
	// The nodes of this grid are above those of the grids around it.
	bottom := len(b.nodes)
	toggles := make([]bool, (g.nx+1)*g.ny)
	for _, p := range pieces {
		firstNode := len(b.nodes)
		extent := b.list(g, p, heads, owners)
		if depth > 0 {
			// A piece is cut at the box of a finer grid, so its area may contain what is beyond
			// its edges. In the first grid all areas are whole, and end where their edges do.
			extent = indexBox{0, 0, g.nx - 1, g.ny - 1}
		}
		b.references(g, p, extent, toggles, func(rectangle int, odd bool) {
			if owners[rectangle] != p.area {
				if odd && (bases[rectangle] < 0 || p.area < bases[rectangle]) {
					bases[rectangle] = p.area
				}
				return
			}
			for i := heads[rectangle]; i >= int32(firstNode); i = b.nodes[i].next {
				b.nodes[i].odd = odd
			}
		})
	}
	b.budget -= len(b.nodes) - bottom
	for i := range n {
		if heads[i] < 0 {
			g.entries[i] = entry(bases[i]+1) << kindBits // whole, whose bits are 0
			continue
		}
		count := b.gather(heads[i])
		if count > crowded && depth < maxDepth && b.worthwhile(g, count, edges) {
			col, row := i%g.nx, i/g.nx
			child := newGrid(g.lineX(col), g.lineY(row), g.lineX(col+1), g.lineY(row+1),
				rectanglesEdge*float64(count), maxFinerSide)
			g.entries[i] = entry(b.fill(child, bases[i], b.pieces(), count, depth+1))<<kindBits | finer
			continue
		}
		g.entries[i] = entry(len(b.borders))<<kindBits | border
		b.write(bases[i])
	}
	b.nodes = b.nodes[:bottom]
	return index
}

// worthwhile reports whether to divide a rectangle of g with count of its edges. Edges that
// coincide or meet in one vertex cannot be distinguished by ever finer grids: where
// a rectangle keeps most of the edges, or memory is spent, they are tested one by one.
func (b *builder) worthwhile(g *grid, count, edges int) bool {
	return 2*count <= edges+crowded && b.budget > 0 && g.width > 4*leastSide && g.height > 4*leastSide
}

// list puts the edges of a piece into the rectangles they touch, and returns the columns
// and rows they reach.
func (b *builder) list(g *grid, p piece, heads, owners []int32) (extent indexBox) {
	extent = indexBox{g.nx, g.ny, -1, -1}
	for _, r := range p.runs {
		for e := r.from; e < r.to; e++ {
			g.eachRectangle(b.points[e], b.points[e+1], func(rectangle int) {
				extent.add(rectangle%g.nx, rectangle/g.nx)
				if head := heads[rectangle]; owners[rectangle] == p.area && b.nodes[head].to == e {
					b.nodes[head].to = e + 1
					return
				}
				b.nodes = append(b.nodes, node{run: run{e, e + 1}, area: p.area, next: heads[rectangle]})
				heads[rectangle], owners[rectangle] = int32(len(b.nodes)-1), p.area
			})
		}
	}
	return extent
}

type indexBox struct{ west, south, east, north int }

func (x *indexBox) add(i, j int) {
	x.west, x.east = min(x.west, i), max(x.east, i)
	x.south, x.north = min(x.south, j), max(x.north, j)
}

// references returns, for every rectangle of the extent, whether the piece's area contains its
// reference. It starts from the reference of g, which is known, and goes north along the
// eastern line, then west along each row: an edge that is crossed changes the answer.
func (b *builder) references(g *grid, p piece, extent indexBox, toggles []bool, tell func(rectangle int, odd bool)) {
	stride := g.nx + 1
	clear(toggles[extent.south*stride : (extent.north+1)*stride])
	for _, r := range p.runs {
		for e := r.from; e < r.to; e++ {
			b.toggleRows(g, b.points[e], b.points[e+1], toggles)
			b.toggleEast(g, b.points[e], b.points[e+1], toggles)
		}
	}
	for j := extent.south; j <= extent.north; j++ {
		odd := p.odd
		row := toggles[j*stride : (j+1)*stride]
		odd = odd != row[g.nx]
		for i := g.nx - 1; i >= extent.west; i-- {
			odd = odd != row[i]
			if i <= extent.east {
				tell(j*g.nx+i, odd)
			}
		}
	}
}

// toggleRows marks, in each row whose reference line the edge crosses, the last rectangle
// whose reference is west of the crossing: from there on westward the answer changes.
func (b *builder) toggleRows(g *grid, p, q orb.Point, toggles []bool) {
	low, high := p[1], q[1]
	if low > high {
		low, high = high, low
	}
	for j := max(g.row(low)-1, 0); j < g.ny; j++ {
		y := g.lineY(j)
		if y >= high {
			return
		}
		if y < low {
			continue
		}
		west := func(column int) bool {
			return (sideNear(p, q, orb.Point{g.lineX(column + 1), y}) > 0) == (q[1] > p[1])
		}
		// An estimate, put right by the exact test.
		i := g.column(p[0]+(y-p[1])*((q[0]-p[0])/(q[1]-p[1]))) - 1
		i = max(i, -1)
		for i >= 0 && !west(i) {
			i--
		}
		for i+1 < g.nx && west(i+1) {
			i++
		}
		if i >= 0 && i < g.nx-1 { // beyond the eastern line nothing is crossed
			toggles[j*(g.nx+1)+i] = !toggles[j*(g.nx+1)+i]
		}
	}
}

// toggleEast marks the rows whose eastern end is beyond the edge as seen from g's
// reference, in the column past the last.
func (b *builder) toggleEast(g *grid, p, q orb.Point, toggles []bool) {
	if (p[0] > g.x1) == (q[0] > g.x1) {
		return
	}
	first := sideNear(p, q, orb.Point{g.x1, g.y0})
	for j := 1; j < g.ny; j++ {
		if sideNear(p, q, orb.Point{g.x1, g.lineY(j)}) != first {
			toggles[j*(g.nx+1)+g.nx] = !toggles[j*(g.nx+1)+g.nx]
		}
	}
}

// gather lists the nodes of a rectangle in b.chain, ascending by area, and counts their
// edges.
func (b *builder) gather(head int32) (edges int) {
	b.chain = b.chain[:0]
	for i := head; i >= 0; i = b.nodes[i].next {
		b.chain = append(b.chain, i)
		edges += int(b.nodes[i].to - b.nodes[i].from)
	}
	slices.Reverse(b.chain) // they came newest first: last area first
	return edges
}

// pieces makes pieces of the nodes in b.chain, for a finer grid.
func (b *builder) pieces() (pieces []piece) {
	for _, i := range b.chain {
		n := b.nodes[i]
		if len(pieces) == 0 || pieces[len(pieces)-1].area != n.area {
			pieces = append(pieces, piece{area: n.area, odd: n.odd})
		}
		last := &pieces[len(pieces)-1]
		last.runs = append(last.runs, n.run)
	}
	return pieces
}

// write appends the nodes in b.chain to Locator.borders as what a border rectangle needs:
// base + 1, the number of areas, then for each area its index, runs << 1 | odd, and the
// runs as from, to.
func (b *builder) write(base int32) {
	start := len(b.borders)
	b.borders = append(b.borders, uint32(base+1), 0)
	head := -1 // of the area being written
	for _, i := range b.chain {
		n := b.nodes[i]
		if head < 0 || b.borders[head] != uint32(n.area) {
			head = len(b.borders)
			odd := uint32(0)
			if n.odd {
				odd = 1
			}
			b.borders = append(b.borders, uint32(n.area), odd)
			b.borders[start+1]++
		}
		b.borders = append(b.borders, n.from, n.to)
		b.borders[head+1] += 1 << 1
	}
}
