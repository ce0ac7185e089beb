package mvt

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// pointsOf reads a ring from fuzz input: small numbers, so that points meet and line up.
func pointsOf(b []byte) []Point {
	var ring []Point
	for ; len(b) >= 4 && len(ring) < 64; b = b[4:] {
		ring = append(ring, Point{int32(int16(binary.LittleEndian.Uint16(b))) % 300,
			int32(int16(binary.LittleEndian.Uint16(b[2:]))) % 300})
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
		ring := DropRepeats(pointsOf(b))
		const lo, hi = -100, 100
		cut, _ := Clip(ring, nil, nil, lo, hi)
		if !Contains(cut, lo, hi) {
			t.Fatalf("%v cut to %v", ring, cut)
		}
		if Contains(ring, lo, hi) && !slices.Equal(cut, ring) {
			t.Fatalf("%v lies inside but was cut to %v", ring, cut)
		}

		// The other way around, it is the same ring.
		back := slices.Clone(ring)
		Reverse(back)
		cutBack, _ := Clip(back, nil, nil, lo, hi)
		if Area2(cut) != -Area2(cutBack) {
			t.Fatalf("%v has %d one way, %d the other", ring, Area2(cut), Area2(cutBack))
		}

		// The two sides of a line add up to the ring with its crossings of the line.
		line := int32(at) % 300
		if len(ring) > 0 {
			left, right := clipSide(ring, nil, 1, 0, line), clipSide(ring, nil, 0, line, 0)
			if got, want := Area2(left)+Area2(right), Area2(withCrossings(ring, line)); got != want {
				t.Fatalf("%v at x=%d: sides add up to %d, want %d", ring, line, got, want)
			}
		}

		before := Area2(cut)
		straight := Straighten(slices.Clone(cut))
		if Area2(straight) != before {
			t.Fatalf("%v straightened to %v: area %d, want %d", cut, straight, Area2(straight), before)
		}
		for i, p := range straight {
			n := len(straight)
			if cross(straight[(i+n-1)%n], p, straight[(i+1)%n]) == 0 {
				t.Fatalf("%v: %v changes nothing in %v", cut, p, straight)
			}
		}
	})
}

func withCrossings(ring []Point, x int32) []Point {
	var out []Point
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		out = append(out, a)
		if a.X < x && b.X > x || a.X > x && b.X < x {
			out = append(out, crossing(a, b, 0, x, x))
		}
	}
	return out
}

func TestStraighten(t *testing.T) {
	for _, tt := range []struct {
		name       string
		ring, want []Point
	}{
		{"empty", nil, nil},
		{"one point", []Point{{1, 1}}, nil},
		{"a line out and back", []Point{{0, 0}, {5, 0}, {9, 0}, {5, 0}}, nil},
		{"a square", []Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}, []Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"closed by a repeat", []Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}},
			[]Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a point on an edge", []Point{{0, 0}, {2, 0}, {4, 0}, {4, 4}, {0, 4}},
			[]Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a spike", []Point{{0, 0}, {4, 0}, {4, 4}, {9, 9}, {4, 4}, {0, 4}}, []Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
		{"a spike at the start", []Point{{-3, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}},
			[]Point{{4, 0}, {4, 4}, {0, 4}, {0, 0}}},
		{"a spike of three points", []Point{{0, 0}, {4, 0}, {8, 0}, {9, 3}, {8, 0}, {4, 0}, {4, 4}, {0, 4}},
			[]Point{{0, 0}, {4, 0}, {4, 4}, {0, 4}}},
	} {
		if got := Straighten(slices.Clone(tt.ring)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
