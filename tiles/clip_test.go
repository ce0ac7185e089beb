package tiles

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// pointsOf reads a ring from fuzz input: small numbers, so that points meet and line up.
func pointsOf(b []byte) []point {
	var ring []point
	for ; len(b) >= 4 && len(ring) < 64; b = b[4:] {
		ring = append(ring, point{int32(int16(binary.LittleEndian.Uint16(b))) % 300, int32(int16(binary.LittleEndian.Uint16(b[2:]))) % 300})
	}
	return ring
}

func FuzzClip(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 20 {
		b := make([]byte, 4*n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		f.Add(b, int16(n*7))
	}
	f.Fuzz(func(t *testing.T, b []byte, at int16) {
		ring := dropRepeats(pointsOf(b))
		const lo, hi = -100, 100
		cut, _ := clip(ring, nil, nil, lo, hi)
		if !contains(cut, lo, hi) {
			t.Fatalf("%v cut to %v", ring, cut)
		}
		if contains(ring, lo, hi) && !slices.Equal(cut, ring) {
			t.Fatalf("%v lies inside but was cut to %v", ring, cut)
		}

		// The other way around, it is the same ring.
		back := slices.Clone(ring)
		reverse(back)
		cutBack, _ := clip(back, nil, nil, lo, hi)
		if area2(cut) != -area2(cutBack) {
			t.Fatalf("%v has %d one way, %d the other", ring, area2(cut), area2(cutBack))
		}

		// The two sides of a line add up to the ring with its crossings of the line.
		line := int32(at) % 300
		if len(ring) > 0 {
			left, right := clipSide(ring, nil, 1, 0, line), clipSide(ring, nil, 0, line, 0)
			if got, want := area2(left)+area2(right), area2(withCrossings(ring, line)); got != want {
				t.Fatalf("%v at x=%d: sides add up to %d, want %d", ring, line, got, want)
			}
		}

		before := area2(cut)
		straight := straighten(slices.Clone(cut))
		if area2(straight) != before {
			t.Fatalf("%v straightened to %v: area %d, want %d", cut, straight, area2(straight), before)
		}
		for i, p := range straight {
			n := len(straight)
			if cross(straight[(i+n-1)%n], p, straight[(i+1)%n]) == 0 {
				t.Fatalf("%v: %v changes nothing in %v", cut, p, straight)
			}
		}
	})
}

func withCrossings(ring []point, x int32) []point {
	var out []point
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		out = append(out, a)
		if a.x < x && b.x > x || a.x > x && b.x < x {
			out = append(out, crossing(a, b, 0, x, x))
		}
	}
	return out
}

func TestStraighten(t *testing.T) {
	for _, tt := range []struct {
		name       string
		ring, want []point
	}{
		{"empty", nil, nil},
		{"one point", []point{{1, 1}}, nil},
		{"a line out and back", []point{{0, 0}, {5, 0}, {9, 0}, {5, 0}}, nil},
		{"a square", []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}, []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"closed by a repeat", []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}}, []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a point on an edge", []point{{0, 0}, {2, 0}, {4, 0}, {4, 4}, {0, 4}}, []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a spike", []point{{0, 0}, {4, 0}, {4, 4}, {9, 9}, {4, 4}, {0, 4}}, []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a spike at the start", []point{{-3, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}}, []point{{4, 0}, {4, 4}, {0, 4}, {0, 0}}},
		{"a spike of three points", []point{{0, 0}, {4, 0}, {8, 0}, {9, 3}, {8, 0}, {4, 0}, {4, 4}, {0, 4}}, []point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
	} {
		if got := straighten(slices.Clone(tt.ring)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// FuzzTile draws any polygon into any tile and holds the tile to the rules.
func FuzzTile(f *testing.F) {
	f.Add(uint8(10), uint32(820), uint32(470), 108.2, 16.0, 0.5, uint64(1), uint8(12))
	f.Add(uint8(0), uint32(0), uint32(0), 179.99, -5.0, 3.0, uint64(2), uint8(40))
	f.Add(uint8(16), uint32(0), uint32(32768), -180.0, 0.0, 0.001, uint64(3), uint8(5))
	f.Add(uint8(3), uint32(7), uint32(0), 179.0, 84.0, 40.0, uint64(4), uint8(200))
	f.Fuzz(func(t *testing.T, z uint8, x, y uint32, lon, lat, size float64, seed uint64, n uint8) {
		if z > MaxZoom || !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90 && size > 0 && size < 60) || n < 3 {
			t.Skip()
		}
		random := rand.New(rand.NewPCG(seed, 1))
		ring := func(within float64) (r orb.Ring) {
			for range n {
				at := orb.Point{lon + (random.Float64()-0.5)*within, lat + (random.Float64()-0.5)*within}
				if random.IntN(6) == 0 && len(r) > 1 {
					at = r[len(r)-2] // a spike
				}
				r = append(r, orb.Point{at[0], min(max(at[1], -90), 90)})
			}
			return append(r, r[0])
		}
		s := newShape(orb.MultiPolygon{{ring(size), ring(size / 3)}, {ring(size / 100)}})
		last := uint32(1)<<z - 1
		frame := newFrame(int(z), int(min(x, last)), int(min(y, last)))
		var d drawing
		d.w.begin(string(Areas), []string{"code"})
		d.shape(&frame, s)
		d.w.tag(0, d.w.values.unique("x"))
		d.w.feature(1, typePolygon)
		d.w.end()
		if _, err := readTile(d.w.bytes(), buffers); err != nil {
			t.Fatal(err)
		}
		if p := frame.at(s.label()); p.inTile() && len(s.polygons) > 0 && !frame.touches(s.box, 0) {
			t.Fatalf("label at %v of a shape that does not touch the tile", p)
		}
	})
}

func TestAntimeridianShapeStaysWhole(t *testing.T) {
	// A square of two degrees around 180°, drawn into the tiles on either side of it.
	s := newShape(orb.MultiPolygon{{{{179, -1}, {181, -1}, {181, 1}, {179, 1}, {179, -1}}}})
	for _, x := range []int{0, 31} {
		f := newFrame(5, x, 15)
		var d drawing
		d.w.begin(string(Areas), nil)
		d.shape(&f, s)
		d.w.feature(1, typePolygon)
		d.w.end()
		layers, err := readTile(d.w.bytes(), buffers)
		if err != nil || len(layers) != 1 {
			t.Fatalf("tile 5/%d/15: %d layers, error %v", x, len(layers), err)
		}
		for _, p := range layers[0].features[0].rings[0] {
			if x == 0 && p.x > 400 || x == 31 && p.x < 3696 {
				t.Errorf("tile 5/%d/15: %v is on the wrong side", x, p)
			}
		}
	}
}
