package data

import (
	"cmp"
	"slices"
)

// Assignment is the hamlets that a team serves from a day on, until the day before its next
// assignment, or until now.
type Assignment struct {
	From        Date // NoDate: from the team's beginning
	HamletCodes []string
}

// Assignments lists what the team served when, the oldest first: its History, or the one
// assignment that is valid all along. The slice must not be changed.
func (t *Team) Assignments() []Assignment {
	if t.History != nil {
		return t.History
	}
	return []Assignment{{NoDate, t.HamletCodes}}
}

// HamletsOn returns the codes of the hamlets assigned to the team on the day. Whether it
// was at work then follows from FormedOn and DissolvedOn.
func (t *Team) HamletsOn(day Date) []string {
	all := t.Assignments()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].From <= day {
			return all[i].HamletCodes
		}
	}
	return nil
}

// assign merges the hamlets of a team's record into the assignments before it, the
// oldest first. A record without a history means that its hamlets are served all along,
// whatever was there. One with a history gives its assignments; those of other days
// stay. The hamlets of an assignment are a set: they are sorted.
func assign(known []Assignment, record *Team) []Assignment {
	if record.History == nil {
		return []Assignment{{NoDate, hamletSet(record.HamletCodes)}}
	}
	all := slices.Clone(known)
	for _, a := range record.History {
		a.HamletCodes = hamletSet(a.HamletCodes)
		if a.From == 1 {
			a.From = NoDate // before the first of all days there is nothing
		}
		at, found := slices.BinarySearchFunc(all, a.From,
			func(a Assignment, from Date) int { return cmp.Compare(a.From, from) })
		if found {
			all[at] = a
		} else {
			all = slices.Insert(all, at, a)
		}
	}
	return all
}

// setAssignments makes the assignments, the oldest first, the team's History and
// HamletCodes. An assignment to no hamlets that ends none has no effect and is left out.
func (t *Team) setAssignments(all []Assignment) {
	t.History, t.HamletCodes = nil, nil
	for _, a := range all {
		serves := len(t.History) > 0 && len(t.History[len(t.History)-1].HamletCodes) > 0
		if serves || len(a.HamletCodes) > 0 {
			t.History = append(t.History, a)
		}
	}
	if n := len(t.History); n > 0 {
		t.HamletCodes = t.History[n-1].HamletCodes
	}
	if len(t.History) == 0 || len(t.History) == 1 && t.History[0].From == NoDate {
		t.History = nil
	}
}

// hamletSet sorts codes and drops repetitions; nil where there are none.
func hamletSet(codes []string) []string {
	if len(codes) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(codes)))
}
