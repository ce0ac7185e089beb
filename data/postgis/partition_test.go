package postgis_test

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/data"
	"tungnha/data/storetest"
)

//go:embed partition.sql
var partition string

// TestPartitionedStore runs the same suite on a database whose large tables are cut into
// provinces: nothing of the program requires the whole tables' unique ids.
func TestPartitionedStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		url := newURL(t)
		store := open(t, url)
		db := connect(t, url)
		execute(t, db, `SET tungnha.writing = 'with digests'`) // what is put in is taken out again
		execute(t, db, `INSERT INTO areas (code, name, level, parent) VALUES
			('48', '', 'province', NULL), ('49', '', 'province', NULL), ('490', '', 'district', '49'),
			('20194', '', 'commune', '48'), ('20195', '', 'commune', '490')`)
		execute(t, db, partition)
		execute(t, db, `DELETE FROM areas`)
		var parts int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM pg_partition_tree('households') WHERE isleaf`).Scan(&parts); err != nil || parts != 3 {
			t.Fatalf("%d parts, %v: want two provinces and the rest", parts, err)
		}
		if err := store.Close(); err != nil { // its connections have plans for the whole tables
			t.Fatal(err)
		}
		wantPlaced(t, url)
		wantDigested(t, url)
		return open(t, url)
	})
}

// TestKeepVisited deletes by hand what visits refer to.
func TestKeepVisited(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 6)
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V1", 1)}); err != nil {
		t.Fatal(err)
	}
	db := connect(t, url)
	for _, sql := range []string{"DELETE FROM households", "DELETE FROM teams",
		"DELETE FROM households WHERE household_id = 'H1'"} {
		if _, err := db.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: nothing refuses it", sql)
		}
	}
	execute(t, db, "DELETE FROM households WHERE household_id <> 'H1'")
}

// TestVisitsByHand writes visits in SQL, past the program: whatever they name, they are
// refused, and the error names how to add them. Deleting them is allowed.
func TestVisitsByHand(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 6)
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V1", 1), visit("V2", 2)}); err != nil {
		t.Fatal(err)
	}
	db := connect(t, url)
	for _, cut := range []bool{false, true} {
		if cut {
			execute(t, db, partition)
		}
		for _, sql := range []string{
			`INSERT INTO visits SELECT commune_code, 'H99', visited_at, 'V9', team_id, outcome, assessed, shown, revision FROM visits LIMIT 1`,
			`INSERT INTO visits SELECT commune_code, household_id, visited_at, 'V9', 'T99', outcome, assessed, shown, revision FROM visits LIMIT 1`,
			`UPDATE visits SET team_id = 'T99' WHERE visit_id = 'V1'`,
			`UPDATE visits SET commune_code = '' WHERE visit_id = 'V1'`,
		} {
			var said *pgconn.PgError
			if _, err := db.Exec(t.Context(), sql); !errors.As(err, &said) ||
				!strings.Contains(said.Message, "visits are written by the program") ||
				!strings.Contains(said.Hint, "/api/v1/visits") {
				t.Errorf("cut %t: %s: got %v", cut, sql, err)
			}
		}
	}
	execute(t, db, `DELETE FROM visits WHERE visit_id = 'V2'`)
	accept(t, url)
	if _, visits := held(t, store); fmt.Sprint(visits) != "[V1]" {
		t.Errorf("it holds the visits %v", visits)
	}
}

// TestDistributionColumn checks what cutting and distributing the large tables rests on: that
// each of their keys begins with commune_code, and that they are joined by it, in the
// functions of the database and in the program's own statements.
func TestDistributionColumn(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	db := connect(t, url)
	execute(t, db, `DROP INDEX households_id, visits_id`) // as docs/scaling.md describes, and partition.sql does
	rows, err := db.Query(t.Context(), `
		SELECT indexrelid::regclass::text, a.attname = 'commune_code' AND a.attnotnull FROM pg_index
		JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = indkey[0]
		WHERE indisunique AND indrelid IN ('households'::regclass, 'visits'::regclass)`)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var first bool
	keys := 0
	_, err = pgx.ForEachRow(rows, []any{&name, &first}, func() error {
		if keys++; !first {
			t.Errorf("the unique key %s does not begin with commune_code", name)
		}
		return nil
	})
	if err != nil || keys != 2 {
		t.Errorf("%d keys, %v: want one of each table", keys, err)
	}

	statements := map[string]string{}
	rows, err = db.Query(t.Context(), `SELECT oid::regprocedure::text, prosrc FROM pg_proc
		WHERE pronamespace = current_schema()::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql')`)
	if err != nil {
		t.Fatal(err)
	}
	var source string
	_, err = pgx.ForEachRow(rows, []any{&name, &source}, func() error {
		statements[name] = source
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statements[file] = string(text)
	}
	// The exceptions find rows by their ids alone, by their hamlet, or by a table that is the same at each place.
	join := regexp.MustCompile(`(FROM [^\n]*)?\bJOIN (households|visits)\b(?: [a-z]\b)?\s*((?:USING|ON) [^\n]*)`)
	alone := regexp.MustCompile(`\(id\) JOIN|ON h\.hamlet_code = now\.code|FROM visits_aside`)
	joins := 0
	for name, text := range statements {
		for _, found := range join.FindAllStringSubmatch(text, -1) {
			if joins++; !strings.Contains(found[3], "commune_code") && !alone.MatchString(found[0]) {
				t.Errorf("%s joins without commune_code: %s", name, found[0])
			}
		}
	}
	if joins < 6 {
		t.Errorf("%d joins were found: the test no longer sees them", joins)
	}
}
