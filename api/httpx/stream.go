package httpx

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/internal/limit"
)

// Stream writes a long answer piece by piece. Each piece is compressed when a processor is free for long work, see
// limit.Write, so that answers under way leave room for short ones.
type Stream struct {
	ctx   context.Context
	w     http.ResponseWriter
	begun bool
}

// NewStream returns a writer of the body of the answer to the request of ctx.
func NewStream(ctx context.Context, w http.ResponseWriter) *Stream { return &Stream{ctx: ctx, w: w} }

// Begun reports whether anything was written: then the status is sent.
func (s *Stream) Begun() bool { return s.begun }

func (s *Stream) Write(b []byte) (int, error) {
	s.begun = true
	return limit.Write(s.ctx, func() (int, error) { return s.w.Write(b) })
}

// ServeRanges answers with a file, whole or in the requested ranges, for as long as the
// client goes on accepting it. The caller sets the headers that describe the file.
func ServeRanges(w http.ResponseWriter, r *http.Request, file io.ReadSeeker) {
	http.ServeContent(&ranges{ResponseWriter: w, stream: NewStream(r.Context(), w)}, r, "", time.Time{}, file)
}

// ranges is such an answer. A range beyond the file gets a problem document in place of the
// line of text that http.ServeContent writes.
type ranges struct {
	http.ResponseWriter
	stream  *Stream
	refused bool
}

func (a *ranges) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.refused = true
	a.Header().Del("Content-Disposition")
	WriteProblem(a.ResponseWriter, Problem(status, "the range holds nothing of the file", &huma.ErrorDetail{
		Location: "header.Range", Message: "holds nothing of the file, whose size Content-Range tells"}))
}

func (a *ranges) Write(b []byte) (int, error) {
	if a.refused {
		return len(b), nil
	}
	return a.stream.Write(b)
}
