package gpkg

import (
	"bytes"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"tungnha/geo/geopackage"
)

func TestPointGeometry(t *testing.T) {
	p := orb.Point{108.1234567, -16.7654321}
	got := AppendPoint(nil, p)
	body, err := wkb.Marshal(geom.NewPointFlat(geom.XY, []float64{p[0], p[1]}), wkb.NDR)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]byte{'G', 'P', 0, 1, 0xe6, 0x10, 0, 0}, body...)
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	back, err := DecodePoint(got)
	if err != nil || back != p {
		t.Errorf("read back %v, %v, want %v", back, err, p)
	}

	// As other editors write it: with an envelope, big-endian, with a height or a measure.
	envelope := append([]byte{'G', 'P', 0, 3, 0xe6, 0x10, 0, 0}, make([]byte, 32)...)
	for _, g := range []geom.T{
		geom.NewPointFlat(geom.XY, []float64{p[0], p[1]}),
		geom.NewPointFlat(geom.XYZ, []float64{p[0], p[1], 7}),
		geom.NewPointFlat(geom.XYM, []float64{p[0], p[1], 7}),
		geom.NewPointFlat(geom.XYZM, []float64{p[0], p[1], 7, 8}),
	} {
		body, err := wkb.Marshal(g, wkb.XDR)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodePoint(append(bytes.Clone(envelope), body...)); err != nil || back != p {
			t.Errorf("%v: read %v, %v, want %v", g.Layout(), back, err, p)
		}
	}
}

func TestBadGeometry(t *testing.T) {
	area, err := EncodeArea(orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range area { // cut anywhere
		if got, err := DecodeArea(area[:n:n]); err == nil {
			t.Errorf("the first %d of %d bytes: read as %v", n, len(area), got)
		}
	}
	point := AppendPoint(nil, orb.Point{1, 2})
	for n := range point {
		if got, err := DecodePoint(point[:n:n]); err == nil {
			t.Errorf("the first %d of %d bytes: read as %v", n, len(point), got)
		}
	}
	if _, err := DecodePoint(area); err == nil {
		t.Error("an area read as a point: no error")
	}
	if _, err := DecodeArea(point); err == nil {
		t.Error("a point read as an area: no error")
	}
}

func TestAreaGeometry(t *testing.T) {
	for name, area := range map[string]orb.MultiPolygon{
		"nil":  nil,
		"one":  {{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}},
		"hole": {{{{0, 0}, {9, 0}, {9, 9}, {0, 0}}, {{2, 1}, {3, 2}, {3, 1}, {2, 1}}}},
		"many": {{{{-180, -90}, {0.1, 0}, {1, 1}, {-180, -90}}}, {{{108.5, 16}, {180, 90}, {5, 5}, {108.5, 16}}}},
	} {
		b, err := EncodeArea(area)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := DecodeArea(b)
		if err != nil || !back.Equal(area) || (back == nil) != (area == nil) {
			t.Errorf("%s: read back %v, %v, want %v", name, back, err, area)
		}
	}
	b, err := EncodeArea(orb.MultiPolygon{{{{3, 10}, {5, 10}, {5, 14}, {3, 10}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []byte{'G', 'P', 0, 3, 0xe6, 0x10, 0, 0}
	for _, v := range []float64{3, 5, 10, 14} {
		want = append(want, binaryDouble(v)...)
	}
	if !bytes.HasPrefix(b, want) {
		t.Errorf("header %x, want %x: min x, max x, min y, max y", b[:40], want)
	}

	polygon, err := wkb.Marshal(geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 0, 1, 1, 0, 0}, []int{8}), wkb.NDR)
	if err != nil {
		t.Fatal(err)
	}
	single, err := DecodeArea(append(geopackage.AppendPointHeader(nil), polygon...))
	if err != nil || !single.Equal(orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}) {
		t.Errorf("a single polygon: %v, %v", single, err)
	}
}

func binaryDouble(v float64) []byte {
	bits := math.Float64bits(v)
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(bits >> (8 * i))
	}
	return b
}

// FuzzGeometry: whatever another editor wrote, reading it is an answer or an error, and
// what was read is written and read again as the same.
func FuzzGeometry(f *testing.F) {
	f.Add(AppendPoint(nil, orb.Point{108, 16}))
	area, err := EncodeArea(orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(area)
	f.Add([]byte("GP"))
	f.Add([]byte{'G', 'P', 0, 0x1f, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := DecodePoint(b); err == nil && !hasNaN(p) {
			if back, err := DecodePoint(AppendPoint(nil, p)); err != nil || back != p {
				t.Errorf("point %v comes back as %v, %v", p, back, err)
			}
		}
		area, err := DecodeArea(b)
		if err != nil {
			return
		}
		for _, polygon := range area {
			for _, ring := range polygon {
				for _, p := range ring {
					if hasNaN(p) {
						return
					}
				}
			}
		}
		again, err := EncodeArea(area)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeArea(again); err != nil || !back.Equal(area) {
			t.Errorf("area %v comes back as %v, %v", area, back, err)
		}
	})
}

func hasNaN(p orb.Point) bool { return math.IsNaN(p[0]) || math.IsNaN(p[1]) }
