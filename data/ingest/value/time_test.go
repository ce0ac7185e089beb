package value

import (
	"strings"
	"testing"
	"time"

	"tungnha/data"
)

func TestTime(t *testing.T) {
	morning := time.Date(2026, 10, 1, 9, 30, 0, 0, data.Zone)
	tests := []struct {
		text     string
		dayFirst bool
		want     time.Time
		zoneless bool
	}{
		{text: "2026-10-01T09:30:00+07:00", want: morning},
		{text: "2026-10-01T09:30:00.123+07:00", want: morning},
		{text: "2026-10-01T09:30:00.123+07", want: morning},
		{text: "2026-10-01T09:30:00.123+0700", want: morning},
		{text: "2026-10-01T02:30:00.123Z", want: morning},
		{text: "2026-10-01 02:30:00 UTC", want: morning},
		{text: "2026-10-01T06:00:00+03:30", want: morning},
		{text: "2026-09-30T23:00:00-03:30", want: morning},
		{text: "2026-10-01 09:30:00+07:00", want: morning},
		{text: "2026-10-01 09:30:00 +0700", want: morning},
		{text: "2026-10-01T09:30+07:00", want: morning},
		{text: "2026-10-01 9:30+07", want: morning},
		{text: "2026-10-01T09:30:00", want: morning, zoneless: true},
		{text: "2026-10-01 09:30", want: morning, zoneless: true},
		{text: "2026/10/01 02:30:00+00", want: morning},
		{text: "2026/10/01 02:30:00.5+00", want: morning},
		{text: "2026-10-01", want: morning.Truncate(0).Add(-9*time.Hour - 30*time.Minute)},
		{text: "2026/10/01", want: morning.Add(-9*time.Hour - 30*time.Minute)},
		{text: "01/10/2026 09:30", dayFirst: true, want: morning, zoneless: true},
		{text: "1/10/2026 9:30:00", dayFirst: true, want: morning, zoneless: true},
		{text: "01-10-2026T09:30:00+07", dayFirst: true, want: morning},
		{text: "1.10.2026", dayFirst: true, want: morning.Add(-9*time.Hour - 30*time.Minute)},
		{text: "2026-10-01T09:30:00+07:00", dayFirst: true, want: morning},
	}
	for _, tt := range tests {
		r := Reader{DayFirst: tt.dayFirst}
		got, p := r.Time("visited_at", tt.text)
		if p != nil || !got.Equal(tt.want) || got.Location() != data.Zone {
			t.Errorf("%q: got %v, %v, want %v", tt.text, got, p, tt.want)
		}
		if noted := len(r.All()) > 0; noted != tt.zoneless {
			t.Errorf("%q: noted %v, want %v", tt.text, noted, tt.zoneless)
		}
	}
}

func TestTimesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "empty",
		"yesterday":                "neither_time_nor_day",
		"Oct 1, 2026 9:30:00 AM":   "neither_time_nor_day",
		"01/10/2026 09:30":         "day_first",
		"01/10/2026":               "day_first",
		"46296.395833":             "serial_day",
		"46296":                    "serial_day",
		"46296.":                   "neither_time_nor_day",
		"1790000000":               "neither_time_nor_day",
		"2026-02-29T09:30:00Z":     "no_such_day",
		"2026-13-01":               "no_month",
		"2026-10-01T24:00:00Z":     "not_time",
		"2026-10-01T09:60:00Z":     "not_time",
		"2026-10-01T09:30:60Z":     "not_time",
		"2026-10-01T09:3":          "not_time",
		"2026-10-01T09:30:00.Z":    "not_time",
		"2026-10-01T09:30:00+7":    "not_time",
		"2026-10-01T09:30:00+07:":  "not_time",
		"2026-10-01T09:30:00+0760": "not_time",
		"2026-10-01T09:30:00 ICT":  "not_time",
		"2026-10-01T":              "not_time",
		"2026-10-01x09:30":         "not_time",
		"2026/10-01":               "neither_time_nor_day",
		"1900-01-01T00:00:00+23":   "outside_days",
	} {
		r := Reader{}
		if got, p := r.Time("visited_at", text); p == nil || string(p.Code()) != want || len(r.All()) > 0 {
			t.Errorf("%q: got %v, %v, notes %v, want %s", text, got, p, r.All(), want)
		}
	}
	r := Reader{DayFirst: true}
	if _, p := r.Time("visited_at", "31/02/2026"); p == nil || p.Code() != "no_such_day" {
		t.Errorf("31/02/2026: got %v", p)
	}
	if _, p := r.Time("visited_at", "10/31/2026"); p == nil || p.Code() != "no_month" {
		t.Errorf("10/31/2026: got %v", p)
	}
}

func TestDay(t *testing.T) {
	want, err := data.ParseDate("2025-01-04")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"2025-01-04", "2025/01/04", "04/01/2025", "4-1-2025", "2025-01-04T00:00:00",
		"2025-01-03T18:00:00Z"} {
		r := Reader{DayFirst: true}
		if got, p := r.Day("registered_on", text); got != want || p != nil {
			t.Errorf("%q: got %v, %v, want %v", text, got, p, want)
		}
	}
	r := Reader{}
	if got, p := r.Day("registered_on", ""); got != data.NoDate || p != nil {
		t.Errorf("got %v, %v of nothing", got, p)
	}
	for text, want := range map[string]string{"2026-02-31": "no_such_day", "31/12/2025": "day_first",
		"45661": "serial_day", "2025": "not_day", "2025-01-04x": "not_time", "1/2": "not_day"} {
		if got, p := r.Day("registered_on", text); p == nil || string(p.Code()) != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, p, want)
		}
	}
	_, p := r.Day("registered_on", "45661.5")
	if text := `registered_on "45661.5" is a day as spreadsheets count them, 2025-01-04 perhaps: give the column ` +
		`the format yyyy-mm-dd and save the file again`; p.Error() != text {
		t.Errorf("got %v, want %s", p, text)
	}
}

// timeLayouts are the forms that Time reads, as the plain way to read them.
var timeLayouts = func() (layouts []string) {
	for _, day := range []string{"2006-01-02", "2006/01/02"} {
		layouts = append(layouts, day)
		for _, clock := range []string{"T15:04", "T15:04:05", " 15:04", " 15:04:05"} {
			for _, zone := range []string{"", "Z07:00", "Z0700", "Z07", " Z07:00", " Z0700", " Z07"} {
				layouts = append(layouts, day+clock+zone)
			}
		}
	}
	return layouts
}()

// An instant that is accepted is the one that time.Parse reads in one of the layouts.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-03-01", "2026-03-01T09:30:00Z", "2026-03-01T09:30:00.5-03:30",
		"2026-02-29T00:00:00Z", "2026-03-01t09:30:00z", "2026-03-01 09:30:00", "2026/03/01 09:30+07",
		"2026-03-01T9:30 -0330", "2026-03-01 09:30:00,25 UTC", "2026-03-01T09:30:00 Z",
		"2000-01-01 0:00UTC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Reader{}
		got, p := r.Time("visited_at", s)
		if p != nil {
			return
		}
		text := s
		if before, ok := strings.CutSuffix(s, "UTC"); ok {
			text = before + "Z"
		}
		for _, layout := range timeLayouts {
			want, err := time.ParseInLocation(layout, text, data.Zone)
			if err == nil && got.Equal(want.Truncate(time.Second)) {
				return
			}
		}
		t.Fatalf("%q: read as %v, which time.Parse does not", s, got)
	})
}
