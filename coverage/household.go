package coverage

import (
	"math"
	"math/bits"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// households holds a column for each field, in the order of cells, those of one cell by id.
// A household is named by its position in that order.
type households struct {
	cells      []geo.Cell // at geo.BaseResolution
	lon, lat   []int32    // 1e-7 degree
	hamlets    []uint32   // index into hamletCodes; 0 where none is declared
	registered []uint16   // day; 0: always was
	lastDays   []uint16   // last day in the registry: the day before removed_on; 65535: still there
	idEnds     []uint32   // where the household's id ends in ids; it starts where the one before ends
	ids        []byte
	table      []uint32 // id to position + 1: open addressing, probed one by one; 0 is empty

	hamletCodes []string // "" first, then in the order met
}

const degreeUnits = 1e7

func toUnits(degrees float64) int32 { return int32(math.Round(degrees * degreeUnits)) }

func (h *households) len() int { return len(h.cells) }

// below returns the run of the households that live below the cell; 0 is above all cells.
func (h *households) below(cell geo.Cell) (lo, hi int) {
	if cell == 0 {
		return 0, h.len()
	}
	first, last := cell.Span(geo.BaseResolution)
	lo, _ = slices.BinarySearch(h.cells, first)
	hi, _ = slices.BinarySearch(h.cells, last+1)
	return lo, hi
}

func (h *households) point(i uint32) orb.Point {
	return orb.Point{float64(h.lon[i]) / degreeUnits, float64(h.lat[i]) / degreeUnits}
}

func (h *households) idBytes(i uint32) []byte {
	var start uint32
	if i > 0 {
		start = h.idEnds[i-1]
	}
	return h.ids[start:h.idEnds[i]]
}

// find returns the position of the household with the id.
func (h *households) find(id string) (uint32, bool) {
	if len(h.table) == 0 {
		return 0, false
	}
	for slot := h.slot(hashSeed.text(id)); ; slot++ {
		if slot == len(h.table) {
			slot = 0
		}
		switch at := h.table[slot]; {
		case at == 0:
			return 0, false
		case string(h.idBytes(at-1)) == id:
			return at - 1, true
		}
	}
}

// slot maps a digest to where its probing starts, without a division: the high half of the
// product spreads all digests evenly over a table of any length.
func (h *households) slot(d hash) int {
	hi, _ := bits.Mul64(uint64(d), uint64(len(h.table)))
	return int(hi)
}

// fillTable makes the table from the ids. Two thirds full, it costs 6 bytes a household and
// two probes a look-up. It reports the position of an id that stands there twice.
func (h *households) fillTable() (duplicate uint32, ok bool) {
	h.table = make([]uint32, h.len()+h.len()/2+1)
	for i := range uint32(h.len()) {
		id := h.idBytes(i)
		for slot := h.slot(hashSeed.text(string(id))); ; slot++ {
			if slot == len(h.table) {
				slot = 0
			}
			at := h.table[slot]
			if at == 0 {
				h.table[slot] = i + 1
				break
			}
			if slices.Equal(h.idBytes(at-1), id) {
				return i, false
			}
		}
	}
	return 0, true
}

// bytes is what the columns take. The hamlets' codes are few and shared.
func (h *households) bytes() int {
	return 8*cap(h.cells) + 4*cap(h.lon) + 4*cap(h.lat) + 4*cap(h.hamlets) +
		2*cap(h.registered) + 2*cap(h.lastDays) + 4*cap(h.idEnds) + cap(h.ids) + 4*cap(h.table)
}

// digestOf digests the household at the position.
func (h *households) digestOf(i uint32) hash {
	d := hashSeed.text(string(h.idBytes(i)))
	d = d.number(uint64(uint32(h.lon[i]))<<32 | uint64(uint32(h.lat[i])))
	return d.text(h.hamletCodes[h.hamlets[i]]).number(uint64(h.registered[i])<<16 | uint64(h.lastDays[i]))
}

// lastDay turns the day of removal into the last day in the registry. Without a removal,
// day 0 wraps round to 65535, which no window outlasts.
func lastDay(removed data.Date) uint16 { return uint16(removed) - 1 }

// stillThere is the last day of a household that was not removed.
const stillThere = 1<<16 - 1

// countCells returns how many cells of the resolution the blocks have.
func (h *households) countCells(blocks []int, resolution int) int {
	count := 0
	var lastOf geo.Cell
	for _, n := range blocks {
		for _, base := range h.cells[n*blockSize : min((n+1)*blockSize, h.len())] {
			if base > lastOf {
				_, lastOf = base.Parent(resolution).Span(geo.BaseResolution)
				count++
			}
		}
	}
	return count
}
