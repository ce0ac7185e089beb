package coverage

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tungnha/geo"
)

// byCell answers a query by cell. In the order of the index the households of a cell are
// one run, at any resolution, and so are the parcels of a coarse one.
func (ix *Index) byCell(ctx context.Context, p *plan) (*Result, error) {
	count := ix.fineCells
	if p.query.Resolution <= parcelResolution {
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
func (ix *Index) flagCells(p *plan, result *Result, served []uint32) Count {
	parts := max(1, min(workers(), len(result.Rows)/1000))
	sums := make([]Count, parts)
	var group errgroup.Group
	for part := range parts {
		lo, hi := part*len(result.Rows)/parts, (part+1)*len(result.Rows)/parts
		group.Go(func() error {
			for i := lo; i < hi; i++ {
				row := &result.Rows[i]
				th := ix.config.ofCell(p.boundaries, result.provinces, i)
				row.Flags = ix.config.cellFlags(th, &row.Count, served[i])
				sums[part].add(&row.Count)
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	for _, sum := range sums[1:] {
		sums[0].add(&sum)
	}
	return sums[0]
}

// coarseCells adds up parcels by cell.
func (ix *Index) coarseCells(ctx context.Context, p *plan) (rows []Row, served []uint32, err error) {
	counts, err := ix.parcelCounts(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	ps := &p.leaves.parcels
	all := p.cellsOf(ps)
	rows, served = make([]Row, 0, all), make([]uint32, 0, all)
	var lastOf geo.Cell // greatest parcel's cell of the row
	for i, n := range p.blocks {
		lo, hi := ps.starts[n], ps.starts[n+1]
		leaves := ps.leaves[lo:hi]
		for at, cell := range ps.cells[lo:hi] {
			if p.in != nil && !p.in[leaves[at]] {
				continue
			}
			if cell > lastOf {
				parent := cell.Parent(p.query.Resolution)
				_, lastOf = parent.Span(parcelResolution)
				rows = append(rows, Row{Area: NoArea, Cell: parent, Team: -1})
				served = append(served, 0)
			}
			row := len(rows) - 1
			rows[row].Count.addParcel(counts[i], at)
			if p.isServed(leaves[at]) {
				served[row] += uint32(counts[i].states[at] & 0xff)
			}
		}
	}
	return rows, served, nil
}

// cellsOf returns how many cells of the query's resolution the blocks of the scope have,
// and a few more where the scope has but part of a block.
func (p *plan) cellsOf(ps *parcels) int {
	cells := 0
	var lastOf geo.Cell
	for _, n := range p.blocks {
		for _, cell := range ps.cells[ps.starts[n]:ps.starts[n+1]] {
			if cell > lastOf {
				_, lastOf = cell.Parent(p.query.Resolution).Span(parcelResolution)
				cells++
			}
		}
	}
	return cells
}

// isServed reports whether a team serves the leaf. Households of a commune without a
// hamlet belong to none that a team could serve.
func (p *plan) isServed(leaf uint32) bool { return p.served[leaf] && p.isHamlet(leaf) }

func (p *plan) isHamlet(leaf uint32) bool {
	return int(leaf) < len(p.boundaries.ranks) && p.boundaries.ranks[leaf] == hamletRank
}
