package api

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

const (
	crs84URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	latLon   = "http://www.opengis.net/def/crs/EPSG/0/4326"
	daNang   = "http://www.opengis.net/def/crs/EPSG/0/5899"
)

// OGC API - Features - Part 2: Coordinate Reference Systems by Reference (18-058r1).

// crs-uri, fc-md-crs-list, fc-md-storageCrs, fc-md-storageCrs-valid-value, fc-md-crs-list-global
func TestReqCrsDiscovery(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	doc := ogcRead[struct {
		CRS         []string
		Collections []ogcCollection
	}](t, s, "/collections")
	want := []string{crs84URI, latLon, daNang}
	if !slices.Equal(doc.CRS, want) {
		t.Errorf("global list %v, want %v", doc.CRS, want)
	}
	for _, c := range doc.Collections {
		if !slices.Equal(c.CRS, want) {
			t.Errorf("%s: %v, want %v", c.ID, c.CRS, want)
		}
		if spatial := len(c.Extent.Spatial.BBox) > 0; spatial != (c.StorageCRS == crs84URI) || spatial &&
			!slices.Contains(c.CRS, c.StorageCRS) {
			t.Errorf("%s: storageCrs %q", c.ID, c.StorageCRS)
		}
	}
}

// fc-crs-definition, fc-crs-valid-value, fc-crs-default-value, fc-crs-action, geojson,
// ogc-crs-header, ogc-crs-header-value
func TestReqCrsCrs(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	zone := geo.ZonesOf("48")[0].Project(orb.Point{108.05, 16.05})
	for crs, want := range map[string]orb.Point{
		"": {108.05, 16.05}, crs84URI: {108.05, 16.05}, latLon: {16.05, 108.05}, "[EPSG:4326]": {16.05, 108.05},
		daNang: {math.Round(zone[0]*1000) / 1000, math.Round(zone[1]*1000) / 1000},
	} {
		for _, path := range []string{"/collections/households/items?household_id=H1-000",
			"/collections/households/items/H1-000?lang=vi"} {
			if crs != "" {
				path += "&crs=" + url.QueryEscape(crs)
			}
			res := get(s, "/ogc"+path)
			header := res.Header.Get("Content-Crs")
			if wantCRS := map[string]string{"": crs84URI, "[EPSG:4326]": latLon}[crs]; header != "<"+wantCRS+">" &&
				header != "<"+crs+">" {
				t.Errorf("crs %q: Content-Crs %q", crs, header)
			}
			doc := read[struct {
				ogcFeature
				Features []ogcFeature
			}](t, res, 200)
			geometry := doc.Geometry
			if len(doc.Features) == 1 {
				geometry = doc.Features[0].Geometry
			}
			var point struct{ Coordinates orb.Point }
			if err := json.Unmarshal(geometry, &point); err != nil || point.Coordinates != want {
				t.Errorf("crs %q: got %v %v, want %v", crs, point.Coordinates, err, want)
			}
		}
	}
	for _, bad := range []string{"http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:9210", "", "' OR 1=1"} {
		ogcRefused(t, s, "/collections/areas/items?crs="+url.QueryEscape(bad), 400, "query.crs")
		ogcRefused(t, s, "/collections/areas/items/20101?crs="+url.QueryEscape(bad), 400, "query.crs")
	}
}

// fc-bbox-crs-definition, fc-bbox-crs-valid-value, fc-bbox-crs-default-value, fc-bbox-crs-action
func TestReqCrsBboxCrs(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	zone := geo.ZonesOf("48")[0]
	low, high := zone.Project(orb.Point{108.149, 16.149}), zone.Project(orb.Point{108.16, 16.16})
	for crs, bbox := range map[string]string{
		crs84URI: "108.149,16.149,108.16,16.16", latLon: "16.149,108.149,16.16,108.16",
		daNang: fmt.Sprintf("%f,%f,%f,%f", low[0], low[1], high[0], high[1]),
	} {
		if f := ogcItems(t, s, "households", "bbox", bbox, "bbox-crs", crs); *f.NumberMatched != householdsH2 {
			t.Errorf("%s in %s: %d households, want %d", bbox, crs, *f.NumberMatched, householdsH2)
		}
	}
	ogcRefused(t, s, "/collections/areas/items?bbox=1,2,3,4&bbox-crs=EPSG:3857", 400, "query.bbox-crs")
	for _, bad := range []string{"1e300,0,1e301,1", "600000,1700000,500000,1800000", "0,0,NaN,1"} {
		ogcRefused(t, s, "/collections/areas/items?bbox="+bad+"&bbox-crs="+daNang, 400, "query.bbox")
	}
}

