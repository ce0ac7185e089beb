// Package secondopinion compares the engine's answers with the definitions written out in
// SQL, those of the shared store's own views, in a throw-away PostGIS, row for row.
package secondopinion

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/sample"
	server "tungnha/scripts/postgis"
)

var ends []func() // what takes away what the tests made, in reverse order

var newDatabase = sync.OnceValues(func() (string, error) {
	url, stop, err := server.Start(context.Background())
	if err != nil {
		return "", err
	}
	ends = append(ends, stop)
	url, drop, err := server.Create(context.Background(), url)
	if err == nil {
		ends = append(ends, drop)
	}
	return url, err
})

// database returns the URL of an empty database.
func database(t *testing.T) string {
	t.Helper()
	url, err := newDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func TestMain(m *testing.M) {
	status := m.Run()
	for _, end := range slices.Backward(ends) {
		end()
	}
	os.Exit(status)
}

// The day for which samples are made.
var today = day("2026-06-30")

func day(s string) data.Date {
	d, err := data.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// A whole sample, in Đà Nẵng's real communes where they are there, agrees on every count
// of every grouping.
func TestSample(t *testing.T) {
	households := 12_000
	if testing.Short() {
		households = 4_000
	}
	database(t) // before the work of making a sample
	options := sample.Options{Households: households, Seed: 1, Today: today}
	if path := daNang(); path != "" {
		options.Areas = readAreas(t, path)
	} else {
		t.Log("Đà Nẵng's communes are not at hand; set TUNGNHA_TEST_DATA to the folder that has danang/communes.geojson: comparing on the invented province")
		options.Areas = sample.Province(1)
	}
	dir := t.TempDir()
	report, err := sample.Write(context.Background(), dir, options)
	if err != nil {
		t.Fatal(err)
	}
	addBorderHouseholds(t, filepath.Join(dir, "households.csv"), options.Areas, 2_000)

	started := time.Now()
	store, db := newStore(t)
	importFiles(t, store, dir)
	wantFiles(t, db, dir)
	ix := build(t, store)
	exec(t, db, "ANALYZE")
	t.Logf("%+v; ready after %v", report, time.Since(started).Round(time.Millisecond))

	first, last := ix.For(coverage.Operator).Span()
	commune := populousCommune(t, ix, last)
	rows := 0
	for _, w := range []struct {
		name     string
		from, to data.Date
	}{
		{"90 days", last - 89, last},
		{"all time", data.NoDate, last},
		{"before the first visit", first - 60, first - 1},
		{"one day", last - 30, last - 30},
	} {
		for _, q := range groupings(commune, w.from != data.NoDate) {
			q.From, q.To = w.from, w.to
			if w.to < first {
				q.Boundaries = last // the communes of the sample may be younger than this window
			}
			t.Run(fmt.Sprintf("%s/%s%s%d%s", w.name, q.By, q.Level, q.Resolution, q.Parent), func(t *testing.T) {
				rows += compare(t, ix, db, q)
			})
		}
	}
	t.Logf("%d rows agree", rows)
}

// groupings are the queries of one window; what takes PostgreSQL long is run on short
// windows only.
func groupings(commune string, short bool) []coverage.Query {
	queries := []coverage.Query{
		{By: coverage.ByArea, Level: data.Province},
		{By: coverage.ByArea, Level: data.Commune},
		{By: coverage.ByArea, Level: data.Hamlet},
		{By: coverage.ByArea, Level: data.Hamlet, Parent: commune},
		{By: coverage.ByCell, Resolution: 3},
		{By: coverage.ByCell, Resolution: 8},
		{By: coverage.ByCell, Resolution: 9, Parent: commune},
		{By: coverage.ByTeam},
		{By: coverage.ByTeam, Parent: commune},
		{By: coverage.ByMonth},
	}
	if short {
		queries = append(queries, coverage.Query{By: coverage.ByWeek, Parent: commune})
	} else {
		queries = append(queries, coverage.Query{By: coverage.ByCell, Resolution: 11})
	}
	return queries
}

func populousCommune(t *testing.T, ix *coverage.Index, to data.Date) (code string) {
	t.Helper()
	r, err := ix.For(coverage.Operator).Query(context.Background(),
		coverage.Query{By: coverage.ByArea, Level: data.Commune, To: to})
	if err != nil {
		t.Fatal(err)
	}
	most := uint32(0)
	for _, row := range r.Rows {
		if row.Area != boundary.NoArea && row.Households > most {
			most, code = row.Households, r.Boundaries.Areas[row.Area].Code
		}
	}
	return code
}

// randomThresholds are limits near the rates and counts of small programmes, those of one province
// different from the others.
func randomThresholds(rng *rand.Rand) *rules.Config {
	random := func() rules.Thresholds {
		return rules.Thresholds{
			BarelyVisited: float64(rng.IntN(11)) / 10, LowCoverage: float64(rng.IntN(11)) / 10,
			LowUptake:   rng.Float64(),
			MinAssessed: rng.IntN(5), StaleDays: rng.IntN(400), RegistryLow: rng.Float64(), RegistryHigh: 1 +
				rng.Float64(),
			TeamMembers: rng.IntN(10), TeamHouseholds: rng.IntN(10),
		}
	}
	config := rules.DefaultConfig()
	config.Thresholds, config.Provinces = random(), map[string]rules.Thresholds{"49": random()}
	return config
}

// Small programmes full of what makes counting hard.
func TestRandomProgrammes(t *testing.T) {
	programmes := 24
	if testing.Short() {
		programmes = 4
	}
	for seed := range uint64(programmes) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			store, db := newStore(t)
			put(t, store, randomProgramme(seed))
			rng := rand.New(rand.NewPCG(seed, 2))
			config := rules.DefaultConfig()
			if seed%2 == 1 {
				config = randomThresholds(rng)
			}
			if err := store.SetThresholds(t.Context(), config.ThresholdRows()); err != nil {
				t.Fatal(err)
			}
			ix := buildWith(t, store, config)
			rows := 0
			for range 30 {
				rows += compare(t, ix, db, randomQuery(rng, ix))
			}
			t.Logf("%d rows agree", rows)
		})
	}
}
