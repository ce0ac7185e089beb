// Package calendar is the days on which the teams of a made-up programme go out.
package calendar

import (
	"math"
	"sort"
	"time"

	"tungnha/data"
)

// lunarNewYears are the first days of Tết Nguyên Đán, by Việt Nam's calendar (in 2030 a day before
// China's). A programme in other years works through Tết.
var lunarNewYears = []string{
	"2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10",
	"2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-02", "2031-01-23",
	"2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15", "2038-02-04",
	"2039-01-24", "2040-02-12",
}

// Days is how long the sample programme has run: 18 months.
const Days = 548

// Calendar is how likely teams are to go out on each day of the programme.
type Calendar struct {
	First  data.Date
	weight [Days]float64
}

// New makes the calendar of a programme that has run for 18 months up to today.
func New(today data.Date) *Calendar {
	c := &Calendar{First: today - Days + 1}
	newYear := map[data.Date]bool{}
	for _, s := range lunarNewYears {
		d, err := data.ParseDate(s)
		if err != nil {
			panic(err) // the table above
		}
		newYear[d] = true
	}
	for i := range c.weight {
		day := c.First + data.Date(i)
		// A slow start, then growth that levels off.
		w := 0.04 + 1/(1+math.Exp(-(float64(i)-175)/70))
		t := day.Time()
		switch t.Weekday() {
		case time.Saturday:
			w *= 2.1
		case time.Sunday:
			w *= 1.8
		case time.Friday:
			w *= 1.15
		}
		c.weight[i] = w * holiday(day, t, newYear) * season(t)
	}
	return c
}

// holiday is the share of the usual work that is done on a day: almost none from four
// days before Tết to seven after it, little on the other public holidays.
func holiday(day data.Date, t time.Time, newYear map[data.Date]bool) float64 {
	for off := data.Date(-14); off <= 4; off++ {
		if newYear[day+off] {
			switch {
			case off >= -7:
				return 0.015
			default:
				return 0.45 // the weeks after, back to work slowly
			}
		}
	}
	switch t.Format("01-02") {
	case "04-30", "05-01", "09-02", "01-01":
		return 0.05
	case "09-01", "04-29":
		return 0.3
	}
	return 1
}

// season raises the campaign months: March (youth month), July (summer volunteers) and
// October (the tenth is the national day of digital transformation).
func season(t time.Time) float64 {
	switch t.Month() {
	case time.March, time.July:
		return 1.45
	case time.October:
		return 1.6
	}
	return 1
}

// Outings is one team's calendar as a cumulative sum of weights, from which days are drawn.
type Outings [Days]float64

// Outings makes the running sum over the days from first to last for a team whose
// effort shifts with the given weight a month.
func (c *Calendar) Outings(from, to data.Date, effort func(month int) float64) *Outings {
	var o Outings
	sum := 0.0
	for i := range o {
		if day := c.First + data.Date(i); day >= from && day <= to {
			sum += c.weight[i] * effort(i/30)
		}
		o[i] = sum
	}
	return &o
}

// Total is the weight of all days.
func (o *Outings) Total() float64 { return o[Days-1] }

// Draw returns the day on which the running sum passes u (0 to 1) of the total.
func (o *Outings) Draw(u float64) int {
	return min(Days-1, sort.SearchFloat64s(o[:], u*o.Total()))
}
