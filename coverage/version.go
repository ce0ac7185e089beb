package coverage

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
	"tungnha/geo"
)

// register holds what visits do not change. Successive states of an index share one.
type register struct {
	areas      []data.Area // by code, then valid_from
	lives      []lifespan  // of each area
	teams      []data.Team // by id
	teamIndex  map[string]int32
	households households
	boxes      []box // of each block: the box around its households
	bound      orb.Bound
	digest     uint64

	changes     []data.Date // the days, sorted, on which a tree of areas begins; the first tree comes before
	versions    []version   // one more than changes
	comparisons comparisons
	prints      footprints
	windows     *windowCache
	cursors     []atomic.Pointer[stance] // of each block: as the window asked for last left it
}

// version is one tree of areas with the area of each household in it. Both are made when
// first asked for: most programmes are only ever asked for the tree of today.
type version struct {
	once       sync.Once
	boundaries *Boundaries

	leavesOnce sync.Once
	leaves     atomic.Pointer[leaves]
}

// leaves says which area each household belongs to: its hamlet, or the commune that holds
// its point where it has none in this tree, or none of the areas, which is written as
// their number.
type leaves struct {
	ofHousehold []uint32
	ofBlock     [][]uint32 // of each block: the different leaves of its households, sorted
	parcels     parcels
	services    [][]service // of each team: what it served when
}

// changeDays lists the days on which the tree of areas may become another one.
func changeDays(areas []data.Area) []data.Date {
	var days []data.Date
	for i := range areas {
		if from := areas[i].ValidFrom; from != data.NoDate {
			days = append(days, from)
		}
		if to := areas[i].ValidTo; to != data.NoDate {
			days = append(days, to+1)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// versionOn returns the version that holds on the day.
func (r *register) versionOn(day data.Date) *version {
	n, found := slices.BinarySearch(r.changes, day)
	if found {
		n++
	}
	v := &r.versions[n]
	v.once.Do(func() { v.boundaries = r.treeOf(n) })
	return v
}

// treeOf makes the tree of version n: the areas valid on all its days. Of two that bear
// one code at once, against the rule, the one that began later stands.
func (r *register) treeOf(n int) *Boundaries {
	var from, to data.Date
	if n > 0 {
		from = r.changes[n-1]
	}
	if n < len(r.changes) {
		to = r.changes[n] - 1
	}
	var areas []data.Area
	for i := range r.areas {
		a, life := &r.areas[i], r.lives[i]
		begun := life.from == data.NoDate || life.from <= from
		ended := life.to != data.NoDate && (to == data.NoDate || life.to < to)
		if !begun || ended {
			continue
		}
		if last := len(areas) - 1; last >= 0 && areas[last].Code == a.Code {
			areas[last] = *a
		} else {
			areas = append(areas, *a)
		}
	}
	return newBoundaries(from, to, areas)
}

// leavesOf returns the leaves of a version that versionOn returned.
func (r *register) leavesOf(v *version) *leaves {
	v.leavesOnce.Do(func() { v.leaves.Store(r.findLeaves(v.boundaries)) })
	return v.leaves.Load()
}

func (r *register) findLeaves(b *Boundaries) *leaves {
	h := &r.households
	hamlets := make([]uint32, len(h.hamletCodes))
	none := uint32(len(b.Areas))
	for i, code := range h.hamletCodes {
		hamlets[i] = none
		if a := b.Find(code); code != "" && a != NoArea && b.ranks[a] == hamletRank {
			hamlets[i] = uint32(a)
		}
	}
	l := &leaves{ofHousehold: make([]uint32, h.len()), ofBlock: make([][]uint32, len(r.boxes))}
	parcelOf, ofBlock := make([]uint16, h.len()), make([]blockParcels, len(r.boxes))
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
			ofBlock[n].cut(h.cells[lo:hi], l.ofHousehold[lo:hi], parcelOf[lo:hi])
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	l.parcels = newParcels(parcelOf, ofBlock)
	l.services = servicesOf(b, r.teams)
	return l
}

// communeLocator returns a function that locates a point among the communes of the tree:
// it gives their index, or the number of areas where none holds the point.
func communeLocator(b *Boundaries) func(orb.Point) uint32 {
	shapes := make([]orb.MultiPolygon, len(b.Areas))
	outlined := false
	for i := range b.Areas {
		if b.ranks[i] == communeRank {
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

// versionBytes is what the leaves found so far take, and the footprints.
func (r *register) versionBytes() int {
	n := 0
	if r.prints.filled.Load() {
		n = 4 * (len(r.prints.order) + len(r.prints.starts))
	}
	for i := range r.versions {
		if l := r.versions[i].leaves.Load(); l != nil {
			n += 4*len(l.ofHousehold) + l.parcels.bytes()
		}
	}
	return n
}
