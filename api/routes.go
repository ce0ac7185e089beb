package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"tungnha/api/admin"
	"tungnha/api/guard"
	"tungnha/api/httpx"
	"tungnha/api/maptiles"
	"tungnha/api/ogc"
	"tungnha/api/request"
	"tungnha/api/transfer"
)

// tileRoute is the pattern of the addresses of tiles.
const tileRoute = "/tiles/{layer}/{z}/{x}/{y}.mvt"

// routes returns a handler of every address that the server answers, and makes the OpenAPI
// document that describes them.
func (s *Server) routes() (http.Handler, error) {
	compress, err := httpx.NewCompressor()
	if err != nil {
		return nil, err
	}
	if s.config.Households && slices.Contains(s.config.Origins, everyOrigin) {
		return nil, errors.New("origin *: while households are shown, a page of any site could read them through " +
			"whoever opens it here; name the sites")
	}
	onceTagged := httpx.Conditional(tagOf)
	crossOrigin, err := newCrossOrigin(s.config.Origins)
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	guarded := guard.Guard{Memory: s.config.Memory, Proxies: s.config.Proxies, Pace: s.config.Pace,
		Clients: s.clients, Clock: s.config.Clock}
	if guarded.Pace == (guard.Pace{}) {
		guarded.Pace = guard.DefaultPace
	}
	r.Use(s.observe, s.recover, s.secure, httpx.KeepOut(exact), guarded.Handler, crossOrigin, middleware.GetHead,
		httpx.Composed)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, request.NotFound("page", r.URL.Path))
	})
	r.MethodNotAllowed(refuseMethod)

	texts := r.With(compress)                          // do not depend on the data, or say so themselves
	program := r.With(httpx.Keepable)                  // of the program alone: the same for everybody
	tiled := r.With(s.ageHeader)                       // compressed already
	documents := r.With(compress, s.ageHeader)         // of the data as they are
	typed := documents.With(s.strictQuery, onceTagged) // by huma
	whole := r.With(s.wholeScope)                      // of the programme as a whole

	texts.Get("/", s.answer(s.pages.Map))
	texts.Get("/communes/{code}", s.answer(s.pages.Commune))
	texts.With(s.ageHeader, onceTagged).Get("/communes/{code}/sketch.json", s.answer(s.pages.Sketch))
	texts.With(s.ageHeader, onceTagged).Get("/communes/{code}/preview.png", s.answer(s.pages.Preview))
	for _, page := range []string{"/teams", "/flags", "/data"} {
		program.Get(page, s.answer(s.pages.Tables))
	}
	for _, name := range s.pages.Files() {
		program.Get("/"+name, s.answer(s.pages.File))
	}
	texts.Get("/healthz", s.getHealth)
	texts.Get("/readyz", s.getReady)
	program.With(compress).Get("/openapi.json", s.getOpenAPI)
	operator := r.With(admin.OperatorOnly)
	operator.With(compress, s.wholeScope).Get("/metrics", s.metrics.ServeHTTP)

	s.huma = humachi.New(typed, describe(s.config.Build))
	s.routeCoverage()   // GET  /api/v1/coverage
	s.routeFlags()      // GET  /api/v1/flags
	s.routeHotSpots()   // GET  /api/v1/hotspots
	s.routeAreas()      // GET  /api/v1/areas, /api/v1/areas/{code}
	s.routeBoundaries() // GET  /api/v1/boundaries, /api/v1/boundaries/compare
	s.routeTeams()      // GET  /api/v1/teams/{id}
	s.routeQuality()    // GET  /api/v1/quality
	s.routeExports()    // GET  /api/v1/exports/{layer}.{format}
	s.routeMeta()       // GET  /api/v1/meta
	s.routeVisits()     // POST /api/v1/visits

	s.features = ogc.New(ogc.Config{Programme: s.config.Programme, Sample: s.config.Sample, Build: s.config.Build,
		Clock: s.config.Clock, Log: s.log, Tiles: s.tiles,
		SelectionBytes: s.config.Memory.Cache(8, ogc.SelectionBytes)})
	for path, handle := range s.features.Routes() { // GET /ogc and below
		documents.Get(path, s.answerFeatures(handle))
	}

	basemap, fixed := s.tiles.WithBasemap, program.With(compress)
	for _, route := range []struct {
		r            chi.Router
		method, path string
		handle       httpx.Handler
		describe     httpx.Describe
	}{
		{tiled, "GET", tileRoute, s.tiles.Tile, maptiles.DescribeTile},
		{documents, "GET", "/tiles/{layer}.json", s.tiles.TileJSON, maptiles.DescribeTileJSON},
		{documents, "GET", "/style.json", s.tiles.Style, maptiles.DescribeStyle},
		{fixed, "GET", "/glyphs/{fontstack}/{range}.pbf", maptiles.Glyphs, maptiles.DescribeGlyphs},
		{fixed, "GET", "/sprite.json", maptiles.Sprite, maptiles.DescribeSprite},
		{fixed, "GET", "/sprite.png", maptiles.Sprite, maptiles.DescribeSprite},
		{fixed, "GET", "/sprite@2x.json", maptiles.Sprite, maptiles.DescribeSprite},
		{fixed, "GET", "/sprite@2x.png", maptiles.Sprite, maptiles.DescribeSprite},
		{fixed, "GET", "/basemap.json", basemap(s.tiles.BasemapTileJSON), maptiles.DescribeBasemapTileJSON},
		{fixed, "GET", "/basemap/style.json", basemap(s.tiles.BasemapStyle), maptiles.DescribeBasemapStyle},
		{fixed, "GET", "/basemap/{z}/{x}/{y}", basemap(s.tiles.BasemapTile), maptiles.DescribeBasemapTile},
		{fixed, "GET", "/basemap.pmtiles", basemap(s.tiles.BasemapFile), maptiles.DescribeBasemapFile},
		{tiled, "GET", "/ogc/collections/{layer}/tiles/{set}/{tileMatrix}/{tileRow}/{tileCol}", s.features.Tile,
			ogc.DescribeTile},
		{documents, "GET", "/ogc/collections/{layer}/tiles/{set}", s.features.Tileset, ogc.DescribeTileset},
		{documents, "GET", "/ogc/collections/{layer}/tiles", s.features.Tilesets, ogc.DescribeCollectionTilesets},
		{documents, "GET", "/ogc/tiles", s.features.Tilesets, ogc.DescribeTilesets},
		{documents, "GET", "/ogc/tileMatrixSets", ogc.TileMatrixSets, ogc.DescribeTileMatrixSets},
		{documents, "GET", "/ogc/tileMatrixSets/{set}", ogc.TileMatrixSet, ogc.DescribeTileMatrixSet},
		{operator, "GET", "/api/v1/state", s.admin.State, s.admin.DescribeState},
		{r, "GET", "/api/v1/jobs/{id}", s.jobs.Get, s.jobs.DescribeGet},
		{r, "DELETE", "/api/v1/jobs/{id}", s.jobs.Delete, s.jobs.DescribeDelete},
		{r, "GET", "/api/v1/jobs/{id}/file", s.jobs.File, transfer.DescribeFile(exportTypes())},
		{whole, "GET", "/api/v1/imports", s.imports.List, s.imports.DescribeList},
		{whole, "POST", "/api/v1/imports", s.imports.Post, s.imports.DescribePost},
		{whole, "GET", "/api/v1/imports/{id}", s.imports.Get, s.imports.DescribeGet},
		{whole, "GET", "/api/v1/imports/{id}/{file}", s.imports.Rejects, s.imports.DescribeRejects},
	} {
		route.r.Method(route.method, route.path, s.answer(route.handle))
		httpx.AddOperation(s.huma.OpenAPI(), route.method, route.path, route.describe)
	}
	s.router = r
	return s.identify(r), nil
}

// describe begins the OpenAPI document.
func describe(build string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Từng Nhà",
				Version: build,
				Description: "Coverage of door-to-door digital-skills programmes in Việt Nam. Every figure is " +
					"defined in docs/indicators.md. Errors are RFC 9457 problem documents that name the parameter " +
					"at fault.",
			},
			Components: &huma.Components{Schemas: newSchemas()},
		},
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat,
			"json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{expandProblem},
	}
}
