package outline

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// MaxZoom is the deepest zoom of tiles.
const MaxZoom = 16

// CellGrid is the outlines of some cells of one resolution, indexed by tile. It does not change, so any number of
// goroutines may share it; the encoded cells of a zoom are made when they are first used.
type CellGrid struct {
	Cells []geo.Cell // sorted

	zoom         int          // the deepest zoom that shows the resolution: entries are sorted by its tiles
	start        []uint32     // of the vertices of each cell; one more than cells
	vertices     []mvt.Vertex // clockwise on the screen, not closed
	entries      []entry      // a cell each, by tile, row after row
	encodedZooms [MaxZoom + 1]encodedZoom
}

// An entry is a cell, and the tile of the grid's zoom that its first vertex is in.
type entry struct {
	tile uint64 // y<<32 | x
	cell int32  // index into cells
}

// NewCellGrid returns the outlines of cells of one resolution, which are sorted. Zoom is the deepest that shows the
// resolution. Outlines that an older grid of the resolution has are copied; old may be nil.
func NewCellGrid(cells []geo.Cell, zoom int, old *CellGrid) (*CellGrid, error) {
	if old == nil {
		old = new(CellGrid)
	}
	g := &CellGrid{zoom: zoom, Cells: cells, start: make([]uint32, 1, len(cells)+1), entries: make([]entry, len(cells))}
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
func outlineAll(cells []geo.Cell, counts []uint8, old *CellGrid) ([]mvt.Vertex, error) {
	vertices := make([]mvt.Vertex, 0, 6*len(cells)+64)
	near, _ := slices.BinarySearch(old.Cells, cells[0])
	for i, c := range cells {
		for near < len(old.Cells) && old.Cells[near] < c {
			near++
		}
		from := len(vertices)
		if near < len(old.Cells) && old.Cells[near] == c {
			vertices = append(vertices, old.Outline(near)...)
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

// Outline returns the vertices of the i-th cell, clockwise on the screen, not closed.
func (g *CellGrid) Outline(i int) []mvt.Vertex { return g.vertices[g.start[i]:g.start[i+1]] }

// Near appends to dst the indices of the cells that may reach into the tile or its buffer, sorted. A cell is narrower
// than a tile of the grid's zoom, up to 80° of latitude, so the tiles around are enough.
func (g *CellGrid) Near(dst []int32, f *mvt.Transform) []int32 {
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
func (g *CellGrid) row(dst []int32, y, west, east int) []int32 {
	first, last := uint64(y)<<32|uint64(west), uint64(y)<<32|uint64(east)
	i, _ := slices.BinarySearchFunc(g.entries, first, func(e entry, t uint64) int { return cmp.Compare(e.tile, t) })
	for ; i < len(g.entries) && g.entries[i].tile <= last; i++ {
		dst = append(dst, g.entries[i].cell)
	}
	return dst
}

// ChildrenReach is the part of a cell's width, 1/ChildrenReach, by which its children of any finer resolution stick out
// of it at most.
const ChildrenReach = 4

// ParentsAround returns the cells of a grid, sorted, that have children of some finer
// resolution which may reach into the tile or its buffer.
func (g *CellGrid) ParentsAround(f *mvt.Transform) []geo.Cell {
	var cells []geo.Cell
	for _, i := range g.Near(nil, f) {
		if f.Touches(mvt.BoxOf(g.Outline(int(i))).Grow(ChildrenReach), CellBuffer) {
			cells = append(cells, g.Cells[i])
		}
	}
	return cells
}

// Has reports whether the grid has the outlines of all the cells, which are sorted.
func (g *CellGrid) Has(cells []geo.Cell) bool {
	from := g.Cells
	for _, c := range cells {
		at, ok := slices.BinarySearch(from, c)
		if !ok {
			return false
		}
		from = from[at:]
	}
	return len(g.Cells) > 0 || len(cells) == 0
}
