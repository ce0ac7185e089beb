package coverage

import (
	"sync/atomic"
	"unsafe"

	"tungnha/coverage/rules"
	"tungnha/geo"
)

const (
	// parcelResolution is that of the finest cells whose counts are added up from parcels:
	// those of a map of a whole commune.
	parcelResolution = 8
	// maxParcel is how many households a parcel may have, so that a byte can count them.
	maxParcel = 255
)

// parcels cut each block of households by leaf and by cell of parcelResolution. What a
// window holds is counted parcel by parcel; every area and every coarse cell is a sum of
// parcels, so that all such groupings of a window share one pass over the households.
// Those of a block stand in the order of their cells.
type parcels struct {
	of      []uint16 // of each household: its parcel, counted from the first of the block
	starts  []uint32 // of each block: its first parcel; one more for the end
	leaves  []uint32
	cells   []geo.Cell
	settled []atomic.Pointer[stanceCounts] // of each block, on its settled day
}

// blockParcels are the parcels of one block while they are made.
type blockParcels struct {
	leaves []uint32
	cells  []geo.Cell
}

// cut makes the parcels of the households of one block, and writes into of which is whose.
func (out *blockParcels) cut(cells []geo.Cell, leaves []uint32, of []uint16) {
	type open struct {
		leaf       uint32
		parcel     uint16
		households int
	}
	var opened []open // of the cell at hand
	var end geo.Cell  // its greatest base cell
	at := 0
	for i, leaf := range leaves {
		if cells[i] > end {
			_, end = cells[i].Parent(parcelResolution).Span(geo.BaseResolution)
			opened, at = opened[:0], 0
		}
		if at >= len(opened) || opened[at].leaf != leaf {
			for at = 0; at < len(opened) && opened[at].leaf != leaf; at++ {
			}
			if at == len(opened) {
				opened = append(opened, open{leaf: leaf, households: maxParcel})
			}
		}
		o := &opened[at]
		if o.households == maxParcel {
			o.parcel, o.households = uint16(len(out.leaves)), 0
			out.leaves = append(out.leaves, leaf)
			out.cells = append(out.cells, cells[i].Parent(parcelResolution))
		}
		o.households++
		of[i] = o.parcel
	}
}

// newParcels joins the parcels of the blocks.
func newParcels(of []uint16, blocks []blockParcels) parcels {
	all := 0
	for n := range blocks {
		all += len(blocks[n].leaves)
	}
	p := parcels{
		of: of, starts: make([]uint32, 1, len(blocks)+1),
		leaves: make([]uint32, 0, all), cells: make([]geo.Cell, 0, all),
		settled: make([]atomic.Pointer[stanceCounts], len(blocks)),
	}
	for n := range blocks {
		p.leaves = append(p.leaves, blocks[n].leaves...)
		p.cells = append(p.cells, blocks[n].cells...)
		p.starts = append(p.starts, uint32(len(p.leaves)))
	}
	return p
}

// bytes is what the columns take; the counts kept with them are not among them.
func (p *parcels) bytes() int {
	return 2*cap(p.of) + 4*cap(p.starts) + 4*cap(p.leaves) + 8*cap(p.cells) + 8*cap(p.settled)
}

// blockCounts is what a window holds of the parcels of a block. It never changes once made.
type blockCounts struct {
	of     *mark         // the block
	window []parcelHolds // nil where the window holds all there was up to its last day
	*stanceCounts
}

// parcelHolds is what a window holds of one parcel.
type parcelHolds struct {
	states uint64 // a byte for each bit of State
	visits uint32
}

// holds returns what the window holds of parcel number at.
func (c *blockCounts) holds(at int) parcelHolds {
	if c.window == nil {
		return parcelHolds{c.parcels[at].ever, c.parcels[at].visited}
	}
	return c.window[at]
}

const (
	countsOverhead = 160 // of blockCounts with stanceCounts
	holdsBytes     = int(unsafe.Sizeof(parcelHolds{}))
	standsBytes    = int(unsafe.Sizeof(parcelStands{}))
	skillBytes     = int(unsafe.Sizeof(skillCounts{}))
)

