package columns

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"tungnha/internal/limit"
)

// Workers is how many goroutines share a long computation.
func Workers() int { return runtime.GOMAXPROCS(0) }

// MinShare is how many blocks make a second goroutine worth its start.
const MinShare = 16

// Share cuts the blocks of the scope into as many stretches as there are workers, runs
// work on each and returns what they made, in the order of the blocks. Sums and maxima do
// not depend on how the work was cut, so the result is the same on any machine.
func Share[T any](ctx context.Context, blocks []int,
	work func(ctx context.Context, blocks []int) (T, error)) ([]T, error) {
	parts := max(1, min(limit.Workers(ctx), len(blocks)/MinShare))
	out := make([]T, parts)
	group, ctx := errgroup.WithContext(ctx)
	for p := range parts {
		lo, hi := p*len(blocks)/parts, (p+1)*len(blocks)/parts
		group.Go(func() (err error) {
			out[p], err = work(ctx, blocks[lo:hi])
			return err
		})
	}
	return out, group.Wait()
}
