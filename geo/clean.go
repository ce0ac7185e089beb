package geo

import (
	"cmp"
	"context"
	"math"
	"math/big"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// Clean makes one valid MultiPolygon of whatever polygonal geometry a file gave: rings closed, repeated points
// dropped, outer rings counter-clockwise and holes clockwise, holes and parts that enclose nothing dropped. repairs has
// a problem for each thing that was mended. p is what cannot be mended without guessing: a ring that crosses itself or
// another, nothing that encloses anything, a coordinate out of range, a geometry that is not an area.
//
// Rings are counted from 1 in the order of the file, over all polygons. A ring may touch itself or another. The
// geometry given is not changed; the area returned shares nothing with it.
//
// The time of sound geometries grows with the number of their points, a second for some 10 MB. What a hostile one may
// take is bounded by ctx alone: when that ends Clean does within a moment, and err is its error.
func Clean(ctx context.Context, g orb.Geometry) (area orb.MultiPolygon, repairs []*problem.Problem,
	p *problem.Problem, err error) {
	w := &work{ctx: ctx, err: ctx.Err()}
	area, repairs, p = clean(w, g)
	if w.err != nil {
		return nil, nil, nil, w.err
	}
	return area, repairs, p, nil
}

func clean(w *work, g orb.Geometry) (area orb.MultiPolygon, repairs []*problem.Problem, p *problem.Problem) {
	polygons, p := polygonsOf(g)
	if p != nil {
		return nil, nil, p
	}
	ring := 0
	var numbers []int            // of the rings that are kept
	var nothing *problem.Problem // of the first ring that encloses nothing
	for _, polygon := range polygons {
		cleaned := make(orb.Polygon, 0, len(polygon))
		for i, r := range polygon {
			ring++
			c, mended, empty, p := cleanRing(w, r, ring, i > 0)
			if empty && (i > 0 || len(polygon) == 1) {
				nothing = cmp.Or(nothing, p)
				repairs = append(repairs, problem.EmptyRingDropped(ring))
				continue
			}
			if p != nil {
				return nil, nil, p
			}
			numbers = append(numbers, ring)
			for _, m := range mended {
				repairs = append(repairs, problem.InRing(ring, m))
			}
			cleaned = append(cleaned, c)
		}
		if len(cleaned) > 0 {
			area = append(area, cleaned)
		}
	}
	if len(area) == 0 {
		return nil, nil, cmp.Or(nothing, problem.NoRings())
	}
	if c, crosses := findCrossing(w, area); crosses {
		c.first, c.second = numbers[c.first-1], numbers[c.second-1]
		return nil, nil, c.problem()
	}
	area, mended, p := nest(w, area, numbers)
	if p != nil {
		return nil, nil, p
	}
	return area, append(repairs, mended...), nil
}

// polygonsOf returns the polygons of a geometry that contains nothing else.
func polygonsOf(g orb.Geometry) ([]orb.Polygon, *problem.Problem) {
	switch g := g.(type) {
	case nil:
		return nil, problem.NoGeometry()
	case orb.Polygon:
		return []orb.Polygon{g}, nil
	case orb.MultiPolygon:
		return g, nil
	case orb.Ring:
		return []orb.Polygon{{g}}, nil
	case orb.Bound:
		return []orb.Polygon{g.ToPolygon()}, nil
	case orb.Collection:
		var all []orb.Polygon
		for i, member := range g {
			polygons, p := polygonsOf(member)
			if p != nil {
				return nil, problem.InMember(i+1, p)
			}
			all = append(all, polygons...)
		}
		return all, nil
	default:
		return nil, problem.NotArea(g.GeoJSONType())
	}
}

// cleanRing returns a ring, of a number, closed, wound for its role, without points that add nothing, and what it
// mended. empty: p is that it encloses nothing.
func cleanRing(w *work, ring orb.Ring, number int, hole bool) (cleaned orb.Ring, repairs []*problem.Problem,
	empty bool, p *problem.Problem) {
	for i, point := range ring {
		if p := CheckLonLat(point); p != nil {
			return nil, nil, false, problem.InRing(number, problem.InPoint(i+1, p))
		}
	}
	repeated := 0
	cleaned = make(orb.Ring, 0, len(ring)+1)
	for _, p := range ring {
		if len(cleaned) > 0 && cleaned[len(cleaned)-1] == p {
			repeated++
			continue
		}
		cleaned = append(cleaned, p)
	}
	open := len(cleaned) > 1 && cleaned[0] != cleaned[len(cleaned)-1]
	if len(cleaned) > 1 && !open {
		cleaned = cleaned[:len(cleaned)-1] // open while it is being mended
	}
	cleaned, spikes := dropSpikes(cleaned)
	if n := distinct(cleaned); n < 3 {
		if spikes > 0 {
			return nil, nil, true, problem.InRing(number, problem.EnclosesNothing())
		}
		return nil, nil, true, problem.InRing(number, problem.TooFewPoints(n))
	}
	cleaned = append(cleaned, cleaned[0])
	if open {
		repairs = append(repairs, problem.NotClosed())
	}
	if repeated > 0 {
		repairs = append(repairs, problem.PointsRepeated(repeated))
	}
	if spikes > 0 {
		repairs = append(repairs, problem.SpikesDropped(spikes))
	}
	turn := winding(cleaned)
	if turn == 0 {
		if c, crosses := findCrossing(w, orb.MultiPolygon{{cleaned}}); crosses {
			return nil, nil, false, crossing{number, number, c.at}.problem()
		}
		return nil, nil, true, problem.InRing(number, problem.EnclosesNothing())
	}
	if (turn < 0) != hole {
		cleaned.Reverse()
		repairs = append(repairs, problem.Rewound())
	}
	return cleaned, repairs, false, nil
}

// dropSpikes removes, from a ring without its closing point, the points at which it turns
// straight back, and what becomes repeated by that.
func dropSpikes(ring orb.Ring) (orb.Ring, int) {
	dropped := 0
	kept := make(orb.Ring, 0, len(ring))
	settle := func() {
		for {
			n := len(kept)
			if n >= 2 && kept[n-1] == kept[n-2] || n >= 3 && turnsBack(kept[n-3], kept[n-2], kept[n-1]) {
				if kept[n-1] != kept[n-2] {
					kept[n-2] = kept[n-1]
				}
				kept = kept[:n-1]
				dropped++
				continue
			}
			return
		}
	}
	for _, p := range ring {
		kept = append(kept, p)
		settle()
	}
	// Where the ends meet the same may happen.
	for len(kept) >= 3 {
		n := len(kept)
		switch {
		case kept[n-1] == kept[0] || turnsBack(kept[n-2], kept[n-1], kept[0]):
			kept = kept[:n-1]
		case turnsBack(kept[n-1], kept[0], kept[1]):
			kept = kept[1:]
		default:
			return kept, dropped
		}
		dropped++
	}
	return kept, dropped
}

// turnsBack reports whether the way from a over b to c goes straight back at b.
func turnsBack(a, b, c orb.Point) bool {
	return (a[0]-b[0])*(c[0]-b[0]) >= 0 && (a[1]-b[1])*(c[1]-b[1]) >= 0 && side(a, b, c) == 0
}

func distinct(ring orb.Ring) int {
	seen := make(map[orb.Point]bool, 3)
	for _, p := range ring {
		if seen[p] = true; len(seen) > 3 {
			break
		}
	}
	return len(seen)
}

// exactBits is a precision in which sums of products of two coordinates are exact: of up to 2⁹ each, in units of at
// least 2⁻¹⁰⁷⁴, and 2³² of them. Without a bound a big.Float keeps the zeros behind its digits, more with each
// addition.
const exactBits = 2*(9+1074) + 32

// winding is 1 for a closed ring that turns counter-clockwise around what it encloses, -1
// for one that turns clockwise, 0 for one that encloses nothing. It is exact.
func winding(ring orb.Ring) int {
	sum, magnitude := 0.0, 0.0
	o := ring[0]
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		left, right := (a[0]-o[0])*(b[1]-o[1]), (a[1]-o[1])*(b[0]-o[0])
		sum += left - right
		magnitude += math.Abs(left) + math.Abs(right)
	}
	if bound := float64(len(ring)+4) * 0x1p-52 * magnitude; math.Abs(sum) > bound && magnitude > tinyProduct {
		return int(math.Copysign(1, sum))
	}
	exact := func(x float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(x) }
	total := exact(0)
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		left, right := exact(a[0]), exact(a[1])
		total.Add(total, left.Mul(left, exact(b[1])))
		total.Sub(total, right.Mul(right, exact(b[0])))
	}
	return total.Sign()
}
