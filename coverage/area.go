package coverage

import (
	"context"

	"tungnha/data"
)

// countLeaves adds up the households in the scope by leaf, the last one for those of no
// area.
func (ix *Index) countLeaves(ctx context.Context, p *plan) ([]group, error) {
	counts, err := ix.parcelCounts(ctx, p)
	if err != nil {
		return nil, err
	}
	groups := make([]group, len(p.boundaries.Areas)+1)
	ps := &p.leaves.parcels
	for i, n := range p.blocks {
		for at, leaf := range ps.leaves[ps.starts[n]:ps.starts[n+1]] {
			if p.in == nil || p.in[leaf] {
				groups[leaf].any = true
				groups[leaf].addParcel(counts[i], at)
			}
		}
	}
	return groups, nil
}

// byArea answers a query by area: the leaves are added up once, all levels come from them.
func (ix *Index) byArea(ctx context.Context, p *plan) (*Result, error) {
	groups, err := ix.countLeaves(ctx, p)
	if err != nil {
		return nil, err
	}
	b, level := p.boundaries, uint8(rank(p.query.Level))
	result := ix.newResult(p)
	rowOf := make([]int32, len(b.Areas))
	for a := range b.Areas {
		rowOf[a] = -1
		if b.ranks[a] == level && (p.in == nil || p.in[a]) {
			rowOf[a] = int32(len(result.Rows))
			result.Rows = append(result.Rows, Row{Area: int32(a), Team: -1})
		}
	}
	// The bucket of no area takes its place at the end until it is known to hold something.
	result.Rows = append(result.Rows, Row{Area: NoArea, Team: -1})
	bucket := &result.Rows[len(result.Rows)-1]
	bucketHolds := false
	above := func(leaf int) *Row {
		if leaf < len(b.Areas) {
			if a := b.ancestor(int32(leaf), level); a != NoArea && rowOf[a] >= 0 {
				return &result.Rows[rowOf[a]]
			}
		}
		return nil
	}
	for leaf := range groups {
		if !groups[leaf].any {
			continue
		}
		row := above(leaf)
		if row == nil {
			row, bucketHolds = bucket, true
		}
		row.Count.add(&groups[leaf].Count)
		result.Total.Count.add(&groups[leaf].Count)
	}
	if !bucketHolds {
		result.Rows = result.Rows[:len(result.Rows)-1]
	}
	for i := range result.Rows {
		row := &result.Rows[i]
		row.Flags = p.areaFlags(ix.config, row.Area, &row.Count)
	}
	p.flagHamlets(ix.config, groups, level, result, above)
	return result, nil
}

// flagHamlets counts the flagged hamlets of each row above them, and of the total.
func (p *plan) flagHamlets(c *Config, groups []group, level uint8, result *Result, above func(leaf int) *Row) {
	result.Total.HamletsFlagged = new([NumFlags]uint32)
	if level < hamletRank {
		for i := range result.Rows {
			result.Rows[i].HamletsFlagged = new([NumFlags]uint32)
		}
	}
	for a := range p.boundaries.Areas {
		if p.boundaries.ranks[a] != hamletRank || p.in != nil && !p.in[a] {
			continue
		}
		flags := p.areaFlags(c, int32(a), &groups[a].Count)
		flags.count(result.Total.HamletsFlagged)
		if row := above(a); row != nil && level < hamletRank {
			flags.count(row.HamletsFlagged)
		}
	}
	if p.totalLevel() == data.Hamlet {
		result.Total.HamletsFlagged = nil
	}
}
