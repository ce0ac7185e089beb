package rules

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tungnha/coverage/release"
	"tungnha/data"
)

// Config is what an operator may set: the skills, the thresholds of the flags, and when figures are released to the
// public.
type Config struct {
	Skills     data.Skills
	Thresholds Thresholds
	Provinces  map[string]Thresholds // by code: of the provinces that have their own, all of them
	Secret     data.Secret           // of the store
	Releases   release.Schedule
}

// processSecret is the secret of indexes that have no store with one: their versions are those of this process alone.
var processSecret = sync.OnceValue(data.NewSecret)

// WithSecret returns the configuration, with a secret of this process where it has none.
func (c *Config) WithSecret() *Config {
	if !c.Secret.IsZero() {
		return c
	}
	own := *c
	own.Secret = processSecret()
	return &own
}

// Version names a state of the data, whose digest is given, under the configuration: 24 hexadecimal digits of an HMAC
// under the secret, of which nothing but equality can be learnt.
func (c *Config) Version(digest []byte) string {
	parts := [][]byte{digest, []byte(Definition), fmt.Appendf(nil, "%v", c.Thresholds)}
	for _, s := range c.Skills {
		parts = append(parts, []byte(s.Key))
	}
	for _, code := range slices.Sorted(maps.Keys(c.Provinces)) {
		parts = append(parts, []byte(code), fmt.Appendf(nil, "%v", c.Provinces[code]))
	}
	sum := c.Secret.MAC("version", parts...)
	return hex.EncodeToString(sum[:12])
}

// Thresholds are the limits at which flags are raised, by the names of the settings file.
type Thresholds struct {
	BarelyVisited  float64 `toml:"barely_visited" json:"barely_visited" doc:"attempt rate at or below"`        // 0.20
	LowCoverage    float64 `toml:"low_coverage" json:"low_coverage" doc:"coverage below"`                      // 0.50
	LowUptake      float64 `toml:"low_uptake" json:"low_uptake" doc:"upper bound of uptake below"`             // 0.50
	MinAssessed    int     `toml:"min_assessed" json:"min_assessed" doc:"fewer assessed is too few data"`      // 30
	StaleDays      int     `toml:"stale_days" json:"stale_days" doc:"days since the last visit above"`         // 90
	RegistryLow    float64 `toml:"registry_low" json:"registry_low" doc:"registry completeness below"`         // 0.80
	RegistryHigh   float64 `toml:"registry_high" json:"registry_high" doc:"registry completeness above"`       // 1.05
	TeamMembers    int     `toml:"team_members" json:"team_members" doc:"fewer members is understaffed"`       // 7
	TeamHouseholds int     `toml:"team_households" json:"team_households" doc:"more households is overloaded"` // 450
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

// OfProvince returns the thresholds of the province with the code: its own, or else the common ones.
func (c *Config) OfProvince(code string) *Thresholds {
	if own, ok := c.Provinces[code]; ok {
		return &own
	}
	return &c.Thresholds
}
