// Package maptiles answers what a map reads: vector tiles, TileJSON, the MapLibre style with its
// glyphs and symbols, and the tiles of the operator's own basemap.
package maptiles

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/internal/problem"
	"tungnha/tiles"
	"tungnha/tiles/archive"
)

// Server answers the routes of the map's tiles.
type Server struct {
	Tiles     *tiles.Server
	Fast      *FastPath
	Programme string
	Basemap   *archive.File // nil: there is none
}

// Media types.
const (
	MVT         = "application/vnd.mapbox-vector-tile"
	pmtilesType = "application/vnd.pmtiles"
	jsonType    = "application/json"
)

// read returns the context of a request and its query.
func read(r *http.Request) (*request.Context, url.Values, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, nil, err
	}
	values, err := request.ParseQuery(r)
	return a, values, err
}

// DescribeTile describes Tile.
func DescribeTile(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-tile", "One vector tile", WithWindow(Param("layer", LayerSchema()),
		Param("z", Number("zoom, of 512-pixel tiles", tiles.MaxZoom)),
		Param("x", Number("from the west, to 2^z - 1", 0)), Param("y", Number("from the north, to 2^z - 1", 0)))...)
	DescribeAnswers(op)
}

// Tile answers one tile. The address names the version of the data, so a tile under the current
// version never changes; under another one it is the current tile, to be requested again. Without
// a last day the window ends today, and tomorrow the tile is another.
func (s *Server) Tile(w http.ResponseWriter, r *http.Request) error {
	a, values, err := read(r)
	if err != nil {
		return err
	}
	return s.WriteTile(w, r, a, values, chi.URLParam(r, "layer"), "z", "x", "y")
}

// WriteTile answers a tile of a layer, of which the path has the zoom, the column and the row
// under the names given.
func (s *Server) WriteTile(w http.ResponseWriter, r *http.Request, a *request.Context, values url.Values,
	layerName, zoom, column, row string) error {
	window, err := Window(values)
	if err != nil {
		return err
	}
	z, x, y, err := tileAddress(r, tiles.MaxZoom, zoom, column, row)
	if err != nil {
		return err
	}
	layer, err := tiles.LayerNamed(layerName)
	if err != nil {
		return err
	}
	tile, err := s.Tiles.Tile(r.Context(), a.View, layer, z, x, y, window)
	if err != nil {
		return err
	}

	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	v := values.Get("v")
	immutable := v != "" && v == a.Version() && window.To != data.NoDate
	if immutable {
		h.Set("Cache-Control", httpx.Immutable)
	}
	h.Add("Vary", "Accept-Encoding")
	if len(tile.MVT) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	encoding := encodingOf(r.Header.Get("Accept-Encoding"))
	body, tag, err := tile.Encoded(encoding)
	if err != nil {
		return err
	}
	coding := ""
	if encoding != tiles.Identity {
		coding = encoding.String()
	}
	httpx.WriteEncoded(w, r, MVT, coding, tag, body)
	if immutable && tile.Again() { // most are never requested again
		s.Fast.Keep(r, a.View, h, tile, encoding)
	}
	return nil
}

// encodingOf picks the smallest encoding that the client accepts.
func encodingOf(accept string) tiles.Encoding {
	for _, e := range []tiles.Encoding{tiles.Brotli, tiles.Zstd, tiles.Gzip} {
		if httpx.Accepts(accept, e.String()) {
			return e
		}
	}
	return tiles.Identity
}

// tileParameters are the query parameters of tiles, TileJSON and style.
var tileParameters = []string{"from", "to", "boundaries", "parent", "hotspots", "earlier_from", "earlier_to", "v"}

// Window reads the query of a tile by hand: a map requests hundreds of tiles, and the
// typed routes spend more on a request than a cached tile takes.
func Window(values url.Values) (tiles.Window, error) {
	var q tiles.Window
	for name := range values {
		if !slices.Contains(tileParameters, name) {
			return q, request.Parameter("query", name, "", problem.UnknownParameter())
		}
	}
	for _, d := range []struct {
		name string
		day  *data.Date
	}{{"from", &q.From}, {"to", &q.To}, {"boundaries", &q.Boundaries},
		{"earlier_from", &q.EarlierFrom}, {"earlier_to", &q.EarlierTo}} {
		var p *problem.Problem
		if *d.day, p = data.ReadDate("", values.Get(d.name)); p != nil {
			return q, request.Parameter("query", d.name, values.Get(d.name), p)
		}
	}
	if q.EarlierFrom != data.NoDate && q.EarlierTo == data.NoDate {
		return q, request.Parameter("query", "earlier_to", "", problem.EarlierToMissing())
	}
	if q.EarlierFrom > q.EarlierTo {
		return q, request.Parameter("query", "earlier_from", q.EarlierFrom.String(), problem.EarlierReversed())
	}
	if q.Parent = values.Get("parent"); len(q.Parent) > 64 {
		return q, request.Parameter("query", "parent", "", problem.LongerThan(64))
	}
	switch values.Get("hotspots") {
	case "", "false":
	case "true":
		q.HotSpots = true
	default:
		return q, request.Parameter("query", "hotspots", values.Get("hotspots"), problem.WantOneOf("true", "false"))
	}
	return q, nil
}

// CheckedWindow is Window for the routes that return addresses of tiles and query no
// counts themselves: the cheapest query checks the window.
func CheckedWindow(ctx context.Context, a *request.Context, values url.Values) (tiles.Window, error) {
	w, err := Window(values)
	if err != nil {
		return w, err
	}
	_, err = a.View.Query(ctx, coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: w.Parent, From: w.From, To: w.To, Boundaries: w.Boundaries})
	return w, err
}

// tileAddress reads the zoom, column and row of a tile, no deeper than a zoom, from the parameters
// of the path that are named.
func tileAddress(r *http.Request, deepest int, zoom, column, row string) (z, x, y int, err error) {
	if z, err = pathNumber(r, zoom, deepest); err != nil {
		return
	}
	last := 1<<z - 1
	if x, err = pathNumber(r, column, last); err != nil {
		return
	}
	y, err = pathNumber(r, row, last)
	return
}

// pathNumber reads a whole number from 0 to last, written in digits alone.
func pathNumber(r *http.Request, name string, last int) (int, error) {
	text := chi.URLParam(r, name)
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || int(n) > last {
		return 0, request.Parameter("path", name, "", problem.NotNumberOf(text, 0, last))
	}
	return int(n), nil
}
