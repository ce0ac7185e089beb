package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/internal/await"
)

// TestOutOfBounds requests what cannot be. Each answer is a problem that names the part of
// the request at fault.
func TestOutOfBounds(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range []struct {
		url      string
		status   int
		location string
	}{
		{"/tiles/cells/30/0/0.mvt", 404, "path.z"},
		{"/tiles/cells/-1/0/0.mvt", 404, "path.z"},
		{"/tiles/cells/x/0/0.mvt", 404, "path.z"},
		{"/tiles/cells/4294967296/0/0.mvt", 404, "path.z"},
		{"/tiles/cells/6/64/0.mvt", 404, "path.x"},
		{"/tiles/cells/6/0/64.mvt", 404, "path.y"},
		{"/tiles/cells/6/0/28.mvt", 404, "path.x"}, // of the map, but far from the programme
		{"/tiles/flags/6/51/60.mvt", 404, "path.y"},
		{"/tiles/streets/6/0/0.mvt", 404, "path.layer"},
		{"/tiles/cells/6/51/28.mvt?from=2026-03-31&to=2026-03-01", 422, "query.to"},
		{"/tiles/cells/6/51/28.mvt?from=soon", 422, "query.from"},
		{"/tiles/cells/6/51/28.mvt?form=2026-03-31", 422, "query.form"},
		{"/tiles/cells/6/51/28.mvt?to=2026-03-01&to=2026-03-02", 422, "query.to"},
		{"/tiles/cells/6/51/28.mvt?parent=99", 422, "query.parent"},
		{"/tiles/cells/6/51/28.mvt?earlier_from=2026-03-01", 422, "query.earlier_to"},
		{"/tiles/areas/6/51/28.mvt?earlier_from=2026-03-02&earlier_to=2026-03-01", 422, "query.earlier_from"},
		{"/api/v1/coverage?resolution=16&by=cell", 422, "query.resolution"},
		{"/api/v1/coverage?resolution=-1&by=cell", 422, "query.resolution"},
		{"/api/v1/coverage?resolution=fine&by=cell", 422, "query.resolution"},
		{"/api/v1/coverage?by=street", 422, "query.by"},
		{"/api/v1/coverage?level=street", 422, "query.level"},
		{"/api/v1/coverage?parent=99", 422, "query.parent"},
		{"/api/v1/coverage?from=2026-03-31&to=2026-03-01", 422, "query.to"},
		{"/api/v1/coverage?from=2026-02-31", 422, "query.from"},
		{"/api/v1/coverage?to=31/03/2026", 422, "query.to"},
		{"/api/v1/coverage?to=1815-06-18", 422, "query.to"},
		{"/api/v1/coverage?boundaries=never", 422, "query.boundaries"},
		{"/api/v1/coverage?levl=hamlet", 422, "query.levl"},
		{"/api/v1/coverage?parent=" + strings.Repeat("9", 100), 422, "query.parent"},
		{"/api/v1/flags?kind=lonely", 422, "query.kind"},
		{"/api/v1/flags?kind=low_uptake:juggling", 422, "query.kind"},
		{"/api/v1/flags?limit=0", 422, "query.limit"},
		{"/api/v1/flags?knd=no_team", 422, "query.knd"},
		{"/api/v1/areas?limit=100000", 422, "query.limit"},
		{"/api/v1/areas?parent=99", 422, "query.parent"},
		{"/api/v1/areas?q=" + strings.Repeat("a", 200), 422, "query.q"},
		{"/api/v1/areas/99", 404, ""},
		{"/api/v1/areas/20101?from=2026-03-31&to=2026-03-01", 422, "query.to"},
		{"/api/v1/areas/20101?geometry=perhaps", 422, "query.geometry"},
		{"/api/v1/exports/areas.shp", 422, "path.format"},
		{"/api/v1/exports/streets.csv", 422, "path.layer"},
		{"/api/v1/exports/cells.csv?resolution=16", 422, "query.resolution"},
		{"/api/v1/exports/flags.csv?kind=lonely", 422, "query.kind"},
		{"/api/v1/exports/areas.csv?kind=no_team", 422, "query.kind"},
		{"/api/v1/exports/areas.csv?colour=red", 422, "query.colour"},
		{"/api/v1/exports/households.csv?hotspots=true", 422, "query.hotspots"},
		{"/api/v1/coverage?from=2026-03-01&from=2026-03-02", 422, "query.from"},
		{"/api/v1/coverage?from=%zz", 422, "query"},
		{"/tiles/cells/6/51/28.mvt?from=%zz", 422, "query"},
		{"/tiles/streets.json", 404, "path.layer"},
		{"/tiles/cells.json?parent=99", 422, "query.parent"},
		{"/style.json?lang=fr", 422, "query.lang"},
		{"/style.json?from=2026-03-31&to=2026-03-01", 422, "query.to"},
		{"/api/v1/meta?verbose=1", 422, "query.verbose"},
		{"/api/v2/coverage", 404, ""},
	} {
		res := get(s, c.url)
		p := read[huma.ErrorModel](t, res, c.status)
		if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: content type %q", c.url, got)
		}
		if p.Status != c.status || p.Title == "" || p.Detail == "" {
			t.Errorf("%s: got %+v", c.url, p)
		}
		if c.location == "" {
			continue
		}
		if len(p.Errors) == 0 || p.Errors[0].Location != c.location || p.Errors[0].Message == "" {
			var got []string
			for _, e := range p.Errors {
				got = append(got, e.Location+": "+e.Message)
			}
			t.Errorf("%s: got errors %q, want location %s", c.url, got, c.location)
		}
	}
	p := read[huma.ErrorModel](t, get(s, "/api/v1/exports/areas.shp"), 422)
	if !strings.Contains(p.Detail, "geojson") || !strings.Contains(p.Detail, "csv") {
		t.Errorf("unknown format: %q does not name the formats", p.Detail)
	}
	if p := read[huma.ErrorModel](t, get(s, "/api/v1/coverage?by=street&resolution=12"),
		422); !strings.Contains(p.Detail, "query.by") || !strings.Contains(p.Detail, "query.resolution") {
		t.Errorf("two parameters out of bounds: %q does not name them", p.Detail)
	}
	for _, c := range []struct{ method, url, allow string }{
		{"DELETE", "/api/v1/coverage", "GET, HEAD"}, {"POST", "/tiles/cells/6/51/28.mvt", "GET, HEAD"},
		{"PUT", "/api/v1/visits", "POST"},
		{"PUT", "/api/v1/imports", "GET, HEAD, POST"}, {"POST", "/api/v1/jobs/1", "GET, HEAD, DELETE"},
		{"POST", "/ogc/collections", "GET, HEAD"},
	} {
		res := do(s, httptest.NewRequest(c.method, c.url, nil))
		if res.StatusCode != 405 || res.Header.Get("Content-Type") != "application/problem+json" ||
			res.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d %s, Allow %q, want %q", c.method, c.url, res.StatusCode,
				res.Header.Get("Content-Type"), res.Header.Get("Allow"), c.allow)
		}
	}
}

