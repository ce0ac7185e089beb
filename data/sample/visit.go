package sample

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"tungnha/data"
	"tungnha/data/recordfile"
	"tungnha/data/sample/calendar"
)

// dwelling is one household as it is made.
type dwelling struct {
	data.Household
	taught  uint8 // completed visits so far
	visits  uint8
	gone    bool // the latest visit found it moved or not eligible
	reached int  // the day of the latest completed visit, or -1
	manner  manner
}

// manner is how a household meets a team.
type manner uint8

const (
	welcoming manner = iota
	busy
	reluctant
)

// chances of the outcomes by manner, in a hundred: in the order of the outcomes from
// Ineligible to Completed.
var chances = [...][7]float64{
	welcoming: {0.4, 0.7, 2.0, 19, 3, 12, 62.9},
	busy:      {0.4, 1.0, 2.5, 55, 6, 13, 22.1},
	reluctant: {0.5, 0.8, 4.0, 32, 51, 6, 5.7},
}

func mannerOf(rng *rand.Rand) manner {
	switch n := rng.IntN(100); {
	case n < 66:
		return welcoming
	case n < 88:
		return busy
	}
	return reluctant
}

// session is one outing of a team to one hamlet.
type session struct {
	team   *team
	hamlet *hamlet
	day    int
	start  time.Time
	size   int
}

// visitAll sends the teams of the commune out, one after another, on all days of the
// programme.
func (f *filler) visitAll() error {
	campaigns := []int{f.rng.IntN(calendar.Days / 30), f.rng.IntN(calendar.Days / 30)}
	usual := f.calendar.Outings(data.NoDate+1, data.MaxDate, func(int) float64 { return 1 }).Total()
	for i := range f.teams {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		t := &f.teams[i]
		last := min(f.today-1, t.rests) // what happens today is not over yet
		if t.DissolvedOn != data.NoDate {
			last = min(last, t.DissolvedOn-1)
		}
		o := f.calendar.Outings(t.FormedOn+5, last, t.effortByMonth(f.rng, campaigns))
		if o.Total() == 0 {
			continue
		}
		for _, h := range t.hamlets {
			hamlet := &f.hamlets[h]
			if hamlet.remote {
				continue
			}
			effort := t.effort * math.Pow(min(1, o.Total()/usual), 0.7) / float64(len(hamlet.teams))
			f.visitHamlet(t, h, o, effort*float64(len(hamlet.homes)))
		}
	}
	return nil
}

// visitHamlet makes about the given number of visits of a team to a hamlet.
func (f *filler) visitHamlet(t *team, number int, o *calendar.Outings, visits float64) {
	rng := f.rng
	size := 7 + rng.IntN(9)
	sessions := int(visits/float64(size) + rng.Float64())
	for k := range sessions {
		day := o.Draw((float64(k) + rng.Float64()) / float64(sessions))
		s := session{team: t, hamlet: &f.hamlets[number], day: day, size: max(2, size-3+rng.IntN(7))}
		s.start = f.startOf(day)
		if rng.IntN(40) == 0 && len(f.hamlets) > 1 {
			s.hamlet = &f.hamlets[f.neighbour(number)] // helping the neighbours
			if s.hamlet.remote {
				continue
			}
		}
		f.goOut(&s)
	}
}

// neighbour returns a hamlet beside the one given.
func (f *filler) neighbour(number int) int {
	if number == 0 || number+1 < len(f.hamlets) && f.rng.IntN(2) == 0 {
		return number + 1
	}
	return number - 1
}

// startOf returns when an outing begins: in the evening on workdays, at any good hour on
// weekends.
func (f *filler) startOf(day int) time.Time {
	t := (f.calendar.First + data.Date(day)).Time()
	hours := 18.1 + 1.1*f.rng.Float64()
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	switch part := f.rng.IntN(10); {
	case weekend && part < 4:
		hours = 7.6 + 1.6*f.rng.Float64()
	case weekend && part < 7:
		hours = 14.2 + 1.5*f.rng.Float64()
	case !weekend && part == 0:
		hours = 8.2 + 7*f.rng.Float64()
	}
	return t.Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Second)
}

