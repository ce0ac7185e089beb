package boundary

import (
	"cmp"
	"context"
	"slices"

	"tungnha/data"
)

// ChangeType is what became of an area from one tree to another, or, of an area of the later tree, how it came about.
// The rules are in docs/indicators.md.
type ChangeType string

// The change types.
const (
	Same        ChangeType = "same"
	Redigitised ChangeType = "redigitised" // the same unit, its outline drawn again
	Renamed     ChangeType = "renamed"     // the same unit under another name, kind or code
	Redrawn     ChangeType = "redrawn"     // goes on, with other borders
	Merged      ChangeType = "merged"      // went into a larger one; of a new area: made of several
	Split       ChangeType = "split"       // went into several; of a new area: a part of one
	Abolished   ChangeType = "abolished"   // nothing is left of it
	New         ChangeType = "new"         // made of nothing that was there
)

// Change is what became of one area.
type Change struct {
	Area       int32      // in its own tree; NoArea: what belongs to no area
	Type       ChangeType // empty: of no area
	Households uint32
	Parts      []Part // those in common with areas of the other tree, the largest first
}

// Kept returns the households of the largest part.
func (c *Change) Kept() uint32 {
	if len(c.Parts) == 0 {
		return 0
	}
	return c.Parts[0].Households
}

// Part is what an area has in common with one of the other tree.
type Part struct {
	Area       int32 // in the other tree; NoArea: in none
	Households uint32
	Share      float64 // of the area's surface; Unmeasured where either has no outline
	Sliver     bool    // so little of both that it is taken for a difference of digitising
}

// Unmeasured is the Share of an area without an outline.
const Unmeasured = -1

const (
	// sliver is the share of an area below which what it has in common with another is no exchange between them
	// but a difference of digitising.
	sliver = 0.01
	// enoughHouseholds is how many households decide on shares of an area with an outline: fewer are weaker
	// evidence than its surface.
	enoughHouseholds = 100
)

// relation is what an area of one tree and an area of the other have in common.
type relation struct {
	Pair
	Shared
	ofA, ofB float64 // share of the surface of either; Unmeasured where it is not known
	sameCode bool    // nothing else relates them
}

// relations is those of two trees, seen from one of them, the near one.
type relations struct {
	near, far   *Tree
	all         []relation // A is of the near tree, B of the far one
	ofNear      map[int32][]int
	ofFar       map[int32][]int  // of each area: indexes into all
	sharedNear  map[int32]Shared // of each area: the sum of its relations
	sharedFar   map[int32]Shared
	nearIsLater bool
}

