// Package suppress decides which counts of a tree must be hidden so that none of 1 to 9 households can be read or be
// computed by subtraction: primary suppression of small counts, and complementary (secondary) suppression of others
// (Cox 1980, Journal of the American Statistical Association 75; Hundepool et al. 2012, Statistical Disclosure
// Control, chapter 4). It takes counts of the leaves of a tree and returns a set of hidden counts for each node.
//
// What is hidden of an area does not depend on the query: it is decided on the whole tree of areas, from the top down,
// whatever the level, the parent and the scope of the query.
//
// Each count is treated as a table of its own. That one count of a row bounds another (no more households are reached
// than attempted) and that windows overlap, so that one may be subtracted from another, is out of scope, as
// docs/indicators.md states.
package suppress

import "tungnha/coverage/rules"

// table is a tree in which every node is the sum of its children: what somebody who has all answers side by side can
// subtract from each other. It has one count at a time, in columns: a table of the cells of a commune may have a
// hundred thousand nodes.
type table struct {
	// of each node: its first child; one more for the end. Children are consecutive, behind their parent
	first   []int32
	hidden  []rules.Hidden
	value   []uint32 // of the present count
	nonzero []uint32 // how many of the smallest units below have any of it
}

// newTable returns a table of the tree in which nothing is hidden.
func newTable(first []int32) table {
	nodes := len(first) - 1
	return table{
		first: first, hidden: make([]rules.Hidden, nodes), value: make([]uint32, nodes), nonzero: make([]uint32, nodes),
	}
}

// suppress hides the present count, with its bit, wherever it must not be shown. Its value and nonzero are those of the
// nodes without children, of others 0; the root may be hidden already. It reports whether the root is all singletons.
//
// Zeros are shown, so a hidden unit is known to be at least 1. A node is all singletons when it is as small as that
// allows: each of its units that is not zero is exactly 1. The rules are
//
//   - a node is hidden when it is small (primary suppression), or all singletons, for then its units are determined;
//   - below a node that is shown none is hidden, or two are and one of them is not all singletons;
//   - below a node that is hidden and not all singletons one is hidden that is not all singletons.
//
// What is added to meet them (complementary suppression) is the smallest of those still shown. Then no hidden node is
// determined: it can be one more, or one less, while another makes up for it (the hidden nodes and the sums that they
// are in form a tree, so one adjustment never meets itself).
func (t *table) suppress(bit rules.Hidden) (allSingletons bool) {
	for i := len(t.value) - 1; i >= 0; i-- {
		value, nonzero := t.value[i], t.nonzero[i]
		for c := t.first[i]; c < t.first[i+1]; c++ {
			value += t.value[c]
			nonzero += t.nonzero[c]
		}
		t.value[i], t.nonzero[i] = value, nonzero
		if rules.Small(value) || value > 0 && value == nonzero {
			t.hidden[i] |= bit
		}
	}
	for i := range t.value {
		// Below a small node every child is nothing or small, and so hidden already.
		if t.value[i] > rules.MaxSmall && t.first[i] < t.first[i+1] {
			t.complement(i, bit)
		}
	}
	return t.value[0] > 0 && t.value[0] == t.nonzero[0]
}

// complement hides one more child of node i where the rules require it.
func (t *table) complement(i int, bit rules.Hidden) {
	hidden, free := 0, false // free: a hidden child is not all singletons
	smallest := int32(-1)    // of those shown
	for c := t.first[i]; c < t.first[i+1]; c++ {
		v := t.value[c]
		switch {
		case v == 0:
		case t.hidden[c]&bit != 0:
			hidden++
			free = free || v > t.nonzero[c]
		case smallest < 0 || v < t.value[smallest]:
			smallest = c
		}
	}
	above := t.hidden[i]&bit != 0
	if smallest >= 0 && (above && !free || !above && hidden > 0 && (hidden < 2 || !free)) {
		t.hidden[smallest] |= bit
	}
}
