package export

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// writeCSV writes a header and a row a line as RFC 4180 has it, but for the line ends:
// comma-separated, with dots in decimals and lists joined by semicolons.
func (t *Table) writeCSV(ctx context.Context, w io.Writer) error {
	var header []byte
	for i := range t.Columns {
		if i > 0 {
			header = append(header, ',')
		}
		header = appendField(header, t.Columns[i].Name)
	}
	if _, err := w.Write(append(header, '\n')); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	_, _, err := t.encode(ctx, w, func(dst []byte, _ int, _ orb.Geometry, values []Value) ([]byte, error) {
		for i := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			v := &values[i]
			switch {
			case v.Null:
			case t.Columns[i].Type == Text:
				dst = appendField(dst, FormulaSafe(v.Text))
			case t.Columns[i].Type == List:
				dst = appendField(dst, FormulaSafe(join(v.List)))
			default:
				dst = AppendPlain(dst, t.Columns[i].Type, v)
			}
		}
		return append(dst, '\n'), nil
	})
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// appendField appends a text, in quotes where it must be.
func appendField(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") && !strings.HasPrefix(s, " ") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for {
		before, after, found := strings.Cut(s, `"`)
		dst = append(dst, before...)
		if !found {
			return append(dst, '"')
		}
		dst = append(dst, `""`...)
		s = after
	}
}

// AppendPlain appends a value as text without quotes; null is empty.
func AppendPlain(dst []byte, t Type, v *Value) []byte {
	if v.Null {
		return dst
	}
	switch t {
	case Integer:
		return strconv.AppendInt(dst, v.Integer, 10)
	case Real, Share:
		return strconv.AppendFloat(dst, v.Real, 'f', -1, 64)
	case Degrees:
		return geo.AppendDegrees(dst, v.Real)
	case Boolean:
		return strconv.AppendBool(dst, v.Integer != 0)
	case List:
		return append(dst, join(v.List)...)
	default:
		return append(dst, v.Text...)
	}
}

// FormulaSafe keeps a spreadsheet from running a text as a formula, by an apostrophe that an import takes away again. A
// text that has apostrophes there itself gets one more.
func FormulaSafe(s string) string {
	if rest := strings.TrimLeft(s, "'"); rest != "" && strings.IndexByte("=+-@\t\r", rest[0]) >= 0 {
		return "'" + s
	}
	return s
}
