package rules

import (
	"math/rand/v2"
	"testing"

	"tungnha/data"
)

// Every flag has one place in the order, under the name by which it is asked for.
func TestSeverityHasEveryFlagOnce(t *testing.T) {
	config := DefaultConfig()
	skills := Flags(1)<<len(config.Skills) - 1
	known := FlagNoTeam | FlagUnvisited | FlagBarelyVisited | FlagLowCoverage | FlagStale | FlagRegistryGap |
		FlagUnderstaffed | FlagOverloaded | FlagLowUptake*skills | FlagTooFewData*skills
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

// allFlags are the flags that anything raises on a count.
func allFlags(th *Thresholds, area *data.Area, count *Count, skills int) Flags {
	team := &data.Team{Members: 3}
	return th.AreaFlags(area, count, false, 200, skills) | th.TeamFlags(team, count) | th.CellFlags(count, 0, skills)
}

// Each flag names the counts that decide it: what another count is, as long as it is not 0, changes nothing. So a
// flag beside suppressed counts cannot be shown because its rule forgot to say what it is made of.
func TestFlagsNameTheCountsThatDecideThem(t *testing.T) {
	const skills = 3
	rng := rand.New(rand.NewPCG(12, 5))
	moved := make(map[string]Hidden)
	number := func() uint32 { return 1 + rng.Uint32N(1<<rng.IntN(10)) }
	for range 200_000 {
		config := DefaultConfig()
		th := &config.Thresholds
		th.MinAssessed, th.TeamHouseholds = 1+rng.IntN(40), rng.IntN(500)
		th.BarelyVisited, th.LowCoverage, th.LowUptake = rng.Float64(), rng.Float64(), rng.Float64()
		area := &data.Area{DeclaredHouseholds: rng.IntN(500)}
		before := Count{LastVisit: data.Date(rng.IntN(200))}
		numbers := HouseholdCounts(skills)
		for _, n := range numbers {
			*n.Of(&before) = number()
		}
		after := before
		changed := numbers[rng.IntN(len(numbers))]
		*changed.Of(&after) = number()
		for _, kind := range Severity {
			differ := (allFlags(th, area, &before, skills) ^ allFlags(th, area, &after, skills)) & kind.Flags
			if differ == 0 {
				continue
			}
			bit := changed.Bit
			if bit >= HiddenAssessed { // the bit of skill 0
				for bit&(HiddenAssessed|HiddenShown) == 0 {
					bit >>= 1
				}
			}
			moved[kind.Name] |= bit
			if kind.Of&bit == 0 {
				t.Fatalf("%s follows from a count that it does not name (%#x): it would be shown beside it when it is hidden", kind.Name, bit)
			}
			if allowed := th.FlagsAllowed(&before, changed.Bit, skills); allowed&differ != 0 &&
				!Small(*changed.Of(&before)) {
				t.Fatalf("%s is shown beside a hidden count of %d", kind.Name, *changed.Of(&before))
			}
			// Beside a small count it may be shown where every small count raises it.
			if allowed := th.FlagsAllowed(&before, changed.Bit, skills); allowed&differ != 0 &&
				Small(*changed.Of(&before)) && Small(*changed.Of(&after)) {
				t.Fatalf("%s is shown beside a hidden count of %d, and %d would change it", kind.Name,
					*changed.Of(&before), *changed.Of(&after))
			}
		}
	}
	for _, kind := range Severity {
		if moved[kind.Name] != kind.Of {
			t.Errorf("%s names the counts %#x, but %#x decide it", kind.Name, kind.Of, moved[kind.Name])
		}
	}
}
