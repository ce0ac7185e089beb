package scan

import (
	"bytes"
	"io"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"tungnha/internal/problem"
)

// Encoding is how the letters of a file are written as bytes, by its name at IANA. Empty is UTF-8.
type Encoding string

// The encodings that are read. Vietnamese Windows programs without Unicode write Windows1258.
const (
	UTF8        Encoding = "utf-8"
	Windows1258 Encoding = "windows-1258"
)

// ByteOrderMark begins a file that says it is UTF-8.
const ByteOrderMark = "\ufeff"

// ParseEncoding reads the name of an encoding.
func ParseEncoding(s string) (Encoding, *problem.Problem) {
	switch e := Encoding(s); e {
	case UTF8, Windows1258:
		return e, nil
	}
	return "", problem.WantOneOf(UTF8, Windows1258)
}

// Decode returns what r has in UTF-8. What begins with a byte order mark is UTF-8, whatever e.
func (e Encoding) Decode(r io.Reader) io.Reader {
	if e != Windows1258 {
		return r
	}
	start := make([]byte, len(ByteOrderMark))
	n, err := io.ReadFull(r, start)
	whole := io.MultiReader(bytes.NewReader(start[:n]), r)
	if err == nil && string(start) == ByteOrderMark {
		return whole
	}
	return transform.NewReader(whole, charmap.Windows1258.NewDecoder())
}

// EndLines makes the line ends of old Macintosh programs those of all others.
func EndLines(b []byte) {
	for i, c := range b {
		if c == '\r' {
			b[i] = '\n'
		}
	}
}

// EndsInCR reports whether the first line of b ends in CR alone.
func EndsInCR(b []byte) bool {
	i := bytes.IndexAny(b, "\r\n")
	return i >= 0 && b[i] == '\r' && (i+1 == len(b) || b[i+1] != '\n')
}
