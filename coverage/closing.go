package coverage

import (
	"cmp"
	"slices"

	"tungnha/geo"
)

// footprintTools is the working memory in which shapes are closed: a rectangle of the
// lattice of cells around the households of a group, as flat arrays.
type footprintTools struct {
	h *households
	f *footprints

	base   int
	a0, b0 int32 // the place of the first element
	w, hgt int32

	owner []uint32 // whose cell, or the nearest household's hamlet; 0: none within reach
	dist  []uint8  // steps to the nearest household; far: beyond reach
	home  []int32  // households of the hamlet in hand
	out   []uint8  // steps to the ground outside all shapes
	mark  []int32
	tally map[uint32]int
	held  map[int32]int // households by piece

	level, next []int32
	own         []int32 // elements within reach that are the hamlet's, the nearest first
	ends        [maxReach + 1]int
}

// far is a distance beyond maxReach.
const far = 255

// maxWindow bounds the rectangle, at some 70 by 70 km; a wider group is left as it is.
const maxWindow = 1 << 21

// close closes a group of cells to shapes, which lie apart from each other. A wide shape
// grows as far as it can and does not shrink.
//
// The ground is divided first: each cell within reach of a household belongs to the hamlet
// of the nearest one. In its own ground the shape grows step by step until it is in as few
// pieces as it can be, then shrinks by as many steps, but for strips that hold its pieces
// together. Where it meets the shape of a neighbour it does not shrink, so that no gap
// opens between them. Cells with households are never lost by shrinking: it takes back at
// most what growing gave.
func (t *footprintTools) close(hamlet uint32, group []settledCell, wide bool) []part {
	if !t.frame(group) {
		return []part{t.plain(hamlet, group)}
	}
	t.settle()
	for _, c := range group {
		if at := t.at(c.place); t.owner[at] == hamlet && t.dist[at] == 0 {
			t.home[at] = int32(c.households)
		}
	}
	t.divide()
	t.gather(hamlet)
	if len(t.own) == 0 {
		return nil // all its cells went to others
	}
	if wide {
		return t.parts(hamlet, t.own)
	}
	reach := t.reach()
	return t.parts(hamlet, t.shrink(t.own[:t.ends[reach]], reach))
}

// plain is a part of the very cells of a group that are the hamlet's.
func (t *footprintTools) plain(hamlet uint32, group []settledCell) (p part) {
	for _, c := range group {
		cell, ok := geo.CellAtPlace(c.place, geo.BaseResolution)
		lo, _ := slices.BinarySearch(t.h.cells, cell)
		hi, _ := slices.BinarySearch(t.h.cells, cell+1)
		if ok && t.f.owner(t.h, uint32(lo), uint32(hi), t.tally) == hamlet {
			p.cells = append(p.cells, cell)
			p.households += c.households
		}
	}
	return p
}

