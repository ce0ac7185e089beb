package coverage

import (
	"slices"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// byTeam returns the rows by team.
func (r *reference) byTeam(q Query, codes []string) map[string]refRow {
	rows := make(map[string]refRow)
	for i := range r.teams {
		t := &r.teams[i]
		if !r.working(t, q.To) {
			continue
		}
		near := len(codes) == 0
		for _, code := range append([]string{t.CommuneCode}, hamletsOn(t, q.To)...) {
			near = near || r.area(code) != nil && r.inside(r.area(code), codes)
		}
		if near {
			rows[t.ID] = r.teamRow(t, q, codes)
		}
	}
	return rows
}

func (r *reference) teamRow(t *data.Team, q Query, codes []string) refRow {
	row := refRow{Flags: []string{}, Work: &rules.Work{}}
	days := make(map[data.Date]bool)
	for _, h := range r.scope(codes) {
		home := r.home(h)
		own := home != nil && home.Level == data.Hamlet && slices.Contains(hamletsOn(t, q.To), home.Code)
		var reports []data.Visit
		for _, v := range r.upTo(h, q.To) {
			if v.TeamID == t.ID {
				reports = append(reports, v)
			}
		}
		visits := merged(reports)
		in := since(visits, q.From)
		row.Visits += uint32(len(in))
		for _, v := range in {
			days[v.day] = true
			if !own {
				row.Work.VisitsOutside++
			}
			earlier := merged(r.upTo(h, v.day-1)) // by whatever team
			if len(earlier) == 0 {
				continue
			}
			if before := earlier[len(earlier)-1].outcome; before == data.Absent || before == data.Partial {
				row.Work.Revisits++
				if v.outcome == data.Completed {
					row.Work.RevisitsCompleted++
				}
			}
		}
		if len(visits) > 0 {
			row.LastVisit = max(row.LastVisit, visits[len(visits)-1].day)
		}
		if !r.eligible(h, q.To) {
			continue
		}
		reached := func(in []refVisit) bool {
			return slices.ContainsFunc(in, func(v refVisit) bool { return v.outcome == data.Completed })
		}
		if !own {
			if reached(in) {
				row.ReachedElsewhere++
			}
			continue
		}
		row.Households++
		addWindow(&row.Count, in)
		addSkills(&row.Count, r.upTo(h, q.To))
		if reached(since(merged(r.upTo(h, q.To)), q.From)) {
			row.ReachedByAny++
		}
	}
	th := r.limits(r.area(t.CommuneCode))
	row.Work.DaysWorked = uint32(len(days))
	if t.Members != data.Unknown && t.Members < th.TeamMembers {
		row.Flags = append(row.Flags, "understaffed")
	}
	if int(row.Households) > th.TeamHouseholds {
		row.Flags = append(row.Flags, "overloaded")
	}
	slices.Sort(row.Flags)
	return row
}

// byPeriod returns the rows by the first day of their period, written out.
func (r *reference) byPeriod(q Query, codes []string) map[string]refRow {
	from := q.From
	if from == data.NoDate {
		for _, h := range r.scope(r.viewer) {
			for _, v := range r.reports[h.ID] {
				if from == data.NoDate || v.Day() < from {
					from = v.Day()
				}
			}
		}
	}
	rows := make(map[string]refRow)
	if from == data.NoDate {
		return rows
	}
	begin := func(d data.Date) string { // of the period that contains the day
		t := d.Time()
		switch q.By {
		case ByWeek:
			for t.Weekday() != 1 {
				t = t.AddDate(0, 0, -1)
			}
		case ByMonth:
			t = t.AddDate(0, 0, 1-t.Day())
		}
		return t.Format("2006-01-02")
	}
	for first := from; first <= q.To; {
		last := first
		for last+1 <= q.To && begin(last+1) == begin(first) {
			last++
		}
		period := q
		period.From, period.To = first, last
		row := refRow{Count: r.count(r.scope(codes), period), Flags: []string{}}
		soFar := q
		soFar.From, soFar.To = from, last
		row.ReachedSoFar = r.count(r.scope(codes), soFar).Reached
		for _, h := range r.scope(codes) {
			if r.eligible(h, last) && r.reachedWithin(h, first, last) && !r.reachedWithin(h, from, first-1) {
				row.NewlyReached++
			}
		}
		rows[begin(first)] = row
		first = last + 1
	}
	return rows
}

// reachedWithin reports whether the household had a completed visit in the window.
func (r *reference) reachedWithin(h *data.Household, from, to data.Date) bool {
	return slices.ContainsFunc(since(merged(r.upTo(h, to)), from),
		func(v refVisit) bool { return v.outcome == data.Completed })
}
