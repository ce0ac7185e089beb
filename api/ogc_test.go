package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tungnha/api/ogc"
)

// What the tests of /ogc share. Those named after a requirement (TestReqCore…, TestReqCrs…)
// show that the conformance classes declared are the classes passed.

type ogcFeature struct {
	Type       string
	ID         string
	Geometry   json.RawMessage
	Properties map[string]any
	Links      []ogc.Link
}

type ogcFeatures struct {
	Type           string
	TimeStamp      string
	NumberMatched  *int
	NumberReturned *int
	Version        string
	From, To       string
	Links          []ogc.Link
	Features       []ogcFeature
}

func (f ogcFeatures) ids() []string {
	ids := []string{}
	for _, one := range f.Features {
		ids = append(ids, one.ID)
	}
	return ids
}

type ogcCollection struct {
	ID, Title, Description, ItemType, StorageCRS string
	CRS                                          []string
	DefaultSortOrder                             []string
	Extent                                       struct {
		Spatial struct {
			BBox [][]float64
			CRS  string
		}
		Temporal struct{ Interval [][]*string }
	}
	Links []ogc.Link
}

type ogcSchema struct {
	Schema     string `json:"$schema"`
	ID         string `json:"$id"`
	Type       string
	Properties map[string]map[string]any
}

// ogcRead requests a document below /ogc that must be there.
func ogcRead[T any](t testing.TB, s http.Handler, path string) T {
	t.Helper()
	return read[T](t, get(s, "/ogc"+path, "Accept", "application/json"), 200)
}

// ogcItems requests the features of a collection.
func ogcItems(t testing.TB, s http.Handler, collection string, parameters ...string) ogcFeatures {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	return ogcRead[ogcFeatures](t, s, "/collections/"+collection+"/items?"+values.Encode())
}

// ogcFollow requests what a link that a document gave leads to.
func ogcFollow[T any](t testing.TB, s http.Handler, href string) T {
	t.Helper()
	u, err := url.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	return read[T](t, get(s, u.RequestURI(), "Accept", "application/json"), 200)
}

// ogcRefused requests what must be refused, with a problem that names the parameter.
func ogcRefused(t testing.TB, s http.Handler, path string, status int, location string) {
	t.Helper()
	res := get(s, "/ogc"+path)
	p := read[struct {
		Status int
		Title  string
		Detail string
		Errors []struct{ Location, Message string }
	}](t, res, status)
	if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%.200s: content type %q", path, got)
	}
	if p.Status != status || p.Title == "" || p.Detail == "" {
		t.Errorf("%.200s: got %+v", path, p)
	}
	if location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != location || p.Errors[0].Message == "") {
		t.Errorf("%.200s: got %+v, want location %s", path, p.Errors, location)
	}
}

// links returns the links of a relation.
func linksOf(links []ogc.Link, rel string) []ogc.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l ogc.Link) bool { return l.Rel != rel })
}

func wantLinks(t testing.TB, what string, links []ogc.Link, rels ...string) {
	t.Helper()
	for _, rel := range rels {
		if len(linksOf(links, rel)) == 0 {
			t.Errorf("%s: no link %q among %+v", what, rel, links)
		}
	}
	for _, l := range links {
		if l.Rel == "" || l.Type == "" || !strings.HasPrefix(l.Href, "http://example.com/") {
			t.Errorf("%s: the link %+v lacks something", what, l)
		}
	}
}

func ogcPage(t testing.TB, s http.Handler, path string) string {
	t.Helper()
	res := get(s, "/ogc"+path, "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %d %v", path, res.StatusCode, err)
	}
	if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("%s: content type %q", path, got)
	}
	return string(body)
}

var ogcCollectionIDs = []string{"areas", "hamlets", "cells", "flags", "teams", "visits", "households"}