// TestOutOfScope checks that an area beyond the viewer's scope is not reported as households
// that are not shown.
func TestOutOfScope(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	viewer := coverage.Viewer{Scope: []string{"20101"}}
	_, err := s.data.Load().Index().For(viewer).Query(t.Context(), coverage.Query{By: coverage.ByArea,
		Level: data.Hamlet, Parent: "20102"})
	if err == nil {
		t.Fatal("an area beyond the scope is answered")
	}
	p := s.problem(t.Context(), err)
	if p.Status != http.StatusForbidden || !strings.Contains(p.Detail, "20102") ||
		strings.Contains(p.Detail, "households") {
		t.Errorf("got %d %q", p.Status, p.Detail)
	}
}

// TestUnknownError checks that an unexpected error is written to the log and not to the client.
func TestUnknownError(t *testing.T) {
	var log bytes.Buffer
	s := newTestServer(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	h := s.identify(s.recover(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("the secret of the panic")
		}
		if r.URL.Path == "/cancelled" { // something within, not the request: an empty 200 would be wrong
			s.fail(w, r, fmt.Errorf("the secret of the work given up: %w", context.Canceled))
			return
		}
		s.fail(w, r, errors.New("the secret of the disk"))
	})))
	for _, path := range []string{"/error", "/panic", "/cancelled"} {
		log.Reset()
		res := get(h, path)
		p := read[huma.ErrorModel](t, res, 500)
		id := res.Header.Get("X-Request-Id")
		if strings.Contains(p.Detail, "secret") || !strings.HasSuffix(p.Instance, id) || id == "" {
			t.Errorf("%s: got %+v for request %s", path, p, id)
		}
		if !strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), id) {
			t.Errorf("%s: log %q", path, log.String())
		}
	}
	// A client that went away is no error: nothing is answered, nothing is logged.
	log.Reset()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	func() {
		defer func() { _ = recover() }() // how the connection is cut
		do(s, httptest.NewRequest(http.MethodGet, "/api/v1/coverage?level=hamlet&to=2026-01-31", nil).WithContext(ctx))
	}()
	if log.Len() > 0 {
		t.Errorf("cancelled: log %q", log.String())
	}
}

