package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// backups lists the backups in a folder.
func backups(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, backupPattern))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A backup is made beside a server that takes posts, another is killed, and the server's disk is lost: the backup is
// sound, has every visit that was acknowledged before it, and answers as the server did.
func TestRestoreDrill(t *testing.T) {
	dir := imported(t)
	to := filepath.Join(dir, "backups")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	server := serve(t, dir, "serve", "--households", "show", "--open-visits")
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	posted := visits("drill", 50, households, team)
	if a := server.post(t, posted); a.status != 200 {
		t.Fatalf("post: status %d: %s", a.status, a.body)
	}
	if r := tungnha(t, dir, "backup", to); r.status != exitDone || len(backups(t, to)) != 1 {
		t.Fatalf("backup: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	good := backups(t, to)[0]
	want := server.get(t, "/api/v1/coverage?by=area&level=commune").body

	// One that is killed leaves no file that looks like a backup.
	killed, _ := start(t, dir, "backup", filepath.Join(to, "killed.gpkg"))
	killed.stop(t, os.Kill)
	if _, err := os.Stat(filepath.Join(to, "killed.gpkg")); err == nil {
		if r := tungnha(t, dir, "check", "--db", filepath.Join(to, "killed.gpkg")); r.status != exitDone {
			t.Errorf("a killed backup has its name and is not whole: %s", r.stdout)
		}
	}
	if r := tungnha(t, dir, "backup", good); r.status != exitFailed || !strings.Contains(r.stderr, "replaces no file") {
		t.Errorf("over a backup: status %d, %s", r.status, r.stderr)
	}
	server.stop(t, os.Kill)
	for _, name := range []string{"tungnha.gpkg", "tungnha.gpkg-wal", "tungnha.gpkg-shm"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tungnha.gpkg"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := tungnha(t, dir, "check"); r.status != exitDone {
		t.Errorf("check: status %d, %s", r.status, r.stdout)
	}
	restored := serve(t, dir, "serve", "--households", "show")
	if got := restored.get(t, "/api/v1/coverage?by=area&level=commune").body; got != want {
		t.Errorf("restored: %.300s, want %.300s", got, want)
	}
}

// Older backups go once a new one is good, and stay where none could be made.
func TestBackupsAreKept(t *testing.T) {
	dir := imported(t)
	to := filepath.Join(dir, "backups")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tungnha-20200101T000000Z.gpkg", "tungnha-20200102T000000Z.gpkg", "other.gpkg"} {
		if err := os.WriteFile(filepath.Join(to, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := tungnha(t, dir, "backup", "--keep", "2", to); r.status != exitDone {
		t.Fatalf("status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	left := backups(t, to)
	if len(left) != 2 || filepath.Base(left[0]) != "tungnha-20200102T000000Z.gpkg" {
		t.Errorf("left: %v, want the newer one from before and the new one", left)
	}
	if _, err := os.Stat(filepath.Join(to, "other.gpkg")); err != nil {
		t.Error("a file of another name is gone")
	}
	if err := os.Truncate(filepath.Join(dir, "tungnha.gpkg"), 8192); err != nil {
		t.Fatal(err)
	}
	if r := tungnha(t, dir, "backup", "--keep", "1", to); r.status != exitFailed || len(backups(t, to)) != 2 {
		t.Errorf("of a damaged file: status %d, left %v", r.status, backups(t, to))
	}
	for _, args := range [][]string{{"backup", "--every", "1h", "none"}, {"backup", "--db", "postgres:///x", to}} {
		if r := tungnha(t, dir, args...); r.status != exitUsage {
			t.Errorf("%v: status %d, %s", args, r.status, r.stderr)
		}
	}
}
