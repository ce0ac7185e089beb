package tiles

import (
	"context"
	"slices"
	"sort"

	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
	"tungnha/tiles/style"
)

// Cells are H3 cells, of a resolution that goes by the zoom.
var Cells = &cellLayer{aboutLayer{
	name: "cells", description: "H3 cells with their counts; the resolution goes by the zoom",
	vectorLayers: []vectorLayer{{name: "cells", dimension: 2}},
	reach:        cellReach, buffer: outline.CellBuffer, archived: true, compares: true, spots: true,
}}

type cellLayer struct{ aboutLayer }

var cellFields = []field{{"h3", "String: H3 index of the cell"}}

// The fields of a cell after those of its count, where they are requested.
var spotFields, spotProperties = measureFields(rules.InHotSpotTiles)

func (*cellLayer) fields(skills data.Skills, with variant) []field {
	return slices.Concat(cellFields, countFields(skills), variantFields(with))
}

// resolutions gives the H3 resolution that each zoom shows, on tiles of 512 pixels.
var resolutions = [MaxZoom + 1]int{3, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 10, 11}

// resolutionAt returns the resolution that a zoom shows to a viewer: to the public the finest that is published, drawn
// larger, on all deeper zooms.
func resolutionAt(view *coverage.View, z int) int {
	if view.Release() != nil {
		return min(resolutions[z], release.MaxResolution)
	}
	return resolutions[z]
}

// deepest returns the deepest zoom that shows the resolution.
func deepest(resolution int) int {
	for z := MaxZoom; z > 0; z-- {
		if resolutions[z] == resolution {
			return z
		}
	}
	return 0
}

// window returns the cells of the zoom, or where fine ones are counted around each tile alone, the cheapest result.
func (*cellLayer) window(ctx context.Context, view *coverage.View, q coverage.Query, z int, all bool) (
	*coverage.Result, error) {
	everywhere := q
	everywhere.Resolution = resolutionAt(view, z)
	if all || everywhere.Resolution < coverage.MinFine {
		return view.Query(ctx, everywhere)
	}
	if kept := view.Kept(ctx, everywhere); kept != nil {
		return kept, nil
	}
	return view.Query(ctx, q)
}

// cellZoom has the cells of a zoom, or, where its results are coarser, draws those around each tile.
type cellZoom struct {
	*request
	resolution int
	spots      *hotspot.Result // of the window; nil: not requested
}

func (*cellLayer) prepare(ctx context.Context, r *request, z int) (zoom, error) {
	c := &cellZoom{request: r, resolution: resolutionAt(r.view, z)}
	var err error
	if r.variant.spots {
		c.spots, err = r.window.HotSpots(ctx)
	}
	return c, err
}

func (c *cellZoom) around(ctx context.Context, wide *mvt.Transform, mark func(mvt.Box)) (draw, error) {
	window, earlier, s := c.window, c.earlier, c.server
	if window.Query.Resolution != c.resolution {
		var err error
		if window, err = s.fineCells(ctx, c.view, wide, window.Query, c.resolution); err != nil {
			return nil, err
		}
		if earlier != nil {
			if earlier, err = s.fineCells(ctx, c.view, wide, earlier.Query, c.resolution); err != nil {
				return nil, err
			}
		}
	}
	g, err := s.grids.near(window, wide)
	if err != nil {
		return nil, err
	}
	if mark != nil {
		at := 0
		for _, i := range g.Near(nil, wide) {
			at = seek(window.Rows, at, g.Cells[i])
			if at < len(window.Rows) && window.Rows[at].Cell == g.Cells[i] {
				mark(mvt.BoxOf(g.Outline(int(i))))
			}
		}
	}
	return func(d *tileEncoder, f *mvt.Transform) error {
		d.cells(f, window, earlier, g, c.spots)
		return nil
	}, nil
}

func (c *cellZoom) extents(mark func(mvt.Box) error) error {
	resolution := max(c.resolution-stepsUp, 0)
	coarse, err := c.server.grids.of(c.window, resolution)
	if err != nil {
		return err
	}
	for _, cell := range cellsOf(c.window, resolution) {
		i, _ := slices.BinarySearch(coarse.Cells, cell)
		if err := mark(mvt.BoxOf(coarse.Outline(i)).Grow(outline.ChildrenReach)); err != nil {
			return err
		}
	}
	return nil
}

// A cellRef is a cell that a tile draws.
type cellRef struct {
	row  int // of the result
	cell int // of the tile
}

