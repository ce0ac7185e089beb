package coverage

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"tungnha/data"
)

const (
	// pollEvery is how often Run looks for writes of other processes.
	pollEvery = time.Second
	// maxBatch is how many visits share one transaction, and maxQueued how many may wait.
	maxBatch  = 10_000
	maxQueued = 100_000
)

// Live keeps an index up to date with its source.
type Live struct {
	source Source
	config *Config
	clock  func() time.Time
	now    atomic.Pointer[Index]
	room   *semaphore.Weighted // for maxQueued visits

	mu         sync.Mutex
	queue      []*post
	committing bool

	// Whoever puts a new index in place holds swap, so that none is lost.
	swap      sync.Mutex
	gap       bool // the source holds what the index was not told, whatever its revision
	reloading bool
	posted    []data.Posted // while reloading: what the new index may have to be told again
}

// post is one caller's batch, waiting for its transaction.
type post struct {
	visits  []data.Visit
	weight  int64 // of the room for queued visits
	done    chan struct{}
	effects []data.Effect
	err     error
}

// Open reads the source and returns an index that follows it. clock gives today.
func Open(ctx context.Context, source Source, config *Config, clock func() time.Time) (*Live, error) {
	ix, err := build(ctx, source, config, clock)
	if err != nil {
		return nil, err
	}
	l := &Live{source: source, config: config, clock: clock, room: semaphore.NewWeighted(maxQueued)}
	l.now.Store(ix)
	return l, nil
}

// Index returns the index of now. It never blocks.
func (l *Live) Index() *Index { return l.now.Load() }

// Run follows the source until ctx ends: writes of other processes are read when the
// revision moves. Until the new index is whole the old one answers. A source that cannot
// be read is logged and tried again; Run itself only ever returns ctx's error.
func (l *Live) Run(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if err := l.follow(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the index stays behind its source", "error", err)
		}
	}
}

// follow reads the source anew if it holds what the index does not.
func (l *Live) follow(ctx context.Context) error {
	revision, err := l.source.Revision(ctx)
	if err != nil {
		return err
	}
	l.swap.Lock()
	// A transaction of ours may be durable already and on its way into the index: then the
	// index is behind for a moment only.
	behind := l.gap || revision != l.Index().revision && !l.busy()
	if behind {
		l.reloading, l.posted = true, nil
	}
	l.swap.Unlock()
	if !behind {
		return nil
	}
	fresh, err := build(ctx, l.source, l.config, l.clock)
	l.swap.Lock()
	defer l.swap.Unlock()
	posted := l.posted
	l.reloading, l.posted = false, nil
	if err != nil {
		return err
	}
	l.gap = false
	for _, p := range posted {
		fresh = l.join(fresh, p)
	}
	l.publish(fresh)
	return nil
}

// join joins a batch to the index and notes whether something is missing between the two.
func (l *Live) join(ix *Index, p data.Posted) *Index {
	joined := ix.join(p)
	l.gap = l.gap || joined.revision < p.Revision
	return joined
}

// publish puts an index in place. Where it holds the very data of the one before, as after
// a write that changed nothing, the results computed so far stay.
func (l *Live) publish(ix *Index) {
	if old := l.Index(); old.version == ix.version {
		ix.results = old.results
	}
	l.now.Store(ix)
}

// busy reports whether posts are being committed.
func (l *Live) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.committing
}

// Post makes visits durable in the source, then joins them to the index: the next call of
// Index sees them. It returns an effect for each visit, in order. Batches that wait at the
// same time share one transaction. When ctx ends first the visits may be kept all the
// same: sending them again is safe.
func (l *Live) Post(ctx context.Context, visits []data.Visit) ([]data.Effect, error) {
	if len(visits) == 0 {
		return nil, ctx.Err()
	}
	weight := min(int64(len(visits)), maxQueued)
	if err := l.room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	p := &post{visits: visits, weight: weight, done: make(chan struct{})}
	l.mu.Lock()
	l.queue = append(l.queue, p)
	if !l.committing {
		l.committing = true
		go l.commit(context.WithoutCancel(ctx))
	}
	l.mu.Unlock()
	select {
	case <-p.done:
		return p.effects, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// commit writes what is queued, batch by batch, until nothing is.
func (l *Live) commit(ctx context.Context) {
	for {
		l.mu.Lock()
		batch := l.take()
		l.committing = len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		l.write(ctx, batch)
		for _, p := range batch {
			close(p.done)
			l.room.Release(p.weight)
		}
	}
}

// take removes from the queue the posts that share the next transaction.
func (l *Live) take() []*post {
	n, visits := 0, 0
	for n < len(l.queue) && (n == 0 || visits+len(l.queue[n].visits) <= maxBatch) {
		visits += len(l.queue[n].visits)
		n++
	}
	batch := l.queue[:n:n]
	l.queue = l.queue[n:]
	return batch
}

// write makes a batch durable, joins it to the index and tells each post its effects.
func (l *Live) write(ctx context.Context, batch []*post) {
	var visits []data.Visit
	for _, p := range batch {
		visits = append(visits, p.visits...)
	}
	posted, err := l.source.PostVisits(ctx, visits)
	if err != nil {
		for _, p := range batch {
			p.err = err
		}
		return
	}
	l.swap.Lock()
	if l.reloading {
		l.posted = append(l.posted, posted)
	}
	l.publish(l.join(l.Index(), posted))
	l.swap.Unlock()
	for _, p := range batch {
		p.effects, posted.Effects = posted.Effects[:len(p.visits):len(p.visits)], posted.Effects[len(p.visits):]
	}
}
