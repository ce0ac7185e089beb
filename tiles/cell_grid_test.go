package tiles

import (
	"bytes"
	"strings"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// A tile drawn from the cells around it alone is the tile drawn from all cells.
func TestCellsAroundATileAreEnough(t *testing.T) {
	ix := newIndex(t, newProgramme(81, 4000))
	all, alone := newCellGrids(maxGridBytes), newCellGrids(maxGridBytes)
	for resolution := 6; resolution <= coverage.MaxResolution; resolution++ {
		result, err := ix.For(coverage.Operator).Query(t.Context(),
			coverage.Query{By: coverage.ByCell, Resolution: resolution})
		if err != nil {
			t.Fatal(err)
		}
		drawn := 0
		for z := deepest(resolution); z > 0 && resolutions[z] == resolution; z-- {
			x0, y0, x1, y1 := tileRange(land, z)
			for x := x0; x <= min(x1, x0+12); x++ {
				for y := y0; y <= min(y1, y0+12); y++ {
					f := mvt.NewTransform(z, x, y)
					draw := func(g *outline.CellGrid, err error) []byte {
						if err != nil {
							t.Fatal(err)
						}
						d := &tileEncoder{keys: names(Cells.fields(result.Config.Skills, variant{}))}
						d.cells(&f, result, nil, g, nil)
						return d.mvt.Bytes()
					}
					want, got := draw(all.of(result, resolution)), draw(alone.around(result, &f))
					if !bytes.Equal(got, want) {
						t.Fatalf("resolution %d, %d/%d/%d: %d bytes, want %d", resolution, z, x, y, len(got), len(want))
					}
					if len(want) > 0 {
						drawn++
					}
				}
			}
		}
		if drawn == 0 {
			t.Errorf("resolution %d: every tile is empty", resolution)
		}
	}
	if alone.slot(coverage.MaxResolution).grid != nil {
		t.Error("the outlines of all cells were made")
	}
}

// What is known of the cells of everywhere in one window is known of all windows and their
// parts; what is known of a part is known of it alone.
func TestCellsOfEverywhereAreLookedAtOnce(t *testing.T) {
	p := newProgramme(84, 2000)
	ix := newIndex(t, p)
	const resolution = 8
	ask := func(v coverage.Viewer, q coverage.Query) *coverage.Result {
		q.By, q.Resolution = coverage.ByCell, resolution
		result, err := ix.For(v).Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	all := ask(coverage.Operator, coverage.Query{From: window.From, To: window.To})
	other := ask(coverage.Viewer{}, coverage.Query{})
	part := ask(coverage.Operator, coverage.Query{To: window.To, Parent: p.areas[2].Code})
	o := newCellGrids(maxGridBytes)
	r := o.slot(resolution)
	for _, step := range []struct {
		result           *coverage.Result
		all, other, part bool // known after it
	}{
		{part, false, false, true},
		{all, true, true, true},
	} {
		g, err := o.of(step.result, resolution)
		if err != nil {
			t.Fatal(err)
		}
		for result, want := range map[*coverage.Result]bool{all: step.all, other: step.other, part: step.part} {
			if got := r.contains(result); got != want {
				t.Errorf("%+v: known %v, want %v", result.Query, got, want)
			}
			if want && !g.Has(cellsOf(result, resolution)) {
				t.Errorf("%+v: not all of its cells are there", result.Query)
			}
		}
	}
}

// What is kept of all resolutions is bounded, and what was evicted is made again.
func TestGridsAreEvicted(t *testing.T) {
	ix := newIndex(t, newProgramme(82, 500))
	o := newCellGrids(200 * outlineBytes)
	for resolution := 6; resolution <= 9; resolution++ {
		result, err := ix.For(coverage.Operator).Query(t.Context(),
			coverage.Query{By: coverage.ByCell, Resolution: resolution})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.of(result, resolution); err != nil {
			t.Fatal(err)
		}
	}
	o.slots.Evict()
	if n := o.slots.Bytes(); n == 0 || n > 200*outlineBytes {
		t.Errorf("%d bytes kept of at most %d", n, 200*outlineBytes)
	}
	result, err := ix.For(coverage.Operator).Query(t.Context(), coverage.Query{By: coverage.ByCell, Resolution: 7})
	if err != nil {
		t.Fatal(err)
	}
	if g, err := o.of(result, 7); err != nil || len(g.Cells) != len(result.Rows) {
		t.Errorf("made again: %v, error %v", g, err)
	}
}

// Cells have their hot spots when requested, and only then; the two are kept apart.
func TestHotSpotTiles(t *testing.T) {
	ix := newIndex(t, newProgramme(83, 6000))
	server := New(Config{})
	spotted := window
	spotted.HotSpots = true
	const z = 11
	result, spots, err := ix.For(coverage.Operator).HotSpots(t.Context(),
		coverage.Query{By: coverage.ByCell, Resolution: resolutions[z], From: window.From, To: window.To})
	if err != nil || spots.Missing != "" {
		t.Fatalf("missing %q, error %v", spots.Missing, err)
	}
	want := make(map[string]hotspot.Spot)
	for i := range result.Rows {
		want[result.Rows[i].Cell.String()] = spots.Spots[i]
	}
	seen := 0
	x0, y0, x1, y1 := tileRange(land, z)
	for x := x0; x <= x1; x++ {
		for y := y0; y <= y1; y++ {
			plain, err := server.Tile(t.Context(), ix.For(coverage.Operator), Cells, z, x, y, window)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(plain.MVT), "gi_z") {
				t.Fatal("hot spots are there unasked")
			}
			tile, err := server.Tile(t.Context(), ix.For(coverage.Operator), Cells, z, x, y, spotted)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := readTile(tile.MVT, buffers)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range layers {
				for _, f := range l.features {
					s := want[f.props["h3"].(string)]
					seen++
					if s.Class == hotspot.None {
						if f.props["gi_z"] != nil || f.props["hotspot"] != nil {
							t.Errorf("%v: %v without a statistic", f.props["h3"], f.props["gi_z"])
						}
						continue
					}
					if got, ok := f.props["gi_z"].(float64); !ok || got < s.Z-0.0051 || got > s.Z+0.0051 ||
						f.props["hotspot"] != s.Class.String() {
						t.Errorf("%v: z %v, %v; want %+v", f.props["h3"], f.props["gi_z"], f.props["hotspot"], s)
					}
				}
			}
		}
	}
	if seen < len(result.Rows) {
		t.Errorf("saw %d cells of %d", seen, len(result.Rows))
	}
	d := Describe(ix.For(coverage.Operator), Cells, "", "", "v1", spotted)
	if !strings.Contains(d.Tiles[0], "hotspots=true") || !strings.Contains(d.Tiles[0], "v=v1") ||
		d.VectorLayers[0].Fields["hotspot"] == "" {
		t.Errorf("described %+v", d)
	}
}
