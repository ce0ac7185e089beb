package rules

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files anew")

// TestTypeScript keeps the map's list of measures equal to the registry.
func TestTypeScript(t *testing.T) {
	counts := make(map[Number]string)
	for _, m := range measures {
		if m.Kind == Counted {
			counts[m.Part] = m.Key
		}
	}
	var b strings.Builder
	b.WriteString("// Generated from coverage/rules/measure.go: go test ./coverage/rules -run TypeScript -update\n\n")
	b.WriteString("/** The counts and rates of a row in tiles, but for those of skills and days. A rate is part / whole. */\n")
	b.WriteString("export const measures = [\n")
	for _, m := range measures {
		if m.In&(InTiles|InAreas) == 0 || m.Kind != Counted && m.Kind != Share || m.Part == NumDeclared {
			continue
		}
		entry := map[string]any{"key": m.Key, "label": map[string]string{"vi": m.LabelVI, "en": m.LabelEN},
			"pointer": m.In&InPointer != 0, "optional": m.In&InRows != InRows, "part": nil, "whole": nil}
		if m.Kind == Share {
			entry["part"], entry["whole"] = counts[m.Part], counts[m.Whole]
		}
		line, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %s,\n", line)
	}
	b.WriteString("] as const;\n")
	path := filepath.Join("..", "..", "api", "web", "src", "text", "measures.gen.ts")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the list of measures says (%v): run go test ./coverage/rules -run TypeScript -update",
			path, err)
	}
}
