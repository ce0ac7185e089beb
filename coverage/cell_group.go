package coverage

import (
	"sync/atomic"
	"unsafe"

	"tungnha/coverage/columns"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/rules"
	"tungnha/geo"
)

const (
	// groupResolution is that of the finest cells whose counts are added up from cell groups:
	// those of a map of a whole commune.
	groupResolution = 8
	// maxGroup is how many households a cell group may have, so that a byte can count them.
	maxGroup = 255
)

// cellGroups divide each block of households by leaf and by cell of groupResolution. A window is counted by cell group;
// every area and every coarse cell is a sum of cell groups, so that all such groupings of a window share one pass over
// the households. Those of a block are in the order of their cells.
type cellGroups struct {
	ofHousehold []uint16 // of each household: its cell group, counted from the first of the block
	starts      []uint32 // of each block: its first cell group; one more for the end
	leaves      []uint32
	cells       []geo.Cell
	latest      []atomic.Pointer[snapshotCounts] // of each block, on its settled day
}

// blockGroups are the cell groups of one block while they are made.
type blockGroups struct {
	leaves []uint32
	cells  []geo.Cell
}

// cut makes the cell groups of the households of one block, and writes into of which is whose.
func (out *blockGroups) cut(cells []geo.Cell, leaves []uint32, of []uint16) {
	type open struct {
		leaf       uint32
		group      uint16
		households int
	}
	var opened []open // of the cell at hand
	var end geo.Cell  // its greatest base cell
	at := 0
	for i, leaf := range leaves {
		if cells[i] > end {
			_, end = cells[i].Parent(groupResolution).Span(geo.BaseResolution)
			opened, at = opened[:0], 0
		}
		if at >= len(opened) || opened[at].leaf != leaf {
			for at = 0; at < len(opened) && opened[at].leaf != leaf; at++ {
			}
			if at == len(opened) {
				opened = append(opened, open{leaf: leaf, households: maxGroup})
			}
		}
		o := &opened[at]
		if o.households == maxGroup {
			o.group, o.households = uint16(len(out.leaves)), 0
			out.leaves = append(out.leaves, leaf)
			out.cells = append(out.cells, cells[i].Parent(groupResolution))
		}
		o.households++
		of[i] = o.group
	}
}

