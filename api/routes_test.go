package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/coverage/export"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestOpenAPIGolden(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	res := get(s, "/openapi.json")
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, error %v", res.StatusCode, err)
	}
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the description of the routes changed: look at the difference, then go test ./api -update\ngot %d "+
			"bytes, want %d", len(got), len(want))
	}
}

// TestOpenAPIRefs follows every reference of the description.
func TestOpenAPIRefs(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	var doc map[string]any
	if err := json.NewDecoder(get(s, "/openapi.json").Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi: got %v, want 3.1.0", doc["openapi"])
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if name := strings.TrimPrefix(ref, "#/components/schemas/"); schemas[name] == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, member := range v {
				walk(member)
			}
		case []any:
			for _, element := range v {
				walk(element)
			}
		}
	}
	walk(doc)
	paths := doc["paths"].(map[string]any)
	for _, p := range []string{"/api/v1/coverage", "/api/v1/areas", "/api/v1/areas/{code}", "/api/v1/flags",
		"/api/v1/visits",
		"/api/v1/exports/{layer}.{format}", "/api/v1/meta", "/tiles/{layer}/{z}/{x}/{y}.mvt", "/tiles/{layer}.json",
		"/style.json"} {
		if paths[p] == nil {
			t.Errorf("%s is not described", p)
		}
	}
}

func TestCoverage(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	a := read[export.Answer](t, get(s, "/api/v1/coverage?by=area&level=hamlet&from=2026-03-01&to=2026-03-31"), 200)
	if *a.From != "2026-03-01" || a.To != "2026-03-31" || a.Boundaries != "2026-03-31" {
		t.Errorf("window: got %v %s %s", *a.From, a.To, a.Boundaries)
	}
	want := map[string][4]uint32{ // households, attempted, reached, revisit due
		"H1": {householdsH1, reachedH1 + absentH1, reachedH1, absentH1},
		"H2": {householdsH2, 0, 0, 0},
		"H3": {householdsH3, 0, 0, 0},
	}
	if len(a.Rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(a.Rows), len(want))
	}
	for _, r := range a.Rows {
		if got := [4]uint32{*r.Count("households"), *r.Count("attempted"), *r.Count("reached"),
			*r.Count("revisit_due")}; got != want[r.Key] {
			t.Errorf("%s: got %v, want %v", r.Key, got, want[r.Key])
		}
	}
	if got := *a.Rows[0].Rate("coverage"); got != float64(reachedH1)/householdsH1 {
		t.Errorf("coverage of H1: got %v", got)
	}
	if !slices.Contains(a.Rows[2].Flags(), "no_team") || !slices.Contains(a.Rows[2].Flags(), "unvisited") {
		t.Errorf("flags of H3: got %v", a.Rows[2].Flags())
	}
	if got := *a.Total.Count("reached"); got != reachedH1 {
		t.Errorf("total: %d reached, want %d", got, reachedH1)
	}
}

// TestCoverageLevel queries without a level: communes of everything, children of a parent.
func TestCoverageLevel(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range []struct{ url, keys string }{
		{"/api/v1/coverage", "20101 20102"},
		{"/api/v1/coverage?parent=48", "20101 20102"},
		{"/api/v1/coverage?parent=20101", "H1 H2"},
		{"/api/v1/coverage?by=team", "T1 T2"},
		{"/api/v1/coverage?by=month", "2026-01-01 2026-02-01 2026-03-01"},
	} {
		a := read[export.Answer](t, get(s, c.url), 200)
		var keys []string
		for _, r := range a.Rows {
			keys = append(keys, r.Key)
		}
		if got := strings.Join(keys, " "); got != c.keys {
			t.Errorf("%s: got %q, want %q", c.url, got, c.keys)
		}
	}
}

