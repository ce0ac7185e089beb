package coverage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tungnha/data"
)

// holds reports whether the index has a visit to the household with the assessed skills,
// by which a test tells visits apart.
func holds(ix *Index, household string, assessed data.SkillSet) bool {
	position, ok := ix.register.households.find(household)
	if !ok {
		return false
	}
	b, i := ix.blocks[position/blockSize], position%blockSize
	for v := b.starts[i]; v < b.starts[i+1]; v++ {
		if b.assessed[v] == uint16(assessed) {
			return true
		}
	}
	return false
}

// server is a Live with what its clients were told.
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
// in the end both hold exactly what the source does. So does a server whose source cannot
// tell what others wrote.
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
	m := denseProgramme(seed)
	rng := rand.New(rand.NewPCG(seed, 22))
	s := newShared(m, seed)
	homes := append([]data.Household(nil), m.households[:min(12, len(m.households))]...)
	teams := append([]data.Team(nil), m.teams...)
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
					v := randomVisit(rng, homes[rng.IntN(len(homes))].ID, fmt.Sprintf("C%d-%d-%d", c, n, i), programmeEnd, teams)
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
			s.change(func(m *memory) map[string]bool {
				switch n % 4 {
				case 0: // a household, and a visit to it
					h := data.Household{ID: fmt.Sprintf("NEW%d", n), Point: randomPoint(rng, 1)}
					m.households = append(m.households, h)
					m.visits = append(m.visits, randomVisit(rng, h.ID, "I"+h.ID, programmeEnd, teams))
					return nil
				case 1: // a visit is mended, perhaps to another household
					v := &m.visits[rng.IntN(len(m.visits))]
					for v.Assessed&(1<<15) != 0 {
						v = &m.visits[rng.IntN(len(m.visits))]
					}
					was := v.HouseholdID
					*v = randomVisit(rng, homes[rng.IntN(len(homes))].ID, v.ID, v.Day(), teams)
					v.Assessed &^= 1 << 15
					v.Shown &= v.Assessed
					return map[string]bool{was: true, v.HouseholdID: true}
				default:
					v := randomVisit(rng, homes[rng.IntN(len(homes))].ID, fmt.Sprintf("I%d", n), programmeEnd, teams)
					v.Assessed &^= 1 << 15
					v.Shown &= v.Assessed
					m.visits = append(m.visits, v)
					return map[string]bool{v.HouseholdID: true}
				}
			})
			servers[n%2].check(t)
		}
	})
	clients.Wait()
	s.set(func(s *shared) { s.trouble = 0 })
	time.Sleep(maxPause + 4*pollEvery) // the longest pause, and what follows
	want := index(t, m).Version()
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
	for _, v := range m.visits {
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
// registers change meanwhile only as they are read; nothing but registers is read anew.
func TestOthersShowWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := denseProgramme(3)
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
			v := randomVisit(rng, m.households[n%7].ID, fmt.Sprintf("P%d", n), programmeEnd, m.teams)
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
		s.change(func(m *memory) map[string]bool {
			m.households = append(m.households, data.Household{ID: "NEW"})
			return nil
		})
		time.Sleep(2 * pollEvery)
		if _, ok := reader.Index().register.households.find("NEW"); !ok || s.reads != 4 {
			t.Errorf("a new household: there %t after %d readings, want true after 4", ok, s.reads)
		}
		stop()
		run.Wait()
	})
}

// A post that creates nothing answers with the revision of somebody else's write, which the
// index must not take for its own.
func TestDuplicateAfterAnothersWrite(t *testing.T) {
	m := denseProgramme(2)
	l := open(t, m)
	known := m.visits[0]
	m.mu.Lock()
	m.visits = append(m.visits, randomVisit(rand.New(rand.NewPCG(2, 24)), m.households[0].ID, "OTHER", programmeEnd, m.teams))
	m.revision++
	m.mu.Unlock()
	if effects, err := l.Post(context.Background(), []data.Visit{known}); err != nil || effects[0].Change != data.Unchanged {
		t.Fatalf("got %v, error %v, want unchanged", effects, err)
	}
	if err := l.follow(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, want := l.Index().Version(), index(t, m).Version(); got != want {
		t.Errorf("version %s, %s when built afresh", got, want)
	}
}

// A database that was set back to a copy of yesterday is read anew.
func TestSourceSetBack(t *testing.T) {
	m := denseProgramme(2)
	m.revision = 9
	s := newShared(m, 2)
	l := open(t, following{s})
	m.visits, m.revision = m.visits[:len(m.visits)/2], 5
	if err := l.follow(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, want := l.Index().Version(), index(t, m).Version(); got != want {
		t.Errorf("version %s, %s when built afresh", got, want)
	}
}
