package ingest

import (
	"io"
	"strings"
	"unicode/utf8"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// maxCSVRow is the greatest length of a row in bytes, its line breaks included. A file
// without line ends, or with a quote that nothing closes, is refused at this length
// instead of being read into memory.
const maxCSVRow = 1 << 20

// csvReader reads the rows of a CSV file: fields divided by comma, semicolon or tab, quoted
// as in RFC 4180, lines ended by LF or CRLF. It has one row at a time.
type csvReader struct {
	src       *scan.Buffer
	separator byte
	header    string   // the first line as it is
	bom       bool     // the file began with a byte order mark
	crlf      bool     // lines end in CRLF
	names     []string // the column names as they are
	index     []int    // for each column of the file its place in the columns of the kind, or -1
	present   uint16   // the columns of the kind that the file has, a bit each
	stale     int      // leading columns that an earlier rejects file added
}

// newCSVReader reads the header. src is behind the byte order mark.
func newCSVReader(src *scan.Buffer, bom bool) (*csvReader, error) {
	c := &csvReader{src: src, bom: bom}
	header, err := c.headerLine()
	if err != nil {
		return nil, err
	}
	if separator, ok := strings.CutPrefix(header, "sep="); ok && len(separator) == 1 {
		// Spreadsheets put this line before the header to name what divides the columns.
		if header, err = c.headerLine(); err != nil {
			return nil, err
		}
	}
	if !utf8.ValidString(header) {
		return nil, problem.HeaderNotUTF8()
	}
	c.header = header
	c.separator = separatorOf(header)
	names, p := c.split(nil, header)
	if p != nil {
		return nil, problem.InHeader(p)
	}
	c.names = names
	for c.stale < len(c.names) && isRejectColumn(c.names[c.stale]) {
		c.stale++
	}
	return c, nil
}

// headerLine reads the first line that is not blank.
func (c *csvReader) headerLine() (string, error) {
	for {
		raw, err := c.rawRow()
		if err == io.EOF {
			return "", problem.FileEmpty()
		}
		if err != nil {
			return "", err
		}
		if line := string(raw); strings.TrimSpace(line) != "" {
			return line, nil
		}
	}
}

// setKind finds the columns of the kind.
func (c *csvReader) setKind(kind data.Kind) error {
	columns := columnsOf(kind)
	c.index = make([]int, len(c.names))
	for i, name := range c.names {
		at := columnIndex(columns, name)
		if at >= 0 && c.present>>at&1 == 1 {
			return problem.ColumnTwice(columns[at])
		}
		c.index[i] = at
		if at >= 0 {
			c.present |= 1 << at
		}
	}
	return nil
}

// unused lists the columns that the kind does not have.
func (c *csvReader) unused() (names []string) {
	for i, at := range c.index {
		if at < 0 && !isIgnored(c.names[i]) {
			names = append(names, c.names[i])
		}
	}
	return names
}

// isIgnored reports whether a column is passed over without a word: those of a rejects
// file, as every name with an underscore in front.
func isIgnored(name string) bool { return name == "" || strings.HasPrefix(foldColumn(name), "_") }

// separatorOf finds what divides the columns: whatever finds the most known ones.
func separatorOf(header string) byte {
	best, most := byte(','), 0
	for _, separator := range []byte{',', ';', '\t'} {
		known := 0
		for _, name := range strings.Split(header, string(separator)) {
			name = foldColumn(strings.Trim(strings.TrimSpace(name), `"`))
			for _, kind := range []data.Kind{data.Areas, data.Households, data.Teams, data.Visits} {
				if columnIndex(columnsOf(kind), name) >= 0 {
					known++
					break
				}
			}
		}
		if known > most {
			best, most = separator, known
		}
	}
	return best
}

// next reads the next row that is not blank. What is wrong with this row alone is its
// problem; an error ends the file.
func (c *csvReader) next(r *row) error {
	for {
		line := c.src.Line()
		raw, err := c.rawRow()
		if err != nil {
			return err
		}
		if len(raw) == 0 {
			continue
		}
		*r = row{line: line, raw: string(raw), present: c.present}
		if c.parse(r) {
			return nil
		}
	}
}

// parse splits the row into its values, and reports whether there is any.
func (c *csvReader) parse(r *row) (any bool) {
	rest, column, more := r.raw, 0, true
	for more {
		var value string
		var p *problem.Problem
		value, rest, more, p = c.field(rest)
		if p != nil {
			r.problem = p.At(c.nameOf(column))
			return true
		}
		if value != "" {
			any = true
			if column >= len(c.index) {
				n := column + 1
				if more {
					n += 1 + strings.Count(rest, string(c.separator))
				}
				r.problem = c.tooManyColumns(n)
				return true
			}
			if at := c.index[column]; at >= 0 {
				r.values[at] = scan.WithoutApostrophe(value)
			}
		}
		column++
	}
	if !any {
		return false
	}
	if column < len(c.index) {
		r.problem = problem.ColumnCount(column, len(c.index))
		return true
	}
	if !utf8.ValidString(r.raw) {
		r.problem = c.brokenColumn(r.raw)
	}
	return true
}

func (c *csvReader) tooManyColumns(n int) *problem.Problem {
	if c.separator == ',' {
		return problem.TooManyCommas(n, len(c.index))
	}
	return problem.ColumnCount(n, len(c.index))
}

// brokenColumn finds which column of a row is not UTF-8.
func (c *csvReader) brokenColumn(raw string) *problem.Problem {
	fields, _ := c.split(nil, raw)
	for i, field := range fields {
		if p := brokenText(c.nameOf(i), field); p != nil {
			return p
		}
	}
	return brokenText("", raw)
}

func (c *csvReader) nameOf(column int) string {
	if column >= len(c.names) {
		return ""
	}
	return foldColumn(c.names[column])
}

// split appends the values of a row to dst.
func (c *csvReader) split(dst []string, raw string) ([]string, *problem.Problem) {
	for more := true; more; {
		var value string
		var p *problem.Problem
		if value, raw, more, p = c.field(raw); p != nil {
			return dst, p
		}
		dst = append(dst, value)
	}
	return dst, nil
}

// field takes the first field off a row. more: a separator came behind it. Space
// around a value is dropped, quoted or not: it is never meant.
func (c *csvReader) field(s string) (value, rest string, more bool, p *problem.Problem) {
	if s != "" && s[0] == '"' {
		return c.quotedField(s)
	}
	if i := strings.IndexByte(s, c.separator); i >= 0 {
		return trim(s[:i]), s[i+1:], true, nil
	}
	return trim(s), "", false, nil
}

func (c *csvReader) quotedField(s string) (value, rest string, more bool, p *problem.Problem) {
	escaped := false
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			escaped = true
			i++
			continue
		}
		value, rest = s[1:i], strings.TrimLeft(s[i+1:], " ")
		if escaped {
			value = strings.ReplaceAll(value, `""`, `"`)
		}
		switch {
		case rest == "":
			return trim(value), "", false, nil
		case rest[0] == c.separator:
			return trim(value), rest[1:], true, nil
		}
		return "", "", false, problem.TextBehindQuote(rest)
	}
	return "", "", false, problem.OpenQuote()
}

// trim is strings.TrimSpace with a way out for the values that need none.
func trim(s string) string {
	if s == "" || (s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf) {
		return s
	}
	return strings.TrimSpace(s)
}