// bytes is what the counts take, without those that are shared.
func (c *blockCounts) bytes() int {
	n := countsOverhead + holdsBytes*len(c.window)
	if !c.shared {
		n += standsBytes*len(c.parcels) + skillBytes*len(c.more)
	}
	return n
}

// scratch is what one goroutine needs to count blocks.
type scratch struct {
	tally
	outcomes [blockSize]uint8 // all 0 between blocks
	ends     []uint16
	of       [blockSize]uint16
}

// parcelsOf returns the parcels of the households of a block as an array, which an entry's
// place cannot be beyond.
func (s *scratch) parcelsOf(of []uint16) *[blockSize]uint16 {
	if len(of) == blockSize {
		return (*[blockSize]uint16)(of)
	}
	copy(s.of[:], of)
	return &s.of
}

// countBlock counts what the window holds of the parcels of block n: what holds on its last
// day, then the visits in it.
func (ix *Index) countBlock(n int, w window, ps *parcels, s *scratch) *blockCounts {
	b := ix.blocks[n]
	if !b.dated() {
		ix.scan(n, w, &s.tally)
		return b.addTally(n, ps, &s.tally)
	}
	if w.to >= b.settled {
		return b.countEntries(n, w, ps, ix.settledCounts(n, ps, s), b.final, s)
	}
	on := ix.register.cursors[n].Swap(nil) // ours alone until it is put back
	on = ix.moveTo(n, w.to, ps, on, s)
	counts := b.countEntries(n, w, ps, on.counts.clone(), on.final, s)
	ix.register.cursors[n].Store(on)
	return counts
}

// addTally adds up a tally by parcel.
func (b *block) addTally(n int, ps *parcels, t *tally) *blockCounts {
	count := int(ps.starts[n+1] - ps.starts[n])
	c := &blockCounts{of: b.mark, window: make([]parcelHolds, count), stanceCounts: newStanceCounts(b, count)}
	for i, parcel := range ps.of[n*blockSize:][:len(b.final)] {
		c.window[parcel].states += spread[t.states[i]]
		c.window[parcel].visits += uint32(t.visits[i])
		c.parcels[parcel].last = max(c.parcels[parcel].last, t.last[i])
		c.add(parcel, new(householdStands), &householdStands{state: t.states[i] & rules.Eligible, assessed: t.assessed[i], shown: t.shown[i]})
	}
	return c
}

// countEntries adds the visits of the window to what holds on its last day. final has the
// latest outcome of each household up to then.
func (b *block) countEntries(n int, w window, ps *parcels, stance *stanceCounts, final []uint8, s *scratch) *blockCounts {
	if w.from <= b.first {
		return &blockCounts{of: b.mark, stanceCounts: stance}
	}
	of := s.parcelsOf(ps.of[n*blockSize:][:len(final)])
	holds := make([]parcelHolds, len(stance.parcels))
	for i := range holds {
		holds[i].states = stance.parcels[i].ever & eligible
	}
	outcomes := &s.outcomes
	whole, ends := b.between(w.from, w.to, s.ends[:0])
	s.ends = ends
	for _, entries := range [2][]uint16{whole, ends} {
		for _, e := range entries {
			outcomes[e>>entryPlace] |= 1 << (e >> entryOutcome & outcomeMask)
			holds[of[e>>entryPlace]].visits += uint32(e >> stepBits & 1)
		}
	}
	if len(whole)+len(ends) > len(final) {
		for i, last := range final {
			holds[of[i]].states += spread[stateTable[last&outcomeMask][outcomes[i]]&^rules.Eligible]
		}
		clear(outcomes[:len(final)])
	} else {
		// A household met again adds the state of no outcome: nothing.
		for _, entries := range [2][]uint16{whole, ends} {
			for _, e := range entries {
				i := e >> entryPlace
				holds[of[i]].states += spread[stateTable[final[i]&outcomeMask][outcomes[i]]&^rules.Eligible]
				outcomes[i] = 0
			}
		}
	}
	return &blockCounts{of: b.mark, window: holds, stanceCounts: stance}
}