// TestSums adds up every grouping, in the table and in the exports.
func TestSums(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, window := range []string{"", "&from=2026-03-01&to=2026-03-31", "&to=2026-02-01"} {
		total := read[export.Answer](t, get(s, "/api/v1/coverage?level=province"+window), 200).Total
		for _, by := range []string{"by=area&level=province", "by=area&level=commune", "by=area&level=hamlet",
			"by=cell&resolution=6", "by=cell&resolution=11"} {
			a := read[export.Answer](t, get(s, "/api/v1/coverage?"+by+window), 200)
			var households, reached uint32
			for _, r := range a.Rows {
				households += *r.Count("households")
				reached += *r.Count("reached")
			}
			if households != *total.Count("households") || reached != *total.Count("reached") {
				t.Errorf("%s%s: %d households, %d reached; want %d, %d", by, window, households, reached,
					*total.Count("households"), *total.Count("reached"))
			}
		}
		for _, layer := range []string{"areas.csv?level=hamlet", "areas.csv?level=commune", "cells.csv?resolution=9"} {
			households, reached := sumCSV(t, get(s, "/api/v1/exports/"+layer+window))
			if households != int(*total.Count("households")) || reached != int(*total.Count("reached")) {
				t.Errorf("%s%s: %d households, %d reached; want %d, %d", layer, window, households, reached,
					*total.Count("households"), *total.Count("reached"))
			}
		}
	}
}

