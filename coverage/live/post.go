package live

import (
	"context"
	"log/slog"
	"time"

	"tungnha/data"
)

const (
	// maxBatch is how many visits share one transaction, and maxQueued how many may wait.
	maxBatch  = 10_000
	maxQueued = 100_000
	// writeTimeout bounds a transaction, its waiting for an import included.
	writeTimeout = 10 * time.Second
	// writePause is how long posts are refused at once after a transaction failed: what
	// comes in while the source is away neither waits nor piles up.
	writePause = time.Second
)

// post is one caller's batch, waiting for its transaction.
type post struct {
	visits  []data.Visit
	weight  int64 // of the room for queued visits
	done    chan struct{}
	effects []data.PutResult
	err     error
}

// Post makes visits durable in the source, then joins them to the index: the next call of
// Index sees them, unless the source has queued them, because an import is under way: then Run joins them when that has
// ended. It returns an effect for each visit, in order. Batches that wait at the
// same time share one transaction. When the source does not take them now the error is
// ErrUnavailable, and data.ErrFull or data.ErrUnsound as well where it will not until somebody mends it;
// data.ErrReadOnly where it never will. Then, and when ctx ends first, the visits may be stored all the same: sending
// them again is safe.
func (l *Live) Post(ctx context.Context, visits []data.Visit) ([]data.PutResult, error) {
	if len(visits) == 0 {
		return nil, ctx.Err()
	}
	weight := min(int64(len(visits)), maxQueued)
	if err := l.room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	p := &post{visits: visits, weight: weight, done: make(chan struct{})}
	if err := l.enqueue(ctx, p); err != nil {
		l.room.Release(weight)
		return nil, err
	}
	select {
	case <-p.done:
		return p.effects, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enqueue has the post written, unless a transaction failed a moment ago.
func (l *Live) enqueue(ctx context.Context, p *post) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Before(l.refusing) {
		return l.refused
	}
	l.queue = append(l.queue, p)
	if !l.committing {
		l.committing = true
		go l.commit(context.WithoutCancel(ctx))
	}
	return nil
}

// commit writes what is queued, batch by batch, until nothing is: a group commit (DeWitt et al., Implementation
// techniques for main memory database systems, 1984). When a transaction fails,
// all who wait behind it get its error: each would have to wait as long for the same.
func (l *Live) commit(ctx context.Context) {
	for {
		l.mu.Lock()
		batch := l.dequeue()
		l.committing = len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		err := l.write(ctx, batch)
		l.noteWrite(ctx, err)
		if err != nil {
			batch = l.fail(ctx, batch, err)
		}
		for _, p := range batch {
			close(p.done)
			l.room.Release(p.weight)
		}
	}
}

// fail reports to a batch, and all who wait behind it, that nothing of theirs was written as far
// as is known. It returns them all.
func (l *Live) fail(ctx context.Context, batch []*post, err error) []*post {
	told := refusal(err)
	l.mu.Lock()
	if told != data.ErrReadOnly { // which is known at once
		l.refusing, l.refused = time.Now().Add(writePause), told
	}
	batch, l.queue = append(batch, l.queue...), nil
	l.mu.Unlock()
	slog.ErrorContext(ctx, "visits were not written, and their senders are told so", "error", err)
	for _, p := range batch {
		p.effects, p.err = nil, told
	}
	return batch
}

// dequeue removes from the queue the posts that share the next transaction.
func (l *Live) dequeue() []*post {
	n, visits := 0, 0
	for n < len(l.queue) && (n == 0 || visits+len(l.queue[n].visits) <= maxBatch) {
		visits += len(l.queue[n].visits)
		n++
	}
	batch := l.queue[:n:n]
	l.queue = l.queue[n:]
	return batch
}

// write makes a batch durable, joins it to the index and reports its effects to each post.
func (l *Live) write(ctx context.Context, batch []*post) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	var visits []data.Visit
	for _, p := range batch {
		visits = append(visits, p.visits...)
	}
	if err := l.writing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer l.writing.Release(1)
	posted, err := l.source.PostVisits(ctx, visits)
	if err != nil {
		return err
	}
	l.noteQueue(ctx, &posted)
	l.joinOwn(posted)
	for _, p := range batch {
		p.effects, posted.Results = posted.Results[:len(p.visits):len(p.visits)], posted.Results[len(p.visits):]
	}
	return nil
}

// writeQueued has the source write what it queued while an import was under way, and joins it to the index.
func (l *Live) writeQueued(ctx context.Context) error {
	q, ok := l.source.(postQueue)
	if !ok {
		return nil
	}
	if err := l.writing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer l.writing.Release(1)
	// Not to be interrupted: what was written has to get into the index.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	posted, err := q.WriteQueued(ctx)
	if err == nil {
		l.noteQueue(ctx, &posted)
		l.joinOwn(posted)
	}
	return err
}

// noteQueue logs when posts begin to be queued, and what became of them.
func (l *Live) noteQueue(ctx context.Context, posted *data.Posted) {
	l.swap.Lock()
	began := posted.Queued > 0 && !l.queueing
	l.queueing = l.queueing && posted.Dequeued == 0 || posted.Queued > 0
	l.swap.Unlock()
	if began {
		slog.InfoContext(ctx, "posted visits are queued until the import under way has ended")
	}
	if posted.Dequeued > 0 {
		slog.InfoContext(ctx, "queued visits are written", "visits", posted.Dequeued)
	}
	if len(posted.Refused) > 0 {
		slog.WarnContext(ctx, "queued visits could not be written any more, and are kept among the refused",
			"visits", len(posted.Refused), "first", posted.Refused[0])
	}
}

// joinOwn joins what this process wrote to the index, before it is acknowledged.
func (l *Live) joinOwn(posted data.Posted) {
	l.swap.Lock()
	defer l.swap.Unlock()
	if len(posted.Histories) == 0 {
		if posted.Revision > l.state.Index().Revision() {
			l.wake()
		}
		return // nothing was created: the revision is that of another's write
	}
	if l.rereading {
		l.posted = append(l.posted, posted)
	}
	l.release()
	var complete bool
	if l.state, complete = l.state.Join(posted, posted.Revision-1); !complete {
		l.wake() // others have written in between
	}
	l.publish()
}
