package guard

import (
	"context"
	"time"
)

// Tick is what the time of an answer that conceals is a multiple of, so that it does not tell what was found either: a
// commit takes some milliseconds, and an answer waits for the end of the tick. Each visit makes it longer by tickVisit,
// which is several times what a visit costs.
const (
	Tick      = 100 * time.Millisecond
	tickVisit = 200 * time.Microsecond
)

// UntilTick waits until the time since began is a multiple of the tick of n visits, or ctx ends.
func UntilTick(ctx context.Context, began time.Time, n int) {
	tick := Tick + time.Duration(n)*tickVisit
	select {
	case <-time.After(tick - time.Since(began)%tick):
	case <-ctx.Done():
	}
}
