// Package limit bounds what requests may take of a machine: memory, by estimates that are taken from one total before
// the work begins, and processors, so that long computations leave room for short ones.
package limit

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrBusy means that the memory which the work needs did not become free in time. The same request may succeed later.
var ErrBusy = errors.New("too much is being computed at once")

// ErrTooLarge means that the work needs more memory than all such work together may take: it never succeeds.
var ErrTooLarge = errors.New("the answer needs more memory than this server may take")

// A Lane is a part of the total. Work waits for its own lane alone, in the order of arrival, so that small work never
// waits behind large work, and posts never wait for reads.
type Lane int

// The lanes.
const (
	Small     Lane = iota // queries of a few megabytes
	Large                 // queries of more
	Stream                // buffers of answers that are being sent
	Draw                  // tiles that are being drawn
	SmallBody             // bodies of requests, up to 64 KiB: what a phone posts
	Body                  // larger ones
	LargeBody             // those of more than a megabyte, which are also within Body
	numLanes
)

var laneNames = [numLanes]string{"small", "large", "stream", "draw", "small_body", "body", "large_body"}

// String returns the name of the lane, as metrics have it.
func (l Lane) String() string { return laneNames[l] }

// SmallBodyBytes is up to what size a body is a small one, LargeBodyBytes from what size on it is a large one.
const (
	SmallBodyBytes = 64 << 10
	LargeBodyBytes = 1 << 20
)

// DefaultWait is how long work waits for its lane.
const DefaultWait = 10 * time.Second

// Memory divides a total of bytes among caches and the requests under way. Any number of goroutines may share it.
type Memory struct {
	Total int64 // bytes; GOMEMLIMIT is a little less
	Wait  time.Duration

	lanes [numLanes]lane
	gate  *semaphore.Weighted // processors for long computations
	width int64               // of the gate

	bodies bodies

	requests atomic.Int64 // begun so far
	underWay atomic.Int64
}

type lane struct {
	bytes int64 // that work in the lane may take together
	free  *semaphore.Weighted
	taken atomic.Int64
	peak  atomic.Int64

	waiting, refused atomic.Int64
}

// shares are the parts of the total, in hundredths. The rest, 28, is for the data themselves, the second copy that
// reading them anew takes, and what the collector has not freed yet.
var shares = [numLanes]int64{Small: 8, Large: 24, Stream: 6, Draw: 4, SmallBody: 2, Body: 4, LargeBody: 2}

// CacheShare is the part of the total that all caches together may take, in hundredths.
const CacheShare = 24

// New returns the memory of a process that may take a total of bytes.
func New(total int64) *Memory {
	m := &Memory{Total: total, Wait: DefaultWait, width: max(1, int64(runtime.GOMAXPROCS(0)-1))}
	for i := range m.lanes {
		m.lanes[i].bytes = total / 100 * shares[i]
		m.lanes[i].free = semaphore.NewWeighted(m.lanes[i].bytes)
	}
	m.gate = semaphore.NewWeighted(m.width)
	return m
}

// Cache returns the bytes of one cache that may take so many hundredths of what all caches may, at most the given
// number of bytes. Without a Memory it is that number.
func (m *Memory) Cache(hundredths, most int64) uint64 {
	if m == nil {
		return uint64(most)
	}
	return uint64(min(most, m.Total/100*CacheShare/100*hundredths))
}

// Bytes returns how many bytes of a lane are taken now, the most that ever were, and how many there are.
func (m *Memory) Bytes(of Lane) (taken, peak, all int64) {
	l := &m.lanes[of]
	return l.taken.Load(), l.peak.Load(), l.bytes
}

// LaneState is how a lane is used.
type LaneState struct {
	Lane
	Bytes, Taken int64 // that work may take together, and that it has taken now
	Waiting      int64 // pieces of work that wait for bytes
	Refused      int64 // that got none, since the start
}

// States returns how each lane is used; of a nil Memory none.
func (m *Memory) States() []LaneState {
	if m == nil {
		return nil
	}
	states := make([]LaneState, numLanes)
	for i := range m.lanes {
		l := &m.lanes[i]
		states[i] = LaneState{Lane(i), l.bytes, l.taken.Load(), l.waiting.Load(), l.refused.Load()}
	}
	return states
}

// Lease is memory taken from a lane. A nil Lease is none.
type Lease struct {
	lane  *lane
	bytes int64
}

// LaneOf returns the lane of a query that takes so many bytes.
func (m *Memory) LaneOf(bytes int64) Lane {
	if bytes > m.lanes[Small].bytes/8 {
		return Large
	}
	return Small
}

// Take takes bytes from a lane, and waits for them in the order of arrival, at most for Wait: then the error is
// ErrBusy. Where the lane does not have so many at all it is ErrTooLarge. An error of ctx comes first.
func (m *Memory) Take(ctx context.Context, of Lane, bytes int64) (*Lease, error) {
	l := &m.lanes[of]
	if bytes > l.bytes {
		l.refused.Add(1)
		return nil, ErrTooLarge
	}
	if !l.free.TryAcquire(bytes) {
		waiting, cancel := context.WithTimeout(ctx, m.Wait)
		defer cancel()
		l.waiting.Add(1)
		defer l.waiting.Add(-1)
		if err := l.free.Acquire(waiting, bytes); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			l.refused.Add(1)
			return nil, ErrBusy
		}
	}
	taken := l.taken.Add(bytes)
	for {
		peak := l.peak.Load()
		if taken <= peak || l.peak.CompareAndSwap(peak, taken) {
			return &Lease{l, bytes}, nil
		}
	}
}

// Shrink returns what is beyond so many bytes.
func (l *Lease) Shrink(bytes int64) {
	if l == nil || bytes >= l.bytes {
		return
	}
	l.lane.taken.Add(bytes - l.bytes)
	l.lane.free.Release(l.bytes - bytes)
	l.bytes = bytes
}

// Release returns all of the lease. It may be called again, from the same goroutine.
func (l *Lease) Release() { l.Shrink(0) }
