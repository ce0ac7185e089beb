package coverage

import (
	"context"
	"math/bits"

	"tungnha/coverage/windows"

	"tungnha/coverage/columns"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// teamGroup is the count of one team while it is added up.
type teamGroup struct {
	rules.Count
	reachedByAny, reachedElsewhere uint32
	work                           rules.Work // but for DaysWorked
}

// teamCalls is what one team did at one household: its own reports, those of one day merged.
type teamCalls struct {
	team     int32
	outcomes uint32 // in the window, a bit each
	best     uint32 // of the latest day up to the window's end
	last     uint16 // that day
	visits   uint16 // days in the window

	revisits, revisitsCompleted uint16 // of visits
	isRevisit                   bool   // the visit at hand is one, and not completed so far
}

// dayBits is a set of days of a window for each team.
type dayBits struct {
	from  uint16
	words int // of each team
	bits  []uint64
}

// newDayBits makes room for the days on which there can have been visits.
func (ix *Index) newDayBits(w windows.Window) *dayBits {
	d := &dayBits{from: max(w.From, uint16(ix.columns.First))}
	if to := min(w.To, uint16(ix.columns.Last)); to >= d.from {
		d.words = int(to-d.from)/64 + 1
	}
	d.bits = make([]uint64, d.words*len(ix.columns.Teams))
	return d
}

func (d *dayBits) add(team int32, day uint16) {
	n := int(day - d.from)
	d.bits[int(team)*d.words+n/64] |= 1 << (n % 64)
}

// countDays returns how many days of the team are in any of the sets.
func countDays(sets []*dayBits, team int) (days uint32) {
	for word := range sets[0].words {
		var any uint64
		for _, d := range sets {
			any |= d.bits[team*d.words+word]
		}
		days += uint32(bits.OnesCount64(any))
	}
	return days
}

// byTeam answers a query by team. What a team did for its own hamlets is counted on their
// households; the visits it made, and the latest, on all households of the scope.
func (ix *Index) byTeam(ctx context.Context, p *plan) (*Result, error) {
	listed := ix.listedTeams(p)
	serving := make([][]int32, len(p.boundaries.Areas)+1) // of each leaf: the listed teams that serve it
	for t := range ix.columns.Teams {
		if listed[t] {
			for _, hamlet := range p.areaOf.ServedOn(int32(t), p.query.To) {
				serving[hamlet] = append(serving[hamlet], int32(t))
			}
		}
	}
	type part struct {
		teams []teamGroup
		total windows.Counter
		days  *dayBits
	}
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) (*part, error) {
		out := &part{teams: make([]teamGroup, len(ix.columns.Teams)), days: ix.newDayBits(p.window)}
		var t windows.Scratch
		var own []teamCalls
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t.Scan(ix.columns, n, p.window)
			leaves := p.areaOf.OfHousehold[n*columns.BlockSize:]
			var r windows.ByteCounter
			for i := range len(ix.columns.Blocks[n].Starts) - 1 {
				leaf := leaves[i]
				if p.in != nil && !p.in[leaf] {
					continue
				}
				r.Add(&t, i, t.States[i])
				if r.Households == windows.MaxBytes {
					r.Flush(&out.total)
				}
				own = callsByTeam(ix.columns.Blocks[n], i, p.window, own[:0], out.days)
				addToTeams(out.teams, serving[leaf], own, &t, i)
			}
			r.Flush(&out.total)
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	result := ix.newResult(p)
	result.Teams = ix.columns.Teams
	var days []*dayBits
	for _, part := range parts {
		result.Total.Count.Add(&part.total.Count)
		days = append(days, part.days)
	}
	for t := range ix.columns.Teams {
		if !listed[t] {
			continue
		}
		row := Row{Area: boundary.NoArea, Team: int32(t)}
		row.Work = &rules.Work{DaysWorked: countDays(days, t)}
		for _, part := range parts {
			g := &part.teams[t]
			row.Count.Add(&g.Count)
			row.ReachedByAny += g.reachedByAny
			row.ReachedElsewhere += g.reachedElsewhere
			row.Work.VisitsOutside += g.work.VisitsOutside
			row.Work.Revisits += g.work.Revisits
			row.Work.RevisitsCompleted += g.work.RevisitsCompleted
		}
		row.Flags = thresholdsOfTeam(ix.config, p.boundaries, &ix.columns.Teams[t]).TeamFlags(&ix.columns.Teams[t], &row.Count)
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// listedTeams marks the teams that have a row: those at work on the window's last day
// whose commune, or a hamlet of theirs, lies in the scope.
func (ix *Index) listedTeams(p *plan) []bool {
	listed := make([]bool, len(ix.columns.Teams))
	for t := range ix.columns.Teams {
		if !active(&ix.columns.Teams[t], p.query.To) {
			continue
		}
		if p.in == nil {
			listed[t] = true
			continue
		}
		if commune := p.boundaries.Find(ix.columns.Teams[t].CommuneCode); commune != boundary.NoArea && p.in[commune] {
			listed[t] = true
		}
		for _, hamlet := range p.areaOf.ServedOn(int32(t), p.query.To) {
			listed[t] = listed[t] || p.in[hamlet]
		}
	}
	return listed
}

// callsByTeam appends to calls what each team did at household i up to the window's end,
// and notes the days on which it did. Whether a visit is a revisit, the day before it on
// which anybody called decides, with the best outcome of that day.
func callsByTeam(b *columns.Block, i int, w windows.Window, calls []teamCalls, worked *dayBits) []teamCalls {
	var today uint16
	var best, before uint32 // of today's reports, by whatever team, and of those of the day before
	for v := b.Starts[i]; v < b.Starts[i+1] && b.Days[v] <= w.To; v++ {
		team, outcome, day := int32(b.Calls[v]>>columns.OutcomeBits), b.Calls[v]&columns.OutcomeMask, b.Days[v]
		if day != today {
			today, before, best = day, best, 0
		}
		best = max(best, outcome)
		// A household sees a handful of teams over the years: looking through them is
		// faster than any table.
		at := 0
		for at < len(calls) && calls[at].team != team {
			at++
		}
		if at == len(calls) {
			calls = append(calls, teamCalls{team: team})
		}
		c := &calls[at]
		if day != c.last {
			c.last, c.best, c.isRevisit = day, outcome, false
			if day >= w.From {
				c.visits++
				worked.add(team, day)
				if c.isRevisit = before == uint32(data.Absent) || before == uint32(data.Partial); c.isRevisit {
					c.revisits++
				}
			}
		} else if outcome > c.best {
			c.best = outcome
		}
		if day >= w.From {
			c.outcomes |= 1 << outcome
			if c.isRevisit && outcome == uint32(data.Completed) {
				c.revisitsCompleted++
				c.isRevisit = false
			}
		}
	}
	return calls
}

// addToTeams adds household i of the scratch to the teams that serve its hamlet, and to the
// teams that called there.
func addToTeams(teams []teamGroup, serving []int32, calls []teamCalls, t *windows.Scratch, i int) {
	state := t.States[i]
	for c := range calls {
		call := &calls[c]
		g := &teams[call.team]
		g.Visits += uint32(call.visits)
		g.LastVisit = max(g.LastVisit, data.Date(call.last))
		g.work.Revisits += uint32(call.revisits)
		g.work.RevisitsCompleted += uint32(call.revisitsCompleted)
		own := serves(serving, call.team)
		if !own {
			g.work.VisitsOutside += uint32(call.visits)
		}
		if state&rules.Eligible == 0 {
			continue
		}
		if !own {
			if call.outcomes&(1<<data.Completed) != 0 {
				g.reachedElsewhere++
			}
			continue
		}
		// That the team found them moved away takes nothing from its attempt where a
		// later call by others found them at home.
		g.AddState(rules.StateOf(data.Outcome(call.best), call.outcomes))
	}
	if state&rules.Eligible == 0 {
		return
	}
	for _, team := range serving {
		g := &teams[team]
		g.Households++
		if state&rules.Reached != 0 {
			g.reachedByAny++
		}
		for skill := range data.MaxSkills {
			g.Assessed[skill] += uint32(t.Assessed[i] >> skill & 1)
			g.Shown[skill] += uint32(t.Shown[i] >> skill & 1)
		}
	}
}

func serves(serving []int32, team int32) bool {
	for _, s := range serving {
		if s == team {
			return true
		}
	}
	return false
}
