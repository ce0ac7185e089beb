package tiles

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tungnha/coverage"
	"tungnha/tiles/glyphs"
	"tungnha/tiles/style"
)

func TestTileJSONDescribesTheTiles(t *testing.T) {
	ix := newIndex(t, newProgramme(21, 500))
	s := New(Config{})
	for _, layer := range Layers {
		d := Describe(ix.For(coverage.Operator), layer, "https://example.org/map", "Test", "", window)
		want := "https://example.org/map/tiles/" + layer.Name() + "/{z}/{x}/{y}.mvt?from=2026-02-01&to=2026-08-01&v=" +
			ix.Version()
		if len(d.Tiles) != 1 || d.Tiles[0] != want {
			t.Errorf("%s: tiles %v, want %s", layer, d.Tiles, want)
		}
		if d.Bounds[0] >= d.Bounds[2] || d.Bounds[1] >= d.Bounds[3] || d.TileJSON != "3.0.0" || d.MaxZoom != MaxZoom {
			t.Errorf("%s: %+v", layer, d)
		}
		fields := make(map[string]map[string]string)
		for _, l := range d.VectorLayers {
			fields[l.ID] = l.Fields
		}
		for z := 4; z <= 14; z += 5 {
			b := land
			if z == 14 {
				b = ix.For(coverage.Operator).Bound()
			}
			eachTile(t, s, ix.For(coverage.Operator), layer, z, window, b, func(x, y int, layers []readLayer) {
				if len(layers) > 0 && z < d.MinZoom {
					t.Errorf("%s: zoom %d has features, minzoom is %d", layer, z, d.MinZoom)
				}
				for _, l := range layers {
					for i := range l.features {
						for key := range l.features[i].props {
							if fields[l.name][key] == "" {
								t.Fatalf("%s: property %s of layer %s is not described", layer, key, l.name)
							}
						}
					}
				}
			})
		}
		first, err1 := json.Marshal(d)
		again := Describe(ix.For(coverage.Operator), layer, "https://example.org/map", "Test", "", window)
		second, err2 := json.Marshal(again)
		if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: not the same twice", layer)
		}
	}
	if _, err := LayerNamed("streets"); err == nil {
		t.Error("streets are described")
	}
}

// TestStyleRefersToWhatThereIs checks that the style refers to nothing that is not there.
func TestStyleRefersToWhatThereIs(t *testing.T) {
	ix := newIndex(t, newProgramme(22, 100))
	raw, err := Style(ix.For(coverage.Operator), "http://127.0.0.1:8080/", "vi", window, nil)
	if err != nil {
		t.Fatal(err)
	}
	var s style.Sheet
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if s.Version != 8 || s.Sprite != "http://127.0.0.1:8080/sprite" ||
		s.Glyphs != "http://127.0.0.1:8080/glyphs/{fontstack}/{range}.pbf" {
		t.Errorf("version %d, sprite %s", s.Version, s.Sprite)
	}
	_, index, err := style.Sprite(1)
	if err != nil {
		t.Fatal(err)
	}
	var images map[string]any
	if err := json.Unmarshal(index, &images); err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]bool)
	for _, l := range s.Layers {
		if ids[l.ID] {
			t.Errorf("two layers are called %s", l.ID)
		}
		ids[l.ID] = true
		if l.Type == "background" {
			continue
		}
		src, ok := s.Sources[l.Source]
		if !ok || src.URL != "http://127.0.0.1:8080/tiles/"+l.Source+".json?from=2026-02-01&to=2026-08-01" {
			t.Errorf("layer %s: source %+v", l.ID, src)
		}
		layer, err := LayerNamed(l.Source)
		if err != nil {
			t.Fatal(err)
		}
		d := Describe(ix.For(coverage.Operator), layer, "", "", "", window)
		at := slices.IndexFunc(d.VectorLayers, func(v VectorLayer) bool { return v.ID == l.SourceLayer })
		if at < 0 {
			t.Errorf("layer %s: no source layer %s", l.ID, l.SourceLayer)
			continue
		}
		if stack, ok := l.Layout["text-font"].([]any); ok {
			if _, known, err := glyphs.Range(stack[0].(string), 0); !known || err != nil {
				t.Errorf("layer %s: no glyphs of %v, error %v", l.ID, stack, err)
			}
		}
		properties, pictures := mentioned(append([]any{l.Filter}, values(l.Layout, l.Paint)...))
		for _, p := range properties {
			if d.VectorLayers[at].Fields[p] == "" {
				t.Errorf("layer %s: tiles have no property %s", l.ID, p)
			}
		}
		for _, p := range pictures {
			if images[p] == nil {
				t.Errorf("layer %s: the sprite has no image %s", l.ID, p)
			}
		}
	}
	public, err := Style(ix.For(coverage.Viewer{}), "http://127.0.0.1:8080", "en", window, nil)
	if err != nil || bytes.Contains(public, []byte("households.json")) || !bytes.Contains(public, []byte("name_en")) {
		t.Errorf("the public's style: %s, error %v", public, err)
	}
}

func values(maps ...map[string]any) (all []any) {
	for _, m := range maps {
		for _, v := range m {
			all = append(all, v)
		}
	}
	return all
}

// mentioned returns the properties and the images of the sprite that expressions name.
func mentioned(v any) (properties, images []string) {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "pattern-") || strings.HasPrefix(v, "flag-") {
			images = append(images, v)
		}
	case []any:
		if len(v) == 2 && (v[0] == "get" || v[0] == "has") {
			return []string{v[1].(string)}, nil
		}
		for _, x := range v {
			p, i := mentioned(x)
			properties, images = append(properties, p...), append(images, i...)
		}
	}
	return properties, images
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date (see git diff after -update): got %d bytes, want %d", path, len(got), len(want))
	}
}

func TestGoldenDocuments(t *testing.T) {
	ix := newIndex(t, newProgramme(23, 300))
	indented := func(raw []byte) []byte {
		var out bytes.Buffer
		if err := json.Indent(&out, bytes.ReplaceAll(raw, []byte(ix.Version()), []byte("VERSION")), "",
			"  "); err != nil {
			t.Fatal(err)
		}
		return append(out.Bytes(), '\n')
	}
	style, err := Style(ix.For(coverage.Operator), "https://example.org", "en", Window{From: window.From}, nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "style.json", indented(style))
	for _, layer := range []Layer{Areas, Households} {
		d := Describe(ix.For(coverage.Operator), layer, "https://example.org", "Example", "", window)
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, layer.Name()+".json", indented(raw))
	}
}
