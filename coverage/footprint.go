package coverage

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// Footprint stands in for the outline that a hamlet does not have: the cells that its
// households live in, closed to a shape. docs/indicators.md says how. It never changes.
type Footprint struct {
	Cells      []geo.Cell // of geo.BaseResolution, sorted; no two hamlets share one
	Households int        // that live in it, of the hamlet and still in the register
	LeftOut    int        // those that live too far from the others, or in another hamlet's cell
	On         data.Date  // the latest day that the register of households knows of; NoDate: none
}

// From returns how many households the footprint is made from, those left out too, and
// false where that is kept back: where it is small and the viewer sees no small counts, or
// the households of the hamlet's row are hidden.
func (f *Footprint) From(row *Row, smallCounts bool) (households int, ok bool) {
	n := f.Households + f.LeftOut
	return n, row.Hidden&rules.HiddenHouseholds == 0 && (smallCounts || n > rules.MaxSmall)
}

// maxFootprintBytes bounds the footprints that are kept; the others are made each time.
const maxFootprintBytes = 64 << 20

// footprints makes the footprints of hamlets when they are asked for. It needs to know
// which households declare which hamlet.
type footprints struct {
	once   sync.Once
	filled atomic.Bool
	codes  map[string]uint32 // to the index in hamletCodes
	starts []uint32
	order  []uint32 // positions, hamlet by hamlet, ascending
	gone   []bool   // of each hamlet: no household is left in it, and all it had stand for it
	on     data.Date

	kept  []atomic.Pointer[Footprint] // of each hamlet
	bytes atomic.Int64
	tools sync.Pool // of *footprintTools
}

// Footprint returns, sorted, the cells of the resolution that hold a household of the
// hamlet, none left out and none filled in. At a resolution out of bounds, or where no
// household declares the hamlet, it returns nil.
func (v *View) Footprint(hamlet string, resolution int) []geo.Cell {
	if resolution < 0 || resolution > geo.BaseResolution || hamlet == "" || !v.seesHamlet(hamlet) {
		return nil
	}
	h, f := &v.index.register.households, &v.index.register.prints
	f.once.Do(func() { f.fill(h) })
	code, ok := f.codes[hamlet]
	if !ok {
		return nil
	}
	var cells []geo.Cell
	for _, at := range f.order[f.starts[code]:f.starts[code+1]] {
		cell := h.cells[at].Parent(resolution)
		if len(cells) == 0 || cells[len(cells)-1] != cell {
			cells = append(cells, cell)
		}
	}
	return slices.Clip(cells)
}

// HamletFootprint returns the footprint of a hamlet, or nil where no household declares it
// or all of them live in cells of others. It depends on the register alone, so that it is
// the same in every window and for every viewer who sees the hamlet.
func (v *View) HamletFootprint(hamlet string) *Footprint {
	if !v.seesHamlet(hamlet) {
		return nil
	}
	h, f := &v.index.register.households, &v.index.register.prints
	f.once.Do(func() { f.fill(h) })
	code, ok := f.codes[hamlet]
	if !ok || hamlet == "" {
		return nil
	}
	made := f.kept[code].Load()
	if made == nil {
		tools := f.tools.Get().(*footprintTools)
		made = tools.footprint(code)
		f.tools.Put(tools)
		if size := int64(8*len(made.Cells)) + 64; f.bytes.Add(size) <= maxFootprintBytes {
			f.kept[code].Store(made)
		} else {
			f.bytes.Add(-size)
		}
	}
	if len(made.Cells) == 0 {
		return nil
	}
	return made
}

// seesHamlet reports whether the hamlet is in the viewer's scope.
func (v *View) seesHamlet(code string) bool {
	return v.scope == nil || v.scope.within(v.index.register, code)
}

func (f *footprints) fill(h *households) {
	f.codes = make(map[string]uint32, len(h.hamletCodes))
	for i, code := range h.hamletCodes {
		f.codes[code] = uint32(i)
	}
	f.starts = make([]uint32, len(h.hamletCodes)+1)
	f.gone = make([]bool, len(h.hamletCodes))
	for i := range f.gone {
		f.gone[i] = true
	}
	for at, hamlet := range h.hamlets {
		f.starts[hamlet+1]++
		f.on = max(f.on, data.Date(h.registered[at]))
		if h.lastDays[at] == math.MaxUint16 {
			f.gone[hamlet] = false
		} else {
			f.on = max(f.on, data.Date(h.lastDays[at])+1)
		}
	}
	for i := 1; i < len(f.starts); i++ {
		f.starts[i] += f.starts[i-1]
	}
	next := slices.Clone(f.starts)
	f.order = make([]uint32, h.len())
	for at, hamlet := range h.hamlets {
		f.order[next[hamlet]] = uint32(at)
		next[hamlet]++
	}
	f.kept = make([]atomic.Pointer[Footprint], len(h.hamletCodes))
	f.tools.New = func() any { return &footprintTools{h: h, f: f, tally: make(map[uint32]int), held: make(map[int32]int)} }
	f.filled.Store(true)
}

