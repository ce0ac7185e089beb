package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tungnha/internal/await"
)

// smallDisk mounts a file system of so many bytes, which belongs to a user. Where the test
// may not, it is skipped.
func smallDisk(t *testing.T, bytes int, uid string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tungnha-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // the user has to pass
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700,uid=%s", bytes, uid)); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			t.Skipf("NOT TRIED ON A FULL DISK: to mount a small one takes root: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file that takes all room that is left in dir.
func fill(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "ballast")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return path
}

// answer is what a server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t testing.TB, request func() (*http.Response, error)) answer {
	t.Helper()
	res, err := request()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func (p *process) get(t testing.TB, path string) answer {
	t.Helper()
	return ask(t, func() (*http.Response, error) { return http.Get(p.url + path) })
}

// visits makes a body of so many visits to households of the sample.
func visits(name string, n int, households []string, team string) []byte {
	var list []map[string]any
	for i := range n {
		list = append(list, map[string]any{"visit_id": fmt.Sprintf("%s-%03d", name, i),
			"household_id": households[i%len(households)],
			"team_id":      team, "visited_at": "2026-01-15T09:00:00+07:00", "outcome": "completed",
			"assessed": []string{"payment"}})
	}
	body, err := json.Marshal(list)
	if err != nil {
		panic(err) // texts and lists
	}
	return body
}

func (p *process) post(t testing.TB, body []byte) answer {
	t.Helper()
	return ask(t, func() (*http.Response, error) {
		return http.Post(p.url+"/api/v1/visits", "application/json", bytes.NewReader(body))
	})
}

// wantFull fails where a post was not told, in both languages, that somebody has to make room on the disk.
func wantFull(t testing.TB, a answer) {
	t.Helper()
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "60" ||
		!strings.Contains(a.body, `"urn:tungnha:problem:store_full"`) ||
		!strings.Contains(a.body, "until the operator of this server makes room") ||
		!strings.Contains(a.body, "người vận hành") || strings.Contains(a.body, "send the same visits again") {
		t.Errorf("status %d, Retry-After %q, %s: want 503, and that the disk is full", a.status,
			a.header.Get("Retry-After"), a.body)
	}
}

// waitWritable waits until a server reports whether its database can be written, to balancers of load and to
// Prometheus, and returns the first.
func waitWritable(t testing.TB, server *process, writable bool) (ready answer) {
	t.Helper()
	status, metric := http.StatusServiceUnavailable, "\ntungnha_writable 0\n"
	if writable {
		status, metric = http.StatusOK, "\ntungnha_writable 1\n"
	}
	await.Until(t, func() bool {
		ready = server.get(t, "/readyz?for=writes")
		return ready.status == status && strings.Contains(server.get(t, "/metrics").body, metric)
	}, "want /readyz?for=writes %d and %q", status, metric)
	return ready
}

// TestFullDisk fills the disk under a server: it goes on to answer, posts get 503 and the reason
// and leave nothing, and with room they go in.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, 64<<20, "0")
	db := filepath.Join(dir, "tungnha.gpkg")
	if r := tungnha(t, t.TempDir(), append([]string{"import", "--db", db}, sampleFiles()...)...); r.status != 0 {
		t.Fatalf("import: %s%s", r.stdout, r.stderr)
	}
	before := len(read(t, db).visits)
	server := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", db)
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	if a := server.post(t, visits("fits", 10, households, team)); a.status != 200 {
		t.Fatalf("with room: %d %s", a.status, a.body)
	}
	waitWritable(t, server, true)
	onFullDisk(t, server, dir)
	// Without a post it is noticed as well.
	ballast := fill(t, dir)
	waitWritable(t, server, false)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	waitWritable(t, server, true)
	if status := server.stop(t, syscall.SIGTERM); status != exitDone {
		t.Errorf("status %d: %s", status, server.stderr)
	}
	if n := len(read(t, db).visits); n != before+2010 {
		t.Errorf("%d visits, want %d", n, before+2010)
	}
}

// onFullDisk fills the disk of a server's database and makes room again.
func onFullDisk(t *testing.T, server *process, dir string) {
	t.Helper()
	ballast := fill(t, dir)
	body := visits("full", 2000, column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0])
	for range 3 {
		wantFull(t, server.post(t, body))
	}
	if ready := waitWritable(t, server, false); !strings.Contains(ready.body, "disk of the database is full") {
		t.Errorf("/readyz?for=writes: %s", ready.body)
	}
	if ready := server.get(t, "/readyz"); ready.status != 200 || !strings.Contains(ready.body, "no visits are taken") {
		t.Errorf("/readyz on a full disk: status %d, %s: it is ready for reads", ready.status, ready.body)
	}
	if a := server.get(t, "/api/v1/coverage?by=team"); a.status != 200 || a.header.Get("Age") != "" {
		t.Errorf("a read on a full disk: status %d, age %q; the data are as they were", a.status, a.header.Get("Age"))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	waitWritable(t, server, true)
	if a := server.post(t, body); a.status != 200 || !strings.Contains(a.body, `"created":2000`) {
		t.Errorf("with room again: %d %.200s", a.status, a.body)
	}
}
