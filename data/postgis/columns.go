package postgis

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// The plain fields of a record are columns of its table by their names. The functions here make
// the lists of columns of the statements and write and read their values.

// columnNames lists the columns, each behind the prefix: h.a, h.b.
func columnNames[R any](fields []data.Field[R], prefix string) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return prefix + f.Name })
}

// setColumns assigns to each column that of the row n: a = n.a, b = n.b.
func setColumns[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return f.Name + " = n." + f.Name })
}

// arrayParameters are the parameters from number first on, an array for each column.
func arrayParameters[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(f *data.Field[R], i int) string {
		return fmt.Sprintf("$%d::%s[]", first+i, sqlType(f.Type))
	})
}

// numberedParameters are the parameters from number first on, one for each column: $3, $4.
func numberedParameters[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(_ *data.Field[R], i int) string { return fmt.Sprintf("$%d", first+i) })
}

// setParameters assigns the parameters from number first on to the columns: a = $3, b = $4.
func setParameters[R any](fields []data.Field[R], first int) string {
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

// arrays returns the values of arrayParameters for the records.
func arrays[R any](fields []data.Field[R], records []*R) []any {
	all := make([]any, len(fields))
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			all[i] = array(records, func(r *R) pgtype.Date { return dateValue(*f.Day(r)) })
		case data.CountField:
			all[i] = array(records, func(r *R) *int32 { return numberValue(*f.Count(r)) })
		default:
			all[i] = array(records, func(r *R) *string { return fieldText(f, r) })
		}
	}
	return all
}

func array[R, V any](records []*R, value func(*R) V) []V {
	values := make([]V, len(records))
	for i, r := range records {
		values[i] = value(r)
	}
	return values
}

// copyColumns appends the plain fields of a record to a row in PostgreSQL's binary COPY format.
func copyColumns[R any](b []byte, fields []data.Field[R], r *R) []byte {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			b = copyDate(b, *f.Day(r))
		case data.CountField:
			if n := *f.Count(r); n == data.Unknown {
				b = copyNull(b)
			} else {
				b = copyInt32(b, int32(n))
			}
		default:
			if text := *f.Text(r); f.NotNull {
				b = copyText(b, text)
			} else {
				b = copyTextValue(b, text)
			}
		}
	}
	return b
}

// scanColumns reads the plain fields of a record in PostgreSQL's binary format.
func scanColumns[R any](row [][]byte, fields []data.Field[R], r *R) (err error) {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			*f.Day(r), err = rawDate(row[i])
		case data.CountField:
			*f.Count(r) = data.Unknown
			if row[i] != nil {
				*f.Count(r) = int(rawInt32(row[i]))
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

// values returns the plain fields of a record as parameters, see numberedParameters.
func values[R any](fields []data.Field[R], r *R) []any {
	all := make([]any, len(fields))
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			all[i] = dateValue(*f.Day(r))
		case data.CountField:
			all[i] = numberValue(*f.Count(r))
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
	return textValue(*f.Text(r))
}
