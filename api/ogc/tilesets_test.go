package ogc

import "testing"

// TestWebMercatorQuad: the scale of WebMercatorQuad's first and last matrix is in annex D of OGC 17-083r4.
func TestWebMercatorQuad(t *testing.T) {
	first, last := webMercator.TileMatrices[0], webMercator.TileMatrices[16]
	for _, c := range []struct{ got, want float64 }{
		{first.ScaleDenominator, 559082264.028717}, {first.CellSize, 156543.033928041},
		{last.ScaleDenominator, 8530.91833539913}, {last.CellSize, 2.38865713397468},
		{first.PointOfOrigin[0], -20037508.3427892}, {first.PointOfOrigin[1], 20037508.3427892},
	} {
		if d := c.got/c.want - 1; d > 1e-10 || d < -1e-10 {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
