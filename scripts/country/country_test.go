package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// A small country: the same seed writes the same bytes, and what is written is what the
// index has, every household within its commune or without a hamlet.
func TestCountry(t *testing.T) {
	const households = 9_000
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	for _, dir := range []string{a, b} {
		if err := writeAll(t.Context(), dir, newCountry(households, 7)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"areas.parquet", "teams.parquet", "households-05.parquet", "visits-05.parquet"} {
		first, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs from one writing to the next", name)
		}
	}
	ix, err := coverage.Build(t.Context(), source{a}, rules.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	m := ix.Memory()
	if m.Households != households || m.Visits < 4*households || m.Visits > 6*households {
		t.Errorf("got %d households and %d visits, want %d and about %d", m.Households, m.Visits, households,
			visitsEach*households)
	}
	_, last := ix.For(coverage.Operator).Span()
	if last > lastDay {
		t.Errorf("the last visit is on %s, want none after %s", last, lastDay)
	}
	for level, want := range map[data.Level]int{data.Province: provinces, data.Commune: communes,
		data.Hamlet: hamlets} {
		r, err := ix.For(coverage.Operator).Query(t.Context(),
			coverage.Query{By: coverage.ByArea, Level: level, To: last})
		if err != nil {
			t.Fatal(err)
		}
		rows := len(r.Rows)
		if bucket := &r.Rows[rows-1]; bucket.Area == boundary.NoArea {
			rows--
			if level != data.Hamlet && bucket.Households > households/50 {
				t.Errorf("%d households lie in no %s", bucket.Households, level)
			}
		}
		if rows != want {
			t.Errorf("%d rows by %s, want %d", rows, level, want)
		}
	}
}
