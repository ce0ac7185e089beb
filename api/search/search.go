// Package search finds areas by name, with or without diacritics.
package search

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// Names finds areas by name. It keeps the folded names of the boundaries that were
// searched last: folding a province's 4,000 names takes longer than looking through them.
type Names struct{ last atomic.Pointer[Folded] }

// Folded are the names of one tree of areas, by index. It never changes once made.
type Folded struct {
	boundaries *boundary.Tree
	own        []string // " name name_en code", folded, a space before every word
	all        []string // the same with the names of the areas above
}

// In returns the names of a tree.
func (s *Names) In(b *boundary.Tree) *Folded {
	if f := s.last.Load(); f != nil && f.boundaries == b {
		return f
	}
	f := &Folded{b, make([]string, len(b.Areas)), make([]string, len(b.Areas))}
	for i := range b.Areas {
		unit := &b.Areas[i]
		f.own[i] = " " + words(unit.Name+" "+unit.NameEN+" "+unit.Code)
	}
	for i := range b.Areas {
		f.all[i] = f.own[i] + " " + words(b.Areas[i].Kind)
		for _, up := range b.Above(int32(i)) {
			f.all[i] += f.own[up]
		}
	}
	s.last.Store(f)
	return f
}

// words folds a text and leaves one space between its words.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(geo.Fold(text), func(r rune) bool {
		return strings.ContainsRune(" \t,.;:/()-–'\"", r)
	}), " ")
}

// Find returns the indexes of the areas of the level (any, where empty) within the area
// (everywhere, where NoArea) for which every word of q begins a word of their name, their
// code or the names above them. The best come first: the whole name, then names that begin
// with q, then names with all the words, then those found by the areas above; wide areas
// before narrow ones, then by code.
func (f *Folded) Find(q string, level data.Level, within int32) []int32 {
	q = words(q)
	var wanted []string
	for _, w := range strings.Fields(q) {
		wanted = append(wanted, " "+w)
	}
	type match struct {
		area  int32
		score int
	}
	var found []match
	for i := range f.boundaries.Areas {
		unit := &f.boundaries.Areas[i]
		if level != "" && unit.Level != level || within != boundary.NoArea && !f.inside(int32(i), within) {
			continue
		}
		if !hasAll(f.all[i], wanted) {
			continue
		}
		score := 3
		switch {
		case q == "":
			score = 0
		case unit.Code == q || words(unit.Name) == q:
			score = 0
		case strings.HasPrefix(f.own[i], " "+q):
			score = 1
		case hasAll(f.own[i], wanted):
			score = 2
		}
		if q != "" {
			score = score*4 + unit.Level.Rank()
		}
		found = append(found, match{int32(i), score})
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.score, b.score) })
	areas := make([]int32, len(found))
	for i := range found {
		areas[i] = found[i].area
	}
	return areas
}

func hasAll(text string, wanted []string) bool {
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// inside reports whether the area is below the other in the tree.
func (f *Folded) inside(area, other int32) bool {
	return slices.Contains(f.boundaries.Above(area), other)
}
