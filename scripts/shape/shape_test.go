package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// fewestBack tries every order.
func fewestBack(uses [][]bool) int {
	best := len(uses) * len(uses)
	var try func(order []int, left []int)
	try = func(order, left []int) {
		if len(left) == 0 {
			best = min(best, countBack(uses, order))
			return
		}
		for i := range left {
			rest := slices.Delete(slices.Clone(left), i, i+1)
			try(append(slices.Clone(order), left[i]), rest)
		}
	}
	all := make([]int, len(uses))
	for i := range all {
		all[i] = i
	}
	try(nil, all)
	return best
}

// TestBackArrows compares the heuristic with the best of all orders, on random small packages.
func TestBackArrows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		n := 1 + random.IntN(7)
		uses := make([][]bool, n)
		for i := range uses {
			uses[i] = make([]bool, n)
			for j := range uses[i] {
				uses[i][j] = i != j && random.IntN(3) == 0
			}
		}
		got, want := backArrows(uses), fewestBack(uses)
		if got < want || got > want+1 {
			t.Fatalf("round %d: %d back arrows, the best of all orders has %d: %v", round, got, want, uses)
		}
	}
}

func TestBackArrowsOfAChain(t *testing.T) {
	uses := [][]bool{{false, true, true}, {false, false, true}, {false, false, false}}
	if n := backArrows(uses); n != 0 {
		t.Errorf("a chain has %d back arrows, want 0", n)
	}
	uses[2][0] = true
	if n := backArrows(uses); n != 1 {
		t.Errorf("a circle of three has %d back arrows, want 1", n)
	}
}

func TestColumns(t *testing.T) {
	if n := columns([]byte("\tTừng Nhà")); n != 12 {
		t.Errorf("a tab and eight characters: %d columns, want 12", n)
	}
}
