package coverage

import (
	"context"

	"tungnha/coverage/windows"

	"tungnha/coverage/columns"

	"tungnha/coverage/rules"
	"tungnha/coverage/suppress"
	"tungnha/data"
)

// trendCount is the count of one key in one period.
//
// What is true at the end of a period and of those after it, until it changes, is written
// as a difference in the period of the change: Households, Assessed, Shown and
// reachedSoFar. accumulate turns the differences into counts. They may be below zero,
// which unsigned numbers bear as long as the sums do not.
type trendCount struct {
	rules.Count
	newlyReached uint32 // reached in the period and not before in the window
	reachedSoFar uint32 // reached in the window up to the period's end

	// What a visit changes of eight skills, a byte each, until settle adds it to Assessed and
	// Shown: loops over bits, whose ends no processor can foresee, take twice as long.
	assessedUp, shownUp, shownDown uint64
	pending                        uint8 // households in them
}

// grow adds the skills, a bit each, that a household was newly assessed in, newly showed,
// and no longer showed.
func (c *trendCount) grow(assessed, shown, lost uint16) {
	c.assessedUp += windows.Spread[assessed&0xff]
	c.shownUp += windows.Spread[shown&0xff]
	c.shownDown += windows.Spread[lost&0xff]
	if c.pending++; c.pending == windows.MaxBytes {
		c.settle()
	}
	if (assessed|shown|lost)>>8 != 0 {
		addBits(&c.Assessed, assessed&^0xff, 1)
		addBits(&c.Shown, shown&^0xff, 1)
		addBits(&c.Shown, lost&^0xff, ^uint32(0))
	}
}

func (c *trendCount) settle() {
	for i := range 8 {
		c.Assessed[i] += uint32(c.assessedUp >> (8 * i) & 0xff)
		c.Shown[i] += uint32(c.shownUp>>(8*i)&0xff) - uint32(c.shownDown>>(8*i)&0xff)
	}
	c.assessedUp, c.shownUp, c.shownDown, c.pending = 0, 0, 0, 0
}

// timeline is a window, or a part of it, cut into periods.
type timeline struct {
	window windows.Window
	since  uint16      // the day from which a completed visit counts as reached so far
	begins []data.Date // of each period: its first day in the calendar
	ends   []uint16    // of each period: its last day within the window
	ofDay  []uint16    // of each day of the window: its period
}

// newTimeline cuts the days from one to another into periods. It gives up beyond most.
func newTimeline(by By, from, to data.Date, most int) (t *timeline, ok bool) {
	t = &timeline{window: windows.Window{From: uint16(from), To: uint16(to)}, since: uint16(from)}
	for begin := periodOf(by, from); begin <= to; begin = nextPeriod(by, begin) {
		if len(t.begins) == most {
			return nil, false
		}
		end := min(nextPeriod(by, begin)-1, to)
		for len(t.ofDay) <= int(end-from) {
			t.ofDay = append(t.ofDay, uint16(len(t.begins)))
		}
		t.begins, t.ends = append(t.begins, begin), append(t.ends, uint16(end))
	}
	return t, true
}

// part returns the periods from lo up to hi, hi not among them.
func (t *timeline) part(lo, hi int) *timeline {
	part := &timeline{window: windows.Window{From: t.window.From, To: t.ends[hi-1]}, since: t.since,
		begins: t.begins[lo:hi], ends: t.ends[lo:hi]}
	if lo > 0 {
		part.window.From = t.ends[lo-1] + 1
	}
	for _, period := range t.ofDay[part.window.From-t.window.From : part.window.To-t.window.From+1] {
		part.ofDay = append(part.ofDay, period-uint16(lo))
	}
	return part
}

// state is what a household adds to each period from a change of it to the next.
type periodState struct {
	eligible, reached bool // reached: in the window, so far
	assessed, shown   uint16
}