func newRelations(a, b *Tree, found map[Pair]*relation) *relations {
	r := &relations{near: a, far: b}
	for _, rel := range found {
		r.all = append(r.all, *rel)
	}
	slices.SortFunc(r.all, func(x, y relation) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	r.index()
	return r
}

func (r *relations) index() {
	r.ofNear, r.ofFar = make(map[int32][]int), make(map[int32][]int)
	r.sharedNear, r.sharedFar = make(map[int32]Shared), make(map[int32]Shared)
	for i, rel := range r.all {
		r.ofNear[rel.A] = append(r.ofNear[rel.A], i)
		r.ofFar[rel.B] = append(r.ofFar[rel.B], i)
		near, far := r.sharedNear[rel.A], r.sharedFar[rel.B]
		near.Add(rel.Shared)
		far.Add(rel.Shared)
		r.sharedNear[rel.A], r.sharedFar[rel.B] = near, far
	}
}

// swap makes the other tree the near one.
func (r *relations) swap() {
	r.near, r.far, r.nearIsLater = r.far, r.near, !r.nearIsLater
	for i := range r.all {
		rel := &r.all[i]
		rel.A, rel.B, rel.ofA, rel.ofB = rel.B, rel.A, rel.ofB, rel.ofA
	}
	r.index()
}

// changes lists what became of each area of the level in the near tree, and of what belongs to none.
func (r *relations) changes(ctx context.Context, level data.Level) (changes []Change, err error) {
	for i := range r.near.Areas {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.near.Areas[i].Level == level {
			changes = append(changes, r.change(int32(i)))
		}
	}
	if r.sharedNear[NoArea].Households > 0 {
		changes = append(changes, r.change(NoArea))
	}
	return changes, nil
}

func (r *relations) change(area int32) Change {
	c := Change{Area: area, Households: r.sharedNear[area].Households}
	for _, i := range r.ofNear[area] {
		rel := &r.all[i]
		c.Parts = append(c.Parts, Part{Area: rel.B, Households: rel.Households, Share: rel.ofA,
			Sliver: r.isSliver(rel)})
	}
	slices.SortStableFunc(c.Parts, func(x, y Part) int {
		return cmp.Or(cmp.Compare(y.Households, x.Households), cmp.Compare(y.Share, x.Share),
			cmp.Compare(x.Area, y.Area))
	})
	if area != NoArea {
		c.Type = r.changeType(area)
	}
	return c
}

// shareOfNear returns the relation's share of its near area: of the households that were located in the same way in
// both trees, if there are enough, else of the surface, else of all households.
func (r *relations) shareOfNear(rel *relation) float64 {
	return shareOf(rel, r.sharedNear[rel.A], rel.ofA)
}

func (r *relations) shareOfFar(rel *relation) float64 {
	return shareOf(rel, r.sharedFar[rel.B], rel.ofB)
}

func shareOf(rel *relation, area Shared, surface float64) float64 {
	switch {
	case area.Alike >= enoughHouseholds || area.Alike > 0 && surface < 0:
		return float64(rel.Alike) / float64(area.Alike)
	case surface >= 0:
		return surface
	case area.Households > 0:
		return float64(rel.Households) / float64(area.Households)
	case rel.sameCode:
		return 1
	}
	return 0
}

// isSliver reports whether the relation is a sliver of both areas, by households and by surface.
func (r *relations) isSliver(rel *relation) bool {
	return max(r.shareOfNear(rel), r.shareOfFar(rel), rel.ofA, rel.ofB) < sliver
}

// notSlivers returns the relations between two areas that are more than slivers, among those given. What has gone to
// no area is no relation between two.
func (r *relations) notSlivers(indexes []int) []*relation {
	var found []*relation
	for _, i := range indexes {
		if rel := &r.all[i]; rel.A != NoArea && rel.B != NoArea && !r.isSliver(rel) {
			found = append(found, rel)
		}
	}
	return found
}

// changeType decides what became of an area of the near tree.
//
// An area goes on as the one with which it shares more than half of both, unless another that had or has a part in
// the two is itself gone or has only come: then they were merged, or one was split. An area that does not go on went
// into one or into several, or nothing is left of it.
func (r *relations) changeType(area int32) ChangeType {
	successors := r.notSlivers(r.ofNear[area])
	for _, rel := range successors {
		if r.isContinuation(rel, successors) {
			return r.continuationType(rel, len(successors) == 1 && len(r.notSlivers(r.ofFar[rel.B])) == 1)
		}
	}
	severalSuccessors, sharedSuccessor := Split, Merged
	if r.nearIsLater {
		severalSuccessors, sharedSuccessor = Merged, Split
	}
	switch {
	case len(successors) > 1:
		return severalSuccessors
	case len(successors) == 1 && len(r.notSlivers(r.ofFar[successors[0].B])) > 1:
		return sharedSuccessor
	case len(successors) == 1:
		return Redrawn // most of it, or of the other, is in no area of the other tree
	case r.nearIsLater:
		return New
	}
	return Abolished
}

// isMutual reports whether the two areas share more than half of both, by more than the error of measuring a surface:
// of two halves neither is the greater.
func (r *relations) isMutual(rel *relation) bool {
	const most = 0.5 + sliver/2
	return r.shareOfNear(rel) > most && r.shareOfFar(rel) > most
}

func (r *relations) isContinuation(rel *relation, successors []*relation) bool {
	if !r.isMutual(rel) {
		return false
	}
	for _, other := range successors {
		if other.B != rel.B && !slices.ContainsFunc(r.notSlivers(r.ofFar[other.B]), r.isMutual) {
			return false
		}
	}
	for _, other := range r.notSlivers(r.ofFar[rel.B]) {
		if other.A != rel.A && !slices.ContainsFunc(r.notSlivers(r.ofNear[other.A]), r.isMutual) {
			return false
		}
	}
	return true
}

// continuationType decides how an area goes on as another; alone: no other area has a part in the two.
func (r *relations) continuationType(rel *relation, alone bool) ChangeType {
	whole := func(share float64) bool { return share == Unmeasured || share > 1-sliver }
	if !alone || !whole(r.shareOfNear(rel)) || !whole(r.shareOfFar(rel)) || !whole(rel.ofA) || !whole(rel.ofB) {
		return Redrawn
	}
	a, b := &r.near.Areas[rel.A], &r.far.Areas[rel.B]
	switch {
	case a.Code != b.Code || a.Name != b.Name || a.Kind != b.Kind:
		return Renamed
	case !a.Geometry.Equal(b.Geometry):
		return Redigitised
	}
	return Same
}
