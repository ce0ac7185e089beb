package coverage

import (
	"container/list"
	"context"
	"sync"
	"unsafe"
)

// maxCacheBytes bounds the results that one state of the index keeps. What is larger than
// half of it is computed anew each time.
const maxCacheBytes = 512 << 20

// cache keeps results while they are asked for. It belongs to one state of the index and is
// forgotten with it. Who asks for what is being computed waits for that computation.
type cache struct {
	mu     sync.Mutex
	flight map[resultKey]*flight
	kept   map[resultKey]*list.Element // of *keptResult
	recent *list.List                  // most recently asked for first
	bytes  int
}

type keptResult struct {
	key    resultKey
	result *Result
	bytes  int
}

// flight is one computation and how many wait for it.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	result  *Result
	err     error
}

func newCache() *cache {
	return &cache{flight: make(map[resultKey]*flight), kept: make(map[resultKey]*list.Element), recent: list.New()}
}

// resultKey names a canonical query as a viewer sees it.
type resultKey struct {
	query  Query
	viewer string // its key
}

// get returns the kept result of the key, or that of compute. The computation goes on
// while anybody waits for it, and ends when the last of them has gone.
func (c *cache) get(ctx context.Context, key resultKey,
	compute func(context.Context) (*Result, error)) (*Result, error) {
	c.mu.Lock()
	if kept, ok := c.kept[key]; ok {
		c.recent.MoveToFront(kept)
		c.mu.Unlock()
		return kept.Value.(*keptResult).result, nil
	}
	f, ok := c.flight[key]
	if !ok {
		f = &flight{done: make(chan struct{})}
		var computing context.Context
		computing, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		c.flight[key] = f
		go func() {
			f.result, f.err = compute(computing)
			c.land(key, f)
		}()
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		f.waiting--
		if f.waiting == 0 {
			f.cancel()
			// Who asks from now on must not wait for a computation that is being given up.
			if c.flight[key] == f {
				delete(c.flight, key)
			}
		}
		return nil, ctx.Err()
	}
}

// peek returns the kept result of the key, or nil.
func (c *cache) peek(key resultKey) *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept[key]; ok {
		c.recent.MoveToFront(kept)
		return kept.Value.(*keptResult).result
	}
	return nil
}

// land keeps what a flight brought and wakes those who wait for it.
func (c *cache) land(key resultKey, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.cancel()
	if c.flight[key] == f {
		delete(c.flight, key)
		if f.err == nil {
			c.keep(key, f.result)
		}
	}
	close(f.done)
}

func (c *cache) keep(key resultKey, r *Result) {
	size := r.Bytes()
	if size > maxCacheBytes/2 {
		return
	}
	c.kept[key] = c.recent.PushFront(&keptResult{key, r, size})
	for c.bytes += size; c.bytes > maxCacheBytes; {
		oldest := c.recent.Remove(c.recent.Back()).(*keptResult)
		delete(c.kept, oldest.key)
		c.bytes -= oldest.bytes
	}
}

// Bytes is about what the result takes in memory.
func (r *Result) Bytes() int {
	n := int(unsafe.Sizeof(*r)) + cap(r.Rows)*int(unsafe.Sizeof(Row{}))
	for i := range r.Rows {
		if r.Rows[i].HamletsFlagged != nil {
			n += int(unsafe.Sizeof(*r.Rows[i].HamletsFlagged))
		}
	}
	return n
}
