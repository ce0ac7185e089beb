package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// writeCSV writes a header and a row a line, comma-separated, with dots in decimals and
// lists joined by semicolons.
func (t *Table) writeCSV(ctx context.Context, w io.Writer) error {
	out := csv.NewWriter(bufio.NewWriterSize(w, 1<<16))
	fields := make([]string, len(t.Columns))
	for i := range t.Columns {
		fields[i] = t.Columns[i].Name
	}
	if err := out.Write(fields); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	err := t.Each(ctx, func(_ orb.Geometry, values []Value) error {
		for i := range values {
			fields[i] = plain(t.Columns[i].Type, &values[i])
		}
		return out.Write(fields)
	})
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out.Flush()
	return out.Error()
}

// plain returns a value as it stands in a field; null is empty.
func plain(t Type, v *Value) string {
	if v.Null {
		return ""
	}
	switch t {
	case Integer:
		return strconv.FormatInt(v.Integer, 10)
	case Real:
		return strconv.FormatFloat(v.Real, 'f', -1, 64)
	case Boolean:
		return strconv.FormatBool(v.Integer != 0)
	case List:
		return safe(join(v.List))
	default:
		return safe(v.Text)
	}
}

// safe keeps a spreadsheet from running a text as a formula.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
