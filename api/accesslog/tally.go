package accesslog

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

const (
	tallyPeriod = 10 * time.Second
	maxTallies  = 1 << 12 // some 300 bytes each
)

// tallyKey is whose requests share a line.
type tallyKey struct {
	client netip.Prefix
	viewer string
	route  string
}

// Tally counts a request that was answered with status 200 from a cache, into a line that all such requests of its
// client within ten seconds share. A line of its own would take longer to write than the answer, and a map requests
// such tiles by the hundred.
func (l *Log) Tally(r *http.Request, e *Entry) {
	if l.config.Requests != All {
		return
	}
	key := tallyKey{l.client(r), e.Viewer, e.Route}
	l.tallying.Lock()
	defer l.tallying.Unlock()
	if len(l.tallies) >= maxTallies {
		l.writeTallies()
	}
	sum := l.tallies[key]
	if sum == nil {
		sum = &Entry{Viewer: e.Viewer, Route: e.Route, Status: http.StatusOK}
		l.tallies[key] = sum
	}
	sum.count++
	sum.Bytes += e.Bytes
	sum.Took += e.Took
	if !l.planned {
		l.planned = true
		time.AfterFunc(tallyPeriod, l.Flush)
	}
}

// Flush writes the lines of Tally that are not written yet.
func (l *Log) Flush() {
	l.tallying.Lock()
	defer l.tallying.Unlock()
	l.planned = false
	l.writeTallies()
}

// writeTallies writes them and begins anew. l.tallying is locked.
func (l *Log) writeTallies() {
	ctx := context.Background()
	if l.config.Log.Enabled(ctx, slog.LevelInfo) {
		for key, sum := range l.tallies {
			l.write(ctx, l.config.Log, key.client, nil, sum, "requests from the cache", nil)
		}
	}
	clear(l.tallies)
}
