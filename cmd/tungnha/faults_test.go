package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os/user"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/internal/await"
)

// faulty is a server with a proxy before its database, to which a field posts and from which others read.
type faulty struct {
	*proxy
	database string
	field    *field
	reads    atomic.Int64 // that were answered
	stale    atomic.Bool  // an answer said that it is old
}

// read reads from the server until ctx ends: each read is answered.
func (f *faulty) read(ctx context.Context, t *testing.T, server *process) {
	get := func(path string) (a answer, err error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.url+path, nil)
		if err != nil {
			return a, err
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return a, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return answer{res.StatusCode, res.Header, string(body)}, err
	}
	for {
		a, err := get("/api/v1/coverage?level=hamlet")
		ready, notReady := get("/readyz")
		if ctx.Err() != nil {
			return
		}
		if err != nil || notReady != nil || a.status != 200 || ready.status != 200 {
			t.Errorf("a read: status %d, %v; /readyz: status %d, %v: %s", a.status, err, ready.status, notReady, ready.body)
			return
		}
		f.reads.Add(1)
		if a.header.Get("Age") != "" && strings.Contains(ready.body, "stale") {
			f.stale.Store(true)
		}
	}
}

// answered waits until so many reads more were answered.
func (f *faulty) answered(t *testing.T, n int64) {
	t.Helper()
	want := f.reads.Load() + n
	await.Until(t, func() bool { return t.Failed() || f.reads.Load() >= want }, "reads do not go on")
}

// reconnected does something to the connections so many times, and waits each time until the server has a new one.
func (f *faulty) reconnected(t *testing.T, times int, do func()) {
	t.Helper()
	for range times {
		before := f.count(&f.accepted)
		do()
		await.Until(t, func() bool { return f.count(&f.accepted) > before }, "the server does not connect again")
	}
}

// TestNetworkFaults puts a proxy between a server and its database and breaks the
// connections in every way that networks do, while a field posts and others read. Reads
// always go on: each fault lasts until some were answered; posts are acknowledged or get 503 with Retry-After; what was
// acknowledged is there once, and no batch in part; afterwards all is well by itself.
func TestNetworkFaults(t *testing.T) {
	sampleDatabase(t, "") // the others are copies of what it is a copy of
	var faults sync.WaitGroup
	for _, c := range []struct {
		name  string
		fault func(t *testing.T, f *faulty)
	}{
		{"slow", func(t *testing.T, f *faulty) {
			f.set(func(p *proxy) { p.delay = 60 * time.Millisecond })
			acknowledgedMore(t, 3, f.field)
		}},
		{"cut again and again", func(t *testing.T, f *faulty) { f.reconnected(t, 12, f.cut) }},
		{"cut before answers are through", func(t *testing.T, f *faulty) {
			for _, n := range []int{700, 900, 1100, 1300, 1500, 1700, 1900, 2300, 2700, 3500} {
				f.set(func(p *proxy) { p.cutAt = n })
				f.reconnected(t, 2, f.cut)
			}
		}},
		{"commits lost", commitFaults(commitsLost, 3)},
		{"commits unanswered", commitFaults(commitsUnanswered, 3)},
		{"commits into silence", commitFaults(commitsSilent, 1)},
		{"half closed", func(t *testing.T, f *faulty) {
			f.reconnected(t, 4, func() { f.each(func(l *link) { _ = l.database.CloseWrite() }) })
			f.reconnected(t, 4, func() { f.each(func(l *link) { _ = l.server.CloseWrite() }) })
		}},
		{"refused", func(t *testing.T, f *faulty) {
			f.set(func(p *proxy) { p.refusing = true })
			f.cut()
			await.Until(t, f.stale.Load, "no answer said that it is old")
		}},
		{"silent", func(t *testing.T, f *faulty) {
			f.set(func(p *proxy) { p.lossy = true })
			await.Until(t, f.stale.Load, "no answer said that it is old")
		}},
		{"statements cancelled", func(t *testing.T, f *faulty) {
			for range 20 {
				execute(t, f.database, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
				f.answered(t, 2)
			}
		}},
		{"connections ended by the database", func(t *testing.T, f *faulty) {
			f.reconnected(t, 10, func() {
				execute(t, f.database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			})
		}},
	} {
		// They wait more than they work: all at once, whatever the number of cores.
		faults.Go(func() {
			t.Run(c.name, func(t *testing.T) {
				database := sampleDatabase(t, "")
				p, through := newProxy(t, database)
				server := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--client-rate", "0", "--db",
					through)
				list := fields(t, "fault", 1, func() []string { return []string{server.url} })
				stop := atWork(t, list)
				f := &faulty{proxy: p, database: database, field: list[0]}
				reading, enough := context.WithCancel(t.Context())
				var reader sync.WaitGroup
				reader.Go(func() { f.read(reading, t, server) })

				c.fault(t, f)
				f.answered(t, 5)
				p.heal()
				enough()
				reader.Wait()
				healed := time.Now()
				await.Until(t, func() bool {
					return server.get(t, "/api/v1/meta").header.Get("Age") == "" &&
						server.post(t, visits("healed", 1, list[0].households, list[0].team)).status == 200
				}, "the server does not recover: %s", server.stderr)
				t.Logf("recovered %s after the fault", time.Since(healed).Round(10*time.Millisecond))
				acknowledgedMore(t, 2, list...)
				stop()
				wantKept(t, database, list...)
				wantSame(t, database, server)
				p.cut() // or the program waits, at its end, for what is still silent
				if status := server.stop(t, syscall.SIGTERM); status != exitDone {
					t.Errorf("status %d: %s", status, server.stderr)
				}
			})
		})
	}
	faults.Wait()
}

// commitFaults lets a fault happen to so many commits.
func commitFaults(fault commitFault, n int) func(*testing.T, *faulty) {
	return func(t *testing.T, f *faulty) {
		f.set(func(p *proxy) { p.commits = fault })
		await.Until(t, func() bool { return f.count(&f.faulted) >= n }, "the server does not commit")
	}
}

// TestFullDatabaseDisk fills the disk that the tables are on.
func TestFullDatabaseDisk(t *testing.T) {
	database := cluster(t)
	owner, err := user.Lookup("postgres")
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(user.UnknownUserError)) {
		t.Skip("NOT TRIED ON A FULL DISK: the database runs as another user")
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := smallDisk(t, 96<<20, owner.Uid)
	quoted := pgx.Identifier{"tungnha_small_disk"}.Sanitize()
	execute(t, database, "CREATE TABLESPACE "+quoted+" LOCATION '"+dir+"'")
	t.Cleanup(func() { execute(t, database, "DROP TABLESPACE "+quoted) })
	small := sampleDatabase(t, "TABLESPACE "+quoted)
	server := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", small)
	onFullDisk(t, server, dir)
	wantSame(t, small, server)
	if status := server.stop(t, syscall.SIGTERM); status != exitDone {
		t.Errorf("status %d: %s", status, server.stderr)
	}
}
