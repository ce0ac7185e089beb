package cql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

var language = &Language{
	Properties: []Property{
		{"name", Text}, {"households", Number}, {"coverage", Number}, {"eligible", Boolean}, {"last_visit", Day},
		{"hidden", Number}, {"tên", Text}, {"in", Number}, {"geometry", Geometry},
	},
	DayOf: func(moment string) (string, error) {
		if len(moment) < 10 || !strings.Contains(moment, "T") {
			return "", fmt.Errorf("%q is no moment", moment)
		}
		return moment[:10], nil
	},
}

// ward is the row that the tests filter: hidden is null, as what is kept back is.
type ward struct{ geometry orb.Geometry }

func (w ward) Value(i int) Value {
	return []Value{{Text: "Phường Hòa Khánh"}, {Number: 120}, {Number: 0.5}, {True: true}, {Text: "2026-03-10"},
		{Null: true}, {Text: "Thanh Khê"}, {Number: 7}}[i]
}

func (w ward) Geometry() (orb.Geometry, error) { return w.geometry, nil }

var row = ward{orb.Polygon{{{108, 16}, {108.2, 16}, {108.2, 16.2}, {108, 16.2}, {108, 16}}}}

// filters are the same in both encodings.
var filters = []struct {
	text, json string
	want       truth
}{
	{`households = 120`, `{"op":"=","args":[{"property":"households"},120]}`, yes},
	{`120 = households`, `{"op":"=","args":[120,{"property":"households"}]}`, yes},
	{`households <> 120`, `{"op":"<>","args":[{"property":"households"},120]}`, no},
	{`households < 120`, `{"op":"<","args":[{"property":"households"},120]}`, no},
	{`households <= 120`, `{"op":"<=","args":[{"property":"households"},120]}`, yes},
	{`households > 1.195e2`, `{"op":">","args":[{"property":"households"},119.5]}`, yes},
	{`households >= -120`, `{"op":">=","args":[{"property":"households"},-120]}`, yes},
	{`coverage > .4`, `{"op":">","args":[{"property":"coverage"},0.4]}`, yes},
	{`households > coverage`, `{"op":">","args":[{"property":"households"},{"property":"coverage"}]}`, yes},
	{`name = 'Phường Hòa Khánh'`, `{"op":"=","args":[{"property":"name"},"Phường Hòa Khánh"]}`, yes},
	// however it is composed
	{"name = 'Phường Hòa Kh\u0061\u0301nh'", `{"op":"=","args":[{"property":"name"},"Phường Hòa Kha\u0301nh"]}`, yes},
	{`name = 'phường hòa khánh'`, `{"op":"=","args":[{"property":"name"},"phường hòa khánh"]}`, no},
	{`CASEI(name) = CASEI('PHƯỜNG HÒA KHÁNH')`,
		`{"op":"=","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["PHƯỜNG HÒA KHÁNH"]}]}`,
		yes},
	{`casei(name) LIKE casei('PHƯỜNG%')`,
		`{"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["PHƯỜNG%"]}]}`, yes},
	{`CASEI(name) IN (CASEI('A'), CASEI('PHƯỜNG HÒA KHÁNH'))`,
		`{"op":"in","args":[{"op":"casei","args":[{"property":"name"}]},[{"op":"casei","args":["A"]},{"op":"casei","args":["PHƯỜNG HÒA KHÁNH"]}]]}`, yes},
	{`name LIKE 'Ph%Kh_nh'`, `{"op":"like","args":[{"property":"name"},"Ph%Kh_nh"]}`, yes},
	{`name LIKE 'Ph_Khánh'`, `{"op":"like","args":[{"property":"name"},"Ph_Khánh"]}`, no},
	{`name NOT LIKE '%'`, `{"op":"not","args":[{"op":"like","args":[{"property":"name"},"%"]}]}`, no},
	{`name LIKE 'Ph\%'`, `{"op":"like","args":[{"property":"name"},"Ph\\%"]}`, no},
	{`households BETWEEN 100 AND 120`, `{"op":"between","args":[{"property":"households"},100,120]}`, yes},
	{`households NOT BETWEEN 100 AND 120`,
		`{"op":"not","args":[{"op":"between","args":[{"property":"households"},100,120]}]}`, no},
	{`last_visit BETWEEN DATE('2026-03-01') AND DATE('2026-03-31')`,
		`{"op":"between","args":[{"property":"last_visit"},{"date":"2026-03-01"},{"date":"2026-03-31"}]}`, yes},
	{`households IN (1, 120)`, `{"op":"in","args":[{"property":"households"},[1,120]]}`, yes},
	{`households NOT IN (1, 2)`, `{"op":"not","args":[{"op":"in","args":[{"property":"households"},[1,2]]}]}`, yes},
	{`hidden IN (1, 2)`, `{"op":"in","args":[{"property":"hidden"},[1,2]]}`, unknown},
	{`hidden NOT IN (1, 2)`, `{"op":"not","args":[{"op":"in","args":[{"property":"hidden"},[1,2]]}]}`, unknown},
	{`hidden IS NULL`, `{"op":"isNull","args":[{"property":"hidden"}]}`, yes},
	{`hidden IS NOT NULL`, `{"op":"not","args":[{"op":"isNull","args":[{"property":"hidden"}]}]}`, no},
	{`geometry IS NULL`, `{"op":"isNull","args":[{"property":"geometry"}]}`, no},
	{`hidden < 10`, `{"op":"<","args":[{"property":"hidden"},10]}`, unknown},
	{`NOT hidden < 10`, `{"op":"not","args":[{"op":"<","args":[{"property":"hidden"},10]}]}`, unknown},
	{`hidden = hidden`, `{"op":"=","args":[{"property":"hidden"},{"property":"hidden"}]}`, unknown},
	{`hidden < 10 OR households = 120`,
		`{"op":"or","args":[{"op":"<","args":[{"property":"hidden"},10]},{"op":"=","args":[{"property":"households"},120]}]}`, yes},
	{`hidden < 10 AND households = 120`,
		`{"op":"and","args":[{"op":"<","args":[{"property":"hidden"},10]},{"op":"=","args":[{"property":"households"},120]}]}`, unknown},
	{`hidden < 10 AND households = 1`,
		`{"op":"and","args":[{"op":"<","args":[{"property":"hidden"},10]},{"op":"=","args":[{"property":"households"},1]}]}`, no},
	{`households = 1 OR households = 120 AND eligible = TRUE`,
		`{"op":"or","args":[{"op":"=","args":[{"property":"households"},1]},{"op":"and","args":[{"op":"=","args":[{"property":"households"},120]},{"op":"=","args":[{"property":"eligible"},true]}]}]}`, yes},
	{`(households = 120 OR households = 1) AND eligible = false`,
		`{"op":"and","args":[{"op":"or","args":[{"op":"=","args":[{"property":"households"},120]},{"op":"=","args":[{"property":"households"},1]}]},{"op":"=","args":[{"property":"eligible"},false]}]}`, no},
	{`NOT NOT households = 120`,
		`{"op":"not","args":[{"op":"not","args":[{"op":"=","args":[{"property":"households"},120]}]}]}`, yes},
	{`TRUE`, `true`, yes},
	{`FALSE OR TRUE`, `{"op":"or","args":[false,true]}`, yes},
	{`last_visit > DATE('2026-03-09')`, `{"op":">","args":[{"property":"last_visit"},{"date":"2026-03-09"}]}`, yes},
	{`last_visit = '2026-03-10'`, `{"op":"=","args":[{"property":"last_visit"},"2026-03-10"]}`, yes},
	{`last_visit < TIMESTAMP('2026-03-11T00:00:00Z')`,
		`{"op":"<","args":[{"property":"last_visit"},{"timestamp":"2026-03-11T00:00:00Z"}]}`, yes},
	{`"tên" = 'Thanh Khê'`, `{"op":"=","args":[{"property":"tên"},"Thanh Khê"]}`, yes},
	{`tên = 'Thanh Khê'`, `{"op":"=","args":[{"property":"tên"},"Thanh Khê"]}`, yes},
	{`"in" = 7`, `{"op":"=","args":[{"property":"in"},7]}`, yes},
	{`name = 'it''s' OR name = 'it\'s'`,
		`{"op":"or","args":[{"op":"=","args":[{"property":"name"},"it's"]},{"op":"=","args":[{"property":"name"},"it's"]}]}`, no},
	{`S_INTERSECTS(geometry, POINT(108.1 16.1))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[108.1,16.1]}]}`, yes},
	{`S_INTERSECTS(POINT Z(108.3 16.1 5), geometry)`,
		`{"op":"s_intersects","args":[{"type":"Point","coordinates":[108.3,16.1,5]},{"property":"geometry"}]}`, no},
	{`S_INTERSECTS(geometry, BBOX(108.15,16.15,109,17))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[108.15,16.15,109,17]}]}`, yes},
	{`S_INTERSECTS(geometry, BBOX(108.15,16.15,0,109,17,99))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[108.15,16.15,0,109,17,99]}]}`, yes},
	{`S_INTERSECTS(geometry, BBOX(170,-10,108.05,17))`, `{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[170,-10,108.05,17]}]}`, yes}, // across the antimeridian
	{`S_DISJOINT(geometry, LINESTRING(107 15, 107 17))`,
		`{"op":"s_disjoint","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[107,15],[107,17]]}]}`,
		yes},
	{`S_INTERSECTS(geometry, LINESTRING(107 16.1, 109 16.1))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[107,16.1],[109,16.1]]}]}`, yes},
	{`S_INTERSECTS(geometry, POLYGON((108.1 16.1, 108.11 16.1, 108.11 16.11, 108.1 16.1)))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[108.1,16.1],[108.11,16.1],[108.11,16.11],[108.1,16.1]]]}]}`, yes},
	{`S_INTERSECTS(geometry, MULTIPOINT((1 1), (108.1 16.1)))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"MultiPoint","coordinates":[[1,1],[108.1,16.1]]}]}`, yes},
	{`S_INTERSECTS(geometry, MULTIPOINT(1 1, 2 2))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"MultiPoint","coordinates":[[1,1],[2,2]]}]}`, no},
	{`S_INTERSECTS(geometry, MULTILINESTRING((1 1, 2 2),(108.1 16.1, 109 17)))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"MultiLineString","coordinates":[[[1,1],[2,2]],[[108.1,16.1],[109,17]]]}]}`, yes},
	{`S_INTERSECTS(geometry, MULTIPOLYGON(((1 1, 2 1, 2 2, 1 1))))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"MultiPolygon","coordinates":[[[[1,1],[2,1],[2,2],[1,1]]]]}]}`, no},
	{`S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 1), POINT(108.1 16.1)))`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,1]},{"type":"Point","coordinates":[108.1,16.1]}]}]}`, yes},
	{`S_INTERSECTS(POINT(1 1), BBOX(0,0,2,2))`,
		`{"op":"s_intersects","args":[{"type":"Point","coordinates":[1,1]},{"bbox":[0,0,2,2]}]}`, yes},
	{`S_INTERSECTS(geometry, geometry)`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"property":"geometry"}]}`, yes},
}

