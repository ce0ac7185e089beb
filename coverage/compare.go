package coverage

import (
	"context"
	"fmt"
	"unsafe"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/internal/limit"
)

// Comparison is what became of the areas of one level from one day to another, of households that count on a third.
type Comparison struct {
	*boundary.Comparison
	Version string // of the data
	On      data.Date
}

// Compare lays the areas of a level on two days side by side. Households are those that
// count on the day on; NoDate is today. The public gets ErrNotAllowed: figures on two versions of the boundaries could
// be subtracted.
//
// Where the viewer has a scope, the result is the areas in it, and what those have in common
// with others in it.
func (v *View) Compare(ctx context.Context, a, b data.Date, level data.Level, on data.Date) (*Comparison, error) {
	if !v.viewer.SmallCounts {
		return nil, fmt.Errorf("boundaries of two days: %w", ErrNotAllowed)
	}
	ix := v.index
	lease, done, err := limit.Query(ctx, ix.comparisonCost())
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	defer done()
	plans := [2]*plan{}
	for i, day := range []data.Date{a, b} {
		q := Query{By: ByArea, Level: level, To: on, Boundaries: day}
		if day == data.NoDate {
			q.Boundaries = ix.today()
		}
		if plans[i], err = ix.plan(v.viewer, q); err != nil {
			return nil, err
		}
		ix.prepare(plans[i])
	}
	shared, err := ix.countShared(ctx, plans, level)
	if err != nil {
		return nil, err
	}
	treeA, treeB := plans[0].boundaries, plans[1].boundaries
	overlaps, err := ix.derived.overlaps.Get(ctx, treePair{treeA, treeB, level},
		func(ctx context.Context) ([]boundary.Overlap, error) {
			return boundary.MeasureOverlaps(ctx, treeA, treeB, level)
		})
	if err != nil {
		return nil, err
	}
	c, err := boundary.Compare(ctx, treeA, treeB, level, shared, overlaps)
	if err != nil {
		return nil, err
	}
	if v.scope != nil {
		history := ix.columns.History
		c.Scoped(v.scope.tree(history.VersionOn(plans[0].query.Boundaries)),
			v.scope.tree(history.VersionOn(plans[1].query.Boundaries)))
	}
	return &Comparison{Comparison: c, Version: ix.version, On: plans[0].query.To}, nil
}

// comparisonCost is about what a comparison takes in memory: two trees, with the leaf and the cell group of each
// household in them.
func (ix *Index) comparisonCost() int64 {
	const indexes, ofHousehold = 64, 16
	area := int64(unsafe.Sizeof(data.Area{})) + indexes
	return 2 * (int64(len(ix.columns.History.Areas))*area + int64(ix.columns.Households.Len())*ofHousehold)
}

// countShared counts the households that count on the last day of the plans by the area of
// the rank that they belong to in each tree.
func (ix *Index) countShared(ctx context.Context, plans [2]*plan,
	level data.Level) (map[boundary.Pair]boundary.Shared, error) {
	everything := *plans[0]
	everything.roots, everything.in = nil, nil
	ix.prepare(&everything)
	areaOf := [2][]int32{plans[0].boundaries.Ancestors(level), plans[1].boundaries.Ancestors(level)} // of each leaf
	h := &ix.columns.Households
	parts, err := columns.Share(ctx, everything.blocks, func(ctx context.Context,
		blocks []int) (map[boundary.Pair]*boundary.Shared, error) {
		counts := make(map[boundary.Pair]*boundary.Shared)
		var t windows.Scratch
		var key boundary.Pair
		here := new(boundary.Shared) // neighbours mostly share both areas
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t.Scan(ix.columns, n, windows.Window{To: uint16(everything.query.To)})
			for i := range min(columns.BlockSize, h.Len()-n*columns.BlockSize) {
				if t.States[i]&rules.Eligible == 0 {
					continue
				}
				at := n*columns.BlockSize + i
				old, now := plans[0].areaOf.OfHousehold[at], plans[1].areaOf.OfHousehold[at]
				if next := (boundary.Pair{A: areaOf[0][old], B: areaOf[1][now]}); next != key || here.Households == 0 {
					key = next
					if here = counts[key]; here == nil {
						here = new(boundary.Shared)
						counts[key] = here
					}
				}
				here.Households++
				if plans[0].isHamlet(old) == plans[1].isHamlet(now) {
					here.Alike++
				}
			}
		}
		return counts, nil
	})
	if err != nil {
		return nil, err
	}
	sum := make(map[boundary.Pair]boundary.Shared)
	for _, part := range parts {
		for key, c := range part {
			all := sum[key]
			all.Add(*c)
			sum[key] = all
		}
	}
	return sum, nil
}
