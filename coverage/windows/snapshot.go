package windows

import (
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
)

// snapshot is the status of the households of one block on a day, by their visits up to then, and the totals of their
// cell groups.
type snapshot struct {
	id         *columns.ID
	groups     *Groups
	day        uint16
	final      []uint8 // best outcome of the latest day with a visit, 0: none; columns.NotInRegistry
	households []householdStatus
	counts     *snapshotCounts
}

// householdStatus is what one household adds to the counts of its cell group.
type householdStatus struct {
	lastVisit uint16      // the latest day with a visit
	assessed  uint16      // where eligible: the skills it was ever assessed in
	shown     uint16      // those of them that it showed when last assessed
	state     rules.State // in the window from ever to the day
}

func newSnapshot(households int) *snapshot {
	return &snapshot{final: make([]uint8, households), households: make([]householdStatus, households)}
}

// snapshotUpdater brings the snapshot of one block to a day.
type snapshotUpdater struct {
	*columns.Block
	snapshot             *snapshot
	day                  uint16
	groupOf              []uint16 // of each household: its cell group
	registered, lastDays []uint16
	prefetched           uint32
}

func newSnapshotUpdater(c *columns.Columns, n int, day uint16, ps *Groups, on *snapshot) snapshotUpdater {
	b, h, lo := c.Blocks[n], &c.Households, n*columns.BlockSize
	count := len(b.Final)
	return snapshotUpdater{
		Block: b, snapshot: on, day: day, groupOf: ps.ofHousehold[lo:][:count],
		registered: h.Registered[lo:][:count], lastDays: h.LastDays[lo:][:count],
	}
}

// snapshotOn returns the state of block n on the day, made from that on another, which may be
// nil. A slider is moved by days or weeks: then few households are in another state, and only
// those visited, registered or removed in between are read.
func snapshotOn(c *columns.Columns, n int, day uint16, ps *Groups, on *snapshot, s *blockScratch) *snapshot {
	b := c.Blocks[n]
	if on == nil {
		on = newSnapshot(len(b.Final))
	}
	known := on.id == b.ID && on.groups == ps
	if known && on.day == day {
		return on
	}
	st := newSnapshotUpdater(c, n, day, ps, on)
	few := false
	if known {
		whole, cut := b.Between(min(on.day, day)+1, max(on.day, day), s.ends[:0])
		s.ends = cut
		if few = len(whole)+len(cut) <= len(b.Final)/2; few {
			st.moveByVisits(whole, cut)
		}
	}
	if !few {
		on.counts = newSnapshotCounts(b, int(ps.Starts[n+1]-ps.Starts[n]))
		st.recomputeAll()
	}
	on.id, on.groups, on.day = b.ID, ps, day
	return on
}

// recomputeAll puts every household on the day; the counts are all zero.
func (st *snapshotUpdater) recomputeAll() {
	for i, group := range st.groupOf {
		st.snapshot.households[i] = householdStatus{}
		st.snapshot.counts.Groups[group].visited += st.recompute(i)
	}
}

// moveByVisits moves the snapshot to the day by the visits in between.
func (st *snapshotUpdater) moveByVisits(whole, cut []uint16) {
	on := st.snapshot
	first, last, by := on.day, st.day, uint32(1)
	if back := st.day < on.day; back {
		first, last, by = st.day, on.day, ^uint32(0)
	}
	st.prefetched = st.prefetch(whole) + st.prefetch(cut)
	for _, entries := range [2][]uint16{whole, cut} {
		for _, e := range entries {
			on.counts.Groups[st.groupOf[e>>columns.EntryPlace]].visited += by * uint32(e>>columns.StepBits&1)
			st.recompute(int(e >> columns.EntryPlace))
		}
	}
	if st.MayChangeRegistry(first, last) {
		for i := range st.groupOf {
			// In the registry from registered to lastDays: either changes the state on the
			// days from first+1 to last.
			if st.registered[i]-first-1 < last-first || st.lastDays[i]-first < last-first {
				st.recompute(i)
			}
		}
	}
	if st.day < on.day {
		st.rewindLastVisit()
	}
}

// prefetch reads what again will need of the households of the entries. Read there, each would
// wait for the one before, whose visits end in a branch that is guessed wrong.
func (st *snapshotUpdater) prefetch(entries []uint16) (sum uint32) {
	b := st.Block
	for _, e := range entries {
		i := e >> columns.EntryPlace
		v := b.Starts[i]
		sum += uint32(b.Days[v]) + b.Calls[v] + uint32(b.Assessed[v]) + uint32(b.Shown[v]) +
			uint32(st.registered[i]) + uint32(st.lastDays[i]) +
			uint32(st.snapshot.households[i].lastVisit) + uint32(st.snapshot.final[i])
	}
	return sum
}

// recompute replaces a household's status in the counts by that on the day, and returns on how
// many days it had been visited by then.
func (st *snapshotUpdater) recompute(i int) (visits uint32) {
	h, group := &st.snapshot.households[i], st.groupOf[i]
	before := *h
	visits = st.householdStatus(i, h)
	p := &st.snapshot.counts.Groups[group]
	p.lastVisit = max(p.lastVisit, h.lastVisit)
	st.snapshot.counts.add(group, &before, h)
	return visits
}

