package ingest

import (
	"strconv"
	"strings"

	"tungnha/data/ingest/form"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// The columns that a rejects file has in front.
const (
	rejectLine   = "_line"
	rejectField  = "_field"
	rejectReason = "_reason"
)

func isRejectColumn(name string) bool {
	name = form.Fold(name)
	return name == rejectLine || name == rejectField || name == rejectReason
}

// rejectHeader begins a rejects file: the same columns, separator and line ends, behind
// three of its own. In front, they stay in line where a row has too few columns.
func (c *csvReader) rejectHeader() string {
	var b strings.Builder
	if c.bom {
		b.WriteString(scan.ByteOrderMark)
	}
	for _, name := range []string{rejectLine, rejectField, rejectReason} {
		b.WriteString(name)
		b.WriteByte(c.separator)
	}
	b.WriteString(c.withoutStale(c.header))
	b.WriteString(c.lineEnd())
	return b.String()
}

// appendReject appends a row to a rejects file, byte for byte as it was.
func (c *csvReader) appendReject(dst []byte, raw string, line int, p *problem.Problem, l problem.Lang) []byte {
	dst = strconv.AppendInt(dst, int64(line), 10)
	dst = append(dst, c.separator)
	dst = append(scan.AppendQuoted(dst, p.Field, c.separator), c.separator)
	dst = append(scan.AppendQuoted(dst, p.Reason(l), c.separator), c.separator)
	dst = append(dst, c.withoutStale(raw)...)
	return append(dst, c.lineEnd()...)
}

// withoutStale cuts off the columns that an earlier rejects file put in front.
func (c *csvReader) withoutStale(raw string) string {
	for range c.stale {
		_, rest, more, p := c.field(raw)
		if p != nil || !more {
			break
		}
		raw = rest
	}
	return raw
}

func (c *csvReader) lineEnd() string {
	if c.crlf {
		return "\r\n"
	}
	return "\n"
}
