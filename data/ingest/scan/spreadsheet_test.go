package scan

import "testing"

func TestIsMangled(t *testing.T) {
	for s, want := range map[string]bool{
		"2.0194E+04": true, "2,0194E+04": true, "2.0194e4": true, "2E+04": true, "2e-4": true, "20194.0": true,
		"20194,00": true,
		"":         false, "20194": false, "0194": false, "12E4": false, "E4": false, "20194.5": false, "1.2.0": false,
		"20194.": false,
		"H2.0":   false, "2.0H": false, "2E+": false, "2.5E": false,
	} {
		if got := IsMangled(s); got != want {
			t.Errorf("IsMangled(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestWithoutApostrophe(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "a": "a", "'": "'", "''": "''", "'a": "'a", "'=1": "=1", "''=1": "'=1", "'-": "-", "'+84": "+84", "=1": "=1",
		"'@x'": "@x'",
	} {
		if got := WithoutApostrophe(s); got != want {
			t.Errorf("WithoutApostrophe(%q) = %q, want %q", s, got, want)
		}
	}
}
