package coverage

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// Fate is what became of an area from one tree of areas to another, or, of an area of the
// later tree, how it came about.
type Fate string

// The fates.
const (
	Same        Fate = "same"
	Redigitised Fate = "redigitised" // the same unit, its outline drawn anew
	Renamed     Fate = "renamed"     // the same unit under another name, kind or code
	Redrawn     Fate = "redrawn"     // goes on, with other borders
	Merged      Fate = "merged"      // went into a larger one; of a new area: made of several
	Split       Fate = "split"       // went into several; of a new area: a part of one
	Abolished   Fate = "abolished"   // nothing is left of it
	New         Fate = "new"         // made of nothing that was there
)

// sliver is the share of an area below which what it has in common with another is no
// exchange between them but a difference of digitising.
const sliver = 0.01

// Comparison is the areas of one level in two trees, side by side. Each household that
// counts on the day On is in one area, or in none, of each.
type Comparison struct {
	Version    string // of the data
	Level      data.Level
	On         data.Date
	A, B       *Boundaries
	Households uint32
	Withheld   bool     // households are kept back from the viewer: all counts of them are zero
	Old, New   []Change // of A and of B, by code; last, where it holds a household, that of no area
}

// Change is what became of one area.
type Change struct {
	Area       int32 // in its own tree; NoArea: what belongs to no area
	Fate       Fate  // empty: of no area
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

// Compare lays the areas of a level on two days side by side. Households are those that
// count on the day on; NoDate is today. Who may not see small counts is told no households,
// for those of one tree could be subtracted from those of the other.
func (ix *Index) Compare(ctx context.Context, v Viewer, a, b data.Date, level data.Level, on data.Date) (*Comparison, error) {
	plans := [2]*plan{}
	for i, day := range []data.Date{a, b} {
		q := Query{By: ByArea, Level: level, To: on, Boundaries: day}
		if day == data.NoDate {
			q.Boundaries = ix.today()
		}
		var err error
		if plans[i], err = ix.plan(v, q); err != nil {
			return nil, err
		}
		ix.prepare(plans[i])
	}
	shared, err := ix.countShared(ctx, plans, rank(level))
	if err != nil {
		return nil, err
	}
	overlaps, err := ix.register.overlaps(ctx, plans[0].boundaries, plans[1].boundaries, level)
	if err != nil {
		return nil, err
	}
	c := &Comparison{
		Version: ix.version, Level: level, On: plans[0].query.To, A: plans[0].boundaries, B: plans[1].boundaries,
		Withheld: !v.SmallCounts,
	}
	c.layOut(shared, overlaps)
	c.restrict(plans)
	return c, nil
}

// pair is an area of each tree; NoArea stands for none.
type pair struct{ a, b int32 }

// common is the households of a pair. Alike are those that were found in the same way in
// both trees: by their hamlet, or by their point. What the register and the point of others
// say apart is no change of borders.
type common struct{ households, alike uint32 }

func (c *common) add(o common) {
	c.households += o.households
	c.alike += o.alike
}

// countShared counts the households that count on the last day of the plans by the area of
// the rank that they belong to in each tree.
func (ix *Index) countShared(ctx context.Context, plans [2]*plan, level int) (map[pair]common, error) {
	everything := *plans[0]
	everything.roots, everything.in = nil, nil
	ix.prepare(&everything)
	var areaOf [2][]int32 // of each leaf
	for i, p := range plans {
		areaOf[i] = make([]int32, len(p.boundaries.Areas)+1)
		for leaf := range p.boundaries.Areas {
			areaOf[i][leaf] = p.boundaries.ancestor(int32(leaf), uint8(level))
		}
		areaOf[i][len(p.boundaries.Areas)] = NoArea
	}
	h := &ix.register.households
	parts, err := share(ctx, everything.blocks, func(ctx context.Context, blocks []int) (map[pair]*common, error) {
		counts := make(map[pair]*common)
		var t tally
		var key pair
		here := new(common) // neighbours mostly share both areas
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ix.scan(n, window{0, uint16(everything.query.To)}, &t)
			for i := range min(blockSize, h.len()-n*blockSize) {
				if t.states[i]&rules.Eligible == 0 {
					continue
				}
				at := n*blockSize + i
				old, now := plans[0].leaves.ofHousehold[at], plans[1].leaves.ofHousehold[at]
				if next := (pair{areaOf[0][old], areaOf[1][now]}); next != key || here.households == 0 {
					key = next
					if here = counts[key]; here == nil {
						here = new(common)
						counts[key] = here
					}
				}
				here.households++
				if plans[0].isHamlet(old) == plans[1].isHamlet(now) {
					here.alike++
				}
			}
		}
		return counts, nil
	})
	if err != nil {
		return nil, err
	}
	sum := make(map[pair]common)
	for _, part := range parts {
		for key, c := range part {
			all := sum[key]
			all.add(*c)
			sum[key] = all
		}
	}
	return sum, nil
}

// overlap is the surface that two areas share, in square metres, and their own.
type overlap struct {
	pair
	shared, a, b float64
}

