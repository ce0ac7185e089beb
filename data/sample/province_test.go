package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// segment is an edge of a ring.
type segment struct{ a, b orb.Point }

func (s segment) reversed() segment { return segment{s.b, s.a} }

// segments lists the edges of a shape.
func segments(shape orb.MultiPolygon) []segment {
	var all []segment
	for _, polygon := range shape {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				all = append(all, segment{ring[i-1], ring[i]})
			}
		}
	}
	return all
}

// turn is positive where a, b, c turn left.
func turn(a, b, c orb.Point) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// cross reports whether two edges have a point in common that is not an end of both.
func cross(s, t segment) bool {
	if s.a == t.a || s.a == t.b || s.b == t.a || s.b == t.b {
		return false
	}
	return turn(s.a, s.b, t.a)*turn(s.a, s.b, t.b) <= 0 && turn(t.a, t.b, s.a)*turn(t.a, t.b, s.b) <= 0
}

// crossings counts the pairs of edges that cross, looking only at pairs whose boxes meet.
func crossings(edges []segment) (count int, first string) {
	const size = 0.01 // degrees
	type box struct{ x, y int }
	boxes := map[box][]int{}
	for i, s := range edges {
		for x := math.Floor(min(s.a[0], s.b[0]) / size); x <= math.Floor(max(s.a[0], s.b[0])/size); x++ {
			for y := math.Floor(min(s.a[1], s.b[1]) / size); y <= math.Floor(max(s.a[1], s.b[1])/size); y++ {
				k := box{int(x), int(y)}
				for _, j := range boxes[k] {
					if cross(edges[i], edges[j]) {
						count++
						first = fmt.Sprint(edges[i], edges[j])
					}
				}
				boxes[k] = append(boxes[k], i)
			}
		}
	}
	return count, first
}

// signedArea is positive for rings that run counter-clockwise.
func signedArea(ring orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(ring); i++ {
		sum += (ring[i-1][0]-ring[0][0])*(ring[i][1]-ring[0][1]) - (ring[i][0]-ring[0][0])*(ring[i-1][1]-ring[0][1])
	}
	return sum / 2
}

func TestProvinceTopology(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			areas := Province(seed)
			province, communes := areas[0], areas[1:]

			// Every edge between two communes is in both, once in each direction; those of
			// one only are the province's outline. So there is neither gap nor overlap.
			count := map[segment]int{}
			var once []segment
			total := 0.0
			for _, c := range communes {
				_, repairs, p, err := geo.Clean(t.Context(), c.Geometry)
				if err != nil || p != nil || len(repairs) > 0 {
					t.Errorf("%s: %v, repairs %q", c.Name, err, repairs)
				}
				for _, s := range segments(c.Geometry) {
					count[s]++
					if count[s] > 1 {
						t.Fatalf("edge %v of %s runs twice in the same direction", s, c.Name)
					}
					if count[s.reversed()] == 0 {
						once = append(once, s)
					}
				}
				for _, polygon := range c.Geometry {
					ring := polygon[0]
					if ring[0] != ring[len(ring)-1] {
						t.Errorf("%s: ring is not closed", c.Name)
					}
					if signedArea(ring) <= 0 {
						t.Errorf("%s: outer ring runs clockwise", c.Name)
					}
					total += signedArea(ring)
				}
			}
			outline := map[segment]bool{}
			whole := 0.0
			for _, s := range segments(province.Geometry) {
				outline[s] = true
			}
			for _, polygon := range province.Geometry {
				whole += signedArea(polygon[0])
			}
			for s := range count {
				if (count[s.reversed()] == 0) != outline[s] {
					t.Fatalf("edge %v: in one commune only: %v, in the province's outline: %v",
						s, count[s.reversed()] == 0, outline[s])
				}
			}
			if math.Abs(total-whole) > 1e-9 {
				t.Errorf("communes cover %.9f square degrees, the province %.9f", total, whole)
			}
			if n, first := crossings(once); n > 0 {
				t.Errorf("%d pairs of edges cross, such as %s", n, first)
			}
		})
	}
}

func TestProvinceIsASample(t *testing.T) {
	for seed := range uint64(12) {
		areas := Province(seed)
		kinds := map[string]int{}
		codes, names := map[string]bool{}, map[string]bool{}
		people := 0
		for _, c := range areas[1:] {
			kinds[c.Kind]++
			if codes[c.Code] || names[c.Name] {
				t.Errorf("seed %d: %s %s stands twice", seed, c.Code, c.Name)
			}
			codes[c.Code], names[c.Name] = true, true
			if c.Level != data.Commune || c.Parent != areas[0].Code || c.Code[:2] != "99" || len(c.Code) != 5 {
				t.Errorf("seed %d: %+v is no commune of the sample", seed, c.Code)
			}
			people += c.Population
		}
		if n := len(areas) - 1; n < 24 || n > 38 {
			t.Errorf("seed %d: %d communes, want about 30", seed, n)
		}
		if kinds["Phường"] < 4 || kinds["Xã"] < 12 || kinds["Đặc khu"] != 1 {
			t.Errorf("seed %d: kinds %v", seed, kinds)
		}
		if areas[0].Population != people || people < 170000 || people > 280000 {
			t.Errorf("seed %d: %d people, the province says %d; want about 210,000", seed, people, areas[0].Population)
		}
		if areas[0].Name != "Tỉnh Mẫu" || areas[0].NameEN != "Sample Province" {
			t.Errorf("seed %d: province is called %s, %s", seed, areas[0].Name, areas[0].NameEN)
		}
	}
}

func TestSplitKeepsBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	spread := func(n int) []xy {
		homes := make([]xy, n)
		for i := range homes {
			homes[i] = xy{3000 * rng.NormFloat64(), 500 * rng.NormFloat64()}
		}
		return homes
	}
	tests := []struct {
		name     string
		homes    []xy
		min, max int
	}{
		{"none", nil, 0, 0},
		{"one", spread(1), 1, 1},
		{"too few for two", spread(2*minHamlet - 1), 2*minHamlet - 1, 2*minHamlet - 1},
		{"many", spread(9000), minHamlet, maxHamlet},
		{"all at one place", make([]xy, 5000), minHamlet, maxHamlet},
		{"two towers far apart", append(make([]xy, 30), slicesRepeat(xy{9000, 0}, 700)...), minHamlet, maxHamlet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := make([]int, len(tt.homes))
			for k, hamlet := range split(tt.homes, 200, rng) {
				if len(hamlet) < tt.min || len(hamlet) > tt.max {
					t.Errorf("hamlet %d has %d homes, want %d to %d", k, len(hamlet), tt.min, tt.max)
				}
				for _, i := range hamlet {
					seen[i]++
				}
			}
			for i, n := range seen {
				if n != 1 {
					t.Fatalf("home %d is in %d hamlets", i, n)
				}
			}
		})
	}
}

func slicesRepeat(p xy, n int) []xy {
	homes := make([]xy, n)
	for i := range homes {
		homes[i] = p
	}
	return homes
}
