// Package await waits in tests until something is so, as long as the tests may last: how long that takes on a machine
// under load is not to be guessed.
package await

import (
	"testing"
	"time"
)

const (
	firstPause = time.Millisecond
	maxPause   = 50 * time.Millisecond
	margin     = 5 * time.Second // of the tests' time, to report what did not come
)

// Until calls so again and again until it reports true. Where it has not when the time of the tests is over (go test
// -timeout), the test ends with the message, of which the arguments are printed then. It is for the goroutine of the
// test.
func Until(t testing.TB, so func() bool, format string, args ...any) {
	t.Helper()
	var over <-chan time.Time // never
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := limited.Deadline(); ok {
			timer := time.NewTimer(time.Until(deadline) - margin)
			defer timer.Stop()
			over = timer.C
		}
	}
	for pause := firstPause; !so(); pause = min(2*pause, maxPause) {
		select {
		case <-time.After(pause):
		case <-over:
			t.Fatalf("the tests have no more time: "+format, args...)
		}
	}
}
