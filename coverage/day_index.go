package coverage

import "tungnha/data"

// day index is what a block knows beforehand: its visits in order of the day, so that a window
// looks at those it holds and at no others, and the day from which on nothing about its
// households changes but with the window's beginning.
type dayIndex struct {
	lastChange uint16 // the latest day of a visit, a registration or a removal
	// final has, of each household, the best outcome of its latest day with a visit, 0 where
	// it has none, and notInRegistry for who is not in the registry on the day of the last change.
	final []uint8
	// entries are the visits in order of the day, but for those of one step of four days:
	// place of the household << 6 | outcome << 3 | first report of its day << 2 | day & 3.
	// nil where the block's days lie too far apart, or its visits are too many, for steps.
	entries []uint16
	steps   []uint16 // where the entries of a step begin, from that of the block's first day; one more for the end
	// registryChanges has a bit for each step in which a household joins the registry or leaves it;
	// the first and the last step are for all days before and after as well.
	registryChanges []uint64
}

const (
	dayIndexBytes = 2 // of a visit

	stepBits     = 2
	stepMask     = 1<<stepBits - 1
	entryFirst   = 1 << stepBits
	entryOutcome = stepBits + 1
	entryPlace   = entryOutcome + outcomeBits

	// notInRegistry is a final outcome of which no household is eligible.
	notInRegistry = uint8(data.Moved)
)

// buildDayIndex makes the day index of block n, whose visits are all in.
func (b *block) buildDayIndex(n int, h *households) {
	count, lo := len(b.starts)-1, n*blockSize
	registered, lastDays := h.registered[lo:lo+count], h.lastDays[lo:lo+count]
	b.lastChange = b.last
	for i := range count {
		b.lastChange = max(b.lastChange, registered[i])
		if lastDays[i] != stillThere {
			b.lastChange = max(b.lastChange, lastDays[i]+1)
		}
	}
	b.final = make([]uint8, count)
	for i := range count {
		var last uint16
		var best uint32
		for v := b.starts[i]; v < b.starts[i+1]; v++ {
			if outcome := b.calls[v] & outcomeMask; b.days[v] != last {
				last, best = b.days[v], outcome
			} else {
				best = max(best, outcome)
			}
		}
		b.final[i] = uint8(best)
		if lastDays[i] != stillThere {
			b.final[i] = notInRegistry
		}
	}
	b.sortByStep()
	if b.dated() && len(b.days) > 0 {
		b.registryChanges = make([]uint64, len(b.steps)/64+1)
		for i := range count {
			b.markRegistryChange(registered[i])
			if lastDays[i] != stillThere {
				b.markRegistryChange(lastDays[i] + 1)
			}
		}
	}
}

// markRegistryChange notes that the registry changes on the day.
func (b *block) markRegistryChange(day uint16) {
	step := b.step(day)
	b.registryChanges[step/64] |= 1 << (step % 64)
}

// step returns the step of a day, that of the block's first day being 0.
func (b *block) step(day uint16) int {
	return int(min(max(day, b.first), b.last)>>stepBits - b.first>>stepBits)
}

// mayChangeRegistry reports whether the registry may change on one of the days from the first, not
// inclusive, to the last.
func (b *block) mayChangeRegistry(first, last uint16) bool {
	if b.registryChanges == nil {
		return true
	}
	for step := b.step(first); step <= b.step(last); step++ {
		if b.registryChanges[step/64]>>(step%64)&1 != 0 {
			return true
		}
	}
	return false
}

// sortByStep sorts the visits by step.
func (b *block) sortByStep() {
	if len(b.days) == 0 || len(b.days) >= 1<<16 {
		return
	}
	first := b.first >> stepBits
	steps := int(b.last>>stepBits-first) + 1
	if steps > len(b.days)+64 {
		return
	}
	b.steps = make([]uint16, steps+1)
	for _, day := range b.days {
		b.steps[day>>stepBits-first+1]++
	}
	for s := range steps {
		b.steps[s+1] += b.steps[s]
	}
	next := append([]uint16(nil), b.steps...)
	b.entries = make([]uint16, len(b.days))
	for i := range len(b.starts) - 1 {
		var last uint16
		for v := b.starts[i]; v < b.starts[i+1]; v++ {
			day := b.days[v]
			entry := uint16(i)<<entryPlace | uint16(b.calls[v]&outcomeMask)<<entryOutcome | day&stepMask
			if day != last {
				entry, last = entry|entryFirst, day
			}
			step := &next[day>>stepBits-first]
			b.entries[*step] = entry
			*step++
		}
	}
}

// dated reports whether the entries hold the block's visits.
func (b *block) dated() bool { return len(b.entries) == len(b.days) }

// between returns the entries of the days from the first to the last, both inclusive. Those
// of steps that lie within only in part are copied behind ends.
func (b *block) between(first, last uint16, ends []uint16) (whole, cut []uint16) {
	if len(b.entries) == 0 || first > last || first > b.last || last < b.first {
		return nil, ends
	}
	first, last = max(first, b.first), min(last, b.last)
	base := b.first >> stepBits
	lo, hi := first>>stepBits-base, last>>stepBits-base
	from, to := b.steps[lo], b.steps[hi+1]
	if first > b.first || lo == hi && last < b.last {
		end := uint16(stepMask)
		if lo == hi {
			end = last & stepMask
		}
		from = b.steps[lo+1]
		ends = appendDays(ends, b.entries[b.steps[lo]:from], first&stepMask, end)
	}
	if last < b.last && from < to {
		to = b.steps[hi]
		ends = appendDays(ends, b.entries[to:b.steps[hi+1]], 0, last&stepMask)
	}
	return b.entries[from:to], ends
}

// appendDays appends the entries of one step from its day first to its day last.
func appendDays(dst, entries []uint16, first, last uint16) []uint16 {
	n := len(dst)
	dst = append(dst, entries...)
	for _, e := range entries {
		dst[n] = e // overwritten by the next one where this one is of another day
		n += int((uint32(e&stepMask-first) - uint32(last-first) - 1) >> 31)
	}
	return dst[:n]
}

// overhead is the bytes beside those of the visits.
func (a *dayIndex) overhead() int { return cap(a.final) + 2*cap(a.steps) + 8*cap(a.registryChanges) }
