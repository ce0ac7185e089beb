package coverage

import (
	"context"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/internal/problem"
)

// maxPeriods bounds the rows of a query by period: three years of days.
const maxPeriods = 1_100

// byPeriod answers a query by day, week or month: each period is the same query with the
// window clipped to it, so its denominators are those of its last day.
func (ix *Index) byPeriod(ctx context.Context, p *plan) (*Result, error) {
	result := ix.newResult(p)
	leaves, err := ix.countAreas(ctx, p)
	if err != nil {
		return nil, err
	}
	result.Total.Count = leaves.Total
	t, err := ix.timeline(p)
	if err != nil || t == nil {
		return result, err
	}
	counts, err := ix.trend(ctx, p, t, 1, nil)
	if err != nil {
		return nil, err
	}
	result.Rows = make([]Row, len(counts))
	for i := range counts {
		c := &counts[i]
		result.Rows[i] = Row{Area: boundary.NoArea, Team: -1, Day: t.Begins[i], Figures: rules.Figures{
			Count: c.Count, NewlyReached: c.NewlyReached, ReachedSoFar: c.ReachedSoFar}}
	}
	return result, nil
}

// timeline cuts the plan's window into periods: from the first visit of all where the query names no beginning, for the
// public into closed months, and nil where nobody had been visited yet.
func (ix *Index) timeline(p *plan) (*windows.Timeline, error) {
	from, to := p.query.From, p.query.To
	if from == data.NoDate {
		if from = ix.columns.First; len(p.viewer.Scope) > 0 {
			r := ix.columns.Registry
			from = ix.scopeOf(p.viewer).count(ix, r.History.VersionOn(p.query.Boundaries)).First
		}
	}
	if from == data.NoDate || from > to {
		return nil, nil
	}
	if !p.viewer.SmallCounts {
		var ok bool
		if from, to, ok = ix.releaseFor(p.viewer).Months(p.query.From, to); !ok {
			return nil, nil
		}
	}
	t, ok := newTimeline(p.query.By, from, to, maxPeriods)
	if !ok {
		return nil, problem.Parameter("from",
			problem.TooManyPeriods(from.String(), to.String(), maxPeriods, string(p.query.By)))
	}
	return t, nil
}

// periodOf returns the first day of the period that contains the day. Day 1, 1900-01-01, was
// a Monday.
func periodOf(by By, day data.Date) data.Date {
	switch by {
	case ByWeek:
		return day - (day-1)%7
	case ByMonth:
		return day.Month()
	}
	return day
}

// nextPeriod returns the first day of the period after the one that begins on the day.
func nextPeriod(by By, begin data.Date) data.Date {
	switch by {
	case ByWeek:
		return begin + 7
	case ByMonth:
		return periodOf(by, begin+31)
	}
	return begin + 1
}

// newTimeline cuts the days from one to another into periods. It gives up beyond most.
func newTimeline(by By, from, to data.Date, most int) (t *windows.Timeline, ok bool) {
	t = &windows.Timeline{Window: windows.Window{From: uint16(from), To: uint16(to)}, Since: uint16(from)}
	for begin := periodOf(by, from); begin <= to; begin = nextPeriod(by, begin) {
		if len(t.Begins) == most {
			return nil, false
		}
		end := min(nextPeriod(by, begin)-1, to)
		for len(t.OfDay) <= int(end-from) {
			t.OfDay = append(t.OfDay, uint16(len(t.Begins)))
		}
		t.Begins, t.Ends = append(t.Begins, begin), append(t.Ends, uint16(end))
	}
	return t, true
}
