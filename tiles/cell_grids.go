package tiles

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/geo"
	"tungnha/internal/cache"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
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
	grid  *outline.CellGrid
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
func (o *cellGrids) of(result *coverage.Result, resolution int) (*outline.CellGrid, error) {
	slot := o.slot(resolution)
	g, grown, err := slot.with(result, resolution)
	if grown {
		o.slots.Reweigh(resolution, func(kept *gridSlot) bool { return kept == slot })
	}
	return g, err
}

// with returns the grid with the cells of a result, and whether any had to be added.
func (r *gridSlot) with(result *coverage.Result, resolution int) (g *outline.CellGrid, grown bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.grid != nil && r.contains(result) {
		return r.grid, grown, nil
	}
	if r.grid == nil {
		r.grid = new(outline.CellGrid)
	}
	fresh := cellsOf(result, resolution)
	cells, grown := union(r.grid.Cells, fresh)
	if grown {
		if len(cells) > maxOutlines {
			cells = fresh
		}
		g, err := outline.NewCellGrid(cells, deepest(resolution), r.grid)
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

// contains reports whether the grid is known to have the cells of a result, without comparing them.
func (o *gridSlot) contains(result *coverage.Result) bool {
	return result.Boundaries != nil && slices.Contains(o.known[:], knownCells{all: weak.Make(result.Boundaries)}) ||
		slices.Contains(o.known[:], knownCells{result: weak.Make(result)})
}

// near returns a grid that has the cells of the result that may reach into the tile.
func (o *cellGrids) near(result *coverage.Result, f *mvt.Transform) (*outline.CellGrid, error) {
	switch {
	case len(result.Rows) > maxOutlines:
		return o.around(result, f)
	case result.Query.Within != 0 || len(result.Rows) == 0:
		return o.few(result)
	}
	return o.of(result, result.Query.Resolution)
}

// few returns a grid that has the cells of a part of a result: that of all cells of the
// resolution where that is up to date, or one made for this one tile.
func (o *cellGrids) few(result *coverage.Result) (*outline.CellGrid, error) {
	resolution := result.Query.Resolution
	r := o.slot(resolution)
	r.mu.Lock()
	g, known := r.grid, r.contains(result)
	r.mu.Unlock()
	switch {
	case g == nil:
		g = new(outline.CellGrid)
	case known:
		return g, nil
	}
	cells := cellsOf(result, resolution)
	if g.Has(cells) {
		return g, nil
	}
	return outline.NewCellGrid(cells, deepest(resolution), g)
}

// around returns a grid of the cells of a result that may reach into the tile, made for
// this one tile: a coarse grid leads to their runs in the rows.
func (o *cellGrids) around(result *coverage.Result, f *mvt.Transform) (*outline.CellGrid, error) {
	resolution := result.Query.Resolution
	coarse, err := o.of(result, max(resolution-stepsUp, 0))
	if err != nil {
		return nil, err
	}
	var cells []geo.Cell
	for _, parent := range coarse.ParentsAround(f) {
		first, last := parent.Span(resolution)
		at, _ := slices.BinarySearchFunc(result.Rows, first,
			func(r coverage.Row, c geo.Cell) int { return cmp.Compare(r.Cell, c) })
		for ; at < len(result.Rows) && result.Rows[at].Cell <= last; at++ {
			cells = append(cells, result.Rows[at].Cell)
		}
	}
	slices.Sort(cells)
	return outline.NewCellGrid(cells, deepest(resolution), nil)
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
