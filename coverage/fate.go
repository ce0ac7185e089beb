package coverage

import (
	"cmp"
	"slices"

	"tungnha/data"
)

// link is what an area of one tree and an area of the other have in common.
type link struct {
	pair
	common
	ofA, ofB float64 // share of the surface of either; Unmeasured where it is not known
	sameCode bool    // what else links them is not known
}

// sides looks at the links of two trees from one of them, the near one.
type sides struct {
	near, far   *Boundaries
	links       []link
	ofNear      map[int32][]int // links of each area
	ofFar       map[int32][]int
	atNear      map[int32]common // of each area
	atFar       map[int32]common
	isLaterTree bool
}

func newSides(c *Comparison, links map[pair]*link) *sides {
	s := &sides{near: c.A, far: c.B}
	for _, l := range links {
		s.links = append(s.links, *l)
	}
	slices.SortFunc(s.links, func(x, y link) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	s.index()
	return s
}

func (s *sides) index() {
	s.ofNear, s.ofFar = make(map[int32][]int), make(map[int32][]int)
	s.atNear, s.atFar = make(map[int32]common), make(map[int32]common)
	for i, l := range s.links {
		s.ofNear[l.a] = append(s.ofNear[l.a], i)
		s.ofFar[l.b] = append(s.ofFar[l.b], i)
		near, far := s.atNear[l.a], s.atFar[l.b]
		near.add(l.common)
		far.add(l.common)
		s.atNear[l.a], s.atFar[l.b] = near, far
	}
}

// turn looks from the other tree.
func (s *sides) turn() {
	s.near, s.far, s.isLaterTree = s.far, s.near, !s.isLaterTree
	for i := range s.links {
		l := &s.links[i]
		l.a, l.b, l.ofA, l.ofB = l.b, l.a, l.ofB, l.ofA
	}
	s.index()
}

// changes lists what became of each area of the level on the near side, and of what
// belongs to none.
func (s *sides) changes(b *Boundaries, level data.Level) []Change {
	var changes []Change
	for i := range b.Areas {
		if b.Areas[i].Level == level {
			changes = append(changes, s.change(int32(i)))
		}
	}
	if s.atNear[NoArea].households > 0 {
		changes = append(changes, s.change(NoArea))
	}
	return changes
}

func (s *sides) change(area int32) Change {
	c := Change{Area: area, Households: s.atNear[area].households}
	for _, i := range s.ofNear[area] {
		l := &s.links[i]
		c.Parts = append(c.Parts, Part{Area: l.b, Households: l.households, Share: l.ofA, Sliver: !s.counts(l)})
	}
	slices.SortStableFunc(c.Parts, func(x, y Part) int {
		return cmp.Or(cmp.Compare(y.Households, x.Households), cmp.Compare(y.Share, x.Share), cmp.Compare(x.Area, y.Area))
	})
	if area != NoArea {
		c.Fate = s.fate(area)
	}
	return c
}

// enough is how many households decide on shares of an area with an outline: fewer say
// less than its surface does.
const enough = 100

// shareOfNear returns the link's share of its near area: of the households that were found
// alike in both trees, if there are enough, else of the surface, else of all households.
func (s *sides) shareOfNear(l *link) float64 { return shareOf(l, s.atNear[l.a], l.ofA) }

func (s *sides) shareOfFar(l *link) float64 { return shareOf(l, s.atFar[l.b], l.ofB) }

func shareOf(l *link, of common, surface float64) float64 {
	switch {
	case of.alike >= enough || of.alike > 0 && surface < 0:
		return float64(l.alike) / float64(of.alike)
	case surface >= 0:
		return surface
	case of.households > 0:
		return float64(l.households) / float64(of.households)
	case l.sameCode:
		return 1
	}
	return 0
}

// counts reports whether the link is more than a sliver: of either area, by households or
// by surface. What has gone to no area is no link between two.
func (s *sides) counts(l *link) bool {
	return max(s.shareOfNear(l), s.shareOfFar(l), l.ofA, l.ofB) >= sliver
}

// partners returns the links between two areas that are more than slivers, among those
// given.
func (s *sides) partners(links []int) []*link {
	var all []*link
	for _, i := range links {
		if l := &s.links[i]; l.a != NoArea && l.b != NoArea && s.counts(l) {
			all = append(all, l)
		}
	}
	return all
}

// fate tells what became of an area.
//
// An area goes on as the one with which it shares more than half of both, unless another
// that had or has a part in the two is itself gone or has only come: then they were merged,
// or one was split. An area that does not go on went into one or into several, or nothing is
// left of it.
func (s *sides) fate(area int32) Fate {
	successors := s.partners(s.ofNear[area])
	for _, l := range successors {
		if s.goesOnAs(l, successors) {
			return s.continuation(l, len(successors) == 1 && len(s.partners(s.ofFar[l.b])) == 1)
		}
	}
	apart, together := Split, Merged
	if s.isLaterTree {
		apart, together = Merged, Split
	}
	switch {
	case len(successors) > 1:
		return apart
	case len(successors) == 1 && len(s.partners(s.ofFar[successors[0].b])) > 1:
		return together
	case len(successors) == 1:
		return Redrawn // most of it, or of the other, is in no area of the other tree
	case s.isLaterTree:
		return New
	}
	return Abolished
}

// mutual reports whether the two areas share more than half of both, by more than what
// measuring a surface may err: of two halves neither is the greater.
func (s *sides) mutual(l *link) bool {
	const most = 0.5 + sliver/2
	return s.shareOfNear(l) > most && s.shareOfFar(l) > most
}

func (s *sides) goesOnAs(l *link, successors []*link) bool {
	if !s.mutual(l) {
		return false
	}
	for _, other := range successors {
		if other.b != l.b && !slices.ContainsFunc(s.partners(s.ofFar[other.b]), s.mutual) {
			return false
		}
	}
	for _, other := range s.partners(s.ofFar[l.b]) {
		if other.a != l.a && !slices.ContainsFunc(s.partners(s.ofNear[other.a]), s.mutual) {
			return false
		}
	}
	return true
}

// continuation tells how an area goes on; alone says that nobody else has a share in it.
func (s *sides) continuation(l *link, alone bool) Fate {
	whole := func(share float64) bool { return share == Unmeasured || share > 1-sliver }
	if !alone || !whole(s.shareOfNear(l)) || !whole(s.shareOfFar(l)) || !whole(l.ofA) || !whole(l.ofB) {
		return Redrawn
	}
	a, b := &s.near.Areas[l.a], &s.far.Areas[l.b]
	switch {
	case a.Code != b.Code || a.Name != b.Name || a.Kind != b.Kind:
		return Renamed
	case !a.Geometry.Equal(b.Geometry):
		return Redigitised
	}
	return Same
}
