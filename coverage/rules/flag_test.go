package rules

import (
	"math/rand/v2"
	"testing"

	"tungnha/data"
)

// Every flag has one place in the order, under the name by which it is requested.
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

// A flag of counts as they are shown is raised whatever the hidden ones are, and all such flags are shown. Of a hidden
// number of attempted households, barely_visited is raised for unvisited too.
func TestShownFlagsFollowFromShownCounts(t *testing.T) {
	const skills, on = 2, data.Date(45_000)
	rng := rand.New(rand.NewPCG(12, 5))
	counts := ShownCounts(skills)
	raised := make(map[string]int)
	for range 20_000 {
		config := DefaultConfig()
		th := &config.Thresholds
		th.MinAssessed, th.LowCoverage = 1+rng.IntN(40), rng.Float64()
		th.BarelyVisited, th.LowUptake, th.RegistryLow = rng.Float64(), rng.Float64(), rng.Float64()
		area := &data.Area{DeclaredHouseholds: rng.IntN(60)}
		shown := Count{LastVisit: on.Month() - data.Date(rng.IntN(200))}.month()
		var hidden Hidden
		for i, k := range counts {
			if *k.Of(&shown) = uint32(5 * rng.IntN(20)); *k.Of(&shown) <= MaxSmall ||
				i > 0 && hidden&HiddenHouseholds != 0 {
				*k.Of(&shown), hidden = 0, hidden|k.Bit
			}
		}
		for skill := range skills {
			if hidden&(HiddenAssessed<<skill) != 0 { // no more show it than were assessed
				shown.Shown[skill], hidden = 0, hidden|HiddenShown<<skill
			}
		}
		if hidden&HiddenVisits != 0 {
			shown.LastVisit = data.NoDate
		}
		got := th.ShownAreaFlags(area, &shown, hidden, false, on, counts, skills)
		always, bits := ^Flags(0), hidden
		if hidden&HiddenAttempted == 0 {
			bits = 0 // unvisited and barely_visited are distinguished
		}
		for range 200 {
			count := shown
			same := uint32(rng.IntN(MaxSmall + 1)) // the extremes come often
			for _, k := range counts {
				if hidden&k.Bit != 0 {
					*k.Of(&count) = []uint32{0, MaxSmall, same}[rng.IntN(3)]
				}
			}
			for skill := range skills {
				count.Shown[skill] = min(count.Shown[skill], max(count.Assessed[skill], shown.Shown[skill]))
			}
			if hidden&HiddenVisits != 0 {
				count.LastVisit = on // at the latest
			} else {
				count.LastVisit = (count.LastVisit + 31).Month() - 1
			}
			f := th.AreaFlags(area, &count, false, on, skills)
			if bits != 0 && f&FlagUnvisited != 0 {
				f |= FlagBarelyVisited
			}
			always &= f
		}
		if got != always {
			t.Fatalf("shown %+v, hidden %b: flags %v, want %v", shown, hidden, config.Keys(got), config.Keys(always))
		}
		for _, key := range config.Keys(got) {
			raised[key]++
		}
	}
	for _, key := range []string{"no_team", "barely_visited", "low_coverage", "stale", "registry_gap",
		"low_uptake:public_services", "too_few_data:public_services"} {
		if raised[key] == 0 {
			t.Errorf("%s was never raised", key)
		}
	}
}

// month returns the count with its last visit as it is shown.
func (c Count) month() Count {
	c.LastVisit = c.LastVisit.Month()
	return c
}
