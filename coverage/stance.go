package coverage

// stance is how the households of one block stand on a day, by their visits up to then.
type stance struct {
	of       *mark
	day      uint16
	latest   []uint8  // best outcome of the latest day with a visit; 0: none
	final    []uint8  // the same, but gone where the household is not in the register
	last     []uint16 // that day
	assessed []uint16 // the skills that the household was ever assessed in
	shown    []uint16 // those of them that it showed when last assessed
}

func newStance(households int) *stance {
	return &stance{
		latest: make([]uint8, households), final: make([]uint8, households), last: make([]uint16, households),
		assessed: make([]uint16, households), shown: make([]uint16, households),
	}
}

// moveTo returns how block n stands on the day, made from how it stood on another, which
// may be nil. A hand on a slider moves by days or weeks: then few households stand
// differently, those visited in between, and only they are looked at.
func (ix *Index) moveTo(n int, day uint16, on *stance, s *scratch) *stance {
	b := ix.blocks[n]
	if on == nil {
		on = newStance(len(b.final))
	}
	if on.of == b.mark && on.day == day {
		return on
	}
	between, ends := b.entries, s.ends[:0]
	if on.of == b.mark {
		between, ends = b.between(min(on.day, day)+1, max(on.day, day), ends)
		s.ends = ends
	}
	if on.of != b.mark || len(between)+len(ends) > len(b.final)/2 {
		for i := range b.final {
			b.stand(i, day, on)
		}
	} else {
		for _, entries := range [2][]uint16{between, ends} {
			for _, e := range entries {
				b.stand(int(e>>entryPlace), day, on)
			}
		}
	}
	on.of, on.day = b.mark, day
	return on
}

// countStance counts the parcels of block n as its households stand.
func (ix *Index) countStance(n int, ps *parcels, on *stance) *stanceCounts {
	b, h := ix.blocks[n], &ix.register.households
	lo, count := n*blockSize, len(b.final)
	registered, lastDays, of := h.registered[lo:][:count], h.lastDays[lo:][:count], ps.of[lo:][:count]
	c := newStanceCounts(b, int(ps.starts[n+1]-ps.starts[n]))
	for i, parcel := range of {
		final := on.latest[i]
		if registered[i] > on.day || lastDays[i] < on.day {
			final = gone
		}
		on.final[i] = final
		assessed, shown := on.assessed[i], on.shown[i]
		eligible := stateTable[final&outcomeMask][0] & Eligible
		if eligible == 0 {
			assessed, shown = 0, 0
		}
		c.eligible[parcel] += uint8(eligible)
		c.addHousehold(parcel, on.last[i], assessed, shown)
	}
	return c
}

// newStanceCounts returns counts of so many parcels of the block, all zero.
func newStanceCounts(b *block, parcels int) *stanceCounts {
	return &stanceCounts{
		of: b.mark, eligible: make([]uint8, parcels), last: make([]uint16, parcels), skills: make([]skillCounts, parcels),
	}
}

// addHousehold adds to a parcel the latest day with a visit and the skills of a household.
func (c *stanceCounts) addHousehold(parcel uint16, last, assessed, shown uint16) {
	c.last[parcel] = max(c.last[parcel], last)
	k := &c.skills[parcel]
	k.assessed += spread[assessed&0xff]
	k.shown += spread[shown&0xff]
	if assessed > 0xff {
		if c.more == nil {
			c.more = make([]skillCounts, len(c.skills))
		}
		c.more[parcel].assessed += spread[assessed>>8]
		c.more[parcel].shown += spread[shown>>8]
	}
}

// settledCounts returns how the parcels of block n stand on its settled day and ever
// after. They are counted once for each tree of areas.
func (ix *Index) settledCounts(n int, ps *parcels, s *scratch) *stanceCounts {
	b := ix.blocks[n]
	if kept := ps.settled[n].Load(); kept != nil && kept.of == b.mark {
		return kept
	}
	settled := ix.countStance(n, ps, ix.moveTo(n, b.settled, nil, s))
	settled.shared = true
	ps.settled[n].Store(settled)
	return settled
}

// stand writes how household i stands on the day. Nothing in the loop depends on the
// outcome of a comparison, for that is what would take the time: visits after the day are
// masked, and the latest day with its best outcome is the greatest of their pairs.
func (b *block) stand(i int, day uint16, on *stance) {
	lo, hi := b.starts[i], b.starts[i+1]
	days, calls, assessedBy, shownBy := b.days[lo:hi], b.calls[lo:hi], b.assessed[lo:hi], b.shown[lo:hi]
	calls, assessedBy, shownBy = calls[:len(days)], assessedBy[:len(days)], shownBy[:len(days)]
	var latest, assessed, shown uint32
	for v, on := range days {
		upTo := uint32((int32(on) - int32(day) - 1) >> 31) // all ones, or none
		latest = max(latest, (uint32(on)<<outcomeBits|calls[v]&outcomeMask)&upTo)
		a := uint32(assessedBy[v]) & upTo
		assessed |= a
		shown = shown&^a | uint32(shownBy[v])&upTo
	}
	on.latest[i], on.last[i] = uint8(latest&outcomeMask), uint16(latest>>outcomeBits)
	on.assessed[i], on.shown[i] = uint16(assessed), uint16(shown)
}
