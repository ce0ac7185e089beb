package tiles

import (
	"bytes"
	"encoding/json"
	"flag"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tungnha/coverage"
	"tungnha/tiles/glyphs"
)

func TestTileJSONDescribesTheTiles(t *testing.T) {
	ix := newIndex(t, newProgramme(21, 500))
	s := New(Config{})
	for _, layer := range Layers {
		d, err := Describe(ix.For(coverage.Operator), layer, "https://example.org/map", "Test", "", window)
		if err != nil {
			t.Fatal(err)
		}
		want := "https://example.org/map/tiles/" + string(layer) + "/{z}/{x}/{y}.mvt?from=2026-02-01&to=2026-08-01&v=" + ix.Version()
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
		again, _ := Describe(ix.For(coverage.Operator), layer, "https://example.org/map", "Test", "", window)
		second, err2 := json.Marshal(again)
		if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: not the same twice", layer)
		}
	}
	if _, err := Describe(ix.For(coverage.Operator), "streets", "", "", "", Window{}); err == nil {
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
	var s styleSheet
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if s.Version != 8 || s.Sprite != "http://127.0.0.1:8080/sprite" || s.Glyphs != "http://127.0.0.1:8080/glyphs/{fontstack}/{range}.pbf" {
		t.Errorf("version %d, sprite %s", s.Version, s.Sprite)
	}
	_, index, err := Sprite(1)
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
		d, err := Describe(ix.For(coverage.Operator), Layer(l.Source), "", "", "", window)
		if err != nil {
			t.Fatal(err)
		}
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

func TestSprite(t *testing.T) {
	for scale := 1; scale <= 2; scale++ {
		picture, index, err := Sprite(scale)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		var places map[string]struct{ X, Y, Width, Height, PixelRatio int }
		if err := json.Unmarshal(index, &places); err != nil {
			t.Fatal(err)
		}
		if len(places) != len(symbols)+4 {
			t.Errorf("%d images", len(places))
		}
		looks := make(map[string]string)
		for name, p := range places {
			if p.PixelRatio != scale || p.X+p.Width > sheet.Bounds().Dx() || p.Y+p.Height > sheet.Bounds().Dy() {
				t.Errorf("@%d %s: %+v", scale, name, p)
			}
			// What is left of an image without its colours: its shape.
			var shape strings.Builder
			covered := 0
			for y := range p.Height {
				for x := range p.Width {
					r, g, b, a := sheet.At(p.X+x, p.Y+y).RGBA()
					switch {
					case a < 0x8000:
						shape.WriteByte(' ')
					case r+g+b > 3*0xe000:
						shape.WriteByte('o')
						covered++
					default:
						shape.WriteByte('#')
						covered++
					}
				}
			}
			if covered < p.Width*p.Height/10 {
				t.Errorf("@%d %s covers %d of %d pixels", scale, name, covered, p.Width*p.Height)
			}
			if other, same := looks[shape.String()]; same {
				t.Errorf("@%d: %s and %s have one shape", scale, name, other)
			}
			looks[shape.String()] = name
		}
	}
	if _, _, err := Sprite(3); err == nil {
		t.Error("a sprite at scale 3")
	}
}

// TestRampIsEven holds the ramp to what its comment says, and to being told apart by eyes
// that lack red or green cones.
func TestRampIsEven(t *testing.T) {
	var last [3]float64
	const step = (0.93 - 0.33) / 6
	for i, css := range coverageRamp {
		c := parseColour(css)
		full := oklab([3]float64{linear(c.R), linear(c.G), linear(c.B)})
		if want := 0.93 - step*float64(i); math.Abs(full[0]-want) > 0.015 {
			t.Errorf("class %d: lightness %.3f, want %.3f", i, full[0], want)
		}
		if i > 0 {
			for name, m := range deficiencies {
				before, after := oklab(apply(m, last)), oklab(apply(m, [3]float64{linear(c.R), linear(c.G), linear(c.B)}))
				if d := before[0] - after[0]; d < 0.06 {
					t.Errorf("%s: classes %d and %d differ by %.3f in lightness", name, i-1, i, d)
				}
			}
		}
		last = [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	}
	if len(breaks) != len(coverageRamp)-1 || !slices.IsSorted(breaks) {
		t.Errorf("breaks %v for %d classes", breaks, len(coverageRamp))
	}
}

// Matrices of Machado, Oliveira and Fernandes (2009) for full loss, on linear RGB.
var deficiencies = map[string][3][3]float64{
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

func apply(m [3][3]float64, c [3]float64) (out [3]float64) {
	for i := range m {
		for j := range c {
			out[i] += m[i][j] * c[j]
		}
		out[i] = min(max(out[i], 0), 1)
	}
	return out
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// oklab is Björn Ottosson's space, from linear sRGB.
func oklab(c [3]float64) [3]float64 {
	l := math.Cbrt(0.4122214708*c[0] + 0.5363325363*c[1] + 0.0514459929*c[2])
	m := math.Cbrt(0.2119034982*c[0] + 0.6806995451*c[1] + 0.1073969566*c[2])
	s := math.Cbrt(0.0883024619*c[0] + 0.2817188376*c[1] + 0.6299787005*c[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
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
		if err := json.Indent(&out, bytes.ReplaceAll(raw, []byte(ix.Version()), []byte("VERSION")), "", "  "); err != nil {
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
		d, err := Describe(ix.For(coverage.Operator), layer, "https://example.org", "Example", "", window)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, string(layer)+".json", indented(raw))
	}
}
