package footprint

import (
	"cmp"
	"slices"

	"tungnha/geo"
)

// close closes a group of cells to shapes that do not touch each other. A wide shape grows as far as it can and does
// not shrink.
//
// The ground is divided first: each cell within reach of a household belongs to the hamlet of the nearest one. In its
// own ground the shape grows (dilation) step by step until it is in as few parts as it can be, then shrinks (erosion)
// by as many steps, but for strips that connect its parts. Where it meets the shape of a neighbour it does not shrink,
// so that no gap opens between them. Cells with households are never lost by shrinking: it removes at most what
// growing added.
func (f *builder) close(hamlet uint32, group []settledCell, wide bool) []part {
	if !f.layOut(group) {
		return []part{f.plain(hamlet, group)}
	}
	f.enterSettled()
	for _, c := range group {
		if at := f.at(c.axial); f.owner[at] == hamlet && f.dist[at] == 0 {
			f.lived[at] = int32(c.households)
		}
	}
	f.assignNearest()
	f.collectOwn(hamlet)
	if len(f.own) == 0 {
		return nil // all its cells went to others
	}
	if wide {
		return f.shapes(hamlet, f.own)
	}
	reach := f.reach()
	return f.shapes(hamlet, f.shrink(f.own[:f.ends[reach]], reach))
}

// plain returns the cells of a group that are the hamlet's, not closed.
func (f *builder) plain(hamlet uint32, group []settledCell) (p part) {
	for _, c := range group {
		cell, ok := geo.CellAtAxial(c.axial, geo.BaseResolution)
		lo, _ := slices.BinarySearch(f.m.Cells, cell)
		hi, _ := slices.BinarySearch(f.m.Cells, cell+1)
		if ok && f.m.owner(uint32(lo), uint32(hi), f.counts) == hamlet {
			p.cells = append(p.cells, cell)
			p.households += c.households
		}
	}
	return p
}

// reach returns how many steps the shape has to grow: the fewest that connect nearly all of the households that any
// growing connects, in as few parts as can be. It does not grow to meet the last few: they live alone. Parts are
// counted by union-find while the elements of one distance after the other are added.
func (f *builder) reach() int {
	var parts, within [maxReach + 1]int // of at least minPart households
	// label is the forest: an element's parent + 1, 0 for one that is not in yet.
	root := func(at int32) int32 {
		for f.label[at] != at+1 {
			f.label[at] = f.label[f.label[at]-1]
			at = f.label[at] - 1
		}
		return at
	}
	i := 0
	for d := range maxReach + 1 {
		for ; i < f.ends[d]; i++ {
			at := f.own[i]
			f.label[at] = at + 1
			for _, n := range f.neighbours(at) {
				if f.label[n] != 0 {
					f.label[root(at)] = root(n) + 1
				}
			}
		}
		clear(f.inComponent)
		for _, at := range f.own[:f.ends[0]] {
			f.inComponent[root(at)] += int(f.lived[at])
		}
		for _, households := range f.inComponent {
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

// shrink removes from a shape what it has grown, but for strips between its parts: a homotopic thinning, which removes
// simple points only (those whose removal takes nothing apart).
func (f *builder) shrink(shape []int32, reach int) []int32 {
	f.distanceToOutside(reach)
	clear(f.label)
	for _, at := range shape {
		f.label[at] = 1
	}
	// What is deeper inside than the shape has grown stays. Of the rest an element may go, the outer ones first, where
	// it is a simple point: where its neighbours in the shape are one run around it.
	rest := make([]int32, 0, len(shape))
	for _, at := range shape {
		if f.outside[at] != 0 {
			rest = append(rest, at)
		}
	}
	slices.SortFunc(rest, func(a, b int32) int {
		return cmp.Or(cmp.Compare(f.outside[a], f.outside[b]), cmp.Compare(a, b))
	})
	for before := -1; before != len(rest); {
		before = len(rest)
		kept := rest[:0]
		for _, at := range rest {
			if f.countRuns(at) == 1 {
				f.label[at] = 0
			} else {
				kept = append(kept, at)
			}
		}
		rest = kept
	}
	// What is left of it are lines; a strip of three is easier to see.
	for _, at := range rest {
		for _, n := range f.neighbours(at) {
			f.label[n] = 1
		}
	}
	return slices.DeleteFunc(slices.Clone(shape), func(at int32) bool { return f.label[at] == 0 })
}

// countRuns counts the runs of neighbours in the shape around an element (half the crossing number of
// Rutovitz 1966).
func (f *builder) countRuns(at int32) (runs int) {
	ring := [6]int32{at - f.w - 1, at - f.w, at + 1, at + f.w + 1, at + f.w, at - 1} // in their order around it
	for i, n := range ring {
		if f.label[n] != 0 && f.label[ring[(i+1)%6]] == 0 {
			runs++
		}
	}
	return runs
}

// distanceToOutside enters how many steps each element is from the ground outside all shapes, up to reach; beyond it is
// 0. Neighbours are assumed to have grown by as much.
func (f *builder) distanceToOutside(reach int) {
	isOutside := func(at int32) bool { return int(f.dist[at]) > reach }
	f.level = f.level[:0]
	for at := range f.dist {
		if at := int32(at); !isOutside(at) && f.isInner(at) {
			for _, n := range f.neighbours(at) {
				if isOutside(n) {
					f.outside[at] = 1
					f.level = append(f.level, at)
					break
				}
			}
		}
	}
	for d := uint8(2); int(d) <= reach; d++ {
		f.next = f.next[:0]
		for _, at := range f.level {
			for _, n := range f.neighbours(at) {
				if f.outside[n] == 0 && !isOutside(n) && f.isInner(n) {
					f.outside[n] = d
					f.next = append(f.next, n)
				}
			}
		}
		f.level, f.next = f.next, f.level
	}
}