func sumCSV(t *testing.T, res *http.Response) (households, reached int) {
	t.Helper()
	if res.StatusCode != 200 {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	h, r := slices.Index(rows[0], "households"), slices.Index(rows[0], "reached")
	for _, row := range rows[1:] {
		var n [2]int
		for i, column := range []int{h, r} {
			if err := json.Unmarshal([]byte(row[column]), &n[i]); err != nil {
				t.Fatalf("%q: %v", row[column], err)
			}
		}
		households += n[0]
		reached += n[1]
	}
	return households, reached
}

// TestSuppression looks for the 4 households of H2 that were reached: off by default, and
// with the switch there.
func TestSuppression(t *testing.T) {
	const url = "/api/v1/coverage?level=hamlet"
	hidden := read[export.Answer](t, get(newTestServer(t, nil), url), 200)
	shown := read[export.Answer](t, get(newTestServer(t, showHouseholds), url), 200)
	if r := hidden.Rows[1]; r.Count("reached") != nil || r.Rate("coverage") != nil ||
		!slices.Contains(r.Suppressed(), "reached") {
		t.Errorf("H2 to everybody: reached %v, coverage %v, suppressed %v; want it kept back", r.Count("reached"),
			r.Rate("coverage"), r.Suppressed())
	}
	if r := hidden.Rows[2]; r.Count("reached") != nil || r.Count("visits") != nil || r.LastVisit() != nil ||
		*r.Count("households") != householdsH3 {
		t.Errorf("H3 to everybody: reached %v, visits %v; want zeros hidden too", r.Count("reached"), r.Count("visits"))
	}
	if last := hidden.Rows[0].LastVisit(); last == nil || *last != "2026-03" {
		t.Errorf("H1 to everybody: last visit %v, want a month", last)
	}
	for url, parameter := range map[string]string{"by=team": "by", "by=day": "by", "by=cell&resolution=10": "resolution",
		"from=2026-03-01&to=2026-03-29": "from", "to=2026-03-31": "to"} {
		p := read[huma.ErrorModel](t, get(newTestServer(t, nil), "/api/v1/coverage?"+url), 422)
		if len(p.Errors) != 1 || p.Errors[0].Location != "query."+parameter {
			t.Errorf("%s: %+v, want an error of %s", url, p, parameter)
		}
	}
	if r := shown.Rows[1]; r.Count("reached") == nil || *r.Count("reached") != reachedH2 || r.Suppressed() != nil {
		t.Errorf("H2 with the switch: reached %v, suppressed %v; want %d", r.Count("reached"), r.Suppressed(),
			reachedH2)
	}
	for _, url := range []string{"/api/v1/exports/households.csv", "/tiles/households/14/0/0.mvt",
		"/tiles/households.json"} {
		p := read[huma.ErrorModel](t, get(newTestServer(t, nil), url), 403)
		if !strings.Contains(p.Detail, "--households=show") {
			t.Errorf("%s: detail %q does not say how", url, p.Detail)
		}
	}
	res := get(newTestServer(t, showHouseholds), "/api/v1/exports/households.geojsonl")
	body, _ := io.ReadAll(res.Body)
	if n := strings.Count(string(body), "\n"); n != householdsH1+householdsH2+householdsH3 {
		t.Errorf("households: %d lines, want %d", n, householdsH1+householdsH2+householdsH3)
	}
}

func TestFlags(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	f := read[flagged](t, get(s, "/api/v1/flags?from=2026-03-01"), 200)
	var keys []string
	for _, r := range f.Rows {
		keys = append(keys, r.Key)
	}
	if got := strings.Join(keys[:2], " "); got != "H3 H2" {
		t.Errorf("gravest first: got %v, want H3 (no team), then H2 (unvisited)", keys)
	}
	if f.Kinds["no_team"] != 1 || f.Kinds["unvisited"] != 2 {
		t.Errorf("kinds: got %v", f.Kinds)
	}
	f = read[flagged](t, get(s, "/api/v1/flags?kind=unvisited&parent=20101&from=2026-03-01"), 200)
	if len(f.Rows) != 1 || f.Rows[0].Key != "H2" || f.Matched != 1 {
		t.Errorf("unvisited in 20101: got %d rows %v", f.Matched, f.Rows)
	}
	f = read[flagged](t, get(s, "/api/v1/flags?kind=understaffed"), 200)
	if f.Level != "team" || len(f.Rows) != 1 || f.Rows[0].Key != "T2" {
		t.Errorf("understaffed: got level %s, rows %v", f.Level, f.Rows)
	}
	f = read[flagged](t, get(s, "/api/v1/flags?limit=1&from=2026-03-01"), 200)
	if len(f.Rows) != 1 || f.Matched < 2 {
		t.Errorf("limit: %d rows of %d", len(f.Rows), f.Matched)
	}
}

func TestAreas(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	type answer struct {
		Matched int
		Areas   []Area
	}
	for _, c := range []struct{ query, want string }{
		{"q=hoa+khanh", "20101 H1 H2"},
		{"q=Ho%C3%A0+Kh%C3%A1nh&level=commune", "20101"},
		{"q=H%C3%B2a", "20101 H3 H1 H2"},
		{"q=da+nang&limit=1", "48"},
		{"q=ba+na+hoa+trung", "H3"},
		{"q=20102", "20102 H3"},
		{"q=nowhere", ""},
		{"level=hamlet", "H1 H2 H3"},
		{"parent=20101", "H1 H2"},
		{"", "20101 20102 48 H1 H2 H3"},
	} {
		a := read[answer](t, get(s, "/api/v1/areas?"+c.query), 200)
		var codes []string
		for _, u := range a.Areas {
			codes = append(codes, u.Code)
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
	}

	d := read[areaDetail](t, get(s, "/api/v1/areas/H3"), 200)
	if d.BBox == nil || d.BBox[0] > 108.30 || d.BBox[2] < 108.303 {
		t.Errorf("bbox of a hamlet: got %v", d.BBox)
	}
	if len(d.Ancestors) != 2 || d.Ancestors[0].Code != "48" || d.Ancestors[1].Code != "20102" {
		t.Errorf("ancestors: got %v", d.Ancestors)
	}
	if d.Record.Key != "H3" || *d.Record.Count("households") != householdsH3 {
		t.Errorf("record: got %+v", d.Record)
	}
	d = read[areaDetail](t, get(s, "/api/v1/areas/20101?geometry=true"), 200)
	if d.Children != 2 || d.ChildLevel != "hamlet" || d.Geometry == nil || *d.BBox != [4]float64{108, 16, 108.2, 16.2} {
		t.Errorf("commune: children %d %s, geometry %v, bbox %v", d.Children, d.ChildLevel, d.Geometry, d.BBox)
	}
}

func TestMeta(t *testing.T) {
	m := read[meta](t, get(newTestServer(t, nil), "/api/v1/meta"), 200)
	if m.Programme != "Chương trình thử" || !m.Sample || m.Households || m.Today != "2026-03-29" ||
		*m.FirstVisit != "2026-01-01" || *m.LastVisit != "2026-03-01" || m.Resolutions.Max != 9 || len(m.Skills) != 5 ||
		strings.Join(m.Levels, " ") != "province commune hamlet" || len(m.Roots) != 1 || m.Roots[0].Code != "48" {
		t.Errorf("got %+v", m)
	}
	p := m.Public
	if p == nil || p.Release != "2026-03-30" || p.NextRelease != "2026-04-06" || p.Boundaries != p.Release ||
		p.MaxResolution != 9 || p.Rounding != 5 || p.Minimum != 10 || len(p.Windows) != 4 ||
		p.Windows[0].From != nil || p.Windows[0].To != "2026-03-29" || *p.Windows[1].From != "2025-12-30" ||
		p.Windows[2].Key != "2026-02" || p.Windows[3].Key != "2026-01" {
		t.Errorf("public: got %+v", p)
	}
	if m := read[meta](t, get(newTestServer(t, showHouseholds), "/api/v1/meta"), 200); m.Public != nil ||
		m.Today != "2026-03-31" || *m.FirstVisit != "2026-01-20" || m.Resolutions.Max != 11 {
		t.Errorf("with households: got %+v", m)
	}
	if *m.Bounds != [4]float64{108, 16, 108.4, 16.2} {
		t.Errorf("bounds: got %v", *m.Bounds)
	}
	if m.Flags[0] != "no_team" || !slices.Contains(m.Flags, "low_uptake:payment") {
		t.Errorf("flags: got %v", m.Flags)
	}
	if m.Thresholds.StaleDays != 90 {
		t.Errorf("thresholds: got %+v", m.Thresholds)
	}
}

// TestLoading sends requests while the data are still being read.
func TestLoading(t *testing.T) {
	s, live := newClosedServer(t, newStore(t), nil)
	for url, status := range map[string]int{"/healthz": 200, "/readyz": 503, "/api/v1/meta": 503,
		"/api/v1/coverage":         503,
		"/tiles/cells/6/51/28.mvt": 503, "/": 200, "/metrics": 403, "/openapi.json": 200} {
		res := get(s, url)
		if res.StatusCode != status {
			t.Errorf("%s: got %d, want %d", url, res.StatusCode, status)
		}
		if status == 503 && res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", url)
		}
	}
	s.Open(live, time.Second)
	for _, url := range []string{"/readyz", "/api/v1/meta"} {
		if res := get(s, url); res.StatusCode != 200 {
			t.Errorf("%s once open: got %d", url, res.StatusCode)
		}
	}
}

// TestKeeping repeats a request with the tag of the first answer.
func TestKeeping(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, url := range []string{"/api/v1/coverage?level=hamlet", "/api/v1/meta", "/api/v1/areas/48",
		"/api/v1/exports/areas.csv", "/assets/app-1a2b3.js", "/"} {
		first := get(s, url)
		tag := first.Header.Get("ETag")
		if first.StatusCode != 200 || tag == "" {
			t.Errorf("%s: status %d, tag %q", url, first.StatusCode, tag)
			continue
		}
		again := get(s, url, "If-None-Match", `"x", `+tag)
		body, _ := io.ReadAll(again.Body)
		if again.StatusCode != 304 || len(body) != 0 || again.Header.Get("ETag") != tag {
			t.Errorf("%s again: status %d, %d bytes, tag %q", url, again.StatusCode, len(body),
				again.Header.Get("ETag"))
		}
		if res := get(s, url, "If-None-Match", `"other"`); res.StatusCode != 200 {
			t.Errorf("%s with another tag: status %d", url, res.StatusCode)
		}
		head := do(s, httptest.NewRequest(http.MethodHead, url, nil))
		if head.StatusCode != 200 || head.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: status %d, tag %q, want %q", url, head.StatusCode, head.Header.Get("ETag"), tag)
		}
	}
	if res := get(s, "/api/v1/coverage?level=street"); res.Header.Get("ETag") != "" {
		t.Error("a problem has a tag")
	}
	post(t, s, `[{"visit_id":"n1","household_id":"H3-000","team_id":"T1","visited_at":"2026-03-30","outcome":"completed"}]`)
	tag := get(s, "/api/v1/meta").Header.Get("ETag")
	post(t, s, `[{"visit_id":"n2","household_id":"H3-001","team_id":"T1","visited_at":"2026-03-30","outcome":"completed"}]`)
	if res := get(s, "/api/v1/meta", "If-None-Match", tag); res.StatusCode != 200 {
		t.Errorf("after a post: status %d, want 200 with new data", res.StatusCode)
	}
}