func TestFilters(t *testing.T) {
	for _, c := range filters {
		for name, parse := range map[string]func(string) (*Filter, error){c.text: language.ParseText,
			c.json: language.ParseJSON} {
			f, err := parse(name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got, err := f.root.truth(row); got != c.want || err != nil {
				t.Errorf("%s: got %d %v, want %d", name, got, err, c.want)
			}
			if matched, _ := f.Match(row); matched != (c.want == yes) {
				t.Errorf("%s: matches %t", name, matched)
			}
		}
	}
	// Without a geometry a spatial predicate is unknown, and so is its opposite.
	for _, text := range []string{`S_INTERSECTS(geometry, POINT(1 1))`, `S_DISJOINT(geometry, POINT(1 1))`,
		`S_INTERSECTS(geometry, geometry)`} {
		f, err := language.ParseText(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := f.root.truth(ward{}); got != unknown {
			t.Errorf("%s of nothing: got %d", text, got)
		}
	}
}

// refusedTexts are filters that must not be read, with what the reason must contain.
var refusedTexts = []struct{ text, reason string }{
	{``, "end"},
	{`households`, "want a comparison"},
	{`households =`, "want a property or a value"},
	{`households = 1 households`, "where the filter should end"},
	{`households == 1`, "want a property"},
	{`households = 'a'`, "cannot be compared"},
	{`name = 5`, "cannot be compared"},
	{`eligible < TRUE`, "no order"},
	{`last_visit = '10/03/2026'`, "cannot be compared"},
	{`last_visit = DATE('2026-02-31')`, "not a date"},
	{`last_visit = DATE(5)`, "in quotes"},
	{`last_visit = TIMESTAMP('yesterday')`, "no moment"},
	{`salary = 1`, `"salary" is not a queryable`},
	{`name LIKE 5`, "pattern"},
	{`name LIKE name`, "pattern"},
	{`households LIKE 'a'`, "want text"},
	{`CASEI(households) = 'a'`, "want text"},
	{`name BETWEEN 'a' AND 'b'`, "BETWEEN"},
	{`households BETWEEN 1 OR 2`, "want AND"},
	{`households IN ()`, "want a property or a value"},
	{`households IN (1, 'a')`, "cannot be compared"},
	{`households NOT = 1`, "after NOT"},
	{`name IS 5`, "want NULL"},
	{`name = 'open`, "not closed"},
	{`name = "open`, "not closed"},
	{`households = 1e999`, "not a number"},
	{`households = 5abc`, "not a number"},
	{`households = 1; DROP TABLE visits`, "no place"},
	{`1=1--`, "no place"},
	{`name = 'a' UNION SELECT * FROM visits`, "where the filter should end"},
	{`name = 'a' OR 1=1/*`, "no place"},
	{"name = 'a\x00'", "UTF-8"},
	{"name = '\xff'", "UTF-8"},
	{"\xff = 1", "no place"},
	{`(households = 1`, "want )"},
	{`geometry = 5`, "S_INTERSECTS"},
	{`S_INTERSECTS(geometry)`, "want ,"},
	{`S_INTERSECTS(name, POINT(1 1))`, "want a geometry"},
	{`S_INTERSECTS(geometry, POINT(1))`, "position"},
	{`S_INTERSECTS(geometry, POINT(181 1))`, "outside"},
	{`S_INTERSECTS(geometry, POINT(1e300 1))`, "outside"},
	{`S_INTERSECTS(geometry, POINT(NaN 1))`, "position"},
	{`S_INTERSECTS(geometry, BBOX(1,2,3))`, "4 or 6"},
	{`S_INTERSECTS(geometry, BBOX(NaN,2,3,4))`, "want a number"},
	{`S_INTERSECTS(geometry, BBOX(1,4,3,2))`, "south"},
	{`S_INTERSECTS(geometry, LINESTRING(1 1))`, "2 positions"},
	{`S_INTERSECTS(geometry, POLYGON((1 1, 2 1, 2 2)))`, "ring"},
	{`S_INTERSECTS(geometry, POLYGON((1 1, 2 1, 2 2, 1 2)))`, "ring"},
	{`S_INTERSECTS(geometry, POINT EMPTY)`, "want ("},
	{`S_WITHIN(geometry, POINT(1 1))`, "S_WITHIN is not offered"},
	{`T_AFTER(last_visit, DATE('2026-01-01'))`, "not offered"},
	{`ACCENTI(name) = 'a'`, "not offered"},
	{`pg_sleep(10) = 1`, "no function"},
	{`households + 1 = 2`, "no place"},
}

func TestRefusedTexts(t *testing.T) {
	for _, c := range refusedTexts {
		_, err := language.ParseText(c.text)
		var at *Error
		if !errors.As(err, &at) {
			t.Errorf("%.60q: got %v, want an error", c.text, err)
			continue
		}
		if !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.60q: got %q, want %q in it", c.text, err, c.reason)
		}
		if at.Offset > len(c.text) {
			t.Errorf("%.60q: at byte %d of %d", c.text, at.Offset, len(c.text))
		}
	}
}

func TestRefusedJSON(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{``, "not JSON"},
		{`{`, "not JSON"},
		{`{"op":"=","args":[{"property":"households"},120]} x`, "goes on"},
		{`5`, "want an object"},
		{`"households = 1"`, "want an object"},
		{`null`, "want an object"},
		{`{}`, "no op"},
		{`{"op":"="}`, "no args"},
		{`{"op":"=","args":[1]}`, "want 2"},
		{`{"op":"=","args":[1,1],"extra":1}`, "extra"},
		{`{"op":"and","args":[true]}`, "2 or more"},
		{`{"op":"not","args":[true,true]}`, "want 1"},
		{`{"op":"xor","args":[true,true]}`, "no function"},
		{`{"op":"s_within","args":[{"property":"geometry"},{"bbox":[0,0,1,1]}]}`, "not offered"},
		{`{"op":"=","args":[{"property":"salary"},1]}`, "queryable"},
		{`{"op":"=","args":[{"property":"households"},[1]]}`, "want a property or a value"},
		{`{"op":"=","args":[{"property":"households"},null]}`, "want a property or a value"},
		{`{"op":"=","args":[{"property":"last_visit"},{"date":"soon"}]}`, "not a date"},
		{`{"op":"in","args":[{"property":"households"},5]}`, "list"},
		{`{"op":"in","args":[{"property":"households"},[]]}`, "empty"},
		{`{"op":"=","args":[{"property":"name"},"a\u0000"]}`, "NUL"},
		{`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":["1","2"]}]}`,
			"want a number"},
		{`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[999,2]}]}`, "outside"},
		{`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Blob","coordinates":[1,2]}]}`, "no geometry"},
		{`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}`, "coordinates"},
		{`{"op":"s_intersects","args":[{"property":"geometry"},5]}`, "want a geometry"},
		{`{"op":"s_intersects","args":[{"property":"name"},{"bbox":[0,0,1,1]}]}`, "want a geometry"},
	} {
		_, err := language.ParseJSON(c.text)
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want %q in it", c.text, err, c.reason)
		}
	}
}

