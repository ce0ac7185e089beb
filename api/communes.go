package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"tungnha/api/request"
	"tungnha/api/svgmap"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// getCommunePage answers the page of a commune's chair: the same application, which reads
// the code from its address, with a head that tells messengers what the link is about. Where
// there is no such commune the application says so to people, and a problem document to programs.
func (s *Server) getCommunePage(w http.ResponseWriter, r *http.Request) {
	a, err := request.From(r.Context())
	if err != nil { // the page waits for the data by itself
		s.serveFile(w, r, communePage, http.StatusOK)
		return
	}
	// What is asked for here becomes part of what is remembered of the page: a query that
	// cannot be read is the page's own affair.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		query = url.Values{}
	}
	from, to := periodDays(query.Get("period"), a.Today)
	one, err := findCommune(a, chi.URLParam(r, "code"), to)
	if err != nil {
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			s.serveFile(w, r, communePage, http.StatusNotFound)
			return
		}
		s.fail(w, r, err)
		return
	}
	told, err := s.tell(r.Context(), a, one, from, to, query.Get("lang"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.serveHeaded(w, r, communePage, told.head(request.Base(r), r.URL.RequestURI(), a.Version())+firstAnswers(communeQuestions(one.unit().Code, from, to)))
}

// communeQuestions are the addresses of what a commune's page asks first, letter for letter.
func communeQuestions(code string, from, to data.Date) []string {
	window := windowOf(from, to)
	return []string{
		"/api/v1/meta",
		"/api/v1/coverage?by=area&parent=" + url.QueryEscape(code) + window,
		"/api/v1/coverage?by=team&parent=" + url.QueryEscape(code) + window,
	}
}

// commune is a commune on the boundaries of a day.
type commune struct {
	boundaries *boundary.Tree
	area       int32
}

func (c *commune) unit() *data.Area { return &c.boundaries.Areas[c.area] }

func findCommune(a *request.Context, code string, on data.Date) (*commune, error) {
	b := a.View.BoundariesOn(cmp.Or(on, a.Today))
	i := b.Find(code)
	if i == boundary.NoArea || b.Areas[i].Level != data.Commune {
		return nil, request.NotFound("commune", code)
	}
	return &commune{b, i}, nil
}

// sketch draws the commune with its hamlets: their outlines, or where they have none the
// footprints of their households.
func (c *commune) sketch(view *coverage.View) (*svgmap.Map, error) {
	var hamlets []svgmap.Outline
	for _, child := range c.boundaries.Children(c.area) {
		unit := &c.boundaries.Areas[child]
		shape, err := hamletShape(view, unit)
		if err != nil {
			return nil, err
		}
		hamlets = append(hamlets, svgmap.Outline{Code: unit.Code, Name: unit.Name, Shape: shape})
	}
	return svgmap.New(c.unit().Geometry, hamlets), nil
}

func hamletShape(view *coverage.View, unit *data.Area) (orb.MultiPolygon, error) {
	if len(unit.Geometry) > 0 || unit.Level != data.Hamlet {
		return unit.Geometry, nil
	}
	f := view.HamletFootprint(unit.Code)
	if f == nil {
		return nil, nil
	}
	shape, err := geo.Outline(f.Cells)
	if err != nil {
		return nil, fmt.Errorf("outline of area %s: %w", unit.Code, err)
	}
	return shape, nil
}

// getSketch answers where the hamlets of a commune are, in a tenth of the bytes of their
// outlines as GeoJSON.
func (s *Server) getSketch(w http.ResponseWriter, r *http.Request) {
	a, one, _, err := s.askCommune(r, "boundaries")
	if err == nil {
		var drawn *svgmap.Map
		if drawn, err = one.sketch(a.View); err == nil {
			if drawn == nil {
				drawn = &svgmap.Map{Shapes: []svgmap.Shape{}}
			}
			s.writeJSON(w, r, drawn)
			return
		}
	}
	s.fail(w, r, err)
}

// getPreview answers the picture that stands beside a link to a commune's page.
func (s *Server) getPreview(w http.ResponseWriter, r *http.Request) {
	body, err := s.preview(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(body)
}

func (s *Server) preview(r *http.Request) ([]byte, error) {
	a, one, query, err := s.askCommune(r, "period", "lang", "v")
	if err != nil {
		return nil, err
	}
	from, to := periodDays(query.Get("period"), a.Today)
	told, err := s.tell(r.Context(), a, one, from, to, query.Get("lang"))
	if err != nil {
		return nil, err
	}
	drawn, err := one.sketch(a.View)
	if err != nil {
		return nil, err
	}
	return told.card().PNG(drawn)
}

// askCommune finds the commune in the path of a request whose query may have the parameters.
func (s *Server) askCommune(r *http.Request, parameters ...string) (*request.Context, *commune, url.Values, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, nil, nil, err
	}
	query, err := request.QueryOf(r, parameters...)
	if err != nil {
		return nil, nil, nil, err
	}
	on, err := data.ParseDate(query.Get("boundaries"))
	if err != nil {
		return nil, nil, nil, request.Parameter("query.boundaries", query.Get("boundaries"), err.Error())
	}
	if on == data.NoDate {
		_, on = periodDays(query.Get("period"), a.Today)
	}
	one, err := findCommune(a, chi.URLParam(r, "code"), on)
	return a, one, query, err
}

// tell puts the figures of a commune in a window into words.
func (s *Server) tell(ctx context.Context, a *request.Context, one *commune, from, to data.Date, lang string) (*told, error) {
	result, err := a.View.Query(ctx, coverage.Query{By: coverage.ByArea, Level: data.Hamlet, Parent: one.unit().Code, From: from, To: to})
	if err != nil {
		return nil, err
	}
	return newTold(s.config.Programme, s.config.Sample, one.unit(), result, from, to, lang == "en"), nil
}
