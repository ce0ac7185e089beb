// Package footprint makes shapes for hamlets that have no outline: the H3 cells that their households live in, closed
// to a shape by morphological closing (dilation, then erosion; Serra 1982) on the hexagonal lattice. It takes columns
// of households in the order of cells and returns sets of cells. docs/indicators.md explains the rules to users.
package footprint

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"tungnha/data"
	"tungnha/geo"
)

// Footprint replaces the outline that a hamlet does not have: the cells that its households live in, closed to a
// shape. It never changes.
type Footprint struct {
	Cells      []geo.Cell // of geo.BaseResolution, sorted; no two hamlets share one
	Households int        // that live in it, of the hamlet and still in the register
	LeftOut    int        // those that live too far from the others, or in another hamlet's cell
	On         data.Date  // the latest day in the register of households; NoDate: none
}

// Columns is the households that footprints are made from: a column for each field, in the order of cells. A household
// is named by its position.
type Columns struct {
	Cells      []geo.Cell // of geo.BaseResolution, sorted
	Hamlets    []uint32   // index into Codes; 0 where none is declared
	Registered []uint16   // day
	LastDays   []uint16   // last day in the register; InRegister: still there
	Codes      []string   // of hamlets; the first is empty
}

// InRegister is the last day of a household that was not removed.
const InRegister = math.MaxUint16

// maxBytes bounds the footprints that a Maker keeps; the others are made each time.
const maxBytes = 64 << 20

// Maker makes the footprints of hamlets when they are requested, and keeps them. Any number of goroutines may share it.
type Maker struct {
	Columns
	hamlets map[string]uint32 // code to index in Codes
	starts  []uint32          // of each hamlet: where its households start in order; one more for the end
	order   []uint32          // positions, hamlet by hamlet, ascending
	gone    []bool            // of each hamlet: no household is left in it, and all it had count for it
	on      data.Date

	kept     []atomic.Pointer[Footprint] // of each hamlet
	bytes    atomic.Int64
	builders sync.Pool // of *builder
}

// NewMaker sorts the households by hamlet. It keeps the columns, which must not change.
func NewMaker(c Columns) *Maker {
	m := &Maker{
		Columns: c, hamlets: make(map[string]uint32, len(c.Codes)),
		starts: make([]uint32, len(c.Codes)+1), gone: make([]bool, len(c.Codes)),
		kept: make([]atomic.Pointer[Footprint], len(c.Codes)),
	}
	for i, code := range c.Codes {
		m.hamlets[code] = uint32(i)
	}
	for i := range m.gone {
		m.gone[i] = true
	}
	for at, hamlet := range c.Hamlets {
		m.starts[hamlet+1]++
		m.on = max(m.on, data.Date(c.Registered[at]))
		if c.LastDays[at] == InRegister {
			m.gone[hamlet] = false
		} else {
			m.on = max(m.on, data.Date(c.LastDays[at])+1)
		}
	}
	for i := 1; i < len(m.starts); i++ {
		m.starts[i] += m.starts[i-1]
	}
	next := slices.Clone(m.starts)
	m.order = make([]uint32, len(c.Cells))
	for at, hamlet := range c.Hamlets {
		m.order[next[hamlet]] = uint32(at)
		next[hamlet]++
	}
	m.builders.New = func() any {
		return &builder{m: m, counts: make(map[uint32]int), inComponent: make(map[int32]int)}
	}
	return m
}

// CellsOf returns, sorted, the cells of the resolution in which a household of the hamlet lives or lived, none left out
// and none filled in; nil where no household declares the hamlet.
func (m *Maker) CellsOf(hamlet string, resolution int) []geo.Cell {
	code, ok := m.hamlets[hamlet]
	if !ok || code == 0 {
		return nil
	}
	var cells []geo.Cell
	for _, at := range m.order[m.starts[code]:m.starts[code+1]] {
		cell := m.Cells[at].Parent(resolution)
		if len(cells) == 0 || cells[len(cells)-1] != cell {
			cells = append(cells, cell)
		}
	}
	return slices.Clip(cells)
}

// Of returns the footprint of a hamlet, or nil where no household declares it or all of them live in cells of others.
func (m *Maker) Of(hamlet string) *Footprint {
	code, ok := m.hamlets[hamlet]
	if !ok || code == 0 {
		return nil
	}
	made := m.kept[code].Load()
	if made == nil {
		b := m.builders.Get().(*builder)
		made = b.footprint(code)
		m.builders.Put(b)
		if size := int64(8*len(made.Cells)) + 64; m.bytes.Add(size) <= maxBytes {
			m.kept[code].Store(made)
		} else {
			m.bytes.Add(-size)
		}
	}
	if len(made.Cells) == 0 {
		return nil
	}
	return made
}

// Bytes is what the order of the households takes.
func (m *Maker) Bytes() int { return 4 * (len(m.order) + len(m.starts)) }

// counts reports whether the household at the position counts for its hamlet.
func (m *Maker) counts(at uint32) bool {
	return m.LastDays[at] == InRegister || m.gone[m.Hamlets[at]]
}

// owner returns the hamlet that the cell at positions lo to hi goes to: that of most of the households there, of
// several the one whose code comes first; 0 is none. It uses counts as scratch memory.
func (m *Maker) owner(lo, hi uint32, counts map[uint32]int) uint32 {
	// Most cells are of one hamlet.
	best, same := m.Hamlets[lo], true
	for at := lo; same && at < hi; at++ {
		same = m.Hamlets[at] == best && m.counts(at)
	}
	if same {
		return best
	}
	clear(counts)
	best = 0
	for at := lo; at < hi; at++ {
		hamlet := m.Hamlets[at]
		if hamlet == 0 || !m.counts(at) {
			continue
		}
		counts[hamlet]++
		switch d := counts[hamlet] - counts[best]; {
		case best == 0 || d > 0 || d == 0 && m.Codes[hamlet] < m.Codes[best]:
			best = hamlet
		}
	}
	return best
}
