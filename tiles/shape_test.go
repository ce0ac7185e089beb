package tiles

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// FuzzTile draws any polygon into any tile and checks the tile against the rules.
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
		s := outline.New(orb.MultiPolygon{{ring(size), ring(size / 3)}, {ring(size / 100)}})
		last := uint32(1)<<z - 1
		frame := mvt.NewTransform(int(z), int(min(x, last)), int(min(y, last)))
		var d tileEncoder
		d.mvt.Begin(Areas.name, []string{"code"})
		s.Draw(&d.mvt, &frame, &d.scratch)
		d.mvt.Tag(0, d.mvt.Values.Unique("x"))
		d.mvt.Feature(1, mvt.PolygonType)
		d.mvt.End()
		if _, err := readTile(d.mvt.Bytes(), buffers); err != nil {
			t.Fatal(err)
		}
		if p := frame.At(s.Label()); p.InTile() && len(s.Polygons) > 0 && !frame.Touches(s.Box, 0) {
			t.Fatalf("label at %v of a shape that does not touch the tile", p)
		}
	})
}

func TestAntimeridianShapeStaysWhole(t *testing.T) {
	// A square of two degrees around 180°, drawn into the tiles on either side of it.
	s := outline.New(orb.MultiPolygon{{{{179, -1}, {181, -1}, {181, 1}, {179, 1}, {179, -1}}}})
	for _, x := range []int{0, 31} {
		f := mvt.NewTransform(5, x, 15)
		var d tileEncoder
		d.mvt.Begin(Areas.name, nil)
		s.Draw(&d.mvt, &f, &d.scratch)
		d.mvt.Feature(1, mvt.PolygonType)
		d.mvt.End()
		layers, err := readTile(d.mvt.Bytes(), buffers)
		if err != nil || len(layers) != 1 {
			t.Fatalf("tile 5/%d/15: %d layers, error %v", x, len(layers), err)
		}
		for _, p := range layers[0].features[0].rings[0] {
			if x == 0 && p.X > 400 || x == 31 && p.X < 3696 {
				t.Errorf("tile 5/%d/15: %v is on the wrong side", x, p)
			}
		}
	}
}
