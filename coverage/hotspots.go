package coverage

import (
	"context"
	"fmt"
	"sync"

	"tungnha/coverage/hotspot"
	"tungnha/coverage/rules"
	"tungnha/geo"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// lazySpots computes the hot spots of one result when they are first requested.
type lazySpots struct {
	mu    sync.Mutex
	found *hotspot.Result
}

// HotSpots answers q, which must be by cell, with the hot and cold spots among its rows. They are found among the rows
// as the viewer sees them, so that they depend on nothing that is withheld.
func (v *View) HotSpots(ctx context.Context, q Query) (*Result, *hotspot.Result, error) {
	if q.By != ByCell {
		return nil, nil, problem.Parameter("by", problem.SpotsAmongCells(string(q.By)))
	}
	result, err := v.Query(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	spots, err := result.HotSpots(ctx)
	return result, spots, err
}

// HotSpots finds the hot spots among the rows of a result by cell. They are found once and kept with the result.
func (r *Result) HotSpots(ctx context.Context) (*hotspot.Result, error) {
	if r.Query.By != ByCell {
		return nil, fmt.Errorf("hot spots of a result by %s: want cells", r.Query.By)
	}
	if r.spots == nil { // a Result that no Index made
		return findHotSpots(r.Rows)
	}
	r.spots.mu.Lock()
	defer r.spots.mu.Unlock()
	if r.spots.found != nil {
		return r.spots.found, nil
	}
	return r.spots.found, limit.Run(ctx, func() (err error) { // one at a time: each takes spotScratch a cell
		r.spots.found, err = findHotSpots(r.Rows)
		return err
	})
}

func findHotSpots(rows []Row) (*hotspot.Result, error) {
	cells, households, reached := make([]geo.Cell, len(rows)), make([]uint32, len(rows)), make([]uint32, len(rows))
	for i := range rows {
		row := &rows[i]
		cells[i] = row.Cell
		if row.Hidden&(rules.HiddenHouseholds|rules.HiddenReached) == 0 {
			households[i], reached[i] = row.Households, row.Reached
		}
	}
	return hotspot.Find(cells, households, reached)
}
