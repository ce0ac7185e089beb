package cql

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// place is an operand of a spatial predicate: the row's geometry, or a literal.
type place struct{ literal orb.Geometry }

var spatialOperators = map[string]bool{"S_INTERSECTS": true, "S_DISJOINT": true}

// otherOperators are those of CQL2 that are not offered, to distinguish them from misspellings.
var otherOperators = []string{"S_EQUALS", "S_TOUCHES", "S_WITHIN", "S_OVERLAPS", "S_CROSSES", "S_CONTAINS", "T_", "A_",
	"ACCENTI", "INTERVAL"}

func unknownFunction(name string) error {
	for _, other := range otherOperators {
		if upper := strings.ToUpper(name); upper == other || strings.HasSuffix(other, "_") &&
			strings.HasPrefix(upper, other) {
			return fmt.Errorf("%s is not offered, see the conformance classes", upper)
		}
	}
	return fmt.Errorf("there is no function %q", name)
}

func newSpatial(operator string, a, b place) predicate {
	var p predicate
	switch {
	case a.literal != nil && b.literal != nil:
		p = constant{truthOf(geo.NewShape(a.literal).Meets(b.literal))}
	case a.literal != nil:
		p = intersects{geo.NewShape(a.literal)}
	case b.literal != nil:
		p = intersects{geo.NewShape(b.literal)}
	default:
		p = bothOrEmpty{yes}
	}
	if operator == "S_DISJOINT" {
		return not{p}
	}
	return p
}

// point counts a vertex, transforms it to degrees and checks it.
func (r *reader) point(x, y float64) (orb.Point, error) {
	if r.vertices++; r.vertices > MaxVertices {
		return orb.Point{}, fmt.Errorf("geometries have more than %d vertices", MaxVertices)
	}
	p := orb.Point{x, y}
	if r.ToDegrees != nil {
		p = r.ToDegrees(p)
	}
	// Written so that what is not a number fails.
	if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
		return p, fmt.Errorf("the position %v %v is outside its reference system", x, y)
	}
	return p, nil
}

// bbox makes the literal of a box of 4 numbers, or of 6 with heights, which do not matter.
// One whose west is east of its east goes across the antimeridian.
func (r *reader) bbox(n []float64) (orb.Geometry, error) {
	if len(n) == 6 {
		n = []float64{n[0], n[1], n[3], n[4]}
	}
	if len(n) != 4 {
		return nil, fmt.Errorf("a BBOX has 4 or 6 numbers, not %d", len(n))
	}
	low, err := r.point(n[0], n[1])
	if err != nil {
		return nil, err
	}
	high, err := r.point(n[2], n[3])
	if err != nil {
		return nil, err
	}
	return Box(low, high)
}

// Box returns the area of a box in degrees by its south-western and north-eastern corners.
func Box(low, high orb.Point) (orb.Geometry, error) {
	if low[1] > high[1] {
		return nil, fmt.Errorf("the box ends south of where it begins")
	}
	if low[0] <= high[0] {
		return orb.Bound{Min: low, Max: high}.ToPolygon(), nil
	}
	return orb.MultiPolygon{
		orb.Bound{Min: low, Max: orb.Point{180, high[1]}}.ToPolygon(),
		orb.Bound{Min: orb.Point{-180, low[1]}, Max: high}.ToPolygon(),
	}, nil
}

// ring checks and closes nothing: a ring that is not closed is refused, not mended.
func ring(line orb.LineString) (orb.Ring, error) {
	if len(line) < 4 || line[0] != line[len(line)-1] {
		return nil, fmt.Errorf("a ring has at least 4 positions, the last of which is the first")
	}
	return orb.Ring(line), nil
}

func lineOf(line orb.LineString) (orb.LineString, error) {
	if len(line) < 2 {
		return nil, fmt.Errorf("a line has at least 2 positions")
	}
	return line, nil
}
