package export

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"tungnha/coverage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// docs/fields.md is the dictionary of the columns, made of what the files say of them.
func TestDictionary(t *testing.T) {
	ix := build(t)
	var out bytes.Buffer
	out.WriteString(`# Fields

What the columns of exported files mean; ` + "`go test ./coverage/export -update`" + ` writes this page from the program. The
files say the same of themselves: a workbook on its sheet of definitions, a GeoPackage in its data columns, a CSV file in the
description beside it, the others in their metadata. How the figures are defined stands in [indicators.md](indicators.md).

Codes are official unit codes as text, with their zeros; H3 cells are their index as hex text; days are YYYY-MM-DD; shares are
of one, not of a hundred. A value is empty (null) where it is not known, where a rate would be over nothing, or where it is
kept back, which ` + "`suppressed`" + ` then names. Lists are joined by ; where a format has none. The columns of the skills are
there for each skill of the programme; these are the ones of a programme that names none of its own.
`)
	for _, layer := range Layers {
		table, err := NewTable(t.Context(), ix, coverage.Operator, Request{Layer: layer, Query: window, Spots: layer == Cells})
		if err != nil {
			t.Fatal(err)
		}
		if layer == Flags {
			out.WriteString("\n## flags\n\nThose of areas: the rows that a flag is raised for.\n")
			continue
		}
		fmt.Fprintf(&out, "\n## %s\n\n| column | type | meaning | ý nghĩa |\n|---|---|---|---|\n", layer)
		for _, c := range table.Columns {
			if c.EN == "" || c.VI == "" {
				t.Errorf("%s: %s has no meaning in both languages", layer, c.Name)
			}
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", c.Name, typeNames[c.Type], c.EN, c.VI)
		}
		if layer == Cells {
			out.WriteString("\n`gi_z`, `gi_p`, `gi_q` and `hotspot` are there when hot spots are asked for.\n")
		}
	}
	const golden = "../../docs/fields.md"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the columns changed: look at the difference, then go test ./coverage/export -update\n%s", out.Bytes())
	}
}
