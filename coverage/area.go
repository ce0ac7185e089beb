package coverage

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
)

// countAreas adds up the households in the scope by leaf, the last one for those of no
// area, and raises the flags of the hamlets. The counts of the whole index are added up once
// for all levels.
func (ix *Index) countAreas(ctx context.Context, p *plan) (*windows.AreaCounts, error) {
	if p.in != nil {
		return ix.sumAreas(ctx, p)
	}
	kept := ix.derived.windows.Of(p.windowKey())
	old := kept.Areas.Load()
	if old != nil && old.ID == ix.columns.ID {
		return old, nil
	}
	leaves, err := ix.sumAreas(ctx, p)
	if err != nil {
		return nil, err
	}
	if kept.Areas.CompareAndSwap(old, leaves) {
		ix.derived.windows.Grow(kept, leaves.Bytes()-old.Bytes())
	}
	return leaves, nil
}

func (ix *Index) sumAreas(ctx context.Context, p *plan) (*windows.AreaCounts, error) {
	counts, err := ix.derived.windows.Count(ctx, ix.columns, p.windowKey(), p.blocks)
	if err != nil {
		return nil, err
	}
	ps := p.groups
	parts, err := columns.Share(ctx, p.blocks, func(_ context.Context, blocks []int) ([]windows.Counter, error) {
		groups := make([]windows.Counter, len(p.boundaries.Areas)+1)
		for _, n := range blocks {
			for at, leaf := range ps.Leaves[ps.Starts[n]:ps.Starts[n+1]] {
				if p.in == nil || p.in[leaf] {
					groups[leaf].Any = true
					windows.AddGroup(&groups[leaf].Count, counts[n], at)
				}
			}
		}
		return groups, nil
	})
	if err != nil {
		return nil, err
	}
	groups := parts[0]
	for _, part := range parts[1:] {
		for leaf := range part {
			if part[leaf].Any {
				groups[leaf].Any = true
				groups[leaf].Count.Add(&part[leaf].Count)
			}
		}
	}
	leaves := &windows.AreaCounts{ID: ix.columns.ID, Counters: groups, Flags: p.hamletFlags(ix.config, groups)}
	for leaf := range groups {
		if groups[leaf].Any {
			leaves.Total.Add(&groups[leaf].Count)
		}
	}
	return leaves, nil
}

// byArea answers a query by area: the leaves are added up once, all levels come from them.
func (ix *Index) byArea(ctx context.Context, p *plan) (*Result, error) {
	leaves, err := ix.countAreas(ctx, p)
	if err != nil {
		return nil, err
	}
	groups, ofHamlet := leaves.Counters, leaves.Flags
	b, level := p.boundaries, p.query.Level
	result := ix.newResult(p)
	rowOf, rows := make([]int32, len(b.Areas)), 0
	for a := range b.Areas {
		rowOf[a] = -1
		if b.Areas[a].Level == level && (p.in == nil || p.in[a]) {
			rowOf[a] = int32(rows)
			rows++
		}
	}
	result.Rows = make([]Row, 0, rows+1)
	for a, row := range rowOf {
		if row >= 0 {
			result.Rows = append(result.Rows, Row{Area: int32(a), Team: -1})
		}
	}
	// The bucket of no area takes its place at the end until something is found to be in it.
	result.Rows = append(result.Rows, Row{Area: boundary.NoArea, Team: -1})
	bucket := &result.Rows[len(result.Rows)-1]
	bucketHolds := false
	above := func(leaf int) *Row {
		if leaf < len(b.Areas) {
			if a := b.Ancestor(int32(leaf), level); a != boundary.NoArea && rowOf[a] >= 0 {
				return &result.Rows[rowOf[a]]
			}
		}
		return nil
	}
	for leaf := range groups {
		if !groups[leaf].Any {
			continue
		}
		row := above(leaf)
		if row == nil {
			row, bucketHolds = bucket, true
		}
		if leaf < len(rowOf) && rowOf[leaf] >= 0 && level == data.Hamlet {
			row.Count = groups[leaf].Count // there is nothing below a hamlet
		} else {
			row.Count.Add(&groups[leaf].Count)
		}
	}
	result.Total.Count = leaves.Total
	if !bucketHolds {
		result.Rows = result.Rows[:len(result.Rows)-1]
	}
	for i := range result.Rows {
		row := &result.Rows[i]
		if level == data.Hamlet && row.Area != boundary.NoArea {
			row.Flags = ofHamlet[row.Area]
		} else {
			row.Flags = p.areaFlags(ix.config, row.Area, &row.Count)
		}
	}
	p.countFlagged(ofHamlet, level, result, above)
	return result, nil
}

// hamletFlags returns the flags of each hamlet in the scope. Intervals are some work for a
// province's thousands of hamlets, so all cores share it.
func (p *plan) hamletFlags(c *rules.Config, groups []windows.Counter) []rules.Flags {
	flags := make([]rules.Flags, len(p.boundaries.Areas))
	var work errgroup.Group
	work.SetLimit(columns.Workers())
	for lo := 0; lo < len(flags); lo += columns.BlockSize {
		work.Go(func() error {
			for a := lo; a < min(lo+columns.BlockSize, len(flags)); a++ {
				if p.boundaries.IsHamlet(int32(a)) && (p.in == nil || p.in[a]) {
					flags[a] = p.areaFlags(c, int32(a), &groups[a].Count)
				}
			}
			return nil
		})
	}
	_ = work.Wait() // nothing in it can fail
	return flags
}

// countFlagged counts the flagged hamlets of each row above them, and of the total.
func (p *plan) countFlagged(ofHamlet []rules.Flags, level data.Level, result *Result, above func(leaf int) *Row) {
	if p.totalLevel() != data.Hamlet {
		result.Total.HamletsFlagged = new([rules.NumFlags]uint32)
	}
	if level != data.Hamlet {
		for i := range result.Rows {
			result.Rows[i].HamletsFlagged = new([rules.NumFlags]uint32)
		}
	}
	for a, flags := range ofHamlet {
		if flags == 0 {
			continue
		}
		if result.Total.HamletsFlagged != nil {
			flags.Count(result.Total.HamletsFlagged)
		}
		if level != data.Hamlet {
			if row := above(a); row != nil {
				flags.Count(row.HamletsFlagged)
			}
		}
	}
}
