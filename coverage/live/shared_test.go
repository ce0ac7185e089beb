package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"tungnha/coverage/internal/fixture"
	"tungnha/data"
)

// errBroken is what a shared source answers while it is in trouble.
var errBroken = errors.New("connection reset by peer")

// shared is a source that several servers write to, far away: each call takes its time
// before and after it takes effect, and with trouble fails before or after, so that the
// outcome is unknown. It is kept in memory, with a journal of what each revision touched.
type shared struct {
	mu      sync.Mutex // around memory and journal together
	memory  *fixture.Memory
	journal []map[string]bool // of each revision after the first: households; nil: registers
	more    chan struct{}     // closed and made again when the source has more
	reads   int
	posts   int

	chance  sync.Mutex
	random  *rand.Rand
	delay   time.Duration // the longest, on either side of a call
	trouble float64       // the share of calls that fail, on either side
	deaf    float64       // the share of notifications that are lost
	silent  bool          // calls hang until their caller gives up
	stuck   bool          // reading everything hangs
	endLost bool          // posts take effect, and no confirmation arrives
}

func newShared(m *fixture.Memory, seed uint64) *shared {
	return &shared{memory: m, more: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 21))}
}

// set changes how the source behaves.
func (s *shared) set(change func(*shared)) {
	s.chance.Lock()
	defer s.chance.Unlock()
	change(s)
}

// pass is one side of a call.
func (s *shared) pass(ctx context.Context) error {
	s.chance.Lock()
	wait, fails, silent := time.Duration(s.random.Int64N(int64(s.delay)+1)), s.random.Float64() < s.trouble, s.silent
	s.chance.Unlock()
	if silent {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return ctx.Err()
	}
	if fails {
		return errBroken
	}
	return nil
}

// change writes to the memory. f returns the households that it touched; nil: registers.
func (s *shared) change(f func(m *fixture.Memory) map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.Lock()
	touched := f(s.memory)
	s.memory.Revised++
	s.memory.Unlock()
	s.written(touched)
}

func (s *shared) written(touched map[string]bool) {
	s.journal = append(s.journal, touched)
	close(s.more)
	s.more = make(chan struct{})
}

func (s *shared) Revision(ctx context.Context) (int64, error) {
	if err := s.pass(ctx); err != nil {
		return 0, err
	}
	revision, err := s.memory.Revision(ctx)
	return revision, errors.Join(err, s.pass(ctx))
}

func (s *shared) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	if err := s.pass(ctx); err != nil {
		return data.Posted{}, err
	}
	s.mu.Lock()
	s.posts++
	posted, err := s.memory.PostVisits(ctx, visits)
	if len(posted.Histories) > 0 {
		touched := make(map[string]bool)
		for id := range posted.Histories {
			touched[id] = true
		}
		s.written(touched)
	}
	s.mu.Unlock()
	s.chance.Lock()
	lost := s.endLost
	s.chance.Unlock()
	if lost {
		return data.Posted{}, errBroken
	}
	return posted, errors.Join(err, s.pass(ctx))
}

// Read takes its state first and streams it later.
func (s *shared) Read(ctx context.Context, sink data.RecordHandler) (int64, error) {
	if err := s.pass(ctx); err != nil {
		return 0, err
	}
	s.mu.Lock()
	s.reads++
	s.memory.Lock()
	copied := fixture.Memory{Revised: s.memory.Revised,
		Areas: append([]data.Area(nil), s.memory.Areas...), Teams: append([]data.Team(nil), s.memory.Teams...),
		Households: append([]data.Household(nil), s.memory.Households...),
		Visits:     append([]data.Visit(nil), s.memory.Visits...)}
	s.memory.Unlock()
	s.mu.Unlock()
	s.chance.Lock()
	stuck := s.stuck
	s.chance.Unlock()
	if stuck {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	for range 4 { // reading everything takes longer than anything else
		if err := s.pass(ctx); err != nil {
			return 0, err
		}
	}
	return copied.Read(ctx, sink)
}

// following is a shared source that reports what others wrote.
type following struct{ *shared }

func (s following) Since(ctx context.Context, revision int64) (posted data.Posted, whole bool, err error) {
	if err := s.pass(ctx); err != nil {
		return data.Posted{}, false, err
	}
	s.mu.Lock()
	s.memory.Lock()
	posted = data.Posted{Revision: s.memory.Revised, Histories: make(map[string][]data.Visit)}
	whole = true
	for r := max(revision, 1); r < s.memory.Revised; r++ {
		touched := s.journal[r-1]
		whole = whole && touched != nil
		for id := range touched {
			posted.Histories[id] = nil
		}
	}
	for _, v := range s.memory.Visits {
		if _, ok := posted.Histories[v.HouseholdID]; ok {
			posted.Histories[v.HouseholdID] = append(posted.Histories[v.HouseholdID], v)
		}
	}
	s.memory.Unlock()
	s.mu.Unlock()
	for id := range posted.Histories {
		fixture.SortVisits(posted.Histories[id])
	}
	return posted, whole, s.pass(ctx)
}

func (s following) Wait(ctx context.Context) error {
	for {
		s.mu.Lock()
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.chance.Lock()
		lost := s.random.Float64() < s.deaf
		s.chance.Unlock()
		if !lost {
			return s.pass(ctx)
		}
	}
}
