package style

import (
	"fmt"
	"image/color"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tungnha/coverage/rules"
)

// webSource returns a source file of the web page, which draws some of what the style does
// from lists of its own.
func webSource(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "api", "web", "src", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// between returns what is in the text from the first start on, to the next end.
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
	const notShown = rules.FlagUnderstaffed | rules.FlagOverloaded | rules.FlagTooFewData
	var want []string
	for _, kind := range rules.Severity {
		if kind.Flags&notShown == 0 {
			want = append(want, kind.Name)
		}
	}
	got := texts(between(t, webSource(t, "view/view.ts"), "export const flagKinds = [", "]"))
	if !slices.Equal(got, want) {
		t.Errorf("view.ts has the flags in the order %q, want %q", got, want)
	}
}

// A rate has the same colour in the style as on the page.
func TestWebKeepsTheColours(t *testing.T) {
	source := webSource(t, "symbology/scale.ts")
	if got := texts(between(t, source, "coverage: [", "]")); !slices.Equal(got, coverageRamp) {
		t.Errorf("scale.ts has the ramp %q, want %q", got, coverageRamp)
	}
	var bounds []string
	for _, b := range rateBreaks {
		bounds = append(bounds, fmt.Sprint(b))
	}
	if got, want := between(t, source, "export const breaks = [", "]"), strings.Join(bounds, ", "); got != want {
		t.Errorf("scale.ts has the breaks %s, want %s", got, want)
	}
}

var namedColour = regexp.MustCompile(`(\w+): \{\s*colour: '(#[0-9a-f]{6})'`)

// coloursOf returns the colours of the symbols in a list of symbols.ts.
func coloursOf(list string) map[string]string {
	colours := make(map[string]string)
	for _, match := range namedColour.FindAllStringSubmatch(list, -1) {
		colours[match[1]] = match[2]
	}
	return colours
}

// Symbols of flags and households have the same names and colours in the style as on the
// page.
func TestWebKeepsTheSymbols(t *testing.T) {
	source := webSource(t, "symbology/symbols.ts")
	flags := make(map[string]string)
	for _, s := range symbols {
		flags[s.flag] = s.colour
	}
	if got := coloursOf(between(t, source, "export const flagSymbols", "\n};")); !maps.Equal(got, flags) {
		t.Errorf("symbols.ts has the flags %v, want %v", got, flags)
	}
	households := make(map[string]string)
	for _, h := range HouseholdColours {
		households[h.State] = h.Colour
	}
	if got := coloursOf(between(t, source, "export const householdSymbols", "\n};")); !maps.Equal(got, households) {
		t.Errorf("symbols.ts has the households %v, want %v", got, households)
	}
}

// Textures are painted in the two colours that the page has for them.
func TestWebKeepsTheTextures(t *testing.T) {
	list := between(t, webSource(t, "symbology/symbols.ts"), "export const textures", "\n};")
	entry := regexp.MustCompile(`(\w+): \{ strokes: .*, ink: '(#[0-9a-f]{6})', ground: (null|'#[0-9a-f]{6}') \}`)
	want := make(map[string]map[color.NRGBA]bool)
	for _, match := range entry.FindAllStringSubmatch(list, -1) {
		ground := color.NRGBA{}
		if match[3] != "null" {
			ground = parseColour(strings.Trim(match[3], "'"))
		}
		want["pattern-"+strings.ReplaceAll(match[1], "_", "-")] = map[color.NRGBA]bool{parseColour(match[2]): true,
			ground: true}
	}
	delete(want, "pattern-never") // the page alone shows days since the latest visit
	painted := 0
	for _, image := range spriteImages() {
		if !strings.HasPrefix(image.name, "pattern-") {
			continue
		}
		painted++
		got := make(map[color.NRGBA]bool)
		for i := range 100 * image.size * image.size {
			got[image.paint(float64(i%(10*image.size))/10, float64(i/(10*image.size))/10)] = true
		}
		if !maps.Equal(got, want[image.name]) {
			t.Errorf("%s has the colours %v, want %v", image.name, got, want[image.name])
		}
	}
	if painted != len(want) {
		t.Errorf("%d textures, symbols.ts has %d", painted, len(want))
	}
}
