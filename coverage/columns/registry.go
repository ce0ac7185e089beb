package columns

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// Registry contains what visits do not change. Successive states of an index share one.
type Registry struct {
	History    *boundary.History
	Teams      []data.Team // by id
	teamIndex  map[string]int32
	Households Households
	Boxes      []Box // of each block: the box around its households
	Bound      orb.Bound
	keys       digestKeys
	digest     Digest

	versions []version // of each tree in the history
}

// version is the area of each household in one tree of the history, made when first
// requested: in most programmes only the tree of today ever is.
type version struct {
	once   sync.Once
	leaves atomic.Pointer[AreaOf]
}

// AreaOf maps each household to its area: its hamlet, or the commune that contains
// its point where it has none in this tree, or none of the areas, which is written as
// their number.
type AreaOf struct {
	OfHousehold []uint32
	OfBlock     [][]uint32  // of each block: the different leaves of its households, sorted
	services    [][]service // of each team: what it served when
}

// AreasOf returns the leaves of version n of the boundaries.
func (r *Registry) AreasOf(n int) *AreaOf {
	v := &r.versions[n]
	v.once.Do(func() { v.leaves.Store(r.findAreas(r.History.Tree(n))) })
	return v.leaves.Load()
}

func (r *Registry) findAreas(b *boundary.Tree) *AreaOf {
	h := &r.Households
	hamlets := make([]uint32, len(h.HamletCodes))
	none := uint32(len(b.Areas))
	for i, code := range h.HamletCodes {
		hamlets[i] = none
		if a := b.Find(code); code != "" && b.IsHamlet(a) {
			hamlets[i] = uint32(a)
		}
	}
	l := &AreaOf{OfHousehold: make([]uint32, h.Len()), OfBlock: make([][]uint32, len(r.Boxes))}
	locate := sync.OnceValue(func() func(orb.Point) uint32 { return communeLocator(b) })
	var group errgroup.Group
	group.SetLimit(Workers())
	for n := range l.OfBlock {
		group.Go(func() error {
			lo, hi := n*BlockSize, min((n+1)*BlockSize, h.Len())
			for i := lo; i < hi; i++ {
				leaf := hamlets[h.Hamlets[i]]
				if leaf == none {
					leaf = locate()(h.Point(uint32(i)))
				}
				l.OfHousehold[i] = leaf
			}
			distinct := slices.Clone(l.OfHousehold[lo:hi])
			slices.Sort(distinct)
			l.OfBlock[n] = slices.Clip(slices.Clone(slices.Compact(distinct)))
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	l.services = servicesOf(b, r.Teams)
	return l
}

// communeLocator returns a function that locates a point among the communes of the tree:
// it returns their index, or the number of areas where none contains the point.
func communeLocator(b *boundary.Tree) func(orb.Point) uint32 {
	shapes := make([]orb.MultiPolygon, len(b.Areas))
	outlined := false
	for i := range b.Areas {
		if b.IsCommune(int32(i)) {
			shapes[i] = b.Areas[i].Geometry
			outlined = outlined || len(shapes[i]) > 0
		}
	}
	none := uint32(len(shapes))
	if !outlined {
		return func(orb.Point) uint32 { return none }
	}
	locator := geo.NewLocator(shapes)
	return func(p orb.Point) uint32 {
		if m := locator.Locate(p); m.Area >= 0 {
			return uint32(m.Area)
		}
		return none
	}
}

// versionBytes is what the leaves found so far take.
func (r *Registry) versionBytes() int {
	n := 0
	for i := range r.versions {
		if l := r.versions[i].leaves.Load(); l != nil {
			n += 4 * len(l.OfHousehold)
		}
	}
	return n
}
