package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"tungnha/data"
)

// The plain fields of a record are columns of its table by their names. The functions here make
// the lists of columns of the statements and bind and read their values.

// columnNames lists the columns: a, b.
func columnNames[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return f.Name })
}

// selectColumns lists the columns to read. Days come as text: the driver would turn what is
// declared as DATE into time.Time.
func selectColumns[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string {
		if f.Type == data.DayField {
			return f.Name + " || ''"
		}
		return f.Name
	})
}

// setColumns assigns the parameters from number first on to the columns: a = ?3, b = ?4.
func setColumns[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(f *data.Field[R], i int) string { return fmt.Sprintf("%s = ?%d", f.Name, first+i) })
}

// parameters are as many as there are columns: ?, ?.
func parameters[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(*data.Field[R], int) string { return "?" })
}

func joinColumns[R any](fields []data.Field[R], text func(f *data.Field[R], i int) string) string {
	texts := make([]string, len(fields))
	for i := range fields {
		texts[i] = text(&fields[i], i)
	}
	return strings.Join(texts, ", ")
}

// appendColumns appends the values of the plain fields of a record.
func appendColumns[R any](tx *Tx, dst []driver.Value, fields []data.Field[R], r *R) []driver.Value {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			dst = append(dst, tx.date(*f.Day(r)))
		case data.CountField:
			dst = append(dst, numberValue(*f.Count(r)))
		default:
			if text := *f.Text(r); f.NotNull {
				dst = append(dst, text)
			} else {
				dst = append(dst, textValue(text))
			}
		}
	}
	return dst
}

// scanColumns reads the values of the plain fields into a record.
func scanColumns[R any](row []driver.Value, fields []data.Field[R], r *R) (err error) {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			*f.Day(r), err = dateOf(row[i])
		case data.CountField:
			*f.Count(r), err = numberOf(row[i])
		default:
			*f.Text(r), err = textOf(row[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Columns that people read have NULL, not zero values, where nothing is known.

func textValue(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

func dateValue(d data.Date) driver.Value {
	if d == data.NoDate {
		return nil
	}
	return d.String()
}

// date is dateValue, remembered: a bulk load names the same few thousand days again and
// again.
func (tx *Tx) date(d data.Date) driver.Value {
	text, ok := tx.days[d]
	if !ok {
		text = dateValue(d)
		tx.days[d] = text
	}
	return text
}

func numberValue(n int) driver.Value {
	if n == data.Unknown {
		return nil
	}
	return int64(n)
}

// textOf, numberOf and dateOf read back what the functions above wrote, and refuse what
// another editor may have put there instead.

func textOf(v driver.Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("%v (%T): want text", v, v)
}

func numberOf(v driver.Value) (int, error) {
	switch v := v.(type) {
	case nil:
		return data.Unknown, nil
	case int64:
		return int(v), nil
	}
	return 0, fmt.Errorf("%v (%T): want a whole number", v, v)
}

func dateOf(v driver.Value) (data.Date, error) {
	s, err := textOf(v)
	if err != nil {
		return data.NoDate, err
	}
	return data.ParseDate(s)
}

// instant is a moment as it is stored: to the second.
func instant(seconds int64) time.Time { return time.Unix(seconds, 0).In(data.Zone) }
