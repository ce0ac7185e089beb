package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testdata/upgrade has a small made-up programme in both stores, as the last program before the
// migrations were squashed made them, and what that program counted in it.

func upgradeFile(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "upgrade", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wantCounted compares the figures of a database with those of the old program.
func wantCounted(t *testing.T, dir, db string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "upgrade", "coverage.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, by := range []string{"area --level hamlet", "cell", "team", "month"} {
		args := append([]string{"coverage", "--db", db, "--to", "2026-10-31", "--format", "csv", "--by"},
			strings.Fields(by)...)
		r := tungnha(t, dir, args...)
		if r.status != 0 {
			t.Fatalf("%s: status %d: %s", by, r.status, r.stderr)
		}
		got.WriteString(r.stdout)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestUpgradeGeoPackage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old.gpkg"), upgradeFile(t, "base.gpkg.gz"), 0o644); err != nil {
		t.Fatal(err)
	}
	// Before anybody has opened it, it is sound and of an earlier version.
	r := tungnha(t, dir, "check", "--db", "old.gpkg", "--lang", "vi")
	if r.status != exitDone || !strings.Contains(r.stdout, "thuộc phiên bản trước") {
		t.Errorf("check: status %d: %s%s", r.status, r.stdout, r.stderr)
	}
	if r = tungnha(t, dir, "backup", "--db", "old.gpkg", "backup.gpkg"); r.status != exitDone {
		t.Errorf("backup: status %d: %s%s", r.status, r.stdout, r.stderr)
	}
	wantCounted(t, dir, "old.gpkg")
	wantCounted(t, dir, "backup.gpkg")
}

// The figures are equal, the views raise the flags that they raised, and the tables have the
// shape of those of a new database.
func TestUpgradePostGIS(t *testing.T) {
	old, fresh := newDatabase(t, ""), newDatabase(t, "")
	execute(t, old, "CREATE EXTENSION postgis")
	execute(t, old, string(upgradeFile(t, "base.sql.gz")))
	const flags = `SELECT concat_ws(' ', code, households, reached, flags) AS row
		FROM tungnha.coverage_by_hamlet(window_to => '2026-10-31')`
	type text struct{ Row string }
	before := selectRows[text](t, old, flags)
	wantCounted(t, t.TempDir(), old)
	for i, now := range selectRows[text](t, old, flags) {
		if i >= len(before) || now != before[i] {
			t.Errorf("row %d of the view: got %v, want one of %v", i, now, before)
		}
	}
	if r := tungnha(t, t.TempDir(), append([]string{"import", "--db", fresh}, sampleFiles()...)...); r.status != 0 {
		t.Fatalf("import: %s", r.stderr)
	}
	const shape = `SELECT concat_ws(' ', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
			col_description(c.oid, a.attnum)) AS row
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		WHERE c.relnamespace = 'tungnha'::regnamespace AND c.relkind IN ('r', 'v')
		UNION ALL
		SELECT pg_get_functiondef(oid) || obj_description(oid) FROM pg_proc
		WHERE pronamespace = 'tungnha'::regnamespace AND prokind = 'f'
		ORDER BY 1`
	upgraded, made := selectRows[text](t, old, shape), selectRows[text](t, fresh, shape)
	if len(upgraded) != len(made) {
		t.Fatalf("%d columns and functions after the upgrade, a new database has %d", len(upgraded), len(made))
	}
	for i := range made {
		if upgraded[i] != made[i] {
			t.Errorf("after the upgrade\n%s\na new database\n%s", upgraded[i].Row, made[i].Row)
		}
	}
}

// Tables of a number that no release had are refused and left alone.
func TestUnreleasedTables(t *testing.T) {
	old := newDatabase(t, "")
	execute(t, old, "CREATE EXTENSION postgis")
	execute(t, old, string(upgradeFile(t, "base.sql.gz")))
	execute(t, old, "DELETE FROM tungnha.goose_db_version WHERE version_id > 4")
	r := tungnha(t, t.TempDir(), "coverage", "--db", old)
	const want = "its tables are of version 4, from before the first release"
	if r.status != 1 || !strings.Contains(r.stderr, want) {
		t.Errorf("status %d, %q, want 1 and %q", r.status, r.stderr, want)
	}
}
