package api

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"

	"tungnha/api/admin"
	"tungnha/coverage"
	"tungnha/data"
)

// scopeRoutes has, for each route of the server, requests that could reveal another commune. A route without
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

// dataless are routes of scopeRoutes that have nothing of the other commune in their answers to everybody, with what
// they answer instead. Their requests are sent all the same.
var dataless = map[string]string{
	"GET /readyz":                        "how fresh the data are",
	"GET /":                              "the addresses that its own address leads to",
	"GET /api/v1/imports":                "for the whole programme: refused to a viewer with a scope",
	"POST /api/v1/imports":               "for the whole programme: refused to a viewer with a scope",
	"GET /api/v1/imports/{id}":           "for the whole programme: refused to a viewer with a scope",
	"GET /api/v1/imports/{id}/{file}":    "for the whole programme: refused to a viewer with a scope",
	"POST /api/v1/visits":                "its answer is of the visits that it was sent",
	"DELETE /api/v1/jobs/{id}":           "an answer without a body",
	"GET /ogc":                           "links",
	"GET /ogc/":                          "not found",
	"GET /ogc/api":                       "a description of the routes",
	"GET /ogc/dictionary":                "a description of the measures",
	"GET /ogc/tiles":                     "links",
	"GET /ogc/collections/{layer}/tiles": "links",
	"GET /ogc/collections/{collection}/queryables": "names and types of members",
	"GET /ogc/collections/{collection}/schema":     "names and types of members",
	"GET /ogc/collections/{collection}/sortables":  "names and types of members",
}

// othersMarks is what only the commune 20102 has: codes, names, ids, and the day of the first visit. The code of its
// hamlet is there as JSON and CSV write it, for the grid of cells is called so too.
var othersMarks = []string{"20102", "Bà Nà", `"H3"`, "\nH3,", "H3-0", "Hoà Trung", "TEAM-BANA", "2024-05-05"}

