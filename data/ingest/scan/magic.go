package scan

import (
	"bytes"

	"tungnha/internal/problem"
)

// magics are the first bytes of files that people take for tables of text.
var magics = []struct{ prefix, format string }{
	{"PK\x03\x04", "zip"},
	{"\xd0\xcf\x11\xe0", "xls"},
	{"\x1f\x8b", "gzip"},
	{"\xff\xfe", "utf16"},
	{"\xfe\xff", "utf16"},
	{"SQLite format 3\x00", "sqlite"},
	{"PAR1", "parquet"},
	{"%PDF", "pdf"},
	{"<", "markup"},
}

// CheckMagic refuses what is not text in UTF-8 by its first bytes.
func CheckMagic(b []byte) error {
	start := bytes.TrimLeft(bytes.TrimPrefix(b, []byte(ByteOrderMark)), " \t\r\n")
	for _, m := range magics {
		if bytes.HasPrefix(b, []byte(m.prefix)) || bytes.HasPrefix(start, []byte(m.prefix)) {
			return problem.NotTable(m.format)
		}
	}
	if bytes.IndexByte(b[:min(len(b), 4096)], 0) >= 0 {
		return problem.ZeroBytes()
	}
	return nil
}
