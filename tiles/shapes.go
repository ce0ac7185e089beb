package tiles

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/geo"
)

// Shapes are the outlines of the areas of one tree of boundaries, made as they are asked
// for. Hamlets have no outline of their own: the cells that their households live in stand
// in for it. Safe for concurrent use.
type shapes struct {
	index      *coverage.Index // any of those that share the tree: they share the register too
	boundaries *coverage.Boundaries
	outlines   [2][]shapeSlot // coarse and fine footprints; an area with a geometry is in the first
	centers    []shapeSlot    // of hamlets without geometry: where the label stands, in shape.labelAt
}

type shapeSlot struct {
	once  sync.Once
	shape *shape
	err   error
}

// The resolutions of footprints: 400 m across where hamlets come into sight, 150 m from
// the zoom on where single quarters do.
const (
	coarseFootprint = 9
	fineFootprint   = 10
	fineZoom        = 13
)

func newShapes(ix *coverage.Index, b *coverage.Boundaries) *shapes {
	s := &shapes{index: ix, boundaries: b, centers: make([]shapeSlot, len(b.Areas))}
	for i := range s.outlines {
		s.outlines[i] = make([]shapeSlot, len(b.Areas))
	}
	return s
}

// of returns the shape of an area at a zoom, nil where nothing is known of its place.
func (s *shapes) of(area int32, zoom int) (*shape, error) {
	a := &s.boundaries.Areas[area]
	size, resolution := 0, coarseFootprint
	if zoom >= fineZoom && len(a.Geometry) == 0 {
		size, resolution = 1, fineFootprint
	}
	return s.outlines[size][area].get(a, func() (*shape, error) {
		if len(a.Geometry) > 0 {
			return newShape(a.Geometry), nil
		}
		if a.Level != data.Hamlet {
			return nil, nil
		}
		outline, err := geo.Outline(s.index.Footprint(a.Code, resolution))
		if err != nil || len(outline) == 0 {
			return nil, err
		}
		return newShape(outline), nil
	})
}

// label returns where the label of an area stands in the tile; ok is false where it is in
// another tile or nowhere. The place is the same at all zooms.
func (s *shapes) label(f *frame, area int32) (p point, ok bool, err error) {
	a := &s.boundaries.Areas[area]
	var at *shape
	if len(a.Geometry) > 0 {
		if at, err = s.of(area, f.z); err != nil || at == nil || !f.touches(at.box, 0) {
			return point{}, false, err
		}
	} else {
		at, err = s.centers[area].get(a, func() (*shape, error) {
			if a.Level != data.Hamlet {
				return nil, nil
			}
			return centerOf(s.index.Footprint(a.Code, fineFootprint))
		})
		if err != nil || at == nil {
			return point{}, false, err
		}
	}
	p = f.at(at.label())
	return p, p.inTile(), nil
}

// get returns what the slot holds, made at its first use.
func (slot *shapeSlot) get(a *data.Area, newShape func() (*shape, error)) (*shape, error) {
	slot.once.Do(func() {
		if slot.shape, slot.err = newShape(); slot.err != nil {
			slot.err = fmt.Errorf("outline of area %s: %w", a.Code, slot.err)
		}
	})
	return slot.shape, slot.err
}

// centerOf returns a shape of which only the label is known: it stands in the cell nearest
// to the middle of all cells, so that it is where somebody lives.
func centerOf(cells []geo.Cell) (*shape, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	centers := make([]orb.Point, len(cells))
	var middle orb.Point
	for i, c := range cells {
		center, err := c.Center()
		if err != nil {
			return nil, err
		}
		centers[i] = center
		middle[0] += center[0] / float64(len(cells))
		middle[1] += center[1] / float64(len(cells))
	}
	nearest, least := 0, math.Inf(1)
	for i, c := range centers {
		dx, dy := c[0]-middle[0], c[1]-middle[1]
		if d := dx*dx + dy*dy; d < least {
			nearest, least = i, d
		}
	}
	s := &shape{labelAt: project(centers[nearest])}
	s.labelOnce.Do(func() {})
	return s, nil
}

// A shelf keeps the shapes of the trees that were asked for last.
type shelf struct {
	mu   sync.Mutex
	kept []*shapes // the latest last
}

// maxShelf bounds the shelf: today's boundaries, those of a year before, and both again
// after an import.
const maxShelf = 4

func (s *shelf) of(ix *coverage.Index, b *coverage.Boundaries) *shapes {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.kept, func(k *shapes) bool { return k.boundaries == b }); i >= 0 {
		found := s.kept[i]
		s.kept = append(slices.Delete(s.kept, i, i+1), found)
		return found
	}
	if len(s.kept) == maxShelf {
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	made := newShapes(ix, b)
	s.kept = append(s.kept, made)
	return made
}
