package geo

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	h3 "github.com/uber/h3-go/v4"
)

// randomCell returns a cell of the resolution, one in four below or beside a pentagon.
func randomCell(r *rand.Rand, resolution int) Cell {
	c := baseCell(r.IntN(baseCells))
	pentagonal := r.IntN(4) == 0
	if pentagonal {
		c = baseCell([]int{4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117}[r.IntN(12)])
	}
	for c.Resolution() < resolution {
		digit := Cell(r.IntN(7))
		if pentagonal && r.IntN(8) > 0 {
			digit = 0
		}
		if digit == 1 && c.isPentagon() {
			continue
		}
		c = c.child(digit)
	}
	return c
}

func TestCellBitsEqualH3(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	pentagonal := 0
	for range 20_000 {
		resolution := r.IntN(16)
		c := randomCell(r, resolution)
		h := h3.Cell(c)
		if !h.IsValid() {
			t.Fatalf("%s is not a cell", c)
		}
		if got := c.Resolution(); got != h.Resolution() || got != resolution {
			t.Fatalf("%s: resolution %d, want %d", c, got, h.Resolution())
		}
		if got := c.isPentagon(); got != h.IsPentagon() {
			t.Fatalf("%s: pentagon %v, want %v", c, got, h.IsPentagon())
		}
		if c.isPentagon() {
			pentagonal++
		}
		coarse := r.IntN(resolution + 1)
		want, err := h.Parent(coarse)
		if err != nil {
			t.Fatal(err)
		}
		parent := c.Parent(coarse)
		if parent != Cell(want) {
			t.Fatalf("%s: parent at %d is %s, want %s", c, coarse, parent, want)
		}
		if first, last := parent.Span(resolution); c < first || c > last {
			t.Fatalf("%s lies outside the span %s to %s of its parent at %d", c, first, last, coarse)
		}
		if got, err := ParseCell(c.String()); err != nil || got != c {
			t.Fatalf("ParseCell(%q) = %s, %v", c, got, err)
		}
	}
	if pentagonal < 100 {
		t.Errorf("only %d pentagons among the cells", pentagonal)
	}
}

// TestSpan: a span contains all descendants and those of no other cell.
func TestSpan(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 500 {
		c := randomCell(r, r.IntN(13))
		fine := c.Resolution() + r.IntN(4)
		children, err := h3.Cell(c).Children(fine)
		if err != nil {
			t.Fatal(err)
		}
		first, last := c.Span(fine)
		for _, h := range children {
			if child := Cell(h); child < first || child > last {
				t.Fatalf("%s, a child of %s, lies outside its span %s to %s", child, c, first, last)
			}
		}
		if other := randomCell(r, fine); other >= first && other <= last && other.Parent(c.Resolution()) != c {
			t.Fatalf("%s lies in the span of %s and is no child", other, c)
		}
	}
}

func TestParseCellRefuses(t *testing.T) {
	for _, s := range []string{
		"", "0", "x", "8928308280fffffff ", " 8928308280fffff", "8928308280fffff ", "-8928308280fffff",
		"0x8928308280fffff", "ffffffffffffffff", "8f28308280fffff", "1928308280fffff", "89f8308280fffff",
		"8928308280ffff", "18928308280fffff0", "89283082803ffff,", "8928308280FFFFFF",
		baseCell(14).child(1).String(), // a pentagon has no child 1
		baseCell(13).child(7).String(), // no digit
		baseCell(baseCells).String(),   // no base cell
	} {
		if c, err := ParseCell(s); err == nil {
			t.Errorf("ParseCell(%q) = %s, want an error", s, c)
		}
	}
	for _, s := range []string{"8928308280fffff", "8928308280FFFFF", "8001fffffffffff"} {
		if _, err := ParseCell(s); err != nil {
			t.Error(err)
		}
	}
}

func TestCellAt(t *testing.T) {
	c, err := CellAt(orb.Point{108.2208, 16.0678}, BaseResolution)
	if err != nil {
		t.Fatal(err)
	}
	center, err := c.Center()
	if err != nil {
		t.Fatal(err)
	}
	if d := metresBetween(center, orb.Point{108.2208, 16.0678}); d > 30 {
		t.Errorf("the centre of %s lies %.1f m from the point", c, d)
	}
	for _, p := range []orb.Point{{math.NaN(), 16}, {108, math.NaN()}, {108, math.Inf(1)}, {108, 95}} {
		if c, err := CellAt(p, 9); err == nil {
			t.Errorf("CellAt(%v) = %s, want an error", p, c)
		}
	}
	for _, resolution := range []int{-1, 16} {
		if c, err := CellAt(orb.Point{108, 16}, resolution); err == nil {
			t.Errorf("CellAt at resolution %d = %s, want an error", resolution, c)
		}
	}
}

func TestBoundary(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 2000 {
		c := randomCell(r, 1+r.IntN(15))
		ring, err := c.Boundary()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ring) - 1; n < 5 || n > 10 || ring[0] != ring[n] {
			t.Fatalf("%s: an outline of %d corners, closed %v", c, n, ring[0] == ring[n])
		}
		if b := ring.Bound(); b.Max[0]-b.Min[0] > 180 || b.Max[1] > 80 || b.Min[1] < -80 {
			continue // across the antimeridian or around a pole
		}
		if winding(ring) != 1 {
			t.Errorf("%s: the outline is wound clockwise", c)
		}
		center, err := c.Center()
		if err != nil {
			t.Fatal(err)
		}
		if !planar.RingContains(ring, center) {
			t.Errorf("%s: the outline does not hold the centre", c)
		}
	}
}

func TestDisk(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 200 {
		c := randomCell(r, r.IntN(16))
		for k := range 4 {
			got, err := c.Disk(k)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			if _, found := slices.BinarySearch(got, c); !found || got[0] == 0 ||
				len(slices.Compact(got)) > 3*k*(k+1)+1 {
				t.Errorf("%s: a disk of %d has %d cells, itself %v", c, k, len(got), found)
			}
		}
	}
	c := randomCell(r, 9)
	for _, k := range []int{-1, MaxDisk + 1, math.MaxInt32, math.MaxInt} {
		if got, err := c.Disk(k); err == nil {
			t.Errorf("a disk of %d has %d cells, want an error", k, len(got))
		}
	}
	if got, err := Cell(0).Disk(1); err == nil {
		t.Errorf("a disk around nothing has %d cells, want an error", len(got))
	}
}

func BenchmarkParent(b *testing.B) {
	c := randomCell(rand.New(rand.NewPCG(1, 1)), BaseResolution)
	b.Run("bits", func(b *testing.B) {
		sum := Cell(0)
		for b.Loop() {
			sum += c.Parent(8)
		}
		if sum == 0 {
			b.Fatal("no parent")
		}
	})
	b.Run("h3", func(b *testing.B) {
		for b.Loop() {
			if _, err := h3.Cell(c).Parent(8); err != nil {
				b.Fatal(err)
			}
		}
	})
}
