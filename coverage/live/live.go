// Package live keeps an index up to date with its store: it makes posted visits durable and joins them to the index
// before it acknowledges them, and follows what other processes write.
package live

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"tungnha/coverage"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
)

const (
	// pollEvery is how often Run looks for writes of other processes, and maxPause the
	// longest it waits before it tries a source again that could not be read.
	pollEvery = time.Second
	maxPause  = 5 * time.Second
	// debounce is how long Run waits for more changes before it reads them together: every post of ours is one, too.
	debounce = 10 * time.Millisecond
	// A source that does not answer for so long is given up and tried again: what its revision
	// is, what others wrote, the next record.
	revisionTimeout = 5 * time.Second
	sinceTimeout    = time.Minute
)

// Source is the store that an index follows.
type Source interface {
	columns.Source
	// Revision returns the revision of the store now. Every committed write that changed
	// something raises it by one, in the order of the commits.
	Revision(ctx context.Context) (int64, error)
	// PostVisits makes a batch durable before it returns. Its histories are as of its revision.
	PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error)
}

// changeFeed is a Source that can return what others wrote to it, so that the index need not be
// read anew for every visit that came in by another server.
type changeFeed interface {
	// Since returns all visits of each household that got or lost a visit, or has a changed
	// one, after the revision, as of the revision it returns. It is not whole where
	// registers changed too, or where reading everything costs less.
	Since(ctx context.Context, revision int64) (posted data.Posted, whole bool, err error)
	// Wait returns when the store may have more than before.
	Wait(ctx context.Context) error
}

// postQueue is a Source that queues posts while another transaction is under way.
type postQueue interface {
	// WriteQueued writes what is queued, unless another transaction is still under way.
	WriteQueued(ctx context.Context) (data.Posted, error)
}

// Live keeps an index up to date with its source.
type Live struct {
	source Source
	config *rules.Config
	caches []coverage.CacheBytes
	clock  func() time.Time
	now    atomic.Pointer[coverage.Index]
	fresh  atomic.Pointer[Freshness]
	woken  chan struct{}
	room   *semaphore.Weighted // for maxQueued visits

	mu         sync.Mutex
	queue      []*post
	committing bool
	refusing   time.Time // until when posts are refused
	refused    error     // with this
	writable   writability

	writing *semaphore.Weighted // acquired from before a transaction of ours until it is in the index

	// Whoever puts a new index in place locks swap, so that none is lost.
	swap      sync.Mutex
	state     coverage.State
	altered   *data.AlteredError // of the last time that everything was read
	rereading bool
	queueing  bool          // posts are queued, as far as is known
	posted    []data.Posted // while rereading: what may have to be joined to the new index again
}

// Freshness is how far an index is up to date with its source.
type Freshness struct {
	AsOf time.Time // the last moment at which it is known to have had all that the source had
	Err  error     // why the source could not be read last; nil: it could
	// Altered means that the records are not those that the program wrote last: another program edited them beside
	// this one. They are served, and the next start refuses them until somebody accepts them.
	Altered *data.AlteredError
}

// Open reads the source and returns an index that follows it. clock gives today. Records that are not those that the
// program wrote last are refused with a *data.AlteredError.
func Open(ctx context.Context, source Source, config *rules.Config, clock func() time.Time,
	caches ...coverage.CacheBytes) (*Live, error) {
	asked := clock()
	ix, err := coverage.BuildAt(ctx, source, config, clock, caches...)
	if err != nil {
		return nil, err
	}
	l := &Live{source: source, config: config, clock: clock, caches: caches, woken: make(chan struct{}, 1),
		room: semaphore.NewWeighted(maxQueued), writing: semaphore.NewWeighted(1), state: coverage.NewState(ix)}
	l.now.Store(ix)
	l.fresh.Store(&Freshness{AsOf: asked})
	l.probe(ctx, nil)
	return l, nil
}

// Index returns the index of now. It never blocks.
func (l *Live) Index() *coverage.Index { return l.now.Load() }

// Freshness returns how far the index is up to date with its source. It never blocks.
func (l *Live) Freshness() Freshness { return *l.fresh.Load() }

