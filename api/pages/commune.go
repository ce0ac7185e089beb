package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/api/svgmap"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/data"
)

// Commune answers the page of a commune's chair: the same application, which reads the code from
// its address, with a head that describes the link to messengers. Where there is no such commune
// a page for people, and a problem document for programs.
func (s *Server) Commune(w http.ResponseWriter, r *http.Request) error {
	a, err := request.From(r.Context())
	if err != nil { // the page waits for the data by itself
		return s.serveFile(w, r, communePage, http.StatusOK)
	}
	// What is read here becomes part of the page that is cached: a query that cannot be read is
	// the page's own affair.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		query = url.Values{}
	}
	from, to := windowDays(a, query.Get("period"))
	one, err := findCommune(a, chi.URLParam(r, "code"), to)
	if err != nil {
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			return s.serveFile(w, r, communePage, http.StatusNotFound)
		}
		return err
	}
	preview, err := s.linkPreview(r.Context(), a, one, from, to, query.Get("lang"))
	if err != nil {
		return err
	}
	head := preview.head(request.Base(r), r.URL.RequestURI(), a.Version())
	return s.serveWithHead(w, r, communePage, head+preloadLinks(communePreloads(a.View, one.unit().Code, from, to)))
}

// communePreloads are the addresses that a commune's page requests first, letter for letter.
func communePreloads(view *coverage.View, code string, from, to data.Date) []string {
	window := windowOf(from, to)
	urls := []string{"/api/v1/meta", "/api/v1/coverage?by=area&parent=" + url.QueryEscape(code) + window}
	if view.Release() == nil { // of teams nothing is published
		urls = append(urls, "/api/v1/coverage?by=team&parent="+url.QueryEscape(code)+window)
	}
	return urls
}

// windowDays returns the days of a period; where they are not published, those of everything up to the release.
func windowDays(a *request.Context, period string) (from, to data.Date) {
	from, to = periodDays(period, a.Today)
	if r := a.View.Release(); r != nil {
		if _, ok := r.Window(from, to); !ok {
			return data.NoDate, r.LastDay()
		}
	}
	return from, to
}

// commune is a commune on the boundaries of a day.
type commune struct {
	boundaries *boundary.Tree
	area       int32
}

func (c *commune) unit() *data.Area { return &c.boundaries.Areas[c.area] }

func findCommune(a *request.Context, code string, on data.Date) (*commune, error) {
	if r := a.View.Release(); r != nil {
		on = r.Day // the page of a link of last week is of the boundaries of this one
	}
	b := a.View.BoundariesOn(cmp.Or(on, a.Today))
	i := b.Find(code)
	if i == boundary.NoArea || b.Areas[i].Level != data.Commune {
		return nil, request.NotFound("commune", code)
	}
	return &commune{b, i}, nil
}

// svgMap draws the commune with its hamlets: their outlines, or where they have none the
// footprints of their households.
func (c *commune) svgMap(view *coverage.View) (*svgmap.Map, error) {
	var hamlets []svgmap.Outline
	for _, child := range c.boundaries.Children(c.area) {
		unit := &c.boundaries.Areas[child]
		shape, err := view.Geometry(unit).Shape()
		if err != nil {
			return nil, fmt.Errorf("outline of area %s: %w", unit.Code, err)
		}
		hamlets = append(hamlets, svgmap.Outline{Code: unit.Code, Name: unit.Name, Shape: shape})
	}
	return svgmap.New(c.unit().Geometry, hamlets), nil
}

// Sketch answers where the hamlets of a commune are, in a tenth of the bytes of their outlines as
// GeoJSON.
func (s *Server) Sketch(w http.ResponseWriter, r *http.Request) error {
	a, one, _, err := readCommune(r, "boundaries")
	if err != nil {
		return err
	}
	drawn, err := one.svgMap(a.View)
	if err != nil {
		return err
	}
	if drawn == nil {
		drawn = &svgmap.Map{Shapes: []svgmap.Shape{}}
	}
	return httpx.WriteJSON(w, r, drawn)
}

// Preview answers the picture that messengers show beside a link to a commune's page.
func (s *Server) Preview(w http.ResponseWriter, r *http.Request) error {
	a, one, query, err := readCommune(r, "period", "lang", "v")
	if err != nil {
		return err
	}
	from, to := windowDays(a, query.Get("period"))
	preview, err := s.linkPreview(r.Context(), a, one, from, to, query.Get("lang"))
	if err != nil {
		return err
	}
	drawn, err := one.svgMap(a.View)
	if err != nil {
		return err
	}
	body, err := preview.card().PNG(drawn)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(body) // a client that is gone has no use for the error
	return nil
}

// readCommune finds the commune in the path of a request whose query may have the parameters.
func readCommune(r *http.Request, parameters ...string) (*request.Context, *commune, url.Values, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, nil, nil, err
	}
	query, err := request.QueryOf(r, parameters...)
	if err != nil {
		return nil, nil, nil, err
	}
	on, p := data.ReadDate("", query.Get("boundaries"))
	if p != nil {
		return nil, nil, nil, request.Parameter("query", "boundaries", query.Get("boundaries"), p)
	}
	if on == data.NoDate {
		_, on = windowDays(a, query.Get("period"))
	}
	one, err := findCommune(a, chi.URLParam(r, "code"), on)
	return a, one, query, err
}

// linkPreview queries the figures of a commune in a window.
func (s *Server) linkPreview(ctx context.Context, a *request.Context, one *commune, from, to data.Date,
	lang string) (*linkPreview, error) {
	result, err := a.View.Query(ctx, coverage.Query{By: coverage.ByArea, Level: data.Hamlet, Parent: one.unit().Code,
		From: from, To: to})
	if err != nil {
		return nil, err
	}
	return newLinkPreview(s.Programme, s.Sample, one.unit(), result, from, to, lang == "en"), nil
}
