package coverage

import (
	"context"

	"tungnha/coverage/columns"
	"tungnha/coverage/windows"

	"tungnha/coverage/rules"
	"tungnha/coverage/suppress"
)

// trend counts the households in the scope in all periods in one pass. keys says how many
// keys there are, keyOf the key of each leaf, which may be left nil where there is one
// key. The counts of key k in period p stand at k*periods + p.
func (ix *Index) trend(ctx context.Context, p *plan, t *windows.Timeline, keys int,
	keyOf []int32) ([]windows.TrendCount, error) {
	periods := len(t.Ends)
	h := &ix.columns.Households
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) ([]windows.TrendCount, error) {
		counts := make([]windows.TrendCount, keys*periods)
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			b, lo := ix.columns.Blocks[n], n*columns.BlockSize
			for i := range len(b.Starts) - 1 {
				leaf := p.areaOf.OfHousehold[lo+i]
				if p.in != nil && !p.in[leaf] {
					continue
				}
				at := 0
				if keyOf != nil {
					at = int(keyOf[leaf]) * periods
				}
				t.AddHousehold(counts[at:at+periods], b, i, h.Registered[lo+i], h.LastDays[lo+i])
			}
		}
		for i := range counts {
			counts[i].Settle()
		}
		return counts, nil
	})
	if err != nil {
		return nil, err
	}
	counts := parts[0]
	for _, part := range parts[1:] {
		for i := range part {
			counts[i].Count.Add(&part[i].Count)
			counts[i].NewlyReached += part[i].NewlyReached
			counts[i].ReachedSoFar += part[i].ReachedSoFar
		}
	}
	for k := range keys {
		windows.Accumulate(counts[k*periods : (k+1)*periods])
	}
	return counts, nil
}

// maxTrendCounts is how many counts a pass over all areas may fill: with those of a period
// for each of 4,000 areas, 65 periods in 45 MB.
const maxTrendCounts = 1 << 18

// suppressPeriods decides each period by the tree of areas in that period.
func (ix *Index) suppressPeriods(ctx context.Context, p *plan, result *Result) error {
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	if p.roots == nil {
		// Nothing stands beside everything, so only smallness can hide it; that all parts
		// of it are 1 is of no interest where none of them is named.
		for i := range result.Rows {
			row := &result.Rows[i]
			for _, k := range counts {
				if rules.Small(*k.Of(&row.Count)) {
					row.Hidden |= k.Bit
				}
			}
			if rules.Small(row.NewlyReached) {
				row.Hidden |= rules.HiddenNewlyReached
			}
			if rules.Small(row.ReachedSoFar) {
				row.Hidden |= rules.HiddenReachedSoFar
			}
		}
		return nil
	}
	t, err := ix.timeline(p)
	if err != nil || t == nil {
		return err
	}
	whole := *p
	whole.roots, whole.in = nil, nil
	ix.prepare(&whole)
	leaves := len(p.boundaries.Areas) + 1
	keyOf := make([]int32, leaves)
	for leaf := range keyOf {
		keyOf[leaf] = int32(leaf)
	}
	table := suppress.NewAreas(p.boundaries)
	step := max(1, maxTrendCounts/leaves)
	for lo := 0; lo < len(t.Ends); lo += step {
		part := t.Part(lo, min(lo+step, len(t.Ends)))
		trend, err := ix.trend(ctx, &whole, part, leaves, keyOf)
		if err != nil {
			return err
		}
		for i := range part.Ends {
			at := func(leaf int) *windows.TrendCount { return &trend[leaf*len(part.Ends)+i] }
			result.Rows[lo+i].Hidden = periodHidden(table, p, counts, at)
		}
	}
	return nil
}

// periodHidden returns what is hidden of the plan's scope in one period, of which the
// leaves have the counts.
func periodHidden(t *suppress.Areas, p *plan, counts []rules.HouseholdCount,
	leaf func(leaf int) *windows.TrendCount) rules.Hidden {
	t.Suppress(counts, func(l int) *rules.Count { return &leaf(l).Count })
	hidden := t.HiddenOf(p.roots)
	// What was reached before and newly are counts like any other: the table takes them in
	// the place of two of its own.
	newly := rules.HouseholdCount{Bit: rules.HiddenNewlyReached, Of: counts[1].Of}
	soFar := rules.HouseholdCount{Bit: rules.HiddenReachedSoFar, Of: counts[2].Of}
	var c rules.Count
	t.Suppress([]rules.HouseholdCount{newly, soFar}, func(l int) *rules.Count {
		*newly.Of(&c), *soFar.Of(&c) = leaf(l).NewlyReached, leaf(l).ReachedSoFar
		return &c
	})
	return hidden | t.HiddenOf(p.roots)
}
