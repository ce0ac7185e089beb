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
	reach      func() []box   // of hamlets without geometry: what surely holds the footprint
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
	s.reach = sync.OnceValue(s.findReach)
	return s
}

// reachResolution is that of the few cells by which a tile passes over hamlets elsewhere:
// their footprints are not even made.
const reachResolution = 7

// findReach returns a box around the footprint of each hamlet without geometry. Where the
// coarse cells cannot be outlined the box is the world, and the footprint will tell why.
func (s *shapes) findReach() []box {
	reach := make([]box, len(s.boundaries.Areas))
	for i := range reach {
		a := &s.boundaries.Areas[i]
		if a.Level != data.Hamlet || len(a.Geometry) > 0 {
			continue
		}
		var around []vertex
		for _, c := range s.index.Footprint(a.Code, reachResolution) {
			ring, err := c.Boundary()
			if err != nil {
				around = []vertex{{}, {math.MaxUint32, math.MaxUint32}}
				break
			}
			for _, p := range ring {
				around = append(around, project(p))
			}
		}
		if len(around) == 0 {
			continue
		}
		b := boxOf(around)
		// Finer cells stick out of the coarse one that is their parent, by less than a
		// quarter of its width.
		const most = math.MaxUint32
		dx, dy := (b.max.x-b.min.x)/4, (b.max.y-b.min.y)/4
		reach[i] = box{vertex{b.min.x - min(dx, b.min.x), b.min.y - min(dy, b.min.y)},
			vertex{b.max.x + min(dx, most-b.max.x), b.max.y + min(dy, most-b.max.y)}}
	}
	return reach
}

// of returns the shape of an area at the tile's zoom, nil where it does not come near the
// tile or nothing is known of its place.
func (s *shapes) of(area int32, f *frame) (*shape, error) {
	a := &s.boundaries.Areas[area]
	size, resolution := 0, coarseFootprint
	if len(a.Geometry) == 0 {
		if a.Level != data.Hamlet || !f.touches(s.reach()[area], areaBuffer) {
			return nil, nil
		}
		if f.z >= fineZoom {
			size, resolution = 1, fineFootprint
		}
	}
	return s.outlines[size][area].get(a, func() (*shape, error) {
		if len(a.Geometry) > 0 {
			return newShape(a.Geometry), nil
		}
		return footprint(s.index.Footprint(a.Code, resolution))
	})
}

// label returns where the label of an area stands in the tile; ok is false where it is in
// another tile or nowhere. The place is the same at all zooms.
func (s *shapes) label(f *frame, area int32) (p point, ok bool, err error) {
	a := &s.boundaries.Areas[area]
	var at *shape
	if len(a.Geometry) > 0 {
		if at, err = s.of(area, f); err != nil || at == nil || !f.touches(at.box, 0) {
			return point{}, false, err
		}
	} else {
		if a.Level != data.Hamlet || !f.touches(s.reach()[area], 0) {
			return point{}, false, nil
		}
		at, err = s.centers[area].get(a, func() (*shape, error) {
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
