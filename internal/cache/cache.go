// Package cache keeps values that take long to make, bounded by the bytes that they take in memory.
//
// Which values stay is decided by W-TinyLFU (Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache
// Admission Policy", ACM Transactions on Storage 13(4), 2017) as github.com/maypok86/otter implements it. Loads of
// one key at the same time are joined into one (single flight, as in golang.org/x/sync/singleflight).
package cache

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// Options configures a Cache.
type Options[K comparable, V any] struct {
	// MaxBytes bounds the sum of the weights. A value that weighs more is returned to those who wait for it and not
	// kept. The bound is exceeded for a moment while values are evicted in the background.
	MaxBytes uint64

	// Weight returns about how many bytes a key and its value take. It is called when the value is put into the
	// cache and by Reweigh.
	Weight func(K, V) uint64

	// MaxIdle is after what time without a read a value is dropped; 0: it stays until it is evicted. The clock of an
	// idle cache ticks in a goroutine, which ends when the cache is garbage.
	MaxIdle time.Duration
}

// Cache is a bounded map of values by key. Any number of goroutines may share it.
type Cache[K comparable, V any] struct {
	kept   *otter.Cache[K, entry[V]]
	weight func(K, V) uint64

	mu      sync.Mutex
	flights map[K]*flight[V]
}

// entry is a value with its weight, so that the weight is computed outside of the locks.
type entry[V any] struct {
	value V
	bytes uint32
}

// flight is one computation that its callers wait for.
type flight[V any] struct {
	done    chan struct{} // closed when the fields below are final
	value   V
	err     error
	panic   *PanicError
	cancel  context.CancelFunc
	waiting int // callers; guarded by Cache.mu
}

// PanicError is what Get panics with in every caller of a load that panicked.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine that loaded
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic in a load: %v\n\n%s", e.Value, e.Stack)
}

// errExited is the error of a load that ended its goroutine.
var errExited = errors.New("the load ended its goroutine (runtime.Goexit)")

// New returns an empty cache.
func New[K comparable, V any](o Options[K, V]) *Cache[K, V] {
	options := &otter.Options[K, entry[V]]{
		MaximumWeight: o.MaxBytes,
		Weigher:       func(_ K, e entry[V]) uint32 { return e.bytes },
	}
	if o.MaxIdle > 0 {
		options.ExpiryCalculator = otter.ExpiryAccessing[K, entry[V]](o.MaxIdle)
	}
	return &Cache[K, V]{kept: otter.Must(options), weight: o.Weight, flights: make(map[K]*flight[V])}
}

func (c *Cache[K, V]) entryOf(key K, value V) entry[V] {
	return entry[V]{value, uint32(min(c.weight(key, value), math.MaxUint32))}
}

// Close ends the goroutine that MaxIdle needs. The cache goes on, without dropping idle values.
func (c *Cache[K, V]) Close() { c.kept.StopAllGoroutines() }

// Peek returns the value of the key if it is kept. It counts as a use of the value.
func (c *Cache[K, V]) Peek(key K) (value V, ok bool) {
	e, ok := c.kept.GetIfPresent(key)
	return e.value, ok
}

// Get returns the value of the key, or that of load, which it then keeps; errors are not kept. Callers that request a
// key while it is loaded wait for the one computation. A caller whose ctx ends leaves with ctx.Err() and does not
// disturb the others; the context that load receives (the first caller's, without its end) is cancelled when nobody
// waits any more.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	if e, ok := c.kept.GetIfPresent(key); ok {
		return e.value, nil
	}
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	c.mu.Lock()
	f, ok := c.flights[key]
	if !ok {
		// A load may have ended since the value was looked for.
		if e, ok := c.kept.GetIfPresent(key); ok {
			c.mu.Unlock()
			return e.value, nil
		}
		f = c.start(ctx, key, load)
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-f.done:
	case <-ctx.Done():
		c.leave(key, f)
		return none, ctx.Err()
	}
	if f.panic != nil {
		panic(f.panic)
	}
	return f.value, f.err
}

// start begins a load of the key. The caller has locked c.mu.
func (c *Cache[K, V]) start(ctx context.Context, key K, load func(context.Context) (V, error)) *flight[V] {
	f := &flight[V]{done: make(chan struct{})}
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.flights[key] = f
	go func() {
		defer c.finish(key, f)
		f.err = errExited
		defer func() {
			if r := recover(); r != nil {
				f.panic = &PanicError{r, debug.Stack()}
			}
		}()
		f.value, f.err = load(ctx)
	}()
	return f
}

// finish keeps the value of a load and wakes those who wait for it.
func (c *Cache[K, V]) finish(key K, f *flight[V]) {
	var e entry[V]
	if f.err == nil {
		e = c.entryOf(key, f.value)
	}
	c.mu.Lock()
	if c.flights[key] == f { // else all callers have left
		delete(c.flights, key)
		if f.err == nil {
			c.kept.Set(key, e)
		}
	}
	c.mu.Unlock()
	close(f.done)
	f.cancel()
}

// leave is for a caller that waits no longer. The last one cancels the load, and a request from then on starts another.
func (c *Cache[K, V]) leave(key K, f *flight[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 {
		f.cancel()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
	}
}

// Put keeps a value in place of an earlier one.
func (c *Cache[K, V]) Put(key K, value V) { c.kept.Set(key, c.entryOf(key, value)) }

// PeekOrPut returns the value of the key, or else keeps and returns the given one: all callers get the same value.
func (c *Cache[K, V]) PeekOrPut(key K, value V) V {
	if e, ok := c.kept.GetIfPresent(key); ok {
		return e.value
	}
	e, _ := c.kept.SetIfAbsent(key, c.entryOf(key, value))
	return e.value
}

// Reweigh weighs the value of the key anew, which has grown or shrunk since, if it is the one that same recognises: it
// may have been evicted or replaced meanwhile. Same is called under a lock and must not use the cache.
func (c *Cache[K, V]) Reweigh(key K, same func(V) bool) {
	c.kept.ComputeIfPresent(key, func(e entry[V]) (entry[V], otter.ComputeOp) {
		if !same(e.value) {
			return e, otter.CancelOp
		}
		return c.entryOf(key, e.value), otter.WriteOp
	})
}

// DeleteFunc drops the values whose key is unwanted. Loads in flight are not affected.
func (c *Cache[K, V]) DeleteFunc(unwanted func(K) bool) {
	for key := range c.kept.Keys() {
		if unwanted(key) {
			c.kept.Invalidate(key)
		}
	}
}

// Evict evicts what is beyond the bound at once: otherwise that is done in the background.
func (c *Cache[K, V]) Evict() { c.kept.CleanUp() }

// Bytes returns the sum of the weights of the values kept. Puts of the last moments may not be counted yet.
func (c *Cache[K, V]) Bytes() uint64 { return c.kept.WeightedSize() }
