package boundary

import (
	"context"
	"runtime"
	"slices"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
	"tungnha/geo"
)

// Comparison is the areas of one level in two trees, side by side. Each household is in one area, or in none, of each.
type Comparison struct {
	Level      data.Level
	A, B       *Tree
	Households uint32
	Old, New   []Change // of A and of B, by code; last, where it has a household, that of no area
}

// Pair is an area of each tree; NoArea is none.
type Pair struct{ A, B int32 }

// Shared is the households of a pair. Alike are those that were located in the same way in both trees: by their
// hamlet, or by their point. Where the hamlet and the point of the others disagree, no border changed.
type Shared struct{ Households, Alike uint32 }

// Add adds the households of another pair.
func (s *Shared) Add(o Shared) {
	s.Households += o.Households
	s.Alike += o.Alike
}

// Overlap is the surface that two areas share, in square metres, and their own.
type Overlap struct {
	Pair
	shared, a, b float64
}

// MeasureOverlaps measures the surface that areas of the level share between two trees, on all cores. It returns the
// pairs whose bounding boxes intersect.
func MeasureOverlaps(ctx context.Context, a, b *Tree, level data.Level) ([]Overlap, error) {
	var found []Overlap
	far := outlined(b, level)
	for _, near := range outlined(a, level) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, o := range far {
			if near.bound.Intersects(o.bound) {
				found = append(found, Overlap{Pair: Pair{near.area, o.area}})
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n := range found {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			o := &found[n]
			old, now := a.Areas[o.A].Geometry, b.Areas[o.B].Geometry
			o.a, o.b = geo.AreaM2(old), geo.AreaM2(now)
			if old.Equal(now) {
				o.shared = o.a
			} else {
				o.shared = geo.OverlapM2(old, now)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return found, nil
}

// box is an area with an outline, and the bounding box of that.
type box struct {
	area  int32
	bound orb.Bound
}

// outlined returns the areas of the level that have an outline.
func outlined(t *Tree, level data.Level) (boxes []box) {
	for i := range t.Areas {
		if a := &t.Areas[i]; a.Level == level && len(a.Geometry) > 0 {
			boxes = append(boxes, box{int32(i), a.Geometry.Bound()})
		}
	}
	return boxes
}

// Compare decides what became of each area of the level between two trees, from the households that each pair of
// areas shares and the overlaps that MeasureOverlaps found.
func Compare(ctx context.Context, a, b *Tree, level data.Level, shared map[Pair]Shared,
	overlaps []Overlap) (c *Comparison, err error) {
	c = &Comparison{Level: level, A: a, B: b}
	found := make(map[Pair]*relation)
	at := func(p Pair) *relation {
		if found[p] == nil {
			found[p] = &relation{Pair: p, ofA: Unmeasured, ofB: Unmeasured}
			if p.A != NoArea && p.B != NoArea && len(a.Areas[p.A].Geometry) > 0 && len(b.Areas[p.B].Geometry) > 0 {
				found[p].ofA, found[p].ofB = 0, 0 // unless an overlap is larger
			}
		}
		return found[p]
	}
	for p, n := range shared {
		at(p).Shared = n
		c.Households += n.Households
	}
	for i := range overlaps {
		o := &overlaps[i]
		// What is less than a line's width is an artefact of cutting along parallels.
		if o.shared > 1e-6*min(o.a, o.b) {
			rel := at(o.Pair)
			rel.ofA, rel.ofB = o.shared/o.a, o.shared/o.b
		}
	}
	c.relateByCode(at)
	relations := newRelations(a, b, found)
	if c.Old, err = relations.changes(ctx, level); err != nil {
		return nil, err
	}
	relations.swap()
	if c.New, err = relations.changes(ctx, level); err != nil {
		return nil, err
	}
	return c, nil
}

// relateByCode relates areas that nothing else could relate, for lack of an outline and of households, by their code.
func (c *Comparison) relateByCode(at func(Pair) *relation) {
	for i := range c.A.Areas {
		if c.A.Areas[i].Level != c.Level {
			continue
		}
		if j := c.B.Find(c.A.Areas[i].Code); j != NoArea && c.B.Areas[j].Level == c.Level &&
			(c.A.Areas[i].Geometry == nil || c.B.Areas[j].Geometry == nil) {
			at(Pair{int32(i), j}).sameCode = true
		}
	}
}

// Restrict leaves the changes of the areas in scope: inA and inB report for each area of a tree whether it is; nil
// leaves all.
func (c *Comparison) Restrict(inA, inB []bool) {
	leave := func(changes []Change, in []bool) []Change {
		if in == nil {
			return changes
		}
		return slices.DeleteFunc(changes, func(ch Change) bool { return ch.Area == NoArea || !in[ch.Area] })
	}
	c.Old, c.New = leave(c.Old, inA), leave(c.New, inB)
}
