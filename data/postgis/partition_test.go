package postgis_test

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/data"
	"tungnha/data/storetest"
)

//go:embed partition.sql
var partition string

// TestPartitionedStore holds a database whose large tables are cut into provinces to the
// same suite: nothing of the program asks for the whole tables' unique ids.
func TestPartitionedStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		url := newURL(t)
		store := open(t, url)
		db := connect(t, url)
		execute(t, db, `INSERT INTO areas (code, name, level, parent) VALUES
			('48', '', 'province', NULL), ('49', '', 'province', NULL), ('490', '', 'district', '49'),
			('20194', '', 'commune', '48'), ('20195', '', 'commune', '490')`)
		execute(t, db, partition)
		execute(t, db, `DELETE FROM areas`)
		var parts int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM pg_partition_tree('households') WHERE isleaf`).Scan(&parts); err != nil || parts != 3 {
			t.Fatalf("%d parts, %v: want two provinces and the rest", parts, err)
		}
		if err := store.Close(); err != nil { // its connections know the whole tables
			t.Fatal(err)
		}
		wantPlaced(t, url)
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
	for _, sql := range []string{"DELETE FROM households", "DELETE FROM teams", "DELETE FROM households WHERE household_id = 'H1'"} {
		if _, err := db.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: nothing refuses it", sql)
		}
	}
	execute(t, db, "DELETE FROM households WHERE household_id <> 'H1'")
}

// TestVisitsByHand writes visits in SQL, past the program: whatever they name, they are
// refused, and it is said how they come in. Taking them out is nobody's loss but theirs.
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
			if _, err := db.Exec(t.Context(), sql); !errors.As(err, &said) || !strings.Contains(said.Message, "visits are written by the program") || !strings.Contains(said.Hint, "/api/v1/visits") {
				t.Errorf("cut %t: %s: got %v", cut, sql, err)
			}
		}
	}
	execute(t, db, `DELETE FROM visits WHERE visit_id = 'V2'`)
	if _, visits := held(t, store); fmt.Sprint(visits) != "[V1]" {
		t.Errorf("it holds the visits %v", visits)
	}
}

// TestStrayedHouseholds brings a database up to date in which a hamlet had left its households
// behind.
func TestStrayedHouseholds(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 9)
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V0", 0), visit("V1", 1), visit("V2", 2), visit("V3", 3)}); err != nil {
		t.Fatal(err)
	}
	before, err := data.ReadContents(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	places, err := os.ReadFile("migrations/00006_places.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, url)
	execute(t, db, `DROP FUNCTION program_writes CASCADE;
		UPDATE visits SET commune_code = '20195' WHERE household_id IN ('H0', 'H3');
		UPDATE households SET commune_code = '20195' WHERE household_id IN ('H0', 'H3')`)
	execute(t, db, string(places))
	wantPlaced(t, url)
	if after, err := data.ReadContents(t.Context(), store); err != nil || after != before {
		t.Errorf("it held %+v and holds %+v, %v", before, after, err)
	}
}
