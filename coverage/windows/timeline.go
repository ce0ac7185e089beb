package windows

import (
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// trendCount is the count of one key in one period.
//
// What is true at the end of a period and of those after it, until it changes, is written
// as a difference in the period of the change: Households, Assessed, Shown and
// reachedSoFar. accumulate turns the differences into counts. They may be below zero,
// which unsigned numbers bear as long as the sums do not.
type TrendCount struct {
	rules.Count
	NewlyReached uint32 // reached in the period and not before in the window
	ReachedSoFar uint32 // reached in the window up to the period's end

	// What a visit changes of eight skills, a byte each, until settle adds it to Assessed and
	// Shown: loops over bits, whose ends no processor can foresee, take twice as long.
	assessedUp, shownUp, shownDown uint64
	pending                        uint8 // households in them
}

// grow adds the skills, a bit each, that a household was newly assessed in, newly showed,
// and no longer showed.
func (c *TrendCount) grow(assessed, shown, lost uint16) {
	c.assessedUp += Spread[assessed&0xff]
	c.shownUp += Spread[shown&0xff]
	c.shownDown += Spread[lost&0xff]
	if c.pending++; c.pending == MaxBytes {
		c.Settle()
	}
	if (assessed|shown|lost)>>8 != 0 {
		addBits(&c.Assessed, assessed&^0xff, 1)
		addBits(&c.Shown, shown&^0xff, 1)
		addBits(&c.Shown, lost&^0xff, ^uint32(0))
	}
}

func (c *TrendCount) Settle() {
	for i := range 8 {
		c.Assessed[i] += uint32(c.assessedUp >> (8 * i) & 0xff)
		c.Shown[i] += uint32(c.shownUp>>(8*i)&0xff) - uint32(c.shownDown>>(8*i)&0xff)
	}
	c.assessedUp, c.shownUp, c.shownDown, c.pending = 0, 0, 0, 0
}

// Timeline is a window, or a part of it, cut into periods.
type Timeline struct {
	Window Window
	Since  uint16      // the day from which a completed visit counts as reached so far
	Begins []data.Date // of each period: its first day in the calendar
	Ends   []uint16    // of each period: its last day within the window
	OfDay  []uint16    // of each day of the window: its period
}

// Part returns the periods from lo up to hi, hi not among them.
func (t *Timeline) Part(lo, hi int) *Timeline {
	part := &Timeline{Window: Window{From: t.Window.From, To: t.Ends[hi-1]}, Since: t.Since,
		Begins: t.Begins[lo:hi], Ends: t.Ends[lo:hi]}
	if lo > 0 {
		part.Window.From = t.Ends[lo-1] + 1
	}
	for _, period := range t.OfDay[part.Window.From-t.Window.From : part.Window.To-t.Window.From+1] {
		part.OfDay = append(part.OfDay, period-uint16(lo))
	}
	return part
}

// state is what a household adds to each period from a change of it to the next.
type periodState struct {
	eligible, reached bool // reached: in the window, so far
	assessed, shown   uint16
}

// enter adds a state from the period on.
func (c *TrendCount) enter(s periodState) {
	if !s.eligible {
		return
	}
	c.Households++
	if s.reached {
		c.ReachedSoFar++
	}
	if s.assessed != 0 {
		c.grow(s.assessed, s.shown, 0)
	}
}

// leave takes a state away from the period on.
func (c *TrendCount) leave(s periodState) {
	if !s.eligible {
		return
	}
	c.Households--
	if s.reached {
		c.ReachedSoFar--
	}
	addBits(&c.Assessed, s.assessed, ^uint32(0))
	addBits(&c.Shown, s.shown, ^uint32(0))
}

func addBits(counts *[data.MaxSkills]uint32, bits uint16, sign uint32) {
	for i := 0; bits != 0; i, bits = i+1, bits>>1 {
		counts[i] += sign * uint32(bits&1)
	}
}

// change moves the count from one state to another, of which little differs mostly.
func (c *TrendCount) change(from, to periodState) {
	if from.eligible != to.eligible {
		c.leave(from)
		c.enter(to)
		return
	}
	if !to.eligible || from == to {
		return
	}
	if to.reached && !from.reached {
		c.ReachedSoFar++
	}
	c.grow(to.assessed&^from.assessed, to.shown&^from.shown, from.shown&^to.shown)
}

// registered returns the first and the last period at whose end a household is in the
// registry; first is beyond last where there is none.
func (t *Timeline) registered(from, to uint16) (first, last int) {
	switch {
	case from > t.Window.To:
		return len(t.Ends), -1
	case from > t.Window.From:
		first = int(t.OfDay[from-t.Window.From])
	}
	switch {
	case to >= t.Window.To:
		return first, len(t.Ends) - 1
	case to < t.Window.From:
		return first, -1
	}
	last = int(t.OfDay[to-t.Window.From])
	if t.Ends[last] > to {
		last--
	}
	return first, last
}

// AddHousehold adds household i of the block to the counts of its key: one walk over its
// visits, period by period. A day's reports are one visit with the best outcome of the
// day, as in scan.
func (t *Timeline) AddHousehold(counts []TrendCount, b *columns.Block, i int, registered, lastDay uint16) {
	first, last := t.registered(registered, lastDay)
	v, end := b.Starts[i], b.Starts[i+1]
	var now periodState // after the visits so far
	var best uint32     // of the latest day so far
	var day uint16
	read := func() {
		now.assessed |= b.Assessed[v]
		now.shown = now.shown&^b.Assessed[v] | b.Shown[v]
		if outcome := b.Calls[v] & columns.OutcomeMask; b.Days[v] != day {
			day, best = b.Days[v], outcome
		} else if outcome > best {
			best = outcome
		}
	}
	for ; v < end && b.Days[v] < t.Window.From; v++ {
		read()
		now.reached = now.reached || day >= t.Since && best == uint32(data.Completed)
	}
	now.eligible = StateTable[best][0] != 0
	if day > 0 {
		counts[0].LastVisit = max(counts[0].LastVisit, data.Date(day))
	}
	var added periodState // the state that is in the counts of the period before
	entered := false
	for v < end && b.Days[v] <= t.Window.To {
		period := int(t.OfDay[b.Days[v]-t.Window.From])
		c := &counts[period]
		if !entered && first < period && first <= last {
			counts[first].enter(now)
			added, entered = now, true
		}
		var outcomes uint32
		for ; v < end && b.Days[v] <= t.Ends[period]; v++ {
			if b.Days[v] != day {
				c.Visits++
			}
			read()
			outcomes |= 1 << (b.Calls[v] & columns.OutcomeMask)
		}
		c.LastVisit = max(c.LastVisit, data.Date(day))
		before := now.reached
		now.reached = before || outcomes&(1<<data.Completed) != 0
		state := StateTable[best][outcomes]
		now.eligible = state != 0
		if period < first || period > last {
			continue
		}
		if state != 0 {
			c.Attempted++
			c.Contacted += uint32(state & rules.Contacted / rules.Contacted)
			c.Reached += uint32(state & rules.Reached / rules.Reached)
			c.RevisitDue += uint32(state & rules.RevisitDue / rules.RevisitDue)
			if now.reached && !before {
				c.NewlyReached++
			}
		}
		c.change(added, now)
		added, entered = now, true
	}
	if first > last {
		return
	}
	if !entered {
		counts[first].enter(now)
		added = now
	}
	if last+1 < len(counts) {
		counts[last+1].leave(added)
	}
}

// Accumulate turns differences into counts.
func Accumulate(counts []TrendCount) {
	for p := 1; p < len(counts); p++ {
		c, before := &counts[p], &counts[p-1]
		c.Households += before.Households
		c.ReachedSoFar += before.ReachedSoFar
		c.LastVisit = max(c.LastVisit, before.LastVisit)
		for i := range c.Assessed {
			c.Assessed[i] += before.Assessed[i]
			c.Shown[i] += before.Shown[i]
		}
	}
}
