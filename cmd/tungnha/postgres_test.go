package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	shared "tungnha/data/postgis"
	"tungnha/internal/await"
	"tungnha/scripts/postgis"
)

// What others write is joined to the index, not read anew: see coverage.
var _ interface {
	Since(ctx context.Context, revision int64) (data.Posted, bool, error)
	Wait(ctx context.Context) error
} = (*shared.Store)(nil)

var (
	stopPostGIS  = func() {}
	startPostGIS = sync.OnceValues(func() (string, error) {
		database, stop, err := postgis.Start(context.Background())
		if err == nil {
			stopPostGIS = stop
		}
		return database, err
	})
	databases atomic.Int64
)

// cluster returns the URL of a PostGIS for all tests. Without one they fail: that nothing was
// tried is not to be overlooked.
func cluster(t testing.TB) string {
	t.Helper()
	database, err := startPostGIS()
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// withDatabase is the URL with another database in it.
func withDatabase(t testing.TB, text, name string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// newDatabase makes a database and returns its URL. options end its CREATE DATABASE.
func newDatabase(t testing.TB, options string) string {
	t.Helper()
	database := cluster(t)
	name := fmt.Sprintf("tungnha_test_%d_%d", time.Now().UnixNano(), databases.Add(1))
	execute(t, database, "CREATE DATABASE "+name+" "+options)
	t.Cleanup(func() { execute(t, database, "DROP DATABASE "+name+" WITH (FORCE)") })
	return withDatabase(t, database, name)
}

// sampleName is the database with the sample, imported once.
var sampleName = sync.OnceValues(func() (string, error) {
	const name = "tungnha_test_sample"
	database, err := startPostGIS()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(database)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	if out, err := exec.Command(binary, append([]string{"import", "--db", u.String()},
		sampleFiles()...)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("import: %w: %s", err, out)
	}
	return name, nil
})

// sampleDatabase makes a database with the sample.
func sampleDatabase(t testing.TB, options string) string {
	t.Helper()
	cluster(t)
	name, err := sampleName()
	if err != nil {
		t.Fatal(err)
	}
	return newDatabase(t, "TEMPLATE "+name+" "+options)
}

// execute runs one statement on a connection of its own.
func execute(t testing.TB, database, statement string, arguments ...any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// selectRows returns what a query of one kind of row answers.
func selectRows[T any](t testing.TB, database, query string, arguments ...any) []T {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query, arguments...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}

// field is a team in the field that sends batches of visits to whichever server answers, and
// each batch again until it is acknowledged.
type field struct {
	name       string
	households []string
	team       string
	servers    func() []string // where servers are now

	batches      int
	acknowledged []string
	refused      int // posts that got 503 with Retry-After
	slowest      time.Duration
	done         atomic.Int64 // batches that were acknowledged
}

// acknowledgedMore waits until each field has so many batches more that were acknowledged.
func acknowledgedMore(t testing.TB, n int64, list ...*field) {
	t.Helper()
	for _, f := range list {
		want := f.done.Load() + n
		await.Until(t, func() bool { return f.done.Load() >= want }, "%s: of %d batches %d more were to be acknowledged",
			f.name, want, n)
	}
}

const fieldBatch = 7 // visits

// run sends until the time is over.
func (f *field) run(ctx context.Context) error {
	for ctx.Err() == nil {
		body := visits(fmt.Sprintf("%s-%05d", f.name, f.batches), fieldBatch, f.households, f.team)
		f.batches++
		for began := time.Now(); ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
			done, err := f.send(ctx, body)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			if done {
				f.slowest = max(f.slowest, time.Since(began))
				f.done.Add(1)
				break
			}
		}
	}
	return nil
}

// send sends one batch to one of the servers, and reports whether it was acknowledged.
func (f *field) send(ctx context.Context, body []byte) (bool, error) {
	servers := f.servers()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		servers[(f.batches+f.refused)%len(servers)]+"/api/v1/visits", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		f.refused++ // the server is gone, perhaps with the visits written
		return false, nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		f.refused++
		return false, nil
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" &&
		res.Header.Get("Content-Type") == "application/problem+json" {
		f.refused++
		return false, nil
	}
	var answer struct {
		Results []struct {
			VisitID string `json:"visit_id"`
			Status  string
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil || res.StatusCode != http.StatusOK {
		return false, fmt.Errorf("status %d: %s", res.StatusCode, text)
	}
	for _, r := range answer.Results {
		if r.Status != "created" && r.Status != "duplicate" {
			return false, fmt.Errorf("%s: %s", r.VisitID, r.Status)
		}
		f.acknowledged = append(f.acknowledged, r.VisitID)
	}
	return true, nil
}

// wantKept fails where a visit that was acknowledged is not there once, or a batch is there
// in part.
func wantKept(t testing.TB, database string, fields ...*field) {
	t.Helper()
	type held struct {
		ID    string
		Times int
	}
	times := make(map[string]int)
	batches := make(map[string]int)
	for _, h := range selectRows[held](t, database, "SELECT visit_id, count(*) FROM tungnha.visits GROUP BY 1") {
		times[h.ID] = h.Times
		if at := strings.LastIndexByte(h.ID, '-'); at > 0 {
			batches[h.ID[:at]] += h.Times
		}
	}
	acknowledged := 0
	for _, f := range fields {
		for _, id := range f.acknowledged {
			if times[id] != 1 {
				t.Errorf("%s was acknowledged and is there %d times", id, times[id])
			}
		}
		for n := range f.batches {
			if there := batches[fmt.Sprintf("%s-%05d", f.name, n)]; there != 0 && there != fieldBatch {
				t.Errorf("of batch %d of %s there are %d visits of %d", n, f.name, there, fieldBatch)
			}
		}
		acknowledged += len(f.acknowledged)
		t.Logf("%s: %d visits acknowledged, %d posts told to come again, slowest %s", f.name, len(f.acknowledged),
			f.refused, f.slowest.Round(time.Millisecond))
	}
	if acknowledged == 0 {
		t.Error("nothing was acknowledged: the test shows nothing")
	}
}

// version of the data that a server shows.
func (p *process) version(t testing.TB) string {
	t.Helper()
	var meta struct{ Version string }
	if err := json.Unmarshal([]byte(p.get(t, "/api/v1/meta").body), &meta); err != nil {
		t.Fatal(err)
	}
	return meta.Version
}

// wantSame fails where servers do not come to the same answers, or to others than the
// database's own views.
func wantSame(t testing.TB, database string, servers ...*process) {
	t.Helper()
	// A post whose client has gone is still written to its end, and the servers follow it then.
	var wrong said
	await.Until(t, func() bool {
		wrong.set(difference(t, database, servers))
		return wrong.String() == ""
	}, "%s", &wrong)
}

// difference returns in what the servers differ from each other or from the database.
func difference(t testing.TB, database string, servers []*process) string {
	t.Helper()
	const byHamlet, byMonth = "/api/v1/coverage?level=hamlet", "/api/v1/coverage?by=month"
	for _, path := range []string{byHamlet, byMonth, "/api/v1/coverage?by=team",
		"/api/v1/coverage?by=cell&resolution=9"} {
		first := servers[0].get(t, path).body
		for _, other := range servers[1:] {
			if other.get(t, path).body != first {
				return "the servers answer differently: " + path
			}
		}
	}
	type counts struct{ Households, Attempted, Reached, Visits int }
	var got struct{ Total counts }
	if err := json.Unmarshal([]byte(servers[0].get(t, byMonth).body), &got); err != nil {
		t.Fatal(err)
	}
	if want := selectRows[counts](t, database, `SELECT households, attempted, reached, visits FROM tungnha.coverage_total()`)[0]; got.Total != want {
		return fmt.Sprintf("the servers count %+v, the database %+v", got.Total, want)
	}
	type hamlet struct {
		Key string
		counts
	}
	var rows struct{ Rows []hamlet }
	if err := json.Unmarshal([]byte(servers[0].get(t, byHamlet).body), &rows); err != nil {
		t.Fatal(err)
	}
	views := selectRows[hamlet](t, database, `SELECT code, households, attempted, reached, visits FROM tungnha.coverage_by_hamlet`)
	byKey := func(a, b hamlet) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(rows.Rows, byKey)
	slices.SortFunc(views, byKey)
	if !slices.Equal(rows.Rows, views) {
		return fmt.Sprintf("the servers and the view coverage_by_hamlet differ:\n%v\n%v", rows.Rows, views)
	}
	return ""
}
