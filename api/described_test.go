package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// TestAnswersAreDescribed compares answers of all routes, good and bad, with the OpenAPI
// document: status and media type are there, and JSON is of its schema.
func TestAnswersAreDescribed(t *testing.T) {
	windows := []string{"", "&from=2026-03-01&to=2026-03-31", "&to=2020-01-01", "&from=2026-03-31&to=2026-03-01"}
	routes := []struct {
		path string // as the document has it
		urls []string
	}{
		{"/api/v1/coverage", []string{"?by=area", "?by=area&level=hamlet", "?by=cell&resolution=7", "?by=team",
			"?by=month", "?by=street", "?parent=nowhere"}},
		{"/api/v1/flags", []string{"?", "?level=team", "?kind=no_team", "?kind=lonely"}},
		{"/api/v1/hotspots", []string{"?", "?class=hot", "?class=warm"}},
		{"/api/v1/areas", []string{"?q=hai", "?level=hamlet&limit=1", "?limit=0"}},
		{"/api/v1/areas/{code}", []string{"/20101?geometry=true", "/H1?geometry=true", "/nowhere?"}},
		{"/api/v1/teams/{id}", []string{"/T1?", "/T1?parent=20102", "/nobody?"}},
		{"/api/v1/meta", []string{"?", "?v=1"}},
		{"/api/v1/state", []string{"?"}},
		{"/api/v1/quality", []string{"?"}},
		{"/api/v1/boundaries", []string{"?"}},
		{"/api/v1/boundaries/compare", []string{"?a=2025-01-01&b=2026-01-01&level=commune", "?a=2025-01-01"}},
		{"/api/v1/imports", []string{"?"}},
		{"/api/v1/exports/{layer}.{format}", []string{"/areas.csv?", "/areas.csv-metadata.json?", "/cells.geojson?",
			"/teams.xlsx?", "/flags.parquet?", "/households.gpkg?", "/cells.pmtiles?max_zoom=4", "/streets.csv?",
			"/areas.shp?"}},
		{"/tiles/{layer}.json", []string{"/cells.json?", "/households.json?", "/streets.json?"}},
		{"/tiles/{layer}/{z}/{x}/{y}.mvt", []string{"/cells/6/51/28.mvt?", "/cells/6/0/0.mvt?", "/cells/99/0/0.mvt?"}},
		{"/style.json", []string{"?", "?lang=fr"}},
		{"/ogc/tiles", []string{"?"}},
		{"/ogc/tileMatrixSets/{set}", []string{"/WebMercatorQuad", "/WorldCRS84Quad"}},
	}
	for name, configure := range map[string]func(*Config){"public": nil, "households shown": showHouseholds} {
		s := newTestServer(t, configure)
		defer s.jobs.Close()
		answers := 0
		for _, route := range routes {
			base, _, _ := strings.Cut(route.path, "/{")
			for _, url := range route.urls {
				for _, window := range windows {
					if window != "" && !strings.Contains(url, "?") || strings.HasPrefix(url, "?v") {
						continue
					}
					answers++
					described(t, s, http.MethodGet, route.path,
						httptest.NewRequest(http.MethodGet, base+url+window, nil), name)
				}
			}
		}
		job := httptest.NewRequest(http.MethodGet, "/api/v1/exports/areas.csv", nil)
		job.Header.Set("Prefer", "respond-async")
		at := described(t, s, http.MethodGet, "/api/v1/exports/{layer}.{format}", job, name).Header().Get("Location")
		jobEnded(t, s, at)
		for path, url := range map[string]string{"/api/v1/jobs/{id}": at, "/api/v1/jobs/{id}/file": at + "/file"} {
			described(t, s, http.MethodGet, path, httptest.NewRequest(http.MethodGet, url, nil), name)
		}
		part := httptest.NewRequest(http.MethodGet, at+"/file", nil)
		part.Header.Set("Range", "bytes=0-9")
		if res := described(t, s, http.MethodGet, "/api/v1/jobs/{id}/file", part,
			name); res.Code != http.StatusPartialContent {
			t.Errorf("a part of a job's file: got %d", res.Code)
		}
		for _, body := range []string{`[]`, `[{}]`,
			`[{"visit_id":"x","household_id":"none","team_id":"T1","visited_at":"2026-03-01","outcome":"completed"}]`,
			`{`, `{}`} {
			post := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(body))
			post.Header.Set("Content-Type", "application/json")
			described(t, s, http.MethodPost, "/api/v1/visits", post, name)
		}
		if answers < 100 {
			t.Errorf("only %d answers", answers)
		}
	}
}

// described compares the answer to a request with the document's description of the path.
func described(t *testing.T, s *Server, method, path string, r *http.Request, name string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	doc := s.huma.OpenAPI()
	operation := doc.Paths[path].Get
	if method == http.MethodPost {
		operation = doc.Paths[path].Post
	}
	response := operation.Responses[strconv.Itoa(w.Code)]
	if response == nil {
		response = operation.Responses["default"]
	}
	if response == nil {
		t.Errorf("%s: %s %s: status %d is not described", name, method, r.URL, w.Code)
		return w
	}
	if w.Body.Len() == 0 {
		return w
	}
	mediaType, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		t.Errorf("%s: %s %s: %v", name, method, r.URL, err)
		return w
	}
	content := response.Content[mediaType]
	if content == nil {
		t.Errorf("%s: %s %s: %d of %s is not described", name, method, r.URL, w.Code, mediaType)
		return w
	}
	if content.Schema == nil || !strings.HasSuffix(mediaType, "json") {
		return w
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Errorf("%s: %s %s: %v", name, method, r.URL, err)
		return w
	}
	var found huma.ValidateResult
	huma.Validate(doc.Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body,
		&found)
	for _, fault := range found.Errors {
		t.Errorf("%s: %s %s: %d is not as described: %v", name, method, r.URL, w.Code, fault)
	}
	return w
}
