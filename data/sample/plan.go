package sample

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sample/noise"
	"tungnha/geo"
)

// peoplePerHousehold is the average number of people of a household.
const peoplePerHousehold = 3.5

// farOffshore is the distance in metres from the nearest other commune beyond which a
// special zone is taken to have no households to visit, whatever figure it is given.
const farOffshore = 250e3

// commune is one commune to be filled.
type commune struct {
	area       *data.Area
	index      int     // in the locator
	natural    float64 // households by its population or its size
	households int     // households to be made
	seed       uint64
	parts      []part // of its geometry, the largest first
	center     orb.Point
	town       orb.Point // of a ward: the middle of the town it is part of
	crossings  []orb.Point
}

// part is one polygon of a commune that is worth settling.
type part struct {
	polygon orb.Polygon
	km2     float64
}

func (c *commune) urban() bool { return c.area.Kind == "Phường" || c.area.Kind == "Thị trấn" }

// km2 is the area of the parts that are settled.
func (c *commune) km2() float64 {
	sum := 0.0
	for _, p := range c.parts {
		sum += p.km2
	}
	return sum
}

func (c *commune) relief() float64 {
	if c.urban() {
		return 0.5 * reliefOf(c.natural/c.km2())
	}
	return reliefOf(c.natural / c.km2())
}

// rng returns a source of chance of the commune's own, so that communes can be made in
// any order and at the same time.
func (c *commune) rng(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(c.seed, noise.Mix(c.seed, purpose, 0x5a)))
}

// plan is the programme before it is filled in.
type plan struct {
	areas    []data.Area // as they are written, without hamlets
	communes []*commune
	locator  *geo.Locator
	land     terrain
}

// newPlan decides how many households each commune gets and where its roads cross into
// the next.
func newPlan(ctx context.Context, opt *Options) (*plan, error) {
	p := &plan{land: newTerrain(opt.Seed)}
	p.areas = withPopulation(opt.Areas)
	if len(opt.Areas) == 0 {
		p.areas = Province(opt.Seed)
	}
	p.areas = append(missingParents(p.areas), p.areas...)
	var shapes []orb.MultiPolygon
	for i := range p.areas {
		a := &p.areas[i]
		if a.Level != data.Commune || a.Geometry == nil || a.ValidFrom > opt.Today ||
			a.ValidTo != data.NoDate && a.ValidTo < opt.Today {
			continue
		}
		name := fnv.New64a()
		fmt.Fprintf(name, "%s\x00%s", a.Code, a.ValidFrom)
		c := &commune{area: a, index: len(shapes), seed: noise.Mix(opt.Seed, name.Sum64(), 1),
			parts: partsOf(a.Geometry)}
		shapes = append(shapes, a.Geometry)
		p.communes = append(p.communes, c)
	}
	if len(p.communes) == 0 {
		return nil, errors.New("no commune with a boundary that is valid today: nothing to fill")
	}
	for i, c := range p.communes {
		for _, d := range p.communes[:i] {
			if c.area.Code == d.area.Code {
				return nil, fmt.Errorf("commune %s stands twice among the areas valid today", c.area.Code)
			}
		}
	}
	p.locator = geo.NewLocator(shapes)
	p.count(opt.Households)
	if len(opt.Areas) == 0 {
		p.declare(opt.Seed)
	}
	return p, p.layOut(ctx)
}

// withPopulation returns the areas to write: hamlets are left out, since the sample makes
// its own, and a commune's row without geometry only lends its figures to the one that has.
func withPopulation(given []data.Area) []data.Area {
	figures := map[string]*data.Area{}
	shaped := map[string]bool{}
	for i := range given {
		if given[i].Geometry != nil {
			shaped[given[i].Code] = true
		} else if given[i].Level == data.Commune {
			figures[given[i].Code] = &given[i]
		}
	}
	var out []data.Area
	for _, a := range given {
		if a.Level == data.Hamlet || a.Geometry == nil && a.Level == data.Commune && shaped[a.Code] {
			continue
		}
		if f := figures[a.Code]; f != nil && a.Level == data.Commune && a.Geometry != nil {
			if a.Population <= 0 {
				a.Population = f.Population
			}
			if a.DeclaredHouseholds <= 0 {
				a.DeclaredHouseholds = f.DeclaredHouseholds
			}
		}
		// A figure of zero people is more often a gap in a table than an empty commune.
		if a.Population == 0 {
			a.Population = data.Unknown
		}
		if a.DeclaredHouseholds == 0 {
			a.DeclaredHouseholds = data.Unknown
		}
		out = append(out, a)
	}
	return out
}

