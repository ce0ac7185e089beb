package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite/backup"
	"tungnha/data/sqlite/check"
)

// Backups are made while visits are posted. Each has all that was acknowledged before it began, opens as a store, and
// serves what the original did at its revision.
func TestBackupDuringPosts(t *testing.T) {
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	var mu sync.Mutex
	posted, stop := 0, make(chan struct{})
	var poster sync.WaitGroup
	first := make(chan struct{})
	poster.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := store.PostVisits(ctx, []data.Visit{visitV(n)}); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			posted = n
			mu.Unlock()
			if n == 1 {
				close(first)
			}
		}
	})
	<-first
	dir := t.TempDir()
	for i := range 4 {
		mu.Lock()
		before := posted
		mu.Unlock()
		to := filepath.Join(dir, fmt.Sprintf("backup-%d.gpkg", i))
		report, err := backup.Write(ctx, path, to)
		must(t, err)
		if len(report.Findings) > 0 || report.Visits < before+2 {
			t.Errorf("backup %d: %+v, want at least %d visits", i, report, before+2)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("backup %d: %v, mode %v; want it for its owner alone", i, err, info.Mode())
		}
	}
	close(stop)
	poster.Wait()
	last := filepath.Join(dir, "last.gpkg")
	_, err := backup.Write(ctx, path, last)
	must(t, err)
	got, err := served(ctx, last)
	must(t, err)
	want, err := served(ctx, path)
	must(t, err)
	if got != want {
		t.Error("the backup serves something else than the original")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*"+backup.Partial)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := backup.Write(ctx, path, last); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("over another backup: %v", err)
	}
}

// A backup during an import has the visits that were acknowledged and wait for its end, and nothing of the import.
func TestBackupOfQueuedPosts(t *testing.T) {
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	tx, err := store.Begin(ctx)
	must(t, err)
	posted, err := store.PostVisits(ctx, []data.Visit{visitV(1), visitV(2)})
	must(t, err)
	if posted.Queued != 2 {
		t.Fatalf("%d queued, want 2", posted.Queued)
	}
	dir := t.TempDir()
	to := filepath.Join(dir, "backup.gpkg")
	report, err := backup.Write(ctx, path, to)
	must(t, err)
	if len(report.Findings) > 0 || report.Visits != 4 {
		t.Errorf("%+v: want 4 visits and no finding", report)
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("%v: want the backup alone", names)
	}
	must(t, tx.Rollback())
	if written, err := store.WriteQueued(ctx); err != nil || written.Dequeued != 2 {
		t.Errorf("%d of the original's queue written afterwards, error %v; want 2", written.Dequeued, err)
	}
	got, err := served(ctx, to)
	must(t, err)
	want, err := served(ctx, path)
	must(t, err)
	if got != want {
		t.Error("the backup serves something else than the original with its queue")
	}
}

// A copy of the one file of a store that is open is no backup: what is in the write-ahead log is missing from it,
// without an error.
func TestCopyOfTheFileIsNoBackup(t *testing.T) {
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	for n := range 5 {
		_, err := store.PostVisits(ctx, []data.Visit{visitV(n)})
		must(t, err)
	}
	b, err := os.ReadFile(path)
	must(t, err)
	copied := filepath.Join(t.TempDir(), "copy.gpkg")
	must(t, os.WriteFile(copied, b, 0o600))
	report, err := check.File(ctx, copied)
	must(t, err)
	if report.Visits != 2 {
		t.Errorf("%d visits in a copy of the file alone: the warning of docs/deploy.md may be wrong", report.Visits)
	}
}

// Records that somebody else changed make no backup, which would take the place of a good one.
func TestNoBackupOfAlteredRecords(t *testing.T) {
	path := smallStore(t)
	execute(t, path, `DELETE FROM visit_rows`)
	to := filepath.Join(t.TempDir(), "backup.gpkg")
	report, err := backup.Write(t.Context(), path, to)
	must(t, err)
	if len(report.Findings) == 0 {
		t.Error("nothing found")
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("there is a backup")
	}
}
