package api

import (
	"io"
	"net/http"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/tiles"
)

// routeBasemap adds what the map needs of the operator's own basemap. Nothing of it depends
// on the programme's data, so it is there from the first moment.
func (s *Server) routeBasemap(get func(path string, handle http.HandlerFunc)) {
	for path, handle := range map[string]http.HandlerFunc{
		"/basemap.json":        s.getBasemapTileJSON,
		"/basemap/style.json":  s.getBasemapStyle,
		"/basemap/{z}/{x}/{y}": s.getBasemapTile,
		"/basemap.pmtiles":     s.getBasemapFile,
	} {
		get(path, func(w http.ResponseWriter, r *http.Request) {
			if s.config.Basemap == nil {
				s.fail(w, r, request.NotFound("basemap", r.URL.Path))
				return
			}
			handle(w, r)
		})
	}
}

func (s *Server) getBasemapTileJSON(w http.ResponseWriter, r *http.Request) {
	if _, err := request.QueryOf(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, r, tiles.DescribeBasemap(s.config.Basemap, request.Base(r)))
}

// getBasemapStyle answers the style of the basemap alone, from which the map page takes its
// layers.
func (s *Server) getBasemapStyle(w http.ResponseWriter, r *http.Request) {
	var language string
	query, err := request.QueryOf(r, "lang")
	if err == nil {
		language, err = request.Language(query.Get("lang"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	style, err := tiles.BasemapStyle(s.config.Basemap, request.Base(r), language)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	httpx.WriteTagged(w, r, "application/json", style)
}

// getBasemapTile answers a tile as the archive holds it, expanded for a client that does not
// take its compression. Under the version of the file it never changes.
func (s *Server) getBasemapTile(w http.ResponseWriter, r *http.Request) {
	b := s.config.Basemap
	query, err := request.QueryOf(r, "v")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	z, x, y, err := tilePlace(r, b.MaxZoom, "z", "x", "y")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, stored, err := b.Tile(r.Context(), z, x, y)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if query.Get("v") == b.Version {
		h.Set("Cache-Control", httpx.Immutable)
	}
	h.Add("Vary", "Accept-Encoding")
	if len(body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	encoding := stored.Encoding()
	if encoding != "" && !httpx.Accepts(r.Header.Get("Accept-Encoding"), encoding) {
		if body, err = stored.Expand(body); err != nil {
			s.fail(w, r, err)
			return
		}
		encoding = ""
	}
	httpx.WriteEncoded(w, r, b.Type.MediaType(), encoding, httpx.ETag(body), body)
}

// getBasemapFile answers a PMTiles archive itself, whole or in ranges, for programs that
// read the format: QGIS, or a map on another site.
func (s *Server) getBasemapFile(w http.ResponseWriter, r *http.Request) {
	file := s.config.Basemap.Whole()
	if file == nil {
		s.fail(w, r, request.NotFound("PMTiles basemap", r.URL.Path))
		return
	}
	s.serveArchive(w, r, file, s.config.Basemap.Version)
}

// serveArchive answers an archive, whole or in ranges.
func (s *Server) serveArchive(w http.ResponseWriter, r *http.Request, file *io.SectionReader, version string) {
	h := w.Header()
	h.Set("ETag", `"`+version+`"`)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", archiveType)
	httpx.ServeRanges(w, r, file)
}
