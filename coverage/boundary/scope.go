package boundary

import (
	"slices"
	"unsafe"

	"tungnha/data"
)

// Scoped is a tree cut down to the areas that a viewer may see, and those above them by name and code.
type Scoped struct {
	Tree  *Tree
	In    []bool  // of each area of the whole tree, and at the end of no area: whether it is in scope
	place []int32 // of each area of the whole tree: its index in Tree, or NoArea
}

// Roots returns the areas with one of the codes. A code that the tree does not have adds nothing: the scope of a unit
// that was merged away is empty on later boundaries.
func (t *Tree) Roots(codes []string) []int32 {
	roots := []int32{}
	for _, code := range codes {
		if a := t.Find(code); a != NoArea {
			roots = append(roots, a)
		}
	}
	return roots
}

// Scoped returns the tree of the areas with one of the codes and of those below them.
func (t *Tree) Scoped(codes []string) *Scoped {
	s := &Scoped{In: append(t.Within(t.Roots(codes)), false), place: make([]int32, len(t.Areas))}
	kept := slices.Clone(s.In)
	for a := range t.Areas {
		for up := int32(a); s.In[a] && up != NoArea; up = t.parents[up] {
			kept[up] = true
		}
	}
	var areas []data.Area
	for a := range t.Areas {
		s.place[a] = NoArea
		if !kept[a] {
			continue
		}
		area := t.Areas[a]
		if !s.In[a] {
			area.DeclaredHouseholds, area.Population, area.Geometry = data.Unknown, data.Unknown, nil
		}
		s.place[a] = int32(len(areas))
		areas = append(areas, area)
	}
	s.Tree = newTree(t.From, t.To, areas)
	return s
}

// Scoped returns every version of the boundaries cut down to the areas with one of the codes. Versions in a row that
// are the same in the scope have one span of days: on what day areas of others changed is not in them.
func (h *History) Scoped(codes []string) []*Scoped {
	trees := make([]*Scoped, h.Versions())
	for n := range trees {
		trees[n] = h.Tree(n).Scoped(codes)
	}
	for n := 1; n < len(trees); n++ {
		if trees[n].Tree.sameAreas(trees[n-1].Tree) {
			trees[n].Tree.From = trees[n-1].Tree.From
		}
	}
	for n := len(trees) - 2; n >= 0; n-- {
		if trees[n].Tree.sameAreas(trees[n+1].Tree) {
			trees[n].Tree.To = trees[n+1].Tree.To
		}
	}
	return trees
}

// sameAreas reports whether two trees of one history have the same areas.
func (t *Tree) sameAreas(other *Tree) bool {
	return slices.EqualFunc(t.Areas, other.Areas, func(a, b data.Area) bool {
		return a.Code == b.Code && a.ValidFrom == b.ValidFrom // which name a record
	})
}

// Bytes is about what the scoped tree takes in memory; outlines and texts are those of the whole tree.
func (s *Scoped) Bytes() int {
	const indexes = 64 // of an area in a tree: by code, parents, children
	return 5*len(s.In) + len(s.Tree.Areas)*(indexes+int(unsafe.Sizeof(data.Area{})))
}

// Place returns the index in the scoped tree of an area of the whole tree; NoArea where it has none.
func (s *Scoped) Place(area int32) int32 {
	if area == NoArea {
		return NoArea
	}
	return s.place[area]
}

// Scoped leaves of a comparison what somebody may see who sees the scoped trees of A and B: the areas in scope, and
// what they have in common with other areas in scope, or with none.
func (c *Comparison) Scoped(a, b *Scoped) {
	c.Restrict(a.In, b.In)
	rename := func(changes []Change, own, other *Scoped) {
		for i := range changes {
			ch := &changes[i]
			ch.Area = own.Place(ch.Area)
			ch.Parts = slices.DeleteFunc(ch.Parts, func(p Part) bool { return p.Area != NoArea && !other.In[p.Area] })
			for n := range ch.Parts {
				ch.Parts[n].Area = other.Place(ch.Parts[n].Area)
			}
		}
	}
	rename(c.Old, a, b)
	rename(c.New, b, a)
	c.A, c.B, c.Households = a.Tree, b.Tree, 0
	for i := range c.Old {
		c.Households += c.Old[i].Households
	}
}
