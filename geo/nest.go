package geo

import (
	"slices"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// nest puts the rings of an area, of which none cross, where they belong: a ring inside an
// even number of others is an outer one, else a hole of the one right around it. An area
// that is in order comes back as it is.
func nest(area orb.MultiPolygon) (nested orb.MultiPolygon, repairs []*problem.Problem, p *problem.Problem) {
	rings, repairs, p := dropRepeatedRings(area)
	if p != nil {
		return nil, nil, p
	}
	for i := range rings {
		for k := range rings {
			if i != k && rings[k].around(&rings[i]) {
				rings[i].depth++
				rings[i].parents = append(rings[i].parents, k)
			}
		}
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
func (r *placedRing) around(other *placedRing) bool {
	if !r.bound.Contains(other.bound.Min) || !r.bound.Contains(other.bound.Max) {
		return false
	}
	for i := range len(other.Ring) - 1 {
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
func dropRepeatedRings(area orb.MultiPolygon) (rings []placedRing, repairs []*problem.Problem, p *problem.Problem) {
	type shape struct {
		bound  orb.Bound
		points int
	}
	seen := map[shape][]int{} // those that may be the same
	number := 0
	for i, polygon := range area {
		for k, ring := range polygon {
			number++
			r := placedRing{Ring: ring, number: number, polygon: i, hole: k > 0, bound: ring.Bound()}
			like := shape{r.bound, len(ring)}
			same := slices.IndexFunc(seen[like], func(k int) bool {
				return slices.Equal(sortedEdges(rings[k].Ring), sortedEdges(ring))
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
