package tiles

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/geo"
	"tungnha/internal/cache"
	"tungnha/tiles/mvt"
)

// cellGrids keeps the outlines of the cells that results are made of, for each resolution.
// An outline depends on its cell alone, so it serves every window, viewer and version of
// the data. It is safe for concurrent use.
type cellGrids struct {
	slots *cache.Cache[int, *gridSlot] // by resolution
}

// gridSlot has the outlines of one resolution.
type gridSlot struct {
	mu    sync.Mutex
	grid  *cellGrid
	known [16]knownCells // by the grid
	next  int

	cells atomic.Int64 // of the grid
}

// What a grid may be known to have: the cells of one result, or those of every result with
// the same boundaries, for they share the households.
type knownCells struct {
	result weak.Pointer[coverage.Result]
	all    weak.Pointer[boundary.Tree]
}

// A result of more than maxOutlines cells is drawn from those around each tile, made each time; grids beyond
// maxGridBytes together are evicted.
const (
	maxOutlines  = 1 << 20
	maxGridBytes = 256 << 20
	outlineBytes = 140 // of a cell: some 80, and 60 for each zoom that shows it
)

func newCellGrids(maxBytes uint64) cellGrids {
	return cellGrids{cache.New(cache.Options[int, *gridSlot]{
		MaxBytes: maxBytes,
		Weight:   func(_ int, s *gridSlot) uint64 { return outlineBytes * uint64(1+s.cells.Load()) },
	})}
}

// slot returns what is kept of a resolution.
func (o *cellGrids) slot(resolution int) *gridSlot {
	if s, ok := o.slots.Peek(resolution); ok {
		return s
	}
	return o.slots.PeekOrPut(resolution, new(gridSlot))
}

// of returns a grid that has every cell of the result at its resolution or a coarser one.
func (o *cellGrids) of(result *coverage.Result, resolution int) (*cellGrid, error) {
	slot := o.slot(resolution)
	g, grown, err := slot.with(result, resolution)
	if grown {
		o.slots.Reweigh(resolution, func(kept *gridSlot) bool { return kept == slot })
	}
	return g, err
}

// with returns the grid with the cells of a result, and whether any had to be added.
func (r *gridSlot) with(result *coverage.Result, resolution int) (g *cellGrid, grown bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.grid != nil && r.knows(result) {
		return r.grid, grown, nil
	}
	if r.grid == nil {
		r.grid = &cellGrid{zoom: deepest(resolution)}
	}
	fresh := cellsOf(result, resolution)
	cells, grown := union(r.grid.cells, fresh)
	if grown {
		if len(cells) > maxOutlines {
			cells = fresh
		}
		g, err := newCellGrid(cells, r.grid)
		if err != nil {
			return nil, false, err
		}
		r.grid = g
		r.cells.Store(int64(len(cells)))
		clear(r.known[:])
	}
	r.known[r.next] = knownCells{result: weak.Make(result)}
	if result.Everywhere() {
		r.known[r.next] = knownCells{all: weak.Make(result.Boundaries)}
	}
	r.next = (r.next + 1) % len(r.known)
	return r.grid, grown, nil
}

// knows reports whether the grid is known to hold the cells of a result, without looking.
func (o *gridSlot) knows(result *coverage.Result) bool {
	return result.Boundaries != nil && slices.Contains(o.known[:], knownCells{all: weak.Make(result.Boundaries)}) ||
		slices.Contains(o.known[:], knownCells{result: weak.Make(result)})
}

// near returns a grid that holds the cells of the result that may reach into the tile.
func (o *cellGrids) near(result *coverage.Result, f *mvt.Transform) (*cellGrid, error) {
	switch {
	case len(result.Rows) > maxOutlines:
		return o.around(result, f)
	case result.Query.Within != 0 || len(result.Rows) == 0:
		return o.few(result)
	}
	return o.of(result, result.Query.Resolution)
}

