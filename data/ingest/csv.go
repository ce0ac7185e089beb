package ingest

import (
	"io"
	"strings"
	"unicode/utf8"

	"tungnha/data"
	"tungnha/data/ingest/form"
	"tungnha/data/ingest/scan"
	"tungnha/data/ingest/value"
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
	columns   []form.Column
	index     []int        // for each column of the file its place in the columns of the kind, or below 0
	listed    uint16       // the columns of the kind that the file has by one of its own, a bit each
	asks      bool         // there are columns that are no field
	answers   form.Answers // of a row
	id        string       // the name of the column of ids
	present   uint16       // the columns of the kind that the file has, a bit each
	stale     int          // leading columns that an earlier rejects file added
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
	fields := columnsOf(kind)
	c.columns = match(kind, c.names)
	c.index = make([]int, len(c.names))
	for i, column := range c.columns {
		switch column.Role {
		case form.Unused:
			c.index[i] = unusedColumn
		case form.Field:
			if c.listed>>column.At&1 == 1 {
				return problem.ColumnTwice(fields[column.At])
			}
			c.index[i] = column.At
			c.listed |= 1 << column.At
			if column.At == 0 {
				c.id = c.names[i]
			}
		default:
			c.index[i] = answerColumn
			c.asks = true
		}
	}
	c.present = given(c.columns)
	return nil
}

// What a column of the file is that is no field.
const (
	unusedColumn = -1
	answerColumn = -2 // see answers
)

// unused lists the columns that the kind does not have.
func (c *csvReader) unused() (names []string) {
	for i, at := range c.index {
		if at == unusedColumn && !isIgnored(c.names[i]) {
			names = append(names, c.names[i])
		}
	}
	return names
}

// isIgnored reports whether a column is passed over without a word: those of a rejects
// file, as every name with an underscore in front.
func isIgnored(name string) bool { return name == "" || strings.HasPrefix(form.Fold(name), "_") }

// separatorOf finds what divides the columns: whatever finds the most known ones or, where there are none, the most.
func separatorOf(header string) byte {
	best, most := byte(','), 0
	for _, separator := range []byte{',', ';', '\t'} {
		names := strings.Split(header, string(separator))
		known := len(names) - 1 // only where no name is known
		for _, name := range names {
			name = form.Fold(strings.Trim(strings.TrimSpace(name), `"`))
			for _, kind := range []data.Kind{data.Areas, data.Households, data.Teams, data.Visits} {
				if form.Index(columnsOf(kind), name) >= 0 {
					known += maxCSVRow
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
		if raw[0] == scan.ByteOrderMark[0] && c.joined(r) || c.parse(r) {
			return nil
		}
	}
}

// joined takes a row apart that begins with a byte order mark: a file was put behind another. Where it is no header,
// the mark stays in the first value.
func (c *csvReader) joined(r *row) (any bool) {
	rest, marked := strings.CutPrefix(r.raw, scan.ByteOrderMark)
	if !marked {
		return false
	}
	whole := *r
	r.raw = rest
	if any = c.parse(r); r.leftOut == nil {
		*r = whole
		return false
	}
	return any
}

// isHeader reports whether the values of a row are the names of their columns.
func (c *csvReader) isHeader(r *row) bool {
	for i, at := range c.index {
		if at >= 0 && r.values[at] != c.names[i] {
			return false
		}
	}
	return true
}

// parse splits the row into its values, and reports whether there is any.
func (c *csvReader) parse(r *row) (any bool) {
	if c.asks {
		c.answers.Reset()
	}
	rest, column, more := r.raw, 0, true
	for more {
		var text string
		var p *problem.Problem
		text, rest, more, p = c.field(rest)
		if p != nil {
			r.problem = p.At(c.nameOf(column))
			return true
		}
		if column == c.stale {
			r.first = text
		}
		if text != "" {
			any = any || text[0] < utf8.RuneSelf || !value.IsBlank(text)
			if column >= len(c.index) {
				n := column + 1
				if more {
					n += 1 + strings.Count(rest, string(c.separator))
				}
				r.problem = c.tooManyColumns(n)
				return true
			}
			if at := c.index[column]; at >= 0 {
				r.values[at] = scan.WithoutApostrophe(text)
			} else if at == answerColumn {
				c.answers.Take(c.columns[column], c.names[column], text)
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
	if c.asks {
		r.answer(&c.answers, c.listed)
	}
	if r.values[0] != "" && r.values[0] == c.id && c.isHeader(r) {
		r.leftOut = &value.Note{Kind: value.HeaderAgain}
		return true
	}
	if r.ascii = value.IsASCII(r.raw); !r.ascii && !utf8.ValidString(r.raw) {
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
		if p := value.Broken(c.nameOf(i), field); p != nil {
			return p
		}
	}
	return value.Broken("", raw)
}

func (c *csvReader) nameOf(column int) string {
	if column >= len(c.names) {
		return ""
	}
	return form.Fold(c.names[column])
}

// split appends the values of a row to dst.
func (c *csvReader) split(dst []string, raw string) ([]string, *problem.Problem) {
	for more := true; more; {
		var text string
		var p *problem.Problem
		if text, raw, more, p = c.field(raw); p != nil {
			return dst, p
		}
		dst = append(dst, text)
	}
	return dst, nil
}

// field takes the first field off a row. more: a separator came behind it. Space
// around a value is dropped, quoted or not: it is never meant.
func (c *csvReader) field(s string) (text, rest string, more bool, p *problem.Problem) {
	if s != "" && s[0] == '"' {
		return c.quotedField(s)
	}
	if i := strings.IndexByte(s, c.separator); i >= 0 {
		return value.Trim(s[:i]), s[i+1:], true, nil
	}
	return value.Trim(s), "", false, nil
}

func (c *csvReader) quotedField(s string) (text, rest string, more bool, p *problem.Problem) {
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
		text, rest = s[1:i], strings.TrimLeft(s[i+1:], " ")
		if escaped {
			text = strings.ReplaceAll(text, `""`, `"`)
		}
		switch {
		case rest == "":
			return value.Trim(text), "", false, nil
		case rest[0] == c.separator:
			return value.Trim(text), rest[1:], true, nil
		}
		return "", "", false, problem.TextBehindQuote(rest)
	}
	return "", "", false, problem.OpenQuote()
}
