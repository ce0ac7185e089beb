package tiles

import (
	"sync"

	"tungnha/data"
	"tungnha/internal/cache"
)

// A key names a tile's bytes: all that they depend on and nothing else. The window is as
// the index completed it, so "today" and the day itself are one key.
type key struct {
	version              string
	viewer               string // coverage.Viewer.Key
	layer                string
	z                    uint8
	x, y                 uint32
	from, to, boundaries data.Date
	parent               string
	spots                bool

	earlierFrom, earlierTo data.Date // no day: nothing is compared
}

func newKey(r *request, z, x, y int) key {
	q := &r.window.Query
	k := key{
		version: r.window.Version, viewer: r.view.Key(), layer: r.layer.Name(),
		z: uint8(z), x: uint32(x), y: uint32(y),
		from: q.From, to: q.To, boundaries: q.Boundaries, parent: q.Parent, spots: r.variant.spots,
	}
	if r.earlier != nil {
		k.earlierFrom, k.earlierTo = r.earlier.Query.From, r.earlier.Query.To
	}
	return k
}

func newCache(maxBytes uint64) *cache.Cache[key, *Tile] {
	return cache.New(cache.Options[key, *Tile]{
		MaxBytes: maxBytes,
		Weight:   func(k key, t *Tile) uint64 { return k.weight() + t.weight() },
	})
}

// entryOverhead is what a tile takes in memory besides its bytes: key, Tile and the cache's
// own bookkeeping.
const entryOverhead = 768

func (k *key) weight() uint64 {
	return entryOverhead + uint64(len(k.viewer)+len(k.parent))
}

// versions keeps the two latest versions of the data that were requested. A map that
// is being panned while data arrives requests both for a moment.
type versions struct {
	mu     sync.Mutex
	latest [2]string
}

// see adds a version and reports whether an older one was dropped for it.
func (v *versions) see(version string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if version == v.latest[0] || version == v.latest[1] {
		return false
	}
	full := v.latest[1] != ""
	v.latest[0], v.latest[1] = version, v.latest[0]
	return full
}

// before returns the other one of the latest two versions.
func (v *versions) before(version string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if version == v.latest[0] {
		return v.latest[1]
	}
	return v.latest[0]
}

func (v *versions) keep(version string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return version == v.latest[0] || version == v.latest[1]
}

// forget deletes the tiles of all versions but the latest two.
func (s *Server) forget() {
	s.cache.DeleteFunc(func(k key) bool { return !s.versions.keep(k.version) })
}

// CachedBytes returns what the kept tiles take in memory.
func (s *Server) CachedBytes() uint64 { return s.cache.Bytes() }
