package tiles

import (
	"math"
	"strings"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/data"
)

// Cells and areas have how their coverage changed on request, and only then.
func TestChangeTiles(t *testing.T) {
	ix := newIndex(t, newProgramme(83, 6000))
	server := New(Config{})
	compared := window
	compared.EarlierFrom, compared.EarlierTo = window.From-60, window.From-1
	const z = 11
	for _, c := range []struct {
		layer Layer
		key   string
		q     coverage.Query
	}{
		{Cells, "h3", coverage.Query{By: coverage.ByCell, Resolution: resolutions[z]}},
		{Areas, "code", coverage.Query{By: coverage.ByArea, Level: data.Commune}},
	} {
		want := changes(t, ix, c.q, compared)
		seen := make(map[string]bool)
		x0, y0, x1, y1 := tileRange(land, z)
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				plain, err := server.Tile(t.Context(), ix.For(coverage.Operator), c.layer, z, x, y, window)
				if err != nil || strings.Contains(string(plain.MVT), "coverage_change") {
					t.Fatalf("%s %d/%d: the change is there unasked, error %v", c.layer, x, y, err)
				}
				tile, err := server.Tile(t.Context(), ix.For(coverage.Operator), c.layer, z, x, y, compared)
				if err != nil {
					t.Fatal(err)
				}
				layers, err := readTile(tile.MVT, buffers)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range layers {
					for _, f := range l.features {
						key := f.props[c.key].(string)
						w, known := want[key]
						if !known {
							continue // of another level
						}
						seen[key] = true
						got, ok := f.props["coverage_change"].(float64)
						if ok == math.IsNaN(w) || ok && math.Abs(got-w) > 0.000051 {
							t.Errorf("%s %s: change %v, want %v", c.layer, key, f.props["coverage_change"], w)
						}
					}
				}
			}
		}
		if len(seen) < 3 || len(seen) < len(want)*9/10 {
			t.Errorf("%s: saw %d of %d", c.layer, len(seen), len(want))
		}
		d := Describe(ix.For(coverage.Operator), c.layer, "", "", "v1", compared)
		if !strings.Contains(d.Tiles[0], "earlier_to=") || d.VectorLayers[0].Fields["coverage_change"] == "" {
			t.Errorf("described %+v", d)
		}
	}
}

// changes returns by key how coverage changed since the earlier window: not a number where
// it is not known for both.
func changes(t *testing.T, ix *coverage.Index, q coverage.Query, w Window) map[string]float64 {
	t.Helper()
	rates := func(from, to data.Date) map[string]float64 {
		q.From, q.To, q.Boundaries = from, to, w.To
		result, err := ix.For(coverage.Operator).Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]float64)
		for i := range result.Rows {
			row := &result.Rows[i]
			rate, ok := row.Coverage()
			if !ok {
				rate = math.NaN()
			}
			if q.By == coverage.ByCell {
				found[row.Cell.String()] = rate
			} else if row.Area != boundary.NoArea {
				found[result.Boundaries.Areas[row.Area].Code] = rate
			}
		}
		return found
	}
	earlier, change := rates(w.EarlierFrom, w.EarlierTo), make(map[string]float64)
	for key, rate := range rates(w.From, w.To) {
		before, ok := earlier[key]
		if !ok {
			before = math.NaN()
		}
		change[key] = rate - before
	}
	return change
}
