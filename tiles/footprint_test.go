package tiles

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// outlineOf sums a shape up: the same for one outline, whatever part or vertex comes first.
func outlineOf(s *shape) (parts, rings, vertices int, area float64) {
	for i := range s.polygons {
		parts++
		for _, r := range s.polygons[i].rings {
			rings++
			vertices += len(r)
		}
		area += s.polygons[i].area()
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
		got, err := footprint(cells)
		if err != nil {
			t.Fatal(err)
		}
		area, err := geo.Outline(cells)
		if err != nil {
			t.Fatal(err)
		}
		want := newShape(area)
		parts, rings, vertices, size := outlineOf(got)
		wantParts, wantRings, wantVertices, wantSize := outlineOf(want)
		if parts != wantParts || rings != wantRings || vertices != wantVertices || size != wantSize || got.box != want.box {
			t.Errorf("%d near %v: %d parts, %d rings, %d vertices, area %.0f; want %d, %d, %d, %.0f", n, at,
				parts, rings, vertices, size, wantParts, wantRings, wantVertices, wantSize)
		}
	}
	if s, err := footprint(nil); s != nil || err != nil {
		t.Errorf("no cells: %v, error %v", s, err)
	}
}

func TestReachHoldsTheFootprint(t *testing.T) {
	p := newProgramme(51, 20000)
	ix := newIndex(t, p)
	s := newShapes(ix, ix.BoundariesOn(window.To))
	reach := s.reach()
	for i := range s.boundaries.Areas {
		a := &s.boundaries.Areas[i]
		if a.Level != data.Hamlet {
			continue
		}
		for _, resolution := range []int{coarseFootprint, fineFootprint} {
			f, err := footprint(ix.Footprint(a.Code, resolution))
			if err != nil || f == nil {
				t.Fatalf("%s: %v, error %v", a.Code, f, err)
			}
			if reach[i].union(f.box) != reach[i] {
				t.Errorf("%s at resolution %d: %v sticks out of %v", a.Code, resolution, f.box, reach[i])
			}
		}
	}
}
