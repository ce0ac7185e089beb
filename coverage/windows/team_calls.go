package windows

import (
	"math/bits"

	"tungnha/coverage/columns"
	"tungnha/data"
)

// TeamCalls is what one team did at one household: its own reports, those of one day merged.
type TeamCalls struct {
	Team     int32
	Outcomes uint32 // in the window, a bit each
	Best     uint32 // of the latest day up to the window's end
	Last     uint16 // that day
	Visits   uint16 // days in the window

	Revisits, RevisitsCompleted uint16 // of visits
	isRevisit                   bool   // the current visit is one, and not completed so far
}

// DayBits is a set of days of a window for each team.
type DayBits struct {
	from  uint16
	words int // of each team
	bits  []uint64
}

// NewDayBits makes room for the days on which there can have been visits.
func NewDayBits(c *columns.Columns, w Window) *DayBits {
	d := &DayBits{from: max(w.From, uint16(c.First))}
	if to := min(w.To, uint16(c.Last)); to >= d.from {
		d.words = int(to-d.from)/64 + 1
	}
	d.bits = make([]uint64, d.words*len(c.Teams))
	return d
}

func (d *DayBits) add(team int32, day uint16) {
	n := int(day - d.from)
	d.bits[int(team)*d.words+n/64] |= 1 << (n % 64)
}

// CountDays returns how many days of the team are in any of the sets.
func CountDays(sets []*DayBits, team int) (days uint32) {
	for word := range sets[0].words {
		var any uint64
		for _, d := range sets {
			any |= d.bits[team*d.words+word]
		}
		days += uint32(bits.OnesCount64(any))
	}
	return days
}

// CallsByTeam appends to calls what each team did at household i up to the window's end,
// and notes the days on which it did. Whether a visit is a revisit, the day before it on
// which anybody called decides, with the best outcome of that day.
func CallsByTeam(b *columns.Block, i int, w Window, calls []TeamCalls, worked *DayBits) []TeamCalls {
	var today uint16
	var best, before uint32 // of today's reports, by whatever team, and of those of the day before
	for v := b.Starts[i]; v < b.Starts[i+1] && b.Days[v] <= w.To; v++ {
		team, outcome, day := int32(b.Calls[v]>>columns.OutcomeBits), b.Calls[v]&columns.OutcomeMask, b.Days[v]
		if day != today {
			today, before, best = day, best, 0
		}
		best = max(best, outcome)
		// A household is visited by a handful of teams over the years: a linear search is
		// faster than any table.
		at := 0
		for at < len(calls) && calls[at].Team != team {
			at++
		}
		if at == len(calls) {
			calls = append(calls, TeamCalls{Team: team})
		}
		c := &calls[at]
		if day != c.Last {
			c.Last, c.Best, c.isRevisit = day, outcome, false
			if day >= w.From {
				c.Visits++
				worked.add(team, day)
				if c.isRevisit = before == uint32(data.Absent) || before == uint32(data.Partial); c.isRevisit {
					c.Revisits++
				}
			}
		} else if outcome > c.Best {
			c.Best = outcome
		}
		if day >= w.From {
			c.Outcomes |= 1 << outcome
			if c.isRevisit && outcome == uint32(data.Completed) {
				c.RevisitsCompleted++
				c.isRevisit = false
			}
		}
	}
	return calls
}
