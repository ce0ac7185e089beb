package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServerLogsJSON: unless told otherwise a server logs one object of JSON a line, with one for each request; as text
// and without requests where it is told so, by the settings file or by flags.
func TestServerLogsJSON(t *testing.T) {
	dir := imported(t)
	database := filepath.Join(dir, "tungnha.gpkg")
	server := serve(t, dir, "serve", "--db", database)
	server.get(t, "/api/v1/areas?lang=the-secret-language&token=the-secret-token")
	if status := server.stop(t, syscall.SIGTERM); status != exitDone {
		t.Fatalf("status %d: %s", status, server.stderr)
	}
	requests := 0
	for text := range strings.Lines(server.stderr.String()) {
		var line struct{ Msg, Client, Route string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if line.Msg == "request" && line.Route == "/api/v1/areas" && line.Client == "127.0.0.0/24" {
			requests++
		}
	}
	if requests != 1 || strings.Contains(server.stderr.String(), "the-secret-token") {
		t.Errorf("%d lines of the request: %s", requests, server.stderr)
	}

	settings := filepath.Join(dir, "tungnha.toml")
	writeSettings := func(text string) {
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeSettings("log_format = \"text\"\n[serve]\naccess_log = \"none\"\n")
	server = serve(t, dir, "--config", settings, "serve", "--db", database)
	server.get(t, "/api/v1/areas")
	if status := server.stop(t, syscall.SIGTERM); status != exitDone {
		t.Fatalf("status %d: %s", status, server.stderr)
	}
	if log := server.stderr.String(); strings.Contains(log, "/api/v1/areas") || !strings.Contains(log, "level=INFO msg=") {
		t.Errorf("got %s", log)
	}
	writeSettings("[serve]\nlog_addresses = \"some\"\n")
	if r := tungnha(t, dir, "--config", settings, "serve"); r.status != exitUsage ||
		!strings.Contains(r.stderr, "serve.log_addresses") {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
}
