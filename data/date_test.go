package data

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	tests := []struct {
		in   string
		want Date
		err  string
	}{
		{"", NoDate, ""},
		{"1900-01-01", 1, ""},
		{"1970-01-01", DaysToUnix, ""},
		{"2024-02-29", 45350, ""},
		{"2079-06-05", MaxDate, ""},
		{"2079-06-06", 0, `"2079-06-06" is outside 1900-01-01 to 2079-06-05`},
		{"1899-12-31", 0, `"1899-12-31" is outside 1900-01-01 to 2079-06-05`},
		{"2026-02-31", 0, `"2026-02-31": there is no such day: February 2026 has 28 days`},
		{"2026-02-00", 0, `"2026-02-00": there is no such day: February 2026 has 28 days`},
		{"2026-04-31", 0, `"2026-04-31": there is no such day: April 2026 has 30 days`},
		{"2026-13-01", 0, `"2026-13-01": there is no month 13`},
		{"1900-02-29", 0, `"1900-02-29": there is no such day: February 1900 has 28 days`},
		{"31/12/2025", 0, `"31/12/2025" is not a day of the form YYYY-MM-DD`},
		{"2025-1-1", 0, `"2025-1-1" is not a day of the form YYYY-MM-DD`},
		{"2025-01-01T00:00:00Z", 0, `"2025-01-01T00:00:00Z" is not a day of the form YYYY-MM-DD`},
	}
	for _, tt := range tests {
		got, err := ParseDate(tt.in)
		if got != tt.want || errText(err) != tt.err {
			t.Errorf("ParseDate(%q) = %d, %q; want %d, %q", tt.in, got, errText(err), tt.want, tt.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Every day there is reads back as itself, and follows the day before.
func TestParseDateEveryDay(t *testing.T) {
	for d := Date(1); d <= MaxDate; d++ {
		if got, want := d.String(), d.Time().Format(time.DateOnly); got != want {
			t.Fatalf("day %d: got %s, want %s", d, got, want)
		}
		if got, err := ParseDate(d.String()); got != d || err != nil {
			t.Fatalf("ParseDate(%q) = %d, %v; want %d", d.String(), got, err, d)
		}
	}
}

func TestDateOf(t *testing.T) {
	tests := []struct{ at, want string }{
		{"2026-03-01T16:59:59Z", "2026-03-01"},
		{"2026-03-01T17:00:00Z", "2026-03-02"},
		{"2026-03-02T00:00:00+07:00", "2026-03-02"},
		{"1969-12-31T16:59:59Z", "1969-12-31"},
		{"1900-01-01T00:00:00+07:00", "1900-01-01"},
	}
	for _, tt := range tests {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at).String(); got != tt.want {
			t.Errorf("DateOf(%s) = %s, want %s", tt.at, got, tt.want)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"", "2026-02-29", "2024-02-29", "2079-06-05", "0000-00-00", "2026-1-01", "２026-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDate(s)
		if s == "" {
			if got != NoDate || err != nil {
				t.Fatalf("empty: got %d, %v", got, err)
			}
			return
		}
		at, plain := time.ParseInLocation(time.DateOnly, s, Zone)
		want := plain == nil && DateOf(at) >= 1 && DateOf(at) <= MaxDate
		if (err == nil) != want {
			t.Fatalf("ParseDate(%q): error %v, time.Parse: %v", s, err, plain)
		}
		if err == nil && got.String() != s {
			t.Fatalf("ParseDate(%q) reads back as %q", s, got)
		}
	})
}
