package geo

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// TestOutline checks that dissolving cells keeps their area and leaves a hole a hole.
func TestOutline(t *testing.T) {
	center, err := CellAt(orb.Point{108.2, 16.05}, 9)
	if err != nil {
		t.Fatal(err)
	}
	disk, err := center.Disk(2)
	if err != nil {
		t.Fatal(err)
	}
	var ring []Cell // the disk without its middle
	want := 0.0
	for _, c := range disk {
		if c == center {
			continue
		}
		boundary, err := c.Boundary()
		if err != nil {
			t.Fatal(err)
		}
		want += math.Abs(planar.Area(boundary))
		ring = append(ring, c)
	}
	got, err := Outline(ring)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || len(got[0]) != 2 {
		t.Fatalf("got %d polygons, the first of %d rings; want 1 of 2", len(got), len(got[0]))
	}
	if got[0][0].Orientation() != orb.CCW || got[0][1].Orientation() != orb.CW {
		t.Error("rings are not wound outer counter-clockwise, hole clockwise")
	}
	if area := planar.Area(got); math.Abs(area-want) > want*1e-9 {
		t.Errorf("area %g, want the cells' %g", area, want)
	}
	if none, err := Outline(nil); err != nil || none != nil {
		t.Errorf("no cells: got %v, %v", none, err)
	}
}
