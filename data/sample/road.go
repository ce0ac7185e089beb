package sample

import (
	"math"
	"slices"
)

// road is a line that people drive along, and how many places are reached by it.
type road struct {
	line    []xy
	traffic float32
}

// layRoads joins the settlements with each other and with the crossings, and puts slots along
// the roads: the more travelled and the nearer to a settlement, the likelier to be built on.
func (s *housePlacer) layRoads(center xy, villages []village) {
	places := []xy{center}
	for i := range villages {
		places = append(places, villages[i].at)
	}
	places = append(places, s.crossings...)
	roads := s.plainRoads
	if s.relief > 0.5 {
		roads = s.valleyRoads
	}
	for _, r := range roads(places) {
		s.layRibbon(smooth(r.line), r.traffic)
	}
}

// valleyRoads follow the cheapest paths from all places to the first, which share the valleys.
func (s *housePlacer) valleyRoads(places []xy) []road {
	next := s.routesFrom(s.nearest(places[0]), 0.4+26*s.relief, s.land)
	traffic := make([]float32, len(next))
	for _, p := range places {
		for i := s.nearest(p); i >= 0; i = next[i] {
			traffic[i]++
		}
	}
	laid := make([]bool, len(next))
	var roads []road
	for _, p := range places {
		var r road
		for i, n := s.nearest(p), 0; i >= 0; i, n = next[i], n+1 {
			if n%3 == 0 || next[i] < 0 || laid[i] {
				r.line = append(r.line, s.center(i))
			}
			r.traffic = max(r.traffic, traffic[i])
			if laid[i] {
				break
			}
			laid[i] = true
		}
		roads = append(roads, r)
	}
	return roads
}

// plainRoads joins two places wherever no third is nearer to both: the relative neighbourhood graph (G. Toussaint,
// 1980), which resembles the country roads of a plain and is connected.
func (s *housePlacer) plainRoads(places []xy) []road {
	type edge struct {
		i, j   int
		length float64
	}
	var edges []edge
	beside := make([][]int, len(places)) // edges at each place
	for i := range places {
		for j := i + 1; j < len(places); j++ {
			length := places[i].dist(places[j])
			if length < 1 || slices.ContainsFunc(places, func(k xy) bool {
				return k.dist(places[i]) < length && k.dist(places[j]) < length
			}) {
				continue
			}
			beside[i] = append(beside[i], len(edges))
			beside[j] = append(beside[j], len(edges))
			edges = append(edges, edge{i, j, length})
		}
	}
	// The traffic of a road: how many places have it on their shortest way to the first.
	dist := make([]float64, len(places))
	via := make([]int, len(places))
	done := make([]bool, len(places))
	for i := range dist {
		dist[i], via[i] = math.Inf(1), -1
	}
	dist[0] = 0
	var order []int
	for range places {
		at := -1
		for i := range places {
			if !done[i] && (at < 0 || dist[i] < dist[at]) {
				at = i
			}
		}
		done[at] = true
		order = append(order, at)
		for _, e := range beside[at] {
			other := edges[e].i + edges[e].j - at
			if d := dist[at] + edges[e].length; d < dist[other] {
				dist[other], via[other] = d, e
			}
		}
	}
	through := make([]float32, len(places))
	traffic := make([]float32, len(edges))
	for _, at := range slices.Backward(order) {
		if e := via[at]; e >= 0 {
			traffic[e] += 1 + through[at]
			through[edges[e].i+edges[e].j-at] += 1 + through[at]
		}
	}
	roads := make([]road, len(edges))
	for k, e := range edges {
		roads[k] = road{s.bent(places[e.i], places[e.j]), traffic[k]}
	}
	return roads
}

// bent is a curved line from a to b, by midpoint displacement.
func (s *housePlacer) bent(a, b xy) []xy {
	line := []xy{a, b}
	for strength := 0.22; len(line) < 9; strength *= 0.6 {
		out := line[:1:1]
		for i := 1; i < len(line); i++ {
			mid := line[i-1].lerp(line[i], 0.4+0.2*s.rng.Float64())
			if n, ok := line[i-1].normalTo(line[i]); ok {
				mid = mid.add(n.scale(line[i-1].dist(line[i]) * strength * (2*s.rng.Float64() - 1)))
			}
			out = append(out, mid, line[i])
		}
		line = out
	}
	return line
}

// layRibbon puts slots on both sides of a road.
func (s *housePlacer) layRibbon(line []xy, traffic float32) {
	frontage := 15 + 12*s.relief
	if s.urban {
		frontage = 7
	}
	busy := math.Min(1, 0.25+0.12*float64(traffic))
	carry := frontage * s.rng.Float64()
	for k := 1; k < len(line); k++ {
		a, b := line[k-1], line[k]
		length := a.dist(b)
		n, ok := a.normalTo(b)
		if !ok {
			continue
		}
		for ; carry < length; carry += frontage * (0.75 + 0.5*s.rng.Float64()) {
			on := a.lerp(b, carry/length)
			i := s.at(on)
			if i < 0 || !s.inside[i] || s.inCore[i] {
				continue // the town has streets of its own
			}
			p := s.common(on)
			if s.land.river(p) {
				continue
			}
			// Houses along a road form rows with fields between them.
			patch := s.land.patch(p)
			weight := (0.02 + 0.9*float64(s.near[i])) * busy
			if patch > 0.12 {
				weight += 0.35 * busy * patch
			}
			for _, side := range [2]float64{-1, 1} {
				off := 8 + 5*s.rng.Float64()
				if s.rng.IntN(6) == 0 {
					off += 14 + 20*s.rng.Float64() // a second row, behind
				}
				at := on.add(n.scale(side * off)).add(xy{2 * s.rng.NormFloat64(), 2 * s.rng.NormFloat64()})
				s.slots = append(s.slots, slot{at, float32(weight)})
			}
		}
		carry -= length
	}
}
