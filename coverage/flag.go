package coverage

import "tungnha/data"

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

// Config is what an operator may set: the skills and the thresholds of the flags.
type Config struct {
	Skills     data.Skills
	Thresholds Thresholds
}

// Thresholds are the limits at which flags are raised.
type Thresholds struct {
	BarelyVisited  float64 `toml:"barely_visited"`  // attempt rate at or below, 0.20
	LowCoverage    float64 `toml:"low_coverage"`    // coverage below, 0.50
	LowUptake      float64 `toml:"low_uptake"`      // upper bound of uptake below, 0.50
	MinAssessed    int     `toml:"min_assessed"`    // fewer assessed is too few data, 30
	StaleDays      int     `toml:"stale_days"`      // days since the last visit above, 90
	RegistryLow    float64 `toml:"registry_low"`    // registry completeness below, 0.80
	RegistryHigh   float64 `toml:"registry_high"`   // registry completeness above, 1.05
	TeamMembers    int     `toml:"team_members"`    // fewer members is understaffed, 7
	TeamHouseholds int     `toml:"team_households"` // more households is overloaded, 450
}

// DefaultConfig returns the five skills and the thresholds of the programme.
func DefaultConfig() *Config {
	return &Config{
		Skills: data.DefaultSkills,
		Thresholds: Thresholds{
			BarelyVisited: 0.20, LowCoverage: 0.50, LowUptake: 0.50, MinAssessed: 30,
			StaleDays: 90, RegistryLow: 0.80, RegistryHigh: 1.05, TeamMembers: 7, TeamHouseholds: 450,
		},
	}
}

// Keys lists the flags in f by their names, low_uptake:payment among them.
func (c *Config) Keys(f Flags) []string { panic("not yet") }

// ParseFlag returns the flag of the name.
func (c *Config) ParseFlag(name string) (Flags, error) { panic("not yet") }