// few returns a grid that holds the cells of a part of a result: that of all cells of the
// resolution where it is at hand, or one made for this one tile.
func (o *cellGrids) few(result *coverage.Result) (*cellGrid, error) {
	resolution := result.Query.Resolution
	r := o.slot(resolution)
	r.mu.Lock()
	g, known := r.grid, r.knows(result)
	r.mu.Unlock()
	switch {
	case g == nil:
		g = &cellGrid{zoom: deepest(resolution)}
	case known:
		return g, nil
	}
	cells := cellsOf(result, resolution)
	if g.holds(cells) {
		return g, nil
	}
	return newCellGrid(cells, g)
}

// holds reports whether the grid has outlines of all the cells, which are sorted.
func (g *cellGrid) holds(cells []geo.Cell) bool {
	from := g.cells
	for _, c := range cells {
		at, ok := slices.BinarySearch(from, c)
		if !ok {
			return false
		}
		from = from[at:]
	}
	return len(g.cells) > 0 || len(cells) == 0
}

// around returns a grid of the cells of a result that may reach into the tile, made for
// this one tile: a coarse grid leads to their runs in the rows.
func (o *cellGrids) around(result *coverage.Result, f *mvt.Transform) (*cellGrid, error) {
	resolution := result.Query.Resolution
	coarse, err := o.of(result, max(resolution-3, 0))
	if err != nil {
		return nil, err
	}
	var cells []geo.Cell
	for _, parent := range coarse.parentsAround(f) {
		first, last := parent.Span(resolution)
		at, _ := slices.BinarySearchFunc(result.Rows, first, func(r coverage.Row, c geo.Cell) int { return cmp.Compare(r.Cell, c) })
		for ; at < len(result.Rows) && result.Rows[at].Cell <= last; at++ {
			cells = append(cells, result.Rows[at].Cell)
		}
	}
	slices.Sort(cells)
	return newCellGrid(cells, &cellGrid{zoom: deepest(resolution)})
}

// childrenReach is the part of a cell's width, 1/childrenReach, by which its children of any finer resolution stick out
// of it at most.
const childrenReach = 4

// parentsAround returns the cells of a grid, sorted, that have children of some finer
// resolution which may reach into the tile or its buffer.
func (g *cellGrid) parentsAround(f *mvt.Transform) []geo.Cell {
	var cells []geo.Cell
	for _, i := range g.near(nil, f) {
		if f.Touches(mvt.BoxOf(g.outline(int(i))).Grow(childrenReach), cellBuffer) {
			cells = append(cells, g.cells[i])
		}
	}
	return cells
}

// cellsOf returns the cells of a result, or their parents at a coarser resolution, sorted.
func cellsOf(result *coverage.Result, resolution int) []geo.Cell {
	cells := make([]geo.Cell, 0, len(result.Rows))
	for i := range result.Rows {
		c := result.Rows[i].Cell.Parent(resolution)
		if len(cells) == 0 || cells[len(cells)-1] != c {
			cells = append(cells, c)
		}
	}
	return slices.Clip(cells)
}

// union merges two sorted lists of cells and reports whether the second had any new one.
func union(cells, more []geo.Cell) (merged []geo.Cell, grown bool) {
	missing := 0
	i := 0
	for _, c := range more {
		for i < len(cells) && cells[i] < c {
			i++
		}
		if i == len(cells) || cells[i] != c {
			missing++
		}
	}
	if missing == 0 {
		return cells, false
	}
	merged = make([]geo.Cell, 0, len(cells)+missing)
	i = 0
	for _, c := range more {
		for i < len(cells) && cells[i] < c {
			merged = append(merged, cells[i])
			i++
		}
		if i < len(cells) && cells[i] == c {
			i++
		}
		merged = append(merged, c)
	}
	return append(merged, cells[i:]...), true
}

// A grid is the outlines of some cells of one resolution, found by tile. What it holds never
// changes; plates are made of it as they are asked for.
type cellGrid struct {
	zoom         int          // the deepest zoom that shows the resolution: entries go by its tiles
	cells        []geo.Cell   // sorted
	start        []uint32     // of the vertices of each cell; one more than cells
	vertices     []mvt.Vertex // clockwise on the screen, not closed
	entries      []entry      // a cell each, by tile, row after row
	encodedZooms [MaxZoom + 1]encodedCellsSlot
}

