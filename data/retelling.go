package data

import (
	"slices"
)

// Retelling is what one transaction is told of a team, record by record: a file gives a
// team's history a row an assignment.
type Retelling struct {
	all   []Assignment // also those that say nothing as yet: that it served none, before whom it served until then is told
	days  []Date       // of the history in this transaction
	given bool
}

// Tell brings a record into what was known of the team; old is nil for a new one. It
// returns what became of the record, and, where something did, the team as it is now.
func (r *Retelling) Tell(old *Team, record *Team) (now Team, effect Effect) {
	var known []Assignment
	switch {
	case r.all != nil:
		known = r.all
	case old != nil:
		known = old.Assignments()
	default:
		known = (&Team{}).Assignments()
	}
	all := assign(known, record)
	now = *record
	now.setAssignments(all)
	if old == nil {
		r.tell(record, all)
		return now, Effect{Change: Created}
	}
	fields := changedTeamFields(old, &now)
	if len(fields) > 0 && r.given {
		more := record.History != nil && !slices.ContainsFunc(fields, func(f string) bool { return f != "hamlet_codes" && f != "assigned_on" })
		if !more {
			return now, RejectTwice("team_id")
		}
		if slices.ContainsFunc(record.History, func(a Assignment) bool { return slices.Contains(r.days, a.From) }) {
			return now, RejectTwice("assigned_on")
		}
	}
	r.tell(record, all)
	if len(fields) == 0 {
		return now, Effect{Change: Unchanged}
	}
	return now, Effect{Change: Updated, Fields: fields}
}

func (r *Retelling) tell(record *Team, all []Assignment) {
	r.all, r.given = all, true
	for _, a := range record.History {
		r.days = append(r.days, a.From)
	}
}

// Service is a hamlet that a team serves, from and to which day; either may be NoDate.
type Service struct {
	HamletCode string
	From, To   Date
}

// Services lists the hamlets of all assignments, each of which ends on the day before the
// next.
func (t *Team) Services() (services []Service) {
	all := t.Assignments()
	for i, a := range all {
		var to Date
		if i+1 < len(all) {
			to = all[i+1].From - 1
		}
		for _, code := range a.HamletCodes {
			services = append(services, Service{code, a.From, to})
		}
	}
	return services
}

// SetServices makes the team's History and HamletCodes of the hamlets it served. A new
// assignment begins on every day on which a hamlet joins or has left.
func (t *Team) SetServices(services []Service) {
	var days []Date
	for _, s := range services {
		days = append(days, s.From)
		if s.To != NoDate {
			days = append(days, s.To+1)
		}
	}
	slices.Sort(days)
	record := Team{History: []Assignment{}}
	for _, day := range slices.Compact(days) {
		a := Assignment{From: day}
		for _, s := range services {
			if s.From <= day && (s.To == NoDate || day <= s.To) {
				a.HamletCodes = append(a.HamletCodes, s.HamletCode)
			}
		}
		record.History = append(record.History, a)
	}
	record.setAssignments(assign(nil, &record))
	t.History, t.HamletCodes = record.History, record.HamletCodes
}
