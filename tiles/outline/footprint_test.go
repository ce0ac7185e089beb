package outline

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// outlineOf sums a shape up: the same for one outline, whatever part or vertex comes first.
func outlineOf(s *Shape) (parts, rings, vertices int, area float64) {
	for i := range s.Polygons {
		parts++
		for _, r := range s.Polygons[i].rings {
			rings++
			vertices += len(r)
		}
		area += s.Polygons[i].area()
	}
	return
}

// The footprint against H3's own way to dissolve cells.
func TestFootprintIsTheOutline(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for n := range 200 {
		// Many places of the globe, some at edges of the icosahedron.
		at := orb.Point{random.Float64()*300 - 150, random.Float64()*120 - 60}
		center, err := geo.CellAt(at, 9)
		if err != nil {
			t.Fatal(err)
		}
		disk, err := center.Disk(4)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(disk)
		cells := slices.DeleteFunc(disk, func(geo.Cell) bool { return random.IntN(3) == 0 })
		got, err := OfCells(cells)
		if err != nil {
			t.Fatal(err)
		}
		area, err := geo.Outline(cells)
		if err != nil {
			t.Fatal(err)
		}
		want := New(area)
		parts, rings, vertices, size := outlineOf(got)
		wantParts, wantRings, wantVertices, wantSize := outlineOf(want)
		if parts != wantParts || rings != wantRings || vertices != wantVertices || size != wantSize ||
			got.Box != want.Box {
			t.Errorf("%d near %v: %d parts, %d rings, %d vertices, area %.0f; want %d, %d, %d, %.0f", n, at,
				parts, rings, vertices, size, wantParts, wantRings, wantVertices, wantSize)
		}
	}
	if s, err := OfCells(nil); s != nil || err != nil {
		t.Errorf("no cells: %v, error %v", s, err)
	}
}
