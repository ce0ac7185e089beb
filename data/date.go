package data

import (
	"time"

	"tungnha/internal/problem"
)

// Date is a calendar day in Asia/Ho_Chi_Minh, counted so that 1900-01-01 is 1. The zero
// value is no date. It fits 16 bits until 2079-06-05, which the index relies on.
type Date int32

// NoDate means that no day is given.
const NoDate Date = 0

// FirstDate is the first day that there is: 1900-01-01.
const FirstDate Date = 1

// MaxDate is the last day that a Date in a record may be: 2079-06-05.
const MaxDate Date = 1<<16 - 1

// Zone is the time zone that decides which day a visit belongs to. Việt Nam has kept
// UTC+7 without summer time since 1975, so no zone database is needed.
var Zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60)

// DaysToUnix is the number of days from the day before 1900-01-01 to 1970-01-01.
const DaysToUnix = 25568

// DateOf returns the day in Việt Nam on which t falls.
func DateOf(t time.Time) Date {
	s := t.Unix() + 7*60*60
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Date(d + DaysToUnix)
}

// Time returns the first instant of d in Việt Nam.
func (d Date) Time() time.Time {
	return time.Unix(int64(d-DaysToUnix)*86400-7*60*60, 0).In(Zone)
}

// Month returns the first day of the month of d, and NoDate of NoDate.
func (d Date) Month() Date {
	if d == NoDate {
		return NoDate
	}
	return d - Date(d.Time().Day()) + 1
}

// MonthName returns the month of d as YYYY-MM, and the empty string of NoDate.
func (d Date) MonthName() string {
	if d == NoDate {
		return ""
	}
	return d.String()[:len("2006-01")]
}

// String returns d as YYYY-MM-DD, and NoDate as the empty string.
func (d Date) String() string {
	var text [len(time.DateOnly)]byte
	return string(d.Append(text[:0]))
}

// Append appends d as String returns it.
func (d Date) Append(b []byte) []byte {
	switch {
	case d == NoDate:
		return b
	case d < NoDate || d > MaxDate:
		return d.Time().AppendFormat(b, time.DateOnly)
	}
	year := 1900 + int(d-1)/366 // or one before it
	if civilDate(year+1, 1, 1) <= d {
		year++
	}
	day, month := int(d-civilDate(year, 1, 1))+1, 1
	for ; day > daysIn(year, month); month++ {
		day -= daysIn(year, month)
	}
	two := func(n int) (tens, ones byte) { return '0' + byte(n/10), '0' + byte(n%10) }
	y1, y2 := two(year / 100)
	y3, y4 := two(year % 100)
	m1, m2 := two(month)
	d1, d2 := two(day)
	return append(b, y1, y2, y3, y4, '-', m1, m2, '-', d1, d2)
}

// ParseDate reads YYYY-MM-DD from 1900-01-01 to MaxDate. The empty string is NoDate.
func ParseDate(s string) (Date, error) {
	d, p := ReadDate("", s)
	if p != nil {
		return NoDate, p
	}
	return d, nil
}

// ReadDate reads what ParseDate reads from a field, and returns what is wrong with it as a problem.
func ReadDate(field, s string) (Date, *problem.Problem) {
	if s == "" {
		return NoDate, nil
	}
	year, month, day, ok := SplitDate(s)
	if !ok {
		return NoDate, problem.NotDay(field, s)
	}
	if month < 1 || month > 12 {
		return NoDate, problem.NoMonth(field, s, month)
	}
	if n := daysIn(year, month); day < 1 || day > n {
		return NoDate, problem.NoSuchDay(field, s, month, year, n)
	}
	if year < 1900 {
		return NoDate, problem.OutsideDays(field, s, FirstDate.String(), MaxDate.String())
	}
	d := civilDate(year, month, day)
	if d > MaxDate {
		return NoDate, problem.OutsideDays(field, s, FirstDate.String(), MaxDate.String())
	}
	return d, nil
}

// SplitDate takes YYYY-MM-DD apart without a check whether there is such a day.
func SplitDate(s string) (year, month, day int, ok bool) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	return year, month, day, ok1 && ok2 && ok3
}

// digits reads a few decimal digits and nothing else.
func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// daysBefore is the number of days before each month of a year that is no leap year, and
// before the month after the last.
var daysBefore = [...]int{1: 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

func daysIn(year, month int) int {
	if month == 2 && isLeap(year) {
		return 29
	}
	return daysBefore[month+1] - daysBefore[month]
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// civilDate counts the days to a day that exists, in 1900 or later.
func civilDate(year, month, day int) Date {
	y := year - 1900
	n := y*365 + daysBefore[month] + day
	if month > 2 && isLeap(year) {
		n++
	}
	// Leap days of the years before this one: 1900 itself had none.
	p := year - 1
	n += p/4 - p/100 + p/400 - (1899/4 - 1899/100 + 1899/400)
	return Date(n)
}

// OrNull returns d as JSON has it: YYYY-MM-DD, and NoDate as null.
func (d Date) OrNull() *string {
	if d == NoDate {
		return nil
	}
	s := d.String()
	return &s
}

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	*d = v
	return err
}
