package transfer

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestSweep starts a server where others left files, or are at work: what is not locked
// goes, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	alive, err := newImportFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.remove()
	elsewhere := t.TempDir()
	for path, text := range map[string]string{
		"tungnha-import-1/files/visits.csv": "left behind", "tungnha-import-2/x": "left behind",
		"tungnha-import-file":            "no folder",
		"tungnha-other/files/visits.csv": "another's", filepath.Base(alive.path) + "/files/visits.csv": "at work",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "tungnha-import-link")); err != nil {
		t.Fatal(err)
	}

	NewImports(nil, DefaultImportLimits, time.Now, slog.New(slog.DiscardHandler)).Sweep()
	for path, want := range map[string]bool{
		filepath.Join(dir, "tungnha-import-1"): false, filepath.Join(dir, "tungnha-import-2"): false,
		filepath.Join(dir, "tungnha-import-file"): true,
		filepath.Join(dir, "tungnha-import-link"): true, filepath.Join(dir, "tungnha-other/files/visits.csv"): true,
		filepath.Join(alive.path, "files/visits.csv"): true, filepath.Join(elsewhere, "precious"): true,
	} {
		if _, err := os.Lstat(path); err != nil && !errors.Is(err, fs.ErrNotExist) || (err == nil) != want {
			t.Errorf("%s: there %t, want %t; %v", path, err == nil, want, err)
		}
	}
}

// TestSweepAtOnce makes folders while others sweep: each that was made is there until its
// maker removes it.
func TestSweepAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var work sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		work.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := sweepImportFolders(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 300 {
		f, err := newImportFolder()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(f.path, "rejects")); err != nil {
			t.Error(err)
		}
		if err := f.remove(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	work.Wait()
}
