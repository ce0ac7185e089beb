package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"tungnha/coverage"
	"tungnha/data"
)

// scopeRoutes has, for each route of the server, requests that could give away another commune. A route without
// requests answers the same to everybody, from nothing that is in the index.
var scopeRoutes = map[string][]string{
	"GET /":                    {"/", "/?place=20102"},
	"GET /teams":               nil,
	"GET /flags":               nil,
	"GET /data":                nil,
	"GET /favicon.svg":         nil,
	"GET /assets/app-1a2b3.js": nil,

	"GET /communes/{code}": {"/communes/20101", "/communes/20102",
		"/communes/20101?lang=en&period=ever"},
	"GET /communes/{code}/sketch.json": {"/communes/20101/sketch.json", "/communes/20102/sketch.json"},
	"GET /communes/{code}/preview.png": {"/communes/20101/preview.png", "/communes/20102/preview.png"},

	"GET /api/v1/areas": {"/api/v1/areas", "/api/v1/areas?q=ba+na", "/api/v1/areas?q=hoa",
		"/api/v1/areas?parent=20102",
		"/api/v1/areas?parent=48", "/api/v1/areas?level=hamlet", "/api/v1/areas?boundaries=2020-01-01"},
	"GET /api/v1/areas/{code}": {"/api/v1/areas/20101?geometry=true", "/api/v1/areas/20102?geometry=true",
		"/api/v1/areas/48?geometry=true",
		"/api/v1/areas/H1?geometry=true", "/api/v1/areas/H3?geometry=true"},
	"GET /api/v1/boundaries": {"/api/v1/boundaries"},
	"GET /api/v1/boundaries/compare": {"/api/v1/boundaries/compare?a=2020-01-01&b=2026-01-01",
		"/api/v1/boundaries/compare?a=2020-01-01&b=2026-01-01&level=hamlet"},
	"GET /api/v1/coverage": {"/api/v1/coverage?by=area&level=province", "/api/v1/coverage?by=area&level=commune",
		"/api/v1/coverage?by=area&level=hamlet",
		"/api/v1/coverage?by=area&level=hamlet&parent=20102", "/api/v1/coverage?by=area&level=hamlet&parent=48",
		"/api/v1/coverage?by=cell&resolution=9", "/api/v1/coverage?by=cell&resolution=11",
		"/api/v1/coverage?by=team",
		"/api/v1/coverage?by=team&parent=20102", "/api/v1/coverage?by=day", "/api/v1/coverage?by=month"},
	"GET /api/v1/flags": {"/api/v1/flags", "/api/v1/flags?level=commune", "/api/v1/flags?parent=20102"},
	"GET /api/v1/hotspots": {"/api/v1/hotspots", "/api/v1/hotspots?resolution=10",
		"/api/v1/hotspots?parent=20102"},
	"GET /api/v1/meta":       {"/api/v1/meta"},
	"GET /api/v1/quality":    {"/api/v1/quality"},
	"GET /api/v1/state":      {"/api/v1/state"},
	"GET /api/v1/teams/{id}": {"/api/v1/teams/T1", "/api/v1/teams/TEAM-BANA"},
	"GET /api/v1/exports/{layer}.{format}": {"/api/v1/exports/areas.csv?level=hamlet",
		"/api/v1/exports/areas.geojson", "/api/v1/exports/areas.xlsx?level=hamlet",
		"/api/v1/exports/areas.gpkg?level=hamlet", "/api/v1/exports/cells.csv?resolution=10&hotspots=true",
		"/api/v1/exports/cells.pmtiles?max_zoom=8",
		"/api/v1/exports/areas.pmtiles?max_zoom=8", "/api/v1/exports/flags.geojson", "/api/v1/exports/teams.csv",
		"/api/v1/exports/teams.geojsonl",
		"/api/v1/exports/households.csv", "/api/v1/exports/households.geojson",
		"/api/v1/exports/households.csv?parent=20102",
		"/api/v1/exports/areas.csv-metadata.json", "/api/v1/exports/areas.parquet"},
	"GET /api/v1/jobs/{id}":               {"/api/v1/jobs/JOB"},
	"DELETE /api/v1/jobs/{id}":            {"/api/v1/jobs/JOB"},
	"GET /api/v1/jobs/{id}/file":          {"/api/v1/jobs/JOB/file"},
	"GET /api/v1/imports":                 {"/api/v1/imports"},
	"POST /api/v1/imports":                {"/api/v1/imports"},
	"GET /api/v1/imports/{id}":            {"/api/v1/imports/x"},
	"GET /api/v1/imports/{id}/{file}":     {"/api/v1/imports/x/y"},
	"POST /api/v1/visits":                 {"/api/v1/visits"},
	"GET /metrics":                        {"/metrics"},
	"GET /healthz":                        nil,
	"GET /readyz":                         {"/readyz"},
	"GET /openapi.json":                   nil,
	"GET /style.json":                     {"/style.json", "/style.json?parent=20102"},
	"GET /sprite.json":                    nil,
	"GET /sprite.png":                     nil,
	"GET /sprite@2x.json":                 nil,
	"GET /sprite@2x.png":                  nil,
	"GET /basemap.json":                   nil,
	"GET /basemap.pmtiles":                nil,
	"GET /basemap/style.json":             nil,
	"GET /basemap/{z}/{x}/{y}":            nil,
	"GET /glyphs/{fontstack}/{range}.pbf": nil,
	"GET /tiles/{layer}.json": {"/tiles/cells.json", "/tiles/areas.json", "/tiles/flags.json",
		"/tiles/households.json"},
	"GET /tiles/{layer}/{z}/{x}/{y}.mvt": scopeTiles("/tiles/%[1]s/%[2]d/%[3]d/%[4]d.mvt?to=2026-03-31"),

	"GET /ogc":                          {"/ogc", "/ogc?f=html"},
	"GET /ogc/":                         {"/ogc/"},
	"GET /ogc/api":                      {"/ogc/api"},
	"GET /ogc/conformance":              nil,
	"GET /ogc/dictionary":               {"/ogc/dictionary"},
	"GET /ogc/style.css":                nil,
	"GET /ogc/collections":              {"/ogc/collections", "/ogc/collections?f=html"},
	"GET /ogc/collections/{collection}": scopeCollections("/ogc/collections/%s"),
	"GET /ogc/collections/{collection}/items": append(scopeCollections("/ogc/collections/%s/items?limit=1000"),
		"/ogc/collections/areas/items?parent=20102", "/ogc/collections/hamlets/items?f=html",
		"/ogc/collections/areas/items?filter=households%3E0"),
	"GET /ogc/collections/{collection}/items/{id}": {"/ogc/collections/areas/items/20102",
		"/ogc/collections/areas/items/20101", "/ogc/collections/hamlets/items/H3",
		"/ogc/collections/teams/items/TEAM-BANA", "/ogc/collections/households/items/H3-001"},
	"GET /ogc/collections/{collection}/queryables": scopeCollections("/ogc/collections/%s/queryables"),
	"GET /ogc/collections/{collection}/schema":     scopeCollections("/ogc/collections/%s/schema"),
	"GET /ogc/collections/{collection}/sortables":  scopeCollections("/ogc/collections/%s/sortables"),
	"GET /ogc/collections/{layer}/tiles": {"/ogc/collections/cells/tiles",
		"/ogc/collections/areas/tiles"},
	"GET /ogc/collections/{layer}/tiles/{set}": {
		"/ogc/collections/cells/tiles/WebMercatorQuad"},
	"GET /ogc/collections/{layer}/tiles/{set}/{tileMatrix}/{tileRow}/{tileCol}": scopeTiles(
		"/ogc/collections/%[1]s/tiles/WebMercatorQuad/%[2]d/%[4]d/%[3]d?to=2026-03-31"),
	"GET /ogc/tileMatrixSets":       nil,
	"GET /ogc/tileMatrixSets/{set}": nil,
	"GET /ogc/tiles":                {"/ogc/tiles"},
}

