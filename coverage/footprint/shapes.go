package footprint

import (
	"slices"

	"tungnha/geo"
)

// labelComponents numbers the connected components of a shape from 1 in label, which is 0 elsewhere, and returns how
// many there are.
func (f *builder) labelComponents(shape []int32) int {
	clear(f.label)
	for _, at := range shape {
		f.label[at] = -1
	}
	count := int32(0)
	for _, first := range shape {
		if f.label[first] != -1 {
			continue
		}
		count++
		f.label[first] = count
		for stack := append(f.level[:0], first); len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, n := range f.neighbours(at) {
				if f.label[n] == -1 {
					f.label[n] = count
					stack = append(stack, n)
				}
			}
		}
	}
	return int(count)
}

// shapes fills the small holes of a shape and returns its components.
func (f *builder) shapes(hamlet uint32, shape []int32) []part {
	parts := make([]part, f.labelComponents(shape))
	filled := f.fillHoles(hamlet, slices.Clone(shape))
	for _, at := range filled {
		cell, ok := geo.CellAtAxial(f.axial(at), geo.BaseResolution)
		if !ok {
			continue // beyond the base cell
		}
		p := &parts[f.label[at]-1]
		p.cells = append(p.cells, cell)
		p.households += int(f.lived[at])
	}
	return parts
}

// fillHoles adds to a labelled shape the holes in it that are small and no other hamlet's, by flood fill from
// its edge.
func (f *builder) fillHoles(hamlet uint32, shape []int32) []int32 {
	const outer = -2 // ground that was looked at and is no hole to fill
	for i := 0; i < len(shape); i++ {
		if !f.isInner(shape[i]) {
			continue
		}
		for _, from := range f.neighbours(shape[i]) {
			if f.label[from] != 0 {
				continue
			}
			hole, free := append(f.level[:0], from), true
			f.label[from] = outer
			for j := 0; j < len(hole) && len(hole) <= maxHole; j++ {
				free = free && f.isInner(hole[j]) && (f.owner[hole[j]] == 0 || f.owner[hole[j]] == hamlet)
				if !free {
					break
				}
				for _, n := range f.neighbours(hole[j]) {
					if f.label[n] == 0 {
						f.label[n] = outer
						hole = append(hole, n)
					} else if f.label[n] == outer && !slices.Contains(hole, n) {
						free = false // it is connected to ground that is no hole
					}
				}
			}
			if free && len(hole) <= maxHole {
				for _, at := range hole {
					f.label[at] = f.label[shape[i]]
				}
				shape = append(shape, hole...)
			}
			f.level = hole[:0]
		}
	}
	return shape
}