// cells writes the layer of the cells of a result that touch the tile, with their hot
// spots and how they changed since an earlier result where these are not nil.
func (d *tileEncoder) cells(f *mvt.Transform, result, earlier *coverage.Result, g *outline.CellGrid,
	spots *hotspot.Result) {
	d.begin(Cells.name)
	encoded := g.Encoded(f.Z)
	cells := encoded.In(f)
	d.findCells(result.Rows, g, cells)
	before := 0 // rows before it are of cells before the current one
	for _, p := range d.refs {
		row := &result.Rows[p.row]
		d.mvt.Tag(0, d.mvt.Values.Cell(row.Cell))
		d.count(len(cellFields), result, row)
		if spots != nil {
			d.spot(len(cellFields)+len(d.counts.fields), &spots.Spots[p.row])
		}
		if earlier != nil {
			before = seek(earlier.Rows, before, row.Cell)
			if before < len(earlier.Rows) && earlier.Rows[before].Cell == row.Cell {
				d.change(len(d.keys)-len(changeFields), &earlier.Rows[before], row)
			}
		}
		d.mvt.EncodedFeature(cellID(row.Cell), encoded.Geometry(cells, p.cell))
	}
	d.mvt.End()
}

// findCells finds the rows of the cells of a tile. It reads something of each row, for a result is far larger than a
// processor's caches: here the loads of many rows overlap, where drawing would wait for them one after the other.
func (d *tileEncoder) findCells(rows []coverage.Row, g *outline.CellGrid, cells []outline.EncodedCell) {
	d.refs = d.refs[:0]
	at := 0 // rows before it are of cells before the current one
	for n := 0; n+1 < len(cells); n++ {
		i := int(cells[n].Cell)
		cell := g.Cells[i]
		if i < len(rows) && rows[i].Cell == cell { // the grid has the cells of this result alone
			at = i
		} else if at = seek(rows, at, cell); at == len(rows) {
			break
		}
		row := &rows[at]
		if row.Cell != cell {
			continue // another result's cell
		}
		d.touched |= uint64(row.Shown[0]) | uint64(row.Flags)
		d.refs = append(d.refs, cellRef{at, n})
	}
}

// seek returns the first index from at on whose row is of the cell or one after it. Cells
// come in order and mostly near each other, so it looks near first.
func seek(rows []coverage.Row, at int, cell geo.Cell) int {
	if at+1 < len(rows) && rows[at+1].Cell == cell {
		return at + 1
	}
	step := 1
	for at+step < len(rows) && rows[at+step].Cell < cell {
		step *= 2
	}
	end := min(at+step+1, len(rows))
	return at + sort.Search(end-at, func(i int) bool { return rows[at+i].Cell >= cell })
}

// coarser is how many cells the resolutions below each have, were all cells hexagons: what
// ids count from.
var coarser = func() (n [16]uint64) {
	cells := uint64(122)
	for r := 1; r < len(n); r++ {
		n[r] = n[r-1] + cells
		cells *= 7
	}
	return n
}()

// cellID numbers all cells of the world: the coarser resolutions first, then in H3's order.
// It depends on the cell alone, so a cell has one id in every tile, window and version, and
// it stays below 2^53, the whole numbers that a browser represents exactly: H3's index does not.
func cellID(c geo.Cell) uint64 {
	resolution := c.Resolution()
	n := uint64(c) >> 45 & 127 // base cell
	for r := 1; r <= resolution; r++ {
		n = n*7 + uint64(c)>>(3*(15-r))&7
	}
	return coarser[resolution] + n
}

// spot writes the hot-spot statistic of a cell, its fields from the key first on.
func (d *tileEncoder) spot(first int, s *hotspot.Spot) {
	if s.Class == hotspot.None {
		return
	}
	for i := range spotProperties {
		p := &spotProperties[i]
		switch key := first + int(p.key); p.kind {
		case rules.SpotScore:
			d.mvt.Tag(key, d.mvt.Values.Score(s.Z))
		case rules.SpotClass:
			d.mvt.Tag(key, d.mvt.Values.Named(mvt.KindSpot, uint64(s.Class),
				func(b []byte, n uint64) []byte { return append(b, hotspot.Class(n).String()...) }))
		}
	}
}

func (*cellLayer) style(_ string, onBasemap bool) style.Parts {
	fill := func(id string, filter style.Expr, paint map[string]any) style.Layer {
		return style.Layer{ID: id, Type: "fill", Source: "cells", SourceLayer: "cells", Filter: filter, Paint: paint}
	}
	hidden := style.Is("suppressed", true)
	parts := style.Parts{Fills: []style.Layer{
		fill("cells-coverage", style.Has("coverage"),
			map[string]any{"fill-color": style.Classed("coverage"), "fill-opacity": 0.92}),
		fill("cells-no-data", style.Expr{"all", style.Not(style.Has("coverage")), style.Not(hidden)},
			map[string]any{"fill-pattern": "pattern-no-data"}),
		fill("cells-suppressed", style.Expr{"all", style.Not(style.Has("coverage")), hidden},
			map[string]any{"fill-pattern": "pattern-suppressed"}),
		{ID: "cells-outline", Type: "line", Source: "cells", SourceLayer: "cells",
			Paint: map[string]any{"line-color": style.Paper, "line-width": 0.4, "line-opacity": 0.75}},
	}}
	if onBasemap {
		parts.Fills[0].Paint["fill-opacity"] = style.ByZoom(10, 0.88, 13, 0.62, 16, 0.45) // streets show through
	}
	return parts
}
