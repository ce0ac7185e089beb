package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"

	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/sqlite"
)

// now is the moment at which all tests happen: noon of 31 March 2026 in Việt Nam.
var now = time.Date(2026, 3, 31, 12, 0, 0, 0, data.Zone)

func clock() time.Time { return now }

// programme is a province of two communes. 20101 has the hamlets H1 (40 households, 30 of
// them reached in March, 5 found absent) and H2 (20 households, 4 reached in January, a
// team); 20102 has H3 (15 households, no team, nobody came).
const (
	householdsH1, householdsH2, householdsH3 = 40, 20, 15
	reachedH1, absentH1, reachedH2           = 30, 5, 4
)

func square(west, south, east, north float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}
}

func mustDay(t testing.TB, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newStore writes the programme into a new database.
func newStore(t testing.TB) *sqlite.Store {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "test.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	unit := func(code, name, kind string, level data.Level, parent string, shape orb.MultiPolygon) data.Area {
		return data.Area{Code: code, Name: name, Kind: kind, Level: level, Parent: parent,
			DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: shape}
	}
	put(t, func() ([]data.PutResult, error) {
		return tx.PutAreas(ctx, []data.Area{
			unit("48", "Đà Nẵng", "Thành phố", data.Province, "", square(108.0, 16.0, 108.4, 16.2)),
			unit("20101", "Hòa Khánh", "Phường", data.Commune, "48", square(108.0, 16.0, 108.2, 16.2)),
			unit("20102", "Bà Nà", "Xã", data.Commune, "48", square(108.2, 16.0, 108.4, 16.2)),
			unit("H1", "Tổ dân phố 1", "Tổ dân phố", data.Hamlet, "20101", nil),
			unit("H2", "Tổ dân phố 2", "Tổ dân phố", data.Hamlet, "20101", nil),
			unit("H3", "Thôn Hoà Trung", "Thôn", data.Hamlet, "20102", nil),
		})
	})
	var households []data.Household
	place := func(hamlet string, n int, lon, lat float64) {
		for i := range n {
			households = append(households, data.Household{
				ID:         fmt.Sprintf("%s-%03d", hamlet, i),
				Point:      orb.Point{lon + 0.0005*float64(i%7), lat + 0.0005*float64(i/7)},
				HamletCode: hamlet,
			})
		}
	}
	place("H1", householdsH1, 108.05, 16.05)
	place("H2", householdsH2, 108.15, 16.15)
	place("H3", householdsH3, 108.30, 16.10)
	put(t, func() ([]data.PutResult, error) { return tx.PutHouseholds(ctx, households) })
	formed := mustDay(t, "2025-01-01")
	put(t, func() ([]data.PutResult, error) {
		return tx.PutTeams(ctx, []data.Team{
			{ID: "T1", Name: "Tổ 1", CommuneCode: "20101", HamletCodes: []string{"H1"}, Members: 8, FormedOn: formed},
			{ID: "T2", Name: "Tổ 2", CommuneCode: "20101", HamletCodes: []string{"H2"}, Members: 4, FormedOn: formed},
		})
	})
	var visits []data.Visit
	visit := func(hamlet, team string, i int, day string, outcome data.Outcome) {
		visits = append(visits, data.Visit{
			ID: fmt.Sprintf("v-%s-%03d", hamlet, i), HouseholdID: fmt.Sprintf("%s-%03d", hamlet, i), TeamID: team,
			At: mustDay(t, day).Time().Add(9 * time.Hour), Outcome: outcome, Assessed: 0b11111, Shown: 0b00100,
		})
	}
	for i := range reachedH1 {
		visit("H1", "T1", i, "2026-03-10", data.Completed)
	}
	for i := range absentH1 {
		visit("H1", "T1", reachedH1+i, "2026-03-12", data.Absent)
	}
	for i := range reachedH2 {
		visit("H2", "T2", i, "2026-01-20", data.Completed)
	}
	put(t, func() ([]data.PutResult, error) { return tx.PutVisits(ctx, visits) })
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	return store
}

// put fails the test where a record is rejected.
func put(t testing.TB, write func() ([]data.PutResult, error)) {
	t.Helper()
	effects, err := write()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range effects {
		if e.Change != data.Created {
			t.Fatalf("record %d: %v %+v; want created", i, e.Change, e.Problem)
		}
	}
}

var testPages = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>Từng Nhà</title>" + strings.Repeat("<p>", 500))},
	"commune.html": {Data: []byte("<!doctype html><title>Từng Nhà</title><link href=\"commune.js\">" +
		strings.Repeat("<p>", 500))},
	"tables.html": {Data: []byte("<!doctype html><title>Từng Nhà</title><link href=\"tables.js\">" +
		strings.Repeat("<p>", 500))},
	"assets/app-1a2b3.js": {Data: []byte(strings.Repeat("let house = 'nhà';\n", 200))},
	"favicon.svg":         {Data: []byte("<svg/>")},
	".gitkeep":            {},
}

// newTestServer returns a server over the programme. change may alter its configuration.
func newTestServer(t testing.TB, change func(*Config)) *Server {
	t.Helper()
	s, live := newClosedServer(t, newStore(t), change)
	s.Open(live, time.Second)
	return s
}

// newClosedServer returns a server that has no data yet, and the data.
func newClosedServer(t testing.TB, store *sqlite.Store, change func(*Config)) (*Server, *live.Live) {
	t.Helper()
	config := Config{Build: "test", Programme: "Chương trình thử", Sample: true, Pages: testPages, OpenVisits: true,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: clock}
	if change != nil {
		change(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	of := rules.DefaultConfig()
	if of.Secret, err = data.ParseSecret(strings.Repeat("5e", 32)); err != nil {
		t.Fatal(err)
	}
	of.Skills = store.Skills()
	live, err := live.Open(context.Background(), store, of, clock)
	if err != nil {
		t.Fatal(err)
	}
	return s, live
}

// get sends a request to the server and returns its answer.
func get(s http.Handler, url string, headers ...string) *http.Response {
	return do(s, httptest.NewRequest(http.MethodGet, url, nil), headers...)
}

func do(s http.Handler, r *http.Request, headers ...string) *http.Response {
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// metricsOf returns what the operator's address answers Prometheus.
func metricsOf(t testing.TB, s *Server) string {
	t.Helper()
	return string(body(t, get(s.admin.Handler(nil), "/metrics")))
}

// read decodes an answer that must have the status.
func read[T any](t testing.TB, res *http.Response, status int) T {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != status {
		t.Fatalf("status %d, want %d: %s", res.StatusCode, status, body)
	}
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// showHouseholds is the switch that lets everybody see everything.
func showHouseholds(c *Config) { c.Households = true }
