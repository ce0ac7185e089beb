// Command soak posts visits at a steady rate to a served index over a store on disk, queries
// it meanwhile, and fails where an acknowledged visit is missing from the next
// answer or comes late, where the store has less than was acknowledged, or where memory
// grows by more than the data.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data/sqlite"
)

// options are the values of the flags.
type options struct {
	duration   time.Duration
	rate       int // visits a second
	batch      int // visits a post
	posters    int
	households int
}

func main() {
	log.SetFlags(0)
	var o options
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long to post and ask")
	flag.IntVar(&o.rate, "rate", 1_000, "visits a second")
	flag.IntVar(&o.batch, "batch", 10, "visits a post")
	flag.IntVar(&o.posters, "posters", 8, "how many post side by side")
	flag.IntVar(&o.households, "households", 300_000, "how many there are to visit")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "tungnha-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "soak.gpkg"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	begun := time.Now()
	if err := fill(ctx, store, o.households); err != nil {
		return err
	}
	live, err := live.Open(ctx, store, rules.DefaultConfig(), time.Now)
	if err != nil {
		return err
	}
	fmt.Printf("%d households in the store and the index after %.1f s\n", o.households, time.Since(begun).Seconds())
	s := &soak{options: o, live: live}
	if err := s.run(ctx); err != nil {
		return err
	}
	// The index after all posts equals the store.
	fresh, err := coverage.Build(ctx, store, rules.DefaultConfig())
	if err != nil {
		return err
	}
	if got, want := live.Index().Version(), fresh.Version(); got != want {
		return fmt.Errorf("the index is %s after the posts, %s when read anew", got, want)
	}
	fmt.Println("the index equals one read anew from the store")
	return nil
}
