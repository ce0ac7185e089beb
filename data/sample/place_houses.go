package sample

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data/sample/noise"
)

// housePlacer places the houses of one part of a commune.
type housePlacer struct {
	*costGrid
	land      terrain
	rng       *rand.Rand
	urban     bool
	natural   float64 // households that would live here were the sample not scaled
	relief    float64 // 0 on a plain, 1 in the mountains
	crossings []xy    // where roads cross the border
	slots     []slot
	town      xy        // the middle of the town that a ward belongs to
	inCore    []bool    // for every cell: covered by the streets of a town
	near      []float32 // for every cell: 1 in the middle of a settlement, falling off to 0
}

// village is a settlement with its own street grid.
type village struct {
	at     xy
	homes  float64
	radius float64
}

// reliefOf estimates how mountainous a place is from its density: 150 households a
// square kilometre are a plain, 8 are mountains.
func reliefOf(perKm2 float64) float64 {
	if perKm2 <= 0 {
		return 1
	}
	return min(1, max(0, (math.Log(150)-math.Log(perKm2))/(math.Log(150)-math.Log(8))))
}

// areaKm2 is the ground's area inside.
func (g *costGrid) areaKm2() float64 { return float64(len(g.cells)) * g.cell * g.cell / 1e6 }

// mainPlace chooses the place of the commune's office: low ground, not far from the middle.
func (g *costGrid) mainPlace(rng *rand.Rand, relief float64, land terrain) xy {
	var middle xy
	for _, i := range g.cells {
		middle = middle.add(g.center(i))
	}
	middle = middle.scale(1 / float64(len(g.cells)))
	size := math.Sqrt(g.areaKm2() * 1e6)
	best, bestScore := xy{}, math.Inf(-1)
	for range 60 {
		p := g.center(g.cells[rng.IntN(len(g.cells))])
		score := -2.5*p.dist(middle)/size - (0.3+3*relief)*land.rough(g.common(p)) + 0.3*rng.Float64()
		if land.river(g.common(p)) {
			score -= 2
		}
		if score > bestScore {
			best, bestScore = p, score
		}
	}
	return best
}

// lay lays out roads, villages and streets and collects the slots along them, for about
// the given number of households.
func (s *housePlacer) lay(center xy, households int) {
	s.near = make([]float32, len(s.inside))
	s.inCore = make([]bool, len(s.inside))
	outside := s.natural // households outside the town itself
	if s.urban {
		outside = s.layTown(center)
	}
	villages := s.villages(center, outside)
	for i := range villages {
		s.markNear(&villages[i])
	}
	s.layRoads(center, villages)
	for i := range villages {
		s.layVillage(&villages[i], uint64(i))
	}
	s.densify(households + households/4 + 8)
}

// layTown covers the built-up core with streets and returns how many households are left
// for the rest of the ward.
func (s *housePlacer) layTown(center xy) (outside float64) {
	total := s.areaKm2()
	// Households a square kilometre of built-up ground: fewer in a small town.
	comfortable := 1200 + 2300*min(1, s.natural/total/2500)
	coreKm2 := min(total, s.natural*0.85/comfortable)
	if coreKm2 > 0.6*total {
		coreKm2 = total
	}
	core := s.core(center, int(coreKm2/total*float64(len(s.cells))))
	town := s.natural
	if coreKm2 < total {
		town *= 0.85
	}
	perM2 := town / (coreKm2 * 1e6)

	bound := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, i := range core {
		s.inCore[i] = true
		s.near[i] = 1
		p := s.common(s.center(i))
		bound = bound.Extend(orb.Point{p.x, p.y})
	}
	quarters := map[uint64]bool{}
	const step = districtSize / 4
	for y := bound.Min[1]; y <= bound.Max[1]+step; y += step {
		for x := bound.Min[0]; x <= bound.Max[0]+step; x += step {
			id, middle := s.land.district(xy{x, y})
			if !quarters[id] {
				quarters[id] = true
				s.layQuarter(id, middle, perM2)
			}
		}
	}
	return s.natural - town
}

