package sample

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sample/names"
	"tungnha/data/sample/noise"
)

// The invented province. Its code is in a range that no register uses.
const (
	provinceCode  = "99"
	communeCodes  = 99001
	provinceSince = "2025-07-01"
)

// The province is laid out on a plane whose origin is its town, by the sea: x metres east
// to the coast and y metres north, on the central coast's latitudes.
var provinceOrigin = orb.Point{108.86, 14.62}

// How far the province reaches, before its borders are roughened: half its length along
// the coast, and inland from the town.
const (
	halfLength = 18500.0
	inland     = 30000.0
)

// Province invents a province of about thirty communes: a coast in the east with a town
// of wards, a plain, mountains in the west and an island off the shore. Neighbours share
// the vertices of their border exactly. The areas are the province, then its communes by
// code; its population is that of about 60,000 households.
func Province(seed uint64) []data.Area {
	since, err := data.ParseDate(provinceSince)
	if err != nil {
		panic(err) // a constant
	}
	rng := rand.New(rand.NewPCG(seed, 0x9e0))
	m := newVoronoi(seed, rng)
	plane := planeAt(provinceOrigin)
	shape := func(rings []orb.Ring) orb.MultiPolygon {
		var shape orb.MultiPolygon
		for _, ring := range rings {
			shape = append(shape, orb.Polygon{ring})
		}
		return shape
	}
	sea := m.island(plane, rng)
	province := data.Area{
		Code: provinceCode, Name: "Tỉnh Mẫu", NameEN: "Sample Province", Kind: "Tỉnh", Level: data.Province,
		ValidFrom: since, DeclaredHouseholds: data.Unknown,
		Geometry: append(shape([]orb.Ring{m.outline(plane)}), shape(sea)...),
	}
	var communes []data.Area
	for _, s := range m.order() {
		communes = append(communes, data.Area{
			Kind: s.zone.kind(), Name: s.name, Population: s.people,
			Geometry: shape([]orb.Ring{m.ring(s.number, plane)}),
		})
	}
	communes = append(communes, data.Area{
		Kind: "Đặc khu", Name: names.Island, Population: 2900 + rng.IntN(900), Geometry: shape(sea),
	})
	for i := range communes {
		c := &communes[i]
		c.Code = fmt.Sprint(communeCodes + 3*i)
		c.NameEN = names.English(c.Name)
		c.Level, c.Parent, c.ValidFrom, c.DeclaredHouseholds = data.Commune, provinceCode, since, data.Unknown
		province.Population += c.Population
	}
	return append([]data.Area{province}, communes...)
}

// zone is the kind of land of a commune.
type zone uint8

const (
	town zone = iota
	shore
	fields
	hills
)

func (z zone) kind() string {
	if z == town {
		return "Phường"
	}
	return "Xã"
}

// site is the generating point of a commune.
type site struct {
	at     xy
	number int
	zone   zone
	name   string
	people int
}

// coastAt is the x of the shore at y: a bay beside the town, a headland north of it.
func coastAt(y float64) float64 {
	return 1500*math.Sin(y/7300+0.6) + 900*math.Sin(y/3100) - 500
}

// townReach is how far from the middle of the town its wards are, in metres.
const townReach = 4600.0

// fromTown is how far a place is from the middle of the town.
func fromTown(p xy) float64 { return math.Hypot(p.x+1800, p.y) }

// spread is the distance between sites: small in the town, large in the hills.
func spread(p xy) float64 {
	return min(1900+0.36*max(0, fromTown(p)-2200), 4800+max(0, 0.3*(-12000-p.x)), 6900)
}

// voronoi is the Voronoi diagram of the sites: each commune is the land that is nearer to its site than to any
// other, with its border roughened edge by edge.
type voronoi struct {
	seed        uint64
	sites       []site
	all         []xy             // the sites, then their mirror images beyond the province's outline
	vertices    []xy             // where three meet
	verticesOf  [][]int          // the corners of each site's commune, counter-clockwise
	sitesOfEdge map[[2]int][]int // the sites on either side of an edge between two corners
}

func newVoronoi(seed uint64, rng *rand.Rand) *voronoi {
	m := &voronoi{seed: seed}
	outline := provinceOutline(seed)
	m.placeSites(outline, rng)
	for _, s := range m.sites {
		m.all = append(m.all, s.at)
	}
	m.mirror(outline)
	m.computeVertices()
	return m
}

