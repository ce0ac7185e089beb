// Package api answers HTTP: the map page, tiles, coverage as JSON, exports, and the posts
// of the teams in the field.
package api

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles"
	"tungnha/tiles/archive"
)

// Config is what an operator decides about a server.
type Config struct {
	Build      string           // version of the program
	Programme  string           // name of the programme, shown on the map
	Sample     bool             // the data are made up, and every page says so
	Households bool             // everybody sees household points and small counts
	PublicURL  string           // https://map.example.vn, where a proxy stands before it; empty: as the client called it
	Origins    []string         // origins of other sites whose pages may read; empty: none
	Imports    data.Store       // where files that are posted go; nil: none are taken
	Basemap    *archive.File    // what lies under the cells on the map; nil: nothing
	Pages      fs.FS            // the map page, as its build left it
	Log        *slog.Logger     // nil: slog.Default()
	Clock      func() time.Time // nil: time.Now
}

// Server answers the routes. It can serve before the data are read: until Open, whatever
// needs them is answered with 503.
type Server struct {
	config  Config
	log     *slog.Logger
	data    atomic.Pointer[coverage.Live]
	huma    huma.API
	handler http.Handler
	metrics *metrics
	tiles   *tiles.Server
	ready   *readyTiles
	pages   *pages
	jobs    *jobs
	imports *imports
	search  nameSearch

	identifyViewer func(*http.Request) coverage.Viewer // in tests; nil: everybody

	warmed    atomic.Int64  // how often tiles were made ready
	postWait  time.Duration // postWait, unless a test is in a hurry
	inspected inspected
	cacheSalt string // what an answer depends on beside the data, the day and the URL
}

// New returns a server without data; see Open.
func New(config Config) (*Server, error) {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if err := checkPublicURL(config.PublicURL); err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Log, postWait: postWait}
	s.metrics = newMetrics(s)
	s.tiles = tiles.New(tiles.Config{})
	s.ready = newReadyTiles(s.metrics)
	s.jobs = newJobs(defaultJobLimits, s.log)
	s.imports = newImports(config.Imports, defaultImportLimits, config.Clock, s.log)
	var err error
	if s.pages, err = readPages(config.Pages); err != nil {
		return nil, err
	}
	s.handler, err = s.routes()
	return s, err
}

// checkPublicURL refuses an address that links could not begin with.
func checkPublicURL(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public address %q: want one such as https://map.example.vn", address)
	}
	return nil
}

// Open gives the server its data. took is how long reading them lasted.
func (s *Server) Open(live *coverage.Live, took time.Duration) {
	s.cacheSalt = cacheSaltOf(&s.config, live.Index().Config())
	s.metrics.build.Set(took.Seconds())
	s.data.Store(live)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// today is the calendar day in Việt Nam.
func (s *Server) today() data.Date { return data.DateOf(s.config.Clock()) }

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

	r.Get("/api/v1/jobs/{id}", s.getJob)
	r.Delete("/api/v1/jobs/{id}", s.deleteJob)
	r.Get("/api/v1/jobs/{id}/file", s.getJobFile)
	r.Get("/api/v1/state", s.getState)
	r.Group(func(r chi.Router) {
		r.Use(s.wholeScope)
		r.Get("/api/v1/imports", s.getImports)
		r.Post("/api/v1/imports", s.postImport)
		r.Get("/api/v1/imports/{id}", s.getImport)
		r.Get("/api/v1/imports/{id}/{file}", s.getRejects)
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
	s.describeJobs()
	s.describeImports()
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
