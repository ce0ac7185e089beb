package windows

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

const (
	// GroupResolution is that of the finest cells whose counts are added up from cell groups:
	// those of a map of a whole commune.
	GroupResolution = 8
	// maxGroup is how many households a cell group may have, so that a byte can count them.
	maxGroup = 255
)

// Groups divide each block of households by leaf and by cell of groupResolution. A window is counted by cell group;
// every area and every coarse cell is a sum of cell groups, so that all such groupings of a window share one pass over
// the households. Those of a block are in the order of their cells.
type Groups struct {
	ofHousehold []uint16 // of each household: its cell group, counted from the first of the block
	Starts      []uint32 // of each block: its first cell group; one more for the end
	Leaves      []uint32
	Cells       []geo.Cell
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
	var opened []open // of the current cell
	var end geo.Cell  // its greatest base cell
	at := 0
	for i, leaf := range leaves {
		if cells[i] > end {
			_, end = cells[i].Parent(GroupResolution).Span(geo.BaseResolution)
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
			out.cells = append(out.cells, cells[i].Parent(GroupResolution))
		}
		o.households++
		of[i] = o.group
	}
}

// groupHouseholds makes the cell groups of all households, of which leaves has the areas.
func groupHouseholds(h *columns.Households, leaves *columns.AreaOf) *Groups {
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
func newCellGroups(of []uint16, blocks []blockGroups) *Groups {
	all := 0
	for n := range blocks {
		all += len(blocks[n].leaves)
	}
	p := &Groups{
		ofHousehold: of, Starts: make([]uint32, 1, len(blocks)+1),
		Leaves: make([]uint32, 0, all), Cells: make([]geo.Cell, 0, all),
		latest: make([]atomic.Pointer[snapshotCounts], len(blocks)),
	}
	for n := range blocks {
		p.Leaves = append(p.Leaves, blocks[n].leaves...)
		p.Cells = append(p.Cells, blocks[n].cells...)
		p.Starts = append(p.Starts, uint32(len(p.Leaves)))
	}
	return p
}

// Len returns how many cell groups there are.
func (p *Groups) Len() int { return len(p.Leaves) }

// bytes is what the columns take; the counts kept with them are not among them.
func (p *Groups) bytes() int {
	return 2*cap(p.ofHousehold) + 4*cap(p.Starts) + 4*cap(p.Leaves) + 8*cap(p.Cells) + 8*cap(p.latest)
}

// BlockCounts is what a window has of the cell groups of a block. It never changes once made.
type BlockCounts struct {
	id     *columns.ID  // the block
	counts []groupCount // nil where the window has all there was up to its last day
	*snapshotCounts
}

// groupCount is what a window has of one cell group.
type groupCount struct {
	states uint64 // a byte for each bit of State
	visits uint32
}

// count returns what the window has of cell group number at.
func (c *BlockCounts) count(at int) groupCount {
	if c.counts == nil {
		return groupCount{c.Groups[at].Ever, c.Groups[at].visited}
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
func (c *BlockCounts) bytes() int {
	n := countsOverhead + groupCountBytes*len(c.counts)
	if !c.shared {
		n += groupTotalsBytes*len(c.Groups) + skillBytes*len(c.more)
	}
	return n
}

// blockScratch is what one goroutine needs to count blocks.
type blockScratch struct {
	Scratch
	outcomes [columns.BlockSize]uint8 // all 0 between blocks
	ends     []uint16
	groupOf  [columns.BlockSize]uint16
}

// groupsOf returns the cell groups of the households of a block as an array, which an entry's
// place cannot be beyond.
func (s *blockScratch) groupsOf(of []uint16) *[columns.BlockSize]uint16 {
	if len(of) == columns.BlockSize {
		return (*[columns.BlockSize]uint16)(of)
	}
	copy(s.groupOf[:], of)
	return &s.groupOf
}

// countBlock counts what the window has of the cell groups of block n: what is valid on its last
// day, then the visits in it.
func (k *Cache) countBlock(c *columns.Columns, n int, w Window, ps *Groups, s *blockScratch) *BlockCounts {
	b := c.Blocks[n]
	if !b.Dated() {
		s.Scan(c, n, w)
		return sumByGroup(b, n, ps, &s.Scratch)
	}
	if w.To >= b.LastChange {
		return countEntries(b, n, w, ps, latestCounts(c, n, ps, s), b.Final, s)
	}
	on := k.snapshots[n].Swap(nil) // ours alone until it is put back
	on = snapshotOn(c, n, w.To, ps, on, s)
	counts := countEntries(b, n, w, ps, on.counts.clone(), on.final, s)
	k.snapshots[n].Store(on)
	return counts
}

// sumByGroup adds up a scratch by cell group.
func sumByGroup(b *columns.Block, n int, ps *Groups, t *Scratch) *BlockCounts {
	count := int(ps.Starts[n+1] - ps.Starts[n])
	c := &BlockCounts{id: b.ID, counts: make([]groupCount, count), snapshotCounts: newSnapshotCounts(b, count)}
	for i, group := range ps.ofHousehold[n*columns.BlockSize:][:len(b.Final)] {
		c.counts[group].states += Spread[t.States[i]]
		c.counts[group].visits += uint32(t.Visits[i])
		c.Groups[group].lastVisit = max(c.Groups[group].lastVisit, t.Last[i])
		c.add(group, new(householdStatus),
			&householdStatus{state: t.States[i] & rules.Eligible, assessed: t.Assessed[i], shown: t.Shown[i]})
	}
	return c
}

// countEntries adds the visits of the window to what is valid on its last day. final has the
// latest outcome of each household up to then.
func countEntries(b *columns.Block, n int, w Window, ps *Groups, on *snapshotCounts, final []uint8,
	s *blockScratch) *BlockCounts {
	if w.From <= b.First {
		return &BlockCounts{id: b.ID, snapshotCounts: on}
	}
	of := s.groupsOf(ps.ofHousehold[n*columns.BlockSize:][:len(final)])
	holds := make([]groupCount, len(on.Groups))
	for i := range holds {
		holds[i].states = on.Groups[i].Ever & Eligible
	}
	outcomes := &s.outcomes
	whole, ends := b.Between(w.From, w.To, s.ends[:0])
	s.ends = ends
	for _, entries := range [2][]uint16{whole, ends} {
		for _, e := range entries {
			outcomes[e>>columns.EntryPlace] |= 1 << (e >> columns.EntryOutcome & columns.OutcomeMask)
			holds[of[e>>columns.EntryPlace]].visits += uint32(e >> columns.StepBits & 1)
		}
	}
	if len(whole)+len(ends) > len(final) {
		for i, last := range final {
			holds[of[i]].states += Spread[StateTable[last&columns.OutcomeMask][outcomes[i]]&^rules.Eligible]
		}
		clear(outcomes[:len(final)])
	} else {
		// A household met again adds the state of no outcome: nothing.
		for _, entries := range [2][]uint16{whole, ends} {
			for _, e := range entries {
				i := e >> columns.EntryPlace
				holds[of[i]].states += Spread[StateTable[final[i]&columns.OutcomeMask][outcomes[i]]&^rules.Eligible]
				outcomes[i] = 0
			}
		}
	}
	return &BlockCounts{id: b.ID, counts: holds, snapshotCounts: on}
}

// Spread puts bit i of a byte into byte i of a word, so that one addition counts eight bits.
var Spread = func() (table [256]uint64) {
	for b := range table {
		for bit := range 8 {
			table[b] |= uint64(b>>bit&1) << (8 * bit)
		}
	}
	return table
}()

// Served is a bit beside those of State: a team serves the household's hamlet.
const Served rules.State = 1 << 7

// MaxBytes is how many households a run can count before its bytes would overflow.
const MaxBytes = 255

// ByteCounter adds up households that follow each other under one key. Each byte of a word counts
// one bit: of the states, of the skills assessed, of those shown.
type ByteCounter struct {
	states, assessed, shown  uint64
	assessedHigh, shownHigh  uint64 // skills 8 to 15
	Households, visits, last uint32
}

// Add adds household i of the scratch, whose state may bear the bit served.
func (r *ByteCounter) Add(t *Scratch, i int, state rules.State) {
	a, s := t.Assessed[i], t.Shown[i]
	r.states += Spread[state]
	r.assessed += Spread[a&0xff]
	r.shown += Spread[s&0xff]
	r.assessedHigh += Spread[a>>8]
	r.shownHigh += Spread[s>>8]
	r.visits += uint32(t.Visits[i])
	r.last = max(r.last, uint32(t.Last[i]))
	r.Households++
}

// AddBits adds the bits of something that is no household of a scratch.
func (r *ByteCounter) AddBits(state rules.State, assessed, shown uint16) {
	r.states += Spread[state]
	r.assessed += Spread[assessed&0xff]
	r.shown += Spread[shown&0xff]
	r.assessedHigh += Spread[assessed>>8]
	r.shownHigh += Spread[shown>>8]
	r.Households++
}

// Counter is the count of one key while it is added up.
type Counter struct {
	rules.Count
	Served uint32 // eligible households whose hamlet a team serves
	Any    bool   // a household is registered here, eligible or not
}

// Flush moves the run into the group and empties it.
func (r *ByteCounter) Flush(g *Counter) {
	if r.Households == 0 {
		return
	}
	g.Any = true
	g.Households += uint32(r.states & 0xff)
	g.Attempted += uint32(r.states >> 8 & 0xff)
	g.Contacted += uint32(r.states >> 16 & 0xff)
	g.Reached += uint32(r.states >> 24 & 0xff)
	g.RevisitDue += uint32(r.states >> 32 & 0xff)
	g.Served += uint32(r.states >> 56)
	g.Visits += r.visits
	g.LastVisit = max(g.LastVisit, data.Date(r.last))
	for i := range 8 {
		g.Assessed[i] += uint32(r.assessed >> (8 * i) & 0xff)
		g.Shown[i] += uint32(r.shown >> (8 * i) & 0xff)
	}
	if r.assessedHigh != 0 {
		for i := range 8 {
			g.Assessed[8+i] += uint32(r.assessedHigh >> (8 * i) & 0xff)
			g.Shown[8+i] += uint32(r.shownHigh >> (8 * i) & 0xff)
		}
	}
	*r = ByteCounter{}
}

// AddGroup adds cell group number at of a block to the count.
func AddGroup(c *rules.Count, b *BlockCounts, at int) {
	p, holds := &b.Groups[at], b.count(at)
	c.Households += uint32(holds.states & 0xff)
	c.Attempted += uint32(holds.states >> 8 & 0xff)
	c.Contacted += uint32(holds.states >> 16 & 0xff)
	c.Reached += uint32(holds.states >> 24 & 0xff)
	c.RevisitDue += uint32(holds.states >> 32 & 0xff)
	c.Visits += holds.visits
	c.LastVisit = max(c.LastVisit, data.Date(p.lastVisit))
	p.skills.addTo(c, 0)
	if b.more != nil {
		b.more[at].addTo(c, 8)
	}
}

// addTo adds the skills to those of the count from the first on.
func (k skillCounts) addTo(c *rules.Count, first int) {
	assessed, shown := c.Assessed[first:first+8], c.Shown[first:first+8]
	for i, a, s := 0, k.assessed, k.shown; a != 0; i, a, s = i+1, a>>8, s>>8 {
		assessed[i] += uint32(a & 0xff)
		shown[i] += uint32(s & 0xff)
	}
}
