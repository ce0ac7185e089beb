package live

import (
	"context"
	"log/slog"
	"time"
)

const (
	// probeEvery is how often a source is asked whether it takes writes where no post has shown it, and probeAgain how
	// often one that does not.
	probeEvery = 10 * time.Second
	probeAgain = 2 * time.Second
)

// writeProber is a Source that can tell whether it takes writes without being given any.
type writeProber interface {
	// Writable returns nil where the store takes writes now, as far as can be told without one. Its errors are those
	// of PostVisits.
	Writable(ctx context.Context) error
}

// writability is what is known of whether the source takes writes.
type writability struct {
	err    error     // what a post would be told; nil: that it was written
	known  time.Time // since when
	writes int       // how many there were
}

// Writable returns nil where the source took the last write, or has been found since to take writes. Else it returns
// the error that Post would. It never blocks.
func (l *Live) Writable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writable.err
}

// noteWrite notes how a write went.
func (l *Live) noteWrite(ctx context.Context, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writable.writes++
	l.noteWritable(ctx, err)
}

// noteWritable notes whether the source takes writes. l.mu is locked.
func (l *Live) noteWritable(ctx context.Context, err error) {
	before := l.writable.err
	l.writable.err, l.writable.known = nil, time.Now()
	if err != nil {
		l.writable.err = refusal(err)
	}
	switch {
	case l.writable.err == before:
	case err != nil:
		slog.WarnContext(ctx, "the database cannot be written: visits are refused until it can", "error", err)
	default:
		slog.InfoContext(ctx, "the database can be written again")
	}
}

// probe finds out whether the source takes writes, unless that became known a moment ago. What cannot even be read, by
// the error unread, does not.
func (l *Live) probe(ctx context.Context, unread error) {
	l.mu.Lock()
	wait, writes := probeEvery, l.writable.writes
	if l.writable.err != nil {
		wait = probeAgain
	}
	due := unread != nil || time.Since(l.writable.known) >= wait
	l.mu.Unlock()
	if !due {
		return
	}
	err := unread
	if p, ok := l.source.(writeProber); ok && err == nil {
		limited, cancel := context.WithTimeout(ctx, revisionTimeout)
		err = p.Writable(limited)
		cancel()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil && l.writable.writes == writes { // a write that ended meanwhile shows more
		l.noteWritable(ctx, err)
	}
}
