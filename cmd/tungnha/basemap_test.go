package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A basemap that is none ends the program at the start, with the file's name; a good one is
// on the map.
func TestServeBasemap(t *testing.T) {
	dir := imported(t)
	if err := os.WriteFile(filepath.Join(dir, "photo.pmtiles"), []byte("\x89PNG\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"nowhere.pmtiles": "basemap: tile archive nowhere.pmtiles: open nowhere.pmtiles: no such file",
		"photo.pmtiles":   `basemap: tile archive photo.pmtiles: neither PMTiles 3 nor MBTiles: it begins with "\x89PNG`,
	} {
		if r := tungnha(t, dir, "serve", "--addr", "127.0.0.1:0", "--basemap", file); r.status != exitFailed ||
			!strings.Contains(r.stderr, want) {
			t.Errorf("%s: status %d, %q; want %d and %q", file, r.status, r.stderr, exitFailed, want)
		}
	}
	// Any archive of vector tiles will do: the program's own.
	if r := tungnha(t, dir, "export", "areas", "--max-zoom", "8", "-o", "areas.pmtiles"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	settings := "[basemap]\nfile = \"areas.pmtiles\"\nattribution = \"© Sở\"\n"
	if err := os.WriteFile(filepath.Join(dir, "tungnha.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, dir, "--config", "tungnha.toml", "serve")
	for path, want := range map[string]string{
		"/basemap.json": `"attribution":"© Sở"`, "/style.json": `"basemap"`, "/basemap.pmtiles": "PMTiles",
	} {
		r, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, %v, %.200q; want %q", path, r.StatusCode, err, body, want)
		}
	}
	if status := p.stop(t, os.Interrupt); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}
