package suppress

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// households is the only count of these tests.
var households = rules.HouseholdCounts(0)[:1]

// programme is a province of two communes, the first with three hamlets, the second with one, and some hamlets and
// households of neither.
func programme() *boundary.Tree {
	return boundary.NewHistory([]data.Area{
		{Code: "1", Level: data.Province},
		{Code: "1a", Level: data.Commune, Parent: "1"}, {Code: "1b", Level: data.Commune, Parent: "1"},
		{Code: "1a1", Level: data.Hamlet, Parent: "1a"}, {Code: "1a2", Level: data.Hamlet, Parent: "1a"},
		{Code: "1a3", Level: data.Hamlet, Parent: "1a"}, {Code: "1b1", Level: data.Hamlet, Parent: "1b"},
	}).On(1)
}

// suppressed hides what must be where the leaves have the values, by code of the area; "" is of no area.
func suppressed(tree *boundary.Tree, values map[string]uint32) *Areas {
	a := NewAreas(tree)
	a.Suppress(households, func(leaf int) *rules.Count {
		if leaf == len(tree.Areas) {
			return &rules.Count{Households: values[""]}
		}
		return &rules.Count{Households: values[tree.Areas[leaf].Code]}
	})
	return a
}

func TestSuppressAreas(t *testing.T) {
	tree := programme()
	for _, c := range []struct {
		name   string
		values map[string]uint32
		hidden string
	}{
		{"none is small", map[string]uint32{"1a1": 10, "1a2": 20, "1a3": 30, "1b1": 40}, ""},
		{"zeros are shown", map[string]uint32{"1a1": 20, "1b1": 40}, ""},
		{"a small one, and the smallest beside it", map[string]uint32{"1a1": 5, "1a2": 20, "1a3": 30, "1b1": 40},
			"1a1 1a2"},
		{"two small ones hide each other", map[string]uint32{"1a1": 5, "1a2": 6, "1a3": 30, "1b1": 40}, "1a1 1a2"},
		{"two of 1 do not", map[string]uint32{"1a1": 1, "1a2": 1, "1a3": 30, "1b1": 40}, "1a1 1a2 1a3"},
		{"the only one of a commune hides it, and one beside", map[string]uint32{"1a1": 5, "1b1": 40}, "1a 1a1 1b 1b1"},
		{"everything is small", map[string]uint32{"1a1": 3}, "1 1a 1a1"},
	} {
		a := suppressed(tree, c.values)
		var hidden []string
		for area := range tree.Areas {
			if a.Hidden(int32(area)) != 0 {
				hidden = append(hidden, tree.Areas[area].Code)
			}
		}
		if got := join(hidden); got != c.hidden {
			t.Errorf("%s: hidden %q, want %q", c.name, got, c.hidden)
		}
	}
}

func join(codes []string) string {
	s := ""
	for i, c := range codes {
		if i > 0 {
			s += " "
		}
		s += c
	}
	return s
}

func TestHiddenOfSeveral(t *testing.T) {
	tree := programme()
	a := suppressed(tree, map[string]uint32{"1a": 4, "1a1": 20, "1b1": 40})
	if a.HiddenOf(nil) != 0 || a.HiddenOf([]int32{tree.Find("1a"), tree.Find("1b")}) != 0 {
		t.Error("a sum is hidden of which no part is")
	}
	if a.HiddenOf([]int32{tree.Find("1a1"), tree.Find("1b")}) == 0 {
		t.Error("a sum with a hidden part is shown")
	}
	if a.HiddenOutside(data.Commune, nil) != 0 || a.HiddenOutside(data.Hamlet, nil) == 0 {
		t.Error("only what is in no hamlet is hidden")
	}
}

// No hidden count of a random table is determined by those that are shown: by trying out all values.
func TestNothingIsDetermined(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	// Root, two inner nodes, four leaves.
	first := []int32{1, 3, 5, 7, 7, 7, 7, 7}
	const leaves = 3
	for range 400 {
		table := newTable(first)
		for leaf := leaves; leaf < 7; leaf++ {
			v := random.Uint32N(14)
			if random.IntN(3) == 0 {
				v = random.Uint32N(3)
			}
			table.value[leaf], table.nonzero[leaf] = v, min(v, 1)
		}
		table.suppress(1)
		truth := slices.Clone(table.value)
		if truth[0] == 0 || truth[0] == table.nonzero[0] {
			continue // all singletons: then their number gives them away, and callers hide zeros too
		}
		possible := make([]map[uint32]bool, 7)
		for i := range possible {
			possible[i] = make(map[uint32]bool)
		}
		var try func(leaf int, values []uint32)
		try = func(leaf int, values []uint32) {
			if leaf == 7 {
				values[1], values[2] = values[3]+values[4], values[5]+values[6]
				values[0] = values[1] + values[2]
				for i := range leaves {
					if table.hidden[i] == 0 && values[i] != truth[i] {
						return
					}
				}
				for i, v := range values {
					possible[i][v] = true
				}
				return
			}
			if table.hidden[leaf] == 0 {
				values[leaf] = truth[leaf]
				try(leaf+1, values)
				return
			}
			for v := range uint32(20) {
				values[leaf] = v + 1
				try(leaf+1, values)
			}
		}
		try(leaves, make([]uint32, 7))
		for i, hidden := range table.hidden {
			if hidden == 0 && rules.Small(truth[i]) {
				t.Errorf("%v: node %d is shown", truth, i)
			}
			if hidden != 0 && truth[i] > 0 && len(possible[i]) < 2 {
				t.Errorf("%v: node %d is hidden and determined", truth, i)
			}
		}
	}
}

// Where every household is alone in its base cell, their number gives them all away: zeros are hidden too.
func TestCellsOfSingletons(t *testing.T) {
	center, err := geo.CellAt(orb.Point{108.2, 16.06}, 9)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := center.Disk(1)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(cells)
	for _, c := range []struct {
		name            string
		values, nonzero []uint32
		top             rules.Hidden
		hidden          int
	}{
		{"all alone", []uint32{12, 3, 0, 0, 0, 0, 0}, []uint32{12, 3, 0, 0, 0, 0, 0}, 0, 7},
		{"none small", []uint32{12, 30, 0, 0, 0, 0, 10}, []uint32{2, 3, 0, 0, 0, 0, 1}, 0, 0},
		{"one small, and the smallest beside it", []uint32{12, 30, 0, 0, 0, 2, 10}, []uint32{2, 3, 0, 0, 0, 1, 1}, 0,
			2},
		{"the commune is hidden", []uint32{12, 30, 0, 0, 0, 0, 10}, []uint32{2, 3, 0, 0, 0, 0, 1}, 1, 1},
	} {
		table := NewCells(cells, 8, c.top)
		table.Suppress(1, func(values, nonzero []uint32) {
			copy(values, c.values)
			copy(nonzero, c.nonzero)
		})
		hidden := 0
		for i := range cells {
			hidden += int(table.Hidden(i))
		}
		if hidden != c.hidden {
			t.Errorf("%s: %d cells hidden, want %d", c.name, hidden, c.hidden)
		}
	}
}
