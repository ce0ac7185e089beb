package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tungnha/internal/await"
)

// said is what a process writes, to be read while it writes.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// set replaces what was written.
func (s *said) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Reset()
	s.text.WriteString(text)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the process has written something.
func (s *said) await(t testing.TB, pattern string) (found []string) {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	await.Until(t, func() bool {
		found = wanted.FindStringSubmatch(s.String())
		return found != nil
	}, "no %s in: %s", pattern, s)
	return found
}

// TestDatabaseComesLater starts servers before their database: one that nobody answers for, one
// whose connections end at once, one that sends nothing, and one that goes away while the records
// are read. Each is alive and not ready, logs why, and comes up by itself on the
// address that it had from the beginning.
func TestDatabaseComesLater(t *testing.T) {
	sampleDatabase(t, "")
	var waits sync.WaitGroup
	for name, away := range map[string]func(p *proxy){
		"nobody there": func(p *proxy) { p.listener.Close() },
		"refusing":     func(p *proxy) { p.set(func(p *proxy) { p.refusing = true }) },
		"silent":       func(p *proxy) { p.set(func(p *proxy) { p.lossy = true }) },
		"in the midst": func(p *proxy) { p.set(func(p *proxy) { p.cutAt = 40_000 }) },
	} {
		waits.Go(func() {
			t.Run(name, func(t *testing.T) {
				database := sampleDatabase(t, "")
				p, through := newProxy(t, database)
				away(p)
				server, stdout := start(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--addr",
					"127.0.0.1:0", "--db", through+"&connect_timeout=2")
				server.url = "http://" + server.stderr.await(t, `"address":"(127\.0\.0\.1:\d+)`)[1]
				server.stderr.await(t, `"level":"WARN","msg":"the database cannot be reached, trying again"`)
				if a := server.get(t, "/healthz"); a.status != 200 {
					t.Errorf("/healthz: status %d", a.status)
				}
				for _, path := range []string{"/readyz", "/api/v1/coverage"} {
					if a := server.get(t, path); a.status != 503 || a.header.Get("Retry-After") == "" {
						t.Errorf("%s: status %d, Retry-After %q; want 503", path, a.status, a.header.Get("Retry-After"))
					}
				}
				if a := server.post(t, []byte("[]")); a.status != 503 || a.header.Get("Retry-After") == "" {
					t.Errorf("a post: status %d, Retry-After %q; want 503", a.status, a.header.Get("Retry-After"))
				}

				if name == "nobody there" { // it takes the address that it had
					p.listener = listenAgain(t, p.listener.Addr().String())
					go p.accept()
				}
				p.set(func(p *proxy) { p.refusing, p.lossy, p.cutAt = false, false, 0 })
				lines := bufio.NewScanner(stdout)
				if !lines.Scan() || lines.Text() != "Từng Nhà: "+server.url+"/" {
					t.Fatalf("it says %q; want the address %s, now that it is ready", lines.Text(), server.url)
				}
				go io.Copy(io.Discard, stdout)
				if a := server.get(t, "/readyz"); a.status != 200 || a.body != "ready\n" {
					t.Errorf("/readyz: status %d: %s", a.status, a.body)
				}
				if a := server.post(t, visits("late", 1, column(t, "households.csv", "household_id"),
					column(t, "teams.csv", "team_id")[0])); a.status != 200 {
					t.Errorf("a post: status %d: %s", a.status, a.body)
				}
				wantSame(t, database, server)
				if status := server.stop(t, syscall.SIGTERM); status != exitDone {
					t.Errorf("status %d: %s", status, server.stderr)
				}
			})
		})
	}
	waits.Wait()
}

func listenAgain(t testing.TB, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// TestDatabaseNeverComes gives servers what waiting does not mend: they end, and report why.
func TestDatabaseNeverComes(t *testing.T) {
	database := newDatabase(t, "")
	role := fmt.Sprintf("tungnha_stranger_%d", os.Getpid())
	execute(t, database, "CREATE ROLE "+role)
	t.Cleanup(func() { execute(t, database, "DROP ROLE "+role) })
	with := func(change func(u *url.URL)) string {
		u, err := url.Parse(database)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	for name, c := range map[string]struct{ db, want string }{
		"no such database": {with(func(u *url.URL) { u.Path = "/tungnha_no_such" }), `database "tungnha_no_such" does not exist`},
		"no such user":     {with(func(u *url.URL) { u.User = url.User("tungnha_nobody") }), `role "tungnha_nobody" does not exist`},
		"may not log in":   {with(func(u *url.URL) { u.User = url.User(role) }), "not permitted to log in"},
		"no TLS there":     {with(func(u *url.URL) { u.RawQuery = "sslmode=require" }), "refused TLS"},
		"no certificate":   {database + "&sslmode=verify-full&sslrootcert=/no/such/file", "CA file"},
		"a file":           {"/proc/no/such.gpkg", "there is no database"},
	} {
		if r := tungnha(t, t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--db", c.db); r.status != exitFailed ||
			!strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: status %d: %s; want %q", name, r.status, r.stderr, c.want)
		}
	}

	// Nor does it wait with a flag that is wrong, and interrupted it stops.
	nobody := "postgres://tungnha@127.0.0.1:1/tungnha?sslmode=disable"
	if r := tungnha(t, t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--origin", "portal", "--db",
		nobody); r.status != exitUsage {
		t.Errorf("a wrong flag: status %d: %s", r.status, r.stderr)
	}
	server, _ := start(t, t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--db", nobody)
	server.stderr.await(t, "trying again")
	if status := server.stop(t, syscall.SIGTERM); status != exitInterrupted {
		t.Errorf("told to stop: status %d: %s", status, server.stderr)
	}
}