// OGC API - Features - Part 3: Filtering (19-079r2).

// queryables-link, get-queryables-op, get-queryables-response, expression-construction
func TestReqQueryables(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range ogcRead[struct{ Collections []ogcCollection }](t, s, "/collections").Collections {
		links := linksOf(c.Links, "http://www.opengis.net/def/rel/ogc/1.0/queryables")
		if len(links) != 1 || links[0].Type != "application/schema+json" {
			t.Fatalf("%s: links to queryables %+v", c.ID, links)
		}
		doc := ogcFollow[ogcSchema](t, s, links[0].Href)
		if doc.Schema != "https://json-schema.org/draft/2020-12/schema" ||
			doc.ID != "http://example.com/ogc/collections/"+c.ID+"/queryables" || doc.Type != "object" {
			t.Errorf("%s: %+v", c.ID, doc)
		}
		for name, p := range doc.Properties {
			// Each can be used, and as a parameter too.
			if p["format"] == nil || p["type"] != nil {
				if f := ogcItems(t, s, c.ID, "limit", "1", "filter", `"`+name+`" IS NULL`); f.NumberMatched == nil {
					t.Errorf("%s: %s cannot be filtered by", c.ID, name)
				}
			} else if name != "geometry" || p["x-ogc-role"] != "primary-geometry" {
				t.Errorf("%s: %s is %v", c.ID, name, p)
			}
		}
		ogcRefused(t, s, "/collections/"+c.ID+"/items?filter=salary%3D1", 400, "query.filter")
	}
}

func TestReqQueryablesQueryParameters(t *testing.T) { // parameters
	s := newTestServer(t, showHouseholds)
	for _, id := range ogcCollectionIDs {
		features := ogcItems(t, s, id, "limit", "100").Features
		for name, p := range ogcRead[ogcSchema](t, s, "/collections/"+id+"/queryables").Properties {
			if p["x-ogc-role"] == "primary-geometry" {
				continue
			}
			field := map[string]string{"parent_code": "parent", "unit_kind": "kind"}[name]
			if _, ok := features[0].Properties[name]; ok {
				field = name
			}
			value := features[0].Properties[field]
			text := fmt.Sprint(value)
			switch v := value.(type) {
			case nil:
				continue
			case float64:
				text = fmt.Sprintf("%.17g", v)
			case []any:
				var parts []string
				for _, part := range v {
					parts = append(parts, part.(string))
				}
				text = strings.Join(parts, ";")
			}
			want := 0
			for _, f := range features {
				if fmt.Sprint(f.Properties[field]) == fmt.Sprint(value) {
					want++
				}
			}
			f := ogcItems(t, s, id, "limit", "100", name, text)
			if *f.NumberMatched != want || want == 0 {
				t.Errorf("%s?%s=%s: %d features, want %d", id, name, text, *f.NumberMatched, want)
			}
		}
	}
}

