package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// duckdbFolder has the script that measures DuckDB and the lock file of its packages.
const duckdbFolder = "scripts/bench/duckdb"

// allCountsPlan is the one that computes all counts but the skills, as the script names it.
// It is printed with the others; the ratio does not need it.
const allCountsPlan = "all counts but skills"

// duckdbRun is one run of one plan, as the script prints it.
type duckdbRun struct {
	Span   span
	Window int
	Plan   string
	Ms     float64
	sums
}

// vsDuckDB divides DuckDB's time by ours.
func (p *province) vsDuckDB(s span) func(context.Context, func(string, ...any)) (float64, error) {
	return func(ctx context.Context, lines func(string, ...any)) (float64, error) {
		ours, err := p.measure(ctx, s, lines)
		if err != nil {
			return 0, err
		}
		if p.duckdb == nil {
			if p.duckdb, err = p.timeDuckDB(ctx, lines); err != nil {
				return 0, err
			}
		}
		lines("DuckDB, %v: %.1f ms by its best plan, %s", s, p.duckdb[s].Ms, p.duckdb[s].Plan)
		return p.duckdb[s].Ms / ms(ours), nil
	}
}

// timeDuckDB loads the files into a DuckDB in memory and returns its best medians.
func (p *province) timeDuckDB(ctx context.Context, lines func(string, ...any)) (map[span]peerTime, error) {
	if err := installDuckDB(ctx); err != nil {
		return nil, err
	}
	type window struct {
		Span     span `json:"span"`
		From, To int
	}
	var windows []window
	for _, s := range []span{ninetyDays, allTime} {
		for run := range peerRuns + 1 { // the last one warms
			from, to := s.window(run)
			windows = append(windows, window{s, int(max(from, 1)), int(to)})
		}
	}
	input, err := json.Marshal(windows)
	if err != nil {
		return nil, err
	}
	script := exec.CommandContext(ctx, "node", filepath.Join(duckdbFolder, "coverage.mjs"), p.dir, homesFile)
	script.Stdin, script.Stderr = bytes.NewReader(input), os.Stderr
	out, err := script.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", script.Args, err)
	}
	took := map[span]map[string][]float64{ninetyDays: {}, allTime: {}}
	for line := range strings.Lines(string(out)) {
		var r duckdbRun
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, fmt.Errorf("%v: %w: %s", script.Args, err, line)
		}
		check := p.checkPlain
		if r.Plan == allCountsPlan {
			check = p.checkCounts
		}
		if err := check("DuckDB", r.Span, r.Window, r.sums); err != nil {
			return nil, err
		}
		if r.Window < peerRuns {
			took[r.Span][r.Plan] = append(took[r.Span][r.Plan], r.Ms)
		}
	}
	best := map[span]peerTime{}
	for _, s := range []span{ninetyDays, allTime} {
		for _, plan := range slices.Sorted(maps.Keys(took[s])) {
			t := peerTime{plan, median(took[s][plan])}
			lines("DuckDB, %v: %.1f ms, %s", s, t.Ms, plan)
			if plan == allCountsPlan {
				continue
			}
			if b, ok := best[s]; !ok || t.Ms < b.Ms {
				best[s] = t
			}
		}
	}
	if len(best) != len(took) {
		return nil, errors.New("DuckDB's script printed no times")
	}
	return best, nil
}

// installDuckDB installs what the lock file names where it is not there.
func installDuckDB(ctx context.Context) error {
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("%w: DuckDB needs Node.js: %w", errNoPeer, err)
	}
	if _, err := os.Stat(filepath.Join(duckdbFolder, "node_modules", "@duckdb", "node-api")); err == nil {
		return nil
	}
	// Not ci, which refuses a lock file without the packages of platforms that a registry lacks.
	install := exec.CommandContext(ctx, "npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = duckdbFolder
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: DuckDB cannot be installed: %v: %s", errNoPeer, err, bytes.TrimSpace(out))
	}
	return nil
}
