package ogc

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/api/cql"
	"tungnha/geo"
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
func (c *call) system(parameter string) (system, error) {
	list := c.systems()
	value := c.values.Get(parameter)
	if value == "" {
		if c.values.Has(parameter) {
			return system{}, &ParameterError{parameter, "", "is empty"}
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
		return system{}, &ParameterError{parameter, value, "is not one of the collection's: " +
			strings.Join(c.systemURIs(), " ")}
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
			return nil, &ParameterError{"bbox", "", "is empty"}
		}
		return nil, nil
	}
	fail := func(format string, args ...any) error {
		return &ParameterError{"bbox", text, fmt.Sprintf(format, args...)}
	}
	if len(text) > 200 {
		return nil, &ParameterError{"bbox", "", "is longer than 200 bytes"}
	}
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, fail("want 4 numbers, or 6 with heights, not %d", len(parts))
	}
	n := make([]float64, len(parts))
	for i, part := range parts {
		if n[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil || math.IsNaN(n[i]) ||
			math.IsInf(n[i], 0) {
			return nil, fail("%q is not a number", part)
		}
	}
	if len(n) == 6 {
		n = []float64{n[0], n[1], n[3], n[4]}
	}
	return in.box(orb.Point{n[0], n[1]}, orb.Point{n[2], n[3]}, fail)
}

// box makes a shape of a box by its lower and upper corners.
func (s *system) box(low, high orb.Point, fail func(string, ...any) error) (*geo.Shape, error) {
	if s.fromDegrees == nil || s.uri == epsg+"4326" {
		if s.toDegrees != nil {
			low, high = s.toDegrees(low), s.toDegrees(high)
		}
		for _, p := range []orb.Point{low, high} {
			if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
				return nil, fail("is outside 180 degrees of longitude and 90 of latitude")
			}
		}
		g, err := cql.Box(low, high)
		if err != nil {
			return nil, fail("%s", err)
		}
		return geo.NewShape(g), nil
	}
	if low[0] > high[0] || low[1] > high[1] {
		return nil, fail("its upper corner is below its lower one")
	}
	var ring orb.Ring
	corners := []orb.Point{low, {high[0], low[1]}, high, {low[0], high[1]}, low}
	for i := 1; i < len(corners); i++ {
		from, to := corners[i-1], corners[i]
		for step := range boxSteps {
			f := float64(step) / boxSteps
			p := s.toDegrees(orb.Point{from[0] + f*(to[0]-from[0]), from[1] + f*(to[1]-from[1])})
			if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) || math.Abs(from[0]) > 2e6 || math.Abs(from[1]) > 1e7 {
				return nil, fail("is outside its reference system")
			}
			ring = append(ring, p)
		}
	}
	return geo.NewShape(orb.Polygon{append(ring, ring[0])}), nil
}
