package coverage

import (
	"context"
	"slices"

	"tungnha/coverage/columns"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/coverage/suppress"
)

// suppressAreas counts the whole tree of areas in the plan's window and hides what must be.
func (ix *Index) suppressAreas(ctx context.Context, p *plan) (*suppress.Areas, error) {
	whole := *p
	whole.roots, whole.in = nil, nil
	ix.prepare(&whole)
	leaves, err := ix.countAreas(ctx, &whole)
	if err != nil {
		return nil, err
	}
	t := suppress.NewAreas(p.boundaries)
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	t.Suppress(counts, func(leaf int) *rules.Count { return &leaves.Counters[leaf].Count })
	return t, nil
}

// suppress removes from a result what the plan's viewer may not see.
func (ix *Index) suppress(ctx context.Context, p *plan, result *Result) error {
	if p.viewer.SmallCounts {
		return nil
	}
	t, err := ix.suppressAreas(ctx, p)
	if err != nil {
		return err
	}
	result.Total.Hidden = t.HiddenOf(p.roots)
	switch p.query.By {
	case ByArea:
		ix.suppressAreaRows(p, t, result)
		err = ix.suppressFlags(ctx, p, t, result)
	case ByCell:
		err = ix.suppressCells(ctx, p, t, result)
	case ByTeam:
		err = ix.suppressTeams(ctx, p, t, result)
	default:
		err = ix.suppressPeriods(ctx, p, result)
	}
	if err != nil {
		return err
	}
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	clearHidden(ix.config, &result.Total, counts, thresholdsOfArea(ix.config, p.boundaries, result.Total.Area))
	var group errgroup.Group
	group.SetLimit(columns.Workers())
	for lo := 0; lo < len(result.Rows); lo += columns.BlockSize {
		group.Go(func() error {
			for i := lo; i < min(lo+columns.BlockSize, len(result.Rows)); i++ {
				clearHidden(ix.config, &result.Rows[i], counts, thresholdsOfRow(ix.config, p, result, i))
			}
			return nil
		})
	}
	return group.Wait()
}

func (ix *Index) suppressAreaRows(p *plan, t *suppress.Areas, result *Result) {
	level := p.query.Level
	for i := range result.Rows {
		row := &result.Rows[i]
		if row.Area != boundary.NoArea {
			row.Hidden = t.Hidden(row.Area)
			continue
		}
		row.Hidden = t.HiddenOutside(level, p.in)
	}
}

// suppressFlags subtracts the flags that the rows of hamlets must not show from the numbers of flagged hamlets: beside
// the hamlets that are shown they would give them away.
func (ix *Index) suppressFlags(ctx context.Context, p *plan, t *suppress.Areas, result *Result) error {
	leaves, err := ix.countAreas(ctx, p)
	if err != nil {
		return err
	}
	rowOf := make(map[int32]*Row)
	for i := range result.Rows {
		if result.Rows[i].HamletsFlagged != nil {
			rowOf[result.Rows[i].Area] = &result.Rows[i]
		}
	}
	level := p.query.Level
	for a, flags := range leaves.Flags {
		hidden := t.Hidden(int32(a))
		if flags == 0 || hidden == 0 {
			continue
		}
		count := &leaves.Counters[a].Count
		th := thresholdsOfArea(ix.config, p.boundaries, int32(a))
		withheld := flags &^ th.FlagsAllowed(count, hidden, len(ix.config.Skills))
		if result.Total.HamletsFlagged != nil {
			withheld.Discount(result.Total.HamletsFlagged)
		}
		if area := p.boundaries.Ancestor(int32(a), level); area != boundary.NoArea && rowOf[area] != nil {
			withheld.Discount(rowOf[area].HamletsFlagged)
		}
	}
	return nil
}

// suppressTeams hides of a team's row what its hamlets hide. What the team itself did is shown only whole: part of it,
// within a parent, could be subtracted from the whole.
func (ix *Index) suppressTeams(ctx context.Context, p *plan, t *suppress.Areas, result *Result) error {
	whole := result
	if p.in != nil {
		everywhere := *p
		everywhere.roots, everywhere.in, everywhere.query.Parent = nil, nil, ""
		ix.prepare(&everywhere)
		var err error
		if whole, err = ix.byTeam(ctx, &everywhere); err != nil {
			return err
		}
	}
	own := rules.HouseholdCounts(0)[1:]
	for i := range result.Rows {
		row := &result.Rows[i]
		for _, hamlet := range p.areaOf.ServedOn(row.Team, p.query.To) {
			if p.in == nil || p.in[hamlet] {
				row.Hidden |= t.Hidden(hamlet)
			}
		}
		if row.Hidden&rules.HiddenReached != 0 {
			row.Hidden |= rules.HiddenReachedByAny
		}
		at, _ := slices.BinarySearchFunc(whole.Rows, row.Team, func(r Row, team int32) int {
			return int(r.Team - team)
		})
		all := &whole.Rows[at]
		for _, k := range own {
			if n := *k.Of(&row.Count); rules.Small(n) || n != *k.Of(&all.Count) {
				row.Hidden |= k.Bit
			}
		}
		if n := row.ReachedElsewhere; rules.Small(n) || n != all.ReachedElsewhere {
			row.Hidden |= rules.HiddenReachedElsewhere
		}
		// A completed revisit is a household that the team reached.
		n := row.Work.RevisitsCompleted
		reached := row.Hidden & (rules.HiddenReached | rules.HiddenReachedElsewhere)
		if rules.Small(n) || n != all.Work.RevisitsCompleted || reached != 0 {
			row.Hidden |= rules.HiddenRevisitsCompleted
		}
	}
	return nil
}

// clearHidden sets the hidden counts of a row to zero and removes the flags, raised by the thresholds, that would give
// them away.
func clearHidden(c *rules.Config, row *Row, counts []rules.HouseholdCount, th *rules.Thresholds) {
	if row.Hidden == 0 {
		return
	}
	row.Flags &= th.FlagsAllowed(&row.Count, row.Hidden, len(c.Skills))
	for _, k := range counts {
		if row.Hidden&k.Bit != 0 {
			*k.Of(&row.Count) = 0
		}
	}
	if row.Hidden&rules.HiddenReachedByAny != 0 {
		row.ReachedByAny = 0
	}
	if row.Hidden&rules.HiddenReachedElsewhere != 0 {
		row.ReachedElsewhere = 0
	}
	if row.Hidden&rules.HiddenRevisitsCompleted != 0 && row.Work != nil {
		work := *row.Work
		work.RevisitsCompleted = 0
		row.Work = &work
	}
	if row.Hidden&rules.HiddenNewlyReached != 0 {
		row.NewlyReached = 0
	}
	if row.Hidden&rules.HiddenReachedSoFar != 0 {
		row.ReachedSoFar = 0
	}
}