// maxComparisons bounds how many pairs of trees have their overlaps kept.
const maxComparisons = 16

// comparisons keeps the overlaps that were measured: they change with the register only.
type comparisons struct {
	mu   sync.Mutex
	kept map[comparison][]overlap
}

type comparison struct {
	a, b  *Boundaries
	level data.Level
}

// overlaps measures the surface that areas of the level share between two trees.
func (r *register) overlaps(ctx context.Context, a, b *Boundaries, level data.Level) ([]overlap, error) {
	key := comparison{a, b, level}
	r.comparisons.mu.Lock()
	kept, ok := r.comparisons.kept[key]
	r.comparisons.mu.Unlock()
	if ok {
		return kept, nil
	}
	var found []overlap
	for i := range a.Areas {
		if a.Areas[i].Level != level || len(a.Areas[i].Geometry) == 0 {
			continue
		}
		bound := a.Areas[i].Geometry.Bound()
		for j := range b.Areas {
			if b.Areas[j].Level == level && len(b.Areas[j].Geometry) > 0 && bound.Intersects(b.Areas[j].Geometry.Bound()) {
				found = append(found, overlap{pair: pair{int32(i), int32(j)}})
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(workers())
	for n := range found {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			o := &found[n]
			old, now := a.Areas[o.pair.a].Geometry, b.Areas[o.pair.b].Geometry
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
	r.comparisons.mu.Lock()
	defer r.comparisons.mu.Unlock()
	if r.comparisons.kept == nil || len(r.comparisons.kept) == maxComparisons {
		r.comparisons.kept = make(map[comparison][]overlap)
	}
	r.comparisons.kept[key] = found
	return found, nil
}

// layOut makes the changes of both trees from what their areas share.
func (c *Comparison) layOut(shared map[pair]common, overlaps []overlap) {
	links := make(map[pair]*link)
	at := func(p pair) *link {
		if links[p] == nil {
			links[p] = &link{pair: p, ofA: Unmeasured, ofB: Unmeasured}
			if p.a != NoArea && p.b != NoArea && len(c.A.Areas[p.a].Geometry) > 0 && len(c.B.Areas[p.b].Geometry) > 0 {
				links[p].ofA, links[p].ofB = 0, 0 // unless an overlap says more
			}
		}
		return links[p]
	}
	for p, n := range shared {
		at(p).common = n
		c.Households += n.households
	}
	for i := range overlaps {
		o := &overlaps[i]
		// What is less than a line's width is an artefact of cutting along parallels.
		if o.shared > 1e-6*min(o.a, o.b) {
			l := at(o.pair)
			l.ofA, l.ofB = o.shared/o.a, o.shared/o.b
		}
	}
	c.linkByCode(at)
	sides := newSides(c, links)
	c.Old = sides.changes(c.A, c.Level)
	sides.turn()
	c.New = sides.changes(c.B, c.Level)
}

// linkByCode links areas that nothing else could link, for lack of an outline and of
// households, by their code.
func (c *Comparison) linkByCode(at func(pair) *link) {
	for i := range c.A.Areas {
		if c.A.Areas[i].Level != c.Level {
			continue
		}
		if j := c.B.Find(c.A.Areas[i].Code); j != NoArea && c.B.Areas[j].Level == c.Level &&
			(c.A.Areas[i].Geometry == nil || c.B.Areas[j].Geometry == nil) {
			at(pair{int32(i), j}).sameCode = true
		}
	}
}

// restrict leaves the changes of the areas in the viewer's scope, and takes out what the
// viewer may not see.
func (c *Comparison) restrict(plans [2]*plan) {
	for i, changes := range []*[]Change{&c.Old, &c.New} {
		if in := plans[i].in; in != nil {
			*changes = slices.DeleteFunc(*changes, func(ch Change) bool { return ch.Area == NoArea || !in[ch.Area] })
		}
		for k := range *changes {
			ch := &(*changes)[k]
			if !c.Withheld {
				continue
			}
			ch.Households = 0
			for n := range ch.Parts {
				ch.Parts[n].Households = 0
			}
			slices.SortStableFunc(ch.Parts, func(x, y Part) int {
				return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(x.Area, y.Area))
			})
		}
	}
	if c.Withheld {
		c.Households = 0
	}
}

// Versions returns the trees of areas that there are, the oldest first.
func (ix *Index) Versions() []*Boundaries {
	r := ix.register
	var all []*Boundaries
	for n := range r.versions {
		day := data.Date(1)
		if n > 0 {
			day = r.changes[n-1]
		} else if len(r.changes) > 0 && r.changes[0] <= day {
			continue // no day is left for the tree before the first
		}
		if b := r.versionOn(day).boundaries; len(b.Areas) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// Counts returns how many areas of each level the tree has.
func (b *Boundaries) Counts() map[data.Level]int {
	counts := make(map[data.Level]int)
	for i := range b.Areas {
		counts[b.Areas[i].Level]++
	}
	return counts
}
