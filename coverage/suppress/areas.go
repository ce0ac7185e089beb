package suppress

import (
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Areas is the table of a tree of areas. Its leaves are the households that belong to each area directly, and at
// len(tree.Areas) those that belong to none.
type Areas struct {
	table
	tree   *boundary.Tree
	ofArea []int32 // of each area: its node
	ofLeaf []int32 // of each leaf: its node
}

// NewAreas returns the table of a tree of areas in which nothing is hidden.
func NewAreas(tree *boundary.Tree) *Areas {
	none := len(tree.Areas)
	a := &Areas{tree: tree, ofArea: make([]int32, none), ofLeaf: make([]int32, none+1)}
	var first []int32
	// Node by node, children behind their parents: those of the root are the areas without a parent and the households
	// of no area.
	keys := []int32{-1} // of each node: its area; leaf k itself is written none+1+k
	for i := 0; i < len(keys); i++ {
		first = append(first, int32(len(keys)))
		key := keys[i]
		switch {
		case key == -1:
			for area := range tree.Areas {
				if tree.Parent(int32(area)) == boundary.NoArea {
					keys = append(keys, int32(area))
				}
			}
			keys = append(keys, int32(none+1+none))
		case int(key) > none:
			a.ofLeaf[int(key)-none-1] = int32(i)
		default:
			a.ofArea[key] = int32(i)
			keys = append(append(keys, tree.Children(key)...), int32(none+1)+key)
		}
	}
	a.table = newTable(append(first, int32(len(keys))))
	return a
}

// Suppress takes the counts of the leaves and hides what must be, instead of what was hidden before.
func (a *Areas) Suppress(counts []rules.HouseholdCount, leaf func(leaf int) *rules.Count) {
	clear(a.hidden)
	for _, count := range counts {
		clear(a.value)
		clear(a.nonzero)
		for l, at := range a.ofLeaf {
			v := *count.Of(leaf(l))
			a.value[at], a.nonzero[at] = v, min(v, 1)
		}
		a.suppress(count.Bit)
	}
}

// Hidden returns what is hidden of an area.
func (a *Areas) Hidden(area int32) rules.Hidden { return a.hidden[a.ofArea[area]] }

// HiddenOf returns what is hidden of the sum of several areas, which gives one of them away when the others are shown;
// nil is everything.
func (a *Areas) HiddenOf(areas []int32) rules.Hidden {
	if areas == nil {
		return a.hidden[0]
	}
	var hidden rules.Hidden
	for _, area := range areas {
		hidden |= a.Hidden(area)
	}
	return hidden
}

// HiddenOutside returns what is hidden of the households in scope that belong to no area of the level: they come from
// all over it, and each place may give away what another hides. in reports for each leaf whether it is in scope; nil:
// all are.
func (a *Areas) HiddenOutside(level data.Level, in []bool) rules.Hidden {
	var hidden rules.Hidden
	for leaf, area := range a.tree.Ancestors(level) {
		if in != nil && !in[leaf] {
			continue
		}
		if area == boundary.NoArea || in != nil && !in[area] {
			hidden |= a.hidden[a.ofLeaf[leaf]]
		}
	}
	return hidden
}
