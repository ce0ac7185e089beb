package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledSharedImport kills imports into PostGIS at moments spread over the time that one
// takes: a part of one is never visible, and importing again finishes the work, once.
func TestKilledSharedImport(t *testing.T) {
	dir := t.TempDir()
	if r := tungnha(t, dir, "sample", "--out", "large", "--households", "10000"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	paths := []string{"import"}
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv", "visits.csv"} {
		paths = append(paths, filepath.Join("large", name))
	}
	type counts struct{ Areas, Teams, Households, Visits, Revision int }
	count := func(database string) counts {
		t.Helper()
		if selectRows[struct{ There bool }](t, database, `SELECT to_regclass('tungnha.goose_db_version') IS NOT NULL AND to_regclass('tungnha.visits') IS NOT NULL`)[0].There {
			return selectRows[counts](t, database, `SELECT (SELECT count(*) FROM tungnha.areas), (SELECT count(*) FROM tungnha.teams),
				(SELECT count(*) FROM tungnha.households), (SELECT count(*) FROM tungnha.visits), (SELECT revision FROM tungnha.store)`)[0]
		}
		return counts{}
	}
	into := func(database string) []string { return append(paths[:len(paths):len(paths)], "--db", database) }

	empty := newDatabase(t, "") // with tables, so that the imports alone take time
	if r := tungnha(t, dir, "coverage", "--by", "team", "--db", empty); r.status != 0 {
		t.Fatal(r.stderr)
	}
	whole := newDatabase(t, "TEMPLATE "+empty[strings.LastIndex(empty, "/")+1:strings.Index(empty, "?")])
	began := time.Now()
	if r := tungnha(t, dir, into(whole)...); r.status != 0 {
		t.Fatal(r.stderr)
	}
	took, want := time.Since(began), count(whole)
	if want.Visits == 0 || want.Revision != 1 {
		t.Fatalf("imported %+v", want)
	}

	killed := 0
	for step := 0; step < 3 || killed == 0; step++ { // sooner again and again, until one was under way
		share := 0.3 * float64(step+1)
		if step >= 3 {
			share = 1 / float64(int(1)<<(step-1))
		}
		database := newDatabase(t, "TEMPLATE "+empty[strings.LastIndex(empty, "/")+1:strings.Index(empty, "?")])
		p, _ := start(t, dir, into(database)...)
		end := time.Now().Add(time.Duration(share * float64(took)))
		for ; time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if got := count(database); got != (counts{}) && got != want {
				t.Errorf("in the middle of it others see %+v", got)
			}
		}
		if p.stop(t, syscall.SIGKILL) == -1 {
			killed++
		}
		if got := count(database); got != (counts{}) && got != want {
			t.Errorf("killed after %.2f: %+v; want nothing or %+v", share, got, want)
		}
		for range 2 {
			if r := tungnha(t, dir, into(database)...); r.status != 0 {
				t.Errorf("import after the kill: status %d %s", r.status, r.stderr)
			}
			if got := count(database); got != want { // the revision, too: the second changed nothing
				t.Errorf("import after the kill: %+v, want %+v", got, want)
			}
		}
	}
}