// newScopedServer returns a server over the programme with a team and visits in 20102 too. The scope of who sends a
// request is in its header X-Scope. Where altered, all that 20102 has besides its codes and names is another: outline,
// population, number and places of households, members of the team, days, outcomes and skills of the visits.
func newScopedServer(t *testing.T, households, altered bool) *Server {
	store := newStore(t)
	ctx := context.Background()
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	team := data.Team{ID: "TEAM-BANA", Name: "Tổ Bà Nà", CommuneCode: "20102", HamletCodes: []string{"H3"}, Members: 5}
	visited, last, shown := 12, "2024-05-05", data.SkillSet(0b11111)
	if altered {
		team.Members = 9
		visited, last, shown = 33, "2026-03-29", 0b11011
		put := func(write func() ([]data.PutResult, error)) {
			if effects, err := write(); err != nil || effects[0].Change == data.Rejected {
				t.Fatal(effects, err)
			}
		}
		put(func() ([]data.PutResult, error) {
			return tx.PutAreas(ctx, []data.Area{
				{Code: "48", Name: "Đà Nẵng", Kind: "Thành phố", Level: data.Province, DeclaredHouseholds: data.Unknown,
					Population: data.Unknown, Geometry: square(108.0, 16.0, 108.38, 16.2)},
				{Code: "20102", Name: "Bà Nà", Kind: "Xã", Level: data.Commune, Parent: "48",
					DeclaredHouseholds: 61, Population: 250, Geometry: square(108.2, 16.0, 108.37, 16.19)},
				{Code: "H4", Name: "Thôn Hoà Trung 2", Kind: "Thôn", Level: data.Hamlet, Parent: "20102",
					ValidFrom: mustDay(t, "2025-06-01"), DeclaredHouseholds: data.Unknown, Population: data.Unknown},
			})
		})
		var more []data.Household
		for i := range 47 {
			more = append(more, data.Household{ID: fmt.Sprintf("H3-%03d", i), HamletCode: "H3",
				Point: orb.Point{108.31 + 0.0007*float64(i%5), 16.11 + 0.0006*float64(i/5)}})
		}
		put(func() ([]data.PutResult, error) { return tx.PutHouseholds(ctx, more) })
	}
	var visits []data.Visit
	for i := range visited { // no count is below 10 in either programme, so that the same counts are suppressed
		visits = append(visits, data.Visit{ID: fmt.Sprintf("v-H3-%03d", i), HouseholdID: fmt.Sprintf("H3-%03d", i),
			TeamID: team.ID, At: mustDay(t, last).Time().Add(9 * time.Hour), Outcome: data.Completed,
			Assessed: 0b11111, Shown: shown})
	}
	put(t, func() ([]data.PutResult, error) { return tx.PutTeams(ctx, []data.Team{team}) })
	put(t, func() ([]data.PutResult, error) { return tx.PutVisits(ctx, visits) })
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
// and fails on any byte of another commune that the request itself does not have: its codes and names, and whatever
// differs where all figures of the other commune are others (non-interference: Goguen and Meseguer 1982). Either must
// be in an answer of the route to everybody, else the test proves nothing of that route.
func TestScopeOfEveryRoute(t *testing.T) {
	for _, households := range []bool{true, false} {
		s, other := newScopedServer(t, households, false), newScopedServer(t, households, true)
		routes := make(map[string]bool)
		err := chi.Walk(s.router, func(method, route string, _ http.Handler,
			_ ...func(http.Handler) http.Handler) error {
			routes[method+" "+route] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		jobs := map[*Server]string{}
		for _, s := range []*Server{s, other} {
			jobs[s] = finishedJob(t, s, "/api/v1/exports/areas.csv?level=hamlet")
		}
		for route := range routes {
			urls, ok := scopeRoutes[route]
			if !ok {
				t.Errorf("%s: add to scopeRoutes the requests by which it could give away another commune", route)
			}
			method, _, _ := strings.Cut(route, " ")
			revealing := false // to everybody
			for _, url := range urls {
				ask := func(s *Server, scope string) (int, []byte) {
					status, body := scopedAnswer(t, s, method, strings.Replace(url, "JOB", jobs[s], 1), scope)
					return status, bytes.ReplaceAll(body, []byte(jobs[s]), []byte("JOB"))
				}
				if method == http.MethodGet {
					for range 2 { // the second of tiles are answered before routing
						_, body := ask(s, "")
						_, altered := ask(other, "")
						revealing = revealing || !bytes.Equal(body, altered) || othersMark(url, body) != ""
					}
				}
				status, body := ask(s, "20101")
				_, altered := ask(other, "20101")
				if mark := othersMark(url, body); mark != "" {
					t.Errorf("%s %s, households %t: status %d with %q", method, url, households, status, mark)
				}
				if !bytes.Equal(body, altered) && !timed[route] {
					t.Errorf("%s %s, households %t: status %d, and another answer where the other commune has other figures:\n%s",
						method, url, households, status, difference(body, altered))
				}
				if strings.Contains(url, "JOB") && status != http.StatusNotFound {
					t.Errorf("%s %s: status %d, want 404: the job is of another viewer", method, url, status)
				}
			}
			if _, none := dataless[route]; households && urls != nil && revealing == none {
				t.Errorf("%s: answers to everybody reveal the other commune: %t; in the list of those that do not: %t",
					route, revealing, none)
			}
		}
		for route := range scopeRoutes {
			if !routes[route] {
				t.Errorf("%s: no such route", route)
			}
		}
	}
}

// timed are routes whose answers differ between two servers by the clock.
var timed = map[string]bool{"GET /metrics": true}

// cellReference is where a cell of a workbook is, which may be the code of a hamlet: H3.
var cellReference = regexp.MustCompile(`<c r="[A-Z]+[0-9]+"`)

func othersMark(url string, body []byte) string {
	body = cellReference.ReplaceAll(body, nil)
	for _, mark := range othersMarks {
		if !strings.Contains(url, mark) && bytes.Contains(body, []byte(mark)) {
			return mark
		}
	}
	return ""
}

// difference returns where two answers begin to differ.
func difference(a, b []byte) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	cut := func(b []byte) []byte { return b[max(0, min(len(b), at-60)):min(len(b), at+60)] }
	return fmt.Sprintf("at byte %d\n%q\n%q", at, cut(a), cut(b))
}

// finishedJob exports in the background and returns the id of the job.
func finishedJob(t *testing.T, s *Server, url string) string {
	t.Helper()
	id := read[struct{ ID string }](t, get(s, url, "Prefer", "respond-async"), http.StatusAccepted).ID
	wait(t, "the job is done", func() bool {
		return read[struct{ Status string }](t, get(s, "/api/v1/jobs/"+id), http.StatusOK).Status == "done"
	})
	return id
}

// ofTheState matches what differs with the state of the data as such, and reveals only that it is another: versions,
// tags, cursors and ids of requests.
var ofTheState = regexp.MustCompile(`(?i)\b[0-9a-f]{24}(-[0-9a-f]{16})?\b|cursor=[\w-]+|(etag|x-request-id): [^\n]*\n`)

// scopedAnswer returns the answer to a request with its headers, all that is compressed in it expanded, and what
// differs with every state of the data taken out.
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
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	var body bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		if name != "Content-Length" || res.Header.Get("Content-Type") == "application/json" {
			fmt.Fprintf(&body, "%s: %s\n", name, strings.Join(res.Header[name], ","))
		}
	}
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusPartialContent {
		raw = expanded(t, url, raw)
	}
	body.Write(raw)
	return res.StatusCode, ofTheState.ReplaceAll(body.Bytes(), nil)
}

