package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const danangAreas = "danang/communes.geojson"

// danang is the folder with Đà Nẵng's real communes; empty where it is not at hand.
func danang() string {
	for _, dir := range []string{os.Getenv("TUNGNHA_TEST_DATA"), "../../../shared/data"} {
		if _, err := os.Stat(filepath.Join(dir, danangAreas)); dir != "" && err == nil {
			dir, _ = filepath.Abs(dir) // the program runs elsewhere
			return dir
		}
	}
	return ""
}

// TestStoresAgree imports one programme into a file and into PostGIS, and copies each into
// the other kind: all four answer alike, byte for byte.
func TestStoresAgree(t *testing.T) {
	dir, database, copied := t.TempDir(), newDatabase(t, ""), newDatabase(t, "")
	run := func(args ...string) string {
		t.Helper()
		r := tungnha(t, dir, args...)
		if r.status != 0 {
			t.Fatalf("%s: status %d\n%s%s", args[0], r.status, r.stdout, r.stderr)
		}
		return r.stdout
	}
	programme := files
	if areas := danang(); areas != "" {
		programme = filepath.Join(dir, "programme")
		run("sample", "--out", programme, "--households", "3000", "--areas", filepath.Join(areas, danangAreas))
	} else {
		t.Log("Đà Nẵng's areas are not at hand: an invented province instead")
	}
	var paths []string
	for _, name := range []string{"visits.csv", "areas.geojson", "hamlets.csv", "households.csv", "teams.csv"} {
		paths = append(paths, filepath.Join(programme, name))
	}
	seconds := func(report string) string { // what differs from run to run
		var lines []string
		for line := range strings.Lines(report) {
			if fields := strings.Fields(line); len(fields) == 8 && strings.Contains(fields[5], ".") {
				fields[5] = ""
				line = strings.Join(fields, " ")
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "")
	}
	intoFile := run(append([]string{"import", "--db", "a.gpkg"}, paths...)...)
	intoPostGIS := run(append([]string{"import", "--db", database}, paths...)...)
	if seconds(intoFile) != seconds(intoPostGIS) {
		t.Errorf("the reports differ:\n%s\n%s", intoFile, intoPostGIS)
	}
	if again := run(append([]string{"import", "--db", database}, paths...)...); strings.Contains(again, "changed:") {
		t.Errorf("the same files again:\n%s", again)
	}
	run("copy", "a.gpkg", copied)
	run("copy", database, "b.gpkg")
	for i, query := range []string{
		"--by area --format json",
		"--by area --level province --format json",
		"--by area --level hamlet --format csv",
		"--by area --level commune --from 2026-01-01 --to 2026-03-31 --format geojson",
		"--by cell --resolution 8 --format geojson",
		"--by cell --resolution 11 --to 2026-02-28 --format csv",
		"--by team --format json",
		"--by month --format csv",
		"--by week --from 2026-01-01 --format json",
		"--by area --level commune --to 2025-06-30 --suppress",
	} {
		args := append([]string{"coverage"}, strings.Fields(query)...)
		want := run(append(args, "--db", "a.gpkg")...)
		others := []string{database}
		if i == 0 { // the answer holds the version of the data, which is a digest of all of it
			others = []string{database, copied, "b.gpkg"}
		}
		for _, db := range others {
			if got := run(append(args, "--db", db)...); got != want {
				t.Errorf("%s: %s differs:\n%.400s\n%.400s", query, db, got, want)
			}
		}
		if len(want) < 40 {
			t.Errorf("%s: the answer is empty: %s", query, want)
		}
	}
	if r := tungnha(t, dir, "copy", "a.gpkg", "b.gpkg"); r.status != 1 || !strings.Contains(r.stderr, "copy into an empty database") {
		t.Errorf("copy into one that is not empty: status %d, %s", r.status, r.stderr)
	}
	if r := tungnha(t, dir, "copy", "nowhere.gpkg", "c.gpkg"); r.status != 1 || !strings.Contains(r.stderr, "there is no database") {
		t.Errorf("copy of nothing: status %d, %s", r.status, r.stderr)
	}
}

// TestPasswords looks for a password in what the program says, and refuses one where all
// who list processes see it.
func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	url := "postgres://an:geheim@127.0.0.1:1/x?sslmode=disable"
	for _, args := range []string{"coverage --db " + url, "coverage --db=" + url, "copy " + url + " b.gpkg", "serve --db postgres://an@h/x?password=geheim"} {
		r := tungnha(t, dir, strings.Fields(args)...)
		if r.status != 2 || !strings.Contains(r.stderr, "PGPASSFILE") || strings.Contains(r.stdout+r.stderr, "geheim") {
			t.Errorf("%s: status %d\n%s", args, r.status, r.stderr)
		}
	}
	t.Setenv("TUNGNHA_DB", url)
	for _, args := range []string{"coverage", "import " + filepath.Join(files, "teams.csv")} {
		r := tungnha(t, dir, strings.Fields(args)...)
		if r.status != 1 || !strings.Contains(r.stderr, "postgres://an@127.0.0.1:1/x") || strings.Contains(r.stdout+r.stderr, "geheim") {
			t.Errorf("%s: status %d\n%s", args, r.status, r.stderr)
		}
	}
	server, _ := start(t, dir, "serve", "--addr", "127.0.0.1:0") // it waits, and says for what
	server.stderr.await(t, `trying again.*an.*127\.0\.0\.1:1`)
	server.stop(t, syscall.SIGTERM)
	if strings.Contains(server.stderr.String(), "geheim") {
		t.Errorf("a server that waits: %s", server.stderr)
	}
	t.Setenv("TUNGNHA_DB", strings.Replace(url, ":1/", ":port/", 1))
	if r := tungnha(t, dir, "coverage"); r.status != 1 || strings.Contains(r.stdout+r.stderr, "geheim") {
		t.Errorf("a broken URL: status %d\n%s", r.status, r.stderr)
	}

	// PGPASSFILE and PGSERVICE are read as every PostgreSQL program reads them.
	service := filepath.Join(dir, "services")
	if err := os.WriteFile(service, []byte("[programme]\nhost=127.0.0.1\nport=1\nuser=an\ndbname=of-the-service\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", service)
	if r := tungnha(t, dir, "coverage", "--db", "postgres:///?service=programme"); !strings.Contains(r.stderr, "of-the-service") {
		t.Errorf("PGSERVICEFILE: %s", r.stderr)
	}
}