// An entry says that the first vertex of a cell lies in a tile of the grid's zoom.
type entry struct {
	tile uint64 // y<<32 | x
	cell int32  // index into cells
}

// newGrid outlines the cells, taking from an older grid what it has.
func newCellGrid(cells []geo.Cell, old *cellGrid) (*cellGrid, error) {
	g := &cellGrid{zoom: old.zoom, cells: cells, start: make([]uint32, 1, len(cells)+1), entries: make([]entry, len(cells))}
	const chunk = 4096
	chunks := make([][]mvt.Vertex, (len(cells)+chunk-1)/chunk)
	counts := make([]uint8, len(cells))
	var group errgroup.Group
	group.SetLimit(4)
	for i := range chunks {
		first, last := i*chunk, min((i+1)*chunk, len(cells))
		group.Go(func() (err error) {
			chunks[i], err = outlineAll(cells[first:last], counts[first:last], old)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	g.vertices = slices.Concat(chunks...)
	var at uint32
	for i, n := range counts {
		v := g.vertices[at]
		shift := mvt.WorldBits - g.zoom
		g.entries[i] = entry{uint64(v.Y>>shift)<<32 | uint64(v.X>>shift), int32(i)}
		at += uint32(n)
		g.start = append(g.start, at)
	}
	sortEntries(g.entries)
	return g, nil
}

// outlineAll returns the vertices of the cells, one after the other, and how many each has.
func outlineAll(cells []geo.Cell, counts []uint8, old *cellGrid) ([]mvt.Vertex, error) {
	vertices := make([]mvt.Vertex, 0, 6*len(cells)+64)
	near, _ := slices.BinarySearch(old.cells, cells[0])
	for i, c := range cells {
		for near < len(old.cells) && old.cells[near] < c {
			near++
		}
		from := len(vertices)
		if near < len(old.cells) && old.cells[near] == c {
			vertices = append(vertices, old.outline(near)...)
		} else {
			ring, err := c.Boundary()
			if err != nil {
				return nil, fmt.Errorf("outline of a cell for tiles: %w", err)
			}
			// H3 goes counter-clockwise on the globe; the screen's y grows downward.
			for j := len(ring) - 1; j > 0; j-- {
				vertices = append(vertices, mvt.Project(ring[j]))
			}
		}
		counts[i] = uint8(len(vertices) - from)
	}
	return vertices, nil
}

// outline returns the vertices of the i-th cell.
func (g *cellGrid) outline(i int) []mvt.Vertex { return g.vertices[g.start[i]:g.start[i+1]] }

// near appends to dst the cells that may reach into the tile or its buffer, sorted. A cell
// is narrower than a tile of the grid's zoom, up to 80° of latitude, so one tile around is
// enough.
func (g *cellGrid) near(dst []int32, f *mvt.Transform) []int32 {
	world := 1 << g.zoom
	// The tiles of the grid's zoom around the tile: one of them, where that is the deeper.
	scale, up := max(g.zoom-f.Z, 0), max(f.Z-g.zoom, 0)
	west, east := f.X>>up<<scale-1, (f.X>>up+1)<<scale
	for y := max(f.Y>>up<<scale-1, 0); y <= min((f.Y>>up+1)<<scale, world-1); y++ {
		if east-west+1 >= world {
			dst = g.row(dst, y, 0, world-1)
			continue
		}
		if west < 0 {
			dst = g.row(dst, y, world+west, world-1)
		}
		dst = g.row(dst, y, max(west, 0), min(east, world-1))
		if east >= world {
			dst = g.row(dst, y, 0, east-world)
		}
	}
	slices.Sort(dst)
	return dst
}

// row appends the cells of the tiles from west to east in one row of the grid's zoom.
func (g *cellGrid) row(dst []int32, y, west, east int) []int32 {
	first, last := uint64(y)<<32|uint64(west), uint64(y)<<32|uint64(east)
	i, _ := slices.BinarySearchFunc(g.entries, first, func(e entry, t uint64) int { return cmp.Compare(e.tile, t) })
	for ; i < len(g.entries) && g.entries[i].tile <= last; i++ {
		dst = append(dst, g.entries[i].cell)
	}
	return dst
}
