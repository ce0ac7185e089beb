package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"tungnha/api/accesslog"
	"tungnha/api/guard"
	"tungnha/api/httpx"
	"tungnha/internal/limit"
)

// accessLine is a line of the log as JSON has it.
type accessLine struct {
	Level, Msg, Request, Viewer, Client, Method, Route, Query, Reason, Hint, Host string

	Status, Bytes, More, Count int
	US                         *int
	Cut                        bool
}

// accessLines decodes a log, each line of which must be one JSON object.
func accessLines(t *testing.T, log *bytes.Buffer, message string) (lines []accessLine) {
	t.Helper()
	for text := range strings.Lines(log.String()) {
		var line accessLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		if line.Level == "INFO" && line.Msg == message {
			lines = append(lines, line)
		}
	}
	return lines
}

func newLoggedServer(t *testing.T, log io.Writer, change func(*Config)) *Server {
	return newTestServer(t, func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(log, nil))
		c.Access = accesslog.Config{Requests: accesslog.All}
		if change != nil {
			change(c)
		}
	})
}

// TestAccessLog: each request gets one line with who, what, status, bytes and time, also one that is answered from the
// cache of tiles; the path, and what a query may tell of a person, are in none.
func TestAccessLog(t *testing.T) {
	var log bytes.Buffer
	s := newLoggedServer(t, &log, showHouseholds)
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	days := "from=2026-03-01&to=2026-03-31&v=" + version
	tile := tileOf("cells", 8) + "?" + days
	for range 3 {
		get(s, tile)
	}
	if !isRemembered(s, tile) {
		t.Fatal("the tile is not answered from the cache")
	}
	for _, c := range []struct {
		address string
		want    accessLine
	}{
		{tileOf("cells", 9) + "?" + days, accessLine{Route: tileRoute, Query: days, Status: 200}},
		{"/api/v1/areas/48?lang=vi", accessLine{Route: "/api/v1/areas/{code}", Query: "lang=vi", Status: 422}},
		{"/api/v1/jobs/thesecretjob", accessLine{Route: "/api/v1/jobs/{id}", Status: 404}},
		{"/wp-login.php?user=thesecretname", accessLine{Query: "…", Status: 404}},
		{"/ogc/collections/cells/items?limit=1&filter=thesecretfilter&cursor=thesecretcursor&thesecretname=1",
			accessLine{Route: "/ogc/collections/{collection}/items", Query: "limit=1&filter=…&cursor=…&…", Status: 400}},
	} {
		log.Reset()
		res := get(s, c.address)
		sent := body(t, res)
		lines := accessLines(t, &log, "request")
		if len(lines) != 1 {
			t.Fatalf("%s: %d lines: %s", c.address, len(lines), &log)
		}
		got := lines[0]
		if got.US == nil || got.Bytes != len(sent) || got.Request != res.Header.Get("X-Request-Id") {
			t.Errorf("%s: got %+v for %d bytes of request %s", c.address, got, len(sent), res.Header.Get("X-Request-Id"))
		}
		c.want.Level, c.want.Msg, c.want.Viewer, c.want.Client, c.want.Method = "INFO", "request", "operator",
			"192.0.2.0/24", "GET"
		got.US, got.Bytes, got.Request = nil, 0, ""
		if got != c.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.address, got, c.want)
		}
		if strings.Contains(log.String(), "thesecret") {
			t.Errorf("the log has what it should not: %s", &log)
		}
	}
	// Tiles from the cache share a line.
	s.access.Flush()
	log.Reset()
	bytes := 0
	for range 5 {
		bytes += len(body(t, get(s, tile)))
	}
	if log.Len() > 0 {
		t.Errorf("got %s", &log)
	}
	s.access.Flush()
	want := accessLine{Level: "INFO", Msg: "requests from the cache", Viewer: "operator", Client: "192.0.2.0/24",
		Route: tileRoute, Status: 200, Bytes: bytes, Count: 5}
	if got := accessLines(t, &log, want.Msg); len(got) != 1 {
		t.Errorf("got %s", &log)
	} else if got[0].US = nil; got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}

