package calendar

import (
	"testing"
	"time"

	"tungnha/data"
)

func TestCalendar(t *testing.T) {
	c := New(parse(t, "2026-11-21"))
	weight := func(s string) float64 { return c.weight[parse(t, s)-c.First] }
	if last := c.First + Days - 1; last != parse(t, "2026-11-21") {
		t.Errorf("the last day is %s", last)
	}
	// The Tuesdays around Tết 2026, 17 February.
	tests := []struct {
		name      string
		day       string
		low, high float64 // as a share of the Tuesday in mid-January
	}{
		{"first day of the year", "2026-02-17", 0, 0.05},
		{"a week after", "2026-02-24", 0, 0.05},
		{"two weeks after", "2026-03-03", 0.4, 1}, // slow, but a campaign month
		{"before", "2026-02-10", 0.9, 1.1},
		{"national day", "2025-09-02", 0, 0.1},
		{"liberation day", "2026-04-30", 0, 0.1},
		{"slow start", "2025-06-10", 0, 0.35},
	}
	usual := weight("2026-01-20")
	for _, tt := range tests {
		if got := weight(tt.day) / usual; got < tt.low || got > tt.high {
			t.Errorf("%s (%s): %.3f of the usual work, want %.2f to %.2f", tt.name, tt.day, got, tt.low, tt.high)
		}
	}
	if sat, tue := weight("2026-06-13"), weight("2026-06-16"); sat < 1.5*tue {
		t.Errorf("Saturday %.2f, Tuesday %.2f: want more at the weekend", sat, tue)
	}
}

// No two new years of the table are further apart than lunar years are, and all fall
// between the 21st of January and the 20th of February, as they must.
func TestLunarNewYears(t *testing.T) {
	var before time.Time
	for _, s := range lunarNewYears {
		d := parse(t, s).Time()
		if d.YearDay() < 21 || d.YearDay() > 51 {
			t.Errorf("%s cannot be a lunar new year", s)
		}
		if days := d.Sub(before).Hours() / 24; !before.IsZero() && (days < 353 || days > 385) {
			t.Errorf("%s is %.0f days after the one before", s, days)
		}
		before = d
	}
}

func TestOutingsDraw(t *testing.T) {
	c := New(parse(t, "2026-11-21"))
	from, to := c.First+100, c.First+200
	o := c.Outings(from, to, func(int) float64 { return 1 })
	for k := range 1000 {
		if d := o.Draw((float64(k) + 0.5) / 1000); d < 100 || d > 200 {
			t.Fatalf("drew day %d, want 100 to 200", d)
		}
	}
	if none := c.Outings(to, from, func(int) float64 { return 1 }); none.Total() != 0 {
		t.Errorf("a team dissolved before it was formed has weight %.1f", none.Total())
	}
}

func parse(t *testing.T, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
