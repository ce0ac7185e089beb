package geo

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func TestShapeMeets(t *testing.T) {
	square := orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}
	ringed := orb.Polygon{square[0], {{2, 2}, {2, 8}, {8, 8}, {8, 2}, {2, 2}}}
	for _, c := range []struct {
		name string
		a, b orb.Geometry
		want bool
	}{
		{"point within", square, orb.Point{5, 5}, true},
		{"point on the border", square, orb.Point{10, 5}, true},
		{"point on a corner", square, orb.Point{10, 10}, true},
		{"point without", square, orb.Point{10.0000001, 5}, false},
		{"point in the hole", ringed, orb.Point{5, 5}, false},
		{"point on the hole's border", ringed, orb.Point{2, 5}, true},
		{"equal points", orb.Point{1, 2}, orb.MultiPoint{{3, 4}, {1, 2}}, true},
		{"other points", orb.Point{1, 2}, orb.Point{2, 1}, false},
		{"point on a line", orb.LineString{{0, 0}, {3, 1}, {6, 2}}, orb.Point{3, 1}, true},
		{"point between the ends of a line", orb.LineString{{0, 0}, {6, 2}}, orb.Point{3, 1}, true},
		{"point beside a line", orb.LineString{{0, 0}, {6, 2}}, orb.Point{3, 1.0000001}, false},
		{"crossing lines", orb.LineString{{0, 0}, {2, 2}}, orb.LineString{{0, 2}, {2, 0}}, true},
		{"lines end to end", orb.LineString{{0, 0}, {1, 1}}, orb.LineString{{1, 1}, {2, 5}}, true},
		{"one line beyond the other's end", orb.LineString{{0, 0}, {1, 1}}, orb.LineString{{2, 2}, {3, 3}}, false},
		{"lines upon each other", orb.LineString{{0, 0}, {2, 2}}, orb.LineString{{1, 1}, {3, 3}}, true},
		{"line within", square, orb.LineString{{1, 1}, {2, 2}}, true},
		{"line in the hole", ringed, orb.LineString{{4, 4}, {5, 5}}, false},
		{"polygon within", square, orb.Bound{Min: orb.Point{4, 4}, Max: orb.Point{5, 5}}, true},
		{"polygon in the hole", ringed, orb.Bound{Min: orb.Point{4, 4}, Max: orb.Point{5, 5}}, false},
		{"polygon around all", ringed, orb.Bound{Min: orb.Point{-1, -1}, Max: orb.Point{11, 11}}, true},
		{"polygons with an edge in common", square, orb.Bound{Min: orb.Point{10, 0}, Max: orb.Point{20, 10}}, true},
		{"polygons with a corner in common", square, orb.Bound{Min: orb.Point{10, 10}, Max: orb.Point{20, 20}}, true},
		{"boxes meet, shapes do not", orb.Polygon{{{0, 0}, {10, 0}, {0, 10}, {0, 0}}}, orb.Point{9, 9}, false},
		{"second polygon", orb.MultiPolygon{{{{20, 20}, {21, 20}, {21, 21}, {20, 20}}}, square}, orb.Point{1, 1}, true},
		{"second part", square, orb.MultiLineString{{{20, 20}, {21, 20}}, {{1, 1}, {2, 2}}}, true},
		{"collection", orb.Collection{orb.Point{50, 50}, square}, orb.Point{1, 1}, true},
		{"nothing", square, nil, false},
	} {
		if got := NewShape(c.a).Meets(c.b); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
		if c.b != nil && NewShape(c.b).Meets(c.a) != c.want {
			t.Errorf("%s, the other way round: got %t", c.name, !c.want)
		}
	}
}

// TestShapeMeetsPlainly compares with the plain way on random triangles and lines whose
// corners are on a small grid, so that they often touch: two shapes meet when a sample
// of their points does, and where none of a fine sample does they meet at a point at most.
func TestShapeMeetsPlainly(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	point := func() orb.Point { return orb.Point{float64(random.IntN(9)), float64(random.IntN(9))} }
	for range 2000 {
		a := orb.Ring{point(), point(), point()}
		a = append(a, a[0])
		if planar.Area(a) == 0 {
			continue
		}
		line := orb.LineString{point(), point()}
		met := NewShape(orb.Polygon{a}).Meets(line)
		sampled := false
		for i := range 841 {
			f := float64(i) / 840
			p := orb.Point{line[0][0] + f*(line[1][0]-line[0][0]), line[0][1] + f*(line[1][1]-line[0][1])}
			sampled = sampled || planar.RingContains(a, p)
		}
		if sampled && !met {
			t.Fatalf("%v and %v: points in common, and said not to meet", a, line)
		}
		if met && !sampled && planar.DistanceFromSegment(line[0], line[1], a[0]) > 1 &&
			planar.DistanceFromSegment(line[0], line[1], a[1]) > 1 &&
			planar.DistanceFromSegment(line[0], line[1], a[2]) > 1 {
			t.Fatalf("%v and %v: said to meet, and no point in common", a, line)
		}
	}
}
