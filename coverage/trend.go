package coverage

import (
	"context"

	"tungnha/coverage/columns"
	"tungnha/coverage/windows"
	"tungnha/internal/limit"
)

// trend counts the households in the scope in all periods in one pass. keys is how many
// keys there are, keyOf the key of each leaf, which may be left nil where there is one
// key. The counts of key k in period p are at k*periods + p.
func (ix *Index) trend(ctx context.Context, p *plan, t *windows.Timeline, keys int,
	keyOf []int32) ([]windows.TrendCount, error) {
	periods := len(t.Ends)
	h := &ix.columns.Households
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) ([]windows.TrendCount, error) {
		counts := make([]windows.TrendCount, keys*periods)
		for _, n := range blocks {
			if err := limit.Step(ctx); err != nil {
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
