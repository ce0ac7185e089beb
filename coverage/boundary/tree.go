// Package boundary describes the administrative areas of a programme over time: the tree of areas valid on a day, and
// what became of each area between two days. It reads areas as they are registered, and counts of households that the
// caller made; it returns trees and changes.
package boundary

import (
	"slices"
	"strings"

	"tungnha/data"
)

// NoArea is the index of no area: above the top of a tree, or of households that belong to none.
const NoArea = -1

// Tree is the areas valid on one day. Areas are named by their index in Areas. It never changes once made.
type Tree struct {
	From, To data.Date   // the days on which this tree is valid, both inclusive; NoDate: unbounded
	Areas    []data.Area // sorted by code

	parents  []int32   // of each area: the area above, always of a wider level; NoArea at the top
	children [][]int32 // of each area, by code
	ranks    []int8    // of each area: the rank of its level
}

const (
	communeRank = 2
	hamletRank  = 3
)

// newTree makes the tree of the areas, which are sorted by code and must not change.
func newTree(from, to data.Date, areas []data.Area) *Tree {
	t := &Tree{
		From: from, To: to, Areas: areas,
		parents: make([]int32, len(areas)), children: make([][]int32, len(areas)), ranks: make([]int8, len(areas)),
	}
	for i := range areas {
		t.ranks[i] = int8(areas[i].Level.Rank())
	}
	for i := range areas {
		t.parents[i] = NoArea
		// A parent of the same or a narrower level is no parent: so a chain of parents always ends, whatever is
		// registered.
		if p := t.Find(areas[i].Parent); p != NoArea && t.ranks[p] < t.ranks[i] {
			t.parents[i] = p
			t.children[p] = append(t.children[p], int32(i))
		}
	}
	return t
}

// Find returns the index of the area with the code, or NoArea.
func (t *Tree) Find(code string) int32 {
	i, ok := slices.BinarySearchFunc(t.Areas, code, func(a data.Area, code string) int {
		return strings.Compare(a.Code, code)
	})
	if !ok {
		return NoArea
	}
	return int32(i)
}

// Children returns the indexes of the areas whose parent is the area, by code. The slice must not be changed.
func (t *Tree) Children(area int32) []int32 {
	if area < 0 || int(area) >= len(t.children) {
		return nil
	}
	return t.children[area]
}

// Parent returns the index of the area above, or NoArea.
func (t *Tree) Parent(area int32) int32 {
	if area < 0 || int(area) >= len(t.parents) {
		return NoArea
	}
	return t.parents[area]
}

// Above returns the areas above one, the widest first. A parent that names itself or its child, as in a mistaken file,
// ends the way up.
func (t *Tree) Above(area int32) []int32 {
	var up []int32
	for range 8 {
		if area = t.Find(t.Areas[area].Parent); area == NoArea {
			break
		}
		up = append([]int32{area}, up...)
	}
	return up
}

// IsHamlet reports whether the area is a hamlet.
func (t *Tree) IsHamlet(area int32) bool {
	return uint(area) < uint(len(t.ranks)) && t.ranks[area] == hamletRank
}

// IsCommune reports whether the area is a commune.
func (t *Tree) IsCommune(area int32) bool {
	return uint(area) < uint(len(t.ranks)) && t.ranks[area] == communeRank
}

// Ancestor returns the area of the level that contains the area or is it, or NoArea.
func (t *Tree) Ancestor(area int32, level data.Level) int32 {
	rank := int8(level.Rank())
	for area != NoArea && t.ranks[area] > rank {
		area = t.parents[area]
	}
	if area == NoArea || t.ranks[area] != rank {
		return NoArea
	}
	return area
}

// Ancestors returns Ancestor of each area, and one NoArea more at the end: len(Areas) is how callers write that a
// household belongs to none of the areas.
func (t *Tree) Ancestors(level data.Level) []int32 {
	ancestors := make([]int32, len(t.Areas)+1)
	for area := range t.Areas {
		ancestors[area] = t.Ancestor(int32(area), level)
	}
	ancestors[len(t.Areas)] = NoArea
	return ancestors
}

// Within reports for each area whether it is one of the roots or below one.
func (t *Tree) Within(roots []int32) []bool {
	in := make([]bool, len(t.Areas))
	for stack := slices.Clone(roots); len(stack) > 0; {
		area := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !in[area] {
			in[area] = true
			stack = append(stack, t.children[area]...)
		}
	}
	return in
}

// LevelBelow returns the level that a query for rows below the parent most likely means when it names none: that of
// the children of the parent, and communes where everything is requested.
func (t *Tree) LevelBelow(parent string) data.Level {
	if parent == "" {
		return data.Commune
	}
	area := t.Find(parent)
	if area == NoArea {
		return data.Commune // the query will report that there is no such area
	}
	if children := t.Children(area); len(children) > 0 {
		return t.Areas[children[0]].Level
	}
	return data.Hamlet
}

// Counts returns how many areas of each level the tree has.
func (t *Tree) Counts() map[data.Level]int {
	counts := make(map[data.Level]int)
	for i := range t.Areas {
		counts[t.Areas[i].Level]++
	}
	return counts
}
