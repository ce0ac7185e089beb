package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/scripts/procstat"
)

// The budgets.
const (
	maxHouseholdBytes = 64
	maxVisitBytes     = 12
	maxPeakGB         = 8
	maxQuery          = time.Second
)

// measure loads a folder, runs the queries, prints what they took and fails where a budget is broken.
func measure(dir string) error {
	debug.SetMemoryLimit(memoryLimit)
	ctx := context.Background()
	begun := time.Now()
	ix, err := coverage.Build(ctx, source{dir}, rules.DefaultConfig())
	if err != nil {
		return err
	}
	loaded, worked := time.Since(begun), procstat.CPUTime()
	peak, err := takePeakGB()
	if err != nil {
		return err
	}
	m := ix.Memory()
	fmt.Printf("loaded %d households and %d visits in %.1f s on %d cores, %.1f s of processor time, at most %.2f GB\n",
		m.Households, m.Visits, loaded.Seconds(), runtime.GOMAXPROCS(0), worked.Seconds(), peak)
	var broken []error
	if peak > maxPeakGB {
		broken = append(broken, fmt.Errorf("loading took %.2f GB, want at most %d", peak, maxPeakGB))
	}
	broken = append(broken, askAll(ctx, ix)...)
	if peak, err = takePeakGB(); err != nil {
		return err
	}
	fmt.Printf("at most %.2f GB with the queries\n", peak)
	broken = append(broken, archiveAll(ctx, ix, filepath.Dir(dir))...)
	m = ix.Memory()
	perHousehold, perVisit := float64(m.HouseholdBytes)/float64(m.Households), float64(m.VisitBytes)/float64(m.Visits)
	fmt.Printf("%.1f bytes a household, %.1f a visit\n", perHousehold, perVisit)
	if perHousehold > maxHouseholdBytes || perVisit > maxVisitBytes {
		broken = append(broken, fmt.Errorf("%.1f bytes a household and %.1f a visit, want at most %d and %d",
			perHousehold, perVisit, maxHouseholdBytes, maxVisitBytes))
	}
	return errors.Join(broken...)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// askAll runs each national query in windows that were not queried before, and once again in
// the same. The first query of all finds out where each household belongs.
func askAll(ctx context.Context, ix *coverage.Index) (broken []error) {
	_, last := ix.For(coverage.Operator).Span()
	groupings := []struct {
		name  string
		query coverage.Query
	}{
		{"commune", coverage.Query{By: coverage.ByArea, Level: data.Commune}},
		{"hamlet", coverage.Query{By: coverage.ByArea, Level: data.Hamlet}},
		{"cell of resolution 7", coverage.Query{By: coverage.ByCell, Resolution: 7}},
		{"cell of resolution 8", coverage.Query{By: coverage.ByCell, Resolution: 8}},
	}
	ask := func(name string, q coverage.Query) time.Duration {
		begun, worked := time.Now(), procstat.CPUTime()
		result, err := ix.For(coverage.Operator).Query(ctx, q)
		took := time.Since(begun)
		worked = procstat.CPUTime() - worked
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", name, err))
			return took
		}
		fmt.Printf("%-44s %8.1f ms, %8.1f of processor time, %8d rows, %d of %d reached\n", name,
			milliseconds(took), milliseconds(worked), len(result.Rows), result.Total.Reached, result.Total.Households)
		return took
	}
	first := groupings[0].query
	first.To, first.From = last, last-6
	ask("the first question: a week by commune", first)
	for _, window := range []struct {
		name string
		days data.Date
		back data.Date
	}{{"90 days", 90, 0}, {"all time", 2_000, 0}, {"90 days a year ago", 90, 365}} {
		for i, g := range groupings {
			q := g.query
			q.To = last - window.back
			q.From = q.To - window.days + 1 - data.Date(i) // another window for each
			name := window.name + " by " + g.name
			if took := ask(name, q); took > maxQuery {
				broken = append(broken, fmt.Errorf("%s took %v, want at most %v", name, took, maxQuery))
			}
		}
		q := groupings[1].query
		q.To = last - window.back
		q.From = q.To - window.days + 1
		ask(window.name+" by hamlet, counted by commune before", q)
	}
	return broken
}

// takePeakGB returns the most memory that this process has had since it was called last, in units of 1e9 bytes.
func takePeakGB() (float64, error) {
	peak, err := procstat.PeakBytes()
	if err != nil {
		return 0, err
	}
	return float64(peak) / 1e9, procstat.ResetPeak()
}
