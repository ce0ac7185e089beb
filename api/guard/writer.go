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

// Pace is how slow the other end of a connection may be: it accepts each piece within Timeout, and on the average Rate
// bytes a second. What it was faster before counts, but no more than Credit.
type Pace struct {
	Piece   int // bytes
	Timeout time.Duration
	Rate    float64 // 0: any
	Credit  time.Duration
}

// DefaultPace is that of a server. Who reads 8 kB a second, half of what GPRS has, is never cut; who reads 4 is within
// two minutes, because an answer that is being sent takes memory from the others.
var DefaultPace = Pace{Piece: 64 << 10, Timeout: 20 * time.Second, Rate: 8 << 10, Credit: time.Minute}

// writer is an answer whose write deadline moves on with each piece that the client accepts.
type writer struct {
	http.ResponseWriter
	ctx     context.Context // of the request
	conn    *http.ResponseController
	account *limit.Account
	pace    Pace
	credit  time.Duration // that the client may take longer than the least rate
}

// NewWriter returns an answer that is cut when its client stops reading. While it waits for the client it gives the
// account's processor to others.
func NewWriter(ctx context.Context, w http.ResponseWriter, account *limit.Account, pace Pace) http.ResponseWriter {
	return &writer{w, ctx, http.NewResponseController(w), account, pace, pace.Timeout}
}

func (w *writer) Write(b []byte) (written int, err error) {
	for {
		piece := b[:min(len(b), w.pace.Piece)]
		n, err := w.account.Send(func() (int, error) { return w.writePiece(piece) })
		written += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			accesslog.Refuse(w.ctx, accesslog.Stalled)
		}
		if b = b[len(piece):]; err != nil || len(b) == 0 {
			return written, err
		}
	}
}

// writePiece counts the time for which the client is waited for, and not that in which the answer is made.
func (w *writer) writePiece(piece []byte) (int, error) {
	within := w.pace.Timeout
	if w.pace.Rate > 0 {
		w.credit += time.Duration(float64(len(piece)) / w.pace.Rate * float64(time.Second))
		w.credit = min(w.credit, w.pace.Credit)
		within = min(within, w.credit)
	}
	began := time.Now()
	err := w.conn.SetWriteDeadline(began.Add(within))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a recorder in a test has no deadlines
		return 0, err
	}
	n, err := w.ResponseWriter.Write(piece)
	w.credit -= time.Since(began)
	return n, err
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
