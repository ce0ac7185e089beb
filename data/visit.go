package data

import (
	"fmt"
	"time"

	"tungnha/internal/problem"
)

// Visit is one report of one call at one household.
type Visit struct {
	ID          string // made by the client: sending it twice changes nothing
	HouseholdID string
	TeamID      string
	At          time.Time // to the second
	Outcome     Outcome
	Assessed    SkillSet // skills looked at
	Shown       SkillSet // those of them that the household showed: a subset of Assessed
	Origin      Origin   // when and whence it was received: no field of files, and not compared
	Given       FieldSet `json:"-"` // of one that is put: the fields that it sets, the others stay as they are there
}

// Day is the calendar day in Việt Nam on which the visit happened.
func (v *Visit) Day() Date { return DateOf(v.At) }

// Check rejects a visit that no store can keep, whatever else is in it. Whether its household,
// its team and its skills are known, the store checks.
func (v *Visit) Check() (r PutResult) {
	day := v.Day()
	switch {
	case v.ID == "":
		return Reject(problem.Empty("visit_id"))
	case v.Given != 0: // is checked when it is complete
		return r
	case v.Outcome < Ineligible || v.Outcome > Completed:
		return Reject(problem.NoOutcome("outcome", int(v.Outcome)))
	case day < FirstDate || day > MaxDate:
		return Reject(problem.DayOutOfRange("visited_at", FirstDate.String(), MaxDate.String()))
	case v.Shown&^v.Assessed != 0:
		return Reject(problem.NotAssessed("shown"))
	}
	return r
}

// NotRegistered warns of a visit on a day before its household was registered; nil where it was.
func (v *Visit) NotRegistered(registered Date) *problem.Problem {
	if day := v.Day(); registered != NoDate && day < registered {
		return problem.BeforeRegistered("visited_at", day.String(), v.HouseholdID, registered.String())
	}
	return nil
}

// Outcome is how a call at a household ended. Outcomes are ordered from the worst to the
// best: of the reports of one household on one day, the greatest counts.
type Outcome uint8

// The outcomes, in the order in which they outrank each other within a day.
const (
	Ineligible Outcome = iota + 1
	Moved
	Inaccessible
	Absent
	Refused
	Partial
	Completed
)

var outcomeNames = [...]string{
	Ineligible:   "ineligible",
	Moved:        "moved",
	Inaccessible: "inaccessible",
	Absent:       "absent",
	Refused:      "refused",
	Partial:      "partial",
	Completed:    "completed",
}

// String returns the name of o as it is in files.
func (o Outcome) String() string {
	if o < Ineligible || o > Completed {
		return fmt.Sprintf("Outcome(%d)", uint8(o))
	}
	return outcomeNames[o]
}

// ParseOutcome reads the name of an outcome.
func ParseOutcome(s string) (Outcome, error) {
	o, p := ReadOutcome("outcome", s)
	if p != nil {
		return 0, p
	}
	return o, nil
}

// ReadOutcome reads the name of an outcome from a field, and returns what is wrong with it as a problem.
func ReadOutcome(field, s string) (Outcome, *problem.Problem) {
	for o := Ineligible; o <= Completed; o++ {
		if outcomeNames[o] == s {
			return o, nil
		}
	}
	return 0, problem.NotAmong(field, s, "completed", "partial", "refused", "absent", "moved", "ineligible",
		"inaccessible")
}

// MarshalText writes o by its name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what ParseOutcome reads.
func (o *Outcome) UnmarshalText(b []byte) error {
	v, err := ParseOutcome(string(b))
	*o = v
	return err
}
