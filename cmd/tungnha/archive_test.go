package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tungnha/tiles/archive"
)

// The archives that the program writes contain tiles down to the requested zoom, have the total
// of the table, and are the same bytes on standard output and the second time.
func TestExportArchive(t *testing.T) {
	dir := imported(t)
	for _, args := range [][]string{
		{"cells", "--max-zoom", "11"},
		{"areas", "--to", "2026-01-31", "--from", "2026-01-01", "--suppress", "--min-zoom", "6", "--max-zoom", "12"},
	} {
		path := filepath.Join(dir, args[0]+".pmtiles")
		if r := tungnha(t, dir, append([]string{"export", "-o", path}, args...)...); r.status != 0 {
			t.Fatalf("%v: status %d: %s", args, r.status, r.stderr)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := tungnha(t, dir, append([]string{"export", "--format", "pmtiles", "-o", "-"}, args...)...)
		if r.status != 0 || !bytes.Equal(whole, []byte(r.stdout)) {
			t.Errorf("%v: status %d, %d bytes on standard output, %d in the file: want the same", args, r.status,
				len(r.stdout), len(whole))
		}
		f, err := archive.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if len(f.VectorLayers) == 0 || f.VectorLayers[0].ID != args[0] || f.Attribution == "" || f.Bounds[0] < 102 ||
			f.Bounds[2] > 118 {
			t.Errorf("%v: %+v", args, f.Info)
		}
		var said struct {
			Tungnha struct {
				Version    string
				Suppressed bool
				Total      json.RawMessage
			}
		}
		if err := json.Unmarshal(f.Metadata, &said); err != nil {
			t.Fatal(err)
		}
		table := []string{"coverage", "--format", "json", "--by", "cell", "--resolution", "3"}
		for i, a := range args {
			if a == "--to" || a == "--from" {
				table = append(table, a, args[i+1])
			}
			if a == "--suppress" {
				table = append(table, a)
			}
		}
		var want struct {
			Version string
			Total   json.RawMessage
		}
		r = tungnha(t, dir, table...)
		if err := json.Unmarshal([]byte(r.stdout), &want); err != nil {
			t.Fatalf("%v: %v", table, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, want.Total); err != nil {
			t.Fatal(err)
		}
		if said.Tungnha.Version != want.Version || string(said.Tungnha.Total) != compact.String() ||
			said.Tungnha.Suppressed != (args[0] == "areas") {
			t.Errorf("%v: the archive says %s %s\nwant %s %s", args, said.Tungnha.Version, said.Tungnha.Total,
				want.Version, compact.String())
		}
		files, err := filepath.Glob(filepath.Join(dir, ".*"))
		if err != nil || len(files) > 0 {
			t.Errorf("%v leaves %v behind, %v", args, files, err)
		}
	}
}
