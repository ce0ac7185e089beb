package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/columns"
	"tungnha/coverage/internal/fixture"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// holds reports whether the index has a visit to the household with the assessed skills,
// by which a test distinguishes visits.
func holds(ix *coverage.Index, household string, assessed data.SkillSet) bool {
	visits, _ := ix.For(coverage.Operator).History(household)
	return slices.ContainsFunc(visits, func(v data.Visit) bool { return v.Assessed == assessed })
}

// knows reports whether the household is registered in the index.
func knows(ix *coverage.Index, household string) bool {
	_, ok := ix.For(coverage.Operator).History(household)
	return ok
}

// version returns the version of an index built afresh from the source.
func version(t testing.TB, source columns.Source) string {
	t.Helper()
	ix, err := coverage.BuildAt(t.Context(), source, rules.DefaultConfig(), clock)
	if err != nil {
		t.Fatal(err)
	}
	return ix.Version()
}

// server is a Live with the visits that it acknowledged.
type server struct {
	*Live
	mu           sync.Mutex
	acknowledged []data.Visit
}

// post posts until the visits are acknowledged, as a phone does, and checks each time that
// all that this server ever acknowledged shows.
func (s *server) post(t *testing.T, visits []data.Visit) {
	for {
		effects, err := s.Post(t.Context(), visits)
		if err != nil {
			if !errors.Is(err, ErrUnavailable) {
				t.Errorf("Post: %v, want ErrUnavailable", err)
				return
			}
			time.Sleep(time.Second)
			continue
		}
		for i := range effects {
			if effects[i].Change != data.Created && effects[i].Change != data.Unchanged {
				t.Errorf("%s: %+v", visits[i].ID, effects[i])
			}
		}
		// A visit that an attempt before has written without knowing shows when it is found.
		s.mu.Lock()
		for i := range effects {
			if effects[i].Change == data.Created {
				s.acknowledged = append(s.acknowledged, visits[i])
			}
		}
		s.mu.Unlock()
		s.check(t)
		return
	}
}

// check fails where a visit that was acknowledged does not show.
func (s *server) check(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.acknowledged {
		if !holds(s.Index(), v.HouseholdID, v.Assessed) {
			t.Errorf("%s was acknowledged and does not show", v.ID)
		}
	}
}

// Two servers over one source, which is slow, breaks off and loses notifications: what a
// server acknowledged shows from then on, whatever else is on its way into its index, and
// in the end both contain exactly what the source does. So does a server whose source does
// not report what others wrote.
func TestServersFollowOneSource(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 10
	}
	for _, c := range []struct {
		name string
		feed bool
	}{{"told what others wrote", true}, {"reading anew", false}} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range seeds {
				synctest.Test(t, func(t *testing.T) { followOneSource(t, seed, c.feed) })
			}
		})
	}
}

func followOneSource(t *testing.T, seed uint64, tells bool) {
	m := fixture.Dense(seed)
	rng := rand.New(rand.NewPCG(seed, 22))
	s := newShared(m, seed)
	homes := append([]data.Household(nil), m.Households[:min(12, len(m.Households))]...)
	teams := append([]data.Team(nil), m.Teams...)
	var source Source = struct{ Source }{s}
	if tells {
		source = following{s}
	}
	servers := [2]*server{{Live: open(t, source)}, {Live: open(t, source)}}
	s.set(func(s *shared) {
		s.delay, s.trouble, s.deaf = 80*time.Millisecond, []float64{0, 0.02, 0.2}[seed%3], []float64{0, 0.5}[seed%2]
	})
	running, stop := context.WithCancel(t.Context())
	var run, clients sync.WaitGroup
	for _, l := range servers {
		run.Go(func() { _ = l.Run(running) })
	}
	marks := make(chan data.SkillSet, 1<<10)
	for i := range cap(marks) {
		marks <- data.SkillSet(1<<15 | i) // a visit of its own for each
	}
	for c := range 4 {
		rng := rand.New(rand.NewPCG(seed, 100+uint64(c)))
		clients.Go(func() {
			for n := range 8 {
				var visits []data.Visit
				for i := range 1 + rng.IntN(3) {
					v := fixture.Visit(rng, homes[rng.IntN(len(homes))].ID, fmt.Sprintf("C%d-%d-%d", c, n, i),
						fixture.End, teams)
					v.Assessed, v.Shown = <-marks, 0
					visits = append(visits, v)
				}
				servers[c%2].post(t, visits)
				time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
			}
		})
	}
	clients.Go(func() { // imports
		for n := range 12 {
			time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond)
			s.change(func(m *fixture.Memory) map[string]bool {
				switch n % 4 {
				case 0: // a household, and a visit to it
					h := data.Household{ID: fmt.Sprintf("NEW%d", n), Point: fixture.Point(rng, 1)}
					m.Households = append(m.Households, h)
					m.Visits = append(m.Visits, fixture.Visit(rng, h.ID, "I"+h.ID, fixture.End, teams))
					return nil
				case 1: // a visit is mended, perhaps to another household
					v := &m.Visits[rng.IntN(len(m.Visits))]
					for v.Assessed&(1<<15) != 0 {
						v = &m.Visits[rng.IntN(len(m.Visits))]
					}
					was := v.HouseholdID
					*v = fixture.Visit(rng, homes[rng.IntN(len(homes))].ID, v.ID, v.Day(), teams)
					v.Assessed &^= 1 << 15
					v.Shown &= v.Assessed
					return map[string]bool{was: true, v.HouseholdID: true}
				default:
					v := fixture.Visit(rng, homes[rng.IntN(len(homes))].ID, fmt.Sprintf("I%d", n), fixture.End, teams)
					v.Assessed &^= 1 << 15
					v.Shown &= v.Assessed
					m.Visits = append(m.Visits, v)
					return map[string]bool{v.HouseholdID: true}
				}
			})
			servers[n%2].check(t)
		}
	})
	clients.Wait()
	s.set(func(s *shared) { s.trouble = 0 })
	time.Sleep(maxPause + 4*pollEvery) // the longest pause, and what follows
	want := version(t, m)
	for i, l := range servers {
		l.check(t)
		if got := l.Index().Version(); got != want {
			t.Errorf("seed %d: version %s of server %d, %s when built afresh", seed, got, i, want)
		}
		if f := l.Freshness(); f.Err != nil {
			t.Errorf("seed %d: server %d still says %v", seed, i, f.Err)
		}
	}
	times := make(map[string]int)
	for _, v := range m.Visits {
		times[v.ID]++
	}
	for _, l := range servers {
		for _, v := range l.acknowledged {
			if times[v.ID] != 1 {
				t.Errorf("seed %d: %s was acknowledged and is there %d times", seed, v.ID, times[v.ID])
			}
		}
	}
	stop()
	run.Wait()
}

