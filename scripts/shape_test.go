package scripts

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestShape fails on a package of more than 3,000 lines without its tests, and on a line of more than 120 columns (a
// tab being four) that is not long by a string, a struct tag or SQL, which Go does not break.
func TestShape(t *testing.T) {
	lines := map[string]int{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inText := false // within a raw string of several lines
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(path, "_test.go") {
				lines[filepath.Dir(path)]++
			}
			width := utf8.RuneCountInString(strings.TrimRight(line, "\n")) + 3*strings.Count(line, "\t")
			if width > 120 && !inText && !strings.ContainsAny(line, "\"`") {
				t.Errorf("%s: a line of %d columns: %s", path, width, strings.TrimSpace(line))
			}
			if strings.Count(line, "`")%2 == 1 {
				inText = !inText
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room, n := range lines {
		if n > 3000 {
			t.Errorf("%s has %d lines without its tests: look for its second subject", room, n)
		}
	}
}
