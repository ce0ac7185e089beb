package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tungnha/scripts/postgis"
)

// fields are teams that post to the servers at once.
func fields(t testing.TB, name string, n int, servers func() []string) []*field {
	t.Helper()
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	list := make([]*field, n)
	for i := range list {
		list[i] = &field{name: fmt.Sprintf("%s-%d", name, i), households: households[i*100:], team: team, servers: servers}
	}
	return list
}

// atWork has the fields post until stop is called, which waits for them.
func atWork(t testing.TB, list []*field) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for _, f := range list {
		work.Go(func() {
			if err := f.run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	return func() {
		cancel()
		work.Wait()
	}
}

// TestTwoServers has four fields post to two servers over one database. One server is killed
// and comes back, the database is killed and comes back. In the end every visit that was
// acknowledged is there once, no batch in part, and both servers answer what SQL counts.
func TestTwoServers(t *testing.T) {
	database := sampleDatabase(t, "")
	start := func() *process { return serve(t, t.TempDir(), "serve", "--households", "show", "--db", database) }
	a, b := start(), start()
	var mu sync.Mutex
	urls := []string{a.url, b.url}
	list := fields(t, "two", 4, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(urls)
	})
	stop := atWork(t, list)
	time.Sleep(time.Second)

	a.stop(t, syscall.SIGKILL)
	time.Sleep(time.Second)
	a = start()
	mu.Lock()
	urls[0] = a.url
	mu.Unlock()
	time.Sleep(time.Second)

	if err := postgis.Restart(t.Context(), cluster(t)); errors.Is(err, postgis.ErrNotOurs) {
		t.Log("NOT RESTARTED:", err)
	} else if err != nil {
		t.Error(err)
	}
	time.Sleep(3 * time.Second)
	stop()
	wantKept(t, database, list...)
	wantSame(t, database, a, b)
	for _, server := range []*process{a, b} {
		if status := server.stop(t, syscall.SIGTERM); status != exitDone {
			t.Errorf("status %d: %s", status, server.stderr)
		}
	}
}

// TestPostShowsElsewhere measures how long a post to one server takes to show at another.
func TestPostShowsElsewhere(t *testing.T) {
	database := sampleDatabase(t, "")
	servers := [2]*process{}
	for i := range servers {
		servers[i] = serve(t, t.TempDir(), "serve", "--db", database)
	}
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	var took []time.Duration
	for n := range 100 {
		here, there := servers[n%2], servers[1-n%2]
		if a := here.post(t, visits(fmt.Sprintf("show-%03d", n), 1, households[n*7:], team)); a.status != 200 || !strings.Contains(a.body, `"created":1`) {
			t.Fatalf("status %d: %s", a.status, a.body)
		}
		began := time.Now()
		want := here.version(t)
		for there.version(t) != want {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("after 10 s a post to one server does not show at the other")
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("a post shows at the other server after: median %s, 90%% %s, 99%% %s, longest %s", took[50].Round(100*time.Microsecond),
		took[90].Round(100*time.Microsecond), took[98].Round(100*time.Microsecond), took[99].Round(100*time.Microsecond))
	if took[99] > time.Second {
		t.Errorf("the longest was %s, want at most a second", took[99])
	}
}

// TestServersStartTogether starts eight servers over an empty database at once: the tables
// are made once, and all of them serve.
func TestServersStartTogether(t *testing.T) {
	database := newDatabase(t, "")
	var group sync.WaitGroup
	servers := make([]*process, 8)
	for i := range servers {
		group.Go(func() { servers[i] = serve(t, t.TempDir(), "serve", "--db", database) })
	}
	group.Wait()
	if t.Failed() {
		return
	}
	for _, s := range servers {
		if a := s.get(t, "/readyz"); a.status != 200 {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	}
	type migration struct{ Version, Times int64 }
	for _, m := range selectRows[migration](t, database, "SELECT version_id, count(*) FROM tungnha.goose_db_version GROUP BY 1") {
		if m.Times != 1 {
			t.Errorf("migration %d was made %d times", m.Version, m.Times)
		}
	}
}
