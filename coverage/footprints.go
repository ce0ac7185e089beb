package coverage

import (
	"sync"
	"sync/atomic"

	"tungnha/coverage/footprint"
	"tungnha/geo"
)

// footprints makes the maker of footprints when the first one is requested.
type footprints struct {
	once  sync.Once
	maker atomic.Pointer[footprint.Maker]
}

func (f *footprints) of(h *households) *footprint.Maker {
	f.once.Do(func() {
		f.maker.Store(footprint.NewMaker(footprint.Columns{
			Cells: h.cells, Hamlets: h.hamlets, Registered: h.registered, LastDays: h.lastDays, Codes: h.hamletCodes,
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

// Footprint returns, sorted, the cells of the resolution that hold a household of the hamlet, none left out and none
// filled in. At a resolution out of bounds, or where no household declares the hamlet, it returns nil.
func (v *View) Footprint(hamlet string, resolution int) []geo.Cell {
	if resolution < 0 || resolution > geo.BaseResolution || !v.seesHamlet(hamlet) {
		return nil
	}
	r := v.index.registry
	return r.footprints.of(&r.households).CellsOf(hamlet, resolution)
}

// HamletFootprint returns the footprint of a hamlet, or nil where no household declares it or all of them live in cells
// of others. It depends on the registry alone, so that it is the same in every window and for every viewer who sees the
// hamlet.
func (v *View) HamletFootprint(hamlet string) *footprint.Footprint {
	if !v.seesHamlet(hamlet) {
		return nil
	}
	r := v.index.registry
	return r.footprints.of(&r.households).Of(hamlet)
}

// seesHamlet reports whether the hamlet is in the viewer's scope.
func (v *View) seesHamlet(code string) bool {
	return v.scope == nil || v.scope.within(v.index.registry, code)
}