// TestAccessLogAddresses: the log has as much of an address as its operator chose.
func TestAccessLogAddresses(t *testing.T) {
	for _, c := range []struct {
		setting       accesslog.Address
		address, want string
	}{
		{"", "203.0.113.77", "203.0.113.0/24"}, {accesslog.Truncated, "203.0.113.77", "203.0.113.0/24"},
		{accesslog.Truncated, "2001:db8:1:2::3", "2001:db8:1::/48"}, {accesslog.Full, "203.0.113.77", "203.0.113.77"},
		{accesslog.Full, "2001:db8:1:2::3", "2001:db8:1:2::3"}, {accesslog.Hidden, "203.0.113.77", ""},
	} {
		var log bytes.Buffer
		proxies, err := guard.ParseProxies([]string{"192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		s := newLoggedServer(t, &log, func(c2 *Config) { c2.Access.Address, c2.Proxies = c.setting, proxies })
		get(s, "/healthz", "X-Forwarded-For", c.address)
		if got := accessLines(t, &log, "request")[0].Client; got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.setting, c.address, got, c.want)
		}
		if c.setting != accesslog.Full && strings.Contains(log.String(), c.address) {
			t.Errorf("%s: the log has the whole address: %s", c.setting, &log)
		}
	}
}

// TestAccessLogOfFailures: failed leaves out what was answered well, none all, and refusals have their line in any
// case.
func TestAccessLogOfFailures(t *testing.T) {
	for setting, want := range map[accesslog.Requests]int{accesslog.All: 3, accesslog.Failed: 2, accesslog.None: 0, "": 0} {
		var log bytes.Buffer
		s := newLoggedServer(t, &log, func(c *Config) { c.Access.Requests, c.OpenVisits = setting, false })
		get(s, "/healthz")
		get(s, "/nothing")
		do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader("[]")))
		if got := len(accessLines(t, &log, "request")); got != want {
			t.Errorf("%s: %d lines, want %d: %s", setting, got, want, &log)
		}
		if got := accessLines(t, &log, "refused"); len(got) != 1 || got[0].Reason != "visits_closed" {
			t.Errorf("%s: refusals %+v", setting, got)
		}
	}
}

// TestRefusalsAreLogged attacks each limit and each shut door: each has its line at info and its count.
func TestRefusalsAreLogged(t *testing.T) {
	post := func(address, text string, headers ...string) func(s *Server) *http.Response {
		return func(s *Server) *http.Response {
			return do(s, httptest.NewRequest(http.MethodPost, address, strings.NewReader(text)), headers...)
		}
	}
	visit := "[" + visitJSON("", "") + "]"
	for _, c := range []struct {
		reason accesslog.Refusal
		change func(*Config)
		status int
		attack func(s *Server) *http.Response
	}{
		{accesslog.Host, func(c *Config) { c.Hosts = httpx.NewHosts("127.0.0.1:80", "") }, 421,
			func(s *Server) *http.Response { return get(s, "http://evil.example/api/v1/meta") }},
		{accesslog.CrossOrigin, nil, 403, post("/api/v1/visits", visit, "Sec-Fetch-Site", "cross-site")},
		{accesslog.VisitsClosed, func(c *Config) { c.OpenVisits = false }, 403, post("/api/v1/visits", visit)},
		{accesslog.ImportsClosed, nil, 403, post("/api/v1/imports", visit)},
		{accesslog.TooLarge, nil, 413, post("/api/v1/visits", "["+strings.Repeat(" ", maxVisitsBody)+"]",
			"Content-Type", "application/json")},
		{accesslog.TooManyRequests, func(c *Config) { c.Limits = guard.Limits{Rate: 1e-9, Burst: 1} }, 429,
			func(s *Server) *http.Response {
				get(s, "/healthz")
				return get(s, "/healthz")
			}},
		{accesslog.Busy, nil, 503, func(s *Server) *http.Response {
			busy := chi.NewRouter()
			busy.Use(s.observe)
			busy.Get("/busy", func(w http.ResponseWriter, r *http.Request) {
				s.fail(w, r, fmt.Errorf("coverage: %w", limit.ErrBusy))
			})
			return get(s.identify(busy), "/busy")
		}},
	} {
		var log bytes.Buffer
		s := newLoggedServer(t, &log, c.change)
		if res := c.attack(s); res.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.reason, res.StatusCode, c.status)
		}
		lines := accessLines(t, &log, "refused")
		if len(lines) != 1 || lines[0].Reason != string(c.reason) || lines[0].Status != c.status ||
			lines[0].Client != "192.0.2.0/24" {
			t.Errorf("%s: got %+v", c.reason, lines)
		}
		metrics := metricsOf(t, s)
		if want := fmt.Sprintf("tungnha_refused_total{reason=%q} 1\n", c.reason); !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

