package coverage

import (
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"

	"tungnha/coverage/columns"
	"tungnha/coverage/footprint"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// footprints makes the makers of footprints when the first one is requested: that of the operator from the cells of
// the households, that of the public from the middles of the finest cells that are published.
type footprints struct{ exact, published lazyMaker }

type lazyMaker struct {
	once  sync.Once
	maker atomic.Pointer[footprint.Maker]
}

func (l *lazyMaker) of(h *columns.Households, cells func() []geo.Cell) *footprint.Maker {
	l.once.Do(func() {
		l.maker.Store(footprint.NewMaker(footprint.Columns{
			Cells: cells(), Hamlets: h.Hamlets, Registered: h.Registered, LastDays: h.LastDays, Codes: h.HamletCodes,
		}))
	})
	return l.maker.Load()
}

// maker returns the maker for the viewer.
func (v *View) maker() *footprint.Maker {
	h, f := &v.index.columns.Households, &v.index.derived.footprints
	if v.viewer.SmallCounts {
		return f.exact.of(h, func() []geo.Cell { return h.Cells })
	}
	return f.published.of(h, func() []geo.Cell {
		middles := make([]geo.Cell, len(h.Cells)) // in the order of cells, as they are
		for i, cell := range h.Cells {
			middles[i], _ = cell.Parent(release.MaxResolution).Span(geo.BaseResolution)
		}
		return middles
	})
}

// bytes is what the makers take, once there are some.
func (f *footprints) bytes() (bytes int) {
	if m := f.exact.maker.Load(); m != nil {
		bytes += m.Bytes()
	}
	if m := f.published.maker.Load(); m != nil {
		bytes += m.Bytes() + 8*len(m.Cells)
	}
	return bytes
}

// Footprint returns, sorted, the cells of the resolution that contain a household of the hamlet, none left out and none
// filled in. At a resolution out of bounds, or where no household declares the hamlet, it returns nil.
func (v *View) Footprint(hamlet string, resolution int) []geo.Cell {
	if resolution < 0 || resolution > geo.BaseResolution || !v.seesHamlet(hamlet) {
		return nil
	}
	return v.maker().CellsOf(hamlet, resolution)
}

// Geometry is where an area is: its own outline, or the footprint of a hamlet that has none. Both are empty where
// nothing is known of its place.
type Geometry struct {
	Outline   orb.MultiPolygon
	Footprint *footprint.Footprint
}

// Geometry returns where an area is. It depends on the registry alone, so that it is the same in every window. The
// public gets a footprint that is made from published cells, of a hamlet with so many households that it sees them.
func (v *View) Geometry(area *data.Area) Geometry {
	if !IsDerived(area) || !v.seesHamlet(area.Code) {
		return Geometry{Outline: area.Geometry}
	}
	f := v.maker().Of(area.Code)
	if f != nil && !v.viewer.SmallCounts && f.Households <= rules.MaxSmall {
		return Geometry{}
	}
	return Geometry{Footprint: f}
}

// IsDerived reports whether the area has no outline of its own and may have a footprint.
func IsDerived(area *data.Area) bool { return len(area.Geometry) == 0 && area.Level == data.Hamlet }

// Shape returns the outline, that of the cells for a footprint; empty where nothing is known.
func (g Geometry) Shape() (orb.MultiPolygon, error) {
	if g.Footprint == nil {
		return g.Outline, nil
	}
	return geo.Outline(g.Footprint.Cells)
}

// seesHamlet reports whether the hamlet is in the viewer's scope.
func (v *View) seesHamlet(code string) bool {
	return v.scope == nil || v.scope.within(v.index.columns.Registry, code)
}
