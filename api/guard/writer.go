package guard

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"tungnha/api/accesslog"
	"tungnha/internal/limit"
)

// A reader of an answer accepts each piece within this time, which is some 3 kB a second, or is cut.
const (
	pieceBytes   = 64 << 10
	pieceTimeout = 20 * time.Second
)

// Pace is how slow the other end of a connection may be.
type Pace struct {
	Piece   int           // bytes
	Timeout time.Duration // within which the other end accepts a piece
}

// DefaultPace is that of a server.
var DefaultPace = Pace{pieceBytes, pieceTimeout}

// writer is an answer whose write deadline moves on with each piece that the client accepts.
type writer struct {
	http.ResponseWriter
	ctx     context.Context // of the request
	conn    *http.ResponseController
	account *limit.Account
	pace    Pace
}

// NewWriter returns an answer that is cut when its client stops reading. While it waits for the client it gives the
// account's processor to others.
func NewWriter(ctx context.Context, w http.ResponseWriter, account *limit.Account, pace Pace) http.ResponseWriter {
	return &writer{w, ctx, http.NewResponseController(w), account, pace}
}

func (w *writer) Write(b []byte) (written int, err error) {
	for {
		piece := b[:min(len(b), w.pace.Piece)]
		n, err := w.account.Send(func() (int, error) {
			err := w.conn.SetWriteDeadline(time.Now().Add(w.pace.Timeout))
			if err != nil && !errors.Is(err, http.ErrNotSupported) { // a recorder in a test has no deadlines
				return 0, err
			}
			return w.ResponseWriter.Write(piece)
		})
		written += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			accesslog.Refuse(w.ctx, accesslog.Stalled)
		}
		if b = b[len(piece):]; err != nil || len(b) == 0 {
			return written, err
		}
	}
}

// Flush sends what is buffered.
func (w *writer) Flush() { _ = w.conn.Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Body is the body of a request whose read deadline moves on with what arrives: after a start of Timeout the client
// has to have sent a kilobyte a second on the average, and all of it by a last moment.
type Body struct {
	io.Reader
	conn        *http.ResponseController
	begun, last time.Time
	timeout     time.Duration
	bytes       int64
}

// NewBody returns the body, which is to arrive within a time.
func NewBody(w http.ResponseWriter, body io.Reader, pace Pace, within time.Duration) *Body {
	now := time.Now()
	return &Body{Reader: body, conn: http.NewResponseController(w), begun: now, last: now.Add(within),
		timeout: pace.Timeout}
}

func (b *Body) Read(p []byte) (int, error) {
	until := b.begun.Add(b.timeout + time.Duration(b.bytes)*time.Second/1024)
	if until.After(b.last) {
		until = b.last
	}
	if err := b.conn.SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := b.Reader.Read(p)
	b.bytes += int64(n)
	return n, err
}
