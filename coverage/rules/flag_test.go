package rules

import (
	"testing"

	"tungnha/data"
)

// Every flag has one place in the order, under the name by which it is asked for.
func TestSeverityHasEveryFlagOnce(t *testing.T) {
	config := DefaultConfig()
	skills := Flags(1)<<len(config.Skills) - 1
	known := FlagLowUptake*skills | FlagTooFewData*skills
	for _, n := range flagNames {
		known |= n.flag
	}
	var seen Flags
	for i, kind := range Severity {
		if kind.Flags&seen != 0 {
			t.Errorf("%s comes twice", kind.Name)
		}
		seen |= kind.Flags
		if f, err := config.ParseFlag(kind.Name); err != nil || f != kind.Flags&known {
			t.Errorf("%s is %#x, error %v; want %#x", kind.Name, f, err, kind.Flags&known)
		}
		if got := (kind.Flags | FlagTooFewData).MostSevere(); got != i {
			t.Errorf("most severe of %s and too few data: %d, want %d", kind.Name, got, i)
		}
	}
	if seen&known != known {
		t.Errorf("without a place: %v", config.Keys(known&^seen))
	}
	if got := (FlagTooFewData << (data.MaxSkills - 1)).MostSevere(); got != len(Severity)-1 {
		t.Errorf("too few data of the last skill has place %d", got)
	}
	if got := Flags(0).MostSevere(); got != len(Severity) {
		t.Errorf("no flag has place %d, want %d", got, len(Severity))
	}
}
