package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"tungnha/coverage"
	"tungnha/data"
)

// settings is what the file of --config may say. docs/tungnha.example.toml documents it
// key by key.
type settings struct {
	Name       string              `toml:"name"` // of the programme
	DB         string              `toml:"db"`
	Serve      serveSettings       `toml:"serve"`
	Skills     data.Skills         `toml:"skills"`
	Thresholds coverage.Thresholds `toml:"thresholds"`
}

// serveSettings are the flags of serve.
type serveSettings struct {
	Addr       string   `toml:"addr"`
	Households string   `toml:"households"`
	PublicURL  string   `toml:"public_url"`
	Origins    []string `toml:"origins"`
}

func defaultSettings() *settings {
	return &settings{Thresholds: coverage.DefaultConfig().Thresholds}
}

// Validate has nothing to do: readSettings has checked the keys.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve gives kong the value of a flag that neither the command line nor the environment
// sets.
func (s *settings) Resolve(_ *kong.Context, at *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	var value string
	command := at.Node().Name
	switch {
	case flag.Name == "db" && command != "demo":
		value = s.DB
	case command != "serve":
	case flag.Name == "addr":
		value = s.Serve.Addr
	case flag.Name == "households":
		value = s.Serve.Households
	case flag.Name == "public-url":
		value = s.Serve.PublicURL
	case flag.Name == "origin":
		value = strings.Join(s.Serve.Origins, ",")
	}
	if value == "" {
		return nil, nil
	}
	return value, nil
}

// readSettings reads a settings file. A key that means nothing is an error: it is most
// likely one that is misspelt.
func readSettings(path string) (*settings, error) {
	s := defaultSettings()
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	known, err := toml.Decode(string(text), s)
	if err != nil {
		var broken toml.ParseError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("settings %s line %d: %s", path, broken.Position.Line, broken.Message)
		}
		return nil, fmt.Errorf("settings %s: %w", path, err)
	}
	if unknown := known.Undecoded(); len(unknown) > 0 {
		names := make([]string, len(unknown))
		for i, key := range unknown {
			names[i] = key.String()
		}
		return nil, fmt.Errorf("settings %s: unknown key %s", path, strings.Join(names, ", "))
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("settings %s: %w", path, err)
	}
	return s, nil
}

var skillKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (s *settings) check() error {
	if h := s.Serve.Households; h != "" && h != "show" && h != "hide" {
		return fmt.Errorf("serve.households: %q: want show or hide", h)
	}
	if len(s.Skills) > data.MaxSkills {
		return fmt.Errorf("skills: %d; at most %d", len(s.Skills), data.MaxSkills)
	}
	for i, skill := range s.Skills {
		switch {
		case !skillKey.MatchString(skill.Key):
			return fmt.Errorf("skills: key %q of number %d: want small letters, digits and _, a letter first", skill.Key, i+1)
		case s.Skills.Index(skill.Key) != i:
			return fmt.Errorf("skills: key %q is there twice", skill.Key)
		case skill.EN == "" || skill.VI == "":
			return fmt.Errorf("skills: %s needs both names, en and vi", skill.Key)
		}
	}
	t := &s.Thresholds
	for _, share := range []struct {
		key   string
		value float64
	}{{"barely_visited", t.BarelyVisited}, {"low_coverage", t.LowCoverage}, {"low_uptake", t.LowUptake}, {"registry_low", t.RegistryLow}} {
		if !(share.value >= 0 && share.value <= 1) { // NaN, too, is no share
			return fmt.Errorf("thresholds.%s: %v: want a share from 0 to 1", share.key, share.value)
		}
	}
	if !(t.RegistryHigh >= 1 && t.RegistryHigh <= 100) {
		return fmt.Errorf("thresholds.registry_high: %v: want 1 to 100", t.RegistryHigh)
	}
	for _, number := range []struct {
		key   string
		value int
	}{{"min_assessed", t.MinAssessed}, {"stale_days", t.StaleDays}, {"team_members", t.TeamMembers}, {"team_households", t.TeamHouseholds}} {
		if number.value < 0 || number.value > 1_000_000 {
			return fmt.Errorf("thresholds.%s: %d: want 0 to 1000000", number.key, number.value)
		}
	}
	return nil
}
