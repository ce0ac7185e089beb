package postgis

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"tungnha/data"
)

// Columns that people read have NULL, not zero values, where nothing is known.

func textValue(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func numberValue(n int) *int32 {
	if n == data.Unknown {
		return nil
	}
	v := int32(n)
	return &v
}

func dateValue(d data.Date) pgtype.Date {
	if d == data.NoDate {
		return pgtype.Date{}
	}
	year, month, day := d.Time().Date()
	return pgtype.Date{Time: time.Date(year, month, day, 0, 0, 0, 0, time.UTC), Valid: true}
}

// dateOf refuses days beyond the range of data.Date; the table's checks refuse them, too.
func dateOf(d pgtype.Date) (data.Date, error) {
	if !d.Valid {
		return data.NoDate, nil
	}
	if d.InfinityModifier != pgtype.Finite {
		return data.NoDate, fmt.Errorf("%v is no day", d.InfinityModifier)
	}
	return data.ParseDate(d.Time.Format(time.DateOnly))
}

// instant is a moment as it is stored: to the second.
func instant(seconds int64) time.Time { return time.Unix(seconds, 0).In(data.Zone) }

// The rows of large tables are read as they come, in PostgreSQL's binary format.

func rawInt32(b []byte) int32 {
	if len(b) != 4 {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}

func rawInt64(b []byte) int64 {
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// rawDate reads a date, which the table's checks keep within the range of data.Date; nil is
// NULL.
func rawDate(b []byte) (data.Date, error) {
	if b == nil {
		return data.NoDate, nil
	}
	d := data.Date(rawInt32(b)) + epochDate
	if len(b) != 4 || d < 1 || d > data.MaxDate {
		return data.NoDate, fmt.Errorf("outside %s to %s", data.Date(1), data.MaxDate)
	}
	return d, nil
}

// rawInstant reads a timestamptz: microseconds since 2000-01-01 UTC.
func rawInstant(b []byte) time.Time {
	micros := rawInt64(b)
	seconds := micros / 1e6
	if micros%1e6 < 0 {
		seconds--
	}
	return instant(seconds + epochSeconds)
}
