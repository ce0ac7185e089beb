package maptiles

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/tiles"
	"tungnha/tiles/style"
)

// Nothing of the basemap depends on the programme's data, so it is there from the first moment.

// WithBasemap refuses a route of the basemap where the operator put none in.
func (s *Server) WithBasemap(handle httpx.Handler) httpx.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.Basemap == nil {
			return request.NotFound("basemap", r.URL.Path)
		}
		return handle(w, r)
	}
}

// DescribeBasemapTileJSON describes BasemapTileJSON.
func DescribeBasemapTileJSON(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-basemap-tilejson", "What the tiles of the basemap hold")
	op.Responses["200"] = httpx.FileResponse(jsonType, "TileJSON 3.0.0")
}

// BasemapTileJSON describes the tiles of the basemap.
func (s *Server) BasemapTileJSON(w http.ResponseWriter, r *http.Request) error {
	if _, err := request.QueryOf(r); err != nil {
		return err
	}
	return httpx.WriteJSON(w, r, tiles.DescribeBasemap(s.Basemap, request.Base(r)))
}

// DescribeBasemapStyle describes BasemapStyle.
func DescribeBasemapStyle(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-basemap-style", "A MapLibre style of the basemap alone", languageParam())
	op.Responses["200"] = httpx.FileResponse(jsonType, "MapLibre style")
}

// BasemapStyle answers the style of the basemap alone, from which the map page reads its layers.
func (s *Server) BasemapStyle(w http.ResponseWriter, r *http.Request) error {
	query, err := request.QueryOf(r, "lang")
	if err != nil {
		return err
	}
	language, err := request.Language(query.Get("lang"))
	if err != nil {
		return err
	}
	sheet, err := style.OfBasemap(s.Basemap, request.Base(r), language)
	if err != nil {
		return err
	}
	_ = httpx.WriteTagged(w, r, jsonType, sheet) // a client that is gone has no use for the error
	return nil
}

// DescribeBasemapTile describes BasemapTile.
func DescribeBasemapTile(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-basemap-tile", "One tile of the basemap that the operator put in", Param("z", Number("zoom", 0)),
		Param("x", Number("column, from the west", 0)), Param("y", Number("row, from the north", 0)),
		httpx.Param("query", "v", httpx.Text("version in the TileJSON: with it the tile can be kept for ever")))
	op.Responses["200"] = httpx.FileResponse(MVT, "The tile: a vector tile or an image, as the archive has it")
	op.Responses["204"] = &huma.Response{Description: "Nothing is in the tile"}
}

// BasemapTile answers a tile as the archive contains it, expanded for a client that does not
// accept its compression. Under the version of the file it never changes.
func (s *Server) BasemapTile(w http.ResponseWriter, r *http.Request) error {
	b := s.Basemap
	query, err := request.QueryOf(r, "v")
	if err != nil {
		return err
	}
	z, x, y, err := tileAddress(r, b.MaxZoom, "z", "x", "y")
	if err != nil {
		return err
	}
	body, stored, err := b.Tile(r.Context(), z, x, y)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if query.Get("v") == b.Version {
		h.Set("Cache-Control", httpx.Immutable)
	}
	h.Add("Vary", "Accept-Encoding")
	if len(body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	encoding := stored.Encoding()
	if encoding != "" && !httpx.Accepts(r.Header.Get("Accept-Encoding"), encoding) {
		if body, err = stored.Expand(body); err != nil {
			return err
		}
		encoding = ""
	}
	httpx.WriteEncoded(w, r, b.Type.MediaType(), encoding, httpx.ETag(body), body)
	return nil
}

// DescribeBasemapFile describes BasemapFile.
func DescribeBasemapFile(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-basemap-file", "The basemap's archive where it is PMTiles; answers ranges")
	op.Responses["200"] = httpx.FileResponse(pmtilesType, "The archive")
	op.Responses["206"] = httpx.FileResponse(pmtilesType, "A part of it")
}

// BasemapFile answers a PMTiles archive itself, whole or in ranges, for programs that read the
// format: QGIS, or a map on another site.
func (s *Server) BasemapFile(w http.ResponseWriter, r *http.Request) error {
	file := s.Basemap.Whole()
	if file == nil {
		return request.NotFound("PMTiles basemap", r.URL.Path)
	}
	h := w.Header()
	h.Set("ETag", `"`+s.Basemap.Version+`"`)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", pmtilesType)
	httpx.ServeRanges(w, r, file)
	return nil
}
