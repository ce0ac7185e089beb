package tiles

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"tungnha/coverage"
)

// webSource returns a source file of the web page, which draws some of what the style does
// from lists of its own.
func webSource(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "api", "web", "src", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// between returns what stands in the text from the first start on, to the next end.
func between(t *testing.T, text, start, end string) string {
	t.Helper()
	match := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(start) + `(.*?)` + regexp.QuoteMeta(end)).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("nothing stands between %q and %q", start, end)
	}
	return match[1]
}

var quoted = regexp.MustCompile(`'([^']*)'`)

// texts returns what is between quotes.
func texts(list string) []string {
	var found []string
	for _, match := range quoted.FindAllStringSubmatch(list, -1) {
		found = append(found, match[1])
	}
	return found
}

// The page lists and draws the flags of places, gravest first, in the order of all else. It
// shows too little data as a texture and has no teams.
func TestWebKeepsTheOrderOfFlags(t *testing.T) {
	const notShown = coverage.FlagUnderstaffed | coverage.FlagOverloaded | coverage.FlagTooFewData
	var want []string
	for _, kind := range coverage.Gravity {
		if kind.Flags&notShown == 0 {
			want = append(want, kind.Name)
		}
	}
	got := texts(between(t, webSource(t, "view.ts"), "export const flagKinds = [", "]"))
	if !slices.Equal(got, want) {
		t.Errorf("view.ts has the flags in the order %q, want %q", got, want)
	}
}
