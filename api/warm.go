package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tungnha/coverage/boundary"
	"tungnha/internal/limit"
	"tungnha/internal/wallclock"
	"tungnha/tiles"
)

// warmEvery is how often KeepWarm looks whether areas or households have changed.
const warmEvery = 2 * time.Second

// WatchClock counts and logs jumps of the machine's clock until ctx ends, whose error it returns.
func (s *Server) WatchClock(ctx context.Context, ticks <-chan time.Time, read func() wallclock.Reading) error {
	return wallclock.Watch(ctx, ticks, read, func(by time.Duration, to time.Time) {
		s.metrics.Jumps.Inc()
		s.log.LogAttrs(ctx, slog.LevelWarn, "the clock of this machine jumped: it was set, or the machine slept; "+
			"visits are dated by it", slog.Duration("by", by.Round(time.Millisecond)), slog.Time("to", to))
	})
}

// KeepWarm makes ready, in the background, what the first tiles would wait for: after the
// start, and again whenever areas or households have changed, until ctx ends. Visits
// change no outline. It only ever returns ctx's error.
func (s *Server) KeepWarm(ctx context.Context) error {
	ticker := time.NewTicker(warmEvery)
	defer ticker.Stop()
	var warm *boundary.Tree // those of a register stay the same until it is read anew
	for {
		if live := s.data.Load(); live != nil {
			view := live.Index().For(s.everybody())
			if b := view.BoundariesOn(view.Today()); b != warm {
				start := time.Now()
				bounded, account := s.config.Memory.Open(ctx)
				err := s.tiles.Tiles.Warm(bounded, view, tiles.Window{To: view.Today()})
				account.Close()
				switch {
				case errors.Is(err, limit.ErrBusy): // again at the next tick
					b = warm
				case err == nil:
					s.log.Info("tiles are warm", slog.Duration("took", time.Since(start).Round(time.Millisecond)))
				case ctx.Err() == nil:
					s.log.Error("tiles stay cold", slog.Any("error", err))
				}
				warm = b
				s.warmed.Add(1)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
