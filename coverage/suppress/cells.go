package suppress

import (
	"tungnha/coverage/rules"
	"tungnha/geo"
)

// Cells is the table of one commune: of the commune, and the parts of its cells from the coarsest resolution down to
// the one requested. Its leaves are the parts of the cells of that resolution.
//
// Cells and communes cut across each other, so what is hidden of a cell is decided part by part. A cell is hidden where
// a part of it is. So a cell that is shown gives away nothing that its parts do not, whatever commune or province it is
// requested in.
type Cells struct {
	table
	leaves        int          // node of the first leaf; they are the last nodes
	allSingletons rules.Hidden // counts of which the commune is all singletons
}

// NewCells returns the table of the cells, which are sorted and of one resolution, under their parents down from the
// coarsest resolution. top is what is hidden of the commune.
func NewCells(cells []geo.Cell, coarsest int, top rules.Hidden) *Cells {
	levels := make([][]geo.Cell, cells[0].Resolution()-coarsest+1) // from the coarsest
	begins := make([][]int32, len(levels))                         // of each cell: its first child in the level below
	finest := len(levels) - 1
	levels[finest] = cells
	nodes := 1 + len(cells)
	for l := finest - 1; l >= 0; l-- {
		for i, child := range levels[l+1] {
			cell := child.Parent(coarsest + l)
			if n := len(levels[l]); n == 0 || levels[l][n-1] != cell {
				levels[l], begins[l] = append(levels[l], cell), append(begins[l], int32(i))
			}
		}
		nodes += len(levels[l])
	}
	first := append(make([]int32, 0, nodes+1), 1)
	for l := range finest {
		below := int32(len(first) + len(levels[l])) // where the level below begins
		for _, child := range begins[l] {
			first = append(first, below+child)
		}
	}
	for len(first) <= nodes {
		first = append(first, int32(nodes))
	}
	c := &Cells{table: newTable(first), leaves: nodes - len(cells)}
	c.hidden[0] = top
	return c
}

// Suppress hides what must be of one count, of which set sets the value of each cell and how many of its base cells
// have any of it.
func (c *Cells) Suppress(bit rules.Hidden, set func(values, nonzero []uint32)) {
	clear(c.value[:c.leaves])
	clear(c.nonzero[:c.leaves])
	set(c.value[c.leaves:], c.nonzero[c.leaves:])
	if c.suppress(bit) {
		c.allSingletons |= bit
	}
}

// Hidden returns what is hidden of cell i. Where every household of a commune that is counted is alone in its base
// cell, their number gives them all away: then the zeros are hidden too.
func (c *Cells) Hidden(i int) rules.Hidden { return c.hidden[c.leaves+i] | c.allSingletons }
