package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles"
	"tungnha/tiles/glyphs"
)

// tileLayers lists the layers that the viewer may see.
func tileLayers(v coverage.Viewer) []tiles.Layer {
	return slices.DeleteFunc(slices.Clone(tiles.Layers), func(l tiles.Layer) bool {
		return l == tiles.Households && !v.Households
	})
}

// asked returns who asks and with which query.
func asked(r *http.Request) (*request.Context, url.Values, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, nil, err
	}
	values, err := request.ParseQuery(r)
	return a, values, err
}

// getTile answers one tile. The address names the version of the data, so a tile under the
// version of now never changes; under another one it is a tile of now, to be asked for
// again. Without a last day the window ends today, and tomorrow the tile is another.
func (s *Server) getTile(w http.ResponseWriter, r *http.Request) {
	a, values, err := asked(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeTile(w, r, a, values, tiles.Layer(chi.URLParam(r, "layer")), "z", "x", "y")
}

// writeTile answers a tile of a layer, of which the path has the zoom, the column and the
// row under the names given.
func (s *Server) writeTile(w http.ResponseWriter, r *http.Request, a *request.Context, values url.Values, layer tiles.Layer, zoom, column, row string) {
	window, err := tileWindow(values)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	z, x, y, err := tilePlace(r, tiles.MaxZoom, zoom, column, row)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	tile, err := s.tiles.Tile(r.Context(), a.View, layer, z, x, y, window)
	if err != nil {
		s.fail(w, r, err)
		return
	}

	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	v := values.Get("v")
	stays := v != "" && v == a.Version() && window.To != data.NoDate
	if stays {
		h.Set("Cache-Control", httpx.Immutable)
	}
	h.Add("Vary", "Accept-Encoding")
	if len(tile.MVT) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	encoding := tileEncoding(r.Header.Get("Accept-Encoding"))
	body, tag, err := tile.Encoded(encoding)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	coding := ""
	if encoding != tiles.Identity {
		coding = encoding.String()
	}
	httpx.WriteEncoded(w, r, mvtType, coding, tag, body)
	if stays && tile.Again() { // most are never asked for again
		s.ready.keep(r, a, h, tile, encoding)
	}
}

// getTileJSON describes the tiles of a layer.
func (s *Server) getTileJSON(w http.ResponseWriter, r *http.Request) {
	a, values, err := asked(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	window, err := checkedWindow(r.Context(), a, values)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	layer := tiles.Layer(chi.URLParam(r, "layer"))
	if layer == tiles.Households && !a.Viewer.Households {
		s.fail(w, r, coverage.ErrNotAllowed)
		return
	}
	if window.To == data.NoDate {
		window.To = a.Today // tiles of a window with an end can be kept
	}
	described, err := tiles.Describe(a.View, layer, request.Base(r), s.config.Programme, a.Version(), window)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, r, described)
}

// getStyle answers a complete MapLibre style.
func (s *Server) getStyle(w http.ResponseWriter, r *http.Request) {
	a, values, err := asked(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	language, err := request.Language(values.Get("lang"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	values.Del("lang")
	window, err := checkedWindow(r.Context(), a, values)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	style, err := tiles.Style(a.View, request.Base(r), language, window, s.config.Basemap)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	httpx.WriteTagged(w, r, "application/json", style)
}

// getGlyphs answers the glyphs of 256 characters of the labels' face.
func (s *Server) getGlyphs(w http.ResponseWriter, r *http.Request) {
	stack, err := url.PathUnescape(chi.URLParam(r, "fontstack"))
	if err != nil {
		s.fail(w, r, request.NotFound("face", chi.URLParam(r, "fontstack")))
		return
	}
	first, last := 0, 0
	name := chi.URLParam(r, "range")
	if n, err := fmt.Sscanf(name, "%d-%d", &first, &last); n != 2 || err != nil || last != first+255 || name != fmt.Sprintf("%d-%d", first, last) {
		s.fail(w, r, request.NotFound("range of glyphs", name))
		return
	}
	body, ok, err := glyphs.Range(stack, first)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !ok:
		s.fail(w, r, request.NotFound("range of glyphs", stack+" "+name))
	default:
		httpx.WriteTagged(w, r, "application/x-protobuf", body)
	}
}

// getSprite answers the symbols of the style, at a scale of 1 or 2, and where each stands.
func (s *Server) getSprite(w http.ResponseWriter, r *http.Request) {
	scale := 1
	if strings.Contains(r.URL.Path, "@2x") {
		scale = 2
	}
	image, index, err := tiles.Sprite(scale)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case strings.HasSuffix(r.URL.Path, ".png"):
		httpx.WriteTagged(w, r, "image/png", image)
	default:
		httpx.WriteTagged(w, r, "application/json", index)
	}
}

// tileEncoding picks the smallest encoding that the client takes.
func tileEncoding(accept string) tiles.Encoding {
	for _, e := range []tiles.Encoding{tiles.Brotli, tiles.Zstd, tiles.Gzip} {
		if httpx.Accepts(accept, e.String()) {
			return e
		}
	}
	return tiles.Identity
}

// tileParameters are the query parameters of tiles, TileJSON and style.
var tileParameters = []string{"from", "to", "boundaries", "parent", "hotspots", "earlier_from", "earlier_to", "v"}

// tileWindow reads the query of a tile by hand: a map asks for hundreds of tiles, and the
// typed routes spend more on a request than a cached tile takes.
func tileWindow(values url.Values) (tiles.Window, error) {
	var q tiles.Window
	for name := range values {
		if !slices.Contains(tileParameters, name) {
			return q, request.Parameter("query."+name, "", "unknown query parameter")
		}
	}
	for _, d := range []struct {
		name string
		day  *data.Date
	}{{"from", &q.From}, {"to", &q.To}, {"boundaries", &q.Boundaries},
		{"earlier_from", &q.EarlierFrom}, {"earlier_to", &q.EarlierTo}} {
		var err error
		if *d.day, err = data.ParseDate(values.Get(d.name)); err != nil {
			return q, request.Parameter("query."+d.name, values.Get(d.name), err.Error())
		}
	}
	if q.EarlierFrom != data.NoDate && q.EarlierTo == data.NoDate {
		return q, request.Parameter("query.earlier_to", "", "is missing: earlier_from alone names no window")
	}
	if q.EarlierFrom > q.EarlierTo {
		return q, request.Parameter("query.earlier_from", q.EarlierFrom.String(), "is after earlier_to")
	}
	if q.Parent = values.Get("parent"); len(q.Parent) > 64 {
		return q, request.Parameter("query.parent", "", "is longer than 64 bytes")
	}
	switch values.Get("hotspots") {
	case "", "false":
	case "true":
		q.HotSpots = true
	default:
		return q, request.Parameter("query.hotspots", values.Get("hotspots"), "want true or false")
	}
	return q, nil
}

// checkedWindow is tileWindow for the routes that tell addresses of tiles and ask for no
// counts themselves: the cheapest query says whether there is such a window.
func checkedWindow(ctx context.Context, a *request.Context, values url.Values) (tiles.Window, error) {
	w, err := tileWindow(values)
	if err != nil {
		return w, err
	}
	_, err = a.View.Query(ctx, coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: w.Parent, From: w.From, To: w.To, Boundaries: w.Boundaries})
	return w, err
}

// tilePlace reads where a tile lies, no deeper than a zoom, from the parameters of the path that
// are named.
func tilePlace(r *http.Request, deepest int, zoom, column, row string) (z, x, y int, err error) {
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
		return 0, &tiles.ParameterError{Parameter: name, Reason: fmt.Sprintf("%q: want a number from 0 to %d", text, last)}
	}
	return int(n), nil
}
