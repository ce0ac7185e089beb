package coverage

import (
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"

	"tungnha/coverage/columns"
	"tungnha/coverage/footprint"
	"tungnha/data"
	"tungnha/geo"
)

// footprints makes the maker of footprints when the first one is requested.
type footprints struct {
	once  sync.Once
	maker atomic.Pointer[footprint.Maker]
}

func (f *footprints) of(h *columns.Households) *footprint.Maker {
	f.once.Do(func() {
		f.maker.Store(footprint.NewMaker(footprint.Columns{
			Cells: h.Cells, Hamlets: h.Hamlets, Registered: h.Registered, LastDays: h.LastDays, Codes: h.HamletCodes,
		}))
	})
	return f.maker.Load()
}

// bytes is what the maker takes, once there is one.
func (f *footprints) bytes() int {
	if m := f.maker.Load(); m != nil {
		return m.Bytes()
	}
	return 0
}

// Footprint returns, sorted, the cells of the resolution that contain a household of the hamlet, none left out and none
// filled in. At a resolution out of bounds, or where no household declares the hamlet, it returns nil.
func (v *View) Footprint(hamlet string, resolution int) []geo.Cell {
	if resolution < 0 || resolution > geo.BaseResolution || !v.seesHamlet(hamlet) {
		return nil
	}
	return v.index.derived.footprints.of(&v.index.columns.Households).CellsOf(hamlet, resolution)
}

// Geometry is where an area is: its own outline, or the footprint of a hamlet that has none. Both are empty where
// nothing is known of its place.
type Geometry struct {
	Outline   orb.MultiPolygon
	Footprint *footprint.Footprint
}

// Geometry returns where an area is. It depends on the registry alone, so that it is the same in every window and for
// every viewer who sees the area.
func (v *View) Geometry(area *data.Area) Geometry {
	if !IsDerived(area) || !v.seesHamlet(area.Code) {
		return Geometry{Outline: area.Geometry}
	}
	return Geometry{Footprint: v.index.derived.footprints.of(&v.index.columns.Households).Of(area.Code)}
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
