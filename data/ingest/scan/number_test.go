package scan

import (
	"strconv"
	"strings"
	"testing"
)

// The fast way to read a number gives what strconv gives.
func FuzzDegrees(f *testing.F) {
	for _, s := range []string{"0", "-0", "108.2022", "16,05", ".5", "5.", "1e3", "999999999999999",
		"0.1234567890123456", "-", "1.2.3", "NaN", "+1", "0x1p4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseDecimal(s)
		if !ok {
			return
		}
		want, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
		if err != nil || got != want {
			t.Fatalf("%q: got %v, want %v, %v", s, got, want, err)
		}
	})
}
