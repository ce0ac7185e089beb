package api

import (
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// serveRanges answers a file, whole or in the ranges that are asked for, for as long as the
// client goes on accepting it. What the headers say of the file is for the caller to set.
func serveRanges(w http.ResponseWriter, r *http.Request, file io.ReadSeeker) {
	http.ServeContent(&ranges{ResponseWriter: w, stream: stream{w: w, conn: http.NewResponseController(w)}}, r, "", time.Time{}, file)
}

// ranges is such an answer. A range beyond the file gets a problem document in place of the
// line of text that http.ServeContent has for it.
type ranges struct {
	http.ResponseWriter
	stream  stream
	refused bool
}

func (a *ranges) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.refused = true
	h := a.Header()
	h.Del("Content-Disposition")
	writeProblem(a.ResponseWriter, newProblem(status, "the range holds nothing of the file",
		&huma.ErrorDetail{Location: "header.Range", Message: "holds nothing of the file, whose size Content-Range tells"}))
}

func (a *ranges) Write(b []byte) (int, error) {
	if a.refused {
		return len(b), nil
	}
	return a.stream.Write(b)
}
