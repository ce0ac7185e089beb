package tiles

import (
	"sync"

	"github.com/maypok86/otter/v2"

	"tungnha/coverage"
	"tungnha/data"
)

// A key names a tile's bytes: all that they depend on and nothing else. The window is as
// the index completed it, so "today" and the day itself are one key.
type key struct {
	version              string
	viewer               string // coverage.Viewer.Key
	layer                Layer
	z                    uint8
	x, y                 uint32
	from, to, boundaries data.Date
	parent               string
	spots                bool

	earlierFrom, earlierTo data.Date // no day: nothing is compared
}

func newKey(result *coverage.Result, view *coverage.View, layer Layer, z, x, y int, spots bool) key {
	q := &result.Query
	return key{
		version: result.Version, viewer: view.Key(), layer: layer,
		z: uint8(z), x: uint32(x), y: uint32(y),
		from: q.From, to: q.To, boundaries: q.Boundaries, parent: q.Parent, spots: spots,
	}
}

func newCache(maxBytes uint64) *otter.Cache[key, *Tile] {
	return otter.Must(&otter.Options[key, *Tile]{
		MaximumWeight: maxBytes,
		Weigher:       func(k key, t *Tile) uint32 { return k.weight() + t.weight() },
	})
}

// entryOverhead is what a tile takes in memory besides its bytes: key, Tile and the cache's
// own bookkeeping.
const entryOverhead = 768

func (k *key) weight() uint32 {
	return entryOverhead + uint32(len(k.viewer)+len(k.parent))
}

// versions remembers the two latest versions of the data that were asked for. A map that
// is being panned while data arrives asks for both for a moment.
type versions struct {
	mu     sync.Mutex
	latest [2]string
}

// see notes a version and reports whether another one has to be forgotten for it.
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

// forget drops the tiles of all versions but the latest two.
func (s *Server) forget() {
	for k := range s.cache.Keys() {
		if !s.versions.keep(k.version) {
			s.cache.Invalidate(k)
		}
	}
}

// CachedBytes returns what the kept tiles take in memory.
func (s *Server) CachedBytes() uint64 { return s.cache.WeightedSize() }
