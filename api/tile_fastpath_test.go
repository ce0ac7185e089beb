package api

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"tungnha/api/maptiles"
	"tungnha/api/request"
	"tungnha/coverage"
)

// isRemembered reports whether the answer to a request is remembered.
func isRemembered(s *Server, url string, headers ...string) bool {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.tiles.Fast.Remembers(r, s.data.Load().Index().For(s.everybody()))
}

// TestFastPathTiles compares cached answers with those made by the long way:
// they have the same headers and bytes, except for the request's id, which is in no log.
func TestFastPathTiles(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	address := tileOf("cells", 8) + "?from=2026-03-01&to=2026-03-31&v=" + version
	for _, accept := range []string{"", "gzip", "gzip, deflate, br, zstd", "br;q=0, gzip"} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept-Encoding", accept}
		}
		if isRemembered(s, address, headers...) {
			t.Fatalf("%q: remembered before it was asked for", accept)
		}
		first := get(s, address, headers...)
		get(s, address, headers...)
		if !isRemembered(s, address, headers...) {
			t.Fatalf("%q: not remembered", accept)
		}
		want := body(t, first)
		for range 2 * maptiles.SlowTurn {
			again := get(s, address, headers...)
			if again.Header.Get(request.IDHeader) == first.Header.Get(request.IDHeader) {
				t.Fatalf("%q: two requests have the id %s", accept, again.Header.Get(request.IDHeader))
			}
			again.Header[request.IDHeader] = first.Header[request.IDHeader]
			if !maps.EqualFunc(again.Header, first.Header, func(a,
				b []string) bool {
				return strings.Join(a, "\n") == strings.Join(b, "\n")
			}) {
				t.Fatalf("%q: got %v, want %v", accept, again.Header, first.Header)
			}
			if got := body(t, again); again.StatusCode != 200 || !bytes.Equal(got, want) {
				t.Fatalf("%q: status %d, %d bytes, want %d", accept, again.StatusCode, len(got), len(want))
			}
		}
	}

	tag := get(s, address).Header.Get("ETag")
	if res := get(s, address, "If-None-Match", tag); res.StatusCode != http.StatusNotModified || len(body(t, res)) > 0 {
		t.Errorf("If-None-Match: status %d", res.StatusCode)
	}
	if res := do(s, httptest.NewRequest(http.MethodHead, address, nil)); res.StatusCode != 200 ||
		res.Header.Get("ETag") != tag {
		t.Errorf("HEAD: status %d, %v", res.StatusCode, res.Header)
	}
	for _, url := range []string{tileOf("cells", 8), tileOf("cells", 8) + "?v=" + version, address + "x", address +
		"&parent=none"} {
		get(s, url)
		get(s, url)
		if isRemembered(s, url) {
			t.Errorf("%s is remembered, and may change", url)
		}
	}
	metrics := string(body(t, get(s, "/metrics")))
	if want := `tungnha_request_seconds_count{method="GET",route="` + tileRoute +
		`",status="200"} `; !strings.Contains(metrics, want) ||
		strings.Contains(metrics, want+"4\n") {
		t.Errorf("the metrics do not count answers that are remembered")
	}

	// Other data: the address of before is that of a tile which may change.
	post(t, s, `[{"visit_id":"r1","household_id":"H3-000","team_id":"T1","visited_at":"2026-03-30","outcome":"completed"}]`)
	get(s, address)
	if isRemembered(s, address) {
		t.Error("after a post: the old address is remembered")
	}
}

// TestFastPathTilesLetGo checks that what is cached keeps no tile in memory, is bounded,
// and serves no viewer with other rights.
func TestFastPathTilesLetGo(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	address := tileOf("cells", 8) + "?to=2026-03-31&v=" + version
	for asked := range 2 {
		if isRemembered(s, address) {
			t.Errorf("remembered after %d requests", asked)
		}
		get(s, address)
	}
	r := httptest.NewRequest(http.MethodGet, address, nil)
	data := s.data.Load().Index()
	for _, v := range []coverage.Viewer{{}, {Households: true},
		{Households: true, SmallCounts: true, Scope: []string{"20101"}}} {
		if s.tiles.Fast.Remembers(r, data.For(v)) {
			t.Errorf("%+v is answered what another viewer sees", v)
		}
	}
	s.tiles.Tiles = nil
	for range 3 {
		runtime.GC()
	}
	if isRemembered(s, address) {
		t.Error("a tile that nobody keeps is still there")
	}

	many := maptiles.NewFastPath(s.metrics.Requests.WithLabelValues(tileRoute, http.MethodGet, "200"))
	view := data.For(s.everybody())
	for i := range maptiles.MaxAnswers + 1 {
		r.RequestURI = fmt.Sprint(address, i)
		many.Keep(r, view, http.Header{}, nil, 0)
	}
	if n := many.Len(); n == 0 || n > maptiles.MaxAnswers {
		t.Errorf("%d answers are remembered", n)
	}
	before := many.Len()
	r.RequestURI = address + strings.Repeat("0", maptiles.MaxAddress)
	many.Keep(r, view, http.Header{}, nil, 0)
	if many.Len() != before {
		t.Errorf("an address of %d bytes is remembered", len(r.RequestURI))
	}
}
