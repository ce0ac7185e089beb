package windows

import (
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Window is a span of days, both ends inclusive. A window without a beginning starts on
// day 0, before every visit.
type Window struct{ From, To uint16 }

// Scratch has the state in a window of each household of one block: what a scan writes and a
// grouping reads. It is some 10 kB, so that it stays in the cache nearest to the core.
type Scratch struct {
	States   [columns.BlockSize]rules.State
	Visits   [columns.BlockSize]uint16 // days with a visit in the window
	Last     [columns.BlockSize]uint16 // latest day with a visit up to the window's end; 0: none
	Assessed [columns.BlockSize]uint16 // of an eligible household: the skills it was assessed in, ever
	Shown    [columns.BlockSize]uint16 // those of them that it showed when last assessed
}

// StateTable has the State of a household by the outcome of its latest visit up to the
// end of the window (0: none) and the set of outcomes it had in the window, a bit each. It
// turns the branches of the definitions into one look-up.
var StateTable = func() (table [columns.OutcomeMask + 1][1 << (columns.OutcomeMask + 1)]rules.State) {
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

// Scan writes into the scratch the state in the window of each household of block n.
//
// A day's reports are one visit with the best outcome of the day. For the set of outcomes
// in the window that changes nothing but for the worse ones of a day, which decide nothing:
// a day with a completed visit is contacted as well. The latest visit up to the window's
// end is the latest in the window whenever there is one in it.
func (t *Scratch) Scan(c *columns.Columns, n int, w Window) {
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
			if day > w.To {
				v = end
				break
			}
			a := assessedBy[v]
			assessed |= a
			shown = shown&^a | shownBy[v]
			outcome := calls[v] & columns.OutcomeMask
			if day != last {
				last, best = day, outcome
				if day >= w.From {
					visits++
				}
			} else if outcome > best {
				best = outcome
			}
			if day >= w.From {
				outcomes |= 1 << outcome
			}
		}
		state := StateTable[best&columns.OutcomeMask][outcomes&0xff]
		if registered[i] > w.To || lastDays[i] < w.To {
			state = 0
		}
		if state == 0 {
			assessed, shown = 0, 0
		}
		t.States[i], t.Visits[i], t.Last[i] = state, visits, last
		t.Assessed[i], t.Shown[i] = assessed, shown
	}
}