// householdStatus writes the status of household i on the day, and counts its visits. The loop has no branches, which
// the processor would mispredict: visits after the day are masked, and the latest day with its best outcome is the
// greatest of their pairs.
func (st *snapshotUpdater) householdStatus(i int, h *householdStatus) (visits uint32) {
	b := st.Block
	lo, hi := b.Starts[i], b.Starts[i+1]
	days, calls, assessedBy, shownBy := b.Days[lo:hi], b.Calls[lo:hi], b.Assessed[lo:hi], b.Shown[lo:hi]
	calls, assessedBy, shownBy = calls[:len(days)], assessedBy[:len(days)], shownBy[:len(days)]
	var latest, assessed, shown, outcomes uint32
	for v, day := range days {
		upTo := uint32((int32(day) - int32(st.day) - 1) >> 31) // all ones, or none
		outcome := calls[v] & columns.OutcomeMask
		// Days come in order: one that is greater than all before is a new one.
		visits += (latest>>columns.OutcomeBits - uint32(day)) >> 31 & upTo
		latest = max(latest, (uint32(day)<<columns.OutcomeBits|outcome)&upTo)
		outcomes |= 1 << outcome & upTo
		a := uint32(assessedBy[v]) & upTo
		assessed |= a
		shown = shown&^a | uint32(shownBy[v])&upTo
	}
	final := uint8(latest & columns.OutcomeMask)
	if st.registered[i] > st.day || st.lastDays[i] < st.day {
		final = columns.NotInRegistry
	}
	st.snapshot.final[i] = final
	h.lastVisit, h.state = uint16(latest>>columns.OutcomeBits), StateTable[final&columns.OutcomeMask][outcomes&0xff]
	if h.state == 0 {
		assessed, shown = 0, 0
	}
	h.assessed, h.shown = uint16(assessed), uint16(shown)
	return visits
}

// snapshotCounts has the counts of the cell groups of a block on a window's last day, whatever
// its first.
type snapshotCounts struct {
	id     *columns.ID
	shared bool // by all windows that end on the settled day or later
	Groups []groupTotals
	more   []skillCounts // of skills 8 to 15; nil where none of these was looked at
}

// groupTotals has the counts of one cell group. A byte of a word counts one bit of State, or
// one of eight skills.
type groupTotals struct {
	Ever      uint64 // states of the window from ever to the day
	skills    skillCounts
	visited   uint32 // visits up to the day
	lastVisit uint16 // the latest day with a visit; 0: none
}

// skillCounts has a byte for each of eight skills.
type skillCounts struct{ assessed, shown uint64 }

// Eligible has the byte of a word of states that counts who is eligible.
const Eligible = 0xff

// newSnapshotCounts returns counts of so many cell groups of the block, all zero.
func newSnapshotCounts(b *columns.Block, groups int) *snapshotCounts {
	return &snapshotCounts{id: b.ID, Groups: make([]groupTotals, groups)}
}

// clone returns a copy, for a snapshot goes on to change its own.
func (c *snapshotCounts) clone() *snapshotCounts {
	return &snapshotCounts{id: c.id, Groups: append([]groupTotals(nil), c.Groups...),
		more: append([]skillCounts(nil), c.more...)}
}

// add replaces, in the counts of a cell group, what a household added before. The sums of a
// byte never leave it, so that words may be added and subtracted whole.
func (c *snapshotCounts) add(group uint16, before, now *householdStatus) {
	p := &c.Groups[group]
	p.Ever += Spread[now.state] - Spread[before.state]
	p.skills.assessed += Spread[now.assessed&0xff] - Spread[before.assessed&0xff]
	p.skills.shown += Spread[now.shown&0xff] - Spread[before.shown&0xff]
	if (now.assessed|before.assessed)>>8 == 0 {
		return
	}
	if c.more == nil {
		c.more = make([]skillCounts, len(c.Groups))
	}
	c.more[group].assessed += Spread[now.assessed>>8] - Spread[before.assessed>>8]
	c.more[group].shown += Spread[now.shown>>8] - Spread[before.shown>>8]
}

// rewindLastVisit finds the latest days again where one is after the day: from there back through
// the visits in order of the day, until each such cell group was met.
func (st *snapshotUpdater) rewindLastVisit() {
	groups, open := st.snapshot.counts.Groups, 0
	for i := range groups {
		if groups[i].lastVisit > st.day {
			groups[i].lastVisit = 0
			open++
		}
	}
	if open == 0 || st.day < st.First {
		return
	}
	base := st.First >> columns.StepBits
	for step := st.Step(st.day); step >= 0 && open > 0; step-- {
		begin := (base + uint16(step)) << columns.StepBits
		for _, e := range st.Entries[st.Steps[step]:st.Steps[step+1]] {
			day, p := begin|e&columns.StepMask, &groups[st.groupOf[e>>columns.EntryPlace]]
			if day > p.lastVisit && day <= st.day {
				if p.lastVisit == 0 {
					open--
				}
				p.lastVisit = day
			}
		}
	}
}

// latestCounts returns the counts of the cell groups of block n from its settled day on. They
// are counted once for each tree of areas.
func latestCounts(c *columns.Columns, n int, ps *Groups, s *blockScratch) *snapshotCounts {
	b := c.Blocks[n]
	if kept := ps.latest[n].Load(); kept != nil && kept.id == b.ID {
		return kept
	}
	settled := snapshotOn(c, n, b.LastChange, ps, nil, s).counts
	settled.shared = true
	ps.latest[n].Store(settled)
	return settled
}
