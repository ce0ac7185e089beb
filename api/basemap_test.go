package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"tungnha/tiles"
	"tungnha/tiles/archive"
)

// newBasemap writes a basemap of two tiles in the schema of OpenMapTiles, and opens it.
func newBasemap(t testing.TB) *archive.File {
	t.Helper()
	w, err := archive.NewWriter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, id := range []uint64{0, archive.TileID(5, 25, 14)} {
		var body bytes.Buffer
		z := gzip.NewWriter(&body)
		io.WriteString(z, strings.Repeat("tile ", 20))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(id, body.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "base.pmtiles")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	info := &archive.Info{Type: archive.MVT, MaxZoom: 18, Bounds: [4]float64{102, 8, 110, 24},
		Center: [3]float64{108, 16, 5}}
	err = w.WriteTo(out, info, []byte(`{"name":"Phố","attribution":"<a href=\"https://osm.org\">© OpenStreetMap</a> &amp; bạn",
		"vector_layers":[{"id":"water","fields":{}},{"id":"transportation","fields":{"class":"String"}},{"id":"place","fields":{}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := archive.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestBasemapTiles(t *testing.T) {
	b := newBasemap(t)
	s := newTestServer(t, func(c *Config) { c.Basemap = b })
	described := read[tiles.TileJSON](t, get(s, "http://map.test/basemap.json"), 200)
	if described.Tiles[0] != "http://map.test/basemap/{z}/{x}/{y}?v="+b.Version || described.MaxZoom != 18 ||
		len(described.VectorLayers) != 3 ||
		!strings.Contains(described.Attribution, "osm.org") {
		t.Errorf("TileJSON %+v", described)
	}
	packed := get(s, "/basemap/5/25/14?v="+b.Version, "Accept-Encoding", "br, gzip")
	if packed.StatusCode != 200 || packed.Header.Get("Content-Encoding") != "gzip" ||
		packed.Header.Get("Vary") != "Accept-Encoding" ||
		packed.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" ||
		!strings.Contains(packed.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("status %d, header %v", packed.StatusCode, packed.Header)
	}
	plain := get(s, "/basemap/5/25/14")
	body, err := io.ReadAll(plain.Body)
	if err != nil || string(body) != strings.Repeat("tile ", 20) || plain.Header.Get("Content-Encoding") != "" ||
		plain.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%q, %v, header %v", body, err, plain.Header)
	}
	if tag := packed.Header.Get("ETag"); tag == "" || strings.HasPrefix(tag, "W/") || tag == plain.Header.Get("ETag") {
		t.Errorf("tags %s and %s: want two strong ones", tag, plain.Header.Get("ETag"))
	}
	for _, c := range []struct {
		url    string
		header []string
		status int
	}{
		{"/basemap/5/25/14", []string{"If-None-Match", plain.Header.Get("ETag")}, 304},
		{"/basemap/5/25/13", nil, 204},
		{"/basemap/18/0/0", nil, 204},
		{"/basemap/19/0/0", nil, 404},
		{"/basemap/5/32/0", nil, 404},
		{"/basemap/5/-1/0", nil, 404},
		{"/basemap/5/1/x", nil, 404},
		{"/basemap/5/25/14?w=1", nil, 422},
		{"/basemap/style.json?lang=fr", nil, 422},
		{"/basemap.json?v=1", nil, 422},
	} {
		if r := get(s, c.url, c.header...); r.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.url, r.StatusCode, c.status)
		}
	}
}

// The archive is there whole and in ranges, as clients of the format request it.
func TestBasemapFile(t *testing.T) {
	b := newBasemap(t)
	s := newTestServer(t, func(c *Config) { c.Basemap = b })
	whole, err := io.ReadAll(b.Whole())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		header []string
		status int
		want   []byte
	}{
		{nil, 200, whole},
		{[]string{"Range", "bytes=0-126"}, 206, whole[:127]},
		{[]string{"Range", "bytes=-3"}, 206, whole[len(whole)-3:]},
		{[]string{"Range", "bytes=5-6", "If-Range", `"` + b.Version + `"`}, 206, whole[5:7]},
		{[]string{"Range", "bytes=5-6", "If-Range", `"another"`}, 200, whole},
		{[]string{"Range", "bytes=999999-"}, 416, nil},
		{[]string{"If-None-Match", `"` + b.Version + `"`}, 304, nil},
	} {
		r := get(s, "/basemap.pmtiles", c.header...)
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != c.status || c.want != nil && !bytes.Equal(body, c.want) {
			t.Errorf("%v: status %d, %d bytes, %v; want %d and %d", c.header, r.StatusCode, len(body), err, c.status,
				len(c.want))
		}
	}
}

// The basemap is in the style under the cells, its names above them, and its owner is named.
func TestBasemapStyle(t *testing.T) {
	b := newBasemap(t)
	s := newTestServer(t, func(c *Config) { c.Basemap = b })
	type layer struct{ ID, Type, Source string }
	type style struct {
		Sources map[string]struct{ Type, URL string }
		Layers  []layer
	}
	full := read[style](t, get(s, "http://map.test/style.json"), 200)
	if got := full.Sources["basemap"]; got.Type != "vector" || got.URL != "http://map.test/basemap.json" {
		t.Errorf("source %+v", got)
	}
	cells := 0
	for i, l := range full.Layers {
		if l.Source == "cells" {
			cells = i
		}
	}
	under, over := 0, 0
	for i, l := range full.Layers {
		switch {
		case l.Source != "basemap":
		case (l.Type == "symbol") != (i > cells):
			t.Errorf("layer %s of type %s stands at %d, cells at %d", l.ID, l.Type, i, cells)
		case i < cells:
			under++
		default:
			over++
		}
	}
	if under < 8 || over < 2 {
		t.Errorf("%d layers under the cells and %d above", under, over)
	}
	alone := read[style](t, get(s, "/basemap/style.json?lang=en"), 200)
	if len(alone.Layers) != under+over+1 {
		t.Errorf("the basemap alone has %d layers, want %d and the ground", len(alone.Layers), under+over)
	}
	m := read[meta](t, get(s, "/api/v1/meta"), 200)
	if m.Basemap == nil || m.Basemap.Attribution != "© OpenStreetMap & bạn" {
		t.Errorf("meta says %+v", m.Basemap)
	}
}

func TestNoBasemap(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, url := range []string{"/basemap.json", "/basemap/0/0/0", "/basemap/style.json", "/basemap.pmtiles"} {
		if r := get(s, url); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", url, r.StatusCode)
		}
	}
	m := read[map[string]json.RawMessage](t, get(s, "/api/v1/meta"), 200)
	if string(m["basemap"]) != "null" {
		t.Errorf("meta says %s, want null", m["basemap"])
	}
}
