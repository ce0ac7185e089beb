package data

import (
	"fmt"
	"tungnha/internal/problem"
)

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

// String returns the name of o as it stands in files.
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