// provinceOutline is a closed line around the land, counter-clockwise: the coast in the
// east, and on the other sides a ridge that bulges this way and that.
func provinceOutline(seed uint64) []xy {
	const points = 260
	wander := noise.Noise(noise.Mix(seed, 77, 0))
	line := make([]xy, 0, points+1)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / points)
		r := 1 + 0.34*wander.Fractal(1.25*cos, 1.25*sin, 4)
		p := xy{-9000 + r*(inland-9000)*cos, r * halfLength * sin}
		p.x = min(p.x, coastAt(p.y))
		line = append(line, p)
	}
	return append(line, line[0])
}

// inside reports whether a closed line contains p, by the even-odd rule.
func inside(line []xy, p xy) bool {
	in := false
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		if (a.y > p.y) != (b.y > p.y) && p.x < a.x+(p.y-a.y)/(b.y-a.y)*(b.x-a.x) {
			in = !in
		}
	}
	return in
}

// mirror adds, all along the outline, the mirror image beyond it of the nearest site, so that the border between the
// two follows the outline.
func (m *voronoi) mirror(outline []xy) {
	for i := 1; i < len(outline); i++ {
		q := outline[i-1].lerp(outline[i], 0.5)
		n, ok := outline[i-1].normalTo(outline[i])
		if !ok {
			continue
		}
		nearest := m.sites[0].at
		for _, s := range m.sites {
			if s.at.dist(q) < nearest.dist(q) {
				nearest = s.at
			}
		}
		d := q.sub(nearest)
		image := nearest.add(n.scale(2 * (d.x*n.x + d.y*n.y)))
		// A site, its neighbour and both their images would be on one circle: which three
		// form a vertex must not depend on rounding.
		image = image.add(xy{40 * noise.Unit(noise.Mix(m.seed, uint64(i), 1)),
			40 * noise.Unit(noise.Mix(m.seed, uint64(i), 2))})
		if inside(outline, image) || slices.ContainsFunc(m.all, func(p xy) bool { return p.dist(image) < 900 }) {
			continue
		}
		m.all = append(m.all, image)
	}
}

// offBorder returns how far p is from the outline.
func offBorder(outline []xy, p xy) float64 {
	least := math.Inf(1)
	for _, q := range outline {
		least = min(least, q.dist(p))
	}
	return least
}

// placeSites places the sites at random, no two too close (dart throwing), until there is no room.
func (m *voronoi) placeSites(outline []xy, rng *rand.Rand) {
	// The town's first, so that it always has its wards.
	for _, window := range [2]float64{townReach, 40000} {
		for range 6000 {
			p := xy{-1800 + window*(2*rng.Float64()-1), window * (2*rng.Float64() - 1)}
			if window == townReach && fromTown(p) > window || !inside(outline, p) {
				continue
			}
			apart := spread(p)
			ok := offBorder(outline, p) > 0.38*apart
			for _, s := range m.sites {
				ok = ok && s.at.dist(p) > (apart+spread(s.at))/2
			}
			if ok {
				m.sites = append(m.sites, site{at: p})
			}
		}
	}
	m.describeSites(rng)
}

// describeSites gives the sites their zones, names and people.
func (m *voronoi) describeSites(rng *rand.Rand) {
	pick := func(list []string) func() string {
		order := rng.Perm(len(list))
		next := 0
		return func() string {
			name := list[order[next%len(order)]]
			if next >= len(order) {
				name += fmt.Sprint(" ", next/len(order)+1)
			}
			next++
			return name
		}
	}
	pickers := [...]func() string{town: pick(names.Wards), shore: pick(names.Shore), fields: pick(names.Plain),
		hills: pick(names.Hills)}
	for i := range m.sites {
		s := &m.sites[i]
		s.number = i
		middle := fromTown(s.at)
		people := 0.0
		switch {
		case middle < townReach:
			s.zone, people = town, 9500+7500*math.Exp(-middle/2500)
		case s.at.x > coastAt(s.at.y)-4500:
			s.zone, people = shore, 8200
		case s.at.x > -15500:
			s.zone, people = fields, 6300+1800*(1+s.at.x/15500)
		default:
			s.zone, people = hills, 3300-1500*(-15500-s.at.x)/(inland-15500)
		}
		s.people = max(700, int(people*(0.8+0.4*rng.Float64())))
		s.name = pickers[s.zone]()
	}
}

// order lists the sites as a register would: the town, the shore, the plain, the hills,
// each from north to south.
func (m *voronoi) order() []site {
	sites := slices.Clone(m.sites)
	slices.SortFunc(sites, func(a, b site) int {
		return cmp.Or(cmp.Compare(a.zone, b.zone), cmp.Compare(b.at.y, a.at.y))
	})
	return sites
}
