package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tungnha/internal/await"
	"tungnha/scripts/postgis"
)

// fields are teams that post to the servers at once.
func fields(t testing.TB, name string, n int, servers func() []string) []*field {
	t.Helper()
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	list := make([]*field, n)
	for i := range list {
		list[i] = &field{name: fmt.Sprintf("%s-%d", name, i), households: households[i*100:], team: team,
			servers: servers}
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

// TestTwoServers has four fields post to two servers over one database. One server after the
// other is killed and comes back, the database is killed and comes back. In the end every
// visit that was acknowledged is there once, no batch in part, and both servers answer what
// SQL counts. TUNGNHA_TEST_ROUNDS is how often.
func TestTwoServers(t *testing.T) {
	rounds := 1
	if text := os.Getenv("TUNGNHA_TEST_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	database := sampleDatabase(t, "")
	start := func() *process {
		return serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", database)
	}
	servers := []*process{start(), start()}
	var mu sync.Mutex
	urls := []string{servers[0].url, servers[1].url}
	list := fields(t, "two", 4, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(urls)
	})
	stop := atWork(t, list)
	for round := range rounds {
		acknowledgedMore(t, 3, list...)
		n := round % 2
		servers[n].stop(t, syscall.SIGKILL)
		acknowledgedMore(t, 3, list...)
		servers[n] = start()
		mu.Lock()
		urls[n] = servers[n].url
		mu.Unlock()
		acknowledgedMore(t, 3, list...)
		if err := postgis.Restart(t.Context(), cluster(t)); errors.Is(err, postgis.ErrNotOurs) {
			t.Log("NOT RESTARTED:", err)
		} else if err != nil {
			t.Error(err)
		}
		acknowledgedMore(t, 3, list...)
	}
	stop()
	wantKept(t, database, list...)
	wantSame(t, database, servers...)
	for _, server := range servers {
		if status := server.stop(t, syscall.SIGTERM); status != exitDone {
			t.Errorf("status %d: %s", status, server.stderr)
		}
	}
}

// TestPostShowsElsewhere measures how long a post to one server takes to show at another,
// when little else happens and when others post to both.
func TestPostShowsElsewhere(t *testing.T) {
	database := sampleDatabase(t, "")
	servers := [2]*process{}
	for i := range servers {
		servers[i] = serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", database)
	}
	households, teams := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")
	team := teams[len(teams)-1] // that of the fields is the first
	seen := func(p *process) int {
		var answer struct{ Record struct{ Visits int } }
		if a := p.get(t, "/api/v1/teams/"+team); a.status != 200 || json.Unmarshal([]byte(a.body), &answer) != nil {
			t.Fatalf("status %d: %s", a.status, a.body)
		}
		return answer.Record.Visits
	}
	measure := func(name string, n int) {
		var took []time.Duration
		for i := range n {
			here, there := servers[i%2], servers[1-i%2]
			want := seen(here) + 1
			if a := here.post(t, visits(fmt.Sprintf("show-%s-%03d", name, i), 1, households[seen(here)%len(households):], team)); a.status != 200 || !strings.Contains(a.body, `"created":1`) {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			began := time.Now()
			if got := seen(here); got != want {
				t.Errorf("%d visits where it was posted, want %d at once", got, want)
			}
			for seen(there) != want { // which is measured: no longer pause
				time.Sleep(time.Millisecond)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		round := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
		t.Logf("%s: a post shows at the other server after: median %s, 90%% %s, longest of %d %s", name,
			round(took[n/2]), round(took[n*9/10]), n, round(took[n-1]))
	}
	measure("quiet", 40)
	list := fields(t, "load", 4, func() []string { return []string{servers[0].url, servers[1].url} })
	stop := atWork(t, list)
	measure("under load", 20)
	stop()
	wantKept(t, database, list...)
	wantSame(t, database, servers[0], servers[1])
}

// TestServersFollowImports imports while two servers run. Within moments both have what a
// program has that reads the database now: new and corrected visits, a visit moved to
// another household, and every kind of register.
func TestServersFollowImports(t *testing.T) {
	database := sampleDatabase(t, "")
	a := serve(t, t.TempDir(), "serve", "--households", "show", "--db", database)
	b := serve(t, t.TempDir(), "serve", "--households", "show", "--db", database)
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	const header = "visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n"
	visit := func(id, household, outcome string) string {
		return fmt.Sprintf("%s,%s,%s,2026-01-20,%s,,\n", id, household, team, outcome)
	}
	dir := t.TempDir()
	before := a.version(t)
	for _, step := range []struct{ name, file, text string }{
		{"new visits", "visits.csv", header + visit("i1", households[0], "absent") +
			visit("i2", households[1], "completed")},
		{"a corrected visit", "visits.csv", header + visit("i1", households[0], "completed")},
		{"a visit of another household", "visits.csv", header + visit("i1", households[2], "completed")},
		{"a new household", "households.csv", "household_id,lon,lat\nNEW,108.1,16.0\n"},
		{"a visit to it", "visits.csv", header + visit("i3", "NEW", "refused")},
		{"a household removed", "households.csv", "household_id,lon,lat,removed_on\nNEW,108.1,16.0,2026-02-01\n"},
		{"a team", "teams.csv", "team_id,name,commune_code,hamlet_codes,members\nTNEW,Tổ mới," +
			column(t, "teams.csv", "commune_code")[0] + ",,5\n"},
		{"a visit by it", "visits.csv", header + fmt.Sprintf("i4,%s,TNEW,2026-01-21,completed,,\n", households[3])},
	} {
		path := filepath.Join(dir, step.file)
		if err := os.WriteFile(path, []byte(step.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := tungnha(t, dir, "import", "--db", database, path); r.status != 0 {
			t.Fatalf("%s: status %d: %s%s", step.name, r.status, r.stdout, r.stderr)
		}
		r := tungnha(t, dir, "coverage", "--by", "month", "--format", "json", "--db", database)
		var fresh struct{ Version string }
		if err := json.Unmarshal([]byte(r.stdout), &fresh); err != nil {
			t.Fatalf("%v: %s%s", err, r.stdout, r.stderr)
		}
		for _, server := range []*process{a, b} {
			await.Until(t, func() bool { return strings.HasPrefix(server.version(t), fresh.Version+"-") },
				"%s: a program that starts now has version %s, a server another: %s", step.name, fresh.Version, server.stderr)
		}
		if after := a.version(t); after == before {
			t.Errorf("%s: nothing changed", step.name)
		} else {
			before = after
		}
	}
}

// TestServersStartTogether starts eight servers over an empty database at once: the tables
// are made once, and all of them serve.
func TestServersStartTogether(t *testing.T) {
	database := newDatabase(t, "")
	var group sync.WaitGroup
	servers := make([]*process, 8)
	for i := range servers {
		group.Go(func() { servers[i] = serve(t, t.TempDir(), "serve", "--households", "show", "--db", database) })
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
	for _, m := range selectRows[migration](t, database,
		"SELECT version_id, count(*) FROM tungnha.goose_db_version GROUP BY 1") {
		if m.Times != 1 {
			t.Errorf("migration %d was made %d times", m.Version, m.Times)
		}
	}
}

// TestReadingServer serves for a user who may only read: it follows what others write, and
// answers posts with what is the case, and not with 503 and Retry-After.
func TestReadingServer(t *testing.T) {
	database := sampleDatabase(t, "")
	reader := fmt.Sprintf("tungnha_test_reader_%d", time.Now().UnixNano())
	execute(t, database, "CREATE ROLE "+reader+" LOGIN PASSWORD 'reader'")
	t.Cleanup(func() {
		execute(t, database, "DROP OWNED BY "+reader)
		execute(t, database, "DROP ROLE "+reader)
	})
	for _, statement := range []string{"GRANT USAGE ON SCHEMA tungnha TO ",
		"GRANT SELECT ON ALL TABLES IN SCHEMA tungnha TO "} {
		execute(t, database, statement+reader)
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(reader, "reader")
	t.Setenv("TUNGNHA_DB", u.String())
	reading := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits")
	writing := serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", database)

	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	body := visits("reading", 1, households, team)
	if a := reading.post(t, body); a.status != http.StatusForbidden || a.header.Get("Retry-After") != "" ||
		!strings.Contains(a.body, "only read") {
		t.Errorf("a post to the server that reads: status %d %s", a.status, a.body)
	}
	if a := writing.post(t, body); a.status != http.StatusOK {
		t.Errorf("a post to the other: status %d %s", a.status, a.body)
	}
	await.Until(t, func() bool { return reading.version(t) == writing.version(t) }, "the server that reads does not follow")
}
