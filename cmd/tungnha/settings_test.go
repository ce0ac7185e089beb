package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/coverage/rules"
)

// A province takes what it does not set from the common thresholds, wherever they are.
func TestThresholdsOfProvinces(t *testing.T) {
	want := rules.DefaultConfig().Thresholds
	want.StaleDays = 60
	own := want
	own.LowCoverage, own.TeamMembers = 0.6, 5
	read := func(text string) (*settings, error) {
		path := filepath.Join(t.TempDir(), "tungnha.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return readSettings(path)
	}
	for _, text := range []string{
		"[thresholds]\nstale_days = 60\n[thresholds.province.\"48\"]\nlow_coverage = 0.6\nteam_members = 5\n",
		"[thresholds.province.\"48\"]\nlow_coverage = 0.6\nteam_members = 5\n[thresholds]\nstale_days = 60\n",
	} {
		s, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		if s.Thresholds.Thresholds != want || len(s.provinces) != 1 || s.provinces["48"] != own {
			t.Errorf("%s\ngot  %+v, %+v\nwant %+v, %+v", text, s.Thresholds.Thresholds, s.provinces, want, own)
		}
	}
	for text, want := range map[string]string{
		"[thresholds.province.\"48\"]\nlow_covrage = 0.6\n":  "unknown key thresholds.province.48.low_covrage",
		"[thresholds.province.\"48\"]\nlow_coverage = 6.0\n": `thresholds.province."48".low_coverage: 6: want a share`,
		"[thresholds.province.\"48\"]\nstale_days = -1\n":    `thresholds.province."48".stale_days: -1`,
		"[thresholds.province.\"48\"]\nstale_days = \"x\"\n": "stale_days",
		"[thresholds.province.\"\"]\nstale_days = 1\n":       "want the code of a province",
		"[thresholds.province]\nlow_coverage = 0.6\n":        "thresholds.province",
		"[thresholds.provinces.\"48\"]\nstale_days = 1\n":    "unknown key thresholds.provinces",
	} {
		if s, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %+v, error %v, want %q", text, s, err, want)
		}
	}
}
