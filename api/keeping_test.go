package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tungnha/api/guard"
	"tungnha/api/httpx"
)

// TestNothingExactIsStored sends requests to every route as somebody who may see households and exact counts, of all or
// of one commune: no answer, new, answered before routing, by its tag or with an error, may be stored by a proxy or a
// browser. Routes without requests in scopeRoutes are of the program alone, and name no household.
func TestNothingExactIsStored(t *testing.T) {
	s := newScopedServer(t, true, false)
	job := finishedJob(t, s, "/api/v1/exports/areas.csv?level=hamlet")
	check := func(res *http.Response, method, url string) {
		t.Helper()
		if got := res.Header.Values("Cache-Control"); !slices.Equal(got, []string{httpx.Private}) {
			t.Errorf("%s %s: status %d, Cache-Control %q", method, url, res.StatusCode, got)
		}
	}
	statuses := map[int]int{}
	for route, urls := range scopeRoutes {
		method, _, _ := strings.Cut(route, " ")
		for _, url := range urls {
			url = strings.Replace(url, "JOB", job, 1)
			for _, scope := range []string{"", "20101"} {
				if method == http.MethodDelete && scope == "" {
					continue // the job is for other routes
				}
				for range 3 { // the third of tiles is answered before routing
					res := do(s, httptest.NewRequest(method, url, nil), "X-Scope", scope)
					statuses[res.StatusCode]++
					check(res, method, url)
					if tag := res.Header.Get("ETag"); tag != "" && method == http.MethodGet {
						res = get(s, url, "X-Scope", scope, "If-None-Match", tag)
						statuses[res.StatusCode]++
						check(res, method, url)
					}
				}
			}
		}
	}
	for _, status := range []int{200, 304, 403, 404} {
		if statuses[status] == 0 {
			t.Errorf("no answer had status %d: %v", status, statuses)
		}
	}
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	tile := tileOf("households", 14) + "?to=2026-03-31&v=" + version
	get(s, tile)
	if get(s, tile); !isRemembered(s, tile) {
		t.Errorf("%s is not remembered: the test does not see what is answered before routing", tile)
	}
	check(get(s, tile), http.MethodGet, tile)
	for _, url := range everyAddress(t, s) {
		if res := get(s, url); homes.Match(plain(t, res)) {
			check(res, http.MethodGet, url)
		}
	}
}

// TestPublicIsStored: what everybody may see may be stored by everybody, and so may the files of the program where
// households are shown.
func TestPublicIsStored(t *testing.T) {
	s := newTestServer(t, nil)
	for _, url := range everyAddress(t, s) {
		if got := get(s, url).Header.Get("Cache-Control"); got == "" || got == httpx.Private {
			t.Errorf("%s: Cache-Control %q", url, got)
		}
	}
	s = newTestServer(t, showHouseholds)
	for url, want := range map[string]string{"/assets/app-1a2b3.js": httpx.Immutable, "/teams": "no-cache",
		"/openapi.json": "no-cache", "/sprite.png": "no-cache"} {
		if got := get(s, url).Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q, want %q", url, got, want)
		}
	}
}

// TestIsolation: the pages of other sites may include what they may read by CORS anyway, the public's figures with
// --origin *, and nothing else; answers that are refused before routing are no exception.
func TestIsolation(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{showHouseholds, httpx.SameOrigin},
		{func(c *Config) { c.Origins = []string{"https://portal.example.vn"} }, httpx.SameOrigin},
		{func(c *Config) { c.Origins = []string{everyOrigin} }, httpx.CrossOrigin},
	} {
		s := newTestServer(t, func(config *Config) {
			c.change(config)
			config.Limits = guard.Limits{Rate: 0.0001, Burst: 1}
		})
		check := func(res *http.Response, url, want string) {
			t.Helper()
			h := res.Header
			if got := h.Values("Cross-Origin-Resource-Policy"); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: status %d, Cross-Origin-Resource-Policy %q, want %q", url, res.StatusCode, got, want)
			}
			if !strings.HasSuffix(strings.SplitN(url, "?", 2)[0], ".mvt") &&
				h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
				t.Errorf("%s: no Cross-Origin-Opener-Policy", url)
			}
		}
		m := read[meta](t, get(s, "/api/v1/meta"), 200)
		for _, url := range []string{"/", "/api/v1/coverage", "/ogc/collections/areas/items", "/none", "/style.json",
			"/communes/20101/preview.png", "/assets/app-1a2b3.js",
			tileOf("cells", 8) + "?to=" + m.Today + "&v=" + m.Version} {
			for range 3 { // the third tile is answered before routing
				check(get(s, url), url, c.want)
			}
		}
		for _, want := range []int{200, 429} {
			r := httptest.NewRequest(http.MethodGet, "/api/v1/areas", nil)
			r.RemoteAddr = "203.0.113.9:1000"
			if res := do(s, r); res.StatusCode != want {
				t.Errorf("status %d, want %d", res.StatusCode, want)
			} else {
				check(res, "/api/v1/areas", c.want)
			}
		}
	}
}
