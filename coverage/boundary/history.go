package boundary

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"tungnha/data"
)

// History is all areas that a programme ever had. Each day on which the set of valid areas changes begins a version,
// a tree of its own. Trees are made when first requested: most programmes only need that of today. Any number of
// goroutines may share it.
type History struct {
	Areas []data.Area // by code, then valid_from

	spans  []lifespan  // of each area
	begins []data.Date // the days, sorted, on which a version begins; the first version comes before
	trees  []lazyTree  // one more than begins
}

type lazyTree struct {
	once sync.Once
	tree *Tree
}

// NewHistory sorts the areas, which it keeps, and finds the days on which they change.
func NewHistory(areas []data.Area) *History {
	slices.SortStableFunc(areas, func(a, b data.Area) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(a.ValidFrom, b.ValidFrom))
	})
	h := &History{Areas: areas, spans: lifespans(areas), begins: changeDays(areas)}
	h.trees = make([]lazyTree, len(h.begins)+1)
	return h
}

// changeDays lists the days on which the tree of areas may become another one.
func changeDays(areas []data.Area) []data.Date {
	var days []data.Date
	for i := range areas {
		if from := areas[i].ValidFrom; from != data.NoDate {
			days = append(days, from)
		}
		if to := areas[i].ValidTo; to != data.NoDate {
			days = append(days, to+1)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// Versions returns how many versions there are, that before the first change included.
func (h *History) Versions() int { return len(h.trees) }

// VersionOn returns the number of the version valid on the day.
func (h *History) VersionOn(day data.Date) int {
	n, found := slices.BinarySearch(h.begins, day)
	if found {
		n++
	}
	return n
}

// On returns the tree valid on the day: the same one each time.
func (h *History) On(day data.Date) *Tree { return h.Tree(h.VersionOn(day)) }

// Tree returns the tree of a version: the same one each time.
func (h *History) Tree(version int) *Tree {
	lazy := &h.trees[version]
	lazy.once.Do(func() { lazy.tree = h.newTree(version) })
	return lazy.tree
}

// days returns the first and the last day of a version; NoDate: unbounded.
func (h *History) days(version int) (from, to data.Date) {
	if version > 0 {
		from = h.begins[version-1]
	}
	if version < len(h.begins) {
		to = h.begins[version] - 1
	}
	return from, to
}

// newTree makes the tree of the areas valid on all days of a version. Of two that have one code at once, against the
// rule, the one that began later counts.
func (h *History) newTree(version int) *Tree {
	from, to := h.days(version)
	var areas []data.Area
	for i := range h.Areas {
		a := &h.Areas[i]
		if !h.spans[i].covers(from, to) {
			continue
		}
		if last := len(areas) - 1; last >= 0 && areas[last].Code == a.Code {
			areas[last] = *a
		} else {
			areas = append(areas, *a)
		}
	}
	return newTree(from, to, areas)
}
