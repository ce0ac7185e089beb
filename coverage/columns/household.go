package columns

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// Households has a column for each field, in the order of cells, those of one cell by id.
// A household is named by its position in that order.
type Households struct {
	Cells      []geo.Cell // at geo.BaseResolution
	Lon, Lat   []int32    // 1e-7 degree
	Hamlets    []uint32   // index into hamletCodes; 0 where none is declared
	Registered []uint16   // day; 0: always was
	LastDays   []uint16   // last day in the registry: the day before removed_on; 65535: still there
	idEnds     []uint32   // where the household's id ends in ids; it starts where the one before ends
	ids        []byte
	table      []uint32 // id to position + 1: open addressing, probed one by one; 0 is empty

	HamletCodes []string // "" first, then in the order met

	starts [geo.BaseResolution + 1]cellStarts // by resolution
}

const degreeUnits = 1e7

func toUnits(degrees float64) int32 { return int32(math.Round(degrees * degreeUnits)) }

func (h *Households) Len() int { return len(h.Cells) }

// Below returns the run of the households that live below the cell; 0 is above all cells.
func (h *Households) Below(cell geo.Cell) (lo, hi int) {
	if cell == 0 {
		return 0, h.Len()
	}
	first, last := cell.Span(geo.BaseResolution)
	lo, _ = slices.BinarySearch(h.Cells, first)
	hi, _ = slices.BinarySearch(h.Cells, last+1)
	return lo, hi
}

func (h *Households) Point(i uint32) orb.Point {
	return orb.Point{float64(h.Lon[i]) / degreeUnits, float64(h.Lat[i]) / degreeUnits}
}

func (h *Households) IDBytes(i uint32) []byte {
	var start uint32
	if i > 0 {
		start = h.idEnds[i-1]
	}
	return h.ids[start:h.idEnds[i]]
}

// Find returns the position of the household with the id.
func (h *Households) Find(id string) (uint32, bool) {
	if len(h.table) == 0 {
		return 0, false
	}
	for slot := h.slot(maphash.String(tableSeed, id)); ; slot++ {
		if slot == len(h.table) {
			slot = 0
		}
		switch at := h.table[slot]; {
		case at == 0:
			return 0, false
		case string(h.IDBytes(at-1)) == id:
			return at - 1, true
		}
	}
}

// tableSeed makes hashes of ids that nobody outside can choose ids to collide in.
var tableSeed = maphash.MakeSeed()

// slot maps a hash to where its probing starts, without a division: the high half of the
// product spreads all hashes evenly over a table of any length.
func (h *Households) slot(hash uint64) int {
	hi, _ := bits.Mul64(hash, uint64(len(h.table)))
	return int(hi)
}

// fillTable makes the table from the ids. Two thirds full, it costs 6 bytes a household and
// two probes a look-up. It reports the position of an id that is there twice.
func (h *Households) fillTable() (duplicate uint32, ok bool) {
	h.table = make([]uint32, h.Len()+h.Len()/2+1)
	for i := range uint32(h.Len()) {
		id := h.IDBytes(i)
		for slot := h.slot(maphash.Bytes(tableSeed, id)); ; slot++ {
			if slot == len(h.table) {
				slot = 0
			}
			at := h.table[slot]
			if at == 0 {
				h.table[slot] = i + 1
				break
			}
			if slices.Equal(h.IDBytes(at-1), id) {
				return i, false
			}
		}
	}
	return 0, true
}

// bytes is what the columns take. The hamlets' codes are few and shared.
func (h *Households) bytes() int {
	return 8*cap(h.Cells) + 4*cap(h.Lon) + 4*cap(h.Lat) + 4*cap(h.Hamlets) +
		2*cap(h.Registered) + 2*cap(h.LastDays) + 4*cap(h.idEnds) + cap(h.ids) + 4*cap(h.table)
}

// lastDay turns the day of removal into the last day in the registry. Without a removal,
// day 0 wraps round to 65535, which no window outlasts.
func lastDay(removed data.Date) uint16 { return uint16(removed) - 1 }

// stillThere is the last day of a household that was not removed.
const stillThere = 1<<16 - 1

// cellStarts has, for one resolution, how many cells begin in each block. It is made when it is first used.
type cellStarts struct {
	once     sync.Once
	ofBlocks []uint16 // BlockSize at most
}

// CountCells returns how many cells of the resolution the blocks, in ascending order, have. What counts them is itself
// admitted by their number, so that it must be cheap: it adds a number a block.
func (h *Households) CountCells(blocks []int, resolution int) int {
	starts := &h.starts[resolution]
	starts.once.Do(func() {
		ofBlocks := make([]uint16, (h.Len()+BlockSize-1)/BlockSize)
		var lastOf geo.Cell
		for i, base := range h.Cells {
			if base > lastOf {
				lastOf = h.lastOf(i, resolution)
				ofBlocks[i/BlockSize]++
			}
		}
		starts.ofBlocks = ofBlocks
	})
	count, before := 0, -1
	for _, n := range blocks {
		count += int(starts.ofBlocks[n])
		if first := n * BlockSize; n > before+1 && h.lastOf(first, resolution) == h.lastOf(first-1, resolution) &&
			(before < 0 || h.Cells[first] > h.lastOf((before+1)*BlockSize-1, resolution)) {
			count++ // a cell that begins in a block which is left out
		}
		before = n
	}
	return count
}

// lastOf returns the greatest cell at geo.BaseResolution within the cell of a household at a resolution.
func (h *Households) lastOf(household, resolution int) geo.Cell {
	_, last := h.Cells[household].Parent(resolution).Span(geo.BaseResolution)
	return last
}
