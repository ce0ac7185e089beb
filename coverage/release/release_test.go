package release

import (
	"strings"
	"testing"
	"time"

	"tungnha/data"
)

func day(t *testing.T, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReleaseDay(t *testing.T) {
	at := func(s string) time.Time {
		moment, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, c := range []struct {
		name     string
		schedule Schedule
		now      string
		day      string
		next     string
	}{
		{"within a week", Schedule{}, "2026-11-28T15:00:00Z", "2026-11-23", "2026-11-30"},
		{"the first moment in Việt Nam", Schedule{}, "2026-11-29T17:00:00Z", "2026-11-30", "2026-12-07"},
		{"the last moment before it", Schedule{}, "2026-11-29T16:59:59Z", "2026-11-23", "2026-11-30"},
		{"another weekday", Schedule{4, 1}, "2026-11-28T15:00:00Z", "2026-11-27", "2026-12-04"},
		{"every four weeks", Schedule{0, 4}, "2026-11-28T15:00:00Z", "2026-11-16", "2026-12-14"},
	} {
		r := c.schedule.At(at(c.now), data.NoDate)
		if r.Day.String() != c.day || r.Next.String() != c.next {
			t.Errorf("%s: released on %s, next %s, want %s, %s", c.name, r.Day, r.Next, c.day, c.next)
		}
		if !r.Moment().Equal(r.Day.Time()) || r.LastDay() != r.Day-1 {
			t.Errorf("%s: moment %s, last day %s", c.name, r.Moment(), r.LastDay())
		}
	}
}

func TestCalendar(t *testing.T) {
	r := (Schedule{}).At(day(t, "2026-11-28").Time(), day(t, "2026-05-20"))
	var keys []string
	for _, w := range r.Windows {
		keys = append(keys, w.Key)
		if got, ok := r.Window(w.From, w.To); !ok || got != w {
			t.Errorf("window %v is found as %v, %t", w, got, ok)
		}
	}
	want := "all 90d 2026-10 2026-09 2026-08 2026-07 2026-06 2026-05 2026-Q3 2026-Q2"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("windows %s, want %s", got, want)
	}
	for _, w := range [][2]string{{"2026-10-01", "2026-10-30"}, {"2026-11-01", "2026-11-22"}, {"", "2026-11-23"},
		{"2026-05-20", "2026-11-22"}, {"", "2026-10-31"}} {
		if got, ok := r.Window(day(t, w[0]), day(t, w[1])); ok {
			t.Errorf("%s to %s is published as %v", w[0], w[1], got)
		}
	}
	recent := r.Windows[1]
	if recent.From.String() != "2026-08-25" || recent.To.String() != "2026-11-22" {
		t.Errorf("the last days are %s to %s", recent.From, recent.To)
	}
	first, last, ok := r.Months(recent.From, recent.To)
	if !ok || first.String() != "2026-09-01" || last.String() != "2026-10-31" {
		t.Errorf("months %s to %s, %t", first, last, ok)
	}
	if first, last, _ := r.Months(day(t, "2026-04-01"), day(t, "2026-06-30")); first.String() != "2026-05-01" ||
		last.String() != "2026-06-30" {
		t.Errorf("months of the first quarter: %s to %s", first, last)
	}
	if _, _, ok := r.Months(day(t, "2026-11-01"), day(t, "2026-11-22")); ok {
		t.Error("a month that has not ended is closed")
	}
	if d := r.Describe(); d[0] != "all (to=2026-11-22)" || d[2] != "2026-10" {
		t.Errorf("described as %v", d)
	}
}

// One visit with a date of long ago does not make windows of all years since.
func TestCalendarIsBounded(t *testing.T) {
	r := (Schedule{}).At(day(t, "2026-11-28").Time(), data.FirstDate)
	last := r.Windows[len(r.Windows)-1]
	if n := 2 + 9*12 + 10 + 9*4 + 3; len(r.Windows) != n || last.Key != "2017-Q1" {
		t.Errorf("%d windows, the earliest %s; want %d, 2017-Q1", len(r.Windows), last.Key, n)
	}
}

func TestParseSchedule(t *testing.T) {
	if s, err := ParseSchedule("Thursday", 2); err != nil || s != (Schedule{3, 2}) {
		t.Errorf("got %v, %v", s, err)
	}
	for _, c := range []struct {
		weekday string
		weeks   int
	}{{"", 1}, {"someday", 1}, {"monday", 0}, {"monday", 53}} {
		if s, err := ParseSchedule(c.weekday, c.weeks); err == nil {
			t.Errorf("%q every %d weeks: %v", c.weekday, c.weeks, s)
		}
	}
}
