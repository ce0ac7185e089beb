// Package tiles draws counts as vector tiles, and says to maps how to show them.
package tiles

import (
	"context"
	"fmt"
	"sync"

	"github.com/maypok86/otter/v2"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/hotspot"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// Layer is a kind of tile.
type Layer string

// The layers. A tile of Areas has a second layer, AreaLabels.
const (
	Cells      Layer = "cells"      // H3 cells, of a resolution that goes by the zoom
	Areas      Layer = "areas"      // provinces, communes and hamlets
	Flags      Layer = "flags"      // a point for each flagged commune or hamlet
	Households Layer = "households" // points, from zoom 14 on, for those who may see them
)

// Layers lists the layers.
var Layers = []Layer{Cells, Areas, Flags, Households}

// MaxZoom is the deepest zoom: maps magnify its tiles beyond.
const MaxZoom = 16

// Window is what a tile's counts are of, as in coverage.Query.
type Window struct {
	From, To   data.Date // NoDate: ever; today
	Boundaries data.Date // NoDate: To
	Parent     string    // code of the area to stay within; empty: everything
	HotSpots   bool      // cells bear their hot and cold spots

	// Cells and areas bear how their coverage changed since these days. No EarlierTo: they
	// do not.
	EarlierFrom, EarlierTo data.Date
}

// compares reports whether tiles of the layer differ by the earlier window.
func (w *Window) compares(layer Layer) bool {
	return w.EarlierTo != data.NoDate && (layer == Cells || layer == Areas)
}

// A ParameterError says which parameter of a tile's address is out of bounds: layer, z, x
// or y. There is no such tile.
type ParameterError struct {
	Parameter string
	Reason    string
}

func (e *ParameterError) Error() string { return e.Parameter + ": " + e.Reason }

// Config bounds what a Server keeps.
type Config struct {
	CacheBytes uint64 // of finished tiles in all their encodings; 0: 256 MiB
}

// A Server makes tiles and keeps them. Any number of goroutines may share it.
type Server struct {
	cache    *otter.Cache[key, *Tile]
	versions versions
	grids    cellGrids
	shapes   shapeCache
	schemas  schemas
	encoders sync.Pool // of *drawing
}

// New returns a server with an empty cache.
func New(config Config) *Server {
	if config.CacheBytes == 0 {
		config.CacheBytes = 256 << 20
	}
	s := &Server{cache: newCache(config.CacheBytes)}
	s.encoders.New = func() any { return new(tileEncoder) }
	return s
}

// Tile returns a tile of the layer for the viewer. One that holds nothing has no bytes. An
// address out of bounds, the programme's among them, gets a *ParameterError, a window out of bounds a
// *coverage.QueryError, households without the right to see them coverage.ErrNotAllowed.
func (s *Server) Tile(ctx context.Context, view *coverage.View, layer Layer, z, x, y int, w Window) (*Tile, error) {
	if err := check(layer, z, x, y); err != nil {
		return nil, err
	}
	if layer == Households && !view.Viewer().Households {
		return nil, fmt.Errorf("tiles of %s: %w", layer, coverage.ErrNotAllowed)
	}
	if err := within(Bounds(view), z, x, y); err != nil {
		return nil, err
	}
	// This result is what a tile of cells draws. Where those around the tile are asked for
	// alone, and for the other layers, it is the cheapest that checks the window for the
	// viewer and tells which days it comes to.
	q := coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: w.Parent, From: w.From, To: w.To, Boundaries: w.Boundaries}
	var result *coverage.Result
	if layer == Cells {
		everywhere := q
		everywhere.Resolution = resolutions[z]
		if w.HotSpots || everywhere.Resolution < coverage.MinFine {
			q = everywhere
		} else {
			result = view.Kept(everywhere)
		}
	}
	var err error
	if result == nil {
		if result, err = view.Query(ctx, q); err != nil {
			return nil, err
		}
	}
	k := newKey(result, view, layer, z, x, y, w.HotSpots && layer == Cells)
	var earlier *coverage.Result
	if w.compares(layer) {
		q := result.Query
		q.From, q.To = w.EarlierFrom, w.EarlierTo
		if earlier, err = view.Query(ctx, q); err != nil {
			return nil, err
		}
		k.earlierFrom, k.earlierTo = earlier.Query.From, earlier.Query.To
	}
	if s.versions.see(k.version) {
		s.forget()
	}
	return s.cache.Get(ctx, k, otter.LoaderFunc[key, *Tile](func(ctx context.Context, k key) (*Tile, error) {
		// Others may wait for the tile: it is finished though this caller goes away.
		mvt, err := s.draw(context.WithoutCancel(ctx), view, k, result, earlier)
		if err != nil {
			return nil, fmt.Errorf("tile %s/%d/%d/%d: %w", layer, z, x, y, err)
		}
		var before *Tile
		old := k
		if old.version = s.versions.before(k.version); old.version != "" {
			before, _ = s.cache.GetIfPresent(old)
		}
		return newTile(mvt, k, s.cache, before), nil
	}))
}

