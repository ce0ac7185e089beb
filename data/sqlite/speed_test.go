package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sqlite"
)

// BenchmarkStore loads 1,000,000 households and 3,000,000 visits (or another number of
// households: TUNGNHA_BENCH_HOUSEHOLDS), gives the households again, reads everything, and
// posts. Visits come in the order of time, as registers do, with ids that telephones drew at
// random: the worst orders for the indexes by household and by visit_id.
func BenchmarkStore(b *testing.B) {
	households := 1_000_000
	if s := os.Getenv("TUNGNHA_BENCH_HOUSEHOLDS"); s != "" {
		var err error
		if households, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	ctx := b.Context()
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "store.gpkg")
		store := open(b, path)
		measure := func(name string, rows int, do func()) {
			runtime.GC()
			peak := watchHeap()
			start, busy := time.Now(), cpuSeconds(b)
			do()
			seconds, busy := time.Since(start).Seconds(), cpuSeconds(b)-busy
			b.ReportMetric(float64(rows)/seconds, name+"/s")
			b.Logf("%-18s %9d rows %7.2f s (processor %.2f s) %9.0f rows/s, Go heap at most %d MB",
				name, rows, seconds, busy, float64(rows)/seconds, peak()>>20)
		}
		teams := households/250 + 1
		measure("areas+teams", 2*teams, func() { loadTeams(b, ctx, store, teams) })
		measure("households", households, func() { loadHouseholds(b, ctx, store, households, teams) })
		measure("visits", 3*households, func() { loadVisits(b, ctx, store, households, teams) })
		measure("households_again", households, func() { loadHouseholds(b, ctx, store, households, teams) })
		measure("read", 4*households, func() {
			n := 0
			if _, err := store.Read(ctx, data.RecordHandler{
				Household: func(*data.Household) error { n++; return nil },
				Visit:     func(*data.Visit) error { n++; return nil },
			}); err != nil || n != 4*households {
				b.Fatalf("read %d records: %v", n, err)
			}
		})
		const posts = 500
		measure("posts", posts, func() {
			for i := range posts {
				v := randomVisit(rand.New(rand.NewPCG(uint64(i), 9)), fmt.Sprintf("post-%d", i), households, teams, 800)
				if posted, err := store.PostVisits(ctx, []data.Visit{v}); err != nil ||
					posted.Results[0].Change != data.Created {
					b.Fatalf("post: %+v, %v", posted, err)
				}
			}
		})
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		if info, err := os.Stat(path); err == nil {
			b.Logf("file %d MB", info.Size()>>20)
		}
	}
}

// cpuSeconds is what the process used: on a busy machine it is more accurate than the clock.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// watchHeap samples the heap until the function it returns is called, which gives the most.
func watchHeap() (peak func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(100 * time.Millisecond):
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

func hamletCode(i int) string     { return fmt.Sprintf("%08d", i) }
func householdID(i int) string    { return fmt.Sprintf("48-%08d-%07d", i/250, i) }
func teamID(i int) string         { return fmt.Sprintf("T%06d", i) }
func visitID(i int) string        { return fmt.Sprintf("%016x", uint64(i+1)*0x9E3779B97F4A7C15) } // distinct, scattered
func mustDate(s string) data.Date { d, _ := data.ParseDate(s); return d }

func loadTeams(b testing.TB, ctx context.Context, store *sqlite.Store, teams int) {
	areas := []data.Area{{Code: "48", Level: data.Province}, {Code: "20194", Level: data.Commune, Parent: "48"}}
	var list []data.Team
	for i := range teams {
		areas = append(areas, data.Area{Code: hamletCode(i), Name: "Thôn " + strconv.Itoa(i), Level: data.Hamlet,
			Parent: "20194"})
		list = append(list, data.Team{ID: teamID(i), Name: "Tổ " + strconv.Itoa(i), CommuneCode: "20194",
			HamletCodes: []string{hamletCode(i)}, Members: 7})
	}
	inTx(b, ctx, store, func(tx data.Tx) {
		_, err := tx.PutAreas(ctx, areas)
		must(b, err)
		_, err = tx.PutTeams(ctx, list)
		must(b, err)
	})
}

const batchSize = 4096

func loadHouseholds(b testing.TB, ctx context.Context, store *sqlite.Store, households, teams int) {
	random := rand.New(rand.NewPCG(1, 1))
	batch := make([]data.Household, 0, batchSize)
	registered := mustDate("2024-01-01")
	inTx(b, ctx, store, func(tx data.Tx) {
		for i := range households {
			batch = append(batch, data.Household{ID: householdID(i), HamletCode: hamletCode(i / 250),
				RegisteredOn: registered + data.Date(i%90),
				Point:        orb.Point{108 + random.Float64(), 16 + random.Float64()}})
			if len(batch) == batchSize || i == households-1 {
				_, err := tx.PutHouseholds(ctx, batch)
				must(b, err)
				batch = batch[:0]
			}
		}
	})
}

func loadVisits(b testing.TB, ctx context.Context, store *sqlite.Store, households, teams int) {
	random := rand.New(rand.NewPCG(2, 2))
	batch := make([]data.Visit, 0, batchSize)
	visits := 3 * households
	inTx(b, ctx, store, func(tx data.Tx) {
		for i := range visits {
			batch = append(batch, randomVisit(random, visitID(i), households, teams, i*730/visits))
			if len(batch) == batchSize || i == visits-1 {
				results, err := tx.PutVisits(ctx, batch)
				must(b, err)
				if results[0].Change != data.Created {
					b.Fatalf("result %+v", results[0])
				}
				batch = batch[:0]
			}
		}
	})
}

var benchStart = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

func randomVisit(random *rand.Rand, id string, households, teams, day int) data.Visit {
	home := random.IntN(households)
	v := data.Visit{ID: id, HouseholdID: householdID(home), TeamID: teamID(home / 250),
		At:      benchStart.Add(time.Duration(day*86400+random.IntN(36000)) * time.Second),
		Outcome: data.Outcome(1 + random.IntN(7))}
	if v.Outcome == data.Completed {
		v.Assessed = 0b11111
		v.Shown = data.SkillSet(random.IntN(32))
	}
	return v
}

func inTx(b testing.TB, ctx context.Context, store *sqlite.Store, do func(data.Tx)) {
	b.Helper()
	tx, err := store.Begin(ctx)
	must(b, err)
	defer func() { must(b, tx.Rollback()) }()
	do(tx)
	must(b, tx.Commit(ctx))
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
