package export

import (
	"errors"
	"io"
	"path/filepath"
	"syscall"
	"testing"

	"tungnha/coverage"
)

// A GeoPackage is made in a temporary file: without room for it that is said.
func TestGeoPackageWithoutRoom(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT TRIED ON A FULL DISK: to mount a small one takes root: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	t.Setenv("TMPDIR", dir)
	table, err := NewTable(t.Context(), build(t).For(coverage.Operator), Request{Layer: Teams, Query: window})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Write(t.Context(), io.Discard, GeoPackage); !errors.Is(err, ErrNoRoom) {
		t.Errorf("%v, want %v", err, ErrNoRoom)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
