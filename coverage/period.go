package coverage

import (
	"context"
	"fmt"
	"time"

	"tungnha/data"
)

// maxPeriods bounds the rows of a query by period, three years of days: each row is a pass
// over the scope. Where small counts are kept back within a part of the whole, each row is
// a pass over everything, and so fewer are allowed.
const (
	maxPeriods         = 1_100
	maxWithheldPeriods = 130
)

// byPeriod answers a query by day, week or month: each period is the same query with the
// window clipped to it, so its denominators are those of its last day.
func (ix *Index) byPeriod(ctx context.Context, p *plan) (*Result, error) {
	result := ix.newResult(p)
	total, err := ix.countAll(ctx, p, p.window)
	if err != nil {
		return nil, err
	}
	result.Total.Count = total
	from := ix.begin(p)
	if from == data.NoDate || from > p.query.To {
		return result, nil // nobody had been visited yet
	}
	most := maxPeriods
	if !p.viewer.SmallCounts && p.roots != nil {
		most = maxWithheldPeriods
	}
	for begin := periodOf(p.query.By, from); begin <= p.query.To; begin = nextPeriod(p.query.By, begin) {
		if len(result.Rows) == most {
			return nil, &QueryError{"from", fmt.Sprintf("from %s to %s there are more than %d periods by %s", from, p.query.To, most, p.query.By)}
		}
		count, err := ix.countAll(ctx, p, p.period(begin, from))
		if err != nil {
			return nil, err
		}
		result.Rows = append(result.Rows, Row{Area: NoArea, Team: -1, Day: begin, Count: count})
	}
	return result, nil
}

// begin returns the day from which the plan's periods run: the first visit of all where the
// query names none.
func (ix *Index) begin(p *plan) data.Date {
	if p.query.From != data.NoDate {
		return p.query.From
	}
	return ix.first
}

// period returns the window of the period that begins on the day, in a query from a day on.
func (p *plan) period(begin, from data.Date) window {
	end := nextPeriod(p.query.By, begin) - 1
	return window{from: uint16(max(begin, from)), to: uint16(min(end, p.query.To))}
}

// countAll counts the whole scope in a window.
func (ix *Index) countAll(ctx context.Context, p *plan, w window) (Count, error) {
	parts, err := share(ctx, p.blocks, func(ctx context.Context, blocks []int) (*group, error) {
		g := new(group)
		var t tally
		for _, n := range blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ix.scan(n, w, &t)
			leaves := p.leaves.ofHousehold[n*blockSize:]
			var r run
			for i := range len(ix.blocks[n].starts) - 1 {
				if p.in == nil || p.in[leaves[i]] {
					r.add(&t, i, t.states[i])
				}
				if r.households == maxRun {
					r.flush(g)
				}
			}
			r.flush(g)
		}
		return g, nil
	})
	if err != nil {
		return Count{}, err
	}
	var sum Count
	for _, g := range parts {
		sum.add(&g.Count)
	}
	return sum, nil
}

// periodOf returns the first day of the period that holds the day. Day 1, 1900-01-01, was
// a Monday.
func periodOf(by By, day data.Date) data.Date {
	switch by {
	case ByWeek:
		return day - (day-1)%7
	case ByMonth:
		t := day.Time()
		return data.DateOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, data.Zone))
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
