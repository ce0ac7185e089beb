package pages

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/data"
)

// Map answers the planner's map.
func (s *Server) Map(w http.ResponseWriter, r *http.Request) error {
	a, err := request.From(r.Context())
	if err != nil { // the page waits for the data by itself
		return s.serveFile(w, r, mapPage, http.StatusOK)
	}
	return s.serveWithHead(w, r, mapPage, "<title>"+brand+"</title>"+preloadLinks(mapPreloads(a, r.URL.Query())))
}

// mapPreloads are the addresses that the map requests first, letter for letter.
func mapPreloads(a *request.Context, query url.Values) []string {
	from, to := windowDays(a, query.Get("period"))
	window, boundaries := windowOf(from, to), to
	if r := a.View.Release(); r != nil {
		boundaries = r.Day
	}
	urls := []string{
		"/api/v1/meta",
		"/api/v1/coverage?by=area&level=commune" + window,
		"/api/v1/areas?level=commune&boundaries=" + boundaries.String() + "&limit=10000",
	}
	if place := query.Get("place"); place != "" && len(place) <= 64 {
		urls = append(urls, "/api/v1/areas/"+url.PathEscape(place)+"?"+window[1:])
	}
	return urls
}

// windowOf is the days of a query, as the pages write them.
func windowOf(from, to data.Date) string {
	if from == data.NoDate {
		return "&to=" + to.String()
	}
	return "&from=" + from.String() + "&to=" + to.String()
}

// preloadLinks has a browser request what the page will request first while its script is still
// being loaded: on a slow line that is a second less.
func preloadLinks(urls []string) string {
	var b strings.Builder
	for _, address := range urls {
		fmt.Fprintf(&b, "\n    <link rel=\"preload\" as=\"fetch\" crossorigin href=\"%s\" />",
			html.EscapeString(address))
	}
	return b.String()
}

// serveWithHead answers a page with tags of its own in its head.
func (s *Server) serveWithHead(w http.ResponseWriter, r *http.Request, page, head string) error {
	file := s.files[page]
	if file == nil {
		return s.serveFile(w, r, page, http.StatusOK) // reports what is missing
	}
	body := replaceTitle(string(file.raw), head)
	// a client that is gone has no use for the error
	_ = httpx.WriteTagged(w, r, "text/html; charset=utf-8", []byte(body))
	return nil
}

// replaceTitle puts the head where a page has its title.
func replaceTitle(page, head string) string {
	begin, end := strings.Index(page, "<title>"), strings.Index(page, "</title>")
	if begin < 0 || end < begin {
		return page
	}
	return page[:begin] + head + page[end+len("</title>"):]
}
