package columns

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// TestCountCells compares with looking at each household, on random blocks, at all resolutions.
func TestCountCells(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	h := new(Households)
	for range 9*BlockSize + 100 {
		cell, err := geo.CellAt(orb.Point{108 + 0.2*r.Float64(), 16 + 0.02*r.Float64()}, geo.BaseResolution)
		if err != nil {
			t.Fatal(err)
		}
		h.Cells = append(h.Cells, cell)
	}
	slices.Sort(h.Cells)
	for range 50 {
		var blocks []int
		for n := range 10 {
			if r.IntN(3) > 0 {
				blocks = append(blocks, n)
			}
		}
		for resolution := range geo.BaseResolution + 1 {
			cells := map[geo.Cell]bool{}
			for _, n := range blocks {
				for _, base := range h.Cells[n*BlockSize : min((n+1)*BlockSize, h.Len())] {
					cells[base.Parent(resolution)] = true
				}
			}
			if got := h.CountCells(blocks, resolution); got != len(cells) {
				t.Fatalf("resolution %d, blocks %v: got %d, want %d", resolution, blocks, got, len(cells))
			}
		}
	}
}
