package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tungnha/api/ogc"
)

// OGC API - Features - Part 1: Core (17-069r4).

func TestReqCoreRoot(t *testing.T) { // root-op, root-success
	s := newTestServer(t, showHouseholds)
	for _, path := range []string{"", "/"} {
		page := ogcRead[struct {
			Title, Description string
			Links              []ogc.Link
		}](t, s, path)
		wantLinks(t, "landing page", page.Links, "self", "alternate", "service-desc", "service-doc", "conformance",
			"data")
		for _, l := range page.Links {
			ogcReach(t, s, l)
		}
	}
}

// ogcReach requests what a link leads to, in the type that it declares.
func ogcReach(t testing.TB, s http.Handler, l ogc.Link) {
	t.Helper()
	if l.Templated {
		return
	}
	res := get(s, strings.TrimPrefix(l.Href, "http://example.com"), "Accept", l.Type)
	got, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	want, _, _ := strings.Cut(l.Type, ";")
	if res.StatusCode != 200 || got != want {
		t.Errorf("%+v: answered %d %s", l, res.StatusCode, got)
	}
}

func TestReqCoreApiDefinition(t *testing.T) { // api-definition-op, api-definition-success
	s := newTestServer(t, showHouseholds)
	res := get(s, "/ogc/api")
	if got := res.Header.Get("Content-Type"); res.StatusCode != 200 ||
		got != "application/vnd.oai.openapi+json;version=3.0" {
		t.Errorf("got %d %q", res.StatusCode, got)
	}
}

func TestReqCoreConformance(t *testing.T) { // conformance-op, conformance-success
	s := newTestServer(t, showHouseholds)
	declared := ogcRead[struct{ ConformsTo []string }](t, s, "/conformance").ConformsTo
	for _, class := range []string{
		"ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/oas30", "ogcapi-features-1/1.0/conf/html",
		"ogcapi-features-1/1.0/conf/geojson", "ogcapi-features-2/1.0/conf/crs", "ogcapi-features-3/1.0/conf/filter",
		"ogcapi-features-3/1.0/conf/features-filter", "ogcapi-features-3/1.0/conf/queryables-query-parameters",
		"cql2/1.0/conf/basic-cql2", "cql2/1.0/conf/cql2-text", "cql2/1.0/conf/cql2-json",
		"cql2/1.0/conf/advanced-comparison-operators",
		"cql2/1.0/conf/case-insensitive-comparison", "cql2/1.0/conf/basic-spatial-functions",
		"ogcapi-tiles-1/1.0/conf/core",
	} {
		if !slices.Contains(declared, "http://www.opengis.net/spec/"+class) {
			t.Errorf("%s is not declared", class)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(declared)))) != len(declared) {
		t.Error("a class is declared twice")
	}
}