// goOut calls at the households of one outing: first at those to come back to, then at
// the next along the lane.
func (f *filler) goOut(s *session) {
	h, rng := s.hamlet, f.rng
	at := s.start
	left := s.size
	for waiting := len(h.due); waiting > 0 && left > s.size/2; waiting-- {
		d := h.due[0]
		h.due = h.due[1:]
		if d.day > s.day {
			h.due = append(h.due, d)
			continue
		}
		if rng.IntN(100) < 72 && f.open(&f.homes[d.home], s.day) {
			at = f.call(s, d.home, at)
			left--
		}
	}
	for steps := 0; left > 0 && steps < len(h.homes); steps++ {
		home := h.homes[h.cursor%len(h.homes)]
		h.cursor++
		d := &f.homes[home]
		if !f.open(d, s.day) || rng.IntN(100) < 9 || d.reached >= 0 && s.day-d.reached < 120 && rng.IntN(100) < 55 {
			continue
		}
		at = f.call(s, home, at)
		left--
	}
}

// open reports whether anybody would call at a household on the day. A few still call
// where the family has left: someone else may live there now.
func (f *filler) open(d *dwelling, day int) bool {
	date := f.calendar.First + data.Date(day)
	if d.RegisteredOn > date {
		return false
	}
	if d.gone || d.RemovedOn != data.NoDate && d.RemovedOn <= date {
		return f.rng.IntN(50) == 0
	}
	return true
}

// call makes one visit, now and then reported twice, and returns when the next begins.
func (f *filler) call(s *session, home int32, at time.Time) time.Time {
	d, rng := &f.homes[home], f.rng
	outcome := f.outcome(s, d, at)
	f.report(s.team, s.hamlet, d, outcome, at)
	switch outcome {
	case data.Completed:
		d.taught++
		d.reached = s.day
	case data.Absent, data.Partial:
		s.hamlet.due = append(s.hamlet.due, due{home, s.day + 3 + rng.IntN(18)})
	case data.Moved:
		if rng.IntN(4) == 0 && d.RemovedOn == data.NoDate {
			d.RemovedOn = min(f.today, data.DateOf(at)+5+data.Date(rng.IntN(60)))
		}
	}
	d.gone = outcome == data.Moved || outcome == data.Ineligible
	if rng.IntN(160) == 0 {
		f.reportAgain(s, d, outcome, at)
	}
	minutes := 4 + 8*rng.Float64()
	if outcome < data.Refused {
		minutes = 1.5 + 2*rng.Float64()
	}
	return at.Add(time.Duration(minutes * float64(time.Minute))).Truncate(time.Second)
}

// reportAgain makes the second report of one household on one day: by the same team, or
// by another one that happened to call.
func (f *filler) reportAgain(s *session, d *dwelling, outcome data.Outcome, at time.Time) {
	t := s.team
	if f.rng.IntN(3) == 0 {
		other := &f.teams[f.rng.IntN(len(f.teams))]
		if day := data.DateOf(at); other.FormedOn <= day &&
			(other.DissolvedOn == data.NoDate || other.DissolvedOn > day) {
			t = other
		}
	}
	if f.rng.IntN(3) == 0 {
		outcome = data.Absent
	}
	later := at.Add(time.Duration(1+f.rng.IntN(70)) * time.Minute)
	f.report(t, s.hamlet, d, outcome, later)
}

// outcome draws how a call ends.
func (f *filler) outcome(s *session, d *dwelling, at time.Time) data.Outcome {
	c := chances[d.manner]
	absent := &c[data.Absent-data.Ineligible]
	if hour := at.Hour(); hour >= 17 {
		*absent *= 0.8
	} else if w := at.Weekday(); w != time.Saturday && w != time.Sunday {
		*absent *= 1.7 // at work, in the fields
	}
	if m := at.Month(); f.relief > 0.5 && m >= time.September && m <= time.December {
		c[data.Inaccessible-data.Ineligible] *= 4 // rains, landslides
	}
	sum := 0.0
	for _, w := range c {
		sum += w
	}
	u := f.rng.Float64() * sum
	for i, w := range c {
		if u < w {
			return data.Ineligible + data.Outcome(i)
		}
		u -= w
	}
	return data.Completed
}

// report writes one visit.
func (f *filler) report(t *team, h *hamlet, d *dwelling, outcome data.Outcome, at time.Time) {
	d.visits++
	id := append(f.id[:0], d.ID...)
	id = append(id, '-')
	if d.visits < 10 {
		id = append(id, '0')
	}
	id = strconv.AppendUint(id, uint64(d.visits), 10)
	v := data.Visit{ID: string(id), HouseholdID: d.ID, TeamID: t.ID, At: at, Outcome: outcome}
	f.id = id
	f.assess(&v, h, d)
	f.visits = recordfile.AppendVisit(f.visits, &v, f.skills)
	f.made.Visits++
	if len(f.visits) >= chunkSize {
		f.visits = f.send(visitsFile, f.visits)
	}
}
