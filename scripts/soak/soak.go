package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/scripts/procstat"
)

const (
	// lateAfter is how soon an acknowledged visit must have been in an answer.
	lateAfter = time.Second
	// askEvery is the pause between two queries of one client.
	askEvery = 100 * time.Millisecond
	// slack is how much memory may grow besides the visits themselves: windows that days
	// passing make new, and memory that the runtime retains.
	slack = 96 << 20
)

// soak is one run, with what it has seen so far.
type soak struct {
	options
	live *live.Live

	next  atomic.Int64 // number of the next visit
	mu    sync.Mutex
	acked int64 // visits acknowledged
	acks  []ack // those not yet seen in an answer
	post  []time.Duration
	ask   []time.Duration
	seen  []time.Duration // from acknowledgement to the end of the answer that contained it
	step  []time.Duration // of a slider
}

// ack is a batch that was acknowledged.
type ack struct {
	at    time.Time
	count int64
}

func (s *soak) run(ctx context.Context) error {
	before, err := s.total(ctx)
	if err != nil {
		return err
	}
	for range 2 * slideSteps { // so that the windows of the slider are there when memory is measured
		if err := s.slide(ctx); err != nil {
			return err
		}
	}
	s.step = nil
	// The first post releases the results that were kept of the state before.
	if err := s.postBatch(ctx, rand.New(rand.NewPCG(3, 0))); err != nil {
		return err
	}
	heap, visits := heapInUse(), s.live.Index().Memory().Visits
	resident, err := procstat.ResidentBytes()
	if err != nil {
		return err
	}
	fmt.Printf("at the start: heap %.0f MB, resident %.0f MB\n", mb(heap), mb(uint64(resident)))

	group, running := errgroup.WithContext(ctx)
	until, stop := context.WithTimeout(running, s.duration)
	defer stop()
	group.Go(func() error {
		if err := s.live.Run(until); until.Err() == nil {
			return err
		}
		return nil
	})
	for p := range s.posters {
		group.Go(func() error { return s.postAll(running, until, p) })
	}
	group.Go(func() error { return repeat(until, func() error { return s.check(running, before) }) })
	group.Go(func() error { return repeat(until, func() error { return s.slide(running) }) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := s.check(ctx, before); err != nil { // the last of them
		return err
	}
	s.report()
	return s.checkMemory(heap, visits)
}

// repeat calls work until the time is over.
func repeat(until context.Context, work func() error) error {
	for until.Err() == nil {
		if err := work(); err != nil {
			return err
		}
		select {
		case <-time.After(askEvery):
		case <-until.Done():
		}
	}
	return nil
}

// postAll posts this poster's share of the rate, batch by batch.
func (s *soak) postAll(ctx, until context.Context, poster int) error {
	rng := rand.New(rand.NewPCG(2, uint64(poster)))
	every := time.Duration(float64(s.batch*s.posters) / float64(s.rate) * float64(time.Second))
	// A post that took long does not lower the rate: the next ones follow at once.
	for next := time.Now(); ; next = next.Add(every) {
		select {
		case <-until.Done():
			return nil
		case <-time.After(time.Until(next)):
		}
		if err := s.postBatch(ctx, rng); err != nil {
			return err
		}
	}
}

// postBatch posts new visits and notes when they were acknowledged.
func (s *soak) postBatch(ctx context.Context, rng *rand.Rand) error {
	visits := make([]data.Visit, s.batch)
	for i := range visits {
		// No household twice on one day, so that each visit is one more in the answer.
		n := int(s.next.Add(1) - 1)
		at := time.Now().AddDate(0, 0, -n/s.households)
		visits[i] = visit(fmt.Sprintf("S%d", n), n*7919%s.households, at, rng)
	}
	begun := time.Now()
	effects, err := s.live.Post(ctx, visits)
	if err := accepted(effects, err); err != nil {
		return err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked += int64(len(visits))
	s.acks = append(s.acks, ack{now, int64(len(visits))})
	s.post = append(s.post, now.Sub(begun))
	return nil
}

// total requests the count of all visits ever, by hamlet.
func (s *soak) total(ctx context.Context) (int64, error) {
	r, err := s.live.Index().For(coverage.Operator).Query(ctx, coverage.Query{By: coverage.ByArea, Level: data.Hamlet})
	if err != nil {
		return 0, err
	}
	return int64(r.Total.Visits), nil
}

// check queries and compares: every visit acknowledged before the query is in the answer.
func (s *soak) check(ctx context.Context, before int64) error {
	s.mu.Lock()
	acked, acks := s.acked, s.acks
	s.acks = nil
	s.mu.Unlock()
	begun := time.Now()
	total, err := s.total(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if got := total - before; got < acked {
		return fmt.Errorf("%d visits were acknowledged, the next answer holds %d of them", acked, got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask = append(s.ask, now.Sub(begun))
	for _, a := range acks {
		late := now.Sub(a.at)
		if s.seen = append(s.seen, late); late > lateAfter {
			return fmt.Errorf("a visit came into an answer %v after it was acknowledged, want at most %v", late,
				lateAfter)
		}
	}
	return nil
}

const slideSteps = 70 // weeks

// slide queries one step of the time slider, by hamlet and by cell.
func (s *soak) slide(ctx context.Context) error {
	week := len(s.step) % slideSteps
	to := data.DateOf(time.Now()) - data.Date(7*week)
	begun := time.Now()
	ix := s.live.Index()
	for _, q := range []coverage.Query{{By: coverage.ByArea, Level: data.Hamlet},
		{By: coverage.ByCell, Resolution: 8}} {
		q.From, q.To = to-89, to
		if _, err := ix.For(coverage.Operator).Query(ctx, q); err != nil {
			return err
		}
	}
	s.step = append(s.step, time.Since(begun))
	return nil
}

func (s *soak) report() {
	fmt.Printf("%d visits acknowledged in %v: %.0f a second\n", s.acked, s.duration,
		float64(s.acked)/s.duration.Seconds())
	for _, l := range []struct {
		name  string
		times []time.Duration
	}{
		{"posting a batch", s.post}, {"asking for everything by hamlet", s.ask},
		{"from acknowledged to seen in an answer", s.seen}, {"a step of the slider", s.step},
	} {
		slices.Sort(l.times)
		at := func(p float64) float64 {
			return float64(l.times[int(p*float64(len(l.times)-1))].Microseconds()) / 1000
		}
		fmt.Printf("%-40s p50 %7.1f ms  p99 %7.1f ms  longest %7.1f ms  (%d)\n", l.name, at(0.5), at(0.99), at(1),
			len(l.times))
	}
}

// checkMemory compares the growth of the heap with that of the data.
func (s *soak) checkMemory(heap uint64, visits int) error {
	now, m := heapInUse(), s.live.Index().Memory()
	resident, err := procstat.ResidentBytes()
	if err != nil {
		return err
	}
	own := (m.VisitBytes / m.Visits) * (m.Visits - visits)
	measured := 8 * (len(s.post) + len(s.ask) + len(s.seen) + len(s.step)) // by this program
	fmt.Printf("at the end: heap %.0f MB, of which %.0f MB are new visits, resident %.0f MB\n", mb(now),
		mb(uint64(own)), mb(uint64(resident)))
	if grown := int(now) - int(heap); grown > own+4*measured+slack {
		return fmt.Errorf("the heap grew by %.0f MB, the visits by %.0f MB", mb(uint64(grown)), mb(uint64(own)))
	}
	return nil
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // memory that finalizers released
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func mb(n uint64) float64 { return float64(n) / 1e6 }
