// Package api answers HTTP: /api/v1 as JSON and files, and the posts of the teams in the field. The
// pages, the tiles, OGC API and what lasts longer than a request are rooms of their own below it;
// routes.go is the table of them all.
package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/accesslog"
	"tungnha/api/admin"
	"tungnha/api/guard"
	"tungnha/api/httpx"
	"tungnha/api/maptiles"
	"tungnha/api/metrics"
	"tungnha/api/ogc"
	"tungnha/api/pages"
	"tungnha/api/search"
	"tungnha/api/transfer"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/limit"
	"tungnha/tiles"
	"tungnha/tiles/archive"
)

// Config is what an operator decides about a server.
type Config struct {
	Build      string // version of the program
	Programme  string // name of the programme, shown on the map
	Sample     bool   // the data are made up, which every page shows
	Households bool   // everybody sees household points and small counts
	// https://map.example.vn, where a proxy is in front of it; empty: as the client called it
	PublicURL string
	Hosts     *httpx.Hosts // names by which requests may call the server; nil: any
	Origins   []string     // origins of other sites whose pages may read; empty: none
	// Everybody may post visits; otherwise nobody may. Who may not see households learns nothing of the register from
	// what becomes of them.
	OpenVisits bool
	Imports    data.Store       // where files that are posted go; nil: none are taken
	Basemap    *archive.File    // what is under the cells on the map; nil: nothing
	Pages      fs.FS            // the map page, as its build left it
	Log        *slog.Logger     // nil: slog.Default()
	Access     accesslog.Config // which requests get a line in a log; its Client, Clock and Counted are set by New
	Clock      func() time.Time // nil: time.Now

	Memory  *limit.Memory // what requests and caches may take; nil: not bounded
	Limits  guard.Limits  // of one address; its zeros are no limits
	Proxies guard.Proxies // whose X-Forwarded-For names the client
	Pace    guard.Pace    // of the slowest reader; zero: guard.DefaultPace
}

// Server answers the routes. It can serve before the data are read: until Open, whatever
// needs them is answered with 503.
type Server struct {
	config   Config
	log      *slog.Logger
	data     atomic.Pointer[live.Live]
	huma     huma.API
	handler  http.Handler
	router   chi.Routes // what the handler answers, for tests
	metrics  *metrics.Metrics
	admin    *admin.Server
	access   *accesslog.Log
	tiles    *maptiles.Server
	features *ogc.Server
	pages    *pages.Server
	jobs     *transfer.Jobs
	imports  *transfer.Imports
	search   search.Names
	clients  *guard.Clients

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
	s := &Server{config: config, log: config.Log, postWait: postWait, clients: guard.NewClients(config.Limits)}
	s.metrics = metrics.New(metrics.Source{Live: s.data.Load, Everybody: s.everybody, Clock: s.config.Clock,
		Memory: config.Memory, TileBytes: func() uint64 { return s.tiles.Tiles.CachedBytes() }}) // tiles are made below
	s.admin = &admin.Server{Live: s.data.Load, Metrics: s.metrics, Age: s.age, Clock: s.config.Clock}
	access := config.Access
	access.Client, access.Clock, access.Counted = config.Proxies.Client, config.Clock, s.metrics.CountRefused
	s.access = accesslog.New(access, s.log)
	memory := config.Memory
	made := tiles.New(tiles.Config{CacheBytes: memory.Cache(16, 256<<20), GridBytes: memory.Cache(8, 256<<20),
		ShapeBytes: memory.Cache(8, 512<<20)})
	s.tiles = &maptiles.Server{Tiles: made, Programme: config.Programme, Basemap: config.Basemap,
		Fast: maptiles.NewFastPath(s.metrics.Requests.WithLabelValues(tileRoute, http.MethodGet, "200"))}
	s.jobs = transfer.NewJobs(transfer.DefaultJobLimits, s.log)
	s.imports = transfer.NewImports(config.Imports, transfer.DefaultImportLimits, config.Clock, s.log)
	var err error
	if s.pages, err = pages.New(config.Pages); err != nil {
		return nil, err
	}
	s.pages.Programme, s.pages.Sample = config.Programme, config.Sample
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
func (s *Server) Open(live *live.Live, took time.Duration) {
	s.cacheSalt = cacheSaltOf(&s.config, live.Index().Config())
	s.metrics.Build.Set(took.Seconds())
	s.data.Store(live)
}

// Close ends the jobs and imports under way and what runs in the background.
func (s *Server) Close() {
	s.jobs.Close()
	s.imports.Close()
	s.tiles.Tiles.Close()
	s.features.Close()
	s.access.Flush()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// today is the calendar day in Việt Nam.
func (s *Server) today() data.Date { return data.DateOf(s.config.Clock()) }

func cacheSaltOf(config *Config, of *rules.Config) string {
	basemap := ""
	if config.Basemap != nil {
		basemap = config.Basemap.Version
	}
	text, err := json.Marshal(struct {
		Build, Programme, Basemap string
		Sample, OpenVisits        bool
		Of                        *rules.Config
	}{config.Build, config.Programme, basemap, config.Sample, config.OpenVisits, of})
	if err != nil {
		panic(err) // a Config is made of strings and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
