package outline

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// Cells around places all over the world, at the antimeridian and at a pentagon too, are their vertices transformed and
// clipped one by one.
func TestEncodedCells(t *testing.T) {
	const pentagon = "839c00fffffffff"
	middle, err := geo.ParseCell(pentagon)
	if err != nil {
		t.Fatal(err)
	}
	center, err := middle.Center()
	if err != nil {
		t.Fatal(err)
	}
	whole, cut := 0, 0
	for _, at := range []orb.Point{{108.2, 16.05}, {179.999, -17}, {-180, 66}, {0, 0}, center} {
		for _, z := range []int{2, 5, 8, 11, 14, 16} {
			resolution := map[int]int{2: 3, 5: 3, 8: 5, 11: 8, 14: 10, 16: 11}[z]
			c, err := geo.CellAt(at, resolution)
			if err != nil {
				t.Fatal(err)
			}
			cells, err := c.Disk(9)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(cells)
			g, err := NewCellGrid(cells, map[int]int{3: 5, 5: 8, 8: 12, 10: 15, 11: 16}[resolution], nil)
			if err != nil {
				t.Fatal(err)
			}
			tile := maptile.At(at, maptile.Zoom(z))
			f := mvt.NewTransform(z, int(tile.X), int(tile.Y))
			want := make(map[int32][]byte)
			for i := range cells {
				ring := f.Ring(nil, g.Outline(i))
				if slices.ContainsFunc(ring, func(p mvt.Point) bool {
					return min(p.X, p.Y) < -CellBuffer || max(p.X, p.Y) > mvt.Extent+CellBuffer
				}) {
					cut++
					ring, _ = mvt.Clip(ring, nil, nil, -CellBuffer, mvt.Extent+CellBuffer)
				} else {
					whole++
				}
				if ring = mvt.DropRepeats(ring); mvt.Area2(ring) > 0 {
					var w mvt.Encoder
					w.Ring(ring)
					want[int32(i)] = mvt.AppendGeometry(nil, mvt.PolygonType, w.Geometry)
				}
			}
			encoded := g.Encoded(z)
			drawn := encoded.In(&f)
			if len(drawn) != len(want)+1 {
				t.Fatalf("%d/%d/%d: %d cells, want one more than %d", z, tile.X, tile.Y, len(drawn), len(want))
			}
			for n := range len(want) {
				i := drawn[n].Cell
				if n > 0 && i <= drawn[n-1].Cell {
					t.Fatalf("%d/%d/%d: cell %d comes after %d", z, tile.X, tile.Y, i, drawn[n-1].Cell)
				}
				if got := encoded.Geometry(drawn, n); !slices.Equal(got, want[i]) {
					t.Fatalf("cell %s in %d/%d/%d: drawn as %v, want %v", cells[i], z, tile.X, tile.Y, got, want[i])
				}
			}
		}
	}
	if whole < 1000 || cut < 1000 {
		t.Errorf("only %d whole cells and %d at the edge were tried", whole, cut)
	}
}
