package tiles

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/internal/cache"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// shapes are the outlines of the areas of one tree of boundaries, made as they are
// requested. Hamlets have no outline of their own: their footprint replaces it. Safe for
// concurrent use.
type shapes struct {
	view       *coverage.View // any of those that share the tree: they share the register and the scope too
	boundaries *boundary.Tree
	districts  bool // the tree has any
	outlines   []shapeSlot
	reach      func() []mvt.Box // of hamlets without geometry: a box that contains the footprint
}

type shapeSlot struct {
	once  sync.Once
	shape *outline.Shape
	err   error
}

func newShapes(view *coverage.View, b *boundary.Tree) *shapes {
	s := &shapes{view: view, boundaries: b, outlines: make([]shapeSlot, len(b.Areas))}
	s.districts = slices.ContainsFunc(b.Areas, func(a data.Area) bool { return a.Level == data.District })
	s.reach = sync.OnceValue(s.findReach)
	return s
}

// reachResolution is that of the few cells by which a tile passes over hamlets elsewhere:
// their footprints are not even made.
const reachResolution = 7

// findReach returns a box around the footprint of each hamlet without geometry. Where the
// coarse cells cannot be outlined the box is the world, and making the footprint returns the error.
func (s *shapes) findReach() []mvt.Box {
	reach := make([]mvt.Box, len(s.boundaries.Areas))
	for i := range reach {
		a := &s.boundaries.Areas[i]
		if !coverage.IsDerived(a) {
			continue
		}
		var around []mvt.Vertex
		for _, c := range s.view.Footprint(a.Code, reachResolution) {
			ring, err := c.Boundary()
			if err != nil {
				around = []mvt.Vertex{{}, {X: math.MaxUint32, Y: math.MaxUint32}}
				break
			}
			for _, p := range ring {
				around = append(around, mvt.Project(p))
			}
		}
		if len(around) == 0 {
			continue
		}
		// A footprint reaches out by a sixth of a coarse cell's width, and finer cells stick
		// out of the coarse one that is their parent by less than a quarter of it.
		reach[i] = mvt.BoxOf(around).Grow(2)
	}
	return reach
}

// of returns the shape of an area, nil where it does not come near the tile or nothing is
// known of its place.
func (s *shapes) of(area int32, f *mvt.Transform) (*outline.Shape, error) {
	if s.derived(area) && !f.Touches(s.reach()[area], outline.AreaBuffer) {
		return nil, nil
	}
	return s.shape(area)
}

// derived reports whether the area has no outline of its own and may have a footprint.
func (s *shapes) derived(area int32) bool {
	return coverage.IsDerived(&s.boundaries.Areas[area])
}

// shape returns the shape of an area, nil where nothing is known of its place.
func (s *shapes) shape(area int32) (*outline.Shape, error) {
	a := &s.boundaries.Areas[area]
	return s.outlines[area].get(a, func() (*outline.Shape, error) {
		geometry := s.view.Geometry(a)
		switch {
		case geometry.Footprint != nil:
			return outline.OfCells(geometry.Footprint.Cells)
		case len(geometry.Outline) > 0:
			return outline.New(geometry.Outline), nil
		}
		return nil, nil
	})
}

// extent calls mark with boxes that contain all of an area.
func (s *shapes) extent(area int32, mark func(mvt.Box) error) error {
	if s.derived(area) {
		if b := s.reach()[area]; b.Max != (mvt.Vertex{}) {
			return mark(b)
		}
		return nil
	}
	shape, err := s.shape(area)
	if err != nil || shape == nil {
		return err
	}
	for i := range shape.Polygons {
		if err := mark(shape.Polygons[i].Box); err != nil {
			return err
		}
	}
	return nil
}

// label returns where the label of an area is in the tile; ok is false where it is in
// another tile or nowhere. The place is the same at all zooms.
func (s *shapes) label(f *mvt.Transform, area int32) (p mvt.Point, ok bool, err error) {
	at, err := s.of(area, f)
	if err != nil || at == nil || !f.Touches(at.Box, 0) {
		return mvt.Point{}, false, err
	}
	p = f.At(at.Label())
	return p, p.InTile(), nil
}

// get returns what the slot contains, made at its first use.
func (slot *shapeSlot) get(a *data.Area, newShape func() (*outline.Shape, error)) (*outline.Shape, error) {
	slot.once.Do(func() {
		if slot.shape, slot.err = newShape(); slot.err != nil {
			slot.err = fmt.Errorf("outline of area %s: %w", a.Code, slot.err)
		}
	})
	return slot.shape, slot.err
}

// The shapes of trees are kept while they are used, today's and those of earlier days: a country's take some 50 MB.
// They refer to a state of the index, so what is no longer used is evicted.
const (
	maxShapeBytes = 512 << 20
	maxShapeIdle  = time.Hour
)

func newShapeCache(most uint64) *cache.Cache[*boundary.Tree, *shapes] {
	return cache.New(cache.Options[*boundary.Tree, *shapes]{
		MaxBytes: most, MaxIdle: maxShapeIdle,
		Weight: func(_ *boundary.Tree, s *shapes) uint64 { return s.weight() },
	})
}

// shapesOf returns the shapes of a tree of areas.
func (s *Server) shapesOf(view *coverage.View, b *boundary.Tree) *shapes {
	if kept, ok := s.shapes.Peek(b); ok {
		return kept
	}
	return s.shapes.PeekOrPut(b, newShapes(view, b))
}

// weight is about what the shapes will take in memory when all are made.
func (s *shapes) weight() uint64 {
	const area, footprint, vertex = 128, 512, 8
	n := 0
	for i := range s.boundaries.Areas {
		n += area
		if s.derived(int32(i)) {
			n += footprint
		}
		for _, polygon := range s.boundaries.Areas[i].Geometry {
			for _, ring := range polygon {
				n += vertex * len(ring)
			}
		}
	}
	return uint64(n)
}
