package coverage

import (
	"context"
	"slices"

	"tungnha/geo"
)

// byCell answers a query by cell. In the order of the index the households of a cell are
// one run, at any resolution.
func (ix *Index) byCell(ctx context.Context, p *plan) (*Result, error) {
	type cellGroup struct {
		cell geo.Cell
		group
	}
	h := &ix.register.households
	parts, err := share(ctx, p.blocks, func(ctx context.Context, blocks []int) ([]cellGroup, error) {
		var groups []cellGroup
		var t tally
		var r run
		var lastOf geo.Cell // greatest base cell of the current group
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ix.scan(n, p.window, &t)
			lo, hi := n*blockSize, min((n+1)*blockSize, h.len())
			cells, leaves := h.cells[lo:hi], p.leaves.ofHousehold[lo:hi]
			for i, cell := range cells {
				if p.in != nil && !p.in[leaves[i]] {
					continue
				}
				if cell > lastOf || len(groups) == 0 || r.households == maxRun {
					if len(groups) > 0 {
						r.flush(&groups[len(groups)-1].group)
					}
					if cell > lastOf || len(groups) == 0 {
						parent := cell.Parent(p.query.Resolution)
						_, lastOf = parent.Span(geo.BaseResolution)
						groups = append(groups, cellGroup{cell: parent})
					}
				}
				state := t.states[i]
				if state&Eligible != 0 && p.served[leaves[i]] && p.isHamlet(leaves[i]) {
					state |= served
				}
				r.add(&t, i, state)
			}
		}
		if len(groups) > 0 {
			r.flush(&groups[len(groups)-1].group)
		}
		return groups, nil
	})
	if err != nil {
		return nil, err
	}
	groups := parts[0]
	for _, part := range parts[1:] {
		// A cell that the cut went through stands at the end of one part and the
		// beginning of the next.
		if len(groups) > 0 && len(part) > 0 && groups[len(groups)-1].cell == part[0].cell {
			groups[len(groups)-1].add(&part[0].group)
			part = part[1:]
		}
		groups = append(groups, part...)
	}
	result := ix.newResult(p)
	if result.provinces, err = ix.cellProvinces(ctx, p); err != nil {
		return nil, err
	}
	result.Rows = slices.Grow(result.Rows, len(groups))
	for i := range groups {
		g := &groups[i]
		row := Row{Area: NoArea, Cell: g.cell, Team: -1, Count: g.Count}
		row.Flags = ix.config.cellFlags(ix.config.ofCell(p.boundaries, result.provinces, i), &g.Count, g.served)
		result.Rows = append(result.Rows, row)
		result.Total.Count.add(&g.Count)
	}
	return result, nil
}

// isHamlet reports whether the leaf is a hamlet: households of a commune without one
// belong to no hamlet that a team could serve.
func (p *plan) isHamlet(leaf uint32) bool {
	return int(leaf) < len(p.boundaries.ranks) && p.boundaries.ranks[leaf] == hamletRank
}