// TestReqFilter puts filters to the features and compares with what is read from all of them.
// filter-param, filter-lang-param, filter-crs-wgs84, filter-crs-param, mixing-expressions, response
func TestReqFilter(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	zone := geo.ZonesOf("48")[0].Project(orb.Point{108.05, 16.05})
	for _, c := range []struct {
		collection string
		parameters []string
		want       []string
	}{
		{"hamlets", []string{"filter", "households > 15"}, []string{"H1", "H2"}},
		{"hamlets", []string{"filter", "households > 15", "filter-lang", "cql2-text"}, []string{"H1", "H2"}},
		{"hamlets", []string{"filter", `{"op":">","args":[{"property":"households"},15]}`, "filter-lang", "cql2-json"},
			[]string{"H1", "H2"}},
		{"hamlets", []string{"filter", `{"op":">","args":[{"property":"households"},15]}`}, []string{"H1", "H2"}},
		{"hamlets", []string{"filter", "parent_code = '20101' AND NOT reached > 20"}, []string{"H2"}},
		{"hamlets", []string{"filter", "CASEI(name) LIKE CASEI('THÔN %')"}, []string{"H3"}},
		{"hamlets", []string{"filter", "last_visit IS NULL"}, []string{"H3"}},
		{"hamlets", []string{"filter", "last_visit >= DATE('2026-03-01')"}, []string{"H1"}},
		{"hamlets", []string{"filter", "flags LIKE '%no_team%'"}, []string{"H3"}},
		{"hamlets", []string{"filter", "households BETWEEN 15 AND 20"}, []string{"H2", "H3"}},
		{"hamlets", []string{"filter", "code IN ('H1','H3')"}, []string{"H1", "H3"}},
		{"hamlets", []string{"filter", "attempted = reached"}, []string{"H2", "H3"}},
		{"hamlets", []string{"filter", "geometry_derived = TRUE AND coverage > 0.5"}, []string{"H1"}},
		{"hamlets", []string{"filter", "households > 15", "parent", "20101", "reached", "30"}, []string{"H1"}},
		{"hamlets", []string{"filter", "households > 15", "bbox", "108.14,16.14,108.2,16.2"}, []string{"H2"}},
		{"areas", []string{"filter", "S_INTERSECTS(geometry, POINT(108.3 16.1))"}, []string{"20102"}},
		{"areas", []string{"filter", "S_INTERSECTS(geometry, POINT(16.1 108.3))", "filter-crs", latLon},
			[]string{"20102"}},
		{"areas", []string{"filter", fmt.Sprintf("S_INTERSECTS(geometry, POINT(%f %f))", zone[0], zone[1]),
			"filter-crs", daNang}, []string{"20101"}},
		{"areas", []string{"filter", "S_INTERSECTS(geometry, LINESTRING(108.1 16.1, 108.3 16.1))"},
			[]string{"20101", "20102"}},
		{"teams", []string{"filter", "members < 7"}, []string{"T2"}},
		{"visits", []string{"filter", "visits > 0"}, []string{"2026-01-20", "2026-03-10", "2026-03-12"}},
		{"households", []string{"filter", "household_id LIKE 'H1-00_' AND reached = TRUE AND lon < 108.0515"},
			[]string{"H1-000", "H1-001", "H1-002", "H1-007", "H1-008", "H1-009"}},
		{"flags", []string{"kind", "no_team"}, []string{"H3"}},
	} {
		f := ogcItems(t, s, c.collection, c.parameters...)
		got := f.ids()
		slices.Sort(got)
		if !slices.Equal(got, c.want) || *f.NumberMatched != len(c.want) {
			t.Errorf("%s %q: got %v (%d matched), want %v", c.collection, c.parameters, got, *f.NumberMatched, c.want)
		}
	}
	ogcRefused(t, s, "/collections/areas/items?filter=TRUE&filter-lang=sql", 400, "query.filter-lang")
	ogcRefused(t, s, "/collections/areas/items?filter=TRUE&filter-crs=EPSG:3857", 400, "query.filter-crs")
	ogcRefused(t, s, "/collections/teams/items?filter=geometry%20IS%20NULL", 400, "query.filter")
}

// Part 5 (schemas) and Part 8 (sorting), both drafts.

