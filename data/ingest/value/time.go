package value

import (
	"strings"
	"time"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// Time reads an instant to the second: a day, and behind T or a space the time of the day and its offset from UTC, in
// the forms of ISO 8601, RFC 3339 and OGR. A day alone is its first moment in Việt Nam; a time without an offset is
// one of Việt Nam.
func (r *Reader) Time(field, s string) (time.Time, *problem.Problem) {
	if s == "" {
		return time.Time{}, problem.Empty(field)
	}
	d, rest, p := r.day(field, s)
	switch {
	case p != nil:
		return time.Time{}, p
	case d == data.NoDate:
		return time.Time{}, problem.NeitherTimeNorDay(field, s)
	case rest == "":
		return d.Time(), nil
	}
	seconds, zone, ok := clock(rest)
	if !ok {
		return time.Time{}, problem.NotTime(field, s)
	}
	offset, ok := offsetOf(zone)
	switch {
	case !ok:
		return time.Time{}, problem.NotTime(field, s)
	case zone == "":
		r.Add(NoZone, field, s, r.Line)
	}
	at := time.Unix(int64(d-data.DaysToUnix)*86400+int64(seconds-offset), 0).In(data.Zone)
	if d := data.DateOf(at); d < 1 || d > data.MaxDate {
		return time.Time{}, problem.OutsideDays(field, s, data.FirstDate.String(), data.MaxDate.String())
	}
	return at, nil
}

// Day reads a day, or the day in Việt Nam of what Time reads; empty is data.NoDate.
func (r *Reader) Day(field, s string) (data.Date, *problem.Problem) {
	if s == "" || len(s) == len(time.DateOnly) && s[4] == '-' && s[7] == '-' {
		return data.ReadDate(field, s)
	}
	d, rest, p := r.day(field, s)
	switch {
	case p != nil:
		return data.NoDate, p
	case d == data.NoDate:
		return data.NoDate, problem.NotDay(field, s)
	case rest == "":
		return d, nil
	}
	at, p := r.Time(field, s)
	if p != nil {
		return data.NoDate, p
	}
	return data.DateOf(at), nil
}

// day reads the day that s begins with, and returns what is behind it. data.NoDate: there is none.
func (r *Reader) day(field, s string) (d data.Date, rest string, p *problem.Problem) {
	const length = len(time.DateOnly)
	if len(s) >= length {
		text := s[:length]
		if text[4] == '/' && text[7] == '/' { // as OGR writes days
			text = text[:4] + "-" + text[5:7] + "-" + text[8:]
		}
		if _, _, _, ok := data.SplitDate(text); ok {
			d, p = data.ReadDate(field, text)
			return d, s[length:], p
		}
	}
	if text, n := dayFirst(s); n > 0 {
		if !r.DayFirst {
			return data.NoDate, "", problem.DayFirst(field, s)
		}
		d, p = data.ReadDate(field, text)
		return d, s[n:], p
	}
	if serial := serialDay(s); serial != data.NoDate {
		return data.NoDate, "", problem.SerialDay(field, s, serial.String())
	}
	return data.NoDate, "", nil
}

// dayFirst takes a day such as 31/12/2026, 31-12-2026 or 31.12.2026 off the front of s: as YYYY-MM-DD, and how long it
// is in s; 0 where there is none.
func dayFirst(s string) (day string, length int) {
	d := scan.CountDigits(s)
	if d < 1 || d > 2 || len(s) == d || strings.IndexByte("/-.", s[d]) < 0 {
		return "", 0
	}
	m := scan.CountDigits(s[d+1:])
	year := d + m + 2
	if m < 1 || m > 2 || len(s) < year+4 || s[year-1] != s[d] || scan.CountDigits(s[year:]) != 4 {
		return "", 0
	}
	return s[year:year+4] + "-" + ("0" + s[d+1:year-1])[m-1:] + "-" + ("0" + s[:d])[d-1:], year + 4
}

// serialDay returns the day of a number of five digits, with or without a fraction, as spreadsheets count days:
// from 1899-12-31 as 0, with a 29 February 1900 that there was not.
func serialDay(s string) data.Date {
	n := scan.CountDigits(s)
	if n != 5 {
		return data.NoDate
	}
	if rest := s[n:]; rest != "" && (len(rest) < 2 || rest[0] != '.' && rest[0] != ',' ||
		scan.CountDigits(rest[1:]) != len(rest)-1) {
		return data.NoDate
	}
	serial := 0
	for _, c := range []byte(s[:n]) {
		serial = serial*10 + int(c-'0')
	}
	if serial > int(data.MaxDate)+1 {
		return data.NoDate
	}
	return data.Date(serial - 1)
}

// clock reads the time of a day behind T or a space, and returns it in seconds and what is behind it. A fraction of a
// second is cut off.
func clock(s string) (seconds int, rest string, ok bool) {
	if s[0] != 'T' && s[0] != ' ' {
		return 0, "", false
	}
	s = s[1:]
	n := scan.CountDigits(s)
	if n < 1 || n > 2 {
		return 0, "", false
	}
	hour, s := number(s[:n]), s[n:]
	minute, s, ok := sixtieth(s)
	if !ok || hour > 23 {
		return 0, "", false
	}
	seconds = hour*3600 + minute*60
	if s == "" || s[0] != ':' {
		return seconds, s, true
	}
	second, s, ok := sixtieth(s)
	if ok && len(s) > 1 && (s[0] == '.' || s[0] == ',') {
		digits := scan.CountDigits(s[1:])
		s, ok = s[1+digits:], digits > 0
	}
	return seconds + second, s, ok
}

// sixtieth reads a colon and two digits below 60.
func sixtieth(s string) (n int, rest string, ok bool) {
	if len(s) < 3 || s[0] != ':' || scan.CountDigits(s[1:3]) != 2 {
		return 0, "", false
	}
	n = number(s[1:3])
	return n, s[3:], n < 60
}

// offsetOf reads an offset from UTC in seconds: Z, +07:00, +0700 or +07; nothing is that of Việt Nam.
func offsetOf(s string) (seconds int, ok bool) {
	if s == "" {
		return 7 * 3600, true
	}
	if s[0] == ' ' {
		s = s[1:]
	}
	if s == "Z" || s == "UTC" {
		return 0, true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' || scan.CountDigits(s[1:3]) != 2 {
		return 0, false
	}
	minutes := 0
	switch rest := s[3:]; {
	case rest == "":
	case len(rest) == 2 && scan.CountDigits(rest) == 2:
		minutes = number(rest)
	case len(rest) == 3:
		if minutes, _, ok = sixtieth(rest); !ok {
			return 0, false
		}
	default:
		return 0, false
	}
	hours := number(s[1:3])
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	if seconds = hours*3600 + minutes*60; s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// number returns the value of one or two digits.
func number(s string) (n int) {
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n
}
