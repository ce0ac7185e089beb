package schema

import (
	"slices"
	"testing"
)

func TestCompare(t *testing.T) {
	table := Object{"table", "areas", "areas", "CREATE TABLE areas (a)"}
	trigger := func(name, on, body string) Object {
		return Object{"trigger", name, on, "CREATE TRIGGER " + name + " AFTER INSERT ON " + on + " BEGIN " + body + "; END"}
	}
	for _, c := range []struct {
		name  string
		found []Object
		whole bool
		want  []string
	}{
		{"the same", []Object{table}, true, nil},
		{"missing", nil, true, []string{"table areas is missing"}},
		{"not made yet", nil, false, nil},
		{"a spatial index", []Object{table, trigger("rtree_areas_geom_insert", "areas",
			`INSERT OR REPLACE INTO "rtree_areas_geom" VALUES (1)`)}, true, nil},
		{"a spatial index that writes elsewhere",
			[]Object{table, trigger("rtree_areas_geom_insert", "areas", `DELETE FROM "areas"`)}, true,
			[]string{"trigger rtree_areas_geom_insert on areas is unknown"}},
		{"another layer's spatial index", []Object{table, trigger("rtree_mine_geom_insert", "mine", `DELETE FROM mine`)},
			true, nil},
		{"another layer's own trigger", []Object{table, trigger("mine", "mine", `DELETE FROM mine`)}, true,
			[]string{"trigger mine on mine is unknown"}},
		{"a virtual table", []Object{table, {"table", "v", "v", "CREATE VIRTUAL TABLE v USING csv(filename='/etc/passwd')"}},
			true, []string{"table v on v is unknown"}},
		{"an index of columns", []Object{table, {"index", "i", "areas", `CREATE INDEX "i" ON "areas" ("a" COLLATE NOCASE DESC, b)`}},
			true, nil},
		{"an index that computes", []Object{table, {"index", "i", "areas", `CREATE INDEX i ON areas (json(a))`}}, true,
			[]string{"index i on areas is unknown"}},
		{"an index that compares in its own way", []Object{table, {"index", "i", "areas", `CREATE INDEX i ON areas (a COLLATE mine)`}},
			true, []string{"index i on areas is unknown"}},
		{"a unique index", []Object{table, {"index", "i", "areas", `CREATE UNIQUE INDEX i ON areas (a)`}}, false,
			[]string{"index i on areas is unknown"}},
		{"an index of some rows", []Object{table, {"index", "i", "areas", `CREATE INDEX i ON areas (a) WHERE json(a)`}}, true,
			[]string{"index i on areas is unknown"}},
		{"another layer's unique index", []Object{table, {"index", "i", "mine", `CREATE UNIQUE INDEX i ON mine (json(a))`}},
			true, nil},
		{"a table of somebody's", []Object{table, {"table", "mine", "mine", "CREATE TABLE mine (a)"}}, true, nil},
	} {
		if got := Compare([]Object{table}, c.found, c.whole); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
