package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage/export"
)

// tileOf is the address of the tile of the zoom that contains the programme.
func tileOf(layer string, zoom maptile.Zoom) string {
	at := maptile.At(orb.Point{108.05, 16.05}, zoom)
	return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", layer, zoom, at.X, at.Y)
}

func body(t testing.TB, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTileSums adds up the features of a tile that contains everything: the same as the table.
func TestTileSums(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, window := range []string{"", "?from=2026-03-01&to=2026-03-31", "?to=2026-02-01"} {
		total := read[export.Answer](t, get(s, "/api/v1/coverage"+window), 200).Total
		for _, layer := range []string{"cells", "areas"} {
			res := get(s, tileOf(layer, 8)+window)
			if res.StatusCode != 200 {
				t.Fatalf("%s%s: status %d", layer, window, res.StatusCode)
			}
			layers, err := mvt.Unmarshal(body(t, res))
			if err != nil {
				t.Fatal(err)
			}
			var households, reached float64
			for _, l := range layers {
				for _, f := range l.Features {
					if l.Name == layer && (layer == "cells" || f.Properties["level"] == "commune") {
						households += f.Properties["households"].(float64)
						reached += f.Properties["reached"].(float64)
					}
				}
			}
			if households != float64(*total.Count("households")) || reached != float64(*total.Count("reached")) {
				t.Errorf("%s%s: %v households, %v reached; want %d, %d", layer, window, households, reached,
					*total.Count("households"), *total.Count("reached"))
			}
		}
	}
}

// TestTileKeeping checks what the public's tiles may be stored for, and that they are requested again by their tags.
func TestTileKeeping(t *testing.T) {
	s := newTestServer(t, nil)
	m := read[meta](t, get(s, "/api/v1/meta"), 200)
	address, version := tileOf("cells", 8)+"?to="+m.Public.Windows[0].To, m.Version
	for _, c := range []struct{ url, caching string }{
		{address, "no-cache"},
		{address + "&v=" + version, "public, max-age=31536000, immutable"},
		{address + "&v=stale", "no-cache"},
		{tileOf("cells", 8) + "?v=" + version, "no-cache"}, // its window ends today, and tomorrow it will not
	} {
		res := get(s, c.url)
		if got := res.Header.Get("Cache-Control"); res.StatusCode != 200 || got != c.caching {
			t.Errorf("%s: status %d, %q; want %q", c.url, res.StatusCode, got, c.caching)
		}
		tag := res.Header.Get("ETag")
		if again := get(s, c.url, "If-None-Match", tag); tag == "" || again.StatusCode != 304 ||
			len(body(t, again)) != 0 {
			t.Errorf("%s with tag %q: status %d", c.url, tag, again.StatusCode)
		}
		head := do(s, httptest.NewRequest(http.MethodHead, c.url, nil))
		if head.StatusCode != 200 || head.Header.Get("Content-Length") != res.Header.Get("Content-Length") ||
			head.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: status %d, %v", c.url, head.StatusCode, head.Header)
		}
	}
	at := maptile.At(orb.Point{106.7, 17.4}, 10) // beyond the programme, within its bounds
	empty := fmt.Sprintf("/tiles/cells/10/%d/%d.mvt", at.X, at.Y)
	for _, url := range []string{empty, empty + "?to=" + m.Public.Windows[0].To + "&v=" + version} {
		if res := get(s, url); res.StatusCode != 204 || len(body(t, res)) != 0 {
			t.Errorf("%s: status %d, want 204", url, res.StatusCode)
		}
	}

	// A server that shows households shows other tiles: what was kept of one must not pass
	// for the other.
	if other := read[meta](t, get(newTestServer(t, showHouseholds), "/api/v1/meta"), 200).Version; other == version {
		t.Errorf("version %s whether small counts are shown or not", version)
	}
}

