package coverage

import "tungnha/coverage/rules"

// stance is how the households of one block stand on a day, by their visits up to then, and
// what their parcels add up to.
type stance struct {
	of         *mark
	parcels    *parcels
	day        uint16
	final      []uint8 // best outcome of the latest day with a visit, 0: none; gone where the household is not in the register
	households []householdStands
	counts     *stanceCounts
}

// householdStands is what one household adds to the counts of its parcel.
type householdStands struct {
	last     uint16      // the latest day with a visit
	assessed uint16      // where eligible: the skills it was ever assessed in
	shown    uint16      // those of them that it showed when last assessed
	state    rules.State // in the window from ever to the day
}

func newStance(households int) *stance {
	return &stance{final: make([]uint8, households), households: make([]householdStands, households)}
}

// placing puts the households of one block on a day.
type placing struct {
	*block
	on                   *stance
	day                  uint16
	of                   []uint16 // of each household: its parcel
	registered, lastDays []uint16
	fetched              uint32
}

func (ix *Index) placing(n int, day uint16, ps *parcels, on *stance) placing {
	b, h, lo := ix.blocks[n], &ix.register.households, n*blockSize
	count := len(b.final)
	return placing{
		block: b, on: on, day: day, of: ps.of[lo:][:count],
		registered: h.registered[lo:][:count], lastDays: h.lastDays[lo:][:count],
	}
}

// moveTo returns how block n stands on the day, made from how it stood on another, which
// may be nil. A hand on a slider moves by days or weeks: then few households stand
// differently, and only those visited, registered or removed in between are looked at.
func (ix *Index) moveTo(n int, day uint16, ps *parcels, on *stance, s *scratch) *stance {
	b := ix.blocks[n]
	if on == nil {
		on = newStance(len(b.final))
	}
	known := on.of == b.mark && on.parcels == ps
	if known && on.day == day {
		return on
	}
	st := ix.placing(n, day, ps, on)
	few := false
	if known {
		whole, cut := b.between(min(on.day, day)+1, max(on.day, day), s.ends[:0])
		s.ends = cut
		if few = len(whole)+len(cut) <= len(b.final)/2; few {
			st.move(whole, cut)
		}
	}
	if !few {
		on.counts = newStanceCounts(b, int(ps.starts[n+1]-ps.starts[n]))
		st.all()
	}
	on.of, on.parcels, on.day = b.mark, ps, day
	return on
}

// all puts every household on the day; the counts are all zero.
func (st *placing) all() {
	for i, parcel := range st.of {
		st.on.households[i] = householdStands{}
		st.on.counts.parcels[parcel].visited += st.again(i)
	}
}

// move moves the stance to the day by the visits in between.
func (st *placing) move(whole, cut []uint16) {
	on := st.on
	first, last, by := on.day, st.day, uint32(1)
	if back := st.day < on.day; back {
		first, last, by = st.day, on.day, ^uint32(0)
	}
	st.fetched = st.fetch(whole) + st.fetch(cut)
	for _, entries := range [2][]uint16{whole, cut} {
		for _, e := range entries {
			on.counts.parcels[st.of[e>>entryPlace]].visited += by * uint32(e>>stepBits&1)
			st.again(int(e >> entryPlace))
		}
	}
	if st.enrols(first, last) {
		for i := range st.of {
			// In the register from registered to lastDays: either changes what holds on the
			// days from first+1 to last.
			if st.registered[i]-first-1 < last-first || st.lastDays[i]-first < last-first {
				st.again(i)
			}
		}
	}
	if st.day < on.day {
		st.recede()
	}
}

// fetch reads what again will need of the households of the entries. Read there, each would
// wait for the one before, whose visits end in a branch that is guessed wrong.
func (st *placing) fetch(entries []uint16) (sum uint32) {
	b := st.block
	for _, e := range entries {
		i := e >> entryPlace
		v := b.starts[i]
		sum += uint32(b.days[v]) + b.calls[v] + uint32(b.assessed[v]) + uint32(b.shown[v]) +
			uint32(st.registered[i]) + uint32(st.lastDays[i]) + uint32(st.on.households[i].last) + uint32(st.on.final[i])
	}
	return sum
}

// again puts a household on the day that is counted as it stood before, and returns on how
// many days it had been visited.
func (st *placing) again(i int) (visits uint32) {
	h, parcel := &st.on.households[i], st.of[i]
	before := *h
	visits = st.stand(i, h)
	p := &st.on.counts.parcels[parcel]
	p.last = max(p.last, h.last)
	st.on.counts.add(parcel, &before, h)
	return visits
}

