package tiles

import (
	"cmp"
	"slices"
	"sync"

	"tungnha/tiles/mvt"
)

// A plate is the cells of a grid ready for print at one zoom: for each tile that any of them
// reaches, its buffer included, its cells in order, each with the bytes of its geometry. All
// that drawing a tile has to find out is the counts.
type encodedCells struct {
	tiles []uint64      // that have any cell, numbered as in entry, sorted
	start []uint32      // of the stamps of each tile; one more than tiles
	cells []encodedCell // and one after the last
	bytes []byte
}

// A stamp is a cell in a tile.
type encodedCell struct {
	cell  int32  // index into the cells of the grid
	start uint32 // of its type and geometry among the bytes: they end where the next begin
}

// A plateSlot makes the plate of a zoom when it is first asked for.
type encodedCellsSlot struct {
	once  sync.Once
	cells encodedCells
}

// plate returns the cells of the grid at a zoom.
func (g *cellGrid) encoded(z int) *encodedCells {
	slot := &g.encodedZooms[z]
	slot.once.Do(func() { slot.cells = newEncodedCells(g, z) })
	return &slot.cells
}

func newEncodedCells(g *cellGrid, z int) encodedCells {
	all := make([]entry, 0, len(g.cells)+len(g.cells)/2)
	for i := range g.cells {
		tilesAround(g.outline(i), z, func(x, y int) { all = append(all, entry{tileNumber(x, y), int32(i)}) })
	}
	sortEntries(all)
	p := encodedCells{cells: make([]encodedCell, 0, len(all)+1), bytes: make([]byte, 0, 32*len(all))}
	var d tileEncoder
	var f mvt.Transform
	for i, e := range all {
		if i == 0 || all[i-1].tile != e.tile {
			f = mvt.NewTransform(z, int(uint32(e.tile)), int(e.tile>>32))
		}
		start := len(p.bytes)
		if p.bytes = d.appendHexagon(p.bytes, &f, g.outline(int(e.cell))); len(p.bytes) == start {
			continue
		}
		if len(p.tiles) == 0 || p.tiles[len(p.tiles)-1] != e.tile {
			p.tiles, p.start = append(p.tiles, e.tile), append(p.start, uint32(len(p.cells)))
		}
		p.cells = append(p.cells, encodedCell{e.cell, uint32(start)})
	}
	p.start = append(p.start, uint32(len(p.cells)))
	p.cells = append(p.cells, encodedCell{-1, uint32(len(p.bytes))})
	return p
}

// in returns the stamps of a tile, and one more that tells where the last ends.
func (p *encodedCells) in(f *mvt.Transform) []encodedCell {
	at, found := slices.BinarySearch(p.tiles, tileNumber(f.X, f.Y))
	if !found {
		return nil
	}
	return p.cells[p.start[at] : p.start[at+1]+1]
}

func tileNumber(x, y int) uint64 { return uint64(y)<<32 | uint64(x) }

func sortEntries(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.tile, b.tile), cmp.Compare(a.cell, b.cell))
	})
}

// tilesAround calls yield for each tile of a zoom that an outline may reach, the tiles'
// buffer included.
func tilesAround(outline []mvt.Vertex, z int, yield func(x, y int)) {
	from := outline[0]
	var west, east int64 // from the first vertex, the short way around the globe
	north, south := int64(from.Y), int64(from.Y)
	for _, v := range outline {
		dx := int64(int32(v.X - from.X))
		west, east = min(west, dx), max(east, dx)
		north, south = min(north, int64(v.Y)), max(south, int64(v.Y))
	}
	shift, world := mvt.WorldBits-z, int64(1)<<z
	margin := int64(cellBuffer+1) << (shift - mvt.ExtentBits) // one step more for what is rounded
	west, east = (int64(from.X)+west-margin)>>shift, (int64(from.X)+east+margin)>>shift
	north, south = (north-margin)>>shift, (south+margin)>>shift
	east = min(east, west+world-1)
	for y := max(north, 0); y <= min(south, world-1); y++ {
		for x := west; x <= east; x++ {
			yield(int(x&(world-1)), int(y))
		}
	}
}

// appendHexagon appends the type and geometry of a cell, cut at the tile's buffer: nothing
// where none of it is in there. It is never simplified.
func (d *tileEncoder) appendHexagon(b []byte, f *mvt.Transform, outline []mvt.Vertex) []byte {
	const lo, hi = -cellBuffer, mvt.Extent + cellBuffer
	d.ring = f.Ring(d.ring, outline)
	ring := d.ring
	if !mvt.Contains(ring, lo, hi) {
		d.cut, d.spare = mvt.Clip(ring, d.cut, d.spare, lo, hi)
		ring = d.cut
	}
	if ring = mvt.DropRepeats(ring); mvt.Area2(ring) <= 0 {
		return b
	}
	d.mvt.Drop()
	d.mvt.Ring(ring)
	return mvt.AppendGeometry(b, mvt.PolygonType, d.mvt.Geometry)
}
