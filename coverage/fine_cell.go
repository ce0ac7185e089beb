package coverage

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/geo"
	"tungnha/internal/limit"
)

// cellCount is a run of households of one fine cell, or a part of one that is too long for
// the bytes of a run.
type cellCount struct {
	cell geo.Cell
	windows.ByteCounter
}

// fineCells adds up households by cell where cells are smaller than those of cell groups.
func (ix *Index) fineCells(ctx context.Context, p *plan) (rows []Row, served []uint32, err error) {
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) ([]cellCount, error) {
		return ix.cellCounts(ctx, p, blocks)
	})
	if err != nil {
		return nil, nil, err
	}
	// Of each part: its first row, and how many of its runs belong to the row before that,
	// of a cell that the cut between two parts went through.
	firsts, heads := make([]int, len(parts)), make([]int, len(parts))
	all := 0
	var cell geo.Cell
	for i, part := range parts {
		firsts[i] = all
		for at := range part {
			if part[at].cell == cell && heads[i] == at && i > 0 {
				heads[i]++
			}
			if part[at].cell != cell {
				cell = part[at].cell
				all++
			}
		}
	}
	rows, served = make([]Row, all), make([]uint32, all)
	add := func(row int, r *cellCount) {
		g := windows.Counter{Count: rows[row].Count, Served: served[row]}
		r.ByteCounter.Flush(&g)
		rows[row].Count, served[row] = g.Count, g.Served
	}
	var group errgroup.Group
	for i, part := range parts {
		group.Go(func() error {
			row := firsts[i] - 1
			for at := heads[i]; at < len(part); at++ {
				if r := &part[at]; row < firsts[i] || r.cell != rows[row].Cell {
					row++
					rows[row] = Row{Area: boundary.NoArea, Cell: r.cell, Team: -1}
				}
				add(row, &part[at])
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	for i, part := range parts {
		for at := range heads[i] {
			add(firsts[i]-1, &part[at])
		}
	}
	return rows, served, nil
}

// cellCounts adds up the households of the blocks by cell of the query's resolution.
func (ix *Index) cellCounts(ctx context.Context, p *plan, blocks []int) ([]cellCount, error) {
	h := &ix.columns.Households
	var runs []cellCount
	var t windows.Scratch
	var r windows.ByteCounter
	var cell, lastOf geo.Cell // the current one, and its greatest base cell
	first, end := h.Below(p.query.Within)
	for _, n := range blocks {
		if err := limit.Step(ctx); err != nil {
			return nil, err
		}
		t.Scan(ix.columns, n, p.window)
		lo, hi := n*columns.BlockSize, min((n+1)*columns.BlockSize, h.Len())
		cells, leaves := h.Cells[lo:hi], p.areaOf.OfHousehold[lo:hi]
		for i := max(first-lo, 0); i < min(end, hi)-lo; i++ {
			if p.in != nil && !p.in[leaves[i]] {
				continue
			}
			base := cells[i]
			if base > lastOf || r.Households == windows.MaxBytes {
				if r.Households > 0 {
					runs = append(runs, cellCount{cell, r})
					r = windows.ByteCounter{}
				}
				cell = base.Parent(p.query.Resolution)
				_, lastOf = cell.Span(geo.BaseResolution)
			}
			state := t.States[i]
			if state&rules.Eligible != 0 && p.isServed(leaves[i]) {
				state |= windows.Served
			}
			r.Add(&t, i, state)
		}
	}
	if r.Households > 0 {
		runs = append(runs, cellCount{cell, r})
	}
	return runs, nil
}
