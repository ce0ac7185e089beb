package tiles

import (
	"encoding/json"
	"strings"
	"testing"

	"tungnha/coverage"
)

// TestTileJSONRules checks the description of each layer against the rules of TileJSON 3.0.0,
// section by section.
func TestTileJSONRules(t *testing.T) {
	ix := newIndex(t, newProgramme(91, 200))
	for _, layer := range Layers {
		described := Describe(ix.For(coverage.Operator), layer, "https://example.org", "Test", "", window)
		raw, err := json.Marshal(described)
		if err != nil {
			t.Fatal(err)
		}
		var d map[string]any
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		if d["tilejson"] != "3.0.0" { // 3.1
			t.Errorf("%s: tilejson %v", layer, d["tilejson"])
		}
		for _, address := range d["tiles"].([]any) { // 3.2
			if s := address.(string); !strings.Contains(s, "{z}/{x}/{y}") {
				t.Errorf("%s: tiles %s", layer, s)
			}
		}
		low, high := d["minzoom"].(float64), d["maxzoom"].(float64) // 3.12, 3.11
		if low < 0 || high > 30 || low > high {
			t.Errorf("%s: zooms %v to %v", layer, low, high)
		}
		b, c := d["bounds"].([]any), d["center"].([]any) // 3.5, 3.6
		if len(b) != 4 || len(c) != 3 || b[0].(float64) < -180 || b[2].(float64) > 180 || b[1].(float64) < -90 ||
			b[3].(float64) > 90 ||
			c[0].(float64) < b[0].(float64) || c[0].(float64) > b[2].(float64) || c[1].(float64) < b[1].(float64) ||
			c[1].(float64) > b[3].(float64) ||
			c[2].(float64) < low || c[2].(float64) > high {
			t.Errorf("%s: bounds %v, center %v", layer, b, c)
		}
		if d["scheme"] != "xyz" || strings.Count(d["version"].(string), ".") != 2 { // 3.14, 3.16
			t.Errorf("%s: scheme %v, version %v", layer, d["scheme"], d["version"])
		}
		layers := d["vector_layers"].([]any) // 3.3
		if len(layers) == 0 {
			t.Errorf("%s: no vector_layers", layer)
		}
		for _, l := range layers {
			l := l.(map[string]any)
			fields, ok := l["fields"].(map[string]any)
			if l["id"] == "" || !ok || len(fields) == 0 || l["minzoom"].(float64) < low ||
				l["maxzoom"].(float64) > high {
				t.Errorf("%s: layer %v", layer, l)
			}
			for name, text := range fields {
				if s := text.(string); !strings.HasPrefix(s, "Number: ") && !strings.HasPrefix(s, "String: ") &&
					!strings.HasPrefix(s, "Boolean: ") {
					t.Errorf("%s: field %s is described as %q, want its type first", layer, name, s)
				}
			}
		}
	}
}