func TestPages(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range []struct {
		url, mediaType, caching string
		status                  int
	}{
		{"/", "text/html; charset=utf-8", httpx.Private, 200},
		{"/teams", "text/html; charset=utf-8", "no-cache", 200},
		{"/flags?sign=no_team", "text/html; charset=utf-8", "no-cache", 200},
		{"/data", "text/html; charset=utf-8", "no-cache", 200},
		{"/communes/20101", "text/html; charset=utf-8", httpx.Private, 200},
		{"/communes/H1", "application/problem+json", httpx.Private, 404},
		{"/communes/99999", "application/problem+json", httpx.Private, 404},
		{"/assets/app-1a2b3.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/favicon.svg", "image/svg+xml", "no-cache", 200},
		{"/assets/none.js", "application/problem+json", httpx.Private, 404},
		{"/.gitkeep", "application/problem+json", httpx.Private, 404},
		{"/tables.html", "application/problem+json", httpx.Private, 404},
	} {
		res := get(s, c.url)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.mediaType ||
			res.Header.Get("Cache-Control") != c.caching {
			t.Errorf("%s: got %d %q %q, want %d %q %q", c.url, res.StatusCode, res.Header.Get("Content-Type"),
				res.Header.Get("Cache-Control"), c.status, c.mediaType, c.caching)
		}
		if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") ||
			strings.Contains(got, "http") {
			t.Errorf("%s: policy %q", c.url, got)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: may be sniffed", c.url)
		}
	}
	// tiles have no policy, pages do whatever their names
	for _, url := range []string{"/communes/99999", "/communes/99999.mvt"} {
		res := get(s, url, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if got := res.Header.Get("Content-Type"); res.StatusCode != 404 || got != "text/html; charset=utf-8" ||
			res.Header.Get("ETag") != "" ||
			res.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s in a browser: got %d %q, tag %q, policy %q", url, res.StatusCode, got, res.Header.Get("ETag"),
				res.Header.Get("Content-Security-Policy"))
		}
	}
	for _, encoding := range []string{"br", "gzip"} {
		res := get(s, "/assets/app-1a2b3.js", "Accept-Encoding", encoding+", identity;q=0.5")
		if got := res.Header.Get("Content-Encoding"); got != encoding || res.Header.Get("Vary") == "" {
			t.Errorf("Accept-Encoding %s: got %q, Vary %q", encoding, got, res.Header.Get("Vary"))
		}
	}
	if got := get(s, "/assets/app-1a2b3.js", "Accept-Encoding", "br;q=0").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("br refused: got %q", got)
	}
}