// TestLogLinesCannotBeForged puts line ends, escape sequences, quotes and letters that change the direction of text
// where clients may write: each request stays one line, of ASCII but for what the program writes itself.
func TestLogLinesCannotBeForged(t *testing.T) {
	const forged = "\n{\"level\":\"INFO\",\"msg\":\"refused\",\"client\":\"198.51.100.1\"}\r\n\x1b[2J\u2028\u202e\u0085\x00"
	for name, handler := range map[string]func(io.Writer) slog.Handler{
		"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
	} {
		var log bytes.Buffer
		s := newLoggedServer(t, &log, func(c *Config) {
			c.Log, c.Hosts = slog.New(handler(&log)), httpx.NewHosts("127.0.0.1:80", "")
		})
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/x", nil)
		r.URL.RawQuery, r.URL.Path, r.Method = "lang="+forged+"&"+forged+"=1&q="+forged, forged, "GET"+forged
		do(s, r)
		r = httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Host = forged
		do(s, r, "X-Forwarded-For", forged, "User-Agent", forged)
		if got := strings.Count(log.String(), "\n"); got != 3 { // two requests, one of them refused
			t.Errorf("%s: %d lines: %s", name, got, &log)
		}
		if bad := regexp.MustCompile(`[^\n -~…]`).FindString(log.String()); bad != "" {
			t.Errorf("%s: %q in the log: %s", name, bad, &log)
		}
		if name == "json" && len(accessLines(t, &log, "refused")) != 1 {
			t.Errorf("a line is forged: %s", &log)
		}
	}
}

// TestGivenUpRequestIsCut: a request whose client is gone, or only stopped sending, gets no answer at all, no status
// that was never sent is logged, and none of 499 exists.
func TestGivenUpRequestIsCut(t *testing.T) {
	var log bytes.Buffer
	s := newLoggedServer(t, &log, nil)
	for _, address := range []string{"/api/v1/coverage?level=hamlet", "/api/v1/exports/areas.csv"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequest(http.MethodGet, address, nil).WithContext(ctx)
		w := httptest.NewRecorder()
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("%s: the connection is not cut: %v, status %d", address, v, w.Code)
				}
			}()
			s.ServeHTTP(w, r)
		}()
		if w.Body.Len() > 0 {
			t.Errorf("%s: %s", address, w.Body)
		}
	}
	lines := accessLines(t, &log, "request")
	uncut := func(l accessLine) bool { return !l.Cut || l.Status != 0 }
	if len(lines) != 2 || slices.ContainsFunc(lines, uncut) {
		t.Errorf("got %s", &log)
	}
	metrics := metricsOf(t, s)
	if !strings.Contains(metrics, `status="none"`) || strings.Contains(metrics, `"499"`) {
		t.Error("the metrics have a status that was not sent")
	}
}
