package main

import (
	"strings"
	"testing"
)

// TestRevert withdraws what an import brought, brings it back, and refuses what selects nothing.
func TestRevert(t *testing.T) {
	dir := imported(t)
	count := func() string {
		r := tungnha(t, dir, "coverage", "--by", "month", "--format", "csv")
		if r.status != 0 {
			t.Fatal(r.stderr)
		}
		return r.stdout
	}
	before := count()
	for _, c := range []struct {
		args, stdout, stderr string
		status               int
		same                 bool // the figures as before
	}{
		{"revert", "", "needs --batch", 2, true},
		{"revert --since yesterday", "", "--since", 2, true},
		{"revert --list", "import", "", 0, true},
		{"revert --batch 77", "nothing was changed", "", 0, true},
		{"revert --batch 1 --dry-run", "would be withdrawn", "", 0, true},
		{"revert --batch 1", "as batch 2", "", 0, false},
		{"revert --batch 2", "as batch 3", "", 0, true},
		{"revert --since 2020-01-01T00:00:00+07:00", "as batch 4", "", 0, false},
		{"revert --batch 4", "as batch 5", "", 0, true},
	} {
		r := tungnha(t, dir, strings.Fields(c.args)...)
		if r.status != c.status || !strings.Contains(r.stdout, c.stdout) || !strings.Contains(r.stderr, c.stderr) {
			t.Errorf("%s: status %d, stdout %q, stderr %q", c.args, r.status, r.stdout, r.stderr)
		}
		if same := count() == before; same != c.same {
			t.Errorf("%s: the figures are as before: %t, want %t", c.args, same, c.same)
		}
	}
	if r := tungnha(t, dir, "copy", "tungnha.gpkg", "other.gpkg"); r.status != 0 {
		t.Errorf("copy: %s", r.stderr)
	}
	if a, b := tungnha(t, dir, "revert", "--list"), tungnha(t, dir, "revert", "--list", "--db", "other.gpkg"); a.stdout != b.stdout {
		t.Errorf("batches\n%s\nof the copy\n%s", a.stdout, b.stdout)
	}
}
