package coverage

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

// registry holds what visits do not change. Successive states of an index share one.
type registry struct {
	history    *boundary.History
	teams      []data.Team // by id
	teamIndex  map[string]int32
	households households
	boxes      []box // of each block: the box around its households
	bound      orb.Bound
	digest     uint64

	versions []version // of each tree in the history
}

// version is the area of each household in one tree of the history, made when first asked
// for: most programmes are only ever asked for the tree of today.
type version struct {
	once   sync.Once
	leaves atomic.Pointer[areaOf]
}

// areaOf says which area each household belongs to: its hamlet, or the commune that holds
// its point where it has none in this tree, or none of the areas, which is written as
// their number.
type areaOf struct {
	ofHousehold []uint32
	ofBlock     [][]uint32  // of each block: the different leaves of its households, sorted
	services    [][]service // of each team: what it served when
}

// areasOn returns the leaves of the tree valid on the day.
func (r *registry) areasOn(day data.Date) *areaOf { return r.areasOf(r.history.VersionOn(day)) }

// areasOf returns the leaves of version n of the boundaries.
func (r *registry) areasOf(n int) *areaOf {
	v := &r.versions[n]
	v.once.Do(func() { v.leaves.Store(r.findAreas(r.history.Tree(n))) })
	return v.leaves.Load()
}

func (r *registry) findAreas(b *boundary.Tree) *areaOf {
	h := &r.households
	hamlets := make([]uint32, len(h.hamletCodes))
	none := uint32(len(b.Areas))
	for i, code := range h.hamletCodes {
		hamlets[i] = none
		if a := b.Find(code); code != "" && b.IsHamlet(a) {
			hamlets[i] = uint32(a)
		}
	}
	l := &areaOf{ofHousehold: make([]uint32, h.len()), ofBlock: make([][]uint32, len(r.boxes))}
	locate := sync.OnceValue(func() func(orb.Point) uint32 { return communeLocator(b) })
	var group errgroup.Group
	group.SetLimit(workers())
	for n := range l.ofBlock {
		group.Go(func() error {
			lo, hi := n*blockSize, min((n+1)*blockSize, h.len())
			for i := lo; i < hi; i++ {
				leaf := hamlets[h.hamlets[i]]
				if leaf == none {
					leaf = locate()(h.point(uint32(i)))
				}
				l.ofHousehold[i] = leaf
			}
			distinct := slices.Clone(l.ofHousehold[lo:hi])
			slices.Sort(distinct)
			l.ofBlock[n] = slices.Clip(slices.Clone(slices.Compact(distinct)))
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	l.services = servicesOf(b, r.teams)
	return l
}

// communeLocator returns a function that locates a point among the communes of the tree:
// it gives their index, or the number of areas where none holds the point.
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
func (r *registry) versionBytes() int {
	n := 0
	for i := range r.versions {
		if l := r.versions[i].leaves.Load(); l != nil {
			n += 4 * len(l.ofHousehold)
		}
	}
	return n
}
