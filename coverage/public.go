package coverage

import (
	"cmp"
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/disclosure"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// The public is who may not see small counts. A View shows it a released state of the index: figures as of the last
// release day, of the windows of its calendar, rounded by the rule of package disclosure. As everything leaves the
// index through a View, no answer can forget it.

// released is the state that the public sees. States that follow each other share it until the next release.
type released struct {
	once  sync.Once
	index *Index
}

// Released returns the state that the public sees. Where none was named it is this one, from its first use on.
func (ix *Index) Released() *Index {
	if ix.release != nil {
		return ix
	}
	ix.released.once.Do(func() { ix.released.index = ix.releaseOf(ix.columns) })
	return ix.released.index
}

// releaseOf returns a released state that has the columns.
func (ix *Index) releaseOf(c *columns.Columns) *Index {
	r := newIndex(ix.config, c, ix.derived, ix.clock)
	r.release, r.released = ix.config.Releases.At(ix.clock(), c.First), nil
	r.version = ix.config.Version(append(c.Digest.Bytes(), r.release.Day.String()...))
	return r
}

// Release returns what is published to viewers who may not see small counts, and nil for those who may.
func (v *View) Release() *release.Release {
	if v.viewer.SmallCounts {
		return nil
	}
	return v.index.releaseFor(v.viewer)
}

// releaseFor returns the release for a viewer of the public: one with a scope sees no sign of visits elsewhere.
func (ix *Index) releaseFor(viewer Viewer) *release.Release {
	if len(viewer.Scope) == 0 {
		return ix.release
	}
	return ix.release.Since(ix.scopeOf(viewer).totals(ix).First)
}

// Today is the day on which a window without an end ends: of the public the day before the release.
func (v *View) Today() data.Date {
	if v.viewer.SmallCounts {
		return data.DateOf(v.index.clock())
	}
	return v.index.today()
}

// BoundariesDay returns the day whose boundaries count where a query names a day of boundaries, or NoDate for none, and
// ends on the day to. For the public there is one, the release day; a day on which others are valid gets a
// *problem.ParameterError.
func (v *View) BoundariesDay(day, to data.Date) (data.Date, error) {
	if v.Release() != nil {
		return v.index.publishedBoundaries(v.viewer, day)
	}
	return cmp.Or(day, to), nil
}

func (ix *Index) publishedBoundaries(viewer Viewer, day data.Date) (data.Date, error) {
	r := ix.release
	n := ix.columns.History.VersionOn(r.Day)
	tree := ix.columns.History.Tree(n)
	if len(viewer.Scope) > 0 {
		tree = ix.scopeOf(viewer).tree(n).Tree
	}
	if day != data.NoDate && day != r.LastDay() && (day < tree.From || tree.To != data.NoDate && day > tree.To) {
		return data.NoDate, problem.Parameter("boundaries", problem.BoundariesNotPublished(day.String(), r.Day.String()))
	}
	return r.Day, nil
}

// admit completes a query of the public, and refuses what is not published.
func (ix *Index) admit(viewer Viewer, q *Query) (err error) {
	r := ix.releaseFor(viewer)
	switch q.By {
	case ByArea, ByMonth:
	case ByCell:
		if q.Resolution > release.MaxResolution {
			return problem.Parameter("resolution",
				problem.OutsideNumbers(q.Resolution, MinResolution, release.MaxResolution))
		}
	case ByTeam, ByDay, ByWeek:
		return problem.Parameter("by", problem.NotPublished(string(q.By), string(ByArea), string(ByCell), string(ByMonth)))
	}
	if q.To == data.NoDate {
		q.To = r.LastDay()
	}
	if _, ok := r.Window(q.From, q.To); !ok {
		parameter := "to"
		if q.From != data.NoDate {
			parameter = "from"
		}
		return problem.Parameter(parameter,
			problem.WindowNotPublished(q.From.String(), q.To.String(), r.Day.String(), r.Describe()...))
	}
	q.Boundaries, err = ix.publishedBoundaries(viewer, q.Boundaries)
	return err
}

// publish makes of a result what the public sees of it: counts hidden or rounded, and the flags that follow from them.
func (ix *Index) publish(ctx context.Context, p *plan, result *Result) error {
	rounding, total, err := ix.roundingOf(ctx, p, result)
	if err != nil {
		return err
	}
	result.Release = ix.releaseFor(p.viewer)
	pub := &publisher{config: ix.config, plan: p, counts: rules.ShownCounts(len(ix.config.Skills))}
	if p.query.By == ByArea {
		if err := ix.countShownFlags(ctx, pub, result); err != nil {
			return err
		}
	}
	pub.row(&result.Total, total, ByArea, thresholdsOfArea(ix.config, p.boundaries, result.Total.Area))
	var group errgroup.Group
	group.SetLimit(limit.Workers(ctx))
	for lo := 0; lo < len(result.Rows); lo += columns.BlockSize {
		group.Go(func() error {
			for i := lo; i < min(lo+columns.BlockSize, len(result.Rows)); i++ {
				pub.row(&result.Rows[i], rounding(i), p.query.By, thresholdsOfRow(ix.config, p, result, i))
			}
			return nil
		})
	}
	return group.Wait()
}

// publisher makes rows what the public sees of them.
type publisher struct {
	config *rules.Config
	plan   *plan
	counts []rules.ShownCount
}

// row rounds a row of a query, and raises its flags again.
func (pub *publisher) row(row *Row, r disclosure.Rounding, by By, th *rules.Thresholds) {
	unserved := row.Flags & rules.FlagNoTeam
	row.Flags = 0
	r.Figures(&row.Figures, pub.counts)
	switch by {
	case ByArea:
		row.Flags = pub.areaFlags(row.Area, &row.Count, row.Hidden, th)
	case ByCell:
		row.Flags = th.ShownRateFlags(&row.Count, row.Hidden, pub.counts, len(pub.config.Skills))
		if row.Hidden&rules.HiddenHouseholds == 0 {
			row.Flags |= unserved
		}
	default:
		row.Hidden |= rules.HiddenNewlyReached | rules.HiddenReachedSoFar
	}
}

// areaFlags returns the flags of a hamlet or commune with the count as it is shown.
func (pub *publisher) areaFlags(area int32, count *rules.Count, hidden rules.Hidden, th *rules.Thresholds) rules.Flags {
	b := pub.plan.boundaries
	if area == boundary.NoArea || pub.plan.query.Within != 0 || !b.IsHamlet(area) && !b.IsCommune(area) {
		return 0
	}
	return th.ShownAreaFlags(&b.Areas[area], count, hidden, pub.plan.served[area], pub.plan.query.To, pub.counts,
		len(pub.config.Skills))
}

// countShownFlags counts the hamlets that have each flag, of the flags that their own rows show.
func (ix *Index) countShownFlags(ctx context.Context, pub *publisher, result *Result) error {
	p := pub.plan
	leaves, err := ix.countAreas(ctx, p)
	if err != nil {
		return err
	}
	_, areas := ix.areaRoundings(ix.columns.History.VersionOn(p.query.Boundaries))
	flags := make([]rules.Flags, len(p.boundaries.Areas))
	var group errgroup.Group
	group.SetLimit(limit.Workers(ctx))
	for lo := 0; lo < len(flags); lo += columns.BlockSize {
		group.Go(func() error {
			for a := lo; a < min(lo+columns.BlockSize, len(flags)); a++ {
				if !p.boundaries.IsHamlet(int32(a)) || p.in != nil && !p.in[a] {
					continue
				}
				f := rules.Figures{Count: leaves.Counters[a].Count}
				areas[a].Figures(&f, pub.counts)
				flags[a] = pub.areaFlags(int32(a), &f.Count, f.Hidden,
					thresholdsOfArea(ix.config, p.boundaries, int32(a)))
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	rowOf := make(map[int32]*Row, len(result.Rows))
	for i := range result.Rows {
		rowOf[result.Rows[i].Area] = &result.Rows[i]
	}
	p.countFlagged(flags, p.query.Level, result, func(leaf int) *Row {
		return rowOf[p.boundaries.Ancestor(int32(leaf), p.query.Level)]
	})
	return nil
}
