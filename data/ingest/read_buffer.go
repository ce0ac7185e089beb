package ingest

import (
	"bytes"
	"errors"
	"io"
)

// readBuffer is the part of a file that is in memory. It grows only as far as one row or one
// feature needs, and counts lines.
type readBuffer struct {
	src      io.Reader
	buf      []byte
	from, to int   // buf[from:to] is read from src and not yet used
	offset   int64 // of buf[from] in the file
	line     int   // of buf[from], from 1
	err      error // that src ended with
}

const readBufferSize = 256 << 10

// errTooLong means that a row or a feature does not fit the limit given to fill.
var errTooLong = errors.New("too long")

func newReadBuffer(src io.Reader) readBuffer {
	return readBuffer{src: src, buf: make([]byte, readBufferSize), line: 1}
}

// unread returns what is in memory, valid until the next fill.
func (w *readBuffer) unread() []byte { return w.buf[w.from:w.to] }

// skip uses up n bytes of what is unread, and of a line end behind them that is missing.
func (w *readBuffer) skip(n int) {
	n = min(n, w.to-w.from)
	w.line += bytes.Count(w.buf[w.from:w.from+n], newline)
	w.offset += int64(n)
	w.from += n
}

var newline = []byte{'\n'}

// fill reads more behind what is unread, of which there may be limit bytes at most. It
// returns io.EOF where there is no more.
func (w *readBuffer) fill(limit int) error {
	if w.to-w.from >= limit {
		return errTooLong
	}
	if w.err != nil {
		return w.err
	}
	if w.from > 0 {
		copy(w.buf, w.buf[w.from:w.to])
		w.from, w.to = 0, w.to-w.from
	}
	if w.to == len(w.buf) {
		w.buf = append(w.buf, make([]byte, len(w.buf))...)
	}
	before := w.to
	for w.to < len(w.buf) && w.err == nil {
		var n int
		n, w.err = w.src.Read(w.buf[w.to:])
		w.to += n
	}
	if w.to == before {
		return w.err
	}
	return nil
}