// missingParents makes a province, without a boundary, for each code that communes name
// as their parent but that is not among the areas.
func missingParents(areas []data.Area) []data.Area {
	known := map[string]bool{}
	for i := range areas {
		known[areas[i].Code] = true
	}
	var out []data.Area
	for i := range areas {
		code := areas[i].Parent
		if code == "" || known[code] {
			continue
		}
		known[code] = true
		out = append(out, data.Area{
			Code: code, Name: "Tỉnh " + code, NameEN: "Province " + code, Kind: "Tỉnh",
			Level: data.Province, ValidFrom: areas[i].ValidFrom,
			DeclaredHouseholds: data.Unknown, Population: data.Unknown,
		})
	}
	slices.SortFunc(out, func(a, b data.Area) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// partsOf returns the polygons of a commune that are large enough to be settled, the
// largest first: all of them are when it is nothing but islets.
func partsOf(shape orb.MultiPolygon) []part {
	var parts []part
	for _, polygon := range shape {
		if len(polygon) > 0 {
			parts = append(parts, part{polygon, polygonKm2(polygon)})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.km2 > b.km2:
			return -1
		case a.km2 < b.km2:
			return 1
		}
		return 0
	})
	for i := range parts {
		if i > 0 && (parts[i].km2 < 0.03*parts[0].km2 || parts[i].km2 < 0.05) {
			return parts[:i]
		}
	}
	return parts
}

// polygonKm2 is the area of a polygon on a local plane.
func polygonKm2(polygon orb.Polygon) float64 {
	plane := planeAt(polygon.Bound().Center())
	sum := 0.0
	for k, ring := range polygon {
		twice := 0.0
		for i := 1; i < len(ring); i++ {
			a, b := plane.xy(ring[i-1]), plane.xy(ring[i])
			twice += a.x*b.y - b.x*a.y
		}
		if k == 0 {
			sum += math.Abs(twice) / 2e6
		} else {
			sum -= math.Abs(twice) / 2e6
		}
	}
	return sum
}

// count gives each commune its households: by population where that is known, else by
// kind and area; then scaled so that they add up to total, unless that is 0.
func (p *plan) count(total int) {
	sum := 0.0
	for _, c := range p.communes {
		switch a := c.area; {
		case len(c.parts) == 0 || a.Kind == "Đặc khu" && p.farOffshore(c):
			c.natural = 0
		case a.Population > 0:
			c.natural = float64(a.Population) / peoplePerHousehold
		case a.DeclaredHouseholds > 0:
			c.natural = float64(a.DeclaredHouseholds)
		default:
			c.natural = peopleByArea(a.Kind, c.km2()) / peoplePerHousehold
		}
		sum += c.natural
	}
	if sum == 0 {
		return
	}
	if total == 0 {
		total = int(math.Round(sum))
	}
	// Rounding the running sum, rather than each share, gives exactly the total.
	running, given := 0.0, 0
	for _, c := range p.communes {
		running += c.natural
		upTo := int(math.Round(running / sum * float64(total)))
		c.households = upTo - given
		given = upTo
		c.natural = max(c.natural, float64(c.households))
	}
}

// declare sets the number of households that the communes of the invented province declare: about as many as they
// get, in one commune far more and in one none. Real communes keep their figures.
func (p *plan) declare(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0xdec1))
	odd := rng.Perm(len(p.communes))
	for i, c := range p.communes {
		share := 1 + 0.015*rng.NormFloat64()
		switch i {
		case odd[0]:
			share = 1.3
		case odd[len(odd)-1]:
			continue
		}
		c.area.DeclaredHouseholds = int(math.Round(share * float64(c.households)))
	}
}

// peopleByArea guesses a population from kind and area, after the communes of 2025: wards
// are dense and densest where small, communes thin out as they grow towards the mountains.
func peopleByArea(kind string, km2 float64) float64 {
	switch kind {
	case "Phường", "Thị trấn":
		return min(km2*25000, 18000+90000/(1+math.Pow(km2/28, 1.3)))
	case "Đặc khu":
		return 0
	}
	return min(km2*900, 2500+34000/(1+math.Pow(km2/130, 2)))
}

// farOffshore reports whether no other commune is within farOffshore metres of c.
func (p *plan) farOffshore(c *commune) bool {
	if len(p.communes) == 1 {
		return false
	}
	bound := c.area.Geometry.Bound()
	plane := planeAt(bound.Center())
	for _, other := range p.communes {
		b := other.area.Geometry.Bound()
		dx := max(0, b.Min[0]-bound.Max[0], bound.Min[0]-b.Max[0]) * plane.perLon
		dy := max(0, b.Min[1]-bound.Max[1], bound.Min[1]-b.Max[1]) * plane.perLat
		if other != c && math.Hypot(dx, dy) < farOffshore {
			return false
		}
	}
	return true
}
