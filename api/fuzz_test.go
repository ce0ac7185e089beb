package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzPostVisits sends any body: it is answered as a client's doing, never as a fault here,
// and an answer has a result for each element.
func FuzzPostVisits(f *testing.F) {
	s := newTestServer(f, nil)
	for _, body := range []string{"", "[]", "[{}]", "[" + visitJSON("", "") + "]", "[" +
		visitJSON("shown", `["safety"]`) + ",3]",
		`[{"visit_id":"\ud800"}]`, "[[[[", "[1,2", `{"a":1}`, "\xff",
		`[{"visited_at":"9999-12-31T23:59:59.999999999+14:00"}]`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		res := do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(body)), "Content-Type",
			"application/json")
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch res.StatusCode {
		case 200:
			var sent []json.RawMessage
			var p visitsPosted
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(body), &sent); err != nil || len(sent) != len(p.Results) ||
				p.Created+p.Duplicates+p.Errors != len(sent) {
				t.Fatalf("%q: error %v, %d sent, answer %s", body, err, len(sent), text)
			}
		case 400, 413, 422:
		default:
			t.Fatalf("%q: status %d: %s", body, res.StatusCode, text)
		}
	})
}

// FuzzAddresses requests any address: what cannot be is the client's doing.
func FuzzAddresses(f *testing.F) {
	s := newTestServer(f, nil)
	for _, address := range []string{"/", "/tiles/cells/6/51/28.mvt?from=2026-03-01&v=1", "/tiles/cells/99/-1/1e9.mvt",
		"/tiles/areas.json",
		"/style.json?lang=vi", "/api/v1/coverage?by=cell&resolution=11",
		"/api/v1/coverage?from=0001-01-01&to=9999-12-31",
		"/api/v1/areas?q=%F0%9F%8F%A0&limit=1", "/api/v1/areas/20101?geometry=1",
		"/api/v1/flags?kind=low_uptake:payment&level=team",
		"/api/v1/exports/flags.geojson?kind=no_team", "/api/v1/exports/cells.csv?resolution=-3", "/communes/%00",
		"/api/v1/coverage?parent=%00%ff"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if u, err := url.ParseRequestURI(address); err != nil || u.Host != "" || !strings.HasPrefix(address, "/") {
			t.Skip("no client can send it")
		}
		r, err := http.NewRequest(http.MethodGet, "http://localhost"+address, nil)
		if err != nil {
			t.Skip("no client can send it")
		}
		res := do(s, r)
		switch res.StatusCode {
		case 200, 204, 403, 404, 405, 422, 301, 307:
		default:
			text, _ := io.ReadAll(res.Body)
			t.Fatalf("%q: status %d: %s", address, res.StatusCode, text)
		}
		if res.StatusCode >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%q: status %d is no problem document", address, res.StatusCode)
		}
	})
}