// groupHouseholds makes the cell groups of all households, of which leaves has the areas.
func groupHouseholds(h *columns.Households, leaves *columns.AreaOf) *cellGroups {
	of, ofBlock := make([]uint16, h.Len()), make([]blockGroups, len(leaves.OfBlock))
	var group errgroup.Group
	group.SetLimit(columns.Workers())
	for n := range ofBlock {
		group.Go(func() error {
			lo, hi := n*columns.BlockSize, min((n+1)*columns.BlockSize, h.Len())
			ofBlock[n].cut(h.Cells[lo:hi], leaves.OfHousehold[lo:hi], of[lo:hi])
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	return newCellGroups(of, ofBlock)
}

// newCellGroups joins the cell groups of the blocks.
func newCellGroups(of []uint16, blocks []blockGroups) *cellGroups {
	all := 0
	for n := range blocks {
		all += len(blocks[n].leaves)
	}
	p := &cellGroups{
		ofHousehold: of, starts: make([]uint32, 1, len(blocks)+1),
		leaves: make([]uint32, 0, all), cells: make([]geo.Cell, 0, all),
		latest: make([]atomic.Pointer[snapshotCounts], len(blocks)),
	}
	for n := range blocks {
		p.leaves = append(p.leaves, blocks[n].leaves...)
		p.cells = append(p.cells, blocks[n].cells...)
		p.starts = append(p.starts, uint32(len(p.leaves)))
	}
	return p
}

// bytes is what the columns take; the counts kept with them are not among them.
func (p *cellGroups) bytes() int {
	return 2*cap(p.ofHousehold) + 4*cap(p.starts) + 4*cap(p.leaves) + 8*cap(p.cells) + 8*cap(p.latest)
}

// blockCounts is what a window holds of the cell groups of a block. It never changes once made.
type blockCounts struct {
	id     *columns.ID  // the block
	counts []groupCount // nil where the window holds all there was up to its last day
	*snapshotCounts
}

// groupCount is what a window holds of one cell group.
type groupCount struct {
	states uint64 // a byte for each bit of State
	visits uint32
}

// count returns what the window holds of cell group number at.
func (c *blockCounts) count(at int) groupCount {
	if c.counts == nil {
		return groupCount{c.groups[at].ever, c.groups[at].visited}
	}
	return c.counts[at]
}

const (
	countsOverhead   = 160 // of blockCounts with snapshotCounts
	groupCountBytes  = int(unsafe.Sizeof(groupCount{}))
	groupTotalsBytes = int(unsafe.Sizeof(groupTotals{}))
	skillBytes       = int(unsafe.Sizeof(skillCounts{}))
)

// bytes is what the counts take, without those that are shared.
func (c *blockCounts) bytes() int {
	n := countsOverhead + groupCountBytes*len(c.counts)
	if !c.shared {
		n += groupTotalsBytes*len(c.groups) + skillBytes*len(c.more)
	}
	return n
}

// scratch is what one goroutine needs to count blocks.
type scratch struct {
	windowScratch
	outcomes [columns.BlockSize]uint8 // all 0 between blocks
	ends     []uint16
	groupOf  [columns.BlockSize]uint16
}

// groupsOf returns the cell groups of the households of a block as an array, which an entry's
// place cannot be beyond.
func (s *scratch) groupsOf(of []uint16) *[columns.BlockSize]uint16 {
	if len(of) == columns.BlockSize {
		return (*[columns.BlockSize]uint16)(of)
	}
	copy(s.groupOf[:], of)
	return &s.groupOf
}

// countBlock counts what the window holds of the cell groups of block n: what holds on its last
// day, then the visits in it.
func (k *windowCache) countBlock(c *columns.Columns, n int, w window, ps *cellGroups, s *scratch) *blockCounts {
	b := c.Blocks[n]
	if !b.Dated() {
		s.scan(c, n, w)
		return sumByGroup(b, n, ps, &s.windowScratch)
	}
	if w.to >= b.LastChange {
		return countEntries(b, n, w, ps, latestCounts(c, n, ps, s), b.Final, s)
	}
	on := k.snapshots[n].Swap(nil) // ours alone until it is put back
	on = snapshotOn(c, n, w.to, ps, on, s)
	counts := countEntries(b, n, w, ps, on.counts.clone(), on.final, s)
	k.snapshots[n].Store(on)
	return counts
}

// sumByGroup adds up a scratch by cell group.
func sumByGroup(b *columns.Block, n int, ps *cellGroups, t *windowScratch) *blockCounts {
	count := int(ps.starts[n+1] - ps.starts[n])
	c := &blockCounts{id: b.ID, counts: make([]groupCount, count), snapshotCounts: newSnapshotCounts(b, count)}
	for i, group := range ps.ofHousehold[n*columns.BlockSize:][:len(b.Final)] {
		c.counts[group].states += spread[t.states[i]]
		c.counts[group].visits += uint32(t.visits[i])
		c.groups[group].lastVisit = max(c.groups[group].lastVisit, t.last[i])
		c.add(group, new(householdStatus),
			&householdStatus{state: t.states[i] & rules.Eligible, assessed: t.assessed[i], shown: t.shown[i]})
	}
	return c
}

// countEntries adds the visits of the window to what holds on its last day. final has the
// latest outcome of each household up to then.
func countEntries(b *columns.Block, n int, w window, ps *cellGroups, on *snapshotCounts, final []uint8,
	s *scratch) *blockCounts {
	if w.from <= b.First {
		return &blockCounts{id: b.ID, snapshotCounts: on}
	}
	of := s.groupsOf(ps.ofHousehold[n*columns.BlockSize:][:len(final)])
	holds := make([]groupCount, len(on.groups))
	for i := range holds {
		holds[i].states = on.groups[i].ever & eligible
	}
	outcomes := &s.outcomes
	whole, ends := b.Between(w.from, w.to, s.ends[:0])
	s.ends = ends
	for _, entries := range [2][]uint16{whole, ends} {
		for _, e := range entries {
			outcomes[e>>columns.EntryPlace] |= 1 << (e >> columns.EntryOutcome & columns.OutcomeMask)
			holds[of[e>>columns.EntryPlace]].visits += uint32(e >> columns.StepBits & 1)
		}
	}
	if len(whole)+len(ends) > len(final) {
		for i, last := range final {
			holds[of[i]].states += spread[stateTable[last&columns.OutcomeMask][outcomes[i]]&^rules.Eligible]
		}
		clear(outcomes[:len(final)])
	} else {
		// A household met again adds the state of no outcome: nothing.
		for _, entries := range [2][]uint16{whole, ends} {
			for _, e := range entries {
				i := e >> columns.EntryPlace
				holds[of[i]].states += spread[stateTable[final[i]&columns.OutcomeMask][outcomes[i]]&^rules.Eligible]
				outcomes[i] = 0
			}
		}
	}
	return &blockCounts{id: b.ID, counts: holds, snapshotCounts: on}
}
