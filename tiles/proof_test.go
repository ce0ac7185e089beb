package tiles

import (
	"fmt"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// TestEveryTileOfAProgramme reads each tile of each layer from zoom 4 to 14 with a decoder
// that is not ours, and adds up what is in them by id.
func TestEveryTileOfAProgramme(t *testing.T) {
	ix := newIndex(t, newProgramme(71, 3000))
	s := New(Config{})
	ask := func(q coverage.Query) *coverage.Result {
		q.From, q.To = window.From, window.To
		result, err := ix.For(coverage.Operator).Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	total := ask(coverage.Query{By: coverage.ByArea, Level: data.Commune}).Total
	for z := 4; z <= 14; z++ {
		for _, layer := range Layers {
			seen := make(map[string]map[uint64]geojson.Properties) // layer by layer
			box := Bounds(ix.For(coverage.Operator))
			if z > 8 { // the tiles around all that there is
				box = ix.For(coverage.Operator).Bound()
			}
			r := RangeOf(box, z)
			for x := r.MinX - 1; x <= r.MaxX+1; x++ {
				for y := r.MinY - 1; y <= r.MaxY+1; y++ {
					if within(Bounds(ix.For(coverage.Operator)), z, x, y) != nil {
						continue
					}
					tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					if len(tile.MVT) > 0 {
						proveTile(t, fmt.Sprintf("%s/%d/%d/%d", layer, z, x, y), tile.MVT, seen)
					}
				}
			}
			sum := func(layer, key string, of func(geojson.Properties) bool) (n uint64) {
				for _, properties := range seen[layer] {
					if v, ok := properties[key].(float64); ok && of(properties) {
						n += uint64(v)
					}
				}
				return n
			}
			all := func(geojson.Properties) bool { return true }
			commune := func(p geojson.Properties) bool { return p["level"] == "commune" }
			for _, c := range []struct {
				what      string
				got, want uint64
				holds     bool
			}{
				{"cells", sum("cells", "households", all), uint64(total.Households), layer == Cells},
				{"cells reached", sum("cells", "reached", all), uint64(total.Reached), layer == Cells},
				{"communes", sum("areas", "households", commune), uint64(total.Households), layer == Areas &&
					z >= communeZoom},
				{"commune names", sum("area_labels", "reached", commune), uint64(total.Reached), layer == Areas &&
					z >= communeZoom},
				{"points", sum("households", "count", all), uint64(total.Households), layer == Households},
				{"points reached", sum("households", "reached", all), uint64(total.Reached), layer == Households &&
					z < householdZoom},
			} {
				if c.holds && c.got != c.want {
					t.Errorf("zoom %d: %s add up to %d, want %d", z, c.what, c.got, c.want)
				}
			}
			if layer == Flags {
				want := 0
				level := flagLevelsAt(z)[0]
				for _, row := range ask(coverage.Query{By: coverage.ByArea, Level: level}).Rows {
					if row.Flags != 0 && row.Area != boundary.NoArea {
						want++
					}
				}
				if got := len(seen["flags"]); got != want || want == 0 {
					t.Errorf("zoom %d: %d flags, want %d", z, got, want)
				}
			}
		}
	}
}

// proveTile decodes a tile and checks its features against the rules: ids that are unique in a
// layer and identify the same in each tile, rings that are closed, wound and near the tile.
func proveTile(t *testing.T, name string, raw []byte, seen map[string]map[uint64]geojson.Properties) {
	t.Helper()
	layers, err := orbmvt.Unmarshal(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, l := range layers {
		if l.Version != 2 || l.Extent != mvt.Extent || len(l.Features) == 0 {
			t.Fatalf("%s: layer %s of version %d, extent %d, %d features", name, l.Name, l.Version, l.Extent,
				len(l.Features))
		}
		if seen[l.Name] == nil {
			seen[l.Name] = make(map[uint64]geojson.Properties)
		}
		here := make(map[uint64]bool)
		for _, f := range l.Features {
			id := uint64(f.ID.(float64))
			if here[id] {
				t.Errorf("%s: layer %s has two features %d", name, l.Name, id)
			}
			here[id] = true
			if was, ok := seen[l.Name][id]; ok && fmt.Sprint(was) != fmt.Sprint(f.Properties) {
				t.Errorf("%s: feature %d is %v, elsewhere %v", name, id, f.Properties, was)
			}
			seen[l.Name][id] = f.Properties
			buffer := float64(buffers[l.Name])
			if b := f.Geometry.Bound(); b.Min[0] < -buffer || b.Min[1] < -buffer || b.Max[0] > mvt.Extent+buffer ||
				b.Max[1] > mvt.Extent+buffer {
				t.Errorf("%s: feature %d reaches %v, want at most %v around the tile", name, id, b, buffer)
			}
			var polygons orb.MultiPolygon
			switch g := f.Geometry.(type) {
			case orb.Point: // TestLabelsFlagsHouseholdsAreInOneTile
			case orb.Polygon:
				polygons = orb.MultiPolygon{g}
			case orb.MultiPolygon:
				polygons = g
			default:
				t.Fatalf("%s: feature %d is a %s", name, id, g.GeoJSONType())
			}
			for _, polygon := range polygons {
				for i, ring := range polygon {
					want := orb.CCW // as orb has it with y upward: clockwise on the screen
					if i > 0 {
						want = orb.CW
					}
					if !ring.Closed() || ring.Orientation() != want {
						t.Errorf("%s: feature %d: ring %d is closed: %v, runs %d, want %d", name, id, i, ring.Closed(),
							ring.Orientation(), want)
					}
				}
			}
		}
	}
}
