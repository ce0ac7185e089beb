package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// settings is what the file of --config may contain. docs/tungnha.example.toml documents it
// key by key.
type settings struct {
	Name       string            `toml:"name"` // of the programme
	DB         string            `toml:"db"`
	LogFormat  string            `toml:"log_format"`
	Serve      serveSettings     `toml:"serve"`
	Basemap    basemapSettings   `toml:"basemap"`
	Skills     data.Skills       `toml:"skills"`
	Thresholds thresholdSettings `toml:"thresholds"`
	Release    releaseSettings   `toml:"release"`

	releases  release.Schedule
	provinces map[string]rules.Thresholds // those of Thresholds.Province, what they leave out filled in
}

// thresholdSettings are the thresholds, and the keys that single provinces set otherwise.
type thresholdSettings struct {
	rules.Thresholds
	Province map[string]toml.Primitive `toml:"province"` // by code

	named bool // the file has thresholds
}

// serveSettings are the flags of serve.
type serveSettings struct {
	Addr       string   `toml:"addr"`
	AdminAddr  string   `toml:"admin_addr"`
	Households string   `toml:"households"`
	OpenVisits bool     `toml:"open_visits"`
	Imports    bool     `toml:"imports"`
	PublicURL  string   `toml:"public_url"`
	Hosts      []string `toml:"hosts"`
	Origins    []string `toml:"origins"`

	Memory         string   `toml:"memory"`
	TrustedProxies []string `toml:"trusted_proxies"`
	ClientRequests *int     `toml:"client_requests"`
	ClientRate     *float64 `toml:"client_rate"`

	AccessLog    string `toml:"access_log"`
	LogAddresses string `toml:"log_addresses"`
	ClientVisits *int   `toml:"client_visits"`
}

// basemapSettings are the flags of serve that name a basemap.
type basemapSettings struct {
	File        string `toml:"file"`
	Attribution string `toml:"attribution"`
}

// releaseSettings are the days on which figures are released to the public.
type releaseSettings struct {
	Weekday string `toml:"weekday"`
	Weeks   int    `toml:"weeks"`
}

func defaultSettings() *settings {
	return &settings{Release: releaseSettings{Weekday: "monday", Weeks: 1}, Thresholds: thresholdSettings{Thresholds: rules.DefaultConfig().Thresholds}}
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
	case flag.Name == "log-format":
		value = s.LogFormat
	case command != "serve":
	case flag.Name == "addr":
		value = s.Serve.Addr
	case flag.Name == "admin-addr":
		value = s.Serve.AdminAddr
	case flag.Name == "households":
		value = s.Serve.Households
	case flag.Name == "open-visits" && s.Serve.OpenVisits, flag.Name == "imports" && s.Serve.Imports:
		return true, nil
	case flag.Name == "public-url":
		value = s.Serve.PublicURL
	case flag.Name == "basemap":
		value = s.Basemap.File
	case flag.Name == "basemap-attribution":
		value = s.Basemap.Attribution
	case flag.Name == "host":
		value = strings.Join(s.Serve.Hosts, ",")
	case flag.Name == "memory":
		value = s.Serve.Memory
	case flag.Name == "trusted-proxy":
		value = strings.Join(s.Serve.TrustedProxies, ",")
	case flag.Name == "client-requests" && s.Serve.ClientRequests != nil:
		value = strconv.Itoa(*s.Serve.ClientRequests)
	case flag.Name == "client-visits" && s.Serve.ClientVisits != nil:
		value = strconv.Itoa(*s.Serve.ClientVisits)
	case flag.Name == "client-rate" && s.Serve.ClientRate != nil:
		value = strconv.FormatFloat(*s.Serve.ClientRate, 'f', -1, 64)
	case flag.Name == "access-log":
		value = s.Serve.AccessLog
	case flag.Name == "log-addresses":
		value = s.Serve.LogAddresses
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
		return nil, sentencef("settings: %s", err)
	}
	known, err := toml.Decode(string(text), s)
	if err != nil {
		var broken toml.ParseError
		if errors.As(err, &broken) {
			return nil, sentencef("settings %s line %d: %s", path, broken.Position.Line, broken.Message)
		}
		return nil, sentencef("settings %s: %s", path, err)
	}
	if s.releases, err = release.ParseSchedule(s.Release.Weekday, s.Release.Weeks); err != nil {
		return nil, sentencef("settings %s: release: %s", path, err)
	}
	s.Thresholds.named = known.IsDefined("thresholds")
	s.provinces = make(map[string]rules.Thresholds)
	for code, keys := range s.Thresholds.Province {
		own := s.Thresholds.Thresholds // whatever the order of the file
		if err := known.PrimitiveDecode(keys, &own); err != nil {
			return nil, sentencef("settings %s: thresholds.province.%q: %s", path, code, err)
		}
		s.provinces[code] = own
	}
	if unknown := known.Undecoded(); len(unknown) > 0 {
		names := make([]string, len(unknown))
		for i, key := range unknown {
			names[i] = key.String()
		}
		return nil, sentencef("settings %s: unknown key %s", path, strings.Join(names, ", "))
	}
	if err := s.check(); err != nil {
		return nil, sentencef("settings %s: %s", path, err)
	}
	return s, nil
}

var skillKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (s *settings) check() error {
	for _, choice := range []struct {
		key, value string
		choices    []string
	}{
		{"log_format", s.LogFormat, []string{"json", "text"}},
		{"serve.households", s.Serve.Households, []string{"show", "hide"}},
		{"serve.access_log", s.Serve.AccessLog, []string{"all", "failed", "none"}},
		{"serve.log_addresses", s.Serve.LogAddresses, []string{"full", "truncated", "none"}},
	} {
		if choice.value != "" && !slices.Contains(choice.choices, choice.value) {
			return sentencef("%s: %q: want one of %s", choice.key, choice.value, strings.Join(choice.choices, ", "))
		}
	}
	if len(s.Skills) > data.MaxSkills {
		return sentencef("skills: %d; at most %d", len(s.Skills), data.MaxSkills)
	}
	for i, skill := range s.Skills {
		switch {
		case !skillKey.MatchString(skill.Key):
			return sentencef("skills: key %q of number %d: want small letters, digits and _, a letter first", skill.Key,
				i+1)
		case s.Skills.Index(skill.Key) != i:
			return sentencef("skills: key %q is there twice", skill.Key)
		case skill.EN == "" || skill.VI == "":
			return sentencef("skills: %s needs both names, en and vi", skill.Key)
		}
	}
	if err := checkThresholds("thresholds", &s.Thresholds.Thresholds); err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(s.provinces)) {
		if !areaCode.MatchString(code) {
			return sentencef("thresholds.province.%q: want the code of a province, such as \"48\"", code)
		}
		own := s.provinces[code]
		if err := checkThresholds(fmt.Sprintf("thresholds.province.%q", code), &own); err != nil {
			return err
		}
	}
	return nil
}

// areaCode is what the code of a province may look like.
var areaCode = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// checkThresholds checks the thresholds of a table of the file.
func checkThresholds(table string, t *rules.Thresholds) error {
	for _, share := range []struct {
		key   string
		value float64
	}{{"barely_visited", t.BarelyVisited}, {"low_coverage", t.LowCoverage}, {"low_uptake", t.LowUptake},
		{"registry_low", t.RegistryLow}} {
		if !(share.value >= 0 && share.value <= 1) { // NaN, too, is no share
			return sentencef("%s.%s: %v: want a share from 0 to 1", table, share.key, share.value)
		}
	}
	if !(t.RegistryHigh >= 1 && t.RegistryHigh <= 100) {
		return sentencef("%s.registry_high: %v: want 1 to 100", table, t.RegistryHigh)
	}
	for _, number := range []struct {
		key   string
		value int
	}{{"min_assessed", t.MinAssessed}, {"stale_days", t.StaleDays}, {"team_members", t.TeamMembers},
		{"team_households", t.TeamHouseholds}} {
		if number.value < 0 || number.value > 1_000_000 {
			return sentencef("%s.%s: %d: want 0 to 1000000", table, number.key, number.value)
		}
	}
	return nil
}
