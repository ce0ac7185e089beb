package footprint

import (
	"cmp"
	"slices"

	"tungnha/coverage/rules"
	"tungnha/geo"
)

const (
	// maxReach is how many steps a shape grows from a household, at most, to meet the next one: 400 m, so that houses
	// 800 m apart make one shape.
	maxReach = 8
	// maxHole is the largest hole that is filled, in cells: 4 hectares.
	maxHole = 19
	// nearlyAll is the share of the households, in percent, that a shape grows to meet.
	nearlyAll = 95
	// minPart is how many households a part of a shape has at least, if it is not the only one: what is left out are
	// errors of a GPS and lonely houses, which nobody should find by the shape.
	minPart = rules.MaxSmall + 1
)

// settledCell is a cell where households of the hamlet live.
type settledCell struct {
	axial      geo.Axial
	households int
}

// part is a connected part of a footprint.
type part struct {
	cells      []geo.Cell
	households int
}

// footprint makes the footprint of a hamlet.
func (f *builder) footprint(hamlet uint32) *Footprint {
	made := &Footprint{On: f.m.on}
	cells := f.cellsOf(hamlet)
	all := 0
	for _, c := range cells {
		all += c.households
	}
	parts := f.partsOf(hamlet, cells, false)
	if len(parts) > 0 && parts[0].households < minPart {
		parts = f.partsOf(hamlet, cells, true) // so that they point at nobody's house
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
func (f *builder) partsOf(hamlet uint32, cells []settledCell, wide bool) (parts []part) {
	for _, group := range groupsOf(cells) {
		parts = append(parts, f.close(hamlet, group, wide)...)
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
func (f *builder) cellsOf(hamlet uint32) (cells []settledCell) {
	var last geo.Cell
	for _, at := range f.m.order[f.m.starts[hamlet]:f.m.starts[hamlet+1]] {
		if !f.m.counts(at) {
			continue
		}
		if cell := f.m.Cells[at]; cell != last || len(cells) == 0 {
			cells = append(cells, settledCell{axial: cell.Axial()})
			last = cell
		}
		cells[len(cells)-1].households++
	}
	return cells
}

// groupsOf divides cells into groups so far from each other that no shape could join them: those in squares of the
// lattice that do not touch.
func groupsOf(cells []settledCell) [][]settledCell {
	const side = 2*maxReach + 1
	type square struct {
		base int
		a, b int32
	}
	of := func(p geo.Axial) square { return square{p.Base, floorDiv(p.A, side), floorDiv(p.B, side)} }
	squares := make(map[square][]settledCell)
	var order []square // as met: in the order of the cells
	for _, c := range cells {
		s := of(c.axial)
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
