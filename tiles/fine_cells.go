package tiles

import (
	"context"

	"tungnha/coverage"
	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// stepsUp is how many resolutions coarser the cells are that a tile requests fine ones within:
// three steps make 343 cells, and four to seven such cells a tile.
const stepsUp = 3

// fineCells returns the result of a query by cell of the resolution, or the part of it
// that may reach into the tile: fine cells are looked for around the tile alone, unless
// those of everywhere are available.
func (s *Server) fineCells(ctx context.Context, view *coverage.View, f *mvt.Transform, q coverage.Query,
	resolution int) (*coverage.Result, error) {
	q.By, q.Level, q.Resolution = coverage.ByCell, "", resolution
	if resolution < coverage.MinFine {
		return view.Query(ctx, q)
	}
	if whole := view.Kept(ctx, q); whole != nil {
		return whole, nil
	}
	coarse, err := s.coarseAround(ctx, view, f, q)
	if err != nil {
		return nil, err
	}
	part := new(coverage.Result)
	for _, q.Within = range coarse {
		result, err := view.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		rows := append(part.Rows, result.Rows...) // coarse cells come in order, and so do those below
		*part = *result
		part.Rows = rows
	}
	if len(coarse) == 0 { // nobody lives here
		q.Within, q.Resolution = 0, coverage.MinResolution
		result, err := view.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		*part = *result
		part.Rows, part.Query.Resolution = nil, resolution
	}
	return part, nil
}

// coarseAround returns the coarse cells, sorted, that have cells of the query below them
// which may reach into the tile.
func (s *Server) coarseAround(ctx context.Context, view *coverage.View, f *mvt.Transform,
	q coverage.Query) ([]geo.Cell, error) {
	q.Resolution -= stepsUp
	view = view.WithSmallCounts() // no count is looked at
	result, err := view.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	g, err := s.grids.of(result, q.Resolution)
	if err != nil {
		return nil, err
	}
	return g.ParentsAround(f), nil
}
