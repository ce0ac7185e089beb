package column

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// Columns that people read have NULL, not zero values, where nothing is known.

// TextValue is NULL for no text.
func TextValue(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// NumberValue is NULL for an unknown number.
func NumberValue(n int) *int32 {
	if n == data.Unknown {
		return nil
	}
	v := int32(n)
	return &v
}

// DateValue is NULL for no day.
func DateValue(d data.Date) pgtype.Date {
	if d == data.NoDate {
		return pgtype.Date{}
	}
	year, month, day := d.Time().Date()
	return pgtype.Date{Time: time.Date(year, month, day, 0, 0, 0, 0, time.UTC), Valid: true}
}

// Date refuses days beyond the range of data.Date; the table's checks refuse them, too.
func Date(d pgtype.Date) (data.Date, error) {
	if !d.Valid {
		return data.NoDate, nil
	}
	if d.InfinityModifier != pgtype.Finite {
		return data.NoDate, fmt.Errorf("%v is no day", d.InfinityModifier)
	}
	return data.ParseDate(d.Time.Format(time.DateOnly))
}

// Instant is a moment as it is stored: to the second.
func Instant(seconds int64) time.Time { return time.Unix(seconds, 0).In(data.Zone) }

// The rows of large tables are read as they come, in PostgreSQL's binary format.

// RawInt32 reads an int4; 0 for NULL.
func RawInt32(b []byte) int32 {
	if len(b) != 4 {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}

// RawInt64 reads an int8; 0 for NULL.
func RawInt64(b []byte) int64 {
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// RawDate reads a date, which the table's checks keep within the range of data.Date; nil is
// NULL.
func RawDate(b []byte) (data.Date, error) {
	if b == nil {
		return data.NoDate, nil
	}
	d := data.Date(RawInt32(b)) + EpochDate
	if len(b) != 4 || d < 1 || d > data.MaxDate {
		return data.NoDate, fmt.Errorf("outside %s to %s", data.Date(1), data.MaxDate)
	}
	return d, nil
}

// RawInstant reads a timestamptz: microseconds since 2000-01-01 UTC.
func RawInstant(b []byte) time.Time {
	micros := RawInt64(b)
	seconds := micros / 1e6
	if micros%1e6 < 0 {
		seconds--
	}
	return Instant(seconds + EpochSeconds)
}

// The columns of a row in binary COPY: the length as int32, −1 for NULL, then the value.

// CopyRow begins a row of so many columns.
func CopyRow(b []byte, columns int) []byte { return binary.BigEndian.AppendUint16(b, uint16(columns)) }

// CopyText appends a text.
func CopyText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// CopyNull appends NULL.
func CopyNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

// CopyTextValue writes NULL for no text.
func CopyTextValue(b []byte, s string) []byte {
	if s == "" {
		return CopyNull(b)
	}
	return CopyText(b, s)
}

// CopyInt32 appends an int4.
func CopyInt32(b []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(n))
}

// CopyInt64 appends an int8.
func CopyInt64(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(n))
}

// CopyDate appends a date, NULL for no day.
func CopyDate(b []byte, d data.Date) []byte {
	if d == data.NoDate {
		return CopyNull(b)
	}
	return CopyInt32(b, int32(d-EpochDate))
}

// PostgreSQL counts days and microseconds from 2000-01-01, the latter in UTC.
const (
	EpochDate    = data.Date(36525)
	EpochSeconds = 946684800
)