func TestTileEncodings(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	address := tileOf("cells", 8)
	plain := get(s, address)
	want := body(t, plain)
	tags := map[string]bool{plain.Header.Get("ETag"): true}
	for accept, encoding := range map[string]string{
		"gzip": "gzip", "br": "br", "zstd": "zstd", "gzip, deflate, br, zstd": "br", "br;q=0, gzip": "gzip",
		"deflate": "", "identity": "",
	} {
		res := get(s, address, "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("%s: got %q, want %q", accept, got, encoding)
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary %q", accept, res.Header.Get("Vary"))
		}
		var r io.Reader = res.Body
		var err error
		switch encoding {
		case "br":
			r = brotli.NewReader(r)
		case "gzip":
			r, err = gzip.NewReader(r)
		case "zstd":
			r, err = zstd.NewReader(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, error %v; want the %d of the plain tile", accept, len(got), err, len(want))
		}
		tags[res.Header.Get("ETag")] = true
	}
	if len(tags) != 4 {
		t.Errorf("%d tags for 4 encodings", len(tags))
	}
}

func TestTileJSONAndStyle(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.PublicURL = "https://map.example.vn/" })
	described := read[struct {
		TileJSON string
		Tiles    []string
	}](t, get(s, "/tiles/cells.json?from=2026-02-01&to=2026-02-28"), 200)
	if described.TileJSON != "3.0.0" || !strings.HasPrefix(described.Tiles[0],
		"https://map.example.vn/tiles/cells/{z}/{x}/{y}.mvt?") {
		t.Errorf("got %+v", described)
	}
	// The addresses that it has can be requested, and kept.
	at := maptile.At(orb.Point{108.05, 16.05}, 8)
	address := strings.NewReplacer("https://map.example.vn", "", "{z}", "8", "{x}", fmt.Sprint(at.X), "{y}",
		fmt.Sprint(at.Y)).Replace(described.Tiles[0])
	if res := get(s, address); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"),
		"immutable") {
		t.Errorf("%s: status %d, %q", address, res.StatusCode, res.Header.Get("Cache-Control"))
	}

	var style struct {
		Version int
		Sprite  string
		Sources map[string]struct{ URL string }
	}
	if err := json.Unmarshal(body(t, get(s, "/style.json?from=2026-02-01&to=2026-02-28&lang=en")), &style); err != nil {
		t.Fatal(err)
	}
	if style.Version != 8 || len(style.Sources) != 3 {
		t.Errorf("style: got %+v", style)
	}
	for name, source := range style.Sources {
		u, err := url.Parse(source.URL)
		if err != nil || u.Host != "map.example.vn" {
			t.Errorf("source %s: %q", name, source.URL)
			continue
		}
		if res := get(s, u.RequestURI()); res.StatusCode != 200 {
			t.Errorf("source %s: %s: status %d", name, u.RequestURI(), res.StatusCode)
		}
	}
	for _, suffix := range []string{".json", ".png", "@2x.json", "@2x.png"} {
		if res := get(s, strings.TrimPrefix(style.Sprite, "https://map.example.vn")+suffix); res.StatusCode != 200 ||
			len(body(t, res)) == 0 {
			t.Errorf("sprite%s: status %d", suffix, res.StatusCode)
		}
	}
	var glyphs struct{ Glyphs string }
	if err := json.Unmarshal(body(t, get(s, "/style.json")), &glyphs); err != nil {
		t.Fatal(err)
	}
	letters := strings.NewReplacer("https://map.example.vn", "", "{fontstack}", "Be%20Vietnam%20Pro%20SemiBold",
		"{range}", "7680-7935").Replace(glyphs.Glyphs)
	if res := get(s, letters); res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/x-protobuf" ||
		len(body(t, res)) < 10000 {
		t.Errorf("%s: status %d, %q", letters, res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, url := range []string{"/glyphs/Comic/0-255.pbf", "/glyphs/Be%20Vietnam%20Pro%20Regular/0-254.pbf",
		"/glyphs/Be%20Vietnam%20Pro%20Regular/00-255.pbf",
		"/glyphs/Be%20Vietnam%20Pro%20Regular/65536-65791.pbf", "/glyphs/Be%20Vietnam%20Pro%20Regular/1-256.pbf"} {
		if res := get(s, url); res.StatusCode != 404 {
			t.Errorf("%s: status %d, want 404", url, res.StatusCode)
		}
	}
	if got := get(s, "/sprite.png").Header.Get("Content-Type"); got != "image/png" {
		t.Errorf("sprite.png: %q", got)
	}
}

// BenchmarkCachedTile is what a tile costs that is finished already, all but the network.
func BenchmarkCachedTile(b *testing.B) {
	s := newTestServer(b, showHouseholds)
	version := read[meta](b, get(s, "/api/v1/meta"), 200).Version
	address := tileOf("cells", 8) + "?from=2026-03-01&to=2026-03-31&v=" + version
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
