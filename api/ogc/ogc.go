// Package ogc is OGC API - Features over the coverage index: areas, hamlets, cells, flags,
// teams, visits by day and households as collections of features, in the reference systems
// that people here use, with filters, sorting and pages that stay whole.
//
// Every answer comes from coverage.Index.Query with the viewer's disclosure applied, and
// filters see what the viewer sees and nothing else.
package ogc

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tungnha/api/httpx"
	"tungnha/api/maptiles"
	"tungnha/api/request"
	"tungnha/internal/cache"
	"tungnha/internal/problem"
)

// Config is what the server around it provides.
type Config struct {
	Programme string
	Sample    bool // the data are made up
	Build     string
	Clock     func() time.Time
	Log       *slog.Logger
	Tiles     *maptiles.Server

	SelectionBytes uint64 // of all selections together; 0: SelectionBytes
}

// Server answers the routes below /ogc.
type Server struct {
	Config
	selections *cache.Cache[selectionKey, *selection]
}

// New returns a server; see Routes.
func New(c Config) *Server {
	return &Server{Config: c, selections: newSelections(cmp.Or(c.SelectionBytes, SelectionBytes))}
}

// Close ends what runs in the background.
func (s *Server) Close() { s.selections.Close() }

// Link is a link of a document.
type Link struct {
	Href      string `json:"href"`
	Rel       string `json:"rel"`
	Type      string `json:"type,omitempty"`
	Title     string `json:"title,omitempty"`
	HrefLang  string `json:"hreflang,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// Media types.
const (
	typeJSON    = "application/json"
	typeGeoJSON = "application/geo+json"
	typeHTML    = "text/html"
	typeSchema  = "application/schema+json"
	typeOpenAPI = "application/vnd.oai.openapi+json;version=3.0"
)

// NotAcceptableError is a media type that the resource does not have.
type NotAcceptableError struct{ Accept string }

func (e *NotAcceptableError) Error() string {
	return fmt.Sprintf("nothing here is %q: there are JSON and HTML", e.Accept)
}

// GoneError is a cursor into a state of the data that is no longer kept.
type GoneError struct{}

func (e *GoneError) Error() string {
	return "cursor: the data have changed since its page was made, and that state is no longer at hand; start again " +
		"from the first page"
}

// Routes returns the routes of OGC API Features, by path. All are GET.
func (s *Server) Routes() map[string]httpx.Handler {
	return map[string]httpx.Handler{
		"/ogc":                                 s.handler((*call).landing),
		"/ogc/":                                s.handler((*call).landing),
		"/ogc/conformance":                     s.handler((*call).conformance),
		"/ogc/api":                             s.handler((*call).api),
		"/ogc/dictionary":                      s.handler((*call).dictionary),
		"/ogc/collections":                     s.handler((*call).collections),
		"/ogc/collections/{collection}":        s.handler((*call).collection),
		"/ogc/collections/{collection}/schema": s.handler((*call).schema),
		"/ogc/collections/{collection}/queryables": s.handler((*call).queryables),
		"/ogc/collections/{collection}/sortables":  s.handler((*call).sortables),
		"/ogc/collections/{collection}/items":      s.handler((*call).items),
		"/ogc/collections/{collection}/items/{id}": s.handler((*call).item),
		"/ogc/style.css": writeStyle,
	}
}

// call is one request on its way.
type call struct {
	*Server
	*request.Context
	base    string // address of the server without a slash at its end
	w       http.ResponseWriter
	r       *http.Request
	values  url.Values
	html    bool
	english bool
}

// handler parses what all routes share.
func (s *Server) handler(handle func(*call) error) httpx.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.call(w, r)
		if err != nil {
			return err
		}
		return handle(c)
	}
}

// parameter returns a *problem.ParameterError of the query.
func parameter(name, value string, p *problem.Problem) error {
	return &problem.ParameterError{Name: name, Value: value, Problem: p}
}

func (s *Server) call(w http.ResponseWriter, r *http.Request) (*call, error) {
	context, err := request.From(r.Context())
	if err != nil {
		return nil, err
	}
	c := &call{Server: s, Context: context, base: request.Base(r), w: w, r: r}
	if c.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, parameter("query", r.URL.RawQuery, problem.Malformed(err.Error()))
	}
	for name, all := range c.values {
		if len(all) > 1 {
			return nil, parameter(name, "", problem.Repeated())
		}
	}
	w.Header().Add("Vary", "Accept")
	if err := c.negotiate(); err != nil {
		return nil, err
	}
	return c, nil
}

// logCut logs an answer that was cut short, unless its client left.
func (c *call) logCut(err error) {
	if c.r.Context().Err() == nil {
		c.Log.LogAttrs(c.r.Context(), slog.LevelError, "answer cut short", slog.String("request", c.ID),
			slog.Any("error", err))
	}
}

// negotiate finds the language, which is Vietnamese unless lang is set, and the
// format, which f names, else the header Accept.
func (c *call) negotiate() error {
	switch lang := c.values.Get("lang"); lang {
	case "", "vi", "en":
		c.english = lang == "en"
	default:
		return parameter("lang", lang, problem.WantOneOf("vi", "en"))
	}
	switch f := c.values.Get("f"); f {
	case "json":
		return nil
	case "html":
		c.html = true
		return nil
	case "":
	default:
		return parameter("f", f, problem.WantOneOf("json", "html"))
	}
	accept := c.r.Header.Get("Accept")
	if accept == "" {
		return nil
	}
	html, json := quality(accept, "text/html"), 0.0
	for _, t := range []string{typeJSON, typeGeoJSON, typeSchema, "application/vnd.oai.openapi+json",
		"application/problem+json"} {
		json = max(json, quality(accept, t))
	}
	if html == 0 && json == 0 {
		return &NotAcceptableError{accept}
	}
	// A browser accepts text/html by name and for anything else with less weight.
	c.html = html > json || html == json && strings.Contains(accept, "text/html") && !strings.Contains(accept, "json")
	return nil
}

// quality returns the weight of a media type in an Accept header, of its best match.
func quality(accept, mediaType string) float64 {
	best, specific := 0.0, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		name = strings.ToLower(strings.TrimSpace(name))
		major, _, _ := strings.Cut(mediaType, "/")
		match := slices.Index([]string{"*/*", major + "/*", mediaType}, name)
		if match < specific || match < 0 {
			continue
		}
		q := 1.0
		for p := range strings.SplitSeq(parameters, ";") {
			if text, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				if _, err := fmt.Sscanf(text, "%g", &q); err != nil || q < 0 || q > 1 {
					q = 0
				}
			}
		}
		best, specific = q, match
	}
	return best
}

// only refuses parameters other than those named, f and lang.
func (c *call) only(names ...string) error {
	for name := range c.values {
		if name != "f" && name != "lang" && !slices.Contains(names, name) {
			return parameter(name, "", problem.UnknownParameter())
		}
	}
	return nil
}

// say picks the words of the requested language.
func (c *call) say(vi, en string) string {
	if c.english {
		return en
	}
	return vi
}

// href is the address of a resource below /ogc, in the requested language.
func (c *call) href(path string, query ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	if lang := c.values.Get("lang"); lang != "" {
		values.Set("lang", lang)
	}
	address := c.base + "/ogc" + path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}

// again is the address of this request with parameters changed; an empty value removes one.
func (c *call) again(change ...string) string {
	values := url.Values{}
	for name, all := range c.values {
		values[name] = all
	}
	for i := 0; i+1 < len(change); i += 2 {
		values.Del(change[i])
		if change[i+1] != "" {
			values.Set(change[i], change[i+1])
		}
	}
	address := c.base + c.r.URL.EscapedPath()
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}

// selfLinks are the links from a resource to itself and to its other format.
func (c *call) selfLinks(mediaType string) []Link {
	json := Link{Href: c.again("f", "json"), Type: mediaType, Rel: "self",
		Title: c.say("Tài liệu này", "This document")}
	html := Link{Href: c.again("f", "html"), Type: typeHTML, Rel: "alternate",
		Title: c.say("Tài liệu này, dạng HTML", "This document as HTML")}
	if c.html {
		json.Rel, html.Rel = html.Rel, json.Rel
	}
	return []Link{json, html}
}
