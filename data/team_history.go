package data

import (
	"slices"
)

// TeamHistoryMerge collects the records of one team within one transaction: a file contains a
// team's history as one row for each assignment.
type TeamHistoryMerge struct {
	// all includes assignments to no hamlets that have no effect yet: a later record may add
	// which hamlets the team served before them.
	all   []Assignment
	days  []Date // of the history in this transaction
	given bool
}

// Merge adds a record to the known history of the team; old is nil for a new team. It
// returns the result for the record and, where something changed, the team as it is now.
func (r *TeamHistoryMerge) Merge(old *Team, record *Team) (now Team, result PutResult) {
	var known []Assignment
	switch {
	case r.all != nil:
		known = r.all
	case old != nil:
		known = old.Assignments()
	default:
		known = (&Team{}).Assignments()
	}
	now = *record
	if result = now.complete(old); result.Change == Rejected {
		return now, result
	}
	var all []Assignment
	switch {
	case !record.Given.Has(teamHamlets):
		all = known
	case !record.Given.Has(teamAssigned): // its hamlets now, whatever they were before
		all = slices.Clone(known)
		all[len(all)-1].HamletCodes = hamletSet(record.HamletCodes)
	default:
		all = assign(known, record)
	}
	now.setAssignments(all)
	if old == nil {
		r.add(record, all)
		return now, PutResult{Change: Created}
	}
	fields := changed(TeamFields, old, &now)
	if len(fields) > 0 && r.given {
		more := record.History != nil &&
			!slices.ContainsFunc(fields, func(f string) bool { return f != "hamlet_codes" && f != "assigned_on" })
		if !more {
			return now, RejectTwice("team_id")
		}
		if slices.ContainsFunc(record.History, func(a Assignment) bool { return slices.Contains(r.days, a.From) }) {
			return now, RejectTwice("assigned_on")
		}
	}
	r.add(record, all)
	if len(fields) == 0 {
		return now, PutResult{Change: Unchanged}
	}
	return now, PutResult{Change: Updated, Fields: fields}
}

func (r *TeamHistoryMerge) add(record *Team, all []Assignment) {
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