// expanded returns what a file has in it: the parts of a workbook, the pixels of a picture, the directories and tiles
// of PMTiles, the values and metadata of Parquet. A GeoPackage, MVT and all else is not compressed.
func expanded(t *testing.T, url string, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		parts, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		check(err)
		for _, part := range parts.File {
			fmt.Fprintf(&out, "\n%s: %s\n", part.Name, part.Comment)
			f, err := part.Open()
			check(err)
			_, err = io.Copy(&out, f)
			check(err)
		}
	case bytes.HasPrefix(raw, []byte("\x89PNG")):
		picture, err := png.Decode(bytes.NewReader(raw))
		check(err)
		for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
			for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
				r, g, b, a := picture.At(x, y).RGBA()
				out.Write([]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), byte(a >> 8)})
			}
		}
	case bytes.HasPrefix(raw, []byte("PMTiles")):
		members := 0
		for at := range raw { // each directory and tile is a stream of gzip; bytes that only look like one fail
			if z, err := gzip.NewReader(bytes.NewReader(raw[at:])); err == nil {
				z.Multistream(false)
				if content, err := io.ReadAll(z); err == nil {
					out.Write(content)
					members++
				}
			}
		}
		if members < 2 {
			t.Fatalf("%s: %d parts of PMTiles", url, members)
		}
	case bytes.HasPrefix(raw, []byte("PAR1")):
		f, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
		check(err)
		for _, pair := range f.Metadata().KeyValueMetadata {
			fmt.Fprintf(&out, "\n%s: %s\n", pair.Key, pair.Value)
		}
		rows := parquet.NewReader(f)
		for {
			batch := make([]parquet.Row, 64)
			n, err := rows.ReadRows(batch)
			for _, row := range batch[:n] {
				for _, v := range row {
					fmt.Fprintf(&out, "%q,", v.String())
				}
				out.WriteByte('\n')
			}
			if err == io.EOF {
				break
			}
			check(err)
		}
		check(rows.Close())
	default:
		return raw
	}
	return out.Bytes()
}

// TestOwnAreaIsReadable checks that a viewer of one commune reads it and its hamlets, what is above it by name alone,
// and totals of nothing else.
func TestOwnAreaIsReadable(t *testing.T) {
	s := newScopedServer(t, true, false)
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
	st := read[admin.State](t, get(s, "/api/v1/state", scope...), http.StatusOK)
	if st.Households != householdsH1+householdsH2 || st.Visits != reachedH1+absentH1+reachedH2 || st.Teams != 2 ||
		st.Areas["commune"] != 1 || st.Areas["hamlet"] != 2 || st.FirstVisit == nil || *st.FirstVisit != "2026-01-20" {
		t.Errorf("state: %+v", st)
	}
	m := read[meta](t, get(s, "/api/v1/meta", scope...), http.StatusOK)
	if m.Bounds == nil || m.Bounds[2] > 108.21 {
		t.Errorf("bounds %v reach beyond the commune", m.Bounds)
	}
}
