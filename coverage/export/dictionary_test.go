package export

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestDictionaryDocument keeps docs/dictionary.md equal to the dictionary.
func TestDictionaryDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Data dictionary: Từ điển dữ liệu

Every field that files and the answers of ` + "`/ogc`" + ` have, under the same name everywhere. The five
default skills are listed; a programme with others has fields of the same forms for each of its own. The same
list, for the programme at hand, is at ` + "`/ogc/dictionary`" + `. What the counts and rates mean to the letter is in
[indicators](indicators.md).

Mọi trường có trong các tệp và trong các câu trả lời của ` + "`/ogc`" + `, cùng một tên ở mọi nơi.

Units are UCUM's: ` + "`1`" + ` is a rate, of one and not of a hundred, ` + "`{household}`" + ` a count of households. Codes and ids are
text, with their leading zeros; H3 indexes are hexadecimal text; days are YYYY-MM-DD. A value is null where it is not known,
where a rate would be over nothing, or where it is kept back, which ` + "`suppressed`" + ` then names. Lists are joined by ; where a
format has none. ` + "`gi_z`, `gi_p`, `gi_q` and `hotspot`" + ` are there when hot spots are asked for. Files say the same of
themselves: a workbook on its sheet of definitions, a GeoPackage in its data columns, a CSV file in the description
beside it, the others in their metadata. In the layer ` + "`households`" + ` a field that counts households is a boolean: whether the one is among them.
Files of areas, flags, teams and households can be imported again as CSV or GeoJSON: ` + "`code`, `name`, `kind`, `level`, `parent`" + `,
` + "`valid_from`, `declared_households`, `team_id`, `commune_code`, `members`, `household_id`, `hamlet_code`, `lon`" + ` and ` + "`lat`" + `
are taken over, figures and derived shapes are not; what has not been changed in between changes nothing.

| field | type | unit | nhãn | label | định nghĩa | definition | layers |
|---|---|---|---|---|---|---|---|
`)
	for _, f := range Dictionary(rules.DefaultConfig()) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", f.Name, f.Type, code(f.Unit), f.LabelVI, f.LabelEN, f.VI, f.EN, strings.Join(f.Layers, ", "))
	}
	path := filepath.Join("..", "..", "docs", "dictionary.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("docs/dictionary.md is not what the dictionary says: run go test ./coverage/export -run Dictionary -update")
	}
}

func code(unit string) string {
	if unit == "" {
		return ""
	}
	return "`" + unit + "`"
}

// TestDictionary: every column of every layer is in the dictionary, with its unit and its
// labels in both languages, and the dictionary has nothing else.
func TestDictionary(t *testing.T) {
	config := rules.DefaultConfig()
	all := Dictionary(config)
	for _, f := range all {
		if f.LabelVI == "" || f.LabelEN == "" || f.LabelVI == f.Name || f.VI == "" || f.EN == "" || len(f.Layers) == 0 {
			t.Errorf("%s: %+v lacks something", f.Name, f)
		}
		number := f.Type == Integer || f.Type == Real || f.Type == Share || f.Type == Degrees
		if number != (f.Unit != "") {
			t.Errorf("%s is %s of the unit %q", f.Name, f.Type, f.Unit)
		}
	}
	ix := build(t)
	for _, layer := range Layers {
		table, err := NewTable(t.Context(), ix.For(coverage.Operator),
			Request{Layer: layer, Query: coverage.Query{Resolution: 8}, Spots: layer == Cells})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := NewRows(t.Context(), ix.For(coverage.Operator),
			Request{Layer: layer, Query: coverage.Query{Resolution: 8}})
		if err != nil {
			t.Fatal(err)
		}
		fields := LayerFields(ix.For(coverage.Operator), string(layer))
		for i, c := range rows.Columns {
			if fields[i].Column != c {
				t.Errorf("%s: column %d is %+v, in the dictionary %+v", layer, i, c, fields[i].Column)
			}
		}
		for _, c := range table.Columns {
			if !slices.ContainsFunc(all,
				func(f Field) bool { return f.Name == c.Name && slices.Contains(f.Layers, string(layer)) }) {
				t.Errorf("%s: the column %s is not in the dictionary", layer, c.Name)
			}
		}
	}
}

// TestRows reads rows one by one, by scan and by place: they are those of the table.
func TestRows(t *testing.T) {
	ix := build(t)
	for _, layer := range Layers {
		req := Request{Layer: layer, Query: coverage.Query{Resolution: 8}}
		var want []string
		table, err := NewTable(t.Context(), ix.For(coverage.Operator), req)
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Each(t.Context(), func(g orb.Geometry, values []Value) error {
			want = append(want, fmt.Sprint(g, values))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		rows, err := NewRows(t.Context(), ix.For(coverage.Operator), req)
		if err != nil {
			t.Fatal(err)
		}
		if n, known := rows.Len(); known && n != len(want) {
			t.Errorf("%s: %d rows, want %d", layer, n, len(want))
		}
		var places []int32
		show := func(r *Row) string {
			g, err := r.Geometry()
			if err != nil {
				t.Fatal(err)
			}
			if near, ok := r.Near(); ok && g != nil && near.Union(g.Bound()) != near {
				t.Errorf("%s %s: the shape %v reaches beyond the box %v that holds it", layer, r.Key(), g.Bound(), near)
			}
			if key := r.Values()[0].Text; key != r.Key() {
				t.Errorf("%s: row %d has the key %q, and %q in its first column", layer, r.At, r.Key(), key)
			}
			return fmt.Sprint(g, r.Values())
		}
		if err := rows.Scan(t.Context(), 1, func(r *Row) error {
			if got := show(r); got != want[r.At] {
				t.Errorf("%s: row %d is %.200s, want %.200s", layer, r.At, got, want[r.At])
			}
			places = append([]int32{int32(r.At)}, places...) // backwards
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(places) != len(want)-1 {
			t.Errorf("%s: %d rows from the second on, want %d", layer, len(places), len(want)-1)
		}
		at := 0
		if err := rows.Pick(t.Context(), places, func(r *Row) error {
			if r.At != int(places[at]) || show(r) != want[r.At] {
				t.Errorf("%s: picked row %d is %d: %.200s", layer, places[at], r.At, show(r))
			}
			at++
			return nil
		}); err != nil || at != len(places) {
			t.Errorf("%s: picked %d of %d: %v", layer, at, len(places), err)
		}
	}
}
