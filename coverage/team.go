package coverage

import (
	"context"

	"tungnha/data"
)

// teamGroup is the count of one team while it is added up.
type teamGroup struct {
	Count
	reachedByAny, reachedElsewhere uint32
}

// teamCalls is what one team did at one household: its own reports, those of one day merged.
type teamCalls struct {
	team     int32
	outcomes uint32 // in the window, a bit each
	best     uint32 // of the latest day up to the window's end
	last     uint16 // that day
	visits   uint16 // days in the window
}

// byTeam answers a query by team. What a team did for its own hamlets is counted on their
// households; the visits it made, and the latest, on all households of the scope.
func (ix *Index) byTeam(ctx context.Context, p *plan) (*Result, error) {
	listed := ix.listedTeams(p)
	serving := make([][]int32, len(p.boundaries.Areas)+1) // of each leaf: the listed teams that serve it
	for t := range ix.teams {
		if listed[t] {
			for _, hamlet := range p.leaves.served[t] {
				serving[hamlet] = append(serving[hamlet], int32(t))
			}
		}
	}
	type part struct {
		teams []teamGroup
		total group
	}
	parts, err := share(ctx, p.blocks, func(ctx context.Context, blocks []int) (*part, error) {
		out := &part{teams: make([]teamGroup, len(ix.teams))}
		var t tally
		var own []teamCalls
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ix.scan(n, p.window, &t)
			leaves := p.leaves.ofHousehold[n*blockSize:]
			var r run
			for i := range len(ix.blocks[n].starts) - 1 {
				leaf := leaves[i]
				if p.in != nil && !p.in[leaf] {
					continue
				}
				r.add(&t, i, t.states[i])
				if r.households == maxRun {
					r.flush(&out.total)
				}
				own = ix.blocks[n].callsByTeam(i, p.window, own[:0])
				addToTeams(out.teams, serving[leaf], own, &t, i)
			}
			r.flush(&out.total)
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	result := ix.newResult(p)
	result.Teams = ix.teams
	for _, part := range parts {
		result.Total.Count.add(&part.total.Count)
	}
	for t := range ix.teams {
		if !listed[t] {
			continue
		}
		row := Row{Area: NoArea, Team: int32(t)}
		for _, part := range parts {
			g := &part.teams[t]
			row.Count.add(&g.Count)
			row.ReachedByAny += g.reachedByAny
			row.ReachedElsewhere += g.reachedElsewhere
		}
		row.Flags = ix.config.ofTeam(p.boundaries, &ix.teams[t]).teamFlags(&ix.teams[t], &row.Count)
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// listedTeams marks the teams that have a row: those at work on the window's last day
// whose commune, or a hamlet of theirs, lies in the scope.
func (ix *Index) listedTeams(p *plan) []bool {
	listed := make([]bool, len(ix.teams))
	for t := range ix.teams {
		if !active(&ix.teams[t], p.query.To) {
			continue
		}
		if p.in == nil {
			listed[t] = true
			continue
		}
		if commune := p.boundaries.Find(ix.teams[t].CommuneCode); commune != NoArea && p.in[commune] {
			listed[t] = true
		}
		for _, hamlet := range p.leaves.served[t] {
			listed[t] = listed[t] || p.in[hamlet]
		}
	}
	return listed
}

// callsByTeam appends to calls what each team did at household i up to the window's end.
func (b *block) callsByTeam(i int, w window, calls []teamCalls) []teamCalls {
	for v := b.starts[i]; v < b.starts[i+1] && b.days[v] <= w.to; v++ {
		team, outcome, day := int32(b.calls[v]>>outcomeBits), b.calls[v]&outcomeMask, b.days[v]
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
			c.last, c.best = day, outcome
			if day >= w.from {
				c.visits++
			}
		} else if outcome > c.best {
			c.best = outcome
		}
		if day >= w.from {
			c.outcomes |= 1 << outcome
		}
	}
	return calls
}

// addToTeams adds household i of the tally to the teams that serve its hamlet, and to the
// teams that called there.
func addToTeams(teams []teamGroup, serving []int32, calls []teamCalls, t *tally, i int) {
	state := t.states[i]
	for c := range calls {
		call := &calls[c]
		g := &teams[call.team]
		g.Visits += uint32(call.visits)
		g.LastVisit = max(g.LastVisit, data.Date(call.last))
		if state&Eligible == 0 {
			continue
		}
		if !serves(serving, call.team) {
			if call.outcomes&(1<<data.Completed) != 0 {
				g.reachedElsewhere++
			}
			continue
		}
		// That the team found them moved away takes nothing from its attempt where a
		// later call by others found them at home.
		g.addState(stateOf(data.Outcome(call.best), call.outcomes))
	}
	if state&Eligible == 0 {
		return
	}
	for _, team := range serving {
		g := &teams[team]
		g.Households++
		if state&Reached != 0 {
			g.reachedByAny++
		}
		for skill := range data.MaxSkills {
			g.Assessed[skill] += uint32(t.assessed[i] >> skill & 1)
			g.Shown[skill] += uint32(t.shown[i] >> skill & 1)
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

// addState counts one household of the state.
func (c *Count) addState(s State) {
	c.Households += uint32(s & Eligible)
	c.Attempted += uint32(s & Attempted / Attempted)
	c.Contacted += uint32(s & Contacted / Contacted)
	c.Reached += uint32(s & Reached / Reached)
	c.RevisitDue += uint32(s & RevisitDue / RevisitDue)
}
