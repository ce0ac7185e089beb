package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite"
)

// childFile names the file that a test process which may not write it has to read.
const childFile = "TUNGNHA_TEST_READ_ONLY"

// TestReadOnlyChild is the work of TestReadOnly, as a user who may not write.
func TestReadOnlyChild(t *testing.T) {
	path := os.Getenv(childFile)
	if path == "" {
		t.Skip("only as a child of TestReadOnly")
	}
	ctx := t.Context()
	store, err := sqlite.Open(ctx, path)
	must(t, err)
	if got := altered(t, store); got != "" {
		t.Error(got)
	}
	if _, err := store.Revision(ctx); err != nil {
		t.Error(err)
	}
	if _, err := store.PostVisits(ctx, []data.Visit{visitV(1)}); !errors.Is(err, data.ErrReadOnly) {
		t.Errorf("post: %v, want %v", err, data.ErrReadOnly)
	}
	must(t, store.SetSkills(ctx, store.Skills()))
	must(t, store.Close())
}

// A file that may not be written is read all the same: in a folder where files can be made, and in one where not.
func TestReadOnly(t *testing.T) {
	for _, c := range []struct {
		name   string
		folder os.FileMode
	}{{"folder", 0o777}, {"folder too", 0o555}} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "readonly")
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(dir) })
			path := filepath.Join(dir, "store.gpkg")
			whole, err := os.ReadFile(smallStore(t))
			must(t, err)
			binary, err := os.ReadFile(os.Args[0])
			must(t, err)
			program := filepath.Join(dir, "child")
			must(t, os.WriteFile(program, binary, 0o755))
			must(t, os.WriteFile(path, whole, 0o444))
			must(t, os.Chmod(dir, c.folder))
			child := exec.Command(program, "-test.run", "^TestReadOnlyChild$", "-test.v")
			child.Dir, child.Env = dir, append(os.Environ(), childFile+"="+path, "TMPDIR=/tmp")
			if os.Geteuid() == 0 {
				child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			out, err := child.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestReadOnlyChild") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