func TestReqCoreHttp(t *testing.T) { // http
	s := newTestServer(t, showHouseholds)
	for _, path := range []string{"/ogc", "/ogc/collections", "/ogc/collections/areas/items"} {
		head := do(s, httptest.NewRequest(http.MethodHead, path, nil))
		if head.StatusCode != 200 {
			t.Errorf("HEAD %s: %d", path, head.StatusCode)
		}
		if post := do(s, httptest.NewRequest(http.MethodPost, path, nil)); post.StatusCode != 405 {
			t.Errorf("POST %s: %d", path, post.StatusCode)
		}
	}
	res := get(s, "/ogc/collections")
	if again := get(s, "/ogc/collections", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("a document that the client has: %d", again.StatusCode)
	}
	if other := get(s, "/ogc/collections", "If-None-Match", res.Header.Get("ETag"), "Accept",
		"text/html"); other.StatusCode != 200 {
		t.Errorf("another format under the tag of JSON: %d", other.StatusCode)
	}
	if res := get(s, "/ogc", "Accept", "image/png"); res.StatusCode != 406 ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("image/png: got %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

func TestReqCoreQueryParamUnknown(t *testing.T) { // query-param-unknown
	s := newTestServer(t, showHouseholds)
	for _, path := range []string{"", "/conformance", "/api", "/dictionary", "/collections", "/collections/areas",
		"/collections/areas/schema",
		"/collections/areas/queryables", "/collections/areas/sortables", "/collections/areas/items",
		"/collections/areas/items/20101"} {
		ogcRefused(t, s, path+"?colour=red", 400, "query.colour")
	}
}

func TestReqCoreQueryParamInvalid(t *testing.T) { // query-param-invalid
	s := newTestServer(t, showHouseholds)
	for query, location := range map[string]string{
		"limit=0": "limit", "limit=-1": "limit", "limit=many": "limit", "limit=": "limit", "limit=1.5": "limit",
		"bbox=1,2,3": "bbox", "bbox=a,b,c,d": "bbox", "bbox=108,17,109,16": "bbox", "bbox=": "bbox",
		"datetime=soon": "datetime", "datetime=": "datetime", "datetime=2026-03-31/2026-03-01": "datetime",
		"f=xml": "f", "lang=fr": "lang", "level=street": "level", "from=2026-02-31": "from",
		"from=2026-03-31&to=2026-03-01": "to",
		"parent=99":                     "parent", "boundaries=never": "boundaries",
		"datetime=2026-03-01&from=2026-03-01": "datetime",
		"limit=1&limit=2":                     "limit", "households=many": "households",
		"geometry_derived=perhaps": "geometry_derived",
		"last_visit=soon":          "last_visit",
	} {
		ogcRefused(t, s, "/collections/areas/items?"+query, 400, "query."+location)
	}
	ogcRefused(t, s, "/collections/cells/items?resolution=16", 400, "query.resolution")
	ogcRefused(t, s, "/collections/cells/items?resolution=fine", 400, "query.resolution")
	ogcRefused(t, s, "/collections/flags/items?kind=lonely", 400, "query.kind")
	ogcRefused(t, s, "/collections/areas/items?from=%zz", 400, "")
}

func TestReqCoreCrs84(t *testing.T) { // crs84
	s := newTestServer(t, showHouseholds)
	f := ogcItems(t, s, "households", "household_id", "H1-000")
	if len(f.Features) != 1 || string(f.Features[0].Geometry) != `{"type":"Point","coordinates":[108.05,16.05]}` {
		t.Errorf("got %+v, want longitude before latitude", f.Features)
	}
}

// fc-md-op, fc-md-success, fc-md-links, fc-md-items, fc-md-items-links, fc-md-extent, fc-md-extent-multi
func TestReqCoreFcMd(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	doc := ogcRead[struct {
		Links       []ogc.Link
		Collections []ogcCollection
	}](t, s, "/collections")
	wantLinks(t, "collections", doc.Links, "self", "alternate")
	var ids []string
	for _, c := range doc.Collections {
		ids = append(ids, c.ID)
		wantLinks(t, c.ID, c.Links, "items")
		items := linksOf(c.Links, "items")
		if len(items) != 2 || items[0].Type != "application/geo+json" || items[1].Type != "text/html" {
			t.Errorf("%s: links to items %+v, want one for each encoding", c.ID, items)
		}
		for _, l := range c.Links {
			ogcReach(t, s, l)
		}
		for _, b := range c.Extent.Spatial.BBox {
			if !slices.Equal(b, []float64{108, 16, 108.4, 16.2}) {
				t.Errorf("%s: extent %v", c.ID, b)
			}
		}
		if i := c.Extent.Temporal.Interval; len(i) != 1 || *i[0][0] != "2026-01-20T00:00:00+07:00" ||
			*i[0][1] != "2026-03-31T00:00:00+07:00" {
			t.Errorf("%s: interval %v", c.ID, i)
		}
	}
	if !slices.Equal(ids, ogcCollectionIDs) {
		t.Errorf("collections %v, want %v", ids, ogcCollectionIDs)
	}
	// Every household is within the extent of the collection.
	for _, f := range ogcItems(t, s, "households", "limit", "1000").Features {
		lon, lat := f.Properties["lon"].(float64), f.Properties["lat"].(float64)
		if lon < 108 || lon > 108.4 || lat < 16 || lat > 16.2 {
			t.Errorf("%s lies at %v %v, outside the extent", f.ID, lon, lat)
		}
	}
}

func TestReqCoreSfcMd(t *testing.T) { // sfc-md-op, sfc-md-success
	s := newTestServer(t, showHouseholds)
	all := ogcRead[struct{ Collections []ogcCollection }](t, s, "/collections").Collections
	for _, listed := range all {
		one := ogcRead[ogcCollection](t, s, "/collections/"+listed.ID)
		if one.ID != listed.ID || one.Title != listed.Title || fmt.Sprint(one.Extent) == "" ||
			!slices.Equal(one.CRS, listed.CRS) {
			t.Errorf("%s: %+v, listed as %+v", listed.ID, one, listed)
		}
		wantLinks(t, listed.ID, one.Links, "self", "alternate", "items")
	}
	ogcRefused(t, s, "/collections/streets", 404, "")
	ogcRefused(t, s, "/collections/streets/items", 404, "")
}

// fc-op, fc-response, fc-links, fc-rel-type, fc-timeStamp, fc-numberMatched, fc-numberReturned
func TestReqCoreFcOp(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	want := map[string]int{"areas": 2, "hamlets": 3, "cells": 4, "flags": 3, "teams": 2, "visits": 71, "households": 75}
	for _, id := range ogcCollectionIDs {
		f := ogcItems(t, s, id, "limit", "3")
		wantLinks(t, id, f.Links, "self", "alternate", "collection")
		if _, err := time.Parse(time.RFC3339, f.TimeStamp); err != nil ||
			f.TimeStamp != now.UTC().Format(time.RFC3339) {
			t.Errorf("%s: timeStamp %q", id, f.TimeStamp)
		}
		if *f.NumberMatched != want[id] || *f.NumberReturned != len(f.Features) || len(f.Features) != min(3, want[id]) {
			t.Errorf("%s: matched %d, returned %d, %d features; want %d", id, *f.NumberMatched, *f.NumberReturned,
				len(f.Features), want[id])
		}
		if next := linksOf(f.Links, "next"); (len(next) == 1) != (want[id] > 3) {
			t.Errorf("%s: next links %v of %d features", id, next, want[id])
		}
	}
}

func TestReqCoreFcLimit(t *testing.T) { // fc-limit-definition, fc-limit-response-1
	s := newTestServer(t, showHouseholds)
	for limit, want := range map[string]int{"1": 1, "70": 70, "75": 75, "10000": 75, "99999999": 75,
		"99999999999999999999999": 75} {
		if f := ogcItems(t, s, "households", "limit", limit); len(f.Features) != want {
			t.Errorf("limit %s: %d features, want %d", limit, len(f.Features), want)
		}
	}
	if f := ogcItems(t, s, "visits"); len(f.Features) != 71 {
		t.Errorf("without a limit: %d features", len(f.Features))
	}
}

func TestReqCoreFcBbox(t *testing.T) { // fc-bbox-definition, fc-bbox-response
	s := newTestServer(t, showHouseholds)
	for _, c := range []struct {
		collection, bbox string
		want             []string
	}{
		{"areas", "108.05,16.05,108.1,16.1", []string{"20101"}},
		{"areas", "108.05,16.05,0,108.1,16.1,100", []string{"20101"}},
		{"areas", "108.2,16.05,108.2,16.05", []string{"20101", "20102"}}, // a point of their border
		{"areas", "108.4,16.2,109,17", []string{"20102"}},                // a corner
		{"areas", "108.4000001,16.2,109,17", []string{}},
		{"areas", "170,-80,108.1,80", []string{"20101"}}, // across the antimeridian, from the east
		{"areas", "-180,-90,180,90", []string{"20101", "20102"}},
		{"hamlets", "108.14,16.14,108.16,16.16", []string{"H2"}},
		{"hamlets", "108.17,16.14,108.18,16.16", []string{}},
		{"teams", "0,0,1,1", []string{"T1", "T2"}}, // what has no geometry matches
	} {
		if got := ogcItems(t, s, c.collection, "bbox", c.bbox); !slices.Equal(got.ids(), c.want) {
			t.Errorf("%s in %s: got %v, want %v", c.collection, c.bbox, got.ids(), c.want)
		}
	}
	if f := ogcItems(t, s, "households", "bbox", "108.15,16.15,108.2,16.2"); *f.NumberMatched != householdsH2 {
		t.Errorf("%d households in the box, want %d", *f.NumberMatched, householdsH2)
	}
	for _, bad := range []string{"108,16,NaN,17", "108,16,Inf,17", "108,16,109", "108,16,109,17,18", "200,16,201,17",
		"108,91,109,92", "1e400,1,2,3"} {
		ogcRefused(t, s, "/collections/areas/items?bbox="+bad, 400, "query.bbox")
	}
}

// TestReqCoreFcTime: the figures of a feature are of a window of days, which datetime gives.
func TestReqCoreFcTime(t *testing.T) { // fc-time-definition, fc-time-response
	s := newTestServer(t, showHouseholds)
	reached := func(f ogcFeatures) int {
		n := 0.0
		for _, one := range f.Features {
			n += one.Properties["reached"].(float64)
		}
		return int(n)
	}
	for datetime, want := range map[string]int{
		"2026-03-10": reachedH1, "2026-03-11": 0, "2026-03-01/2026-03-31": reachedH1, "2026-01-01/..": reachedH1 +
			reachedH2,
		"../2026-02-28": reachedH2, "/2026-02-28": reachedH2, "2026-02-01/": reachedH1, "../..": reachedH1 + reachedH2,
		"2026-03-09T17:00:00Z":                                reachedH1, // midnight of the 10th in Việt Nam
		"2026-03-09T16:59:59Z":                                0,
		"2026-03-10t12:00:00+07:00/2026-03-10T13:00:00+07:00": reachedH1,
	} {
		if got := reached(ogcItems(t, s, "areas", "datetime", datetime)); got != want {
			t.Errorf("datetime %s: %d reached, want %d", datetime, got, want)
		}
	}
	with, without := ogcItems(t, s, "areas", "datetime", "2026-03-01/2026-03-11"),
		ogcItems(t, s, "areas", "from", "2026-03-01", "to", "2026-03-11")
	if fmt.Sprint(with.Features) != fmt.Sprint(without.Features) {
		t.Error("datetime and the window of from and to differ")
	}
	days := ogcItems(t, s, "visits", "datetime", "2026-03-10/2026-03-12")
	if !slices.Equal(days.ids(), []string{"2026-03-10", "2026-03-11", "2026-03-12"}) {
		t.Errorf("days of a window: %v", days.ids())
	}
	for _, bad := range []string{"..", "2026-03", "10/03/2026", "2026-03-10/..x", "2026-03-01/2026-03-02/2026-03-03",
		"9999-01-01", "1800-01-01"} {
		ogcRefused(t, s, "/collections/areas/items?datetime="+bad, 400, "query.datetime")
	}
}

func TestReqCoreF(t *testing.T) { // f-op, f-success, f-links
	s := newTestServer(t, showHouseholds)
	for _, id := range ogcCollectionIDs {
		for _, listed := range ogcItems(t, s, id, "limit", "2").Features {
			one := ogcRead[ogcFeature](t, s, "/collections/"+id+"/items/"+listed.ID)
			if one.Type != "Feature" || one.ID != listed.ID || !bytes.Equal(one.Geometry, listed.Geometry) ||
				fmt.Sprint(one.Properties) != fmt.Sprint(listed.Properties) {
				t.Errorf("%s %s: %+v, listed as %+v", id, listed.ID, one, listed)
			}
			wantLinks(t, listed.ID, one.Links, "self", "alternate", "collection")
		}
		ogcRefused(t, s, "/collections/"+id+"/items/nobody", 404, "")
	}
	if p := ogcRead[ogcFeature](t, s, "/collections/areas/items/48").Properties; p["level"] != "province" ||
		p["households"] != 75.0 {
		t.Errorf("the province among the areas: %v", p)
	}
	ogcRefused(t, s, "/collections/hamlets/items/20101", 404, "")
}

func TestReqGeojson(t *testing.T) { // geojson/definition, geojson/content
	s := newTestServer(t, showHouseholds)
	for _, path := range []string{"/collections/areas/items", "/collections/areas/items/20101"} {
		res := get(s, "/ogc"+path)
		if got := res.Header.Get("Content-Type"); got != "application/geo+json" {
			t.Errorf("%s: content type %q", path, got)
		}
		if body := read[struct{ Type string }](t, res, 200); body.Type != "Feature" &&
			body.Type != "FeatureCollection" {
			t.Errorf("%s: %+v", path, body)
		}
	}
}

// TestReqHtml: pages have what the JSON has, in both languages, without a script.
func TestReqHtml(t *testing.T) { // html/definition, html/content
	s := newTestServer(t, showHouseholds)
	for path, wants := range map[string][]string{
		"": {"<h1>Chương trình thử</h1>", "/ogc/collections", "/ogc/conformance",
			"/ogc/api?f=json", "/ogc/tiles", "Dữ liệu mẫu"},
		"/conformance": {"http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2"},
		"/api":         {"/ogc/collections/areas/items", "filter-crs"},
		"/dictionary":  {"revisit_due", "Cần quay lại"},
		"/collections": {"Thôn, tổ dân phố", "/ogc/collections/hamlets"},
		"/collections/areas": {"108.00000, 16.00000", "/ogc/collections/areas/items?f=html",
			"http://www.opengis.net/def/crs/EPSG/0/5899"},
		"/collections/areas/schema": {"Tỷ lệ bao phủ", "{household}"},
		"/collections/areas/items": {"Hòa Khánh", "2 trong 2", "/ogc/collections/areas/items/20101",
			"2026-03-31", "JSON"},
		"/collections/areas/items/20101":    {"Hòa Khánh", "coordinates", "Tỷ lệ bao phủ"},
		"/collections/visits/items?limit=2": {`rel="next"`, "cursor="},
	} {
		page := ogcPage(t, s, path)
		for _, want := range append(wants, `<html lang="vi">`, "English") {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q in the page", path, want)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "style=") {
			t.Errorf("%s: a script or a style that the policy forbids", path)
		}
	}
	if page := ogcPage(t, s, "/collections/areas?lang=en"); !strings.Contains(page, "Areas") ||
		!strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, "Tiếng Việt") {
		t.Error("the English page is not")
	}
	if css := get(s, "/ogc/style.css"); css.StatusCode != 200 ||
		css.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style: %d", css.StatusCode)
	}
}

