package coverage

import (
	"context"
	"sync"
	"unsafe"

	"tungnha/coverage/boundary"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/internal/cache"
	"tungnha/internal/limit"
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
	most  uint64 // bytes
	once  sync.Once
	cache *cache.Cache[resultKey, *Result]
}

func (r *results) made() *cache.Cache[resultKey, *Result] {
	r.once.Do(func() {
		r.cache = cache.New(cache.Options[resultKey, *Result]{
			MaxBytes: r.most,
			Weight: func(k resultKey, r *Result) uint64 {
				return uint64(int(unsafe.Sizeof(k)) + len(k.viewer) + r.Bytes())
			},
		})
	})
	return r.cache
}

// get returns the cached result of the key, or that of compute, which all who request it meanwhile wait for. The
// account of ctx uses it from then on, see package limit.
func (r *results) get(ctx context.Context, key resultKey, compute func(context.Context) (*Result, error)) (*Result,
	error) {
	result, err := r.made().Get(ctx, key, compute)
	if err != nil {
		return nil, err
	}
	if err := result.memory.Use(ctx); err != nil {
		return nil, err
	}
	return result, nil
}

// peek returns the cached result of the key, which the account of ctx uses from then on, or nil.
func (r *results) peek(ctx context.Context, key resultKey) *Result {
	result, ok := r.made().Peek(key)
	if !ok || result.memory.Use(ctx) != nil {
		return nil
	}
	return result
}

// drop forgets all results: readers of an old state may last long.
func (r *results) drop() { r.made().DeleteFunc(func(resultKey) bool { return true }) }

// Bytes is about what the result takes in memory, its hot spots included once they may be requested.
func (r *Result) Bytes() int {
	n := int(unsafe.Sizeof(*r)) + cap(r.Rows)*int(unsafe.Sizeof(Row{}))
	if r.Query.By == ByCell {
		n += cap(r.Rows) * int(unsafe.Sizeof(hotspot.Spot{}))
	}
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

// cost is about what computing the plan takes in memory, its result included. The plan is prepared.
func (ix *Index) cost(p *plan) int64 {
	c := windows.Cost{Row: int64(unsafe.Sizeof(Row{})), Areas: int64(len(p.boundaries.Areas) + 1)}
	if p.query.Within == 0 {
		c.Groups = int64(p.groups.Len())
	}
	switch p.query.By {
	case ByCell:
		c.Cells = int64(ix.columns.Households.CountCells(p.blocks, p.query.Resolution))
		c.Fine = p.query.Resolution >= MinFine
	case ByDay, ByWeek, ByMonth:
		c.Periods = maxPeriods
	}
	return c.Bytes()
}

// compute answers the plan within the memory of the account in ctx, which uses the result from then on.
func (v *View) compute(ctx context.Context, p *plan) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v.index.prepare(p)
	lease, done, err := limit.Query(ctx, v.index.cost(p))
	if err != nil {
		return nil, err
	}
	defer done()
	result, err := v.index.answer(ctx, p)
	if err != nil {
		lease.Release()
		return nil, err
	}
	if v.scope != nil {
		r := v.index.columns.Registry
		v.scope.cutDown(r, r.History.VersionOn(p.query.Boundaries), result)
	}
	result.memory = limit.NewShared(int64(result.Bytes()))
	result.memory.Adopt(ctx, lease)
	return result, nil
}
