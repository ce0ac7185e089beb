package rules

import "tungnha/data"

// State is the state of one household in a window.
type State uint8

// The bits of State.
const (
	Eligible State = 1 << iota
	Attempted
	Contacted
	Reached
	RevisitDue
)

// StateOf returns what the outcomes in a window, a bit each, make of an eligible
// household, the latest of them being last.
func StateOf(last data.Outcome, outcomes uint32) State {
	if outcomes == 0 {
		return 0
	}
	s := Attempted
	if outcomes&(1<<data.Completed|1<<data.Partial|1<<data.Refused) != 0 {
		s |= Contacted
	}
	if outcomes&(1<<data.Completed) != 0 {
		s |= Reached
	} else if last == data.Absent || last == data.Partial {
		s |= RevisitDue
	}
	return s
}
