package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tungnha/coverage/columns"
	"tungnha/coverage/internal/fixture"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// idleTimeout is how long a source that is being read may take for a record.
const idleTimeout = 5 * time.Minute

// inOutage runs test with a server that follows a source, in time that passes at will.
func inOutage(t *testing.T, test func(t *testing.T, s *shared, l *Live)) {
	synctest.Test(t, func(t *testing.T) {
		s := newShared(fixture.Dense(4), 4)
		l, err := Open(t.Context(), following{s}, rules.DefaultConfig(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = l.Run(running) })
		test(t, s, l)
		stop()
		run.Wait()
	})
}

func (s *shared) visit(n int) []data.Visit {
	rng := rand.New(rand.NewPCG(uint64(n), 25))
	v := fixture.Visit(rng, s.memory.Households[n%5].ID, fmt.Sprintf("P%d", n), fixture.End, s.memory.Teams)
	v.Assessed, v.Shown = data.SkillSet(1<<15|n), 0
	return []data.Visit{v}
}

// The index reports its age while the source is unavailable, and is current again soon after
// the source is back.
func TestFreshness(t *testing.T) {
	for _, c := range []struct {
		name string
		stop func(*shared)
	}{
		{"refused", func(s *shared) { s.trouble = 1 }},
		{"silent", func(s *shared) { s.silent = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOutage(t, func(t *testing.T, s *shared, l *Live) {
				age := func() time.Duration { return time.Since(l.Freshness().AsOf) }
				time.Sleep(30 * time.Second)
				if f := l.Freshness(); f.Err != nil || age() > 2*pollEvery {
					t.Errorf("with a source: %s old, %v", age(), f.Err)
				}
				s.set(c.stop)
				time.Sleep(time.Minute)
				if f := l.Freshness(); f.Err == nil || age() < 58*time.Second || age() > 62*time.Second {
					t.Errorf("a minute after the source went away: %s old, %v", age(), f.Err)
				}
				s.change(func(m *fixture.Memory) map[string]bool {
					m.Households = append(m.Households, data.Household{ID: "NEW"})
					return nil
				})
				s.set(func(s *shared) { s.trouble, s.silent = 0, false })
				time.Sleep(revisionTimeout + maxPause + pollEvery)
				if f := l.Freshness(); f.Err != nil || age() > 2*pollEvery {
					t.Errorf("with the source back: %s old, %v", age(), f.Err)
				}
				if ok := knows(l.Index(), "NEW"); !ok {
					t.Error("what was written meanwhile does not show")
				}
			})
		})
	}
}

// While the source takes nothing, posts fail: the first when its time is over, those
// behind it at the same moment, those that come then at once. None waits for ever, and none
// is kept in memory. Once the source is back posts are taken.
func TestPostWhileSourceIsAway(t *testing.T) {
	inOutage(t, func(t *testing.T, s *shared, l *Live) {
		s.set(func(s *shared) { s.silent = true })
		var group sync.WaitGroup
		began := time.Now()
		for n := range 200 {
			group.Go(func() {
				if _, err := l.Post(t.Context(), s.visit(n)); !errors.Is(err, ErrUnavailable) {
					t.Errorf("post %d: %v, want ErrUnavailable", n, err)
				}
				if waited := time.Since(began); waited > writeTimeout {
					t.Errorf("post %d waited %s, want at most %s", n, waited, writeTimeout)
				}
			})
		}
		group.Wait()
		began = time.Now()
		if _, err := l.Post(t.Context(), s.visit(0)); !errors.Is(err, ErrUnavailable) || time.Since(began) > 0 {
			t.Errorf("a moment later: %v after %s, want ErrUnavailable at once", err, time.Since(began))
		}
		if len(l.queue) > 0 || !l.room.TryAcquire(maxQueued) {
			t.Errorf("%d posts are still queued, or their room is not free", len(l.queue))
		} else {
			l.room.Release(maxQueued)
		}

		// An hour of posts in vain leaves nothing behind.
		s.set(func(s *shared) { s.silent, s.trouble = false, 1 })
		before := heap()
		for n := range 3600 {
			if _, err := l.Post(t.Context(), s.visit(n)); !errors.Is(err, ErrUnavailable) {
				t.Fatalf("post %d: %v, want ErrUnavailable", n, err)
			}
			time.Sleep(time.Second)
		}
		if grown := heap() - before; grown > 1<<20 {
			t.Errorf("an hour of posts in vain takes %d bytes", grown)
		}
		if s.posts != 0 {
			t.Errorf("%d posts reached the source", s.posts)
		}

		s.set(func(s *shared) { s.trouble = 0 })
		time.Sleep(writePause)
		if effects, err := l.Post(t.Context(), s.visit(1)); err != nil || effects[0].Change != data.Created {
			t.Errorf("with the source back: %v, error %v", effects, err)
		}
	})
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A post whose transaction took effect although its commit was not confirmed is refused, shows
// when it is found, and is a duplicate when it is sent again.
func TestOutcomeUnknown(t *testing.T) {
	inOutage(t, func(t *testing.T, s *shared, l *Live) {
		s.set(func(s *shared) { s.endLost = true })
		v := s.visit(1)
		if _, err := l.Post(t.Context(), v); !errors.Is(err, ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		time.Sleep(pollEvery + writePause)
		if !holds(l.Index(), v[0].HouseholdID, v[0].Assessed) {
			t.Error("what was written does not show")
		}
		s.set(func(s *shared) { s.endLost = false })
		if effects, err := l.Post(t.Context(), v); err != nil || effects[0].Change != data.Unchanged {
			t.Errorf("sent again: %v, error %v, want unchanged", effects, err)
		}
	})
}

// A source that stops answering while it is being read again is given up; the old index answers
// and takes posts meanwhile.
func TestSilentWhileReading(t *testing.T) {
	inOutage(t, func(t *testing.T, s *shared, l *Live) {
		s.set(func(s *shared) { s.stuck = true })
		s.change(func(m *fixture.Memory) map[string]bool {
			m.Households = append(m.Households, data.Household{ID: "NEW"})
			return nil
		})
		time.Sleep(2 * pollEvery)
		v := s.visit(1)
		if _, err := l.Post(t.Context(), v); err != nil || !holds(l.Index(), v[0].HouseholdID, v[0].Assessed) {
			t.Errorf("a post meanwhile: error %v, or it does not show", err)
		}
		time.Sleep(idleTimeout)
		if f := l.Freshness(); !errors.Is(f.Err, columns.ErrIdle) {
			t.Errorf("got %v, want %v", f.Err, columns.ErrIdle)
		}
		s.set(func(s *shared) { s.stuck = false })
		time.Sleep(idleTimeout + maxPause)
		if ok := knows(l.Index(), "NEW"); !ok || !holds(l.Index(), v[0].HouseholdID, v[0].Assessed) {
			t.Error("the new household or the visit posted meanwhile does not show")
		}
	})
}
