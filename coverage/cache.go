package coverage

import (
	"context"
	"sync"
	"unsafe"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/internal/cache"
)

// Bounds of the caches in bytes. A value that is larger than its cache is computed each time.
const (
	maxResultBytes  = 512 << 20 // of the results of one state of the index
	maxScopeBytes   = 256 << 20 // of the scopes of viewers
	maxOverlapBytes = 32 << 20  // of the overlaps of pairs of trees
)

// resultKey names a canonical query as a viewer sees it.
type resultKey struct {
	query  Query
	viewer string // its key
}

// results caches the results of one state of the index and is garbage with it. The cache is made at the first query:
// of the states that posts make one after another, most are never queried.
type results struct {
	once  sync.Once
	cache *cache.Cache[resultKey, *Result]
}

func (r *results) made() *cache.Cache[resultKey, *Result] {
	r.once.Do(func() {
		r.cache = cache.New(cache.Options[resultKey, *Result]{
			MaxBytes: maxResultBytes,
			Weight: func(k resultKey, r *Result) uint64 {
				return uint64(int(unsafe.Sizeof(k)) + len(k.viewer) + r.Bytes())
			},
		})
	})
	return r.cache
}

// get returns the cached result of the key, or that of compute, which all who request it meanwhile wait for.
func (r *results) get(ctx context.Context, key resultKey, compute func(context.Context) (*Result, error)) (*Result,
	error) {
	return r.made().Get(ctx, key, compute)
}

// peek returns the cached result of the key, or nil.
func (r *results) peek(key resultKey) *Result {
	result, _ := r.made().Peek(key)
	return result
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

// scopes caches what the registry makes of the scopes of viewers, by the codes joined.
type scopes = cache.Cache[string, *scope]

func newScopes() *scopes {
	return cache.New(cache.Options[string, *scope]{
		MaxBytes: maxScopeBytes,
		Weight:   func(key string, s *scope) uint64 { return 1<<10 + uint64(len(key)) + s.bytes.Load() },
	})
}

// overlaps caches the overlaps that were measured between trees: they change with the registry only.
type overlaps = cache.Cache[treePair, []boundary.Overlap]

type treePair struct {
	a, b  *boundary.Tree
	level data.Level
}

func newOverlaps() *overlaps {
	return cache.New(cache.Options[treePair, []boundary.Overlap]{
		MaxBytes: maxOverlapBytes,
		Weight: func(k treePair, found []boundary.Overlap) uint64 {
			return uint64(unsafe.Sizeof(k)) + uint64(len(found))*uint64(unsafe.Sizeof(boundary.Overlap{}))
		},
	})
}