// TestBounds goes to each bound and beyond it.
func TestBounds(t *testing.T) {
	vertices := func(n int) string {
		return `S_INTERSECTS(geometry, MULTIPOINT(` + strings.TrimSuffix(strings.Repeat("1 1,", n), ",") + `))`
	}
	list := func(n int) string {
		return `households IN (` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `)`
	}
	parens := func(n int) string {
		return strings.Repeat("(", n) + "TRUE" + strings.Repeat(")", n)
	}
	nots := func(n int) string { return strings.Repeat("NOT ", n) + "TRUE" }
	caseis := func(n int) string { return strings.Repeat("CASEI(", n) + "name" + strings.Repeat(")", n) + " = 'a'" }
	collections := func(n int) string {
		return "S_INTERSECTS(geometry, " + strings.Repeat("GEOMETRYCOLLECTION(", n) + "POINT(1 1)" +
			strings.Repeat(")", n) + ")"
	}
	jsonNots := func(n int) string {
		return strings.Repeat(`{"op":"not","args":[`, n) + "true" + strings.Repeat("]}", n)
	}
	spaces := func(n int) string { return strings.Repeat(" ", n-4) + "TRUE" }
	for _, c := range []struct {
		name  string
		make  func(int) string
		bound int
		parse func(string) (*Filter, error)
	}{
		{"vertices", vertices, MaxVertices, language.ParseText},
		{"list", list, MaxList, language.ParseText},
		{"parentheses", parens, MaxDepth, language.ParseText},
		{"NOT", nots, MaxDepth, language.ParseText},
		{"CASEI", caseis, MaxDepth, language.ParseText},
		{"collections", collections, MaxDepth, language.ParseText},
		{"JSON", jsonNots, MaxDepth, language.ParseJSON},
		{"bytes", spaces, MaxBytes, language.ParseText},
	} {
		if _, err := c.parse(c.make(c.bound)); err != nil {
			t.Errorf("%s of %d: %v", c.name, c.bound, err)
		}
		if _, err := c.parse(c.make(c.bound + 1)); err == nil {
			t.Errorf("%s of %d: taken", c.name, c.bound+1)
		}
	}
	if _, err := language.ParseJSON(strings.Repeat("[", MaxBytes)); err == nil {
		t.Error("a filter of brackets alone is taken")
	}
}

