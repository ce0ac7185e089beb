package geo

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// Places name cells, and their neighbours are the library's, at every resolution.
func TestPlaceNeighboursAreTheLibrarys(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 1))
	crossing := 0
	for range 3000 {
		resolution := 1 + random.IntN(15)
		p := orb.Point{102 + random.Float64()*15, 7 + random.Float64()*17}
		c, err := CellAt(p, resolution)
		if err != nil {
			t.Fatal(err)
		}
		place := c.Axial()
		if back, ok := CellAtAxial(place, resolution); !ok || back != c {
			t.Fatalf("%s at %+v came back as %s, %t", c, place, back, ok)
		}
		disk, err := c.Disk(1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range digitSteps {
			n, ok := CellAtAxial(Axial{place.Base, place.A + s[0], place.B + s[1]}, resolution)
			if !ok {
				crossing++ // into another base cell
				continue
			}
			if !slices.Contains(disk, n) {
				t.Errorf("%s: the step %v leads to %s, no neighbour", c, s, n)
			}
		}
		for _, n := range disk {
			q := n.Axial()
			if q.Base != place.Base {
				continue
			}
			if !slices.Contains(digitSteps[:], [2]int32{q.A - place.A, q.B - place.B}) {
				t.Errorf("%s and its neighbour %s are at %+v and %+v", c, n, place, q)
			}
		}
	}
	if crossing == 0 {
		t.Error("no step led out of a base cell")
	}
}

// Every place near the origin, on both kinds of resolution, is a step from its parent's
// centre; those beyond the base cell are recognised.
func TestEveryPlaceHasADigit(t *testing.T) {
	for resolution := 1; resolution <= 2; resolution++ {
		inside := 0
		for a := int32(-40); a <= 40; a++ {
			for b := int32(-40); b <= 40; b++ {
				c, ok := CellAtAxial(Axial{20, a, b}, resolution)
				if !ok {
					continue
				}
				inside++
				if p := c.Axial(); p != (Axial{20, a, b}) || c.Resolution() != resolution {
					t.Errorf("%d, %d at resolution %d: %s is at %+v", a, b, resolution, c, p)
				}
			}
		}
		if want := []int{1, 7, 49}[resolution]; inside != want {
			t.Errorf("resolution %d: %d places in a base cell, want %d", resolution, inside, want)
		}
	}
}

func TestNearestSeventh(t *testing.T) {
	for n := int32(-30); n <= 30; n++ {
		q := nearestSeventh(n)
		if d := 7*q - n; d < -3 || d > 3 {
			t.Errorf("%d/7: got %d", n, q)
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	c, err := CellAt(orb.Point{108.2, 16.06}, BaseResolution)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p := c.Axial()
		if _, ok := CellAtAxial(p, BaseResolution); !ok {
			b.Fatal(p)
		}
	}
}
