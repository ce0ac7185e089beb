package coverage

import (
	"context"

	"tungnha/coverage/boundary"
	"tungnha/data"
)

// Query answers q. The result is kept for later callers of the same query. A query out of
// bounds gets a *problem.ParameterError, one beyond the viewer's scope ErrOutOfScope. Where ctx has an account of
// package limit, it uses the result until it is closed, and the errors are also those of limit.Memory.Take.
func (v *View) Query(ctx context.Context, q Query) (*Result, error) {
	p, err := v.index.plan(v.viewer, q)
	if err != nil {
		return nil, err
	}
	return v.index.results.get(ctx, resultKey{p.query, v.key},
		func(ctx context.Context) (*Result, error) { return v.compute(ctx, p) })
}

// Kept returns the result of q where it was computed before and is still kept, else nil.
func (v *View) Kept(ctx context.Context, q Query) *Result {
	p, err := v.index.plan(v.viewer, q)
	if err != nil {
		return nil
	}
	return v.index.results.peek(ctx, resultKey{p.query, v.key})
}

// answer computes the result of a plan that is prepared.
func (ix *Index) answer(ctx context.Context, p *plan) (*Result, error) {
	result, err := ix.count(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(p.roots) == 1 && p.query.Within == 0 {
		result.Total.Flags = p.areaFlags(ix.config, p.roots[0], &result.Total.Count)
	}
	if !p.viewer.SmallCounts {
		if err := ix.publish(ctx, p, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// count computes the result of a plan as someone sees it who may see everything.
func (ix *Index) count(ctx context.Context, p *plan) (*Result, error) {
	switch p.query.By {
	case ByArea:
		return ix.byArea(ctx, p)
	case ByCell:
		return ix.byCell(ctx, p)
	case ByTeam:
		return ix.byTeam(ctx, p)
	default:
		return ix.byPeriod(ctx, p)
	}
}

// newResult returns the result of a plan with no rows yet.
func (ix *Index) newResult(p *plan) *Result {
	total := Row{Area: boundary.NoArea, Team: -1}
	if len(p.roots) == 1 {
		total.Area = p.roots[0]
	}
	return &Result{
		Query: p.query, Version: ix.version, Boundaries: p.boundaries, Config: ix.config, Total: total,
		spots:      new(lazySpots),
		everywhere: p.roots == nil && p.query.Within == 0,
	}
}

// totalLevel is the level of the scope where that is one area, else empty.
func (p *plan) totalLevel() data.Level {
	if len(p.roots) != 1 {
		return ""
	}
	return p.boundaries.Areas[p.roots[0]].Level
}
