package coverage

import (
	"os"
	"strings"
	"testing"

	"tungnha/coverage/rules"
)

// The document names the version of its definitions that is computed.
func TestDefinitionIsThatOfTheDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/indicators.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "version of these definitions, which is **" + rules.Definition +
		"**"; !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("docs/indicators.md does not say %q", want)
	}
}