// oas30/oas-definition-1, oas-definition-2, oas-impl, completeness, exception-codes, security
func TestReqOas30(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	doc := ogcRead[struct {
		OpenAPI string
		Info    struct{ Title, Version string }
		Servers []struct{ URL string }
		Paths   map[string]struct {
			Get struct {
				OperationID string
				Parameters  []map[string]any
				Responses   map[string]map[string]any
			}
		}
		Components struct{ Parameters, Responses, Schemas map[string]json.RawMessage }
		Security   []any
	}](t, s, "/api")
	if !strings.HasPrefix(doc.OpenAPI, "3.0.") || doc.Info.Title == "" || doc.Info.Version == "" ||
		len(doc.Servers) != 1 || doc.Servers[0].URL != "http://example.com/ogc" {
		t.Errorf("got %+v %+v %+v", doc.OpenAPI, doc.Info, doc.Servers)
	}
	if len(doc.Security) > 0 {
		t.Error("security is described, and there is none")
	}
	seen := map[string]bool{}
	for path, item := range doc.Paths {
		if seen[item.Get.OperationID] || item.Get.OperationID == "" {
			t.Errorf("%s: the operation id %q is not its own", path, item.Get.OperationID)
		}
		seen[item.Get.OperationID] = true
		// What is described is there.
		address := "/ogc" + strings.TrimSuffix(strings.ReplaceAll(path, "{id}", "nobody"), "/")
		if res := get(s, address); res.StatusCode != 200 && !strings.Contains(path, "{id}") {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		for _, status := range []string{"200", "400", "500"} {
			if item.Get.Responses[status] == nil {
				t.Errorf("%s: no response %s", path, status)
			}
		}
		for _, r := range item.Get.Responses {
			if ref, ok := r["$ref"].(string); ok && doc.Components.Responses[strings.TrimPrefix(ref,
				"#/components/responses/")] == nil {
				t.Errorf("%s: %s leads nowhere", path, ref)
			}
		}
		for _, p := range item.Get.Parameters {
			if ref, ok := p["$ref"].(string); ok && doc.Components.Parameters[strings.TrimPrefix(ref,
				"#/components/parameters/")] == nil {
				t.Errorf("%s: %s leads nowhere", path, ref)
			}
		}
	}
	for _, id := range ogcCollectionIDs {
		for _, path := range []string{"", "/items", "/items/{id}", "/schema", "/queryables", "/sortables"} {
			if _, ok := doc.Paths["/collections/"+id+path]; !ok {
				t.Errorf("/collections/%s%s is not described", id, path)
			}
		}
	}
	var limit struct {
		Name, In string
		Schema   struct{ Minimum, Maximum, Default int }
	}
	if err := json.Unmarshal(doc.Components.Parameters["limit"], &limit); err != nil || limit.Schema.Minimum != 1 ||
		limit.Schema.Maximum != 10000 || limit.Schema.Default != 100 {
		t.Errorf("limit: %+v %v", limit, err)
	}
}