// What others post shows within a second, though every second notification is lost and
// registers change meanwhile only as they are read; nothing but registers is read again.
func TestOthersShowWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fixture.Dense(3)
		s := newShared(m, 3)
		writer, reader := open(t, following{s}), open(t, following{s})
		s.set(func(s *shared) { s.delay, s.deaf = 5*time.Millisecond, 0.5 })
		running, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		for _, l := range []*Live{writer, reader} {
			run.Go(func() { _ = l.Run(running) })
		}
		rng := rand.New(rand.NewPCG(3, 23))
		var slowest time.Duration
		for n := range 50 {
			v := fixture.Visit(rng, m.Households[n%7].ID, fmt.Sprintf("P%d", n), fixture.End, m.Teams)
			v.Assessed, v.Shown = data.SkillSet(1<<15|n), 0
			if _, err := writer.Post(t.Context(), []data.Visit{v}); err != nil {
				t.Fatal(err)
			}
			posted := time.Now()
			for !holds(reader.Index(), v.HouseholdID, v.Assessed) {
				time.Sleep(time.Millisecond)
			}
			slowest = max(slowest, time.Since(posted))
			time.Sleep(time.Duration(rng.IntN(700)) * time.Millisecond)
		}
		if limit := pollEvery + 50*time.Millisecond; slowest > limit {
			t.Errorf("a post showed after %s, want at most %s", slowest, limit)
		}
		if s.reads != 2 {
			t.Errorf("the source was read %d times, want once by each server", s.reads)
		}
		s.change(func(m *fixture.Memory) map[string]bool {
			m.Households = append(m.Households, data.Household{ID: "NEW"})
			return nil
		})
		time.Sleep(2 * pollEvery)
		if ok := knows(reader.Index(), "NEW"); !ok || s.reads != 4 {
			t.Errorf("a new household: there %t after %d readings, want true after 4", ok, s.reads)
		}
		stop()
		run.Wait()
	})
}

// A post that creates nothing answers with the revision of another server's write, which the
// index must not take for its own.
func TestDuplicateAfterAnothersWrite(t *testing.T) {
	m := fixture.Dense(2)
	l := open(t, m)
	known := m.Visits[0]
	m.Lock()
	m.Visits = append(m.Visits, fixture.Visit(rand.New(rand.NewPCG(2, 24)), m.Households[0].ID, "OTHER", fixture.End,
		m.Teams))
	m.Revised++
	m.Unlock()
	if effects, err := l.Post(context.Background(), []data.Visit{known}); err != nil ||
		effects[0].Change != data.Unchanged {
		t.Fatalf("got %v, error %v, want unchanged", effects, err)
	}
	if err := l.follow(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, want := l.Index().Version(), version(t, m); got != want {
		t.Errorf("version %s, %s when built afresh", got, want)
	}
}

// A database that was set back to a copy of yesterday is read again in full.
func TestSourceSetBack(t *testing.T) {
	m := fixture.Dense(2)
	m.Revised = 9
	s := newShared(m, 2)
	l := open(t, following{s})
	m.Visits, m.Revised = m.Visits[:len(m.Visits)/2], 5
	if err := l.follow(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, want := l.Index().Version(), version(t, m); got != want {
		t.Errorf("version %s, %s when built afresh", got, want)
	}
}
