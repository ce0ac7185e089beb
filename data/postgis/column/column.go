// Package column makes the lists of columns of SQL statements, and the values of records in PostgreSQL. The plain
// fields of a record are columns of its table by their names.
package column

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// Names lists the columns, each behind the prefix: h.a, h.b.
func Names[R any](fields []data.Field[R], prefix string) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return prefix + f.Name })
}

// Assignments assigns to each column that of the row n: a = n.a, b = n.b.
func Assignments[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return f.Name + " = n." + f.Name })
}

// ArrayParameters are the parameters from number first on, an array for each column.
func ArrayParameters[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(f *data.Field[R], i int) string {
		return fmt.Sprintf("$%d::%s[]", first+i, sqlType(f.Type))
	})
}

// NumberedParameters are the parameters from number first on, one for each column: $3, $4.
func NumberedParameters[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(_ *data.Field[R], i int) string { return fmt.Sprintf("$%d", first+i) })
}

// SetParameters assigns the parameters from number first on to the columns: a = $3, b = $4.
func SetParameters[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(f *data.Field[R], i int) string { return fmt.Sprintf("%s = $%d", f.Name, first+i) })
}

func joinColumns[R any](fields []data.Field[R], text func(f *data.Field[R], i int) string) string {
	texts := make([]string, len(fields))
	for i := range fields {
		texts[i] = text(&fields[i], i)
	}
	return strings.Join(texts, ", ")
}

func sqlType(t data.FieldType) string {
	switch t {
	case data.DayField:
		return "date"
	case data.CountField:
		return "integer"
	}
	return "text"
}

// Arrays returns the values of ArrayParameters for the records.
func Arrays[R any](fields []data.Field[R], records []*R) []any {
	all := make([]any, len(fields))
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			all[i] = Array(records, func(r *R) pgtype.Date { return DateValue(*f.Day(r)) })
		case data.CountField:
			all[i] = Array(records, func(r *R) *int32 { return NumberValue(*f.Count(r)) })
		default:
			all[i] = Array(records, func(r *R) *string { return fieldText(f, r) })
		}
	}
	return all
}

// Array returns a value of each record.
func Array[R, V any](records []*R, value func(*R) V) []V {
	values := make([]V, len(records))
	for i, r := range records {
		values[i] = value(r)
	}
	return values
}

// AppendCopy appends the plain fields of a record to a row in PostgreSQL's binary COPY format.
func AppendCopy[R any](b []byte, fields []data.Field[R], r *R) []byte {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			b = CopyDate(b, *f.Day(r))
		case data.CountField:
			if n := *f.Count(r); n == data.Unknown {
				b = CopyNull(b)
			} else {
				b = CopyInt32(b, int32(n))
			}
		default:
			if text := *f.Text(r); f.NotNull {
				b = CopyText(b, text)
			} else {
				b = CopyTextValue(b, text)
			}
		}
	}
	return b
}

// Scan reads the plain fields of a record in PostgreSQL's binary format.
func Scan[R any](row [][]byte, fields []data.Field[R], r *R) (err error) {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			*f.Day(r), err = RawDate(row[i])
		case data.CountField:
			*f.Count(r) = data.Unknown
			if row[i] != nil {
				*f.Count(r) = int(RawInt32(row[i]))
			}
		default:
			*f.Text(r) = string(row[i])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", fields[i].Name, err)
		}
	}
	return nil
}

// Values returns the plain fields of a record as parameters, see NumberedParameters.
func Values[R any](fields []data.Field[R], r *R) []any {
	all := make([]any, len(fields))
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			all[i] = DateValue(*f.Day(r))
		case data.CountField:
			all[i] = NumberValue(*f.Count(r))
		default:
			all[i] = fieldText(f, r)
		}
	}
	return all
}

// fieldText is the value of a text field: NULL where it is empty, but in columns that are NOT NULL.
func fieldText[R any](f *data.Field[R], r *R) *string {
	if f.NotNull {
		return f.Text(r)
	}
	return TextValue(*f.Text(r))
}
