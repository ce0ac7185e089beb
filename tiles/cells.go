package tiles

import (
	"sort"

	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// resolutions gives the H3 resolution that each zoom shows, on tiles of 512 pixels.
var resolutions = [MaxZoom + 1]int{3, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 10, 11}

// deepest returns the deepest zoom that shows the resolution.
func deepest(resolution int) int {
	for z := MaxZoom; z > 0; z-- {
		if resolutions[z] == resolution {
			return z
		}
	}
	return 0
}

// cellBuffer is how far cells reach beyond the tile, in points: more than the widest
// outline, so that the seam of two tiles does not show.
const cellBuffer = 64

// A pick is a cell that a tile draws.
type cellRef struct {
	row  int // of the result
	cell int // of the tile
}

// cells writes the layer of the cells of a result that touch the tile, with their hot
// spots and how they changed since an earlier result where these are not nil.
func (d *tileEncoder) cells(f *mvt.Transform, result, earlier *coverage.Result, g *cellGrid, spots *hotspot.Result) {
	d.begin(string(Cells))
	plate := g.encoded(f.Z)
	stamps := plate.in(f)
	d.findCells(result.Rows, g, stamps)
	before := 0 // rows before it are of cells before the one in hand
	for _, p := range d.refs {
		row := &result.Rows[p.row]
		d.mvt.Tag(0, d.mvt.Values.Cell(row.Cell))
		d.count(len(cellFields), result, row)
		if spots != nil {
			d.spot(len(cellFields)+keySkills+perSkill*len(result.Config.Skills), &spots.Spots[p.row])
		}
		if earlier != nil {
			before = seek(earlier.Rows, before, row.Cell)
			if before < len(earlier.Rows) && earlier.Rows[before].Cell == row.Cell {
				d.change(len(d.keys)-len(changeFields), &earlier.Rows[before], row)
			}
		}
		d.mvt.EncodedFeature(cellID(row.Cell), plate.bytes[stamps[p.cell].start:stamps[p.cell+1].start])
	}
	d.mvt.End()
}

// pick finds the rows of the cells of a tile. It reads of each row what will be read of it,
// for a result is far larger than a processor's caches: here the rows are waited for together,
// and not one after the other.
func (d *tileEncoder) findCells(rows []coverage.Row, g *cellGrid, stamps []encodedCell) {
	d.refs = d.refs[:0]
	at := 0 // rows before it are of cells before the one in hand
	for n := 0; n+1 < len(stamps); n++ {
		i := int(stamps[n].cell)
		cell := g.cells[i]
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
// it stays below 2^53, the whole numbers that a browser holds exactly: H3's index does not.
func cellID(c geo.Cell) uint64 {
	resolution := c.Resolution()
	n := uint64(c) >> 45 & 127 // base cell
	for r := 1; r <= resolution; r++ {
		n = n*7 + uint64(c)>>(3*(15-r))&7
	}
	return coarser[resolution] + n
}
