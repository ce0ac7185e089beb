package api

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

// getMap answers the planner's map.
func (s *Server) getMap(w http.ResponseWriter, r *http.Request) {
	a, err := request.From(r.Context())
	if err != nil { // the page waits for the data by itself
		s.serveFile(w, r, mapPage, http.StatusOK)
		return
	}
	s.serveHeaded(w, r, mapPage, "<title>"+brand+"</title>"+firstAnswers(mapQuestions(r.URL.Query(), a.Today)))
}

// mapQuestions are the addresses of what the map asks first, letter for letter.
func mapQuestions(query url.Values, today data.Date) []string {
	from, to := periodDays(query.Get("period"), today)
	window := windowOf(from, to)
	questions := []string{
		"/api/v1/meta",
		"/api/v1/coverage?by=area&level=commune" + window,
		"/api/v1/areas?level=commune&boundaries=" + to.String() + "&limit=10000",
	}
	if place := query.Get("place"); place != "" && len(place) <= 64 {
		questions = append(questions, "/api/v1/areas/"+url.PathEscape(place)+"?"+window[1:])
	}
	return questions
}

// windowOf is the days of a question, as the pages write them.
func windowOf(from, to data.Date) string {
	if from == data.NoDate {
		return "&to=" + to.String()
	}
	return "&from=" + from.String() + "&to=" + to.String()
}

// firstAnswers has a browser ask for what the page will ask first while its script is still
// on the way: on a slow line that is a second less.
func firstAnswers(questions []string) string {
	var b strings.Builder
	for _, address := range questions {
		fmt.Fprintf(&b, "\n    <link rel=\"preload\" as=\"fetch\" crossorigin href=\"%s\" />", html.EscapeString(address))
	}
	return b.String()
}

// serveHeaded answers a page with tags of its own in its head.
func (s *Server) serveHeaded(w http.ResponseWriter, r *http.Request, page, head string) {
	file := s.pages.files[page]
	if file == nil {
		s.serveFile(w, r, page, http.StatusOK) // says what is missing
		return
	}
	body := replaceTitle(string(file.raw), head)
	_ = httpx.WriteTagged(w, r, "text/html; charset=utf-8", []byte(body)) // a client that is gone has no use for the error
}

// replaceTitle puts the head where a page has its title.
func replaceTitle(page, head string) string {
	begin, end := strings.Index(page, "<title>"), strings.Index(page, "</title>")
	if begin < 0 || end < begin {
		return page
	}
	return page[:begin] + head + page[end+len("</title>"):]
}
