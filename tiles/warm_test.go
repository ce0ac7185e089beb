package tiles

import (
	"context"
	"errors"
	"testing"

	"tungnha/coverage"
	"tungnha/tiles/outline"
)

// A warm server gives the same tiles as a cold one, and makes no outline for them.
func TestWarmServerMakesNoOutlines(t *testing.T) {
	ix := newIndex(t, newProgramme(61, 3000))
	warm, cold := New(Config{}), New(Config{})
	if err := warm.Warm(t.Context(), ix.For(coverage.Operator), window); err != nil {
		t.Fatal(err)
	}
	var grids [coverage.MaxResolution + 1]*outline.CellGrid
	for r := range grids {
		grids[r] = warm.grids.slot(r).grid
		if (grids[r] != nil) != (r >= coverage.MinResolution) {
			t.Errorf("resolution %d: grid %v", r, grids[r])
		}
	}
	shapes := warm.shapesOf(ix.For(coverage.Operator), ix.For(coverage.Operator).BoundariesOn(window.To))
	for i := range shapes.boundaries.Areas {
		a := &shapes.boundaries.Areas[i]
		if shapes.outlines[i].shape == nil {
			t.Errorf("%s %s is not ready", a.Level, a.Code)
		}
	}
	for _, layer := range []Layer{Cells, Areas, Flags} {
		for z := 6; z <= 14; z += 4 {
			x0, y0, x1, y1 := tileRange(land, z)
			for x := x0; x <= x1; x++ {
				for y := y0; y <= y1; y++ {
					a, err := warm.Tile(t.Context(), ix.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					b, err := cold.Tile(t.Context(), ix.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					if string(a.MVT) != string(b.MVT) {
						t.Fatalf("%s/%d/%d/%d: warm %d bytes, cold %d", layer, z, x, y, len(a.MVT), len(b.MVT))
					}
				}
			}
		}
	}
	for r := range grids {
		if warm.grids.slot(r).grid != grids[r] {
			t.Errorf("resolution %d: outlines were made anew", r)
		}
	}

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Config{}).Warm(cancelled, ix.For(coverage.Operator), Window{To: window.To - 1}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