// enter adds a state from the period on.
func (c *trendCount) enter(s periodState) {
	if !s.eligible {
		return
	}
	c.Households++
	if s.reached {
		c.reachedSoFar++
	}
	if s.assessed != 0 {
		c.grow(s.assessed, s.shown, 0)
	}
}

// leave takes a state away from the period on.
func (c *trendCount) leave(s periodState) {
	if !s.eligible {
		return
	}
	c.Households--
	if s.reached {
		c.reachedSoFar--
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
func (c *trendCount) change(from, to periodState) {
	if from.eligible != to.eligible {
		c.leave(from)
		c.enter(to)
		return
	}
	if !to.eligible || from == to {
		return
	}
	if to.reached && !from.reached {
		c.reachedSoFar++
	}
	c.grow(to.assessed&^from.assessed, to.shown&^from.shown, from.shown&^to.shown)
}

// registered returns the first and the last period at whose end a household is in the
// registry; first is beyond last where there is none.
func (t *timeline) registered(from, to uint16) (first, last int) {
	switch {
	case from > t.window.To:
		return len(t.ends), -1
	case from > t.window.From:
		first = int(t.ofDay[from-t.window.From])
	}
	switch {
	case to >= t.window.To:
		return first, len(t.ends) - 1
	case to < t.window.From:
		return first, -1
	}
	last = int(t.ofDay[to-t.window.From])
	if t.ends[last] > to {
		last--
	}
	return first, last
}

// addHousehold adds household i of the block to the counts of its key: one walk over its
// visits, period by period. A day's reports are one visit with the best outcome of the
// day, as in scan.
func (t *timeline) addHousehold(counts []trendCount, b *columns.Block, i int, registered, lastDay uint16) {
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
	for ; v < end && b.Days[v] < t.window.From; v++ {
		read()
		now.reached = now.reached || day >= t.since && best == uint32(data.Completed)
	}
	now.eligible = windows.StateTable[best][0] != 0
	if day > 0 {
		counts[0].LastVisit = max(counts[0].LastVisit, data.Date(day))
	}
	var added periodState // what counts hold from the period before on
	entered := false
	for v < end && b.Days[v] <= t.window.To {
		period := int(t.ofDay[b.Days[v]-t.window.From])
		c := &counts[period]
		if !entered && first < period && first <= last {
			counts[first].enter(now)
			added, entered = now, true
		}
		var outcomes uint32
		for ; v < end && b.Days[v] <= t.ends[period]; v++ {
			if b.Days[v] != day {
				c.Visits++
			}
			read()
			outcomes |= 1 << (b.Calls[v] & columns.OutcomeMask)
		}
		c.LastVisit = max(c.LastVisit, data.Date(day))
		before := now.reached
		now.reached = before || outcomes&(1<<data.Completed) != 0
		state := windows.StateTable[best][outcomes]
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
				c.newlyReached++
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

// accumulate turns differences into counts.
func accumulate(counts []trendCount) {
	for p := 1; p < len(counts); p++ {
		c, before := &counts[p], &counts[p-1]
		c.Households += before.Households
		c.reachedSoFar += before.reachedSoFar
		c.LastVisit = max(c.LastVisit, before.LastVisit)
		for i := range c.Assessed {
			c.Assessed[i] += before.Assessed[i]
			c.Shown[i] += before.Shown[i]
		}
	}
}

// trend counts the households in the scope in all periods in one pass. keys says how many
// keys there are, keyOf the key of each leaf, which may be left nil where there is one
// key. The counts of key k in period p stand at k*periods + p.
func (ix *Index) trend(ctx context.Context, p *plan, t *timeline, keys int, keyOf []int32) ([]trendCount, error) {
	periods := len(t.ends)
	h := &ix.columns.Households
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) ([]trendCount, error) {
		counts := make([]trendCount, keys*periods)
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			b, lo := ix.columns.Blocks[n], n*columns.BlockSize
			for i := range len(b.Starts) - 1 {
				leaf := p.areaOf.OfHousehold[lo+i]
				if p.in != nil && !p.in[leaf] {
					continue
				}
				at := 0
				if keyOf != nil {
					at = int(keyOf[leaf]) * periods
				}
				t.addHousehold(counts[at:at+periods], b, i, h.Registered[lo+i], h.LastDays[lo+i])
			}
		}
		for i := range counts {
			counts[i].settle()
		}
		return counts, nil
	})
	if err != nil {
		return nil, err
	}
	counts := parts[0]
	for _, part := range parts[1:] {
		for i := range part {
			counts[i].Count.Add(&part[i].Count)
			counts[i].newlyReached += part[i].newlyReached
			counts[i].reachedSoFar += part[i].reachedSoFar
		}
	}
	for k := range keys {
		accumulate(counts[k*periods : (k+1)*periods])
	}
	return counts, nil
}

// maxTrendCounts is how many counts a pass over all areas may fill: with those of a period
// for each of 4,000 areas, 65 periods in 45 MB.
const maxTrendCounts = 1 << 18

// suppressPeriods decides each period by the tree of areas in that period.
func (ix *Index) suppressPeriods(ctx context.Context, p *plan, result *Result) error {
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	if p.roots == nil {
		// Nothing stands beside everything, so only smallness can hide it; that all parts
		// of it are 1 is of no interest where none of them is named.
		for i := range result.Rows {
			row := &result.Rows[i]
			for _, k := range counts {
				if rules.Small(*k.Of(&row.Count)) {
					row.Hidden |= k.Bit
				}
			}
			if rules.Small(row.NewlyReached) {
				row.Hidden |= rules.HiddenNewlyReached
			}
			if rules.Small(row.ReachedSoFar) {
				row.Hidden |= rules.HiddenReachedSoFar
			}
		}
		return nil
	}
	t, err := ix.timeline(p)
	if err != nil || t == nil {
		return err
	}
	whole := *p
	whole.roots, whole.in = nil, nil
	ix.prepare(&whole)
	leaves := len(p.boundaries.Areas) + 1
	keyOf := make([]int32, leaves)
	for leaf := range keyOf {
		keyOf[leaf] = int32(leaf)
	}
	table := suppress.NewAreas(p.boundaries)
	step := max(1, maxTrendCounts/leaves)
	for lo := 0; lo < len(t.ends); lo += step {
		part := t.part(lo, min(lo+step, len(t.ends)))
		trend, err := ix.trend(ctx, &whole, part, leaves, keyOf)
		if err != nil {
			return err
		}
		for i := range part.ends {
			at := func(leaf int) *trendCount { return &trend[leaf*len(part.ends)+i] }
			result.Rows[lo+i].Hidden = periodHidden(table, p, counts, at)
		}
	}
	return nil
}

// periodHidden returns what is hidden of the plan's scope in one period, of which the
// leaves have the counts.
func periodHidden(t *suppress.Areas, p *plan, counts []rules.HouseholdCount,
	leaf func(leaf int) *trendCount) rules.Hidden {
	t.Suppress(counts, func(l int) *rules.Count { return &leaf(l).Count })
	hidden := t.HiddenOf(p.roots)
	// What was reached before and newly are counts like any other: the table takes them in
	// the place of two of its own.
	newly := rules.HouseholdCount{Bit: rules.HiddenNewlyReached, Of: counts[1].Of}
	soFar := rules.HouseholdCount{Bit: rules.HiddenReachedSoFar, Of: counts[2].Of}
	var c rules.Count
	t.Suppress([]rules.HouseholdCount{newly, soFar}, func(l int) *rules.Count {
		*newly.Of(&c), *soFar.Of(&c) = leaf(l).newlyReached, leaf(l).reachedSoFar
		return &c
	})
	return hidden | t.HiddenOf(p.roots)
}
