package ogc

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/api/cql"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// system is a reference system as its coordinates are written.
type system struct {
	uri         string
	fromDegrees func(orb.Point) orb.Point // from longitude, latitude; nil: they are
	toDegrees   func(orb.Point) orb.Point
}

// systems lists the reference systems of the collections: WGS 84 in either order of its
// axes, and the zones of VN-2000 of the programme's provinces, east before north.
func (c *call) systems() []system {
	swap := func(p orb.Point) orb.Point { return orb.Point{p[1], p[0]} }
	list := []system{{uri: crs84}, {epsg + "4326", swap, swap}}
	for _, z := range c.zones() {
		list = append(list, zoneSystem(z))
	}
	return list
}

func zoneSystem(z geo.VN2000) system {
	millimetres := func(m float64) float64 { return math.Round(m*1000) / 1000 }
	return system{epsg + strconv.Itoa(z.EPSG), func(p orb.Point) orb.Point {
		m := z.Project(p)
		return orb.Point{millimetres(m[0]), millimetres(m[1])}
	}, z.Unproject}
}

func (c *call) systemURIs() []string {
	var uris []string
	for _, s := range c.systems() {
		uris = append(uris, s.uri)
	}
	return uris
}

// system reads a parameter that names a reference system; without it, CRS84.
func (c *call) system(name string) (system, error) {
	list := c.systems()
	value := c.values.Get(name)
	if value == "" {
		if c.values.Has(name) {
			return system{}, problem.Parameter(name, problem.Empty(""))
		}
		return list[0], nil
	}
	// Some clients write the code and its authority alone.
	long := strings.Trim(value, "[]")
	if code, ok := strings.CutPrefix(long, "EPSG:"); ok {
		long = epsg + code
	}
	if long == "OGC:CRS84" || long == "CRS84" {
		long = crs84
	}
	i := slices.IndexFunc(list, func(s system) bool { return s.uri == long })
	if i < 0 {
		return system{}, parameter(name, value, problem.ForeignSystem(c.systemURIs()))
	}
	return list[i], nil
}

// project transforms a geometry from degrees. It makes a new one: that of the index is shared.
func (s *system) project(g orb.Geometry) orb.Geometry {
	if s.fromDegrees == nil {
		return g
	}
	switch g := g.(type) {
	case orb.Point:
		return s.fromDegrees(g)
	case orb.Polygon:
		return s.projectPolygon(g)
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i := range g {
			out[i] = s.projectPolygon(g[i])
		}
		return out
	}
	return g // nil
}

func (s *system) projectPolygon(p orb.Polygon) orb.Polygon {
	out := make(orb.Polygon, len(p))
	for i, ring := range p {
		out[i] = make(orb.Ring, len(ring))
		for j := range ring {
			out[i][j] = s.fromDegrees(ring[j])
		}
	}
	return out
}

// boxSteps is into how many steps an edge of a box is cut where it is curved in degrees.
const boxSteps = 16

// bbox reads the parameter bbox, of 4 numbers or 6, in the system of bbox-crs; nil: there is none.
func (c *call) bbox() (*geo.Shape, error) {
	text := c.values.Get("bbox")
	in, err := c.system("bbox-crs")
	if err != nil {
		return nil, err
	}
	if text == "" {
		if c.values.Has("bbox") {
			return nil, problem.Parameter("bbox", problem.Empty(""))
		}
		return nil, nil
	}
	if len(text) > 200 {
		return nil, problem.Parameter("bbox", problem.LongerThan(200))
	}
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, parameter("bbox", text, problem.WantBoxNumbers(len(parts)))
	}
	n := make([]float64, len(parts))
	for i, part := range parts {
		if n[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil || math.IsNaN(n[i]) ||
			math.IsInf(n[i], 0) {
			return nil, parameter("bbox", text, problem.NotNumber("", part))
		}
	}
	if len(n) == 6 {
		n = []float64{n[0], n[1], n[3], n[4]}
	}
	shape, p := in.box(orb.Point{n[0], n[1]}, orb.Point{n[2], n[3]})
	if p != nil {
		return nil, parameter("bbox", text, p)
	}
	return shape, nil
}

// box makes a shape of a box by its lower and upper corners.
func (s *system) box(low, high orb.Point) (*geo.Shape, *problem.Problem) {
	if s.fromDegrees == nil || s.uri == epsg+"4326" {
		if s.toDegrees != nil {
			low, high = s.toDegrees(low), s.toDegrees(high)
		}
		for _, p := range []orb.Point{low, high} {
			if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
				return nil, problem.BoxOutside()
			}
		}
		g, err := cql.Box(low, high)
		if err != nil {
			return nil, problem.Malformed(err.Error())
		}
		return geo.NewShape(g), nil
	}
	if low[0] > high[0] || low[1] > high[1] {
		return nil, problem.BoxReversed()
	}
	var ring orb.Ring
	corners := []orb.Point{low, {high[0], low[1]}, high, {low[0], high[1]}, low}
	for i := 1; i < len(corners); i++ {
		from, to := corners[i-1], corners[i]
		for step := range boxSteps {
			f := float64(step) / boxSteps
			p := s.toDegrees(orb.Point{from[0] + f*(to[0]-from[0]), from[1] + f*(to[1]-from[1])})
			if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) || math.Abs(from[0]) > 2e6 || math.Abs(from[1]) > 1e7 {
				return nil, problem.BoxOutsideSystem()
			}
			ring = append(ring, p)
		}
	}
	return geo.NewShape(orb.Polygon{append(ring, ring[0])}), nil
}
