package api

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"tungnha/tiles/archive"
)

// An archive is the same streamed and as the file of a job, which answers ranges; its tiles
// are those of the tile routes.
func TestExportArchive(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	defer s.jobs.Close()
	for _, layer := range []string{"cells", "areas"} {
		url := "/api/v1/exports/" + layer + ".pmtiles?from=2026-01-01&to=2026-03-31&max_zoom=11"
		streamed := get(s, url)
		whole, err := io.ReadAll(streamed.Body)
		if err != nil || streamed.StatusCode != 200 || streamed.Header.Get("Content-Type") != archiveType ||
			streamed.Header.Get(
				"Content-Disposition") != `attachment; filename="tungnha-`+layer+`-2026-01-01-2026-03-31.pmtiles"` {
			t.Fatalf("%s: status %d, %v, header %v", url, streamed.StatusCode, err, streamed.Header)
		}
		one := jobEnded(t, s, get(s, url, "Prefer", "respond-async").Header.Get("Location"))
		if one.Result == nil {
			t.Fatalf("%s: %+v", url, one)
		}
		part := get(s, *one.Result, "Range", "bytes=0-126")
		header, err := io.ReadAll(part.Body)
		if err != nil || part.StatusCode != http.StatusPartialContent || !bytes.Equal(header, whole[:127]) ||
			one.Bytes != int64(len(whole)) {
			t.Errorf("%s: status %d, %d bytes of %d, %v", url, part.StatusCode, len(header), one.Bytes, err)
		}
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := archive.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		body, how, err := f.Tile(t.Context(), 10, 819, 465)
		if err == nil {
			body, err = how.Expand(body)
		}
		served, _ := io.ReadAll(get(s, "/tiles/"+layer+"/10/819/465.mvt?from=2026-01-01&to=2026-03-31").Body)
		if err != nil || len(body) == 0 || !bytes.Equal(body, served) {
			t.Errorf("%s: a tile of %d bytes, %v; served are %d", url, len(body), err, len(served))
		}
	}
	for url, want := range map[string]int{
		"flags.pmtiles": 422, "households.pmtiles": 422, "cells.pmtiles?max_zoom=17": 422,
		"cells.pmtiles?min_zoom=9&max_zoom=8": 422,
		"cells.pmtiles?resolution=8":          422, "areas.pmtiles?level=commune": 422,
		"cells.pmtiles?parent=nowhere": 422,
	} {
		if r := get(s, "/api/v1/exports/"+url); r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", url, r.StatusCode, want)
		}
	}
}
