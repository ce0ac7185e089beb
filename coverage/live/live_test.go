package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/internal/fixture"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/await"
)

func clock() time.Time { return fixture.At(fixture.End, 0) }

func open(t testing.TB, source Source) *Live {
	t.Helper()
	l, err := Open(context.Background(), source, rules.DefaultConfig(), clock)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return l
}

func rows(t testing.TB, ix *coverage.Index, v coverage.Viewer, q coverage.Query) *coverage.Result {
	t.Helper()
	r, err := ix.For(v).Query(context.Background(), q)
	if err != nil {
		t.Errorf("%+v: %v", q, err)
		return &coverage.Result{}
	}
	return r
}

// Visits posted one batch after the other leave an index equal to one built afresh, its
// version too, and every later answer equals the reference.
func TestPostEqualsRebuild(t *testing.T) {
	for seed := range uint64(20) {
		m := fixture.Random(seed)
		if len(m.Households) == 0 {
			continue
		}
		l := open(t, m)
		rng := rand.New(rand.NewPCG(seed, 5))
		for batch := range 5 {
			var visits []data.Visit
			for v := range 1 + rng.IntN(8) {
				h := m.Households[rng.IntN(len(m.Households))]
				on := fixture.Begin + data.Date(rng.IntN(100)) // late reports come in between older ones
				visits = append(visits, fixture.Visit(rng, h.ID, fmt.Sprintf("P%d-%d", batch, v), on, m.Teams))
			}
			effects, err := l.Post(context.Background(), visits)
			if err != nil || len(effects) != len(visits) {
				t.Fatalf("Post: %d effects, error %v", len(effects), err)
			}
			before := l.Index().Version()
			if effects, err = l.Post(context.Background(), visits); err != nil || effects[0].Change != data.Unchanged {
				t.Fatalf("posting again: got %v, error %v, want unchanged", effects, err)
			}
			if got := l.Index().Version(); got != before {
				t.Errorf("posting again changed the version from %s to %s", before, got)
			}
		}
		fresh, err := coverage.BuildAt(t.Context(), m, rules.DefaultConfig(), clock)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := l.Index().Version(), fresh.Version(); got != want {
			t.Errorf("seed %d: version %s after posts, %s when built afresh", seed, got, want)
		}
		gotFirst, gotLast := l.Index().For(coverage.Operator).Span()
		if first, last := fresh.For(coverage.Operator).Span(); first != gotFirst || last != gotLast {
			t.Errorf("seed %d: span %s to %s after posts, %s to %s when built afresh", seed, gotFirst, gotLast, first,
				last)
		}
		for _, by := range []coverage.By{coverage.ByTeam, coverage.ByWeek} {
			q := coverage.Query{By: by, To: fixture.End}
			got, want := rows(t, l.Index(), coverage.Operator, q), rows(t, fresh, coverage.Operator, q)
			if !reflect.DeepEqual(got.Rows, want.Rows) || got.Total.Count != want.Total.Count {
				t.Errorf("seed %d, by %s: %+v after posts, %+v when built afresh", seed, by, got, want)
			}
		}
	}
}

// A write by another process is read without a restart, and nothing posted meanwhile is
// lost.
func TestRunFollowsTheSource(t *testing.T) {
	m := fixture.Random(5)
	l := open(t, m)
	before := l.Index().Version()
	m.Lock()
	m.Households = append(m.Households, data.Household{ID: "NEW"})
	m.Revised++
	m.Unlock()
	// Our own post meets the gap: the household is not yet in the index.
	v := fixture.Visit(rand.New(rand.NewPCG(1, 1)), "NEW", "VNEW", fixture.End, m.Teams)
	if _, err := l.Post(context.Background(), []data.Visit{v}); err != nil {
		t.Fatalf("Post: %v", err)
	}
	if err := l.follow(context.Background()); err != nil {
		t.Fatalf("follow: %v", err)
	}
	if l.Index().Version() == before {
		t.Error("the index did not follow")
	}
	if got, want := l.Index().Version(), version(t, m); got != want {
		t.Errorf("version %s after following, %s when built afresh", got, want)
	}
	now := l.Index()
	if err := l.follow(context.Background()); err != nil || l.Index() != now {
		t.Errorf("with nothing new, follow made another index (error %v)", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: got %v, want context canceled", err)
	}
}

// slow is a source whose transactions last, as those of a disk do.
type slow struct {
	*fixture.Memory
	wait chan struct{}
}

func (s *slow) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	<-s.wait
	return s.Memory.PostVisits(ctx, visits)
}

