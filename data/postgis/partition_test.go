package postgis_test

import (
	_ "embed"
	"testing"

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
