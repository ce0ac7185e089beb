package coverage

import (
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// window is a span of days, both ends inclusive. A window without a beginning starts on
// day 0, before every visit.
type window struct{ from, to uint16 }

// scratch is what a window holds of each household of one block: what a scan writes and a
// grouping reads. It is some 10 kB, so that it stays in the cache nearest to the core.
type windowScratch struct {
	states   [columns.BlockSize]rules.State
	visits   [columns.BlockSize]uint16 // days with a visit in the window
	last     [columns.BlockSize]uint16 // latest day with a visit up to the window's end; 0: none
	assessed [columns.BlockSize]uint16 // of an eligible household: the skills it was assessed in, ever
	shown    [columns.BlockSize]uint16 // those of them that it showed when last assessed
}

// stateTable has the State of a household by the outcome of its latest visit up to the
// end of the window (0: none) and the set of outcomes it had in the window, a bit each. It
// turns the branches of the definitions into one look-up.
var stateTable = func() (table [columns.OutcomeMask + 1][1 << (columns.OutcomeMask + 1)]rules.State) {
	for last := range table {
		if o := data.Outcome(last); o == data.Moved || o == data.Ineligible {
			continue
		}
		for outcomes := range table[last] {
			table[last][outcomes] = rules.Eligible | rules.StateOf(data.Outcome(last), uint32(outcomes))
		}
	}
	return table
}()

// scan writes into the scratch what the window holds of each household of block n.
//
// A day's reports are one visit with the best outcome of the day. For the set of outcomes
// in the window that changes nothing but for the worse ones of a day, which decide nothing:
// a day with a completed visit is contacted as well. The latest visit up to the window's
// end is the latest in the window whenever there is one in it.
func (t *windowScratch) scan(c *columns.Columns, n int, w window) {
	b := c.Blocks[n]
	h := &c.Households
	households := len(b.Starts) - 1
	lo := n * columns.BlockSize
	registered, lastDays := h.Registered[lo:lo+households], h.LastDays[lo:lo+households]
	days, calls, assessedBy, shownBy := b.Days, b.Calls, b.Assessed, b.Shown
	v := uint32(0)
	for i := range households {
		end := b.Starts[i+1]
		var outcomes, best uint32
		var visits, last, assessed, shown uint16
		for ; v < end; v++ {
			day := days[v]
			if day > w.to {
				v = end
				break
			}
			a := assessedBy[v]
			assessed |= a
			shown = shown&^a | shownBy[v]
			outcome := calls[v] & columns.OutcomeMask
			if day != last {
				last, best = day, outcome
				if day >= w.from {
					visits++
				}
			} else if outcome > best {
				best = outcome
			}
			if day >= w.from {
				outcomes |= 1 << outcome
			}
		}
		state := stateTable[best&columns.OutcomeMask][outcomes&0xff]
		if registered[i] > w.to || lastDays[i] < w.to {
			state = 0
		}
		if state == 0 {
			assessed, shown = 0, 0
		}
		t.states[i], t.visits[i], t.last[i] = state, visits, last
		t.assessed[i], t.shown[i] = assessed, shown
	}
}
