package geopackage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/paulmach/orb"
)

// The tables are part of a migration of data/sqlite: files that were made with others would never be changed to these.
func TestTablesAreThoseOfTheMigration(t *testing.T) {
	const want = "f3ccfb84775c970966d980c08d5cd77fcae8d5f7fbb771ce0d45eeea64ba2657"
	sum := sha256.Sum256([]byte(Tables))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("tables.sql has the sum %s, want %s: write a migration of data/sqlite instead", got, want)
	}
}

func TestBody(t *testing.T) {
	body := []byte("well-known binary")
	bound := orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}
	z := append(append([]byte{'G', 'P', 0, 0b0_010_1, 0, 0, 0, 0}, make([]byte, 48)...), body...)
	for name, b := range map[string][]byte{
		"point": append(AppendPointHeader(nil), body...), "envelope": append(AppendHeader(nil, bound), body...), "z": z,
	} {
		if got, err := Body(b); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, body)
		}
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short": AppendPointHeader(nil)[:7], "another format": []byte("XP000000body"),
		"half an envelope": AppendHeader(nil, bound)[:30], "unknown envelope": {'G', 'P', 0, 0b0_101_1, 0, 0, 0, 0},
	} {
		if got, err := Body(b); err == nil {
			t.Errorf("%s: %q, want an error", name, got)
		}
	}
}
