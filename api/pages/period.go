package pages

import (
	"strings"
	"time"

	"tungnha/data"
)

// periodDays reads the period in the address of a page, as the page does: 30d, 90d, 365d, year,
// ever, a month (2026-03; ..2026-03 for all up to its end), a quarter (2026-Q3) or two days with two dots between.
// What cannot be read is the 90 days that a page begins with.
func periodDays(period string, today data.Date) (from, to data.Date) {
	switch period {
	case "30d":
		return today - 29, today
	case "365d":
		return today - 364, today
	case "year":
		return dateOf(today.Time().Year(), time.January, 1), today
	case "ever":
		return data.NoDate, today
	}
	if first, last, two := strings.Cut(period, ".."); two && first != "" {
		from, errFrom := data.ParseDate(first)
		to, errTo := data.ParseDate(last)
		if errFrom == nil && errTo == nil && from != data.NoDate && from <= to {
			return from, to
		}
	}
	if month, err := time.Parse("2006-01", strings.TrimPrefix(period, "..")); err == nil && month.Year() >= 1900 &&
		month.Year() < 2100 {
		from, to = dateOf(month.Year(), month.Month(), 1), min(dateOf(month.Year(), month.Month()+1, 1)-1, today)
		if strings.HasPrefix(period, "..") {
			return data.NoDate, to
		}
		if from <= to {
			return from, to
		}
	}
	if year, quarter, found := strings.Cut(period, "-Q"); found && len(quarter) == 1 && strings.Contains("1234", quarter) {
		if first, err := time.Parse("2006", year); err == nil && first.Year() >= 1900 && first.Year() < 2100 {
			month := time.Month(3*(quarter[0]-'1') + 1)
			from, to = dateOf(first.Year(), month, 1), min(dateOf(first.Year(), month+3, 1)-1, today)
			if from <= to {
				return from, to
			}
		}
	}
	return today - 89, today
}

func dateOf(year int, month time.Month, day int) data.Date {
	return data.DateOf(time.Date(year, month, day, 0, 0, 0, 0, data.Zone))
}
