package rules

import (
	"math/bits"
	"strings"

	"tungnha/data"
	"tungnha/internal/problem"
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
	Flags Flags // of all skills, where it is of one skill

	// Tile is its description in tiles, in English, of a flag of skills that of one skill; empty: it is of teams, of
	// which there are no tiles. TileAny is that of a property for any skill; empty: there is none.
	Tile, TileAny string
}

// Severity lists the kinds of flags from the most severe, to act on first, down: where nobody works,
// where nobody came, where what was done falls short, where too little is known. It is the
// one order for lists, tiles and the map, as docs/indicators.md states it.
var Severity = [...]FlagKind{
	{Name: "no_team", Flags: FlagNoTeam, Tile: "Boolean: true where no team serves it"},
	{Name: "unvisited", Flags: FlagUnvisited, Tile: "Boolean: true where nobody came in the window"},
	{Name: "barely_visited", Flags: FlagBarelyVisited, Tile: "Boolean: true where few households were visited"},
	{Name: "low_coverage", Flags: FlagLowCoverage, Tile: "Boolean: true where coverage is low"},
	{Name: "low_uptake", Flags: FlagLowUptake * anySkill, Tile: "Boolean: true where uptake is low",
		TileAny: "Boolean: true where uptake of any skill is low"},
	{Name: "stale", Flags: FlagStale, Tile: "Boolean: true where the latest visit is long ago"},
	{Name: "understaffed", Flags: FlagUnderstaffed},
	{Name: "overloaded", Flags: FlagOverloaded},
	{Name: "registry_gap", Flags: FlagRegistryGap,
		Tile: "Boolean: true where the register disagrees with the declared number"},
	{Name: "too_few_data", Flags: FlagTooFewData * anySkill, Tile: "Boolean: true where too few were assessed to tell"},
}

// OfSkills reports whether there is one of the flags for each skill.
func (k *FlagKind) OfSkills() bool { return k.Flags >= FlagLowUptake }

// kindOf is the kind of each flag by its bit, nil where the bit is not in use.
var kindOf = func() (kinds [NumFlags]*FlagKind) {
	for bit := range kinds {
		for i := range Severity {
			if Severity[i].Flags&(1<<bit) != 0 {
				kinds[bit] = &Severity[i]
			}
		}
	}
	return kinds
}()

// ofSkill returns the skill that the flag of a bit is of.
func ofSkill(bit int) (skill int, ok bool) {
	switch f := Flags(1) << bit; {
	case f >= FlagTooFewData:
		return bit - bits.TrailingZeros64(uint64(FlagTooFewData)), true
	case f >= FlagLowUptake:
		return bit - bits.TrailingZeros64(uint64(FlagLowUptake)), true
	}
	return 0, false
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

// eachKey calls yield for each flag in f, in the order of their bits, with its name and, where it is of one
// skill of the programme, that skill's key.
func (c *Config) eachKey(f Flags, yield func(name, skill string)) {
	for f &= 1<<NumFlags - 1; f != 0; f &= f - 1 {
		bit := bits.TrailingZeros64(uint64(f))
		skill, one := ofSkill(bit)
		switch kind := kindOf[bit]; {
		case kind == nil || one && skill >= len(c.Skills):
		case one:
			yield(kind.Name, c.Skills[skill].Key)
		default:
			yield(kind.Name, "")
		}
	}
}

// ParseFlag returns the flag of the name. low_uptake and too_few_data without a skill are
// those of all skills together.
func (c *Config) ParseFlag(name string) (Flags, *problem.Problem) {
	wanted, wantedSkill, one := strings.Cut(name, ":")
	var flags Flags
	for bit, kind := range kindOf {
		if kind == nil || kind.Name != wanted {
			continue
		}
		switch skill, ofOne := ofSkill(bit); {
		case !ofOne && !one, ofOne && skill < len(c.Skills) && (!one || c.Skills[skill].Key == wantedSkill):
			flags |= 1 << bit
		}
	}
	if flags == 0 {
		all := ^Flags(0)
		return 0, problem.NoFlag(name, c.Keys(all))
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
