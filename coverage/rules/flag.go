package rules

import (
	"fmt"
	"math/bits"
	"strings"

	"tungnha/data"
)

// Flags has a bit for each flag raised on a row.
type Flags uint64

// The flags. LowUptake of skill i is FlagLowUptake<<i, too few data FlagTooFewData<<i.
const (
	FlagNoTeam Flags = 1 << iota
	FlagUnvisited
	FlagBarelyVisited
	FlagLowCoverage
	FlagStale
	FlagRegistryGap
	FlagUnderstaffed
	FlagOverloaded
	FlagLowUptake  Flags = 1 << 16
	FlagTooFewData Flags = 1 << 32
)

// NumFlags is how many bits of Flags are in use or kept for later: a flag's bit is its
// place in Row.HamletsFlagged.
const NumFlags = 48

// anySkill has the bits that a flag has for the skills of a programme.
const anySkill = 1<<data.MaxSkills - 1

// A FlagKind is a flag, or those of all skills that share a name.
type FlagKind struct {
	Name  string
	Flags Flags
}

// Severity lists the kinds of flags from the most severe, to act on first, down: where nobody works,
// where nobody came, where what was done falls short, where too little is known. It is the
// one order for lists, tiles and the map, as docs/indicators.md states it.
var Severity = [...]FlagKind{
	{"no_team", FlagNoTeam},
	{"unvisited", FlagUnvisited},
	{"barely_visited", FlagBarelyVisited},
	{"low_coverage", FlagLowCoverage},
	{lowUptakeName, FlagLowUptake * anySkill},
	{"stale", FlagStale},
	{"understaffed", FlagUnderstaffed},
	{"overloaded", FlagOverloaded},
	{"registry_gap", FlagRegistryGap},
	{tooFewDataName, FlagTooFewData * anySkill},
}

// MostSevere returns the place in Severity of the most severe flag in f, len(Severity) where f has none.
func (f Flags) MostSevere() int {
	for i := range Severity {
		if f&Severity[i].Flags != 0 {
			return i
		}
	}
	return len(Severity)
}

// flagNames are the names of the flags that are not of one skill.
var flagNames = []struct {
	flag Flags
	name string
}{
	{FlagNoTeam, "no_team"},
	{FlagUnvisited, "unvisited"},
	{FlagBarelyVisited, "barely_visited"},
	{FlagLowCoverage, "low_coverage"},
	{FlagStale, "stale"},
	{FlagRegistryGap, "registry_gap"},
	{FlagUnderstaffed, "understaffed"},
	{FlagOverloaded, "overloaded"},
}

const (
	lowUptakeName  = "low_uptake"
	tooFewDataName = "too_few_data"
)

// Keys lists the flags in f by their names, low_uptake:payment among them.
func (c *Config) Keys(f Flags) []string {
	names := []string{}
	c.eachKey(f, func(name, skill string) {
		if skill != "" {
			name += ":" + skill
		}
		names = append(names, name)
	})
	return names
}

// AppendKeys appends what Keys returns, divided by semicolons.
func (c *Config) AppendKeys(b []byte, f Flags) []byte {
	start := len(b)
	c.eachKey(f, func(name, skill string) {
		if len(b) > start {
			b = append(b, ';')
		}
		if b = append(b, name...); skill != "" {
			b = append(append(b, ':'), skill...)
		}
	})
	return b
}

// eachKey calls yield for each flag in f with its name and, where it is of one skill, that
// skill's key.
func (c *Config) eachKey(f Flags, yield func(name, skill string)) {
	for _, n := range flagNames {
		if f&n.flag != 0 {
			yield(n.name, "")
		}
	}
	for i := range c.Skills {
		if f&(FlagLowUptake<<i) != 0 {
			yield(lowUptakeName, c.Skills[i].Key)
		}
	}
	for i := range c.Skills {
		if f&(FlagTooFewData<<i) != 0 {
			yield(tooFewDataName, c.Skills[i].Key)
		}
	}
}

// ParseFlag returns the flag of the name. low_uptake and too_few_data without a skill are
// those of all skills together.
func (c *Config) ParseFlag(name string) (Flags, error) {
	for _, n := range flagNames {
		if n.name == name {
			return n.flag, nil
		}
	}
	kind, skill, ofSkill := strings.Cut(name, ":")
	var flags Flags
	for i := range c.Skills {
		if ofSkill && c.Skills[i].Key != skill {
			continue
		}
		switch kind {
		case lowUptakeName:
			flags |= FlagLowUptake << i
		case tooFewDataName:
			flags |= FlagTooFewData << i
		}
	}
	if flags == 0 {
		all := ^Flags(0)
		return 0, fmt.Errorf("flag %q: want one of %s", name, strings.Join(c.Keys(all), ", "))
	}
	return flags, nil
}

// AreaFlags returns the flags of a hamlet or commune with the count on a day, on which a team serves it or
// none does, in a programme of so many skills.
func (th *Thresholds) AreaFlags(area *data.Area, count *Count, served bool, on data.Date, skills int) Flags {
	flags := th.RateFlags(count, skills)
	if count.Households > 0 && !served {
		flags |= FlagNoTeam
	}
	if count.LastVisit == data.NoDate || on-count.LastVisit > data.Date(th.StaleDays) {
		flags |= FlagStale
	}
	if r, ok := count.RegistryCompleteness(area); ok && (r < th.RegistryLow || r > th.RegistryHigh) {
		flags |= FlagRegistryGap
	}
	return flags
}

// CellFlags returns the flags of a cell, served of whose households belong to a hamlet that a team serves.
func (th *Thresholds) CellFlags(count *Count, served uint32, skills int) Flags {
	flags := th.RateFlags(count, skills)
	if count.Households > 0 && served == 0 {
		flags |= FlagNoTeam
	}
	return flags
}

// TeamFlags returns the flags of a team's row.
func (th *Thresholds) TeamFlags(team *data.Team, count *Count) Flags {
	var flags Flags
	if team.Members != data.Unknown && team.Members < th.TeamMembers {
		flags |= FlagUnderstaffed
	}
	if int64(count.Households) > int64(th.TeamHouseholds) {
		flags |= FlagOverloaded
	}
	return flags
}

// RateFlags returns the flags that follow from the counts alone.
func (th *Thresholds) RateFlags(count *Count, skills int) Flags {
	if count.Households == 0 {
		return 0 // every rate is over nothing: no data is not a finding
	}
	var flags Flags
	if count.Attempted == 0 {
		flags |= FlagUnvisited
	} else if r, _ := count.AttemptRate(); r <= th.BarelyVisited {
		flags |= FlagBarelyVisited
	}
	if r, _ := count.Coverage(); r < th.LowCoverage {
		flags |= FlagLowCoverage
	}
	for i := range skills {
		if int64(count.Assessed[i]) < int64(th.MinAssessed) {
			flags |= FlagTooFewData << i
		} else if count.uptakeBelow(i, th.LowUptake) {
			flags |= FlagLowUptake << i
		}
	}
	return flags
}

// Count adds one to each of the flags in f.
func (f Flags) Count(counts *[NumFlags]uint32) {
	for ; f != 0; f &= f - 1 {
		counts[bits.TrailingZeros64(uint64(f))]++
	}
}

// Discount takes one from each of the flags in f.
func (f Flags) Discount(counts *[NumFlags]uint32) {
	for ; f != 0; f &= f - 1 {
		counts[bits.TrailingZeros64(uint64(f))]--
	}
}
