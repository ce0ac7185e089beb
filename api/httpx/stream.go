package httpx

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// streamTimeout is how long a client may take to accept a piece of a stream.
const streamTimeout = 30 * time.Second

// Stream extends the write deadline of the answer with every piece that the client accepts, so
// that a long answer lasts as long as it needs and a client that stops reading is let go.
type Stream struct {
	w     http.ResponseWriter
	conn  *http.ResponseController
	begun bool
}

// NewStream returns a writer of the body of an answer.
func NewStream(w http.ResponseWriter) *Stream {
	return &Stream{w: w, conn: http.NewResponseController(w)}
}

// Begun reports whether anything was written: then the status is sent.
func (s *Stream) Begun() bool { return s.begun }

func (s *Stream) Write(b []byte) (int, error) {
	s.begun = true
	err := s.conn.SetWriteDeadline(time.Now().Add(streamTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a recorder in a test has no deadlines
		return 0, err
	}
	return s.w.Write(b)
}

// ServeRanges answers with a file, whole or in the requested ranges, for as long as the
// client goes on accepting it. The caller sets the headers that describe the file.
func ServeRanges(w http.ResponseWriter, r *http.Request, file io.ReadSeeker) {
	http.ServeContent(&ranges{ResponseWriter: w, stream: NewStream(w)}, r, "", time.Time{}, file)
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
