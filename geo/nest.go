package geo

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// nest puts the rings of an area, of which none cross, where they belong: a ring inside an
// even number of others is an outer one, else a hole of the one right around it. An area
// that is in order comes back as it is. numbers are those that the rings are told by.
func nest(w *work, area orb.MultiPolygon, numbers []int) (nested orb.MultiPolygon, repairs []*problem.Problem,
	p *problem.Problem) {
	rings, repairs, p := dropRepeatedRings(w, area, numbers)
	if p != nil {
		return nil, nil, p
	}
	if p := findParents(w, rings); p != nil || w.err != nil {
		return nil, nil, p
	}
	polygonOf := make([]int, len(rings)) // of each outer ring
	for i, r := range rings {
		if r.depth%2 != 0 {
			continue
		}
		if r.hole {
			repairs = append(repairs, problem.RingTakenForPart(r.number))
			r.Ring.Reverse()
		}
		polygonOf[i] = len(nested)
		nested = append(nested, orb.Polygon{r.Ring})
	}
	for _, r := range rings {
		if r.depth%2 == 0 {
			continue
		}
		parent := 0
		for _, k := range r.parents {
			if rings[k].depth == r.depth-1 {
				parent = k
			}
		}
		switch {
		case !r.hole:
			repairs = append(repairs, problem.RingTakenForHole(r.number, rings[parent].number))
			r.Ring.Reverse()
		case rings[parent].hole || rings[parent].polygon != r.polygon:
			repairs = append(repairs, problem.HoleMoved(r.number, rings[parent].number))
		}
		nested[polygonOf[parent]] = append(nested[polygonOf[parent]], r.Ring)
	}
	return nested, repairs, nil
}

// maxNested is how many rings may be around a ring. An island in a lake on an island is inside two.
const maxNested = 100

// findParents finds the rings around each ring, among those whose bounds contain its own, by a sweep along the axis
// on which fewer bounds overlap. It ends early where the work is to end.
func findParents(w *work, rings []placedRing) *problem.Problem {
	axis := 0
	if overlapping(rings, 1) < overlapping(rings, 0) {
		axis = 1
	}
	order := make([]int, len(rings))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, k int) int {
		return cmp.Or(cmp.Compare(rings[i].bound.Min[axis], rings[k].bound.Min[axis]), cmp.Compare(i, k))
	})
	var active []int
	for at := 0; at < len(order); {
		from, low := at, rings[order[at]].bound.Min[axis]
		active = slices.DeleteFunc(active, func(k int) bool { return rings[k].bound.Max[axis] < low })
		for ; at < len(order) && rings[order[at]].bound.Min[axis] == low; at++ {
			active = append(active, order[at])
		}
		for _, i := range order[from:at] {
			for _, k := range active {
				if i == k || !w.spend(1) || !rings[k].around(w, &rings[i]) {
					continue
				}
				rings[i].depth++
				rings[i].parents = append(rings[i].parents, k)
				if rings[i].depth > maxNested {
					return problem.NestedTooDeep(rings[i].number, maxNested)
				}
			}
			if w.err != nil {
				return nil
			}
		}
	}
	return nil
}

// overlapping counts the pairs of rings whose bounds overlap on an axis.
func overlapping(rings []placedRing, axis int) (pairs int) {
	low, high := make([]float64, len(rings)), make([]float64, len(rings))
	for i := range rings {
		low[i], high[i] = rings[i].bound.Min[axis], rings[i].bound.Max[axis]
	}
	return overlappingSpans(low, high)
}

// placedRing is a ring on its way to its place.
type placedRing struct {
	orb.Ring
	number  int // from 1, over all polygons given
	polygon int // the polygon it was given in
	hole    bool
	bound   orb.Bound
	depth   int
	parents []int
}

// around reports whether r contains the other ring, which does not cross it.
func (r *placedRing) around(w *work, other *placedRing) bool {
	if !r.bound.Contains(other.bound.Min) || !r.bound.Contains(other.bound.Max) {
		return false
	}
	for i := range len(other.Ring) - 1 {
		if !w.spend(len(r.Ring)) {
			return false
		}
		if odd, on := r.contains(other.Ring[i]); !on {
			return odd
		}
	}
	// Every vertex touches r: the middle of an edge that r does not have decides.
	own := map[[4]float64]bool{}
	for _, edge := range sortedEdges(r.Ring) {
		own[edge] = true
	}
	for _, edge := range sortedEdges(other.Ring) {
		a, b := orb.Point{edge[0], edge[1]}, orb.Point{edge[2], edge[3]}
		if own[edge] {
			continue
		}
		if !w.spend(len(r.Ring)) {
			return false
		}
		if odd, on := r.contains(orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}); !on {
			return odd
		}
	}
	return false
}

func (r *placedRing) contains(p orb.Point) (odd, on bool) {
	for i := range len(r.Ring) - 1 {
		crosses, on := crossesRight(r.Ring[i], r.Ring[i+1], p)
		if on {
			return false, true
		}
		odd = odd != crosses
	}
	return odd, false
}

// dropRepeatedRings lists the rings without those that come twice: they would cancel each
// other.
func dropRepeatedRings(w *work, area orb.MultiPolygon, numbers []int) (rings []placedRing, repairs []*problem.Problem,
	p *problem.Problem) {
	seen := map[uint64][]int{} // those that may be the same, by a hash of their edges
	seed := maphash.MakeSeed()
	ordinal := 0
	for i, polygon := range area {
		for k, ring := range polygon {
			number := numbers[ordinal]
			ordinal++
			r := placedRing{Ring: ring, number: number, polygon: i, hole: k > 0, bound: ring.Bound()}
			edges := sortedEdges(ring)
			if !w.spend(16 * len(edges)) {
				return nil, nil, nil
			}
			var like uint64
			for _, edge := range edges {
				like = like*31 + maphash.Comparable(seed, edge)
			}
			same := slices.IndexFunc(seen[like], func(k int) bool {
				return slices.Equal(sortedEdges(rings[k].Ring), edges)
			})
			if same >= 0 {
				first := seen[like][same]
				if rings[first].hole != r.hole {
					return nil, nil, problem.HoleRepeatsRing(number, rings[first].number)
				}
				repairs = append(repairs, problem.RingDropped(number, rings[first].number))
				continue
			}
			seen[like] = append(seen[like], len(rings))
			rings = append(rings, r)
		}
	}
	return rings, repairs, nil
}

// sortedEdges returns the edges of a ring in an order that does not depend on where the
// ring begins or how it is wound.
func sortedEdges(ring orb.Ring) [][4]float64 {
	edges := make([][4]float64, len(ring)-1)
	for i := range edges {
		a, b := ring[i], ring[i+1]
		if slices.Compare(a[:], b[:]) > 0 {
			a, b = b, a
		}
		edges[i] = [4]float64{a[0], a[1], b[0], b[1]}
	}
	slices.SortFunc(edges, func(a, b [4]float64) int { return slices.Compare(a[:], b[:]) })
	return edges
}
