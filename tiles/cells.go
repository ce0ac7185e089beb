package tiles

import (
	"math/bits"
	"sort"

	"tungnha/coverage"
	"tungnha/geo"
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

// cells writes the layer of the cells of a result that touch the tile, with their hot
// spots and how they changed since an earlier result where these are not nil.
func (d *drawing) cells(f *frame, result, earlier *coverage.Result, g *grid, spots *coverage.HotSpots) {
	d.w.begin(string(Cells), d.keys)
	d.near = g.near(d.near[:0], f)
	plate := g.plate(f.z)
	at, before := 0, 0 // rows before them are of cells before the one in hand
	for _, i := range d.near {
		if !d.hexagon(f, g.outline(int(i)), plate, int(i)) {
			continue
		}
		at = seek(result.Rows, at, g.cells[i])
		if at == len(result.Rows) {
			d.w.drop()
			break
		}
		row := &result.Rows[at]
		if row.Cell != g.cells[i] {
			d.w.drop()
			continue // another result's cell
		}
		d.text = appendHex(d.text[:0], uint64(row.Cell))
		d.w.tag(0, d.w.values.uniqueBytes(d.text))
		d.w.count(len(cellFields), result, row)
		if spots != nil {
			d.w.spot(len(cellFields)+keySkills+perSkill*len(result.Config.Skills), &spots.Spots[at])
		}
		if earlier != nil {
			before = seek(earlier.Rows, before, row.Cell)
			if before < len(earlier.Rows) && earlier.Rows[before].Cell == row.Cell {
				d.w.change(len(d.keys)-len(changeFields), &earlier.Rows[before], row)
			}
		}
		d.w.feature(cellID(row.Cell), typePolygon)
	}
	d.w.end()
}

// hexagon writes the outline of the i-th cell into the feature in hand, cut at the tile's
// buffer, and reports whether any of it is in there. It is never simplified.
func (d *drawing) hexagon(f *frame, outline []vertex, plate *plate, i int) bool {
	const lo, hi = -cellBuffer, extent + cellBuffer
	first, reach := f.at(outline[0]), plate.reach
	switch {
	case first.x+reach < lo || first.x-reach > hi || first.y+reach < lo || first.y-reach > hi:
		return false
	case first.x-reach >= lo && first.x+reach <= hi && first.y-reach >= lo && first.y+reach <= hi:
		ring := plate.ring(i)
		if len(ring) > 0 {
			d.w.ready(first, ring)
		}
		return len(ring) > 0
	}
	d.ring = f.ring(d.ring, outline)
	d.cut, d.spare = clip(d.ring, d.cut, d.spare, lo, hi)
	ring := dropRepeats(d.cut)
	if area2(ring) <= 0 {
		return false
	}
	d.w.ring(ring)
	return true
}

// appendHex appends a number in hexadecimal digits.
func appendHex(b []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := (bits.Len64(n|1) - 1) &^ 3; shift >= 0; shift -= 4 {
		b = append(b, digits[n>>shift&15])
	}
	return b
}

// seek returns the first index from at on whose row is of the cell or one after it. Cells
// come in order and mostly near each other, so it looks near first.
func seek(rows []coverage.Row, at int, cell geo.Cell) int {
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
