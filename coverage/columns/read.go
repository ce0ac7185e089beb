package columns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tungnha/data"
)

// recordTimeout is how long a source that is being read may take for the next record.
const recordTimeout = 5 * time.Minute

// ErrIdle means that a source that is being read has not sent a record for too long.
var ErrIdle = fmt.Errorf("no record came for %s", recordTimeout)

// readWithIdleTimeout reads a source until it is silent for too long: a connection that is dead at the
// other end alone would otherwise be read for ever.
func readWithIdleTimeout(ctx context.Context, source Source, sink data.RecordHandler) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(recordTimeout, func() { cancel(ErrIdle) })
	defer silence.Stop()
	records := 0
	heard := func() {
		if records++; records%4096 == 1 {
			silence.Reset(recordTimeout)
		}
	}
	revision, err := source.Read(ctx, data.RecordHandler{
		Area:      func(a *data.Area) error { heard(); return sink.Area(a) },
		Team:      func(t *data.Team) error { heard(); return sink.Team(t) },
		Household: func(h *data.Household) error { heard(); return sink.Household(h) },
		Batch:     func(b *data.Batch) error { heard(); return sink.Batch(b) },
		Visit:     func(v *data.Visit) error { heard(); return sink.Visit(v) },
	})
	if err != nil && context.Cause(ctx) == ErrIdle {
		err = errors.Join(ErrIdle, err)
	}
	return revision, err
}
