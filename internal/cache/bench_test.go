package cache

import (
	"container/list"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
)

// lru is the plain cache that Cache is compared with: a list under a mutex, least recently used out first.
type lru struct {
	mu     sync.Mutex
	kept   map[int]*list.Element
	recent *list.List
	max    int
}

type lruEntry struct{ key, value int }

func newLRU(max int) *lru { return &lru{kept: map[int]*list.Element{}, recent: list.New(), max: max} }

func (c *lru) get(key int, load func() int) int {
	c.mu.Lock()
	if e, ok := c.kept[key]; ok {
		c.recent.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*lruEntry).value
	}
	c.mu.Unlock()
	value := load()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[key] = c.recent.PushFront(&lruEntry{key, value})
	if c.recent.Len() > c.max {
		delete(c.kept, c.recent.Remove(c.recent.Back()).(*lruEntry).key)
	}
	return value
}

// BenchmarkHit reads values that are kept.
func BenchmarkHit(b *testing.B) {
	const keys = 1024
	b.Run("lru", func(b *testing.B) {
		c := newLRU(keys)
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				c.get(i%keys, func() int { return i })
			}
		})
	})
	b.Run("cache", func(b *testing.B) {
		c := newInts(keys)
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				c.Get(b.Context(), i%keys, func(context.Context) (int, error) { return i, nil })
			}
		})
	})
}

// BenchmarkMiss loads a value each time; the load itself costs nothing.
func BenchmarkMiss(b *testing.B) {
	b.Run("lru", func(b *testing.B) {
		c := newLRU(1024)
		for i := range b.N {
			c.get(i, func() int { return i })
		}
	})
	b.Run("cache", func(b *testing.B) {
		c := newInts(1024)
		for i := range b.N {
			c.Get(b.Context(), i, func(context.Context) (int, error) { return i, nil })
		}
	})
}

// BenchmarkSkewed reads keys of which few are requested often (Zipf) and reports the share that was not kept.
func BenchmarkSkewed(b *testing.B) {
	const kept = 256
	keys := func() func() int {
		z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.01, 1, 1<<16)
		return func() int { return int(z.Uint64()) }
	}
	b.Run("lru", func(b *testing.B) {
		c, next, missed := newLRU(kept), keys(), 0
		for range b.N {
			c.get(next(), func() int { missed++; return 0 })
		}
		b.ReportMetric(100*float64(missed)/float64(b.N), "%missed")
	})
	b.Run("cache", func(b *testing.B) {
		c, next, missed := newInts(kept), keys(), 0
		for range b.N {
			c.Get(b.Context(), next(), func(context.Context) (int, error) { missed++; return 0, nil })
		}
		b.ReportMetric(100*float64(missed)/float64(b.N), "%missed")
	})
}

// BenchmarkNew makes an empty cache and puts one value in: what each state of an index costs that has one.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		newInts(1<<20).Put(1, 1)
	}
}
