package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tungnha/internal/await"
)

// upload posts files to a server and returns the address of their import.
func upload(t testing.TB, server *process, paths ...string) string {
	t.Helper()
	body, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		for _, path := range paths {
			part, err := form.CreateFormFile("file", filepath.Base(path))
			if err == nil {
				var text []byte
				if text, err = os.ReadFile(path); err == nil {
					_, err = part.Write(text)
				}
			}
			if err != nil {
				write.CloseWithError(err)
				return
			}
		}
		form.Close()
		write.Close()
	}()
	res, err := http.Post(server.url+"/api/v1/imports", form.FormDataContentType(), body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d: %s", res.StatusCode, text)
	}
	return server.url + res.Header.Get("Location")
}

type uploaded struct {
	Status  string
	Created int
	Reason  *string
}

// imported polls until the import has ended.
func (p *process) imported(t testing.TB, at string) (u uploaded) {
	t.Helper()
	await.Until(t, func() bool {
		res, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil {
			err = json.Unmarshal(text, &u)
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		return u.Status == "done" || u.Status == "failed"
	}, "%s does not end: %+v\n%s", at, &u, p.stderr)
	return u
}

// TestKilledUpload kills servers at moments spread over an import that came by HTTP, and
// stops one in the middle as an operator does. The database is then as before or as after,
// and the same files posted again finish the work.
func TestKilledUpload(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large")
	if r := tungnha(t, t.TempDir(), "sample", "--out", large, "--households", "20000"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	seed := t.TempDir()
	if r := tungnha(t, seed, "import", filepath.Join(large, "areas.geojson"),
		filepath.Join(large, "hamlets.csv")); r.status != 0 {
		t.Fatal(r.stderr)
	}
	empty, err := os.ReadFile(filepath.Join(seed, "tungnha.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(large, "visits.csv"), filepath.Join(large, "teams.csv"),
		filepath.Join(large, "households.csv")}
	folder := func() (dir, db string) {
		dir = t.TempDir()
		db = filepath.Join(dir, "tungnha.gpkg")
		if err := os.WriteFile(db, empty, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir, db
	}
	t.Setenv("TMPDIR", t.TempDir())

	dir, db := folder()
	server := serve(t, dir, "serve", "--imports")
	began := time.Now()
	if u := server.imported(t, upload(t, server, paths...)); u.Status != "done" {
		t.Fatalf("%+v\n%s", u, server.stderr)
	}
	took := time.Since(began)
	server.stop(t, syscall.SIGTERM)
	want := read(t, db)
	if len(want.visits) == 0 {
		t.Fatal("no visits")
	}

	cut := 0
	signals := []os.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL}
	for step := 0; step < len(signals) || cut == 0; step++ { // sooner again and again, until one was under way
		signal, wait := signals[step%len(signals)], took*time.Duration(step+2)/7
		if step >= len(signals) {
			wait = took >> (step - len(signals) + 2)
		}
		dir, db := folder()
		server := serve(t, dir, "serve", "--imports")
		began := time.Now()
		upload(t, server, paths...)
		time.Sleep(wait - time.Since(began))
		status := server.stop(t, signal)
		if signal == syscall.SIGTERM && status != 0 {
			t.Errorf("stopped in the middle: status %d\n%s", status, server.stderr)
		}
		got := read(t, db)
		nothing := got.households == 0 && got.teams == 0 && len(got.visits) == 0
		if nothing {
			cut++
		}
		if !nothing && (got.households != want.households || got.teams != want.teams ||
			len(got.visits) != len(want.visits)) {
			t.Errorf("after %s: %d households, %d teams, %d visits; want all or nothing of %d, %d, %d",
				wait, got.households, got.teams, len(got.visits), want.households, want.teams, len(want.visits))
		}
		if step == 0 {
			again := serve(t, dir, "serve", "--imports")
			if u := again.imported(t, upload(t, again, paths...)); u.Status != "done" {
				t.Errorf("again: %+v", u)
			}
			again.stop(t, syscall.SIGTERM)
			if got := read(t, db); len(got.visits) != len(want.visits) {
				t.Errorf("again: %d visits, want %d", len(got.visits), len(want.visits))
			}
		}
	}
	// What they had been sent is gone as soon as another one has started.
	folders := func() []string {
		left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tungnha-import-*"))
		return left
	}
	if len(folders()) == 0 {
		t.Error("the server that was killed last left no files: the test shows nothing")
	}
	dir, _ = folder()
	server = serve(t, dir, "serve")
	server.get(t, "/healthz")
	if left := folders(); len(left) > 0 {
		t.Errorf("left behind: %v\n%s", left, server.stderr)
	}
	server.stop(t, syscall.SIGTERM)
	t.Logf("%d imports were under way", cut)
}

// TestVisitSettings: visits are taken only where the operator opens the server, by flag, variable or settings file.
func TestVisitSettings(t *testing.T) {
	dir := imported(t)
	settings := filepath.Join(dir, "open.toml")
	if err := os.WriteFile(settings, []byte("[serve]\nopen_visits = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		variable string
		args     []string
		status   int
	}{
		{"", []string{"serve"}, http.StatusForbidden},
		{"", []string{"serve", "--imports"}, http.StatusForbidden},
		{"", []string{"serve", "--open-visits"}, http.StatusOK},
		{"", []string{"serve", "--config", settings}, http.StatusOK},
		{"false", []string{"serve", "--config", settings}, http.StatusForbidden},
		{"true", []string{"serve"}, http.StatusOK},
	} {
		if c.variable != "" {
			t.Setenv("TUNGNHA_OPEN_VISITS", c.variable)
		}
		server := serve(t, dir, c.args...)
		if a := server.post(t, []byte("[]")); a.status != c.status {
			t.Errorf("%q %v: status %d, want %d: %s", c.variable, c.args, a.status, c.status, a.body)
		}
		server.stop(t, syscall.SIGTERM)
	}
}

// TestUploadSettings: files are taken only where the operator allows it, by flag, variable or
// settings file.
func TestUploadSettings(t *testing.T) {
	dir := imported(t)
	settings := filepath.Join(dir, "on.toml")
	if err := os.WriteFile(settings, []byte("[serve]\nimports = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{{[]string{"serve"}, `"enabled":false`}, {[]string{"serve", "--imports"}, `"enabled":true`}, {[]string{"serve", "--config", settings}, `"enabled":true`}} {
		server := serve(t, dir, c.args...)
		res, err := http.Get(server.url + "/api/v1/imports")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Contains(text, []byte(c.want)) {
			t.Errorf("%v: got %s, want %s", c.args, text, c.want)
		}
		server.stop(t, syscall.SIGTERM)
	}
}
