package coverage

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/geo"
)

// byCell answers a query by cell. In the order of the index the households of a cell are
// one run, at any resolution, and so are the cell groups of a coarse one.
func (ix *Index) byCell(ctx context.Context, p *plan) (*Result, error) {
	count := ix.fineCells
	if p.query.Resolution <= windows.GroupResolution {
		count = ix.coarseCells
	}
	rows, served, err := count(ctx, p)
	if err != nil {
		return nil, err
	}
	result := ix.newResult(p)
	result.Rows = rows
	if result.provinces, err = ix.cellProvinces(ctx, p); err != nil {
		return nil, err
	}
	result.Total.Count = ix.flagCells(p, result, served)
	return result, nil
}

// flagCells raises the flags of the rows, served of whose households belong to a hamlet
// that a team serves, and returns the sum of the rows.
func (ix *Index) flagCells(p *plan, result *Result, served []uint32) rules.Count {
	parts := max(1, min(columns.Workers(), len(result.Rows)/1000))
	sums := make([]rules.Count, parts)
	var group errgroup.Group
	for part := range parts {
		lo, hi := part*len(result.Rows)/parts, (part+1)*len(result.Rows)/parts
		group.Go(func() error {
			for i := lo; i < hi; i++ {
				row := &result.Rows[i]
				th := thresholdsOfCell(ix.config, p.boundaries, result.provinces, i)
				row.Flags = th.CellFlags(&row.Count, served[i], len(ix.config.Skills))
				sums[part].Add(&row.Count)
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	for _, sum := range sums[1:] {
		sums[0].Add(&sum)
	}
	return sums[0]
}

// coarseCells adds up cell groups by cell.
func (ix *Index) coarseCells(ctx context.Context, p *plan) (rows []Row, served []uint32, err error) {
	counts, err := ix.derived.windows.Count(ctx, ix.columns, p.windowKey(), p.blocks)
	if err != nil {
		return nil, nil, err
	}
	stretches, all := p.cellStretches()
	rows, served = make([]Row, all), make([]uint32, all)
	var group errgroup.Group
	for _, s := range stretches {
		group.Go(func() error {
			p.addStretch(s, counts, rows, served)
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	return rows, served, nil
}

// cellStretch is a part of the blocks of a plan for one worker. A cell that the cut between
// two stretches goes through belongs to the first.
type cellStretch struct {
	first, end int      // of plan.blocks
	row        int      // how many rows begin in the stretches before
	lastOf     geo.Cell // greatest cell group's cell of the last of those
}

// cellStretches cuts the blocks of the scope for the workers, and counts all rows.
func (p *plan) cellStretches() (stretches []cellStretch, rows int) {
	ps := p.groups
	parts := max(1, min(columns.Workers(), len(p.blocks)/columns.MinShare))
	var lastOf geo.Cell
	for i, n := range p.blocks {
		if len(stretches) < parts && i == len(stretches)*len(p.blocks)/parts {
			stretches = append(stretches, cellStretch{first: i, end: len(p.blocks), row: rows, lastOf: lastOf})
			if last := len(stretches) - 1; last > 0 {
				stretches[last-1].end = i
			}
		}
		lo, hi := ps.Starts[n], ps.Starts[n+1]
		leaves := ps.Leaves[lo:hi]
		for at, cell := range ps.Cells[lo:hi] {
			if cell > lastOf && (p.in == nil || p.in[leaves[at]]) {
				_, lastOf = cell.Parent(p.query.Resolution).Span(windows.GroupResolution)
				rows++
			}
		}
	}
	return stretches, rows
}

// addStretch adds up the cell groups of a stretch in the rows that begin there.
func (p *plan) addStretch(s cellStretch, counts []*windows.BlockCounts, rows []Row, served []uint32) {
	ps := p.groups
	row, lastOf := s.row-1, s.lastOf
	for i := s.first; i < len(p.blocks); i++ {
		n := p.blocks[i]
		lo, hi := ps.Starts[n], ps.Starts[n+1]
		leaves := ps.Leaves[lo:hi]
		for at, cell := range ps.Cells[lo:hi] {
			if p.in != nil && !p.in[leaves[at]] {
				continue
			}
			if cell > lastOf {
				if i >= s.end {
					return
				}
				row++
				parent := cell.Parent(p.query.Resolution)
				_, lastOf = parent.Span(windows.GroupResolution)
				rows[row] = Row{Area: boundary.NoArea, Cell: parent, Team: -1}
			}
			if row < s.row {
				continue // the stretch before goes on to here
			}
			windows.AddGroup(&rows[row].Count, counts[n], at)
			if p.isServed(leaves[at]) {
				served[row] += uint32(counts[n].Groups[at].Ever & windows.Eligible)
			}
		}
	}
}

// isServed reports whether a team serves the leaf. Households of a commune without a
// hamlet belong to none that a team could serve.
func (p *plan) isServed(leaf uint32) bool { return p.served[leaf] && p.isHamlet(leaf) }

func (p *plan) isHamlet(leaf uint32) bool {
	return p.boundaries.IsHamlet(int32(leaf))
}
