package await

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a test that has until a moment.
type limited struct {
	testing.TB
	deadline time.Time
	said     string
}

func (l *limited) Helper()                     {}
func (l *limited) Deadline() (time.Time, bool) { return l.deadline, true }
func (l *limited) Fatalf(format string, args ...any) {
	l.said = fmt.Sprintf(format, args...)
	panic(l)
}

// TestUntil: what comes is waited for as long as it takes, and what does not ends the test before its time is over.
func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		Until(&limited{deadline: began.Add(time.Hour)}, func() bool { return time.Since(began) > 50*time.Minute }, "late")
		began = time.Now()
		l := &limited{deadline: began.Add(time.Minute)}
		func() {
			defer func() { recover() }()
			Until(l, func() bool { return false }, "never: %d", 7)
		}()
		if took := time.Since(began); l.said != "the tests have no more time: never: 7" || took != time.Minute-margin {
			t.Errorf("%q after %s", l.said, took)
		}
	})
}