// layQuarter lays the streets of one quarter: drawn with a ruler in some, grown in others.
func (s *housePlacer) layQuarter(id uint64, middle xy, perM2 float64) {
	planned := noise.Unit(noise.Mix(id, 1, 0))
	lot := 4.5 + 1.8*noise.Unit(noise.Mix(id, 2, 0))
	lot *= min(1.6, max(1, 0.003/perM2)) // small towns have room
	f := streetGrid{
		center:  s.xy(orb.Point{middle.x / commonPerLon, middle.y / metresPerDegree}),
		heading: math.Pi * noise.Unit(noise.Mix(id, 3, 0)),
		lot:     lot,
		gap:     min(56, max(21, 2/(lot*perM2*1.75))),
		cross:   90 + 110*noise.Unit(noise.Mix(id, 4, 0)),
		setback: 5,
		jitter:  1.2 + 3*(1-planned),
		bend:    10 + 110*(1-planned)*(1-planned), bendLength: 420,
		broken: 0.05 + 0.18*(1-planned),
		seed:   id,
	}
	f.setback = min(8, f.gap/4)
	f.eachLot(1.25*districtSize, func(at xy) {
		i := s.at(at)
		if i < 0 || !s.inCore[i] {
			return
		}
		p := s.common(at)
		if nearest, _ := s.land.district(p); nearest != id || s.land.river(p) {
			return
		}
		patch := s.land.patch(p)
		if patch < -0.42 {
			return // a park, a pond, a market, a works
		}
		s.slots = append(s.slots, slot{at, float32(math.Exp(2.2 * patch))})
	})
}

// core returns the best n cells for a town: near the centre, low, with a ragged edge.
func (s *housePlacer) core(center xy, n int) []int32 {
	if n >= len(s.cells) {
		return s.cells
	}
	reach := math.Sqrt(float64(n)) * s.cell
	score := make([]float32, len(s.inside))
	for _, i := range s.cells {
		c := s.center(i)
		p := s.common(c)
		score[i] = float32(-0.8*c.dist(center)/reach - 0.3*c.dist(s.town)/reach - 1.5*s.relief*float64(s.rough[i]) +
			1.1*s.land.patches.Fractal(p.x/1900, p.y/1900, 4))
	}
	cells := slices.Clone(s.cells)
	slices.SortFunc(cells, func(a, b int32) int {
		switch {
		case score[a] != score[b] && score[a] > score[b]:
			return -1
		case score[a] != score[b]:
			return 1
		}
		return int(a - b)
	})
	return cells[:max(1, n)]
}

// villages spreads settlements over the better ground, of very different sizes, the
// largest around the commune's main place.
func (s *housePlacer) villages(center xy, homes float64) []village {
	if homes < 1 {
		return nil
	}
	mean := 130 - 85*s.relief
	count := int(min(400, max(2, 0.75*homes/mean)))
	spacing := 0.55 * math.Sqrt(s.areaKm2()*1e6/float64(count))
	out := []village{}
	if !s.urban {
		out = append(out, village{at: center, homes: 0.10 * homes})
	}
	total := 0.0
	for range count {
		best, bestScore := xy{}, math.Inf(-1)
		for range 6 + int(18*s.relief) {
			p := s.center(s.cells[s.rng.IntN(len(s.cells))])
			q := s.common(p)
			score := -(0.4+5*s.relief)*s.land.rough(q) + 1.2*s.land.patches.At(q.x/3100, q.y/3100) +
				0.5*s.rng.Float64() - 0.5*s.relief*p.dist(center)/math.Sqrt(s.areaKm2()*1e6)
			for i := range out {
				if d := out[i].at.dist(p); d < spacing {
					score -= 2 * (1 - d/spacing)
				}
			}
			if s.land.river(q) {
				score -= 3
			}
			if score > bestScore {
				best, bestScore = p, score
			}
		}
		v := village{at: best, homes: math.Exp(0.75 * s.rng.NormFloat64())}
		total += v.homes
		out = append(out, v)
	}
	perM2 := (1100 - 350*s.relief) / 1e6
	for i := range out {
		v := &out[i]
		if s.urban || i > 0 {
			v.homes *= 0.65 * homes / total
		}
		v.radius = max(45, math.Sqrt(v.homes/(math.Pi*perM2)))
	}
	return out
}

// markNear records in the cells around a village how near they are to it.
func (s *housePlacer) markNear(v *village) {
	reach := 3 * v.radius
	low, high := v.at.sub(xy{reach, reach}), v.at.add(xy{reach, reach})
	for y := max(low.y, s.min.y); y <= high.y+s.cell; y += s.cell {
		for x := max(low.x, s.min.x); x <= high.x+s.cell; x += s.cell {
			i := s.at(xy{x, y})
			if i < 0 || !s.inside[i] {
				continue
			}
			n := float32(math.Exp(-s.center(i).dist(v.at) / (0.9 * v.radius)))
			s.near[i] = max(s.near[i], n)
		}
	}
}