// scopeTiles returns the tiles of all layers in which the other commune is, at several zooms.
func scopeTiles(format string) (urls []string) {
	for _, layer := range []string{"cells", "areas", "flags", "households"} {
		for _, at := range [][3]int{{8, 204, 116}, {10, 819, 466}, {12, 3279, 1864}, {14, 13117, 7455},
			{14, 13116, 7456}} {
			urls = append(urls, fmt.Sprintf(format, layer, at[0], at[1], at[2]))
		}
	}
	return urls
}

func scopeCollections(format string) (urls []string) {
	for _, c := range []string{"areas", "hamlets", "cells", "flags", "teams", "visits", "households"} {
		urls = append(urls, fmt.Sprintf(format, c))
	}
	return urls
}

// othersMarks is what only the commune 20102 has: codes, names, ids, and the day of the first visit. The code of its
// hamlet is there as JSON and CSV write it, for the grid of cells is called so too.
var othersMarks = []string{"20102", "Bà Nà", `"H3"`, "\nH3,", "H3-0", "Hoà Trung", "TEAM-BANA", "2024-05-05"}

// newScopedServer returns a server over the programme with a team and visits in 20102 too. The scope of
// who sends a request is in its header X-Scope.
func newScopedServer(t *testing.T, households bool) *Server {
	store := newStore(t)
	ctx := context.Background()
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	put(t, func() ([]data.PutResult, error) {
		return tx.PutTeams(ctx, []data.Team{{ID: "TEAM-BANA", Name: "Tổ Bà Nà", CommuneCode: "20102",
			HamletCodes: []string{"H3"}, Members: 5}})
	})
	put(t, func() ([]data.PutResult, error) {
		return tx.PutVisits(ctx, []data.Visit{{ID: "v-H3-000", HouseholdID: "H3-000", TeamID: "TEAM-BANA",
			At: mustDay(t, "2024-05-05").Time().Add(9 * time.Hour), Outcome: data.Completed}})
	})
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	s, live := newClosedServer(t, store, func(c *Config) { c.Households, c.Imports = households, store })
	s.identifyViewer = func(r *http.Request) coverage.Viewer {
		v := s.everybody()
		if scope := r.Header.Get("X-Scope"); scope != "" {
			v.Scope = []string{scope}
		}
		return v
	}
	s.Open(live, time.Second)
	return s
}

