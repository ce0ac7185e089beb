package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/backup"
	"tungnha/data/sqlite/check"
)

// Who takes the digests away, or their key, does not have the records taken as they are: they are altered until
// somebody accepts them.
func TestDigestsTakenAway(t *testing.T) {
	for _, table := range []string{"record_digest_key", "record_digests"} {
		t.Run(table, func(t *testing.T) {
			path, ctx := smallStore(t), t.Context()
			execute(t, path, `DELETE FROM visit_rows WHERE visit_id = 'V2'`, `DELETE FROM `+table)
			for _, when := range []string{"at first", "opened before"} {
				report, err := check.File(ctx, path)
				must(t, err)
				if report.Altered == nil {
					t.Errorf("check, %s: %+v", when, report.Findings)
				}
				store := open(t, path)
				_, err = store.Read(ctx, everything())
				must(t, store.Close())
				if !errors.As(err, new(*data.AlteredError)) {
					t.Errorf("read, %s: %v, want that the records are altered", when, err)
				}
			}
			store := open(t, path)
			defer store.Close()
			must(t, store.Accept(ctx))
			if got := altered(t, store); got != "" {
				t.Errorf("accepted, and altered: %s", got)
			}
		})
	}
}

// A revision that no file gets by being written to is refused, before it becomes one that SQLite counts no further.
func TestRevisionOfOthers(t *testing.T) {
	for _, revision := range []string{"9223372036854775807", "9223372036854775806", "9007199254740993", "-1", "9.3e18", "'x'"} {
		path := smallStore(t)
		execute(t, path, `UPDATE store SET revision = `+revision)
		if store, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "revision of the table store") {
			t.Errorf("%s: open: %v", revision, err)
			if err == nil {
				store.Close()
			}
		}
		report, err := check.File(t.Context(), path)
		must(t, err)
		if !strings.Contains(fmt.Sprint(report.Findings), "revision of the table store") {
			t.Errorf("%s: check: %+v", revision, report.Findings)
		}
	}
	// Beside an open store.
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	execute(t, path, `UPDATE store SET revision = 9223372036854775807`)
	if _, err := store.PostVisits(ctx, []data.Visit{visitV(1)}); err == nil {
		t.Error("posted at the last revision that there is")
	}
}

// What is not opened is not called sound.
func TestCheckFindsWhatOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  string
	}{
		{"no version", func(t *testing.T, path string) { execute(t, path, `DELETE FROM goose_db_version`) },
			"does not say of which version"},
		{"a version of before", func(t *testing.T, path string) {
			execute(t, path, `DELETE FROM goose_db_version WHERE version_id > 1`)
		}, ""},
		{"garbage for a queue", func(t *testing.T, path string) {
			must(t, os.WriteFile(path+"-posts", []byte(strings.Repeat("no database ", 100)), 0o600))
		}, "-posts: "},
		{"a folder for a queue", func(t *testing.T, path string) { must(t, os.Mkdir(path+"-posts", 0o700)) }, "-posts: "},
		{"an index that fails", func(t *testing.T, path string) {
			execute(t, path, `CREATE INDEX evil ON visit_rows (json(CASE WHEN fid > 2 THEN '{' ELSE '{}' END))`)
		}, "index evil on visit_rows is unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := smallStore(t)
			c.spoil(t, path)
			report, err := check.File(t.Context(), path)
			must(t, err)
			if len(report.Findings) == 0 || !strings.Contains(fmt.Sprint(report.Findings), c.want) {
				t.Errorf("check: %+v, want %q", report.Findings, c.want)
			}
			if store, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("open: %v, want %q", err, c.want)
				if err == nil {
					store.Close()
				}
			}
		})
	}
	path := smallStore(t)
	must(t, os.WriteFile(path+"-posts", nil, 0o600))
	report, err := check.File(t.Context(), path)
	must(t, err)
	if len(report.Findings) > 0 {
		t.Errorf("an empty queue: %+v", report.Findings)
	}
}

// A file on a file system that cannot be written is checked and backed up like any other.
func TestCheckOnReadOnlyFileSystem(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("NOT TRIED ON A READ-ONLY FILE SYSTEM: to mount one takes root: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	whole, err := os.ReadFile(smallStore(t))
	must(t, err)
	path := filepath.Join(dir, "store.gpkg")
	must(t, os.WriteFile(path, whole, 0o600))
	logged := filepath.Join(dir, "logged.gpkg")
	must(t, os.WriteFile(logged, whole, 0o600))
	must(t, os.WriteFile(logged+"-wal", []byte("something"), 0o600))
	must(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	report, err := check.File(ctx, path)
	must(t, err)
	if len(report.Findings) > 0 || report.Visits != 2 {
		t.Errorf("check: %+v", report)
	}
	to := filepath.Join(t.TempDir(), "backup.gpkg")
	report, err = backup.Write(ctx, path, to)
	must(t, err)
	if len(report.Findings) > 0 || report.Visits != 2 {
		t.Errorf("backup: %+v", report)
	}
	if _, err := check.File(ctx, logged); err == nil || !strings.Contains(err.Error(), "copy both to where you may write") {
		t.Errorf("with a log that cannot be read: %v", err)
	}
}

// A backup that fails, here for want of room, leaves nothing, and takes away what killed ones left a day ago.
func TestBackupLeavesNothing(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT TRIED ON A FULL DISK: to mount a small one takes root: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	old := []string{".a.gpkg.123.partial", ".a.gpkg.123.partial-journal", ".a.gpkg.123.partial-posts-wal"}
	kept := []string{".a.gpkg.124.partial", "a.gpkg.123.partial", ".notes.partial", ".b.gpkg.9.partial.txt"}
	for i, name := range append(append([]string{}, old...), kept...) {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("x"), 0o600))
		if i != len(old) { // the first of those that are kept is of now
			then := time.Now().Add(-25 * time.Hour)
			must(t, os.Chtimes(path, then, then))
		}
	}
	if _, err := backup.Write(ctx, smallStore(t), filepath.Join(dir, "b.gpkg")); err == nil {
		t.Error("a backup without room")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got, want := fmt.Sprint(left), "[.a.gpkg.124.partial .b.gpkg.9.partial.txt .notes.partial a.gpkg.123.partial]"; got != want {
		t.Errorf("left %s, want %s", got, want)
	}
}
