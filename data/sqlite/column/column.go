// Package column makes the lists of columns of SQL statements, and the values of records in SQLite. The plain fields of
// a record are columns of its table by their names.
package column

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"tungnha/data"
)

// Names lists the columns: a, b.
func Names[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string { return f.Name })
}

// Selected lists the columns to read. Days come as text: the driver would turn what is
// declared as DATE into time.Time.
func Selected[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(f *data.Field[R], _ int) string {
		if f.Type == data.DayField {
			return f.Name + " || ''"
		}
		return f.Name
	})
}

// Assignments assigns the parameters from number first on to the columns: a = ?3, b = ?4.
func Assignments[R any](fields []data.Field[R], first int) string {
	return joinColumns(fields, func(f *data.Field[R], i int) string { return fmt.Sprintf("%s = ?%d", f.Name, first+i) })
}

// Parameters are as many as there are columns: ?, ?.
func Parameters[R any](fields []data.Field[R]) string {
	return joinColumns(fields, func(*data.Field[R], int) string { return "?" })
}

func joinColumns[R any](fields []data.Field[R], text func(f *data.Field[R], i int) string) string {
	texts := make([]string, len(fields))
	for i := range fields {
		texts[i] = text(&fields[i], i)
	}
	return strings.Join(texts, ", ")
}

// Append appends the values of the plain fields of a record; date makes that of a day.
func Append[R any](dst []driver.Value, fields []data.Field[R], r *R,
	date func(data.Date) driver.Value) []driver.Value {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			dst = append(dst, date(*f.Day(r)))
		case data.CountField:
			dst = append(dst, NumberValue(*f.Count(r)))
		default:
			if text := *f.Text(r); f.NotNull {
				dst = append(dst, text)
			} else {
				dst = append(dst, TextValue(text))
			}
		}
	}
	return dst
}

// Scan reads the values of the plain fields into a record.
func Scan[R any](row []driver.Value, fields []data.Field[R], r *R) (err error) {
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case data.DayField:
			*f.Day(r), err = Date(row[i])
		case data.CountField:
			*f.Count(r), err = Number(row[i])
		default:
			*f.Text(r), err = Text(row[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Columns that people read have NULL, not zero values, where nothing is known.

// TextValue is NULL for no text.
func TextValue(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

// DateValue is NULL for no day.
func DateValue(d data.Date) driver.Value {
	if d == data.NoDate {
		return nil
	}
	return d.String()
}

// NumberValue is NULL for an unknown number.
func NumberValue(n int) driver.Value {
	if n == data.Unknown {
		return nil
	}
	return int64(n)
}

// The functions below read back what those above wrote, and refuse what another editor may have put there instead.

// Text reads a text; NULL is none.
func Text(v driver.Value) (string, error) {
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

// Number reads a number; NULL is data.Unknown.
func Number(v driver.Value) (int, error) {
	switch v := v.(type) {
	case nil:
		return data.Unknown, nil
	case int64:
		return int(v), nil
	}
	return 0, fmt.Errorf("%v (%T): want a whole number", v, v)
}

// Date reads a day; NULL is data.NoDate.
func Date(v driver.Value) (data.Date, error) {
	s, err := Text(v)
	if err != nil {
		return data.NoDate, err
	}
	return data.ParseDate(s)
}

// Instant is a moment as it is stored: to the second.
func Instant(seconds int64) time.Time { return time.Unix(seconds, 0).In(data.Zone) }

// CountValue is NULL for 0.
func CountValue(n int64) driver.Value {
	if n == 0 {
		return nil
	}
	return n
}

// Unpack reads outcome (bits 32 to 35), assessed (16 to 31) and shown (0 to 15).
func Unpack(k *data.SkillBits, packed int64, v *data.Visit) error {
	v.Outcome = data.Outcome(packed >> 32 & 15)
	var assessed, shown bool
	v.Assessed, assessed = k.Set(uint16(packed >> 16))
	v.Shown, shown = k.Set(uint16(packed))
	if !assessed || !shown {
		return errors.New("holds a skill that is not in the list this program has of them")
	}
	return nil
}