// Batches that wait at the same time share one transaction.
func TestPostsShareTransactions(t *testing.T) {
	m := fixture.Random(5)
	s := &slow{m, make(chan struct{})}
	l := open(t, s)
	var group sync.WaitGroup
	post := func(i int) {
		rng := rand.New(rand.NewPCG(uint64(i), 6))
		v := fixture.Visit(rng, m.Households[i%len(m.Households)].ID, fmt.Sprintf("P%d", i), fixture.End, m.Teams)
		if effects, err := l.Post(context.Background(), []data.Visit{v}); err != nil ||
			effects[0].Change != data.Created {
			t.Errorf("Post %d: %v, error %v", i, effects, err)
		}
	}
	waitFor := func(queued int, committing bool) {
		await.Until(t, func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return len(l.queue) == queued && l.committing == committing
		}, "never saw %d posts queued", queued)
	}
	group.Go(func() { post(0) })
	waitFor(0, true) // the first is at the disk …
	for i := 1; i < 100; i++ {
		group.Go(func() { post(i) })
	}
	waitFor(99, true) // … and the others queue behind it
	close(s.wait)
	group.Wait()
	if m.Posts > 2 {
		t.Errorf("100 posts took %d transactions, want 2", m.Posts)
	}
}

// Who gives up waiting gets the reason, and later posts are not delayed.
func TestPostCancelled(t *testing.T) {
	m := fixture.Random(5)
	s := &slow{m, make(chan struct{})}
	l := open(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	v := fixture.Visit(rand.New(rand.NewPCG(1, 7)), m.Households[0].ID, "P", fixture.End, m.Teams)
	if _, err := l.Post(ctx, []data.Visit{v}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want deadline exceeded", err)
	}
	close(s.wait)
	effects, err := l.Post(context.Background(), []data.Visit{v})
	if err != nil || effects[0].Change != data.Unchanged {
		t.Errorf("the same again: got %v, error %v, want unchanged", effects, err)
	}
}

// Posts, queries and reloads at the same time, for the race detector; each answer is one
// of a whole state.
func TestLiveConcurrently(t *testing.T) {
	m := fixture.Dense(5)
	l := open(t, m)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 8))
			for n := range 15 {
				h := m.Households[rng.IntN(len(m.Households))]
				v := fixture.Visit(rng, h.ID, fmt.Sprintf("P%d-%d", i, n), fixture.End, m.Teams)
				if _, err := l.Post(context.Background(), []data.Visit{v}); err != nil {
					t.Errorf("Post: %v", err)
				}
			}
		})
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 9))
			for range 30 {
				ix := l.Index()
				viewer, q := coverage.Operator, coverage.Query{By: coverage.ByTeam,
					To: fixture.Begin + data.Date(rng.IntN(100))}
				if rng.IntN(2) == 0 {
					viewer, q = coverage.Viewer{}, coverage.Query{By: coverage.ByMonth}
				}
				if r := rows(t, ix, viewer, q); r.Version != ix.For(viewer).Version() {
					t.Errorf("version %s of an index of %s", r.Version, ix.For(viewer).Version())
				}
			}
		})
	}
	group.Go(func() {
		for range 5 {
			m.Lock()
			m.Revised++
			m.Unlock()
			if err := l.follow(context.Background()); err != nil {
				t.Errorf("follow: %v", err)
			}
		}
	})
	group.Wait()
	for range 3 { // until nothing is in flight
		if err := l.follow(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := l.Index().Version(), version(t, m); got != want {
		t.Errorf("version %s in the end, %s when built afresh", got, want)
	}
}
