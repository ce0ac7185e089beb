package api

import (
	"errors"
	"net/http"
	"path"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/api/transfer"
)

// routes is every address that the server answers.
func (s *Server) routes() (http.Handler, error) {
	compress, err := httpx.NewCompressor()
	if err != nil {
		return nil, err
	}
	if s.config.Households && slices.Contains(s.config.Origins, everyOrigin) {
		return nil, errors.New("origin *: while households are shown, a page of any site could read them through whoever opens it here; name the sites")
	}
	crossOrigin, err := newCrossOrigin(s.config.Origins)
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(s.observe, s.recover, secure, crossOrigin, middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, request.NotFound("page", r.URL.Path))
	})
	r.MethodNotAllowed(refuseMethod)

	r.Group(func(r chi.Router) {
		r.Use(compress)
		r.Get("/", s.getMap)
		s.routeCommunes(r)
	})
	for _, page := range []string{"/teams", "/flags", "/data"} {
		r.Get(page, s.getTables)
	}
	for name := range s.pages.files {
		if path.Ext(name) != ".html" { // pages have addresses of their own
			r.Get("/"+name, s.getFile)
		}
	}

	r.With(s.ageHeader).Get(tileRoute, s.getTile)
	r.With(s.ageHeader).Get("/ogc/collections/{layer}/tiles/{set}/{tileMatrix}/{tileRow}/{tileCol}", s.getOGCTile)
	r.Group(func(r chi.Router) {
		r.Use(compress, s.ageHeader)
		r.Get("/tiles/{layer}.json", s.getTileJSON)
		r.Get("/style.json", s.getStyle)
		s.routeOGCTiles(r)
		r.Get("/glyphs/{fontstack}/{range}.pbf", s.getGlyphs)
		for _, name := range spriteFiles {
			r.Get("/"+name, s.getSprite)
		}
	})
	r.Group(func(r chi.Router) {
		r.Use(compress)
		s.routeBasemap(r.Get)
		r.Get("/healthz", s.getHealth)
		r.Get("/readyz", s.getReady)
		r.With(s.wholeScope).Get("/metrics", s.metrics.ServeHTTP)
		r.Get("/openapi.json", s.getOpenAPI)
	})

	r.Group(func(r chi.Router) {
		r.Use(compress, s.ageHeader)
		s.newOGC().Routes(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(compress, s.ageHeader, s.strictQuery, httpx.Conditional(tagOf))
		s.huma = humachi.New(r, describe(s.config.Build))
		s.routeCoverage()
		s.routeFlags()
		s.routeHotSpots()
		s.routeAreas()
		s.routeBoundaries()
		s.routeTeams()
		s.routeQuality()
		s.routeExports()
		s.routeMeta()
		s.routeVisits()
	})
	s.describeTiles()

	whole := r.With(s.wholeScope)
	for _, route := range []struct {
		r            chi.Router
		method, path string
		handle       httpx.Handler
		describe     httpx.Describe
	}{
		{r, "GET", "/api/v1/state", s.getState, s.describeState},
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
				Title:       "Từng Nhà",
				Version:     build,
				Description: "Coverage of door-to-door digital-skills programmes in Việt Nam. Every figure is defined in docs/indicators.md. Errors are RFC 9457 problem documents that name the parameter at fault.",
			},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName)},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{expandProblem},
	}
}
