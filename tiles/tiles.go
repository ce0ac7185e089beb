// Package tiles draws counts as vector tiles, and makes the styles by which maps show them.
package tiles

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/cache"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// MaxZoom is the deepest zoom: maps magnify its tiles beyond.
const MaxZoom = outline.MaxZoom

// Window is what a tile's counts are of, as in coverage.Query.
type Window struct {
	From, To   data.Date // NoDate: ever; today
	Boundaries data.Date // NoDate: To
	Parent     string    // code of the area to stay within; empty: everything
	HotSpots   bool      // cells have their hot and cold spots

	// Cells and areas have how their coverage changed since these days. No EarlierTo: they
	// do not.
	EarlierFrom, EarlierTo data.Date
}

// query returns the cheapest query of the window.
func (w *Window) query() coverage.Query {
	return coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: w.Parent, From: w.From, To: w.To, Boundaries: w.Boundaries}
}

// Config bounds what a Server keeps.
type Config struct {
	CacheBytes uint64 // of finished tiles in all their encodings; 0: 256 MiB
	GridBytes  uint64 // of the outlines of cells; 0: 256 MiB
	ShapeBytes uint64 // of the outlines of areas; 0: 512 MiB
}

// drawBytes is about what drawing one tile takes, beside the results of its queries.
const drawBytes = 4 << 20

// A Server makes tiles and keeps them. Any number of goroutines may share it.
type Server struct {
	cache    *cache.Cache[key, *Tile]
	versions versions
	grids    cellGrids
	shapes   *cache.Cache[*boundary.Tree, *shapes]
	schemas  schemas
	encoders sync.Pool // of *tileEncoder
}

// Close ends what runs in the background.
func (s *Server) Close() { s.shapes.Close() }

// New returns a server with an empty cache.
func New(config Config) *Server {
	s := &Server{cache: newCache(cmp.Or(config.CacheBytes, 256<<20)),
		grids:  newCellGrids(cmp.Or(config.GridBytes, maxGridBytes)),
		shapes: newShapeCache(cmp.Or(config.ShapeBytes, maxShapeBytes))}
	s.encoders.New = func() any { return new(tileEncoder) }
	return s
}

// Tile returns a tile of the layer for the viewer. An empty one has no bytes. An
// address out of bounds, the programme's among them, gets a *problem.ParameterError of the path, a window out
// of bounds one of the query, a layer that the viewer may not see coverage.ErrNotAllowed.
func (s *Server) Tile(ctx context.Context, view *coverage.View, layer Layer, z, x, y int, w Window) (*Tile, error) {
	if err := check(z, x, y); err != nil {
		return nil, err
	}
	if !layer.Visible(view.Viewer()) {
		return nil, fmt.Errorf("tiles of %s: %w", layer.Name(), coverage.ErrNotAllowed)
	}
	if err := within(Bounds(view), z, x, y); err != nil {
		return nil, err
	}
	r, err := s.newRequest(ctx, view, layer, &w, z, false)
	if err != nil {
		return nil, err
	}
	k := newKey(&r, z, x, y)
	if s.versions.see(k.version) {
		s.forget()
	}
	if kept, ok := s.cache.Peek(k); ok {
		return kept, nil
	}
	return s.newTile(ctx, r, k)
}

// newTile draws a tile and keeps it.
func (s *Server) newTile(ctx context.Context, r request, k key) (*Tile, error) {
	return s.cache.Get(ctx, k, func(ctx context.Context) (*Tile, error) {
		release, err := limit.Hold(ctx, limit.Draw, drawBytes)
		if err != nil {
			return nil, err
		}
		defer release()
		body, err := s.draw(ctx, &r, k)
		if err != nil {
			return nil, fmt.Errorf("tile %s/%d/%d/%d: %w", k.layer, k.z, k.x, k.y, err)
		}
		var before *Tile
		old := k
		if old.version = s.versions.before(k.version); old.version != "" {
			before, _ = s.cache.Peek(old)
		}
		return newTile(body, k, s.cache, before), nil
	})
}

// noTile is the error of a parameter of an address that no tile has: layer, z, x or y.
func noTile(parameter string, p *problem.Problem) error {
	return &problem.ParameterError{In: "path", Name: parameter, Problem: p}
}

// check returns which parameter of an address is out of bounds.
func check(z, x, y int) error {
	if z < 0 || z > MaxZoom {
		return noTile("z", problem.OutsideNumbers(z, 0, MaxZoom))
	}
	last := 1<<z - 1
	if x < 0 || x > last {
		return noTile("x", problem.TileOutside(x, last, z))
	}
	if y < 0 || y > last {
		return noTile("y", problem.TileOutside(y, last, z))
	}
	return nil
}

// A tileEncoder is the working memory of drawing one tile.
type tileEncoder struct {
	mvt  mvt.Encoder
	keys []string // of the layer
	view *coverage.View

	counts  *countSchema // of the configuration
	numbers rules.Numbers
	earlier rules.Numbers // of a row in the window to compare with

	flagged  [64]flagged // combinations of flags written in the current layer
	flagTags []byte      // theirs

	near    []int32
	refs    []cellRef
	touched uint64 // by findCells, so that it is read
	scratch outline.Scratch
}

// begin starts a layer of the tile.
func (d *tileEncoder) begin(layer string) {
	d.mvt.Begin(layer, d.keys)
	d.flagged, d.flagTags = [64]flagged{}, d.flagTags[:0]
}

// draw makes the bytes of the tile that k names.
func (s *Server) draw(ctx context.Context, r *request, k key) ([]byte, error) {
	f := mvt.NewTransform(int(k.z), int(k.x), int(k.y))
	zoom, err := r.layer.prepare(ctx, r, f.Z)
	if err != nil {
		return nil, err
	}
	draw, err := zoom.around(ctx, &f, nil)
	if err != nil {
		return nil, err
	}
	d := s.encoders.Get().(*tileEncoder)
	defer func() {
		d.view = nil // its state is not kept alive
		s.encoders.Put(d)
	}()
	d.start(r)
	if err := draw(d, &f); err != nil {
		return nil, err
	}
	return d.mvt.Bytes(), nil
}

// start makes the encoder ready for a tile.
func (d *tileEncoder) start(r *request) {
	d.mvt.Reset()
	d.keys, d.view = r.keys(), r.view
	d.counts = r.server.schemas.count(r.window.Config)
}

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
