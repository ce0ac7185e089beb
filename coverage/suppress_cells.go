package coverage

import (
	"context"

	"tungnha/coverage/columns"
	"tungnha/coverage/windows"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/coverage/suppress"
	"tungnha/data"
	"tungnha/geo"
)

// cellParts is the parts of cells that belong to one commune each, in the order of the cells, with a column for each
// count: what suppress.Cells decides on.
type cellParts struct {
	cells    []geo.Cell
	communes []int32    // boundary.NoArea: of none
	values   [][]uint32 // of each count
	nonzero  [][]uint32 // how many base cells have any of it
	hidden   []rules.Hidden
}

// suppressCells hides what must not be shown of the cells in the scope.
func (ix *Index) suppressCells(ctx context.Context, p *plan, t *suppress.Areas, result *Result) error {
	for _, root := range p.roots {
		if p.boundaries.IsHamlet(root) {
			// A cell within one hamlet is a handful of households that can be subtracted
			// from the cell in the commune: nothing of it is shown.
			for i := range result.Rows {
				result.Rows[i].Hidden = ^rules.Hidden(0)
				result.Rows[i].Flags = 0
			}
			return nil
		}
	}
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	all, err := ix.countCellParts(ctx, ix.wholeCommunes(p), counts)
	if err != nil {
		return err
	}
	ofCommune := make([][]int32, len(p.boundaries.Areas)+1) // the last of no commune
	for i, c := range all.communes {
		if c == boundary.NoArea {
			c = int32(len(p.boundaries.Areas))
		}
		ofCommune[c] = append(ofCommune[c], int32(i))
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(columns.Workers())
	for c, own := range ofCommune {
		if len(own) == 0 {
			continue
		}
		var top rules.Hidden
		if c == len(p.boundaries.Areas) {
			top = t.HiddenOutside(data.Commune, p.in)
		} else {
			top = t.Hidden(int32(c))
		}
		group.Go(func() error {
			all.hide(own, top, counts)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	next := 0
	if p.query.Within != 0 {
		result.Total.Hidden = ^rules.Hidden(0) // of places that no rule knows
		result.Total.Flags = 0
	}
	for i := range result.Rows {
		row := &result.Rows[i]
		for ; next < len(all.cells) && all.cells[next] < row.Cell; next++ {
		}
		for ; next < len(all.cells) && all.cells[next] == row.Cell; next++ {
			row.Hidden |= all.hidden[next]
		}
	}
	return nil
}

// wholeCommunes returns the plan, or one without its cell in which the communes that have
// households there are whole: what is hidden of a part follows from all of its commune.
func (ix *Index) wholeCommunes(p *plan) *plan {
	if p.query.Within == 0 {
		return p
	}
	b := p.boundaries
	has := make([]bool, len(b.Areas)+1) // the last: of no commune
	communeOf := b.Ancestors(data.Commune)
	for leaf, c := range communeOf {
		if c == boundary.NoArea {
			communeOf[leaf] = int32(len(b.Areas))
		}
	}
	lo, hi := ix.columns.Households.Below(p.query.Within)
	last := -1
	for _, leaf := range p.areaOf.OfHousehold[lo:hi] {
		if int(leaf) != last {
			last = int(leaf)
			has[communeOf[last]] = true
		}
	}
	whole := *p
	whole.query.Within = 0
	whole.in = make([]bool, len(b.Areas)+1)
	for leaf := range whole.in {
		whole.in[leaf] = has[communeOf[leaf]] && (p.in == nil || p.in[leaf])
	}
	ix.prepare(&whole)
	return &whole
}

// hide decides what is hidden of the parts of one commune, of which top is hidden.
func (ps *cellParts) hide(own []int32, top rules.Hidden, counts []rules.HouseholdCount) {
	cells := make([]geo.Cell, len(own))
	for i, at := range own {
		cells[i] = ps.cells[at]
	}
	t := suppress.NewCells(cells, MinResolution, top)
	for k := range counts {
		t.Suppress(counts[k].Bit, func(values, nonzero []uint32) {
			for i, at := range own {
				values[i], nonzero[i] = ps.values[k][at], ps.nonzero[k][at]
			}
		})
	}
	for i, at := range own {
		ps.hidden[at] = t.Hidden(i)
	}
}

// countCellParts counts, by cell and commune, the households of the scope.
func (ix *Index) countCellParts(ctx context.Context, p *plan, counts []rules.HouseholdCount) (*cellParts, error) {
	communeOf := p.boundaries.Ancestors(data.Commune)
	cuts := ix.cutsBetweenCells(p.blocks)
	parts := make([]*cellParts, len(cuts)-1)
	group, ctx := errgroup.WithContext(ctx)
	for i := range parts {
		group.Go(func() error {
			blocks := p.blocks[cuts[i]:cuts[i+1]]
			room := blocks
			if i == 0 {
				room = p.blocks // the others will be joined to it
			}
			// Some cells are cut by communes.
			parts[i] = newCellParts(ix.columns.Households.CountCells(room, p.query.Resolution)*9/8, len(counts))
			return ix.addCellParts(ctx, p, blocks, communeOf, counts, parts[i])
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := parts[0]
	for _, part := range parts[1:] {
		all.join(part)
	}
	all.hidden = make([]rules.Hidden, len(all.cells))
	return all, nil
}

// cutsBetweenCells cuts the blocks into a stretch for each worker, where no base cell has
// households on both sides.
func (ix *Index) cutsBetweenCells(blocks []int) []int {
	cells := ix.columns.Households.Cells
	cuts := []int{0}
	for w := 1; w < columns.Workers(); w++ {
		at := max(w*len(blocks)/columns.Workers(), cuts[len(cuts)-1]+columns.MinShare)
		for at < len(blocks) && cells[blocks[at]*columns.BlockSize-1] == cells[blocks[at]*columns.BlockSize] {
			at++
		}
		if at < len(blocks) {
			cuts = append(cuts, at)
		}
	}
	return append(cuts, len(blocks))
}

// addCellParts counts the parts of a stretch of blocks that shares no base cell with another.
func (ix *Index) addCellParts(
	ctx context.Context, p *plan, blocks []int, communeOf []int32, counts []rules.HouseholdCount, out *cellParts,
) error {
	h := &ix.columns.Households
	var open []openCellPart // of the cell at hand, by commune
	var lastOf geo.Cell     // its greatest base cell
	var at int              // in open, of the household before
	closeCell := func() {
		for i := range open {
			out.add(lastOf.Parent(p.query.Resolution), &open[i], counts)
		}
		open, at = open[:0], 0
	}
	var t windows.Scratch
	for _, n := range blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.Scan(ix.columns, n, p.window)
		lo := n * columns.BlockSize
		leaves := p.areaOf.OfHousehold[lo:]
		for i := range len(ix.columns.Blocks[n].Starts) - 1 {
			leaf, base := leaves[i], h.Cells[lo+i]
			if p.in != nil && !p.in[leaf] {
				continue
			}
			if base > lastOf {
				closeCell()
				_, lastOf = base.Parent(p.query.Resolution).Span(geo.BaseResolution)
			}
			commune := communeOf[leaf]
			if at >= len(open) || open[at].commune != commune {
				for at = 0; at < len(open) && open[at].commune != commune; at++ {
				}
				if at == len(open) {
					open = append(open, openCellPart{commune: commune, base: base})
				}
			}
			open[at].add(&t, i, base)
		}
	}
	closeCell()
	return nil
}

// newCellParts returns room for so many parts with so many counts.
func newCellParts(room, counts int) *cellParts {
	out := &cellParts{
		cells: make([]geo.Cell, 0, room), communes: make([]int32, 0, room),
		values: make([][]uint32, counts), nonzero: make([][]uint32, counts),
	}
	for k := range counts {
		out.values[k], out.nonzero[k] = make([]uint32, 0, room), make([]uint32, 0, room)
	}
	return out
}

// openCellPart is a cellPart while it is added up.
type openCellPart struct {
	commune         int32
	base            geo.Cell    // at hand
	states          rules.State // of it: the bits that any household has
	assessed, shown uint16

	sum, cells            windows.ByteCounter // of households, and of base cells that have any
	households, baseCells windows.Counter
}

// add adds household i of the scratch, which lives in the base cell.
func (o *openCellPart) add(t *windows.Scratch, i int, base geo.Cell) {
	if base != o.base {
		o.closeBase()
		o.base = base
	}
	if o.sum.Households == windows.MaxBytes-1 { // closing a base cell may add one to the other
		o.flush()
	}
	o.sum.Add(t, i, t.States[i])
	o.states |= t.States[i]
	o.assessed |= t.Assessed[i]
	o.shown |= t.Shown[i]
}

func (o *openCellPart) closeBase() {
	o.cells.AddBits(o.states, o.assessed, o.shown)
	o.states, o.assessed, o.shown = 0, 0, 0
}

func (o *openCellPart) flush() {
	o.sum.Flush(&o.households)
	o.cells.Flush(&o.baseCells)
}

// add appends a part of the cell, which is complete.
func (ps *cellParts) add(cell geo.Cell, o *openCellPart, counts []rules.HouseholdCount) {
	o.closeBase()
	o.flush()
	ps.cells, ps.communes = append(ps.cells, cell), append(ps.communes, o.commune)
	for k := range counts {
		ps.values[k] = append(ps.values[k], *counts[k].Of(&o.households.Count))
		ps.nonzero[k] = append(ps.nonzero[k], *counts[k].Of(&o.baseCells.Count))
	}
}

// join appends the parts of the next stretch. A cell that the cut went through has parts
// at the end of the one and the beginning of the other.
func (ps *cellParts) join(next *cellParts) {
	n := len(ps.cells)
	i := 0
	for ; n > 0 && i < len(next.cells) && next.cells[i] == ps.cells[n-1]; i++ {
		at := n - 1
		for at > 0 && ps.cells[at-1] == ps.cells[n-1] && ps.communes[at] != next.communes[i] {
			at--
		}
		if ps.communes[at] != next.communes[i] {
			ps.append(next, i, i+1)
			continue
		}
		for k := range ps.values {
			ps.values[k][at] += next.values[k][i]
			ps.nonzero[k][at] += next.nonzero[k][i]
		}
	}
	ps.append(next, i, len(next.cells))
}

func (ps *cellParts) append(next *cellParts, from, to int) {
	ps.cells, ps.communes = append(ps.cells, next.cells[from:to]...), append(ps.communes, next.communes[from:to]...)
	for k := range ps.values {
		ps.values[k] = append(ps.values[k], next.values[k][from:to]...)
		ps.nonzero[k] = append(ps.nonzero[k], next.nonzero[k][from:to]...)
	}
}
