// Package release computes when figures are published and of which windows: the fixed release days, and the calendar of
// the windows that may be requested as of each. It reads no data.
package release

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tungnha/data"
)

// Schedule is on which days figures are released: at the first moment of a day of the week in Việt Nam, every so many
// weeks. Weeks are counted from 1900-01-01, a Monday. The zero value is each Monday.
type Schedule struct {
	Weekday int // days after Monday
	Weeks   int // from one release to the next; 0 is 1
}

// MaxResolution is the finest H3 resolution of cells that is published: of 0.1 km².
const MaxResolution = 9

// RecentDays is the length of the window of the last days up to a release.
const RecentDays = 90

// ParseSchedule reads a day of the week by its English name, and the number of weeks between releases.
func ParseSchedule(weekday string, weeks int) (Schedule, error) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(weekday, day.String()) {
			if weeks < 1 || weeks > 52 {
				return Schedule{}, fmt.Errorf("%d weeks: want 1 to 52", weeks)
			}
			return Schedule{(int(day) + 6) % 7, weeks}, nil
		}
	}
	return Schedule{}, fmt.Errorf("weekday %q: want monday to sunday", weekday)
}

// On returns the latest release day that is not after the day.
func (s Schedule) On(day data.Date) data.Date {
	every := data.Date(7 * max(s.Weeks, 1))
	first := data.Date(s.Weekday + 1) // day 1 was a Monday
	return max(day-((day-first)%every+every)%every, data.FirstDate)
}

// Next returns the release day after one.
func (s Schedule) Next(day data.Date) data.Date { return s.On(day) + data.Date(7*max(s.Weeks, 1)) }

// Keys of windows; closed months are "2026-10", closed quarters "2026-Q3".
const (
	Ever   = "all"
	Recent = "90d"
)

// Window is whole days that figures may be requested of, both ends inclusive.
type Window struct {
	Key      string
	From, To data.Date // From is NoDate for everything up to the release
}

// Release is what is published from one release day until the next.
type Release struct {
	Day, Next data.Date // figures are as of the first moment of Day
	Windows   []Window  // everything, the last days, then closed months and closed quarters, each the latest first
}

// calendarYears is how far the calendar goes back, the year of the release included: a visit with a date of 1900 is one
// phone's wrong clock, and makes no two thousand windows.
const calendarYears = 10

// At returns the release that is in force at a moment, of data whose first visit is of the day first; NoDate: there is
// none, and no month or quarter either. Those of more than ten years ago are in the window of everything alone.
func (s Schedule) At(now time.Time, first data.Date) *Release {
	r := &Release{Day: s.On(data.DateOf(now))}
	r.Next = s.Next(r.Day)
	r.Windows = []Window{{Key: Ever, To: r.LastDay()},
		{Key: Recent, From: max(r.Day-RecentDays, data.FirstDate), To: r.LastDay()}}
	if first != data.NoDate {
		first = max(first, dateOf(r.LastDay().Time().Year()-calendarYears+1, 1))
		r.Windows = append(append(r.Windows, r.closed(first, 1)...), r.closed(first, 3)...)
	}
	return r
}

// closed lists the periods of so many months, in which the day first falls or later ones, that have ended.
func (r *Release) closed(first data.Date, months int) (windows []Window) {
	t := first.Time()
	year, month := t.Year(), (int(t.Month())-1)/months*months+1
	for {
		from := dateOf(year, month)
		if month += months; month > 12 {
			year, month = year+1, 1
		}
		to := dateOf(year, month) - 1
		if to > r.LastDay() {
			slices.Reverse(windows)
			return windows
		}
		key := from.String()[:len("2006-01")]
		if months == 3 {
			key = fmt.Sprintf("%s-Q%d", key[:4], (int(from.Time().Month())+2)/3)
		}
		windows = append(windows, Window{key, from, to})
	}
}

func dateOf(year, month int) data.Date {
	return data.DateOf(time.Date(year, time.Month(month), 1, 0, 0, 0, 0, data.Zone))
}

// Since returns the release as who sees no visit before the day first is to see it: without the windows that end before
// it, NoDate: without any month or quarter.
func (r *Release) Since(first data.Date) *Release {
	since := *r
	since.Windows = slices.DeleteFunc(slices.Clone(r.Windows), func(w Window) bool {
		return w.Key != Ever && w.Key != Recent && (first == data.NoDate || w.To < first)
	})
	return &since
}

// Moment returns the first moment that the figures do not cover.
func (r *Release) Moment() time.Time { return r.Day.Time() }

// LastDay is the last whole day before the release, on which the windows end that reach up to it.
func (r *Release) LastDay() data.Date { return max(r.Day-1, data.FirstDate) }

// Window returns the window of the days, and false where it is not published. A window from before the first day with a
// visit is that without a beginning only where from is NoDate.
func (r *Release) Window(from, to data.Date) (Window, bool) {
	i := slices.IndexFunc(r.Windows, func(w Window) bool { return w.From == from && w.To == to })
	if i < 0 {
		return Window{}, false
	}
	return r.Windows[i], true
}

// Months returns the first and the last day of the closed months within a window of the days, and false where it has
// none.
func (r *Release) Months(from, to data.Date) (first, last data.Date, ok bool) {
	for _, w := range r.Windows {
		if !w.month() || w.From < from || w.To > to {
			continue
		}
		if !ok || w.From < first {
			first = w.From
		}
		last, ok = max(last, w.To), true
	}
	return first, last, ok
}

// month reports whether the window is a closed month.
func (w *Window) month() bool {
	return w.From != data.NoDate && w.From.Month() == w.From && w.To == (w.From+31).Month()-1
}

// Describe lists the windows for people: their keys, with their days where the key does not name them.
func (r *Release) Describe() []string {
	names := make([]string, len(r.Windows))
	for i, w := range r.Windows {
		switch names[i] = w.Key; w.Key {
		case Ever:
			names[i] += fmt.Sprintf(" (to=%s)", w.To)
		case Recent:
			names[i] += fmt.Sprintf(" (from=%s&to=%s)", w.From, w.To)
		}
	}
	return names
}
