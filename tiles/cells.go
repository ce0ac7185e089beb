package tiles

import (
	"sort"
	"strconv"

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
	at, before := 0, 0 // rows before them are of cells before the one in hand
	for _, i := range d.near {
		ring := d.hexagon(f, g.outline(int(i)))
		if ring == nil {
			continue
		}
		at = seek(result.Rows, at, g.cells[i])
		if at == len(result.Rows) {
			break
		}
		row := &result.Rows[at]
		if row.Cell != g.cells[i] {
			continue // another result's cell
		}
		d.w.ring(ring)
		d.text = strconv.AppendUint(d.text[:0], uint64(row.Cell), 16)
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

// hexagon returns the outline of a cell in the tile, cut at its buffer; nil where it stays
// outside. It is never simplified. It is valid until the next call.
func (d *drawing) hexagon(f *frame, outline []vertex) []point {
	from := outline[0]
	anchor := f.anchor(from)
	ring := d.ring[:0]
	outside, reaching := [4]int{}, false
	for _, v := range outline {
		p := f.place(v, from, anchor)
		if p.x < -cellBuffer {
			outside[0]++
			reaching = true
		} else if p.x > extent+cellBuffer {
			outside[1]++
			reaching = true
		}
		if p.y < -cellBuffer {
			outside[2]++
			reaching = true
		} else if p.y > extent+cellBuffer {
			outside[3]++
			reaching = true
		}
		ring = append(ring, p)
	}
	d.ring = ring
	if reaching {
		for _, n := range outside {
			if n == len(ring) {
				return nil
			}
		}
		d.cut, d.spare = clip(ring, d.cut, d.spare, -cellBuffer, extent+cellBuffer)
		ring = d.cut
	}
	ring = dropRepeats(ring)
	if area2(ring) <= 0 {
		return nil
	}
	return ring
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
