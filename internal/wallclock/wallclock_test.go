package wallclock

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	const s = time.Second
	start := time.Date(2026, 3, 31, 8, 0, 0, 0, time.UTC)
	now := Reading{Wall: start}
	var jumps []time.Duration
	ctx, cancel := context.WithCancel(t.Context())
	ticks, read, ended := make(chan time.Time), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- Watch(ctx, ticks, func() Reading {
			defer func() { read <- struct{}{} }()
			return now
		}, func(by time.Duration, to time.Time) {
			if !to.Equal(now.Wall) {
				t.Errorf("a jump to %v, want %v", to, now.Wall)
			}
			jumps = append(jumps, by)
		})
	}()
	<-read
	for _, step := range []struct{ wall, elapsed time.Duration }{
		{s, s}, {s + 4*s, s}, {s - 4*s, s}, // corrections
		{s + time.Hour, s}, // set ahead
		{s, s},
		{s - 3*time.Hour, s}, // set back
		{30 * s, 30 * s},     // looked at late
		{6 * s, s},
	} {
		now.Wall, now.Elapsed = now.Wall.Add(step.wall), now.Elapsed+step.elapsed
		ticks <- start
		<-read
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	if want := []time.Duration{time.Hour, -3 * time.Hour, 5 * s}; !slices.Equal(jumps, want) {
		t.Errorf("jumps %v, want %v", jumps, want)
	}
}

func TestSystem(t *testing.T) {
	read := System()
	a, b := read(), read()
	if b.Elapsed < a.Elapsed || b.Wall.IsZero() || b.Wall.String() != b.Wall.Round(0).String() {
		t.Errorf("%+v, then %+v", a, b)
	}
}
