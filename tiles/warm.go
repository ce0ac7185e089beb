package tiles

import (
	"context"
	"errors"
	"fmt"

	"tungnha/coverage"
	"tungnha/internal/limit"
)

// Warm makes ready what the first tile of each zoom would otherwise wait for: the counts of
// the window, the outlines of cells and areas, the places of names. It may run while tiles
// are served, and again whenever areas or households have changed. Cells that need more memory than the account of ctx
// has are left out.
func (s *Server) Warm(ctx context.Context, view *coverage.View, w Window) error {
	q := coverage.Query{By: coverage.ByCell, Parent: w.Parent, From: w.From, To: w.To, Boundaries: w.Boundaries}
	for q.Resolution = coverage.MinResolution; q.Resolution <= resolutionAt(view, MaxZoom); q.Resolution++ {
		result, err := view.Query(ctx, q)
		if errors.Is(err, limit.ErrTooLarge) {
			return nil // these cells are drawn tile by tile
		}
		if err != nil {
			return fmt.Errorf("warming tiles: %w", err)
		}
		if len(result.Rows) <= maxOutlines {
			g, err := s.grids.of(result, q.Resolution)
			if err != nil {
				return fmt.Errorf("warming tiles: %w", err)
			}
			for z := range resolutions {
				if resolutionAt(view, z) == q.Resolution {
					g.Encoded(z)
				}
			}
		}
		if len(result.Rows) > maxOutlines/2 {
			break // finer cells of a whole country are drawn tile by tile
		}
		if q.Resolution == coverage.MinResolution {
			// Areas come before the finer cells: there are fewer, and each map shows them.
			if err := s.warmAreas(ctx, view, result); err != nil {
				return fmt.Errorf("warming tiles: %w", err)
			}
		}
	}
	return nil
}

// warmAreas makes the outlines and labels of all areas of the window's boundaries.
func (s *Server) warmAreas(ctx context.Context, view *coverage.View, window *coverage.Result) error {
	shapes := s.shapesOf(view, window.Boundaries)
	if _, err := choose(ctx, view, window, shapes.levelsAt(MaxZoom)); err != nil {
		return err
	}
	shapes.reach()
	for i := range window.Boundaries.Areas {
		if err := ctx.Err(); err != nil {
			return err
		}
		shape, err := shapes.shape(int32(i))
		if err != nil {
			return err
		}
		if shape != nil {
			shape.Label()
		}
	}
	return nil
}
