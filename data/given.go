package data

import "tungnha/internal/problem"

// FieldSet is a set of the fields of one kind of record, a bit for each in the order of their list. The empty set
// stands for all of them: a record that does not say what it gives gives everything.
type FieldSet uint16

// Has reports whether the field at a place of the list is in the set.
func (s FieldSet) Has(place int) bool { return s == 0 || s>>place&1 == 1 }

// A record that gives some of its fields is completed by the store that it is put into: with the fields of the record
// of its key that is there, or, where there is none, with empty ones, unless they are required.

// complete takes over what is not given from the record that is there. Where old is nil it returns the names of the
// required fields that are not given.
func complete[R any](fields []Field[R], given FieldSet, now, old *R) (missing []string) {
	var none R
	for i := range fields {
		switch f := &fields[i]; {
		case given.Has(i):
		case old != nil:
			f.take(now, old)
		case f.Required:
			missing = append(missing, f.Name)
		case f.Type == CountField:
			*f.Count(now) = Unknown
		default:
			f.take(now, &none)
		}
	}
	return missing
}

// take gives a record the value that another one has in the field.
func (f *Field[R]) take(r, from *R) {
	switch f.Type {
	case TextField, CodeField, KeyField:
		*f.Text(r) = *f.Text(from)
	case DayField:
		*f.Day(r) = *f.Day(from)
	case CountField:
		*f.Count(r) = *f.Count(from)
	case DegreesField:
		*f.Degrees(r) = *f.Degrees(from)
	case OtherField:
		if f.Take != nil {
			f.Take(r, from)
		}
	}
}

// Complete makes the household a whole one with what is there; old is nil where nothing is. The result is a rejection,
// or of no meaning.
func (h *Household) Complete(old *Household) PutResult {
	if h.Given == 0 {
		return PutResult{}
	}
	if missing := complete(HouseholdFields, h.Given, h, old); missing != nil {
		return Reject(problem.NewRecordNeeds("household_id", "household", h.ID, missing))
	}
	h.Given = 0
	if old != nil && (h.RegisteredOn != old.RegisteredOn || h.RemovedOn != old.RemovedOn) {
		if p := CheckPeriod("registered_on", h.RegisteredOn, "removed_on", h.RemovedOn); p != nil {
			return Reject(p)
		}
	}
	return h.Check()
}

// Complete makes the visit a whole one with what is there; old is nil where nothing is. The result is a rejection, or
// of no meaning.
func (v *Visit) Complete(old *Visit) PutResult {
	if v.Given == 0 {
		return PutResult{}
	}
	if missing := complete(VisitFields, v.Given, v, old); missing != nil {
		return Reject(problem.NewRecordNeeds("visit_id", "visit", v.ID, missing))
	}
	v.Given = 0
	return v.Check()
}

// complete makes the team a whole one but for its hamlets, see TeamHistoryMerge.
func (t *Team) complete(old *Team) PutResult {
	if t.Given == 0 {
		return PutResult{}
	}
	if missing := complete(TeamFields, t.Given, t, old); missing != nil {
		return Reject(problem.NewRecordNeeds("team_id", "team", t.ID, missing))
	}
	t.Given = 0
	if old != nil && (t.FormedOn != old.FormedOn || t.DissolvedOn != old.DissolvedOn || t.History != nil) {
		if p := t.CheckDays(); p != nil {
			return Reject(p)
		}
	}
	return PutResult{}
}

// CheckDays refuses a team that is dissolved before it is formed, or has an assignment from a day before or after that.
func (t *Team) CheckDays() *problem.Problem {
	if p := CheckPeriod("formed_on", t.FormedOn, "dissolved_on", t.DissolvedOn); p != nil {
		return p
	}
	for _, a := range t.History {
		switch {
		case a.From == NoDate:
		case a.From < t.FormedOn:
			return problem.BeforeField("assigned_on", a.From.String(), "formed_on", t.FormedOn.String())
		case t.DissolvedOn != NoDate && a.From > t.DissolvedOn:
			return problem.AfterField("assigned_on", a.From.String(), "dissolved_on", t.DissolvedOn.String())
		}
	}
	return nil
}

// CheckPeriod refuses a last day before the first; either may be missing.
func CheckPeriod(firstField string, first Date, lastField string, last Date) *problem.Problem {
	if first != NoDate && last != NoDate && last < first {
		return problem.BeforeField(lastField, last.String(), firstField, first.String())
	}
	return nil
}