// TestScopeOfEveryRoute sends requests to every route as a viewer of one commune, after others have filled all caches,
// and fails on any byte of another commune that the request itself does not have.
func TestScopeOfEveryRoute(t *testing.T) {
	for _, households := range []bool{true, false} {
		s := newScopedServer(t, households)
		routes := make(map[string]bool)
		err := chi.Walk(s.router, func(method, route string, _ http.Handler,
			_ ...func(http.Handler) http.Handler) error {
			routes[method+" "+route] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		job := read[struct{ ID string }](t, get(s, "/api/v1/exports/areas.csv?level=hamlet", "Prefer",
			"respond-async"), http.StatusAccepted).ID
		found := make(map[string]bool) // marks, in the answers to everybody
		for route := range routes {
			urls, ok := scopeRoutes[route]
			if !ok {
				t.Errorf("%s: add to scopeRoutes the requests by which it could give away another commune", route)
			}
			method, _, _ := strings.Cut(route, " ")
			for _, url := range urls {
				url = strings.Replace(url, "JOB", job, 1)
				if method == http.MethodGet {
					for range 2 { // the second of tiles are answered before routing
						_, body := scopedAnswer(t, s, method, url, "")
						for _, mark := range othersMarks {
							found[mark] = found[mark] || bytes.Contains(body, []byte(mark))
						}
					}
				}
				status, body := scopedAnswer(t, s, method, url, "20101")
				for _, mark := range othersMarks {
					if !strings.Contains(url, mark) && bytes.Contains(body, []byte(mark)) {
						t.Errorf("%s %s, households %t: status %d with %q", method, url, households, status, mark)
					}
				}
				if strings.Contains(url, job) && status != http.StatusNotFound {
					t.Errorf("%s %s: status %d, want 404: the job is of another viewer", method, url, status)
				}
			}
		}
		for route := range scopeRoutes {
			if !routes[route] {
				t.Errorf("%s: no such route", route)
			}
		}
		for _, mark := range othersMarks {
			if households && !found[mark] {
				t.Errorf("%q is in no answer to everybody: it proves nothing", mark)
			}
		}
	}
}

// scopedAnswer returns the answer to a request, its parts uncompressed.
func scopedAnswer(t *testing.T, s *Server, method, url, scope string) (int, []byte) {
	t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader("[]"))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if scope != "" {
		r.Header.Set("X-Scope", scope)
	}
	res := do(s, r)
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	for name, values := range res.Header {
		body = append(body, name+": "+strings.Join(values, ",")...)
	}
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	for i := 0; err == nil && i < len(archive.File); i++ {
		f, err := archive.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, part...)
	}
	return res.StatusCode, body
}

// TestOwnAreaIsReadable checks that a viewer of one commune reads it and its hamlets, what is above it by name alone,
// and totals of nothing else.
func TestOwnAreaIsReadable(t *testing.T) {
	s := newScopedServer(t, true)
	scope := []string{"X-Scope", "20101"}
	own := read[areaDetail](t, get(s, "/api/v1/areas/20101?geometry=true", scope...), http.StatusOK)
	if n := own.Record.Count("households"); n == nil || *n != householdsH1+householdsH2 || own.Geometry == nil ||
		len(own.Ancestors) != 1 {
		t.Errorf("its own area: %+v", own)
	}
	if up := own.Ancestors[0]; up.Code != "48" || up.Name == "" || up.BBox != nil {
		t.Errorf("the area above: %+v; want code and name alone", up)
	}
	everybody := read[areaDetail](t, get(s, "/api/v1/areas/20101"), http.StatusOK)
	got, _ := json.Marshal(own.Record)
	want, _ := json.Marshal(everybody.Record)
	if !bytes.Equal(got, want) {
		t.Errorf("its record is %s, everybody's %s", got, want)
	}
	for url, status := range map[string]int{"/api/v1/areas/48": 403, "/api/v1/areas/20102": 404,
		"/api/v1/areas/H1":        200,
		"/api/v1/areas?parent=48": 200, "/communes/20102/sketch.json": 404} {
		if res := get(s, url, scope...); res.StatusCode != status {
			t.Errorf("%s: status %d, want %d", url, res.StatusCode, status)
		}
	}
	st := read[state](t, get(s, "/api/v1/state", scope...), http.StatusOK)
	if st.Households != householdsH1+householdsH2 || st.Visits != reachedH1+absentH1+reachedH2 || st.Teams != 2 ||
		st.Areas["commune"] != 1 || st.Areas["hamlet"] != 2 || st.FirstVisit == nil || *st.FirstVisit != "2026-01-20" {
		t.Errorf("state: %+v", st)
	}
	m := read[meta](t, get(s, "/api/v1/meta", scope...), http.StatusOK)
	if m.Bounds == nil || m.Bounds[2] > 108.21 {
		t.Errorf("bounds %v reach beyond the commune", m.Bounds)
	}
}
