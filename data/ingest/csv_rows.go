package ingest

import (
	"bytes"
	"io"

	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// rawRow returns the next row without its line end, valid until the next call.
func (c *csvReader) rawRow() ([]byte, error) {
	scanned := 0
	for {
		unread := c.src.Unread()
		end, known := rowEnd(unread, scanned, c.separator)
		if known {
			row := unread[:end]
			c.src.Skip(end + 1)
			return c.trimCR(row), nil
		}
		scanned = end
		if err := c.src.Fill(maxCSVRow); err == io.EOF {
			return c.lastRow()
		} else if err == scan.ErrTooLong {
			return nil, c.tooLong()
		} else if err != nil {
			return nil, err
		}
	}
}

// lastRow returns what is behind the last line end.
func (c *csvReader) lastRow() ([]byte, error) {
	row := c.src.Unread()
	if len(row) == 0 {
		return nil, io.EOF
	}
	if c.opensQuote(row) {
		return nil, problem.InLine(c.src.Line(), problem.OpenQuote())
	}
	c.src.Skip(len(row))
	return c.trimCR(row), nil
}

func (c *csvReader) trimCR(row []byte) []byte {
	if n := len(row); n > 0 && row[n-1] == '\r' {
		c.crlf = true
		return row[:n-1]
	}
	return row
}

func (c *csvReader) tooLong() error {
	if c.opensQuote(c.src.Unread()) {
		return problem.InLine(c.src.Line(), problem.LongQuote(maxCSVRow))
	}
	return problem.LongLine(c.src.Line(), maxCSVRow)
}

// opensQuote reports whether the row ends inside a quoted field.
func (c *csvReader) opensQuote(row []byte) bool {
	_, known := rowEnd(append(row[:len(row):len(row)], '\n'), 0, c.separator)
	return !known
}

// rowEnd finds the line end that ends the first row of b: one outside quotes. The first
// scanned bytes are known to have no line end at all; where none is found, it returns how
// many bytes that is true for now.
func rowEnd(b []byte, scanned int, separator byte) (end int, known bool) {
	i := bytes.IndexByte(b[scanned:], '\n')
	if i < 0 {
		return len(b), false
	}
	end = scanned + i
	if bytes.IndexByte(b[:end], '"') < 0 {
		return end, true
	}
	// A quote opens a field only as its first byte; inside one, two mean one, which
	// is the same as closing and opening again.
	quoted, first := false, true
	for i, char := range b {
		switch {
		case char == '"' && (quoted || first):
			quoted = !quoted
			first = !quoted // a quote right behind a closing one opens again
			continue
		case quoted:
			continue
		case char == '\n':
			return i, true
		}
		first = separator == 0 && (char == ',' || char == ';' || char == '\t') || char == separator
	}
	return end, false
}
