package tiles

import (
	"bytes"
	"testing"

	"tungnha/coverage"
	"tungnha/data"
)

// A tile whose cells were looked for around it alone is the tile drawn from those of
// everywhere, for any viewer, and no request has to wait for everywhere.
func TestCellsAreAskedForAroundATile(t *testing.T) {
	p := newProgramme(83, 4000)
	everywhere, around := newIndex(t, p), newIndex(t, p)
	earlier := window
	earlier.EarlierFrom, earlier.EarlierTo = window.From-30, window.To-30
	for _, viewer := range []coverage.Viewer{coverage.Operator, {},
		{Scope: []string{p.areas[3].Code}, SmallCounts: true}} {
		for _, w := range []Window{window, earlier, {To: window.To, Parent: p.areas[2].Code}} {
			if w.Parent != "" && len(viewer.Scope) > 0 {
				continue // it is beyond the scope
			}
			if !viewer.SmallCounts {
				w = published(w)
			}
			for _, layer := range []Layer{Cells, Households} {
				if layer == Households && !viewer.Households {
					continue
				}
				a, b := New(Config{}), New(Config{})
				drawn := 0
				for z := 12; z <= MaxZoom; z++ {
					q := coverage.Query{By: coverage.ByCell, Resolution: resolutionAt(everywhere.For(viewer), z),
						From: w.From, To: w.To, Boundaries: w.Boundaries, Parent: w.Parent}
					for _, days := range [][2]int{{int(q.From), int(q.To)}, {int(w.EarlierFrom), int(w.EarlierTo)}} {
						if days[1] == 0 {
							continue
						}
						q.From, q.To = data.Date(days[0]), data.Date(days[1])
						if _, err := everywhere.For(viewer).Query(t.Context(), q); err != nil {
							t.Fatal(err)
						}
					}
					x0, y0, x1, y1 := tileRange(land, z)
					for x := x0; x <= min(x1, x0+4); x++ {
						for y := y0; y <= min(y1, y0+4); y++ {
							want, err := a.Tile(t.Context(), everywhere.For(viewer), layer, z, x, y, w)
							if err != nil {
								t.Fatal(err)
							}
							got, err := b.Tile(t.Context(), around.For(viewer), layer, z, x, y, w)
							if err != nil {
								t.Fatal(err)
							}
							if !bytes.Equal(got.MVT, want.MVT) {
								t.Fatalf("%s/%d/%d/%d for %+v: %d bytes, want %d", layer, z, x, y, viewer, len(got.MVT),
									len(want.MVT))
							}
							if len(want.MVT) > 0 {
								drawn++
							}
						}
					}
					q.From, q.To = w.From, w.To
					if q.Resolution >= coverage.MinFine && around.For(viewer).Kept(t.Context(), q) != nil {
						t.Errorf("zoom %d: the cells of everywhere were counted", z)
					}
				}
				if drawn == 0 {
					t.Errorf("%s for %+v: every tile is empty", layer, viewer)
				}
			}
		}
	}
}