// stand writes how household i stands on the day, and counts its visits. Nothing in the loop depends on the outcome of a comparison, for that is what
// would take the time: visits after the day are masked, and the latest day with its best
// outcome is the greatest of their pairs.
func (st *placing) stand(i int, h *householdStands) (visits uint32) {
	b := st.block
	lo, hi := b.starts[i], b.starts[i+1]
	days, calls, assessedBy, shownBy := b.days[lo:hi], b.calls[lo:hi], b.assessed[lo:hi], b.shown[lo:hi]
	calls, assessedBy, shownBy = calls[:len(days)], assessedBy[:len(days)], shownBy[:len(days)]
	var latest, assessed, shown, outcomes uint32
	for v, day := range days {
		upTo := uint32((int32(day) - int32(st.day) - 1) >> 31) // all ones, or none
		outcome := calls[v] & outcomeMask
		// Days come in order: one that is greater than all before is a new one.
		visits += (latest>>outcomeBits - uint32(day)) >> 31 & upTo
		latest = max(latest, (uint32(day)<<outcomeBits|outcome)&upTo)
		outcomes |= 1 << outcome & upTo
		a := uint32(assessedBy[v]) & upTo
		assessed |= a
		shown = shown&^a | uint32(shownBy[v])&upTo
	}
	final := uint8(latest & outcomeMask)
	if st.registered[i] > st.day || st.lastDays[i] < st.day {
		final = gone
	}
	st.on.final[i] = final
	h.last, h.state = uint16(latest>>outcomeBits), stateTable[final&outcomeMask][outcomes&0xff]
	if h.state == 0 {
		assessed, shown = 0, 0
	}
	h.assessed, h.shown = uint16(assessed), uint16(shown)
	return visits
}

// stanceCounts is how the parcels of a block stand on a window's last day, whatever its
// first.
type stanceCounts struct {
	of      *mark
	shared  bool // by all windows that end on the settled day or later
	parcels []parcelStands
	more    []skillCounts // of skills 8 to 15; nil where none of these was looked at
}

// parcelStands has the counts of one parcel. A byte of a word counts one bit of State, or
// one of eight skills.
type parcelStands struct {
	ever    uint64 // states of the window from ever to the day
	skills  skillCounts
	visited uint32 // visits up to the day
	last    uint16 // the latest day with a visit; 0: none
}

// skillCounts has a byte for each of eight skills.
type skillCounts struct{ assessed, shown uint64 }

// eligible has the byte of a word of states that counts who is eligible.
const eligible = 0xff

// newStanceCounts returns counts of so many parcels of the block, all zero.
func newStanceCounts(b *block, parcels int) *stanceCounts {
	return &stanceCounts{of: b.mark, parcels: make([]parcelStands, parcels)}
}

// clone returns a copy, for a stance goes on to change its own.
func (c *stanceCounts) clone() *stanceCounts {
	return &stanceCounts{of: c.of, parcels: append([]parcelStands(nil), c.parcels...), more: append([]skillCounts(nil), c.more...)}
}

// add replaces, in the counts of a parcel, what a household added before. The sums of a
// byte never leave it, so that words may be added and subtracted whole.
func (c *stanceCounts) add(parcel uint16, before, now *householdStands) {
	p := &c.parcels[parcel]
	p.ever += spread[now.state] - spread[before.state]
	p.skills.assessed += spread[now.assessed&0xff] - spread[before.assessed&0xff]
	p.skills.shown += spread[now.shown&0xff] - spread[before.shown&0xff]
	if (now.assessed|before.assessed)>>8 == 0 {
		return
	}
	if c.more == nil {
		c.more = make([]skillCounts, len(c.parcels))
	}
	c.more[parcel].assessed += spread[now.assessed>>8] - spread[before.assessed>>8]
	c.more[parcel].shown += spread[now.shown>>8] - spread[before.shown>>8]
}

// recede finds the latest days anew where one lies behind the day: from there back through
// the visits in order of the day, until each such parcel was met.
func (st *placing) recede() {
	parcels, open := st.on.counts.parcels, 0
	for i := range parcels {
		if parcels[i].last > st.day {
			parcels[i].last = 0
			open++
		}
	}
	if open == 0 || st.day < st.first {
		return
	}
	base := st.first >> stepBits
	for step := st.step(st.day); step >= 0 && open > 0; step-- {
		begin := (base + uint16(step)) << stepBits
		for _, e := range st.entries[st.steps[step]:st.steps[step+1]] {
			day, p := begin|e&stepMask, &parcels[st.of[e>>entryPlace]]
			if day > p.last && day <= st.day {
				if p.last == 0 {
					open--
				}
				p.last = day
			}
		}
	}
}

// settledCounts returns how the parcels of block n stand on its settled day and ever
// after. They are counted once for each tree of areas.
func (ix *Index) settledCounts(n int, ps *parcels, s *scratch) *stanceCounts {
	b := ix.blocks[n]
	if kept := ps.settled[n].Load(); kept != nil && kept.of == b.mark {
		return kept
	}
	settled := ix.moveTo(n, b.settled, ps, nil, s).counts
	settled.shared = true
	ps.settled[n].Store(settled)
	return settled
}
