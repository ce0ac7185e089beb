package data

import (
	"fmt"
	"time"
)

// Date is a calendar day in Asia/Ho_Chi_Minh, counted so that 1900-01-01 is 1. The zero
// value is no date. It fits 16 bits until 2079-06-06, which the index relies on.
type Date int32

// NoDate means that no day is given.
const NoDate Date = 0

// MaxDate is the last day that a Date in a record may hold: 2079-06-06.
const MaxDate Date = 1<<16 - 1

// Zone is the time zone that decides which day a visit belongs to. Việt Nam has kept
// UTC+7 without summer time since 1975, so no zone database is needed.
var Zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60)

// daysToUnix is the number of days from the day before 1900-01-01 to 1970-01-01.
const daysToUnix = 25568

// DateOf returns the day in Việt Nam on which t falls.
func DateOf(t time.Time) Date {
	s := t.Unix() + 7*60*60
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Date(d + daysToUnix)
}

// Time returns the first instant of d in Việt Nam.
func (d Date) Time() time.Time {
	return time.Unix(int64(d-daysToUnix)*86400-7*60*60, 0).In(Zone)
}

// String returns d as YYYY-MM-DD, and NoDate as the empty string.
func (d Date) String() string {
	if d == NoDate {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// ParseDate reads YYYY-MM-DD from 1900-01-01 to MaxDate. The empty string is NoDate.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return NoDate, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, Zone)
	if err != nil {
		return NoDate, fmt.Errorf("%q is not a day of the form YYYY-MM-DD", s)
	}
	d := DateOf(t)
	if d < 1 || d > MaxDate {
		return NoDate, fmt.Errorf("%s is outside 1900-01-01 to %s", s, MaxDate)
	}
	return d, nil
}

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	*d = v
	return err
}
