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

	"tungnha/api/request"
	"tungnha/coverage"
)

// isReady reports whether the answer to a request is remembered.
func isReady(s *Server, url string, headers ...string) bool {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, _ := s.ready.find(r, s.data.Load().Index().For(s.everybody()))
	return answer != nil
}

// TestReadyTiles holds answers that are remembered against those made by the long way:
// they have the same headers and bytes, except for the request's id, which no log tells of.
func TestReadyTiles(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	address := tileOf("cells", 8) + "?from=2026-03-01&to=2026-03-31&v=" + version
	for _, accept := range []string{"", "gzip", "gzip, deflate, br, zstd", "br;q=0, gzip"} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept-Encoding", accept}
		}
		if isReady(s, address, headers...) {
			t.Fatalf("%q: remembered before it was asked for", accept)
		}
		first := get(s, address, headers...)
		get(s, address, headers...)
		if !isReady(s, address, headers...) {
			t.Fatalf("%q: not remembered", accept)
		}
		want := body(t, first)
		for range 2 * readyTurns {
			again := get(s, address, headers...)
			if again.Header.Get(requestIDHeader) == first.Header.Get(requestIDHeader) {
				t.Fatalf("%q: two requests have the id %s", accept, again.Header.Get(requestIDHeader))
			}
			again.Header[requestIDHeader] = first.Header[requestIDHeader]
			if !maps.EqualFunc(again.Header, first.Header, func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }) {
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
	if res := do(s, httptest.NewRequest(http.MethodHead, address, nil)); res.StatusCode != 200 || res.Header.Get("ETag") != tag {
		t.Errorf("HEAD: status %d, %v", res.StatusCode, res.Header)
	}
	for _, url := range []string{tileOf("cells", 8), tileOf("cells", 8) + "?v=" + version, address + "x", address + "&parent=none"} {
		get(s, url)
		get(s, url)
		if isReady(s, url) {
			t.Errorf("%s is remembered, and may change", url)
		}
	}
	metrics := string(body(t, get(s, "/metrics")))
	if want := `tungnha_request_seconds_count{method="GET",route="` + tileRoute + `",status="200"} `; !strings.Contains(metrics, want) ||
		strings.Contains(metrics, want+"4\n") {
		t.Errorf("the metrics do not count answers that are remembered")
	}

	// Other data: the address of before is that of a tile which may change.
	post(t, s, `[{"visit_id":"r1","household_id":"H3-000","team_id":"T1","visited_at":"2026-03-30","outcome":"completed"}]`)
	if got := get(s, address).Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("after a post: Cache-Control %q", got)
	}
	if isReady(s, address) {
		t.Error("after a post: the old address is remembered")
	}
}

// TestReadyTilesLetGo checks that what is remembered holds no tile in memory, is bounded,
// and serves no viewer who sees something else.
func TestReadyTilesLetGo(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	version := read[meta](t, get(s, "/api/v1/meta"), 200).Version
	address := tileOf("cells", 8) + "?to=2026-03-31&v=" + version
	for asked := range 2 {
		if isReady(s, address) {
			t.Errorf("remembered after %d requests", asked)
		}
		get(s, address)
	}
	r := httptest.NewRequest(http.MethodGet, address, nil)
	data := s.data.Load().Index()
	for _, v := range []coverage.Viewer{{}, {Households: true}, {Households: true, SmallCounts: true, Scope: []string{"20101"}}} {
		if answer, _ := s.ready.find(r, data.For(v)); answer != nil {
			t.Errorf("%+v is answered what another viewer sees", v)
		}
	}
	s.tiles = nil
	for range 3 {
		runtime.GC()
	}
	if isReady(s, address) {
		t.Error("a tile that nobody keeps is still there")
	}

	many := newReadyTiles(s.metrics)
	a := &request.Context{Viewer: s.everybody(), View: s.data.Load().Index().For(s.everybody())}
	for i := range maxReadyAnswers + 1 {
		r.RequestURI = fmt.Sprint(address, i)
		many.keep(r, a, http.Header{}, nil, 0)
	}
	if n := len(many.answers); n == 0 || n > maxReadyAnswers {
		t.Errorf("%d answers are remembered", n)
	}
	before := len(many.answers)
	r.RequestURI = address + strings.Repeat("0", maxReadyAddress)
	many.keep(r, a, http.Header{}, nil, 0)
	if len(many.answers) != before {
		t.Errorf("an address of %d bytes is remembered", len(r.RequestURI))
	}
}