// Run follows the source until ctx ends: what other processes write is joined to the index
// or, where the source has no change feed or registers changed, read anew, while the old index
// answers. It looks every second, and at once where the source reports that there is more.
// A source that cannot be read is tried again and again; Run itself only ever returns ctx's
// error.
func (l *Live) Run(ctx context.Context) error {
	var listener sync.WaitGroup
	defer listener.Wait()
	if f, ok := l.source.(changeFeed); ok {
		listener.Go(func() { l.listen(ctx, f) })
	}
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause(failures)):
		case <-l.woken:
			time.Sleep(debounce)
		}
		l.swap.Lock()
		l.release()
		l.swap.Unlock()
		err := l.follow(ctx)
		if err == nil {
			err = l.writeQueued(ctx)
		}
		l.probe(ctx, err)
		switch {
		case ctx.Err() != nil:
		case err == nil && failures > 0:
			failures = 0
			slog.InfoContext(ctx, "the index follows its source again")
		case err != nil:
			if failures == 0 && !errors.Is(err, data.ErrUnsound) { // of which the probe has warned
				slog.ErrorContext(ctx, "the index stays behind its source until it can be read again", "error", err)
			}
			failures++
		}
	}
}

// listen wakes Run when the source has more. A connection that is lost is made again; what
// was written meanwhile is found by looking.
func (l *Live) listen(ctx context.Context, f changeFeed) {
	for failures := 0; ctx.Err() == nil; {
		err := f.Wait(ctx)
		if err == nil {
			failures = 0
			l.wake()
			continue
		}
		failures++
		slog.DebugContext(ctx, "the source cannot tell that it has more", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause(failures)):
		}
	}
}

// pause is how long to wait before the source is tried again. Servers that lost the same
// source at once do not come back to it at once.
func pause(failures int) time.Duration {
	if failures == 0 {
		return pollEvery
	}
	longest := min(pollEvery<<min(failures, 8), maxPause)
	return longest/2 + rand.N(longest/2)
}

// wake has Run look at once.
func (l *Live) wake() {
	select {
	case l.woken <- struct{}{}:
	default: // it will
	}
}

// follow brings the index to what the source has, and notes how that went.
func (l *Live) follow(ctx context.Context) error {
	asked := l.clock()
	err := l.catchUp(ctx)
	f := &Freshness{AsOf: asked, Err: err}
	if err != nil {
		f.AsOf = l.Freshness().AsOf
	}
	l.swap.Lock()
	f.Altered = l.altered
	l.swap.Unlock()
	if ctx.Err() == nil {
		l.fresh.Store(f)
	}
	return err
}

func (l *Live) catchUp(ctx context.Context) error {
	revision, err := l.revision(ctx)
	if err != nil || revision == l.Index().Revision() {
		return err
	}
	if f, ok := l.source.(changeFeed); ok {
		if whole, err := l.joinOthers(ctx, f); whole || err != nil {
			return err
		}
		return l.reread(ctx)
	}
	// A transaction of ours may be durable already and on its way into the index: then the
	// index is behind for a moment only.
	if err := l.writing.Acquire(ctx, 1); err != nil {
		return err
	}
	revision, err = l.revision(ctx)
	l.writing.Release(1)
	if err != nil || revision == l.Index().Revision() {
		return err
	}
	return l.reread(ctx)
}

func (l *Live) revision(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, revisionTimeout)
	defer cancel()
	return l.source.Revision(ctx)
}

// joinOthers joins what others wrote to the index. It reports false where the source has to
// be read anew: registers changed, or it has less than before.
func (l *Live) joinOthers(ctx context.Context, f changeFeed) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, sinceTimeout)
	defer cancel()
	after := l.Index().Revision()
	posted, whole, err := f.Since(ctx, after)
	if err != nil || !whole || posted.Revision < after {
		return false, err
	}
	l.swap.Lock()
	defer l.swap.Unlock()
	l.release()
	l.state, whole = l.state.Join(posted, after)
	l.publish()
	return whole, nil
}

// reread builds the index anew from all that the source has.
func (l *Live) reread(ctx context.Context) error {
	l.swap.Lock()
	l.rereading, l.posted = true, nil
	l.swap.Unlock()
	ix, err := coverage.BuildAt(ctx, l.source, l.config, l.clock, l.caches...)
	l.swap.Lock()
	defer l.swap.Unlock()
	posted := l.posted
	l.rereading, l.posted = false, nil
	var altered *data.AlteredError
	if err != nil && !errors.As(err, &altered) {
		return err
	}
	if altered != nil {
		slog.WarnContext(ctx, "another program has changed the records beside this one; they are served as they are now",
			"error", altered)
	}
	l.altered = altered
	l.state = l.state.Replaced(ix)
	for _, p := range posted {
		l.state, _ = l.state.Join(p, p.Revision-1)
	}
	l.publish()
	l.wake() // for what was written since
	return nil
}

// release shows the public the present state from the next release day on. swap is locked.
func (l *Live) release() {
	var due bool
	if l.state, due = l.state.Release(); due {
		l.publish()
		slog.Info("figures are released", "day", l.state.Index().For(coverage.Viewer{}).Release().Day.String())
	}
}

// publish makes the index of the state the one that is answered from.
func (l *Live) publish() { l.now.Store(l.state.Index()) }
