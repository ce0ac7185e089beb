package api

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/api/maptiles"
	"tungnha/tiles"
)

// A new visit changes the tiles that it shows in, under all encodings, and no other: those
// keep their tags.
func TestVisitsChangeOnlyTheirTiles(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	here, there := orb.Point{108.151, 16.151}, orb.Point{108.051, 16.051} // H2, to which the visit goes, and H1
	address := func(layer string, at orb.Point) string {
		tile := maptile.At(at, 13)
		return fmt.Sprintf("/tiles/%s/13/%d/%d.mvt?from=2026-03-01&to=2026-03-31", layer, tile.X, tile.Y)
	}
	tags := func(url string) (all []string) {
		for _, encoding := range []string{"identity", "gzip", "br", "zstd"} {
			res := get(s, url, "Accept-Encoding", encoding)
			if res.StatusCode != 200 {
				t.Fatalf("%s: status %d", url, res.StatusCode)
			}
			all = append(all, res.Header.Get("ETag"))
		}
		return all
	}
	for i, layer := range []string{"cells", "households"} {
		hit, missed := tags(address(layer, here)), tags(address(layer, there))
		visit := visitJSON("visit_id", fmt.Sprintf(`"kept-%d"`, i))
		post(t, s, "["+strings.Replace(visit, "H2-010", fmt.Sprintf("H2-01%d", i), 1)+"]")
		for e, tag := range tags(address(layer, here)) {
			if tag == hit[e] {
				t.Errorf("%s: the tile of the visit keeps its tag %s", layer, tag)
			}
		}
		for e, tag := range tags(address(layer, there)) {
			if tag != missed[e] {
				t.Errorf("%s: a tile elsewhere had the tag %s and has %s", layer, missed[e], tag)
			}
			res := get(s, address(layer, there), "Accept-Encoding", []string{"identity", "gzip", "br", "zstd"}[e],
				"If-None-Match", tag)
			if res.StatusCode != 304 || res.Header.Get("ETag") != tag || res.Header.Get("Vary") == "" ||
				res.Header.Get("Cache-Control") == "" {
				t.Errorf("%s: again: status %d, %v", layer, res.StatusCode, res.Header)
			}
		}
	}
}

// However a window is written, it is one entry of the cache: parameters in any order,
// defaults spelt out or left out.
func TestOneEntryForAWindow(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	var first *tiles.Tile
	for _, query := range []string{
		"to=2026-03-31&from=2026-03-01", "from=2026-03-01&to=2026-03-31", "from=2026-03-01",
		"from=2026-03-01&to=2026-03-31&boundaries=2026-03-31", "boundaries=2026-03-31&from=2026-03-01",
		"from=2026-03-01&parent=&hotspots=false", "v=anything&from=2026-03-01",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		window, err := maptiles.Window(values)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		at := maptile.At(orb.Point{108.05, 16.05}, 8)
		tile, err := s.tiles.Tiles.Tile(t.Context(), s.data.Load().Index().For(s.everybody()), tiles.Cells, 8,
			int(at.X), int(at.Y), window)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = tile
		}
		if tile != first {
			t.Errorf("%s: another entry", query)
		}
	}
}

// Another server over the same database answers the same bytes under the same tags.
func TestTilesAfterARestart(t *testing.T) {
	store := newStore(t)
	open := func() *Server {
		s, live := newClosedServer(t, store, showHouseholds)
		s.Open(live, time.Second)
		return s
	}
	first, second := open(), open()
	for _, layer := range []string{"cells", "areas", "flags", "households"} {
		for z := maptile.Zoom(4); z <= 14; z++ {
			url := tileOf(layer, z) + "?from=2026-03-01&to=2026-03-31"
			a, b := get(first, url, "Accept-Encoding", "br"), get(second, url, "Accept-Encoding", "br")
			one, err1 := io.ReadAll(a.Body)
			two, err2 := io.ReadAll(b.Body)
			if err1 != nil || err2 != nil || a.StatusCode != b.StatusCode || !bytes.Equal(one, two) ||
				a.Header.Get("ETag") != b.Header.Get("ETag") {
				t.Errorf("%s: %d, %d bytes %s; then %d, %d bytes %s", url, a.StatusCode, len(one), a.Header.Get("ETag"),
					b.StatusCode, len(two), b.Header.Get("ETag"))
			}
		}
	}
}
