package coverage

import (
	"slices"
	"strings"

	"tungnha/data"
)

// Boundaries is the tree of areas valid on one day. It never changes once made.
type Boundaries struct {
	From, To data.Date   // the days on which this tree holds, both inclusive; NoDate: unbounded
	Areas    []data.Area // sorted by code

	parents  []int32   // of each area: the area above, always of a wider level; NoArea at the top
	children [][]int32 // of each area, by code
	ranks    []uint8
}

// rank orders the levels from the widest, 0, to the narrowest; -1 is no level.
func rank(level data.Level) int {
	switch level {
	case data.Province:
		return provinceRank
	case data.District:
		return 1
	case data.Commune:
		return 2
	case data.Hamlet:
		return hamletRank
	}
	return -1
}

const (
	provinceRank = 0
	communeRank  = 2
	hamletRank   = 3
)

// newBoundaries makes the tree of the areas, which are sorted by code and must not change.
func newBoundaries(from, to data.Date, areas []data.Area) *Boundaries {
	b := &Boundaries{
		From: from, To: to, Areas: areas,
		parents: make([]int32, len(areas)), children: make([][]int32, len(areas)), ranks: make([]uint8, len(areas)),
	}
	for i := range areas {
		b.ranks[i] = uint8(rank(areas[i].Level))
	}
	for i := range areas {
		b.parents[i] = NoArea
		// A parent of the same or a narrower level is no parent: so a chain of parents
		// always ends, whatever the register says.
		if p := b.Find(areas[i].Parent); p != NoArea && b.ranks[p] < b.ranks[i] {
			b.parents[i] = p
			b.children[p] = append(b.children[p], int32(i))
		}
	}
	return b
}

// Find returns the index of the area with the code, or NoArea.
func (b *Boundaries) Find(code string) int32 {
	i, ok := slices.BinarySearchFunc(b.Areas, code, func(a data.Area, code string) int {
		return strings.Compare(a.Code, code)
	})
	if !ok {
		return NoArea
	}
	return int32(i)
}

// Children returns the indexes of the areas whose parent is the area, by code. The slice
// must not be changed.
func (b *Boundaries) Children(area int32) []int32 {
	if area < 0 || int(area) >= len(b.children) {
		return nil
	}
	return b.children[area]
}

// LevelBelow returns the level that somebody who names none most likely means: that of the
// children of the parent, and communes where everything is asked for.
func (b *Boundaries) LevelBelow(parent string) data.Level {
	if parent == "" {
		return data.Commune
	}
	area := b.Find(parent)
	if area == NoArea {
		return data.Commune // the query will say that there is no such area
	}
	if children := b.Children(area); len(children) > 0 {
		return b.Areas[children[0]].Level
	}
	return data.Hamlet
}

// Parent returns the index of the area above, or NoArea.
func (b *Boundaries) Parent(area int32) int32 {
	if area < 0 || int(area) >= len(b.parents) {
		return NoArea
	}
	return b.parents[area]
}

// ancestor returns the area of the rank that the area lies in or is, or NoArea.
func (b *Boundaries) ancestor(area int32, rank uint8) int32 {
	for area != NoArea && b.ranks[area] > rank {
		area = b.parents[area]
	}
	if area == NoArea || b.ranks[area] != rank {
		return NoArea
	}
	return area
}

// within marks the areas that are one of the roots or lie below one.
func (b *Boundaries) within(roots []int32) []bool {
	in := make([]bool, len(b.Areas))
	for stack := slices.Clone(roots); len(stack) > 0; {
		area := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !in[area] {
			in[area] = true
			stack = append(stack, b.children[area]...)
		}
	}
	return in
}
