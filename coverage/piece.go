package coverage

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/geo"
)

// piece is the part of a cell that belongs to one commune. Cells and communes cut across
// each other, so what is hidden of a cell is decided piece by piece, in a table of each
// commune: of the commune, its cells from the coarsest resolution down to the one asked
// for. A cell is hidden where a piece of it is. So a cell that is shown tells nothing that
// its pieces do not, whatever commune or province it is asked for in.
type piece struct {
	cell    geo.Cell
	commune int32 // NoArea: of none
	node
}

// withholdCells hides what must not be shown of the cells in the scope.
func (ix *Index) withholdCells(ctx context.Context, p *plan, t *areaTable, result *Result) error {
	for _, root := range p.roots {
		if p.boundaries.ranks[root] == hamletRank {
			// A cell within one hamlet is a handful of households that can be subtracted
			// from the cell in the commune: nothing of it is shown.
			for i := range result.Rows {
				result.Rows[i].Hidden = ^Hidden(0)
				result.Rows[i].Flags = 0
			}
			return nil
		}
	}
	pieces, err := ix.countPieces(ctx, p)
	if err != nil {
		return err
	}
	ofCommune := make(map[int32][]*piece)
	var communes []int32
	for i := range pieces {
		c := pieces[i].commune
		if ofCommune[c] == nil {
			communes = append(communes, c)
		}
		ofCommune[c] = append(ofCommune[c], &pieces[i])
	}
	counts := kinds(len(ix.config.Skills))
	var group errgroup.Group
	group.SetLimit(workers())
	for _, c := range communes {
		var top Hidden
		if c == NoArea {
			top = t.bucket(p, communeRank)
		} else {
			top = t.nodes[t.ofArea[c]].hidden
		}
		group.Go(func() error {
			hidePieces(ofCommune[c], top, counts)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	next := 0
	for i := range result.Rows {
		row := &result.Rows[i]
		for ; next < len(pieces) && pieces[next].cell < row.Cell; next++ {
		}
		for ; next < len(pieces) && pieces[next].cell == row.Cell; next++ {
			row.Hidden |= pieces[next].hidden
		}
	}
	return nil
}

// hidePieces decides what is hidden of the pieces of one commune, of which top is hidden.
func hidePieces(pieces []*piece, top Hidden, kinds []kind) {
	resolution := pieces[0].cell.Resolution()
	levels := make([][]piece, resolution-MinResolution+1) // from the coarsest
	finest := len(levels) - 1
	levels[finest] = make([]piece, 0, len(pieces))
	for _, p := range pieces {
		levels[finest] = append(levels[finest], *p)
	}
	for l := finest - 1; l >= 0; l-- {
		for i := range levels[l+1] {
			child := &levels[l+1][i]
			cell := child.cell.Parent(MinResolution + l)
			if n := len(levels[l]); n == 0 || levels[l][n-1].cell != cell {
				levels[l] = append(levels[l], piece{cell: cell})
			}
			levels[l][len(levels[l])-1].add(&child.node)
		}
	}
	all := 1
	for _, level := range levels {
		all += len(level)
	}
	t := table{nodes: make([]node, 1, all), first: make([]int32, 1, all+1)}
	t.nodes[0].hidden, t.first[0] = top, 1
	for i := range levels[0] {
		t.nodes[0].add(&levels[0][i].node)
	}
	for l, level := range levels {
		next := int32(len(t.nodes) + len(level)) // where the first child of this level will stand
		child := 0
		for i := range level {
			t.nodes = append(t.nodes, level[i].node)
			t.first = append(t.first, next+int32(child))
			for l < finest && child < len(levels[l+1]) && levels[l+1][child].cell.Parent(MinResolution+l) == level[i].cell {
				child++
			}
		}
	}
	t.first = append(t.first, int32(len(t.nodes)))
	rigid := t.rigid(kinds)
	t.suppress(kinds)
	last := t.nodes[len(t.nodes)-len(pieces):]
	for i := range pieces {
		// Where every household of a commune that is counted stands alone in its base
		// cell, their number tells them all: then the zeros are hidden too.
		pieces[i].hidden = last[i].hidden | rigid
	}
}

// rigid returns the counts of which the root's smallest parts are all 1.
func (t *table) rigid(kinds []kind) Hidden {
	var hidden Hidden
	for _, k := range kinds {
		if v := *k.of(&t.nodes[0].Count); v > 0 && v == *k.of(&t.nodes[0].parts) {
			hidden |= k.bit
		}
	}
	return hidden
}

// countPieces counts, by cell and commune, the households of the scope, in the order of
// the cells. Its smallest parts are the base cells.
func (ix *Index) countPieces(ctx context.Context, p *plan) ([]piece, error) {
	b, kinds := p.boundaries, kinds(len(ix.config.Skills))
	communeOf := make([]int32, len(b.Areas)+1)
	for a := range b.Areas {
		communeOf[a] = b.ancestor(int32(a), communeRank)
	}
	communeOf[len(b.Areas)] = NoArea
	h := &ix.register.households
	var pieces []piece
	var open []baseGroup // of the base cell at hand, by commune
	closeBase := func(base geo.Cell) {
		cell := base.Parent(p.query.Resolution)
		for i := range open {
			open[i].flush(&open[i].group)
			at := len(pieces) - 1
			for at >= 0 && pieces[at].cell == cell && pieces[at].commune != open[i].commune {
				at--
			}
			if at < 0 || pieces[at].cell != cell {
				at = len(pieces)
				pieces = append(pieces, piece{cell: cell, commune: open[i].commune})
			}
			pieces[at].addLeaf(&open[i].Count, kinds)
		}
		open = open[:0]
	}
	var t tally
	var base geo.Cell
	for _, n := range p.blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ix.scan(n, p.window, &t)
		for i := range len(ix.blocks[n].starts) - 1 {
			at := n*blockSize + i
			leaf := p.leaves.ofHousehold[at]
			if p.in != nil && !p.in[leaf] {
				continue
			}
			if h.cells[at] != base {
				closeBase(base)
				base = h.cells[at]
			}
			commune := communeOf[leaf]
			g := slices.IndexFunc(open, func(g baseGroup) bool { return g.commune == commune })
			if g < 0 {
				g = len(open)
				open = append(open, baseGroup{commune: commune})
			}
			open[g].run.add(&t, i, t.states[i])
			if open[g].households == maxRun {
				open[g].flush(&open[g].group)
			}
		}
	}
	closeBase(base)
	return pieces, nil
}

// baseGroup is a base cell's part in one commune while it is added up.
type baseGroup struct {
	commune int32
	run
	group
}