func check(layer Layer, z, x, y int) error {
	switch layer {
	case Cells, Areas, Flags, Households:
	default:
		return &ParameterError{"layer", fmt.Sprintf("%q is not one of cells, areas, flags, households", layer)}
	}
	if z < 0 || z > MaxZoom {
		return &ParameterError{"z", fmt.Sprintf("%d is outside 0 to %d", z, MaxZoom)}
	}
	last := 1<<z - 1
	if x < 0 || x > last {
		return &ParameterError{"x", fmt.Sprintf("%d is outside 0 to %d, the tiles of zoom %d", x, last, z)}
	}
	if y < 0 || y > last {
		return &ParameterError{"y", fmt.Sprintf("%d is outside 0 to %d, the tiles of zoom %d", y, last, z)}
	}
	return nil
}

// A drawing is the working memory of one tile in the making.
type tileEncoder struct {
	mvt   mvt.Encoder
	keys  []string // of the layer
	small bool     // counts of 1 to 9 households may be told

	flagged  [64]flagged // combinations of flags written in the layer in hand
	flagTags []byte      // theirs

	near             []int32
	refs             []cellRef
	touched          uint64 // by pick, so that it is read
	ring, cut, spare []mvt.Point
}

// begin starts a layer of the tile.
func (d *tileEncoder) begin(layer string) {
	d.mvt.Begin(layer, d.keys)
	d.flagged, d.flagTags = [64]flagged{}, d.flagTags[:0]
}

// draw makes the bytes of the tile that k names, of which result is the cells, and earlier
// those of the window to compare with, nil where there is none.
func (s *Server) draw(ctx context.Context, view *coverage.View, k key, result, earlier *coverage.Result) ([]byte, error) {
	d := s.encoders.Get().(*tileEncoder)
	defer s.encoders.Put(d)
	d.mvt.Reset()
	d.keys = s.schemas.keys(schema{result.Config, k.layer, k.spots, earlier != nil})
	d.small = view.Viewer().SmallCounts
	f := mvt.NewTransform(int(k.z), int(k.x), int(k.y))
	var err error
	switch k.layer {
	case Cells:
		if result, earlier, err = s.fineCellsBoth(ctx, view, &f, result, earlier); err == nil {
			err = s.drawCells(d, &f, result, earlier, k.spots)
		}
	case Areas:
		var chosen []selection
		shapes := s.shapes.of(view, result.Boundaries)
		if chosen, err = chooseBoth(ctx, view, result, earlier, shapes.levelsAt(f.Z)); err == nil {
			err = d.areas(&f, chosen, shapes)
		}
	case Flags:
		var chosen []selection
		if chosen, err = choose(ctx, view, result, flagLevelsAt(f.Z)); err == nil {
			err = d.flags(&f, chosen, s.shapes.of(view, result.Boundaries))
		}
	case Households:
		if f.Z < minHouseholdZoom {
			err = s.drawDots(ctx, d, &f, view, result.Query)
		} else {
			err = d.households(ctx, &f, view, result.Query)
		}
	}
	if err != nil {
		return nil, err
	}
	return d.mvt.Bytes(), nil
}

func (s *Server) drawCells(d *tileEncoder, f *mvt.Transform, result, earlier *coverage.Result, withSpots bool) error {
	var spots *hotspot.Result
	if withSpots {
		var err error
		if spots, err = result.HotSpots(); err != nil {
			return err
		}
	}
	g, err := s.grids.near(result, f)
	if err == nil {
		d.cells(f, result, earlier, g, spots)
	}
	return err
}

// chooseBoth is choose for a window and an earlier one to compare it with; nil: none.
func chooseBoth(ctx context.Context, view *coverage.View, window, earlier *coverage.Result, levels []data.Level) ([]selection, error) {
	chosen, err := choose(ctx, view, window, levels)
	if err != nil || earlier == nil {
		return chosen, err
	}
	before, err := choose(ctx, view, earlier, levels)
	if err != nil {
		return nil, err
	}
	for i := range chosen {
		chosen[i].earlier = before[i].result
	}
	return chosen, nil
}

// choose asks for the counts of the areas of some levels, in the window of a result. Within
// a parent it is the areas below it and the parent itself.
func choose(ctx context.Context, view *coverage.View, window *coverage.Result, levels []data.Level) ([]selection, error) {
	var chosen []selection
	q := window.Query
	q.By, q.Resolution = coverage.ByArea, 0
	parent := int32(boundary.NoArea)
	if q.Parent != "" {
		parent = window.Boundaries.Find(q.Parent)
	}
	for _, level := range levels {
		c := selection{only: boundary.NoArea}
		q.Level, q.Parent = level, window.Query.Parent
		if parent != boundary.NoArea {
			switch own := window.Boundaries.Areas[parent].Level.Rank(); {
			case level.Rank() < own:
				continue
			case level.Rank() == own:
				q.Parent, c.only = "", parent
			}
		}
		var err error
		if c.result, err = view.Query(ctx, q); err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}
