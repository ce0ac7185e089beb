package outline

import (
	"cmp"
	"slices"
	"sync"

	"tungnha/tiles/mvt"
)

// CellBuffer is how far cells reach beyond the tile, in points: more than the widest outline, so that the seam of two
// tiles does not show.
const CellBuffer = 64

// EncodedCells is the geometry of the cells of a grid at one zoom, encoded in advance: for each tile that any of them
// reaches, its buffer included, its cells in order. Only the counts are left to be written when a tile is drawn.
type EncodedCells struct {
	tiles []uint64      // that have any cell, numbered as in entry, sorted
	start []uint32      // of the cells of each tile; one more than tiles
	cells []EncodedCell // and one after the last
	bytes []byte
}

// EncodedCell is a cell in a tile.
type EncodedCell struct {
	Cell  int32  // index into the cells of the grid
	start uint32 // of its type and geometry among the bytes: they end where the next begin
}

// encodedZoom is the encoded cells of a zoom, made at their first use.
type encodedZoom struct {
	once  sync.Once
	cells EncodedCells
}

// Encoded returns the cells of the grid at a zoom.
func (g *CellGrid) Encoded(z int) *EncodedCells {
	slot := &g.encodedZooms[z]
	slot.once.Do(func() { slot.cells = newEncodedCells(g, z) })
	return &slot.cells
}

func newEncodedCells(g *CellGrid, z int) EncodedCells {
	all := make([]entry, 0, len(g.Cells)+len(g.Cells)/2)
	for i := range g.Cells {
		tilesAround(g.Outline(i), z, func(x, y int) { all = append(all, entry{tileNumber(x, y), int32(i)}) })
	}
	sortEntries(all)
	p := EncodedCells{cells: make([]EncodedCell, 0, len(all)+1), bytes: make([]byte, 0, 32*len(all))}
	var w mvt.Encoder
	var s Scratch
	var f mvt.Transform
	for i, e := range all {
		if i == 0 || all[i-1].tile != e.tile {
			f = mvt.NewTransform(z, int(uint32(e.tile)), int(e.tile>>32))
		}
		start := len(p.bytes)
		if p.bytes = appendHexagon(p.bytes, &w, &s, &f, g.Outline(int(e.cell))); len(p.bytes) == start {
			continue
		}
		if len(p.tiles) == 0 || p.tiles[len(p.tiles)-1] != e.tile {
			p.tiles, p.start = append(p.tiles, e.tile), append(p.start, uint32(len(p.cells)))
		}
		p.cells = append(p.cells, EncodedCell{e.cell, uint32(start)})
	}
	p.start = append(p.start, uint32(len(p.cells)))
	p.cells = append(p.cells, EncodedCell{-1, uint32(len(p.bytes))})
	return p
}

// In returns the cells of a tile, and one more, where the last one ends; nil where there are none.
func (p *EncodedCells) In(f *mvt.Transform) []EncodedCell {
	at, found := slices.BinarySearch(p.tiles, tileNumber(f.X, f.Y))
	if !found {
		return nil
	}
	return p.cells[p.start[at] : p.start[at+1]+1]
}

// Geometry returns the type and the geometry of the n-th of the cells that In returned.
func (p *EncodedCells) Geometry(cells []EncodedCell, n int) []byte {
	return p.bytes[cells[n].start:cells[n+1].start]
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
	margin := int64(CellBuffer+1) << (shift - mvt.ExtentBits) // one step more for what is rounded
	west, east = (int64(from.X)+west-margin)>>shift, (int64(from.X)+east+margin)>>shift
	north, south = (north-margin)>>shift, (south+margin)>>shift
	east = min(east, west+world-1)
	for y := max(north, 0); y <= min(south, world-1); y++ {
		for x := west; x <= east; x++ {
			yield(int(x&(world-1)), int(y))
		}
	}
}

// appendHexagon appends the type and geometry of a cell, clipped to the tile and its buffer: nothing where none of it
// is in there. It is never simplified.
func appendHexagon(b []byte, w *mvt.Encoder, s *Scratch, f *mvt.Transform, outline []mvt.Vertex) []byte {
	const lo, hi = -CellBuffer, mvt.Extent + CellBuffer
	s.ring = f.Ring(s.ring, outline)
	ring := s.ring
	if !mvt.Contains(ring, lo, hi) {
		s.cut, s.spare = mvt.Clip(ring, s.cut, s.spare, lo, hi)
		ring = s.cut
	}
	if ring = mvt.DropRepeats(ring); mvt.Area2(ring) <= 0 {
		return b
	}
	w.Drop()
	w.Ring(ring)
	return mvt.AppendGeometry(b, mvt.PolygonType, w.Geometry)
}
