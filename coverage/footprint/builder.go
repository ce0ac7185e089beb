package footprint

import (
	"cmp"
	"slices"

	"tungnha/geo"
)

// builder is the working memory in which shapes are closed: a rectangle of the lattice of cells around the households
// of a group, as flat arrays with an element for each cell.
type builder struct {
	m *Maker

	base   int
	a0, b0 int32 // lattice coordinates of the first element
	w, h   int32

	owner   []uint32 // hamlet of the cell, or of the nearest household; 0: none within reach
	dist    []uint8  // steps to the nearest household; far: beyond reach
	lived   []int32  // households of the hamlet being built
	outside []uint8  // steps to the ground outside all shapes
	label   []int32  // of union-find, of a set, or of components: each step begins by clearing it

	counts      map[uint32]int // households by hamlet, see Maker.owner
	inComponent map[int32]int  // households by component

	level, next []int32           // of a breadth-first search
	own         []int32           // elements within reach that are the hamlet's, the nearest first
	ends        [maxReach + 1]int // of each distance: where its elements end in own
}

// far is a distance beyond maxReach.
const far = 255

// maxRectangle bounds the rectangle, at some 70 by 70 km; a wider group is left as it is.
const maxRectangle = 1 << 21

// layOut lays out the rectangle around a group: twice the reach on each side, so that it contains every household that
// may be nearer to a cell within reach. It reports false for a group that is too wide.
func (f *builder) layOut(group []settledCell) bool {
	first, last := group[0].axial, group[0].axial
	for _, c := range group {
		first.A, first.B = min(first.A, c.axial.A), min(first.B, c.axial.B)
		last.A, last.B = max(last.A, c.axial.A), max(last.B, c.axial.B)
	}
	const margin = 2*maxReach + 2
	f.base, f.a0, f.b0 = first.Base, first.A-margin, first.B-margin
	f.w, f.h = last.A-f.a0+margin+1, last.B-f.b0+margin+1
	size := int(f.w) * int(f.h)
	if size > maxRectangle {
		return false
	}
	f.owner, f.dist, f.lived = sized(f.owner, size), sized(f.dist, size), sized(f.lived, size)
	f.outside, f.label = sized(f.outside, size), sized(f.label, size)
	for i := range f.dist {
		f.dist[i] = far
	}
	return true
}

// sized returns a slice of zeros of the size, in the memory of another if it is enough.
func sized[T any](s []T, size int) []T {
	if cap(s) < size {
		return make([]T, size, size+size/2)
	}
	s = s[:size]
	clear(s)
	return s
}

func (f *builder) at(p geo.Axial) int32 { return (p.B-f.b0)*f.w + p.A - f.a0 }

func (f *builder) axial(at int32) geo.Axial {
	return geo.Axial{Base: f.base, A: f.a0 + at%f.w, B: f.b0 + at/f.w}
}

// isInner reports whether all neighbours of the element are in the rectangle.
func (f *builder) isInner(at int32) bool {
	a, b := at%f.w, at/f.w
	return a > 0 && a < f.w-1 && b > 0 && b < f.h-1
}

// neighbours returns the six neighbours of an inner element.
func (f *builder) neighbours(at int32) [6]int32 {
	return [6]int32{at - f.w - 1, at - f.w, at - 1, at + 1, at + f.w, at + f.w + 1}
}

// enterSettled enters the owners of the cells in the rectangle that households live in. It finds them by the coarse
// cells of the rectangle: the households of a coarse cell are one run of the columns.
func (f *builder) enterSettled() {
	const coarse = geo.BaseResolution - 2
	// A coarse cell is seven fine ones across and has three by three of them around its centre, so that looking at
	// every third place finds it.
	const across, step = 7, 3
	var runs []geo.Cell
	for b := f.b0 - across; b < f.b0+f.h+across; b += step {
		for a := f.a0 - across; a < f.a0+f.w+across; a += step {
			cell, ok := geo.CellAtAxial(geo.Axial{Base: f.base, A: a, B: b}, geo.BaseResolution)
			if !ok {
				continue
			}
			if c := cell.Parent(coarse); len(runs) == 0 || runs[len(runs)-1] != c {
				runs = append(runs, c)
			}
		}
	}
	slices.Sort(runs)
	cells := f.m.Cells
	for _, run := range slices.Compact(runs) {
		first, last := run.Span(geo.BaseResolution)
		lo, _ := slices.BinarySearch(cells, first)
		for lo < len(cells) && cells[lo] <= last {
			hi := lo + 1
			for hi < len(cells) && cells[hi] == cells[lo] {
				hi++
			}
			if owner := f.m.owner(uint32(lo), uint32(hi), f.counts); owner != 0 {
				p := cells[lo].Axial()
				if a, b := p.A-f.a0, p.B-f.b0; a >= 0 && a < f.w && b >= 0 && b < f.h {
					at := f.at(p)
					f.owner[at], f.dist[at] = owner, 0
				}
			}
			lo = hi
		}
	}
}

// assignNearest gives each cell within reach to the hamlet of the nearest household, of several to the one whose code
// comes first: a Voronoi partition of the lattice, by a breadth-first search from all households at once.
func (f *builder) assignNearest() {
	f.level = f.level[:0]
	for at := range f.dist {
		if f.dist[at] == 0 {
			f.level = append(f.level, int32(at))
		}
	}
	codes := f.m.Codes
	for d := uint8(1); d <= maxReach; d++ {
		f.next = f.next[:0]
		for _, at := range f.level {
			if !f.isInner(at) {
				continue
			}
			owner := f.owner[at]
			for _, n := range f.neighbours(at) {
				if f.dist[n] == far {
					f.dist[n], f.owner[n] = d, owner
					f.next = append(f.next, n)
				} else if f.dist[n] == d && f.owner[n] != owner && codes[owner] < codes[f.owner[n]] {
					f.owner[n] = owner
				}
			}
		}
		f.level, f.next = f.next, f.level
	}
}

// collectOwn lists the hamlet's own elements, the nearest to households first.
func (f *builder) collectOwn(hamlet uint32) {
	f.own = f.own[:0]
	for at, owner := range f.owner {
		if owner == hamlet && f.isInner(int32(at)) {
			f.own = append(f.own, int32(at))
		}
	}
	slices.SortFunc(f.own, func(a, b int32) int { return cmp.Or(cmp.Compare(f.dist[a], f.dist[b]), cmp.Compare(a, b)) })
	for d := range f.ends {
		f.ends[d], _ = slices.BinarySearchFunc(f.own, d+1, func(at int32, d int) int {
			return cmp.Compare(int(f.dist[at]), d)
		})
	}
}