// schemas/json-schema, properties, role-id, property-seq, unit; returnables-and-receivables/link, op, response
func TestReqSchema(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range ogcRead[struct{ Collections []ogcCollection }](t, s, "/collections").Collections {
		links := linksOf(c.Links, "http://www.opengis.net/def/rel/ogc/1.0/schema")
		doc := ogcFollow[ogcSchema](t, s, links[0].Href)
		roles, seqs := map[any]int{}, map[any]bool{}
		for name, p := range doc.Properties {
			roles[p["x-ogc-role"]]++
			if seq := p["x-ogc-propertySeq"]; seq == nil || seqs[seq] {
				t.Errorf("%s %s: place %v", c.ID, name, seq)
			} else {
				seqs[seq] = true
			}
			if p["title"] == "" || p["description"] == "" || (p["type"] == nil) != (name == "geometry") {
				t.Errorf("%s: %s is %v", c.ID, name, p)
			}
		}
		spatial := len(c.Extent.Spatial.BBox) > 0
		if roles["id"] != 1 || (roles["primary-geometry"] == 1) != spatial ||
			doc.ID != "http://example.com/ogc/collections/"+c.ID+"/schema" {
			t.Errorf("%s: %v %s", c.ID, roles, doc.ID)
		}
		// The features have these properties and no others, of these types.
		for _, f := range ogcItems(t, s, c.ID, "limit", "5").Features {
			if len(f.Properties)+roles["primary-geometry"] != len(doc.Properties) {
				t.Errorf("%s: %d properties, %d in the schema", c.ID, len(f.Properties), len(doc.Properties))
			}
			for name, v := range f.Properties {
				got := map[string]string{"float64": "number", "string": "string", "bool": "boolean",
					"[]interface {}": "array", "<nil>": ""}[fmt.Sprintf("%T", v)]
				if want := strings.Replace(fmt.Sprint(doc.Properties[name]["type"]), "integer", "number",
					1); got != want && got != "" {
					t.Errorf("%s: %s is %v, of type %s in the schema", c.ID, name, v, want)
				}
			}
		}
	}
}

// sortables-link, get-sortables-op, get-sortables-success, sortby-definition, sortby-response,
// defaultSortOrder-definition
func TestReqSorting(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, c := range ogcRead[struct{ Collections []ogcCollection }](t, s, "/collections").Collections {
		doc := ogcFollow[ogcSchema](t, s, linksOf(c.Links, "http://www.opengis.net/def/rel/ogc/1.0/sortables")[0].Href)
		for _, name := range c.DefaultSortOrder {
			if doc.Properties[name] == nil {
				t.Errorf("%s is in the order of %s, which is no sortable", c.ID, name)
			}
			plain, sorted := ogcItems(t, s, c.ID), ogcItems(t, s, c.ID, "sortby", name)
			if !slices.Equal(plain.ids(), sorted.ids()) {
				t.Errorf("%s: %v, sorted by %s: %v", c.ID, plain.ids(), name, sorted.ids())
			}
		}
		for name := range doc.Properties {
			if f := ogcItems(t, s, c.ID, "sortby", "-"+name, "limit", "1"); len(f.Features) != 1 {
				t.Errorf("%s cannot be sorted by %s", c.ID, name)
			}
		}
	}
	for sortby, want := range map[string][]string{
		"households": {"H3", "H2", "H1"}, "-households": {"H1", "H2", "H3"}, "+households": {"H3", "H2", "H1"},
		"-parent_code,code": {"H3", "H1", "H2"}, "parent_code,-code": {"H2", "H1", "H3"},
		"last_visit": {"H2", "H1", "H3"}, "-last_visit": {"H1", "H2", "H3"}, // what is null comes last
	} {
		if got := ogcItems(t, s, "hamlets", "sortby", sortby); !slices.Equal(got.ids(), want) {
			t.Errorf("sortby %s: %v, want %v", sortby, got.ids(), want)
		}
	}
	for _, bad := range []string{"", "salary", "%20households", "households,", "--households",
		strings.Repeat("code,", 9) + "code"} {
		ogcRefused(t, s, "/collections/hamlets/items?sortby="+bad, 400, "query.sortby")
	}
}
