// Command bench measures Từng Nhà and its peers side by side, in one run on the same data, and ends
// with a line a ratio: "ratio NAME VALUE", VALUE being how many times faster than the peer
// we are (for a name that ends in _vs_floor: our time over the floor's). A peer that is
// not available is reported in a line of its own.
//
//	go run ./scripts/bench [NAME…]
//
// A NAME may be the beginning of several: "tile" measures all that begin with it.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// benchmark measures one ratio; lines prints what was measured, for people.
type benchmark struct {
	name string
	run  func(ctx context.Context, lines func(format string, args ...any)) (ratio float64, err error)
}

func benchmarks(p *province) []benchmark {
	return []benchmark{
		{"locate_vs_postgis", locateVsPostGIS},
		{"fill_vs_h3go", fillVsH3Go},
		{"coverage_90d_vs_postgres", p.vsPostgres(ninetyDays)},
		{"coverage_90d_vs_duckdb", p.vsDuckDB(ninetyDays)},
		{"coverage_90d_vs_floor", p.vsFloor(ninetyDays)},
		{"coverage_all_vs_postgres", p.vsPostgres(allTime)},
		{"coverage_all_vs_duckdb", p.vsDuckDB(allTime)},
		{"coverage_all_vs_floor", p.vsFloor(allTime)},
		{"tile_encode_vs_orb", tileEncodeVsOrb},
		{"tile_uncached_vs_live_sql", p.tilesVsLiveSQL(allCells, registers)},
		{"tile_uncached_vs_live_window", p.tilesVsLiveSQL(allCells)},
		{"tile_uncached_vs_tegola", p.tilesVsTegola(asPlain)},
		{"tile_uncached_gzip_vs_tegola", p.tilesVsTegola(asGzip)},
		{"tile_uncached_vs_precomputed", p.tilesVsPrecomputed},
		{"tile_cached_vs_static", p.tilesVsStatic},
		{"export_geojson_vs_ogr2ogr", p.exportVsOgr2ogr},
		{"import_postgis_vs_copy", importVsCopy},
	}
}

// errNoPeer means that what we would be compared with is not on this machine.
var errNoPeer = errors.New("no peer")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	p := new(province)
	defer p.close()
	all := benchmarks(p)
	chosen := all
	if len(names) > 0 {
		chosen = nil
		for _, name := range names {
			named := len(chosen)
			for _, b := range all {
				if strings.HasPrefix(b.name, name) {
					chosen = append(chosen, b)
				}
			}
			if len(chosen) == named {
				return fmt.Errorf("no benchmark %q: there are %s", name, strings.Join(known(all), " "))
			}
		}
	}
	var ratios []string
	for _, b := range chosen {
		fmt.Printf("%s\n", b.name)
		ratio, err := b.run(ctx, func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) })
		switch {
		case errors.Is(err, errNoPeer):
			ratios = append(ratios, fmt.Sprintf("%s: %v", b.name, err))
		case err != nil:
			return fmt.Errorf("%s: %w", b.name, err)
		default:
			ratios = append(ratios, fmt.Sprintf("ratio %s %.3g", b.name, ratio))
		}
	}
	fmt.Println(strings.Join(ratios, "\n"))
	return nil
}

func known(all []benchmark) []string {
	names := make([]string, len(all))
	for i, b := range all {
		names[i] = b.name
	}
	return names
}

// medianOfFive runs f five times and returns the median of how long it took.
func medianOfFive(f func() error) (time.Duration, error) {
	took, err := durations(5, func(int) error { return f() })
	if err != nil {
		return 0, err
	}
	return took[len(took)/2], nil
}

// durations runs f n times, with the number of the run, and returns how long the runs took,
// the shortest first.
func durations(n int, f func(run int) error) ([]time.Duration, error) {
	var took []time.Duration
	for run := range n {
		start := time.Now()
		if err := f(run); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	slices.SortFunc(took, cmp.Compare)
	return took, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

func median(times []float64) float64 {
	slices.Sort(times)
	return times[len(times)/2]
}
