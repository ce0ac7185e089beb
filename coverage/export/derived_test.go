package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/internal/problem"
)

// properties reads the properties of the features of a GeoJSONL file, by the first column.
func properties(t *testing.T, file []byte, key string) map[string]map[string]any {
	t.Helper()
	found := make(map[string]map[string]any)
	for line := range bytes.Lines(file) {
		var f struct {
			Geometry   *struct{ Type string }
			Properties map[string]any
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		f.Properties["shape"] = nil
		if f.Geometry != nil {
			f.Properties["shape"] = f.Geometry.Type
		}
		found[f.Properties[key].(string)] = f.Properties
	}
	return found
}

// A hamlet's shape is marked as derived, with what it is derived from where that may be shown.
func TestDerivedShapesAreMarked(t *testing.T) {
	ix := build(t)
	q := window
	q.Level = data.Hamlet
	operator := properties(t, write(t, ix.For(coverage.Operator), Request{Layer: Areas, Query: q}, GeoJSONL), "code")
	public := properties(t, write(t, ix.For(coverage.Viewer{}), Request{Layer: Areas, Query: q}, GeoJSONL), "code")
	for code, want := range map[string]float64{"00001001": 120, "00001002": 60, "00002001": 4} {
		p := operator[code]
		if p["geometry_derived"] != true || p["derived_households"] != want || p["shape"] != "MultiPolygon" {
			t.Errorf("%s: derived %v from %v, %v; want true, %v, MultiPolygon", code, p["geometry_derived"],
				p["derived_households"], p["shape"], want)
		}
		if p["derived_on"] != nil {
			t.Errorf("%s: derived on %v, but the register knows no day", code, p["derived_on"])
		}
		few := want < 10 // a shape would point at them
		if (public[code]["shape"] == nil) != few || public[code]["geometry_derived"] == few ||
			(public[code]["derived_households"] == nil) != (public[code]["households"] == nil) {
			t.Errorf("%s, to the public: %v", code, public[code])
		}
	}
	if public["00002001"]["derived_households"] != nil {
		t.Errorf("four households are told: %v", public["00002001"])
	}
	q.Level = data.Commune
	for code, p := range properties(t, write(t, ix.For(coverage.Operator), Request{Layer: Areas, Query: q}, GeoJSONL),
		"code") {
		if p["geometry_derived"] != false || p["derived_households"] != nil {
			t.Errorf("commune %s: %v", code, p)
		}
	}
}

// Hot and cold spots are there when requested, equal to the index's, and empty where there
// is no statistic.
func TestHotSpotColumns(t *testing.T) {
	ix := build(t)
	q := window
	q.By, q.Resolution = coverage.ByCell, 10
	result, spots, err := ix.For(coverage.Operator).HotSpots(t.Context(), q)
	if err != nil || spots.Missing != "" {
		t.Fatalf("missing %q, error %v", spots.Missing, err)
	}
	cells := properties(t, write(t, ix.For(coverage.Operator), Request{Layer: Cells, Query: q, Spots: true}, GeoJSONL),
		"h3")
	if len(cells) != len(result.Rows) {
		t.Fatalf("%d cells, want %d", len(cells), len(result.Rows))
	}
	for i := range result.Rows {
		p, s := cells[result.Rows[i].Cell.String()], spots.Spots[i]
		if p["gi_z"] != s.Z || p["gi_p"] != s.P || p["gi_q"] != s.Q || p["hotspot"] != s.Class.String() {
			t.Errorf("%s: %v, %v, %v, %v; want %+v", result.Rows[i].Cell, p["gi_z"], p["gi_p"], p["gi_q"], p["hotspot"],
				s)
		}
	}
	coarse := q
	coarse.Resolution = 5
	for _, p := range properties(t, write(t, ix.For(coverage.Operator),
		Request{Layer: Cells, Query: coarse, Spots: true}, GeoJSONL), "h3") {
		if v, there := p["gi_z"]; !there || v != nil || p["hotspot"] != nil {
			t.Errorf("of too few cells: %v", p)
		}
	}
	if plain := string(write(t, ix.For(coverage.Operator), Request{Layer: Cells, Query: q},
		CSV)); strings.Contains(plain, "gi_z") {
		t.Error("the columns are there unasked")
	}
	var fault *problem.ParameterError
	if _, err := NewTable(t.Context(), ix.For(coverage.Operator),
		Request{Layer: Teams, Query: q, Spots: true}); !errors.As(err, &fault) || fault.Name != "hotspots" {
		t.Errorf("of teams: error %v", err)
	}
}
