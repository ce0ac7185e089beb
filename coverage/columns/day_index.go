package columns

import "tungnha/data"

// dayIndex is what is computed of a block in advance: its visits in order of the day, so that a
// window reads those within it and no others, and the day from which on nothing about its
// households changes but with the window's beginning.
type dayIndex struct {
	LastChange uint16 // the latest day of a visit, a registration or a removal
	// Final has, of each household, the best outcome of its latest day with a visit, 0 where
	// it has none, and NotInRegistry for who is not in the registry on the day of the last change.
	Final []uint8
	// Entries are the visits in order of the day, but for those of one step of four days:
	// place of the household << 6 | outcome << 3 | first report of its day << 2 | day & 3.
	// nil where the block's days are too far apart, or its visits are too many, for steps.
	Entries []uint16
	Steps   []uint16 // where the entries of a step begin, from that of the block's first day; one more for the end
	// registryChanges has a bit for each step in which a household joins the registry or leaves it;
	// the first and the last step are for all days before and after as well.
	registryChanges []uint64
}

const (
	dayIndexBytes = 2 // of a visit

	StepBits     = 2
	StepMask     = 1<<StepBits - 1
	entryFirst   = 1 << StepBits
	EntryOutcome = StepBits + 1
	EntryPlace   = EntryOutcome + OutcomeBits

	// NotInRegistry is a final outcome of which no household is eligible.
	NotInRegistry = uint8(data.Moved)
)

// buildDayIndex makes the day index of block n, whose visits are all in.
func (b *Block) buildDayIndex(n int, h *Households) {
	count, lo := len(b.Starts)-1, n*BlockSize
	registered, lastDays := h.Registered[lo:lo+count], h.LastDays[lo:lo+count]
	b.LastChange = b.last
	for i := range count {
		b.LastChange = max(b.LastChange, registered[i])
		if lastDays[i] != stillThere {
			b.LastChange = max(b.LastChange, lastDays[i]+1)
		}
	}
	b.Final = make([]uint8, count)
	for i := range count {
		var last uint16
		var best uint32
		for v := b.Starts[i]; v < b.Starts[i+1]; v++ {
			if outcome := b.Calls[v] & OutcomeMask; b.Days[v] != last {
				last, best = b.Days[v], outcome
			} else {
				best = max(best, outcome)
			}
		}
		b.Final[i] = uint8(best)
		if lastDays[i] != stillThere {
			b.Final[i] = NotInRegistry
		}
	}
	b.sortByStep()
	if b.Dated() && len(b.Days) > 0 {
		b.registryChanges = make([]uint64, len(b.Steps)/64+1)
		for i := range count {
			b.markRegistryChange(registered[i])
			if lastDays[i] != stillThere {
				b.markRegistryChange(lastDays[i] + 1)
			}
		}
	}
}

// markRegistryChange notes that the registry changes on the day.
func (b *Block) markRegistryChange(day uint16) {
	step := b.Step(day)
	b.registryChanges[step/64] |= 1 << (step % 64)
}

// Step returns the step of a day, that of the block's first day being 0.
func (b *Block) Step(day uint16) int {
	return int(min(max(day, b.First), b.last)>>StepBits - b.First>>StepBits)
}

// MayChangeRegistry reports whether the registry may change on one of the days from the first, not
// inclusive, to the last.
func (b *Block) MayChangeRegistry(first, last uint16) bool {
	if b.registryChanges == nil {
		return true
	}
	for step := b.Step(first); step <= b.Step(last); step++ {
		if b.registryChanges[step/64]>>(step%64)&1 != 0 {
			return true
		}
	}
	return false
}

// sortByStep sorts the visits by step.
func (b *Block) sortByStep() {
	if len(b.Days) == 0 || len(b.Days) >= 1<<16 {
		return
	}
	first := b.First >> StepBits
	steps := int(b.last>>StepBits-first) + 1
	if steps > len(b.Days)+64 {
		return
	}
	b.Steps = make([]uint16, steps+1)
	for _, day := range b.Days {
		b.Steps[day>>StepBits-first+1]++
	}
	for s := range steps {
		b.Steps[s+1] += b.Steps[s]
	}
	next := append([]uint16(nil), b.Steps...)
	b.Entries = make([]uint16, len(b.Days))
	for i := range len(b.Starts) - 1 {
		var last uint16
		for v := b.Starts[i]; v < b.Starts[i+1]; v++ {
			day := b.Days[v]
			entry := uint16(i)<<EntryPlace | uint16(b.Calls[v]&OutcomeMask)<<EntryOutcome | day&StepMask
			if day != last {
				entry, last = entry|entryFirst, day
			}
			step := &next[day>>StepBits-first]
			b.Entries[*step] = entry
			*step++
		}
	}
}

// Dated reports whether the entries contain the block's visits.
func (b *Block) Dated() bool { return len(b.Entries) == len(b.Days) }

// Between returns the entries of the days from the first to the last, both inclusive. Those
// of steps that are within only in part are copied behind ends.
func (b *Block) Between(first, last uint16, ends []uint16) (whole, cut []uint16) {
	if len(b.Entries) == 0 || first > last || first > b.last || last < b.First {
		return nil, ends
	}
	first, last = max(first, b.First), min(last, b.last)
	base := b.First >> StepBits
	lo, hi := first>>StepBits-base, last>>StepBits-base
	from, to := b.Steps[lo], b.Steps[hi+1]
	if first > b.First || lo == hi && last < b.last {
		end := uint16(StepMask)
		if lo == hi {
			end = last & StepMask
		}
		from = b.Steps[lo+1]
		ends = appendDays(ends, b.Entries[b.Steps[lo]:from], first&StepMask, end)
	}
	if last < b.last && from < to {
		to = b.Steps[hi]
		ends = appendDays(ends, b.Entries[to:b.Steps[hi+1]], 0, last&StepMask)
	}
	return b.Entries[from:to], ends
}

// appendDays appends the entries of one step from its day first to its day last.
func appendDays(dst, entries []uint16, first, last uint16) []uint16 {
	n := len(dst)
	dst = append(dst, entries...)
	for _, e := range entries {
		dst[n] = e // overwritten by the next one where this one is of another day
		n += int((uint32(e&StepMask-first) - uint32(last-first) - 1) >> 31)
	}
	return dst[:n]
}

// overhead is the bytes beside those of the visits.
func (a *dayIndex) overhead() int { return cap(a.Final) + 2*cap(a.Steps) + 8*cap(a.registryChanges) }
