package scripts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fileInDocs    = regexp.MustCompile("`([a-z]+/[\\w./]+\\.(?:go|tsx?|sql))`")
	glossaryEntry = regexp.MustCompile("(?m)^\\| [^|]+ \\| `([\\w.]+)` \\| `([\\w./]+)` \\|")
)

// TestArchitectureNamesWhatIsThere reads docs/architecture.md: every file that it names exists, and every file of the
// glossary contains the name that the glossary gives for it.
func TestArchitectureNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range fileInDocs.FindAllSubmatch(text, -1) {
		name := string(match[1])
		_, err := os.Stat(filepath.Join("..", name))
		if err != nil { // named within api/web
			_, err = os.Stat(filepath.Join("../api/web/src", name))
		}
		if err != nil {
			t.Errorf("%s is not there", name)
		}
	}
	entries := glossaryEntry.FindAllSubmatch(text, -1)
	if len(entries) < 30 {
		t.Errorf("the glossary has %d entries, want at least 30", len(entries))
	}
	for _, entry := range entries {
		name, file := string(entry[1]), string(entry[2])
		source, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Error(err)
			continue
		}
		declared := name[strings.LastIndexByte(name, '.')+1:]
		if !regexp.MustCompile(`\b` + declared + `\b`).Match(source) {
			t.Errorf("%s has no %s", file, name)
		}
	}
}