func TestOrigins(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Origins = []string{"https://portal.example.vn"} })
	res := get(s, "/api/v1/meta", "Origin", "https://portal.example.vn")
	if got := res.Header.Get("Access-Control-Allow-Origin"); got != "https://portal.example.vn" {
		t.Errorf("listed origin: got %q", got)
	}
	if got := get(s, "/api/v1/meta", "Origin", "https://else.example").Header.Get(
		"Access-Control-Allow-Origin"); got != "" {
		t.Errorf("another origin: got %q", got)
	}
	if got := get(newTestServer(t, showHouseholds), "/api/v1/meta", "Origin",
		"https://portal.example.vn").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("none listed: got %q", got)
	}
	open := newTestServer(t, func(c *Config) { c.Origins = []string{"https://portal.example.vn", "*"} })
	for origin, want := range map[string][2]string{
		"https://portal.example.vn": {"https://portal.example.vn", "GET, HEAD, POST"},
		"https://else.example":      {"*", "GET, HEAD"}} {
		for _, url := range []string{"/api/v1/meta", tileOf("cells", 8), "/tiles/cells.json", "/style.json",
			"/tiles/cells/8/0/0.mvt"} {
			res := get(open, url, "Origin", origin)
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != want[0] {
				t.Errorf("%s from %s: got %q, want %q", url, origin, got, want[0])
			}
			again := get(open, url, "Origin", origin, "If-None-Match", res.Header.Get("ETag"))
			if got := again.Header.Get("Access-Control-Allow-Origin"); got != want[0] || res.StatusCode == 200 &&
				again.StatusCode != 304 {
				t.Errorf("%s from %s again: status %d, got %q, want %q", url, origin, again.StatusCode, got, want[0])
			}
		}
		ahead := do(open, httptest.NewRequest(http.MethodOptions, "/tiles/cells/8/204/116.mvt", nil), "Origin", origin,
			"Access-Control-Request-Method", "GET")
		if got := ahead.Header.Get("Access-Control-Allow-Methods"); ahead.StatusCode != 204 || got != want[1] {
			t.Errorf("preflight from %s: status %d, methods %q, want %q", origin, ahead.StatusCode, got, want[1])
		}
	}
	post := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader("[]"))
	if res := do(open, post, "Origin", "https://else.example", "Content-Type",
		"application/json"); res.StatusCode != 403 {
		t.Errorf("a post from elsewhere: status %d, want 403", res.StatusCode)
	}
	if _, err := New(Config{Origins: []string{"portal"}}); err == nil {
		t.Error("an origin without a scheme is taken")
	}
	if _, err := New(Config{Origins: []string{"*"}, Households: true}); err == nil {
		t.Error("households are shown to the pages of all sites")
	}
}

// wait waits until something is so.
func wait(t testing.TB, what string, so func() bool) {
	t.Helper()
	await.Until(t, so, "waited until %s", what)
}

// TestServeStops stops the server while a post is on its way in: it is answered.
func TestServeStops(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()

	body, write := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, "http://"+listener.Addr().String()+"/api/v1/visits", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	answered := make(chan *http.Response, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
		}
		answered <- res
	}()
	io.WriteString(write, "[")
	wait(t, "the request is under way", func() bool { return s.metrics.UnderWay.Load() == 1 })
	stop()
	wait(t, "no more connections are taken", func() bool {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	io.WriteString(write, visitJSON("", "")+"]")
	write.Close()
	res := <-answered
	if p := read[visitsPosted](t, res, 200); p.Created != 1 {
		t.Errorf("got %+v, want one created", p)
	}
	if err := <-served; err != nil {
		t.Errorf("stopped with %v", err)
	}
}
