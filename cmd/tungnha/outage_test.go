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
	"time"

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

// wantRefused fails where a post did not get 503 with Retry-After.
func wantRefused(t testing.TB, a answer) {
	t.Helper()
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" ||
		a.header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(a.body, "send the same visits again") {
		t.Errorf("status %d, Retry-After %q, %s: want 503, and to come again", a.status, a.header.Get("Retry-After"),
			a.body)
	}
}

// TestFullDisk fills the disk under a server: it goes on to answer, posts get 503 and come
// again and leave nothing, and with room they go in.
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
	onFullDisk(t, server, dir)
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
		wantRefused(t, server.post(t, body))
		time.Sleep(400 * time.Millisecond) // so that one comes when the server tries again
	}
	if a := server.get(t, "/api/v1/coverage?by=team"); a.status != 200 || a.header.Get("Age") != "" {
		t.Errorf("a read on a full disk: status %d, age %q; the data are as they were", a.status, a.header.Get("Age"))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	var a answer
	await.Until(t, func() bool { // the server leaves a store alone for a while that took nothing
		a = server.post(t, body)
		return a.status != http.StatusServiceUnavailable
	}, "posts are refused although there is room")
	if a.status != 200 || !strings.Contains(a.body, `"created":2000`) {
		t.Errorf("with room again: %d %.200s", a.status, a.body)
	}
}
