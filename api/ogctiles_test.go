package api

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/api/httpx"
	"tungnha/api/maptiles"
	"tungnha/api/ogc"
	"tungnha/tiles"
)

// follow reads the first link of a relation and a type, and returns its address.
func follow(t *testing.T, links []ogc.Link, rel, mediaType string) string {
	t.Helper()
	for _, l := range links {
		if l.Rel == rel && l.Type == mediaType {
			return l.Href
		}
	}
	t.Fatalf("no link %s of type %s in %v", rel, mediaType, links)
	return ""
}

// tileset, tilesetMetadata and tileMatrixSet are the members that the tests read.
type tileset struct {
	Title, DataType, CRS, TileMatrixSetURI string
	Links                                  []ogc.Link
}

type tilesetMetadata struct {
	tileset
	Limits []struct {
		TileMatrix                                     string
		MinTileRow, MaxTileRow, MinTileCol, MaxTileCol int
	} `json:"tileMatrixSetLimits"`
	Layers []struct {
		ID               string
		PropertiesSchema struct {
			Properties map[string]struct{ Type string }
		}
	}
}

type tileMatrixSet struct {
	ID           string
	TileMatrices []struct{ ID string }
}

// A client finds every tile by links alone, from the lists of tilesets on.
func TestOGCTiles(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	const (
		base          = "http://example.com"
		relTilesets   = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
		relTilingSets = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
	)
	linksOf := func(address string) []ogc.Link {
		return read[struct{ Links []ogc.Link }](t, get(s, address+"?f=json"), 200).Links
	}
	landing := linksOf(base + "/ogc")
	list := read[struct {
		Tilesets []tileset
		Links    []ogc.Link
	}](t, get(s, follow(t, landing, relTilesets, "application/json")+"?from=2026-03-01&to=2026-03-31&f=json"), 200)
	if len(list.Tilesets) != len(tiles.Layers) {
		t.Fatalf("%d tilesets, want %d", len(list.Tilesets), len(tiles.Layers))
	}
	for i, layer := range tiles.Layers {
		own := follow(t, linksOf(base+"/ogc/collections/"+layer.Name()), relTilesets, "application/json")
		one := read[struct{ Tilesets []tileset }](t, get(s, own+"?from=2026-03-01&to=2026-03-31"), 200)
		if len(one.Tilesets) != 1 || fmt.Sprint(one.Tilesets[0]) != fmt.Sprint(list.Tilesets[i]) {
			t.Errorf("%s: the collection lists %v, all list %v", layer, one.Tilesets, list.Tilesets[i])
		}
		entry := list.Tilesets[i]
		if entry.Title != layer.Name() || entry.DataType != "vector" ||
			entry.TileMatrixSetURI != "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad" ||
			entry.CRS != "http://www.opengis.net/def/crs/EPSG/0/3857" {
			t.Errorf("%s: got %+v", layer, entry)
		}
		m := read[tilesetMetadata](t, get(s, follow(t, entry.Links, "self", "application/json")), 200)
		set := read[tileMatrixSet](t, get(s, follow(t, m.Links, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
			"application/json")), 200)
		if set.ID != "WebMercatorQuad" || len(set.TileMatrices) != tiles.MaxZoom+1 || len(m.Limits) != tiles.MaxZoom+1 {
			t.Fatalf("%s: %d matrices, %d limits", layer, len(set.TileMatrices), len(m.Limits))
		}
		described := read[struct{ Tiles []string }](t, get(s, follow(t, m.Links, "describedby", "application/json")),
			200)
		template := follow(t, m.Links, "item", maptiles.MVT)
		for _, z := range []int{0, 6, 10, 14} {
			at := maptile.At(orb.Point{108.05, 16.05}, maptile.Zoom(z))
			l := m.Limits[z]
			if l.TileMatrix != strconv.Itoa(z) || int(at.X) < l.MinTileCol || int(at.X) > l.MaxTileCol ||
				int(at.Y) < l.MinTileRow || int(at.Y) > l.MaxTileRow {
				t.Errorf("%s: %v is outside %+v", layer, at, l)
			}
			fill := func(template, zoom, column, row string) string {
				return strings.NewReplacer("{"+zoom+"}", strconv.Itoa(z), "{"+column+"}", fmt.Sprint(at.X), "{"+row+"}",
					fmt.Sprint(at.Y)).Replace(template)
			}
			ogc := get(s, fill(template, "tileMatrix", "tileCol", "tileRow"))
			xyz := get(s, fill(described.Tiles[0], "z", "x", "y"))
			if ogc.StatusCode != 200 && layer != tiles.Flags || ogc.StatusCode != xyz.StatusCode ||
				string(body(t, ogc)) != string(body(t, xyz)) ||
				ogc.Header.Get("ETag") != xyz.Header.Get("ETag") ||
				ogc.Header.Get("Cache-Control") != httpx.Private {
				t.Errorf("%s/%d: status %d %v; as XYZ %d %v", layer, z, ogc.StatusCode, ogc.Header, xyz.StatusCode,
					xyz.Header)
			}
		}
		for _, l := range m.Layers {
			if p := l.PropertiesSchema.Properties; l.ID != tiles.Households.Name() && p["households"].Type != "number" {
				t.Errorf("%s: properties %v", l.ID, p)
			}
		}
	}
	sets := read[struct {
		TileMatrixSets []struct{ Links []ogc.Link }
	}](t, get(s, follow(t, landing, relTilingSets, "application/json")), 200)
	if len(sets.TileMatrixSets) != 1 || get(s, follow(t, sets.TileMatrixSets[0].Links, "self",
		"application/json")).StatusCode != 200 {
		t.Errorf("got %+v", sets)
	}
}