// layVillage lays the lanes of one settlement, dense in the middle, with a ragged edge.
func (s *housePlacer) layVillage(v *village, number uint64) {
	seed := noise.Mix(uint64(s.land.seed), math.Float64bits(v.at.x), number)
	f := streetGrid{
		center:  v.at,
		heading: math.Pi * noise.Unit(noise.Mix(seed, 1, 0)),
		gap:     58 - 20*s.relief + 14*noise.Unit(noise.Mix(seed, 2, 0)),
		lot:     15 + 7*noise.Unit(noise.Mix(seed, 3, 0)),
		setback: 9, jitter: 9,
		cross: 120 + 80*noise.Unit(noise.Mix(seed, 4, 0)),
		bend:  45, bendLength: 230,
		broken: 0.25,
		seed:   seed,
	}
	edge := noise.Noise(noise.Mix(seed, 5, 0))
	f.eachLot(1.7*v.radius, func(at xy) {
		if !s.contains(at) {
			return
		}
		p := s.common(at)
		if s.land.river(p) {
			return
		}
		d := at.sub(v.at)
		away := math.Hypot(d.x, d.y) / v.radius
		// The outline bulges by as much as half the radius one way or the other.
		away /= 1 + 0.9*edge.Fractal(d.x/(1.1*v.radius), d.y/(1.1*v.radius), 3)
		weight := math.Exp(-1.8*away*away + 1.1*s.land.patch(p))
		if away > 1.7 || away < 0 {
			return
		}
		s.slots = append(s.slots, slot{at, float32(weight)})
	})
}

// densify adds dwellings behind and between those there are, until there are enough.
func (s *housePlacer) densify(enough int) {
	first := len(s.slots)
	for tries := 0; len(s.slots) < enough && tries < 40*enough; tries++ {
		var at xy
		if first > 0 {
			at = s.slots[s.rng.IntN(first)].at
			sin, cos := math.Sincos(2 * math.Pi * s.rng.Float64())
			at = at.add(xy{cos, sin}.scale(5 + 14*s.rng.Float64()))
		} else {
			at = s.center(s.cells[s.rng.IntN(len(s.cells))])
			at = at.add(xy{s.cell * (s.rng.Float64() - 0.5), s.cell * (s.rng.Float64() - 0.5)})
		}
		if s.contains(at) {
			s.slots = append(s.slots, slot{at, 0.05})
		}
	}
}

// chooseSlots draws the slots that are built on without replacement, by their weights, among the places that accept
// reports to be in the commune. It returns the places in the order of the slots: a walk from door to door. Where there
// is no room it returns fewer than n.
func (s *housePlacer) chooseSlots(n int, accept func(orb.Point) bool) []orb.Point {
	// The n least of independent exponential times with the weights as rates (Efraimidis and Spirakis, Weighted
	// Random Sampling with a Reservoir, 2006).
	type race struct {
		time float32
		slot int32
	}
	// Where fewer households are made than live there, whole rows of houses are more realistic than single houses:
	// runs of slots share one random factor.
	const run = 14
	thinned := max(0, 1-float64(n)/s.natural)
	luck := float32(1)
	order := make([]race, len(s.slots))
	for i := range s.slots {
		if i%run == 0 {
			luck = float32(math.Exp(2.2 * thinned * s.rng.NormFloat64()))
		}
		order[i] = race{float32(s.rng.ExpFloat64()) / (luck * s.slots[i].weight), int32(i)}
	}
	slices.SortFunc(order, func(a, b race) int {
		switch {
		case a.time < b.time:
			return -1
		case a.time > b.time:
			return 1
		}
		return int(a.slot - b.slot)
	})
	towers := 0
	if s.urban && s.natural/s.areaKm2() > 1800 {
		towers = int(0.05 * float64(n) / towerHomes)
	}
	type home struct {
		slot  int32
		point orb.Point
	}
	homes := make([]home, 0, n)
	taken := make(map[orb.Point]bool, n)
	for _, r := range order {
		if len(homes) == n {
			break
		}
		p := s.point(s.slots[r.slot].at)
		if taken[p] || !accept(p) {
			continue
		}
		taken[p] = true
		floors := 1
		if towers > 0 && s.rng.IntN(40) == 0 {
			towers--
			floors = towerHomes/2 + s.rng.IntN(towerHomes)
		}
		for range min(floors, n-len(homes)) {
			homes = append(homes, home{r.slot, p})
		}
	}
	slices.SortStableFunc(homes, func(a, b home) int { return int(a.slot - b.slot) })
	points := make([]orb.Point, len(homes))
	for i := range homes {
		points[i] = homes[i].point
	}
	return points
}

// towerHomes is the average number of households in a block of flats.
const towerHomes = 70
