package coverage

import (
	"context"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
)

// teamGroup is the count of one team while it is added up.
type teamGroup struct {
	rules.Count
	reachedByAny, reachedElsewhere uint32
	work                           rules.Work // but for DaysWorked
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
		days  *windows.DayBits
	}
	parts, err := columns.Share(ctx, p.blocks, func(ctx context.Context, blocks []int) (*part, error) {
		out := &part{teams: make([]teamGroup, len(ix.columns.Teams)), days: windows.NewDayBits(ix.columns, p.window)}
		var t windows.Scratch
		var own []windows.TeamCalls
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
				own = windows.CallsByTeam(ix.columns.Blocks[n], i, p.window, own[:0], out.days)
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
	var days []*windows.DayBits
	for _, part := range parts {
		result.Total.Count.Add(&part.total.Count)
		days = append(days, part.days)
	}
	for t := range ix.columns.Teams {
		if !listed[t] {
			continue
		}
		row := Row{Area: boundary.NoArea, Team: int32(t)}
		row.Work = &rules.Work{DaysWorked: windows.CountDays(days, t)}
		for _, part := range parts {
			g := &part.teams[t]
			row.Count.Add(&g.Count)
			row.ReachedByAny += g.reachedByAny
			row.ReachedElsewhere += g.reachedElsewhere
			row.Work.VisitsOutside += g.work.VisitsOutside
			row.Work.Revisits += g.work.Revisits
			row.Work.RevisitsCompleted += g.work.RevisitsCompleted
		}
		row.Flags = thresholdsOfTeam(ix.config, p.boundaries, &ix.columns.Teams[t]).TeamFlags(&ix.columns.Teams[t],
			&row.Count)
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// listedTeams marks the teams that have a row: those at work on the window's last day
// whose commune, or a hamlet of theirs, is in the scope.
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

// addToTeams adds household i of the scratch to the teams that serve its hamlet, and to the
// teams that called there.
func addToTeams(teams []teamGroup, serving []int32, calls []windows.TeamCalls, t *windows.Scratch, i int) {
	state := t.States[i]
	for c := range calls {
		call := &calls[c]
		g := &teams[call.Team]
		g.Visits += uint32(call.Visits)
		g.LastVisit = max(g.LastVisit, data.Date(call.Last))
		g.work.Revisits += uint32(call.Revisits)
		g.work.RevisitsCompleted += uint32(call.RevisitsCompleted)
		own := serves(serving, call.Team)
		if !own {
			g.work.VisitsOutside += uint32(call.Visits)
		}
		if state&rules.Eligible == 0 {
			continue
		}
		if !own {
			if call.Outcomes&(1<<data.Completed) != 0 {
				g.reachedElsewhere++
			}
			continue
		}
		// That the team found them moved away takes nothing from its attempt where a
		// later call by others found them at home.
		g.AddState(rules.StateOf(data.Outcome(call.Best), call.Outcomes))
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
