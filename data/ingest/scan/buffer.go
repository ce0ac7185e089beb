// Package scan reads text files piece by piece: a buffer that counts lines, and numbers.
package scan

import (
	"bytes"
	"errors"
	"io"
)

// Buffer is the part of a file that is in memory. It grows only as far as one row or one feature
// needs, and counts lines.
type Buffer struct {
	src      io.Reader
	buf      []byte
	from, to int   // buf[from:to] is read from src and not yet used
	offset   int64 // of buf[from] in the file
	line     int   // of buf[from], from 1
	err      error // that src ended with
}

// BufferSize is the size in bytes that a buffer begins with.
const BufferSize = 256 << 10

// ErrTooLong means that a row or a feature does not fit the limit given to Fill.
var ErrTooLong = errors.New("too long")

// NewBuffer returns a buffer of size bytes on the first line of src.
func NewBuffer(src io.Reader, size int) *Buffer {
	return &Buffer{src: src, buf: make([]byte, size), line: 1}
}

// Line returns the number of the line of the first unread byte, from 1.
func (b *Buffer) Line() int { return b.line }

// End returns the place in the file behind what is in memory, in bytes from 0, and its line.
func (b *Buffer) End() (offset int64, line int) {
	return b.offset + int64(b.to-b.from), b.line + bytes.Count(b.Unread(), newline)
}

// Unread returns what is in memory and not used yet, valid until the next Fill.
func (b *Buffer) Unread() []byte { return b.buf[b.from:b.to] }

// Skip uses up n bytes of what is unread, or all where there are fewer.
func (b *Buffer) Skip(n int) {
	n = min(n, b.to-b.from)
	b.line += bytes.Count(b.buf[b.from:b.from+n], newline)
	b.offset += int64(n)
	b.from += n
}

var newline = []byte{'\n'}

// Fill reads more behind what is unread, of which there may be limit bytes at most, or else it
// returns ErrTooLong. At the end of the file it returns io.EOF.
func (b *Buffer) Fill(limit int) error {
	if b.to-b.from >= limit {
		return ErrTooLong
	}
	if b.err != nil {
		return b.err
	}
	if b.from > 0 {
		copy(b.buf, b.buf[b.from:b.to])
		b.from, b.to = 0, b.to-b.from
	}
	if b.to == len(b.buf) {
		b.buf = append(b.buf, make([]byte, len(b.buf))...)
	}
	before := b.to
	for b.to < len(b.buf) && b.err == nil {
		var n int
		n, b.err = b.src.Read(b.buf[b.to:])
		b.to += n
	}
	if b.to == before {
		return b.err
	}
	return nil
}
