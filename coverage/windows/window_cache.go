package windows

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"unsafe"

	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/internal/limit"
)

// DefaultBytes bounds the counts of windows that a cache keeps by default. The window requested last is
// kept whatever it takes.
const DefaultBytes = 512 << 20

// Cache has the counts of windows by cell group, block by block, for all states of an index that share a registry:
// after a post, a window that is requested again is counted anew in the blocks that the post touched, and nowhere else.
//
// It evicts the least recently used window and is no internal/cache: a window is put in empty and grows while it is
// counted, the one requested last must stay whatever it takes, and the next request for it, by another grouping, comes
// at once. Where few windows fit, W-TinyLFU refuses a new one for others requested more often, and it is counted again.
type Cache struct {
	mu     sync.Mutex
	kept   map[Key]*list.Element // of *keptWindow
	recent *list.List            // most recently requested first
	bytes  int
	most   int // bytes

	versions  []groupVersion             // of each tree of the boundaries
	snapshots []atomic.Pointer[snapshot] // of each block: as the window requested last left it
}

// groupVersion has the cell groups of one tree, made when first requested.
type groupVersion struct {
	once   sync.Once
	groups atomic.Pointer[Groups]
}

type Key struct {
	Window
	Groups *Groups
}

// keptWindow has the counts of a window block by block, as far as they were requested.
type kept struct {
	key    Key
	turn   chan struct{} // acquired to read or fill blocks
	blocks []*BlockCounts
	Areas  atomic.Pointer[AreaCounts]

	bytes   int // as the cache has them, under its mutex
	evicted bool
}

// AreaCounts is what a window has of all leaves of a tree of areas.
type AreaCounts struct {
	ID       *columns.ID // the state of the index
	Counters []Counter
	Total    rules.Count
	Flags    []rules.Flags // of each area that is a hamlet
}

func (l *AreaCounts) Bytes() int {
	if l == nil {
		return 0
	}
	return len(l.Counters)*int(unsafe.Sizeof(Counter{})) + 8*len(l.Flags)
}

// NewCache returns an empty cache of at most so many bytes.
func NewCache(r *columns.Registry, most int) *Cache {
	return &Cache{
		most: most, kept: make(map[Key]*list.Element), recent: list.New(),
		versions: make([]groupVersion, r.History.Versions()), snapshots: make([]atomic.Pointer[snapshot], len(r.Boxes)),
	}
}

// Groups returns the cell groups of version n of the boundaries.
func (c *Cache) Groups(r *columns.Registry, n int) *Groups {
	v := &c.versions[n]
	v.once.Do(func() { v.groups.Store(groupHouseholds(&r.Households, r.AreasOf(n))) })
	return v.groups.Load()
}

// GroupBytes is what the cell groups made so far take.
func (c *Cache) GroupBytes() (bytes int) {
	for i := range c.versions {
		if g := c.versions[i].groups.Load(); g != nil {
			bytes += g.bytes()
		}
	}
	return bytes
}

// Of returns the kept window of the key, empty where it was not requested yet.
func (c *Cache) Of(key Key) *kept {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.kept[key]; ok {
		c.recent.MoveToFront(e)
		return e.Value.(*kept)
	}
	k := &kept{key: key, turn: make(chan struct{}, 1), blocks: make([]*BlockCounts, len(key.Groups.latest))}
	c.kept[key] = c.recent.PushFront(k)
	c.resize(k, 8*len(k.blocks))
	return k
}

// Grow notes that a kept window takes so many bytes more, and forgets others for it.
func (c *Cache) Grow(k *kept, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resize(k, bytes)
}

func (c *Cache) resize(k *kept, bytes int) {
	if k.evicted {
		return
	}
	k.bytes += bytes
	for c.bytes += bytes; c.bytes > c.most && c.recent.Len() > 1; {
		oldest := c.recent.Remove(c.recent.Back()).(*kept)
		delete(c.kept, oldest.key)
		c.bytes -= oldest.bytes
		oldest.evicted = true
	}
}

// Count returns what the window has of the cell groups of the blocks, by number of the block; it is nil for all other
// blocks. A caller for a window that is being counted waits, and then finds most of it done.
func (c *Cache) Count(ctx context.Context, set *columns.Columns, key Key, blocks []int) ([]*BlockCounts, error) {
	k := c.Of(key)
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	counts := make([]*BlockCounts, len(set.Blocks))
	var missing []int
	for _, n := range blocks {
		if counts[n] = k.blocks[n]; counts[n] == nil || counts[n].id != set.Blocks[n].ID {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return counts, nil
	}
	added, err := columns.Share(ctx, missing, func(ctx context.Context, blocks []int) (int, error) {
		s, bytes := new(blockScratch), 0
		for _, n := range blocks {
			if err := limit.Step(ctx); err != nil {
				return bytes, err
			}
			if old := k.blocks[n]; old != nil {
				bytes -= old.bytes()
			}
			k.blocks[n] = c.countBlock(set, n, key.Window, key.Groups, s)
			bytes += k.blocks[n].bytes()
		}
		return bytes, nil
	})
	bytes := 0
	for _, n := range added {
		bytes += n
	}
	c.Grow(k, bytes)
	if err != nil {
		return nil, err
	}
	for _, n := range missing {
		counts[n] = k.blocks[n]
	}
	return counts, nil
}