// frame lays out the rectangle around a group: twice the reach on each side, so that it
// holds whatever household may be nearer to a cell within reach.
func (t *footprintTools) frame(group []settledCell) bool {
	first, last := group[0].place, group[0].place
	for _, c := range group {
		first.A, first.B = min(first.A, c.place.A), min(first.B, c.place.B)
		last.A, last.B = max(last.A, c.place.A), max(last.B, c.place.B)
	}
	const margin = 2*maxReach + 2
	t.base, t.a0, t.b0 = first.Base, first.A-margin, first.B-margin
	t.w, t.hgt = last.A-t.a0+margin+1, last.B-t.b0+margin+1
	size := int(t.w) * int(t.hgt)
	if size > maxWindow {
		return false
	}
	t.owner, t.dist, t.home = sized(t.owner, size), sized(t.dist, size), sized(t.home, size)
	t.out, t.mark = sized(t.out, size), sized(t.mark, size)
	for i := range t.dist {
		t.dist[i] = far
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

func (t *footprintTools) at(p geo.Place) int32 { return (p.B-t.b0)*t.w + p.A - t.a0 }

func (t *footprintTools) place(at int32) geo.Place {
	return geo.Place{Base: t.base, A: t.a0 + at%t.w, B: t.b0 + at/t.w}
}

// inner reports whether all neighbours of the element are in the rectangle.
func (t *footprintTools) inner(at int32) bool {
	a, b := at%t.w, at/t.w
	return a > 0 && a < t.w-1 && b > 0 && b < t.hgt-1
}

// around returns the six neighbours of an inner element.
func (t *footprintTools) around(at int32) [6]int32 {
	return [6]int32{at - t.w - 1, at - t.w, at - 1, at + 1, at + t.w, at + t.w + 1}
}

// settle enters the owners of the cells in the rectangle that households live in. Coarse
// cells lead to their runs in the columns.
func (t *footprintTools) settle() {
	const coarse = geo.BaseResolution - 2
	// A coarse cell is seven fine ones across and has three by three of them around its
	// centre, so that every third place finds it.
	const across, step = 7, 3
	var runs []geo.Cell
	for b := t.b0 - across; b < t.b0+t.hgt+across; b += step {
		for a := t.a0 - across; a < t.a0+t.w+across; a += step {
			cell, ok := geo.CellAtPlace(geo.Place{Base: t.base, A: a, B: b}, geo.BaseResolution)
			if !ok {
				continue
			}
			if c := cell.Parent(coarse); len(runs) == 0 || runs[len(runs)-1] != c {
				runs = append(runs, c)
			}
		}
	}
	slices.Sort(runs)
	cells := t.h.cells
	for _, run := range slices.Compact(runs) {
		first, last := run.Span(geo.BaseResolution)
		lo, _ := slices.BinarySearch(cells, first)
		for lo < len(cells) && cells[lo] <= last {
			hi := lo + 1
			for hi < len(cells) && cells[hi] == cells[lo] {
				hi++
			}
			if owner := t.f.owner(t.h, uint32(lo), uint32(hi), t.tally); owner != 0 {
				p := cells[lo].Place()
				if a, b := p.A-t.a0, p.B-t.b0; a >= 0 && a < t.w && b >= 0 && b < t.hgt {
					at := t.at(p)
					t.owner[at], t.dist[at] = owner, 0
				}
			}
			lo = hi
		}
	}
}

// divide gives each cell within reach to the hamlet of the nearest household, of several
// to the one whose code comes first.
func (t *footprintTools) divide() {
	t.level = t.level[:0]
	for at := range t.dist {
		if t.dist[at] == 0 {
			t.level = append(t.level, int32(at))
		}
	}
	codes := t.h.hamletCodes
	for d := uint8(1); d <= maxReach; d++ {
		t.next = t.next[:0]
		for _, at := range t.level {
			if !t.inner(at) {
				continue
			}
			owner := t.owner[at]
			for _, n := range t.around(at) {
				if t.dist[n] == far {
					t.dist[n], t.owner[n] = d, owner
					t.next = append(t.next, n)
				} else if t.dist[n] == d && t.owner[n] != owner && codes[owner] < codes[t.owner[n]] {
					t.owner[n] = owner
				}
			}
		}
		t.level, t.next = t.next, t.level
	}
}

// gather lists the hamlet's own elements, the nearest to households first.
func (t *footprintTools) gather(hamlet uint32) {
	t.own = t.own[:0]
	for at, owner := range t.owner {
		if owner == hamlet && t.inner(int32(at)) {
			t.own = append(t.own, int32(at))
		}
	}
	slices.SortFunc(t.own, func(a, b int32) int { return cmp.Or(cmp.Compare(t.dist[a], t.dist[b]), cmp.Compare(a, b)) })
	for d := range t.ends {
		t.ends[d], _ = slices.BinarySearchFunc(t.own, d+1, func(at int32, d int) int { return cmp.Compare(int(t.dist[at]), d) })
	}
}

// reach returns how many steps the shape has to grow: the fewest that bring nearly all of
// the households that any growing brings together into as few parts as can be. For the
// last few it does not reach out: they live alone.
func (t *footprintTools) reach() int {
	var parts, within [maxReach + 1]int // of at least minPart households
	// mark is a forest: an element's parent + 1, 0 for one that is not in yet.
	root := func(at int32) int32 {
		for t.mark[at] != at+1 {
			t.mark[at] = t.mark[t.mark[at]-1]
			at = t.mark[at] - 1
		}
		return at
	}
	i := 0
	for d := range maxReach + 1 {
		for ; i < t.ends[d]; i++ {
			at := t.own[i]
			t.mark[at] = at + 1
			for _, n := range t.around(at) {
				if t.mark[n] != 0 {
					t.mark[root(at)] = root(n) + 1
				}
			}
		}
		clear(t.held)
		for _, at := range t.own[:t.ends[0]] {
			t.held[root(at)] += int(t.home[at])
		}
		for _, households := range t.held {
			if households >= minPart {
				parts[d]++
				within[d] += households
			}
		}
	}
	best := maxReach
	for d := maxReach - 1; d > 0; d-- {
		if 100*within[d] >= nearlyAll*within[maxReach] && parts[d] <= parts[best] {
			best = d
		}
	}
	return best
}

// shrink takes back from a shape what it has grown, but for strips between its pieces.
func (t *footprintTools) shrink(shape []int32, reach int) []int32 {
	t.measureOut(reach)
	clear(t.mark)
	for _, at := range shape {
		t.mark[at] = 1
	}
	// What lies deeper than the shape has grown stays. Of the rest an element may go, the
	// outer ones first, where that takes nothing apart: where its neighbours in the shape
	// stand in one row around it.
	rest := make([]int32, 0, len(shape))
	for _, at := range shape {
		if t.out[at] != 0 {
			rest = append(rest, at)
		}
	}
	slices.SortFunc(rest, func(a, b int32) int { return cmp.Or(cmp.Compare(t.out[a], t.out[b]), cmp.Compare(a, b)) })
	for before := -1; before != len(rest); {
		before = len(rest)
		kept := rest[:0]
		for _, at := range rest {
			if t.rows(at) == 1 {
				t.mark[at] = 0
			} else {
				kept = append(kept, at)
			}
		}
		rest = kept
	}
	// What is left of it are lines; a strip of three is seen better.
	for _, at := range rest {
		for _, n := range t.around(at) {
			t.mark[n] = 1
		}
	}
	return slices.DeleteFunc(slices.Clone(shape), func(at int32) bool { return t.mark[at] == 0 })
}

// rows counts the rows of neighbours in the shape that stand around an element.
func (t *footprintTools) rows(at int32) (rows int) {
	ring := [6]int32{at - t.w - 1, at - t.w, at + 1, at + t.w + 1, at + t.w, at - 1} // in their order around it
	for i, n := range ring {
		if t.mark[n] != 0 && t.mark[ring[(i+1)%6]] == 0 {
			rows++
		}
	}
	return rows
}

// measureOut enters how many steps each element is from the ground outside all shapes, up
// to reach; beyond it is 0. Neighbours are taken to have grown by as much.
func (t *footprintTools) measureOut(reach int) {
	outside := func(at int32) bool { return int(t.dist[at]) > reach }
	t.level = t.level[:0]
	for at := range t.dist {
		if at := int32(at); !outside(at) && t.inner(at) {
			for _, n := range t.around(at) {
				if outside(n) {
					t.out[at] = 1
					t.level = append(t.level, at)
					break
				}
			}
		}
	}
	for d := uint8(2); int(d) <= reach; d++ {
		t.next = t.next[:0]
		for _, at := range t.level {
			for _, n := range t.around(at) {
				if t.out[n] == 0 && !outside(n) && t.inner(n) {
					t.out[n] = d
					t.next = append(t.next, n)
				}
			}
		}
		t.level, t.next = t.next, t.level
	}
}

// label numbers the pieces of a shape from 1 in mark, which is 0 elsewhere, and returns how
// many there are.
func (t *footprintTools) label(shape []int32) int {
	clear(t.mark)
	for _, at := range shape {
		t.mark[at] = -1
	}
	count := int32(0)
	for _, first := range shape {
		if t.mark[first] != -1 {
			continue
		}
		count++
		t.mark[first] = count
		for stack := append(t.level[:0], first); len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, n := range t.around(at) {
				if t.mark[n] == -1 {
					t.mark[n] = count
					stack = append(stack, n)
				}
			}
		}
	}
	return int(count)
}

// parts fills the small holes of a shape and returns its pieces.
func (t *footprintTools) parts(hamlet uint32, shape []int32) []part {
	parts := make([]part, t.label(shape))
	filled := t.fillHoles(hamlet, slices.Clone(shape))
	for _, at := range filled {
		cell, ok := geo.CellAtPlace(t.place(at), geo.BaseResolution)
		if !ok {
			continue // beyond the base cell
		}
		p := &parts[t.mark[at]-1]
		p.cells = append(p.cells, cell)
		p.households += int(t.home[at])
	}
	return parts
}

// fillHoles adds to a labelled shape the holes in it that are small and nobody else's.
func (t *footprintTools) fillHoles(hamlet uint32, shape []int32) []int32 {
	const outer = -2 // ground that was looked at and is no hole to fill
	for i := 0; i < len(shape); i++ {
		if !t.inner(shape[i]) {
			continue
		}
		for _, from := range t.around(shape[i]) {
			if t.mark[from] != 0 {
				continue
			}
			hole, free := append(t.level[:0], from), true
			t.mark[from] = outer
			for j := 0; j < len(hole) && len(hole) <= maxHole; j++ {
				free = free && t.inner(hole[j]) && (t.owner[hole[j]] == 0 || t.owner[hole[j]] == hamlet)
				if !free {
					break
				}
				for _, n := range t.around(hole[j]) {
					if t.mark[n] == 0 {
						t.mark[n] = outer
						hole = append(hole, n)
					} else if t.mark[n] == outer && !slices.Contains(hole, n) {
						free = false // it joins ground that is no hole
					}
				}
			}
			if free && len(hole) <= maxHole {
				for _, at := range hole {
					t.mark[at] = t.mark[shape[i]]
				}
				shape = append(shape, hole...)
			}
			t.level = hole[:0]
		}
	}
	return shape
}
