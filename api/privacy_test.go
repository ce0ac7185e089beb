package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage/export"
	"tungnha/tiles"
)

// homes matches what names a household of the programme.
var homes = regexp.MustCompile(`H[123]-\d{3}`)

// TestNoRouteTellsHouseholds sends requests to every route that the server describes, and those that it
// does not, in all their variety: unless households are shown no answer, and no line of the
// log, names one.
func TestNoRouteTellsHouseholds(t *testing.T) {
	var log bytes.Buffer
	logged := func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	s := newTestServer(t, logged)
	addresses := everyAddress(t, s)
	told := map[string]bool{} // whether the pattern of an address was answered at all
	for _, address := range addresses {
		res := get(s, address)
		text := plain(t, res)
		told[address] = res.StatusCode == http.StatusOK
		if found := homes.Find(text); found != nil {
			t.Errorf("%s names household %s", address, found)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(address, "/tiles/") &&
			res.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: headers %v", address, res.Header)
		}
	}
	if found := homes.FindString(log.String()); found != "" {
		t.Errorf("the log names household %s", found)
	}
	for _, address := range []string{"/api/v1/coverage?by=cell&resolution=9", "/api/v1/exports/areas.xlsx",
		"/ogc/collections/cells/items?limit=1000"} {
		if !told[address] {
			t.Errorf("%s was not answered", address)
		}
	}

	// Where households are shown the same addresses find them, in each form.
	s = newTestServer(t, showHouseholds)
	finds := 0
	for _, address := range addresses {
		if homes.Match(plain(t, get(s, address))) {
			finds++
		}
	}
	if want := len(export.Formats); finds < want {
		t.Errorf("%d addresses name households that are shown, want at least %d: the test looks at nothing", finds,
			want)
	}
}

// plain returns what an answer contains, a workbook's parts unpacked.
func plain(t *testing.T, res *http.Response) []byte {
	t.Helper()
	text := body(t, res)
	if !bytes.HasPrefix(text, []byte("PK\x03\x04")) {
		return text
	}
	book, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, f := range book.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, part); err != nil {
			t.Fatal(err)
		}
	}
	return all.Bytes()
}

// everyAddress fills in the parameters of every GET that the server describes.
func everyAddress(t *testing.T, s *Server) []string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(body(t, get(s, "/openapi.json")), &doc); err != nil {
		t.Fatal(err)
	}
	layers := []string{"areas", "cells", "flags", "teams", "households", "hamlets", "visits"}
	values := map[string][]string{
		"layer": layers, "collection": layers, "code": {"48", "20101", "20102", "H1", "H3"}, "id": {"T1", "none"},
		"file": {"rejects.csv"},
		"set":  {"WebMercatorQuad"}, "fontstack": {"none"}, "range": {"0-255"},
		"format": {"csv-metadata.json", archiveFormat},
	}
	for _, f := range export.Formats {
		values["format"] = append(values["format"], string(f))
	}
	paths := []string{"/", "/data", "/teams", "/flags", "/metrics", "/readyz", "/healthz", "/openapi.json", "/none",
		"/communes/{code}", "/communes/{code}/sketch.json",
		"/ogc", "/ogc/api", "/ogc/dictionary", "/ogc/conformance", "/ogc/collections", "/ogc/collections/{collection}",
		"/ogc/collections/{collection}/schema",
		"/ogc/collections/{collection}/queryables", "/ogc/collections/{collection}/items?limit=1000",
		"/ogc/collections/{collection}/items?limit=1000&f=html",
		"/ogc/collections/{collection}/items?limit=1000&resolution=11", "/ogc/collections/{collection}/items/none"}
	for path, operations := range doc.Paths {
		if operations["get"] != nil && !strings.Contains(path, "/{z}/") && !strings.Contains(path, "{tileMatrix}") {
			paths = append(paths, path)
		}
	}
	for _, by := range []string{"area", "team", "day", "week", "month"} {
		paths = append(paths, "/api/v1/coverage?by="+by)
	}
	paths = append(paths, "/api/v1/coverage?by=area&level=hamlet", "/api/v1/coverage?by=cell&resolution=11",
		"/api/v1/coverage?by=cell&resolution=9", "/api/v1/flags?level=hamlet", "/api/v1/flags?level=team",
		"/api/v1/areas?limit=100", "/api/v1/areas/{code}?geometry=true", "/api/v1/hotspots?resolution=11",
		"/api/v1/exports/cells.{format}?resolution=11&hotspots=true",
		"/api/v1/boundaries/compare?a=2026-01-01&b=2026-03-01&level=hamlet")
	slices.Sort(paths)
	addresses := slices.Compact(paths)
	for name, all := range values {
		var filled []string
		for _, path := range addresses {
			if !strings.Contains(path, "{"+name+"}") {
				filled = append(filled, path)
				continue
			}
			for _, value := range all {
				filled = append(filled, strings.ReplaceAll(path, "{"+name+"}", value))
			}
		}
		addresses = filled
	}
	for _, home := range []orb.Point{{108.05, 16.05}, {108.15, 16.15}, {108.30, 16.10}} {
		for z := range maptile.Zoom(tiles.MaxZoom + 1) {
			at := maptile.At(home, z)
			for _, layer := range layers {
				addresses = append(addresses, fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", layer, z, at.X, at.Y),
					fmt.Sprintf("/ogc/collections/%s/tiles/%s/%d/%d/%d", layer, "WebMercatorQuad", z, at.Y, at.X))
			}
		}
	}
	for _, address := range addresses {
		if strings.Contains(address, "{") {
			t.Errorf("%s: nothing is known to fill in", address)
		}
	}
	return addresses
}
