package httpx

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/internal/problem"
)

// Problem returns a problem document of RFC 9457. It is an error, so that a handler can return it.
func Problem(status int, detail string, errs ...*huma.ErrorDetail) *huma.ErrorModel {
	return &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail, Errors: errs}
}

// Coded returns the problem document of a problem with a code: its type is a URN of the code, its detail the English
// sentence, and its only error the Vietnamese one.
func Coded(status int, p *problem.Problem) *huma.ErrorModel {
	doc := Problem(status, p.Reason(problem.English),
		&huma.ErrorDetail{Location: "detail_vi", Message: p.Reason(problem.Vietnamese)})
	doc.Type = "urn:tungnha:problem:" + string(p.Code())
	return doc
}

// WriteProblem answers with a problem document.
func WriteProblem(w http.ResponseWriter, p *huma.ErrorModel) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		panic(err) // an ErrorModel is made of strings and numbers
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	if p.Status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	w.Write(body.Bytes()) // a client that is gone has no use for the error
}
