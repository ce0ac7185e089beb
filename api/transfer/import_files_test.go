package transfer

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestFileName(t *testing.T) {
	before := []ImportedFile{{Name: "visits.csv"}, {Name: "2-visits.csv"}}
	for name, want := range map[string]string{
		"visits.csv": "3-visits.csv", "Hộ dân (xã).csv": "Hộ dân (xã).csv", "../../etc/passwd": "passwd",
		`C:\Lượt đến.csv`: "Lượt đến.csv", ".hidden": "hidden", "..": "file", "": "file", "a\x00b\nc.csv": "a_b_c.csv",
		strings.Repeat("á", 100) + ".csv": strings.Repeat("á", 56) + ".csv", "a\xffb": "a_b",
	} {
		if got := fileName(name, before); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Whatever a client calls its file, the name stays in its folder and fits a file system.
func FuzzFileName(f *testing.F) {
	f.Add("visits.csv")
	f.Add("../..\\x/.\u0301y")
	f.Fuzz(func(t *testing.T, name string) {
		got := fileName(name, []ImportedFile{{Name: "x"}})
		if got == "" || got == "." || got == ".." || len(got) > 255 || got != filepath.Base(got) ||
			strings.EqualFold(got, "x") || strings.ContainsAny(got, "/\\\x00\n") {
			t.Errorf("%q: got %q", name, got)
		}
	})
}