// counts reports whether the household at the position stands for its hamlet.
func (f *footprints) counts(h *households, at uint32) bool {
	return h.lastDays[at] == math.MaxUint16 || f.gone[h.hamlets[at]]
}

// owner returns the hamlet that the cell at positions lo to hi goes to: that of most of
// the households there, of several the one whose code comes first; 0 is none.
func (f *footprints) owner(h *households, lo, hi uint32, tally map[uint32]int) uint32 {
	// Most cells are of one hamlet.
	best, same := h.hamlets[lo], true
	for at := lo; same && at < hi; at++ {
		same = h.hamlets[at] == best && f.counts(h, at)
	}
	if same {
		return best
	}
	clear(tally)
	best = 0
	for at := lo; at < hi; at++ {
		hamlet := h.hamlets[at]
		if hamlet == 0 || !f.counts(h, at) {
			continue
		}
		tally[hamlet]++
		switch d := tally[hamlet] - tally[best]; {
		case best == 0 || d > 0 || d == 0 && h.hamletCodes[hamlet] < h.hamletCodes[best]:
			best = hamlet
		}
	}
	return best
}

const (
	// maxReach is how many steps a shape reaches out from a household, at most, to find
	// the next one: 400 m, so that houses 800 m apart make one shape.
	maxReach = 8
	// maxHole is the largest hole that is filled, in cells: 4 hectares.
	maxHole = 19
	// nearlyAll is the share of the households, in percent, that a shape reaches out for.
	nearlyAll = 95
	// minPart is how many households a part of a shape stands for, if it is not the only
	// one: what is left out are slips of a GPS and lonely houses, which nobody should
	// find by the shape.
	minPart = rules.MaxSmall + 1
)

// settledCell is a cell where households of the hamlet in hand live.
type settledCell struct {
	place      geo.Place
	households int
}

// part is a piece of a footprint.
type part struct {
	cells      []geo.Cell
	households int
}

// footprint makes the footprint of a hamlet.
func (t *footprintTools) footprint(hamlet uint32) *Footprint {
	made := &Footprint{On: t.f.on}
	cells := t.cellsOf(hamlet)
	all := 0
	for _, c := range cells {
		all += c.households
	}
	parts := t.partsOf(hamlet, cells, false)
	if len(parts) > 0 && parts[0].households < minPart {
		parts = t.partsOf(hamlet, cells, true) // so that they point at nobody's house
	}
	for i, p := range parts {
		if i == 0 || p.households >= minPart {
			made.Cells = append(made.Cells, p.cells...)
			made.Households += p.households
		}
	}
	slices.Sort(made.Cells)
	made.Cells = slices.Clip(made.Cells)
	made.LeftOut = all - made.Households
	return made
}

// partsOf returns the parts that the cells close to, that of most households first.
func (t *footprintTools) partsOf(hamlet uint32, cells []settledCell, wide bool) (parts []part) {
	for _, group := range groupsOf(cells) {
		parts = append(parts, t.close(hamlet, group, wide)...)
	}
	parts = slices.DeleteFunc(parts, func(p part) bool { return len(p.cells) == 0 })
	for i := range parts {
		slices.Sort(parts[i].cells)
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.households, a.households), cmp.Compare(a.cells[0], b.cells[0]))
	})
	return parts
}

// cellsOf returns the cells in which households of the hamlet live, in order.
func (t *footprintTools) cellsOf(hamlet uint32) (cells []settledCell) {
	var last geo.Cell
	for _, at := range t.f.order[t.f.starts[hamlet]:t.f.starts[hamlet+1]] {
		if !t.f.counts(t.h, at) {
			continue
		}
		if cell := t.h.cells[at]; cell != last || len(cells) == 0 {
			cells = append(cells, settledCell{place: cell.Place()})
			last = cell
		}
		cells[len(cells)-1].households++
	}
	return cells
}

// groupsOf divides cells into groups so far from each other that no shape could join them:
// those in squares of the lattice that do not touch.
func groupsOf(cells []settledCell) [][]settledCell {
	const side = 2*maxReach + 1
	type square struct {
		base int
		a, b int32
	}
	of := func(p geo.Place) square { return square{p.Base, floorDiv(p.A, side), floorDiv(p.B, side)} }
	squares := make(map[square][]settledCell)
	var order []square // as met: in the order of the cells
	for _, c := range cells {
		s := of(c.place)
		if squares[s] == nil {
			order = append(order, s)
		}
		squares[s] = append(squares[s], c)
	}
	var groups [][]settledCell
	for _, first := range order {
		if squares[first] == nil {
			continue // in a group already
		}
		var group []settledCell
		for stack := []square{first}; len(stack) > 0; {
			s := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			group = append(group, squares[s]...)
			delete(squares, s)
			for a := s.a - 1; a <= s.a+1; a++ {
				for b := s.b - 1; b <= s.b+1; b++ {
					if next := (square{s.base, a, b}); squares[next] != nil {
						stack = append(stack, next)
					}
				}
			}
		}
		groups = append(groups, group)
	}
	return groups
}

func floorDiv(n, d int32) int32 {
	q := n / d
	if n%d < 0 {
		q--
	}
	return q
}
