package main

import (
	"errors"
	"io/fs"
	"os/user"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestNetworkFaults puts a proxy between a server and its database and breaks the
// connections in every way that networks do, while a field posts and others read. Reads
// always go on; posts are acknowledged or get 503 with Retry-After; what was acknowledged is there
// once, and no batch in part; afterwards all is well by itself.
func TestNetworkFaults(t *testing.T) {
	sampleDatabase(t, "") // the others are copies of what it is a copy of
	var faults sync.WaitGroup
	repeat := func(n int, pause time.Duration, do func()) {
		for range n {
			do()
			time.Sleep(pause)
		}
	}
	for _, c := range []struct {
		name  string
		away  bool // the database is away for longer than answers may be old without a warning
		fault func(t *testing.T, p *proxy, database string)
	}{
		{"slow", false, func(t *testing.T, p *proxy, _ string) {
			p.set(func(p *proxy) { p.delay = 60 * time.Millisecond })
			time.Sleep(3 * time.Second)
			p.set(func(p *proxy) { p.delay = 0 })
		}},
		{"cut again and again", false, func(t *testing.T, p *proxy, _ string) {
			repeat(12, 150*time.Millisecond, p.cut)
		}},
		{"cut before answers are through", false, func(t *testing.T, p *proxy, _ string) {
			for _, n := range []int{700, 900, 1100, 1300, 1500, 1700, 1900, 2300, 2700, 3500} {
				p.set(func(p *proxy) { p.cutAt = n })
				p.cut()
				time.Sleep(250 * time.Millisecond)
			}
			p.set(func(p *proxy) { p.cutAt = 0 })
			p.cut()
		}},
		{"commits lost", false, commitFaults(commitsLost, 2*time.Second)},
		{"commits unanswered", false, commitFaults(commitsUnanswered, 2*time.Second)},
		{"commits into silence", false, commitFaults(commitsSilent, 2*time.Second)},
		{"half closed", false, func(t *testing.T, p *proxy, _ string) {
			repeat(4, 300*time.Millisecond, func() { p.each(func(l *link) { _ = l.database.CloseWrite() }) })
			repeat(4, 300*time.Millisecond, func() { p.each(func(l *link) { _ = l.server.CloseWrite() }) })
		}},
		{"refused", true, func(t *testing.T, p *proxy, _ string) {
			p.set(func(p *proxy) { p.refusing = true })
			p.cut()
			time.Sleep(6500 * time.Millisecond)
			p.set(func(p *proxy) { p.refusing = false })
		}},
		{"silent", true, func(t *testing.T, p *proxy, _ string) {
			p.set(func(p *proxy) { p.lossy = true })
			time.Sleep(6500 * time.Millisecond)
			p.set(func(p *proxy) { p.lossy = false })
		}},
		{"statements cancelled", false, func(t *testing.T, _ *proxy, database string) {
			repeat(20, 100*time.Millisecond, func() {
				execute(t, database, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			})
		}},
		{"connections ended by the database", false, func(t *testing.T, _ *proxy, database string) {
			repeat(10, 200*time.Millisecond, func() {
				execute(t, database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			})
		}},
	} {
		// They wait more than they work: all at once, whatever the number of cores.
		faults.Go(func() {
			t.Run(c.name, func(t *testing.T) {
				database := sampleDatabase(t, "")
				p, through := newProxy(t, database)
				server := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", through)
				list := fields(t, "fault", 1, func() []string { return []string{server.url} })
				stop := atWork(t, list)

				over := make(chan struct{})
				go func() {
					defer close(over)
					c.fault(t, p, database)
				}()
				told := false // that the data are old
				for underWay := true; underWay; {
					began := time.Now()
					a := server.get(t, "/api/v1/coverage?level=hamlet")
					if took := time.Since(began); a.status != 200 || took > 5*time.Second {
						t.Errorf("a read: status %d after %s", a.status, took)
					}
					ready := server.get(t, "/readyz")
					if ready.status != 200 {
						t.Errorf("/readyz: status %d: %s", ready.status, ready.body)
					}
					told = told || a.header.Get("Age") != "" && strings.Contains(ready.body, "stale")
					select {
					case <-over:
						underWay = false
					case <-time.After(100 * time.Millisecond):
					}
				}
				if c.away && !told {
					t.Error("no answer said that it is old")
				}
				healed := time.Now()
				for server.get(t, "/api/v1/meta").header.Get("Age") != "" ||
					server.post(t, visits("healed", 1, list[0].households, list[0].team)).status != 200 {
					if time.Since(healed) > 25*time.Second {
						t.Fatal("25 s after the fault the server has not recovered")
					}
					time.Sleep(50 * time.Millisecond)
				}
				t.Logf("recovered %s after the fault", time.Since(healed).Round(10*time.Millisecond))
				time.Sleep(300 * time.Millisecond)
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

func commitFaults(fault commitFault, long time.Duration) func(*testing.T, *proxy, string) {
	return func(_ *testing.T, p *proxy, _ string) {
		p.set(func(p *proxy) { p.commits = fault })
		time.Sleep(long)
		p.set(func(p *proxy) { p.commits = commitsPass })
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