// TestFirstQuestions reads which addresses the head of the map has a browser load in advance. That these
// are the addresses that the page then loads is tested in a browser.
func TestFirstQuestions(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for address, want := range map[string][]string{
		"/": {"/api/v1/meta", "/api/v1/coverage?by=area&level=commune&from=2026-01-01&to=2026-03-31",
			"/api/v1/areas?level=commune&boundaries=2026-03-31&limit=10000"},
		"/?period=..2026-02&place=20101": {"/api/v1/meta", "/api/v1/coverage?by=area&level=commune&to=2026-02-28",
			"/api/v1/areas?level=commune&boundaries=2026-02-28&limit=10000", "/api/v1/areas/20101?to=2026-02-28"},
		`/?place="><script>`: {"/api/v1/meta", "/api/v1/coverage?by=area&level=commune&from=2026-01-01&to=2026-03-31",
			"/api/v1/areas?level=commune&boundaries=2026-03-31&limit=10000",
			"/api/v1/areas/%22%3E%3Cscript%3E?from=2026-01-01&to=2026-03-31"},
	} {
		body, _ := io.ReadAll(get(s, strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E").Replace(address)).Body)
		var got []string
		for _, match := range regexp.MustCompile(
			`<link rel="preload" as="fetch" crossorigin href="([^"]*)" />`).FindAllStringSubmatch(string(body), -1) {
			got = append(got, html.UnescapeString(match[1]))
		}
		if !slices.Equal(got, want) || strings.Contains(string(body), "<script>") {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
		for _, question := range got[:3] {
			if res := get(s, question); res.StatusCode != 200 {
				t.Errorf("%s has %s asked: got %d", address, question, res.StatusCode)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	get(s, "/api/v1/areas/48")
	get(s, "/api/v1/areas/20101")
	for _, method := range []string{"BREW", "WHEN"} {
		do(s, httptest.NewRequest(method, "/api/v1/areas/48", nil))
	}
	post(t, s, `[{"visit_id":"m1","household_id":"H3-000","team_id":"T1","visited_at":"2026-03-30","outcome":"completed"}]`)
	body, _ := io.ReadAll(get(s, "/metrics").Body)
	for _, want := range []string{
		`tungnha_request_seconds_count{method="GET",route="/api/v1/areas/{code}",status="200"} 2`,
		`tungnha_request_seconds_count{method="other",route="none",status="405"} 2`,
		`tungnha_visits_posted_total{result="created"} 1`,
		`tungnha_index_items{kind="households"} 75`,
		`tungnha_index_items{kind="visits"} 40`,
		`tungnha_clock_jumps_total 0`,
		`tungnha_ready 1`, `tungnha_index_build_seconds 1`,
	} {
		if !strings.Contains(string(body), want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}

// TestForeignHost reads every kind of answer under the name of another site that leads to this server: it gets nothing,
// also of what is answered before routing.
func TestForeignHost(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Households = true
		c.Hosts = httpx.NewHosts("127.0.0.1:8080", "https://map.example.vn")
	})
	under := func(host, path string) *http.Response { return get(s, "http://"+host+path) }
	version := read[meta](t, under("map.example.vn", "/api/v1/meta"), 200).Version
	for _, path := range []string{"/", "/api/v1/meta", "/api/v1/exports/households.csv",
		"/ogc/collections/households/items", "/tiles/cells/8/204/116.mvt?to=2026-03-31&v=" + version, "/healthz",
		"/metrics"} {
		for range 3 { // the third tile is answered before routing
			if res := under("map.example.vn", path); res.StatusCode != 200 {
				t.Errorf("%s under its own name: status %d", path, res.StatusCode)
			}
		}
		res := under("attacker.example", path)
		if p := read[struct{ Status int }](t, res, http.StatusMisdirectedRequest); p.Status != 421 ||
			res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s under another name: %+v %v", path, p, res.Header)
		}
	}
	post := httptest.NewRequest(http.MethodPost, "http://attacker.example/api/v1/visits", strings.NewReader("[]"))
	if res := do(s, post, "Content-Type", "application/json"); res.StatusCode != 421 {
		t.Errorf("a post under another name: status %d", res.StatusCode)
	}
}