func TestOGCTilesThatAreNot(t *testing.T) {
	s := newTestServer(t, nil)
	for _, c := range []struct {
		url    string
		status int
	}{
		{"/ogc/tileMatrixSets/WorldCRS84Quad", 404},
		{"/ogc/collections/streets/tiles", 404},
		{"/ogc/collections/cells/tiles/WorldCRS84Quad", 404},
		{"/ogc/collections/cells/tiles/WebMercatorQuad/17/0/0", 404},
		{"/ogc/collections/cells/tiles/WebMercatorQuad/6/64/51", 404},
		{"/ogc/collections/cells/tiles/WebMercatorQuad/6/51/28", 404}, // column before row: the Antarctic
		{"/ogc/collections/cells/tiles/WorldCRS84Quad/6/28/51", 404},
		{"/ogc/collections/streets/tiles/WebMercatorQuad/6/28/51", 404},
		{"/ogc/collections/households/tiles", 403},
		{"/ogc/collections/households/tiles/WebMercatorQuad/6/28/51", 403},
		{"/ogc/collections/cells/tiles?f=html", 422},
		{"/ogc/tiles?form=2026-01-01", 422},
		{"/ogc/collections/cells/tiles/WebMercatorQuad/6/28/51?from=soon", 422},
	} {
		res := get(s, c.url)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d %q, want %d", c.url, res.StatusCode, res.Header.Get("Content-Type"), c.status)
		}
	}
}

// TestGDALReadsTheTiles has GDAL read a tile as a file, and a tileset through its driver for
// OGC API. TUNGNHA_OGRINFO is the ogrinfo, if not the one installed.
func TestGDALReadsTheTiles(t *testing.T) {
	ogrinfo := strings.Fields(cmp.Or(os.Getenv("TUNGNHA_OGRINFO"), "ogrinfo"))
	if _, err := exec.LookPath(ogrinfo[0]); err != nil {
		t.Skip("ogrinfo is not installed: apt-get install gdal-bin")
	}
	s := newTestServer(t, showHouseholds)
	web := httptest.NewServer(s)
	defer web.Close()
	count := func(args ...string) (features, sum int) {
		t.Helper()
		out, err := exec.Command(ogrinfo[0], slices.Concat(ogrinfo[1:], []string{"-ro", "-al"},
			args)...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "ERROR") {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		seen := make(map[string]bool) // cells at a seam are in both tiles
		for _, feature := range strings.Split(string(out), "OGRFeature(")[1:] {
			h3 := regexp.MustCompile(`h3 \(String\) = (\w+)`).FindStringSubmatch(feature)
			n := regexp.MustCompile(`(?:households|count) \((?:Integer\w*|String)\) = (\d+)`).FindStringSubmatch(
				feature)
			features++
			if len(n) == 2 && (len(h3) == 0 || !seen[h3[1]]) {
				households, _ := strconv.Atoi(n[1])
				sum += households
			}
			if len(h3) == 2 {
				seen[h3[1]] = true
			}
		}
		return features, sum
	}
	const total = householdsH1 + householdsH2 + householdsH3
	at := maptile.At(orb.Point{108.05, 16.05}, 8)
	if n, sum := count("MVT:" + web.URL + fmt.Sprintf("/tiles/cells/8/%d/%d.mvt", at.X, at.Y)); n == 0 || sum != total {
		t.Errorf("one tile: %d features, %d households, want %d", n, sum, total)
	}
	for _, address := range []string{
		fmt.Sprintf("/tiles/cells/8/%d/%d.mvt", at.X, at.Y),
		fmt.Sprintf("/tiles/households/5/%d/%d.mvt", at.X>>3, at.Y>>3),
	} {
		if n, sum := count("MVT:" + web.URL + address); n == 0 || sum != total {
			t.Errorf("%s: %d features, %d households, want %d", address, n, sum, total)
		}
	}
	// A tile by its address in the OGC tileset, whose row comes before its column, and a whole
	// zoom of a tileset as one layer.
	if n, sum := count(fmt.Sprintf("MVT:/vsicurl/%s/ogc/collections/cells/tiles/WebMercatorQuad/8/%d/%d?f=mvt", web.URL,
		at.Y, at.X)); n == 0 || sum != total {
		t.Errorf("one tile of the OGC tileset: %d features, %d households, want %d", n, sum, total)
	}
	if n, sum := count("MVT:"+web.URL+"/tiles/cells/8", "-oo", "TILE_EXTENSION=mvt", "cells"); n == 0 || sum != total {
		t.Errorf("zoom 8 as one layer: %d features, %d households, want %d", n, sum, total)
	}
	// The driver for OGC API reads no vector tiles before GDAL 3.7. It takes the extent in the
	// tiles' coordinates, where the tiles are not in degrees.
	version, err := exec.Command(ogrinfo[0], append(ogrinfo[1:], "--version")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if n, err := fmt.Sscanf(string(version), "GDAL %d.%d", &major, &minor); n != 2 || err != nil || major == 3 &&
		minor < 7 {
		t.Logf("%s has no driver for vector tiles of OGC API: that is not tried", strings.TrimSpace(string(version)))
		return
	}
	extent := []string{"-oo", "API=TILES", "-oo", "MINX=12022505", "-oo", "MINY=1804722", "-oo", "MAXX=12067033", "-oo",
		"MAXY=1827892"}
	for _, layer := range []string{"cells", "households"} {
		for _, zoom := range []string{"8", "13"} {
			args := append(extent[:len(extent):len(extent)], "OGCAPI:"+web.URL+"/ogc/collections/"+layer,
				"Zoom level "+zoom)
			if n, sum := count(args...); n == 0 || sum != total {
				t.Errorf("%s of zoom %s: %d features, %d households, want %d", layer, zoom, n, sum, total)
			}
		}
	}
}
