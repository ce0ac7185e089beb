// Command bench measures Từng Nhà beside its peers, in one run on the same data, and ends
// with a line a ratio: "ratio NAME VALUE", VALUE being how many times faster than the peer
// we are (for a name that ends in _vs_floor: our time over the floor's). A peer that is
// not to be had is a line that says so.
//
//	go run ./scripts/bench [NAME…]
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

// benchmark measures one ratio; lines tells what was measured, for people.
type benchmark struct {
	name string
	run  func(ctx context.Context, lines func(format string, args ...any)) (ratio float64, err error)
}

var benchmarks = []benchmark{
	{"locate_vs_postgis", locateVsPostGIS},
	{"fill_vs_h3go", fillVsH3Go},
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
	chosen := benchmarks
	if len(names) > 0 {
		chosen = nil
		for _, name := range names {
			i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.name == name })
			if i < 0 {
				return fmt.Errorf("no benchmark %q: there are %s", name, strings.Join(known(), " "))
			}
			chosen = append(chosen, benchmarks[i])
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

func known() []string {
	names := make([]string, len(benchmarks))
	for i, b := range benchmarks {
		names[i] = b.name
	}
	return names
}

// median runs f five times and returns the middle duration.
func median(f func() error) (time.Duration, error) {
	var took []time.Duration
	for range 5 {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.SortFunc(took, cmp.Compare)
	return took[len(took)/2], nil
}
