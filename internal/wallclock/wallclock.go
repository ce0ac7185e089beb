// Package wallclock notices that the machine's clock jumps: that somebody set it, or that the machine slept.
package wallclock

import (
	"context"
	"time"
)

// Least is from how much on a change of the clock is a jump. Corrections by NTP are smaller, or are spread over time.
const Least = 5 * time.Second

// Reading is what a clock shows at one moment.
type Reading struct {
	Wall    time.Time
	Elapsed time.Duration // monotonic, since some moment; it does not go on while the machine sleeps
}

// System returns the readings of this machine's clock.
func System() func() Reading {
	start := time.Now()
	return func() Reading {
		now := time.Now()
		return Reading{Wall: now.Round(0), Elapsed: now.Sub(start)}
	}
}

// Watch calls jumped for each jump of the clock by Least or more until ctx ends, whose error it returns. It reads the
// clock at each tick. by is how much the wall clock went ahead of the monotonic one, negative where it was set back.
func Watch(ctx context.Context, ticks <-chan time.Time, read func() Reading,
	jumped func(by time.Duration, to time.Time)) error {
	last := read()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
		now := read()
		// Wall has no monotonic part, so that this is the difference of wall clocks.
		by := now.Wall.Sub(last.Wall) - (now.Elapsed - last.Elapsed)
		if by >= Least || by <= -Least {
			jumped(by, now.Wall)
		}
		last = now
	}
}
