package coverage

import (
	"fmt"
	"slices"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/internal/problem"
)

// plan is a query whose names are resolved: what a computation needs and nothing else.
type plan struct {
	query      Query // canonical: nothing left to default, nothing that does not matter
	viewer     Viewer
	window     windows.Window
	boundaries *boundary.Tree
	areaOf     *columns.AreaOf
	groups     *windows.Groups

	roots  []int32 // the areas of the scope; nil: everything, households of no area too
	in     []bool  // of each leaf: whether it is in the scope; nil: everything
	blocks []int   // those with a household in the scope
	served []bool  // of each area: whether a team serves it, or a hamlet in it, on the last day
}

// plan checks the query for the viewer and resolves its names.
func (ix *Index) plan(v Viewer, q Query) (*plan, error) {
	if !v.SmallCounts {
		if err := ix.admit(v, &q); err != nil {
			return nil, err
		}
	}
	if err := ix.complete(&q); err != nil {
		return nil, err
	}
	p := &plan{
		query: q, viewer: v, boundaries: ix.columns.History.On(q.Boundaries),
		window: windows.Window{From: uint16(q.From), To: uint16(q.To)},
	}
	if err := p.scope(); err != nil {
		return nil, err
	}
	if err := p.checkLevel(); err != nil {
		return nil, err
	}
	return p, nil
}

// complete fills in what the query leaves to default and refuses what is out of bounds.
func (ix *Index) complete(q *Query) error {
	if q.To == data.NoDate {
		q.To = ix.today()
	}
	if q.Boundaries == data.NoDate {
		q.Boundaries = q.To
	}
	for _, d := range []struct {
		parameter string
		day       data.Date
	}{{"from", q.From}, {"to", q.To}, {"boundaries", q.Boundaries}} {
		if d.day < 0 || d.day > data.MaxDate {
			return problem.Parameter(d.parameter,
				problem.DayOutside(d.day.String(), data.FirstDate.String(), data.MaxDate.String()))
		}
	}
	if q.From > q.To {
		return problem.Parameter("to", problem.WindowReversed(q.From.String(), q.To.String()))
	}
	switch q.By {
	case ByArea:
		q.Resolution, q.Within = 0, 0
		if q.Level.Rank() < 0 {
			return problem.Parameter("level", problem.NotOneOf(string(q.Level), data.Levels...))
		}
	case ByCell:
		q.Level = ""
		if q.Resolution < MinResolution || q.Resolution > MaxResolution {
			return problem.Parameter("resolution", problem.OutsideNumbers(q.Resolution, MinResolution, MaxResolution))
		}
		if q.Within != 0 && (q.Resolution < MinFine || q.Within.Resolution() >= q.Resolution) {
			return problem.Parameter("within", problem.CellsNotWithin(q.Resolution, q.Within.String()))
		}
	case ByTeam, ByDay, ByWeek, ByMonth:
		q.Level, q.Resolution, q.Within = "", 0, 0
	default:
		return problem.Parameter("by", problem.NotOneOf(string(q.By), ByArea, ByCell, ByTeam, ByDay, ByWeek, ByMonth))
	}
	return nil
}

// scope finds the areas that the query and the viewer leave in sight.
func (p *plan) scope() error {
	var allowed []bool
	if len(p.viewer.Scope) > 0 {
		roots := p.boundaries.Roots(p.viewer.codes())
		allowed = p.boundaries.Within(roots)
		p.roots = roots
	}
	if p.query.Parent != "" {
		parent := p.boundaries.Find(p.query.Parent)
		if parent == boundary.NoArea {
			return problem.Parameter("parent", problem.NoAreaOn(p.query.Parent, p.query.Boundaries.String()))
		}
		if allowed != nil && !allowed[parent] {
			return fmt.Errorf("area %s: %w", p.query.Parent, ErrOutOfScope)
		}
		p.roots = []int32{parent}
	}
	if p.roots != nil {
		p.in = append(p.boundaries.Within(p.roots), false)
	}
	return nil
}

// checkLevel refuses rows that are not below the requested parent.
func (p *plan) checkLevel() error {
	if p.query.By != ByArea || p.query.Parent == "" {
		return nil
	}
	parent := &p.boundaries.Areas[p.roots[0]]
	if p.query.Level.Rank() <= parent.Level.Rank() {
		return problem.Parameter("level",
			problem.LevelNotBelow(string(p.query.Level), parent.Code, string(parent.Level)))
	}
	return nil
}

// prepare finds the households in the scope and the areas that teams serve. It may locate
// all households without a hamlet, the first time that a tree of areas is requested.
func (ix *Index) prepare(p *plan) {
	n := ix.columns.History.VersionOn(p.query.Boundaries)
	p.areaOf, p.groups = ix.columns.AreasOf(n), ix.derived.windows.Groups(ix.columns.Registry, n)
	first, end := 0, len(ix.columns.Blocks)
	if p.query.Within != 0 {
		lo, hi := ix.columns.Households.Below(p.query.Within)
		first, end = lo/columns.BlockSize, (hi+columns.BlockSize-1)/columns.BlockSize
	}
	p.blocks = make([]int, 0, end-first)
	for n := first; n < end; n++ {
		if p.in == nil || slices.ContainsFunc(p.areaOf.OfBlock[n], func(leaf uint32) bool { return p.in[leaf] }) {
			p.blocks = append(p.blocks, n)
		}
	}
	p.served = make([]bool, len(p.boundaries.Areas)+1)
	for t := range ix.columns.Teams {
		if !active(&ix.columns.Teams[t], p.query.To) {
			continue
		}
		for _, hamlet := range p.areaOf.ServedOn(int32(t), p.query.To) {
			for a := hamlet; a != boundary.NoArea && !p.served[a]; a = p.boundaries.Parent(a) {
				p.served[a] = true
			}
		}
	}
}

// windowKey names the plan's window in the cache of windows.
func (p *plan) windowKey() windows.Key { return windows.Key{Window: p.window, Groups: p.groups} }

// active reports whether the team works on the day.
func active(t *data.Team, day data.Date) bool {
	return t.FormedOn <= day && (t.DissolvedOn == data.NoDate || t.DissolvedOn > day)
}