// TestLikeIsQuick matches with a pattern made to take for ever with plain backtracking.
func TestLikeIsQuick(t *testing.T) {
	text := []rune(strings.Repeat("a", 2000))
	if matches(text, []rune(strings.Repeat("%a", 500)+"%b")) {
		t.Error("a text without b matches a pattern with one")
	}
	for _, c := range []struct {
		text, pattern string
		want          bool
	}{
		{"", "", true}, {"", "%", true}, {"", "_", false}, {"a", "", false}, {"abc", "a%", true}, {"abc", "%c", true},
		{"abc", "%b%", true}, {"abc", "_b_", true}, {"abc", "__", false}, {"a%c", `a\%c`, true}, {"abc", `a\%c`, false},
		{`a\c`, `a\\c`, true}, {"a_c", `a\_c`, true}, {"aXbXc", "a%X%c", true}, {"mississippi", "m%issip%", true},
		{`a\`, `a\`, true},
	} {
		if got := matches([]rune(c.text), []rune(c.pattern)); got != c.want {
			t.Errorf("%q LIKE %q: got %t", c.text, c.pattern, got)
		}
	}
}

// FuzzText reads anything: it is refused or can be evaluated.
func FuzzText(f *testing.F) {
	for _, c := range filters {
		f.Add(c.text)
	}
	for _, c := range refusedTexts {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) { evaluate(t, text, language.ParseText) })
}

// FuzzJSON reads anything: it is refused or can be evaluated.
func FuzzJSON(f *testing.F) {
	for _, c := range filters {
		f.Add(c.json)
	}
	f.Add(`{"op":"in","args":[{"property":"households"},[null]]}`)
	f.Fuzz(func(t *testing.T, text string) { evaluate(t, text, language.ParseJSON) })
}

func evaluate(t *testing.T, text string, parse func(string) (*Filter, error)) {
	filter, err := parse(text)
	if err != nil {
		var at *Error
		if !errors.As(err, &at) || at.Reason == "" {
			t.Fatalf("%q: the error %v is no *Error with a reason", text, err)
		}
		return
	}
	for _, r := range []ward{row, {}} {
		first, err := filter.Match(r)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if second, _ := filter.Match(r); second != first {
			t.Fatalf("%q: matches %t, then %t", text, first, second)
		}
	}
}
