package coverage

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Counts of 1 to rules.MaxSmall households are kept back from a viewer without SmallCounts, and
// with them as many others as it takes that none can be had by subtraction. What is kept
// back of an area does not depend on the query that asks for it: it is decided on the
// whole tree of areas, from the top down, whatever the level, the parent and the scope.
//
// Each count is treated as a table of its own. That one count of a row bounds another
// (no more households are reached than attempted) and that windows overlap, so that one
// may be subtracted from another, the definition leaves out of account.
// table is a tree in which every node is the sum of its children: what somebody who puts
// all answers side by side can subtract from each other. It holds one count at a time, in
// columns: a table of the cells of a commune may have a hundred thousand nodes.
type table struct {
	first  []int32 // of each node: its first child; one more for the end. Children stand together, behind their parent
	hidden []rules.Hidden
	value  []uint32 // of the count at hand
	parts  []uint32 // how many of the rules.MaxSmall parts below have any of it
}

// newTable returns a table of the tree in which nothing is hidden.
func newTable(first []int32) table {
	nodes := len(first) - 1
	return table{first: first, hidden: make([]rules.Hidden, nodes), value: make([]uint32, nodes), parts: make([]uint32, nodes)}
}

// suppress hides, with the bit of the count at hand, what must not be shown. Values and
// parts are those of the nodes without children, of others 0; the root may be hidden
// already. It reports whether the root is rigid.
//
// Zeros are shown, so a hidden part is known to be at least 1. A node is rigid when it is
// as small as that allows: each of its rules.MaxSmall parts is exactly 1. The rules are
//
//   - a node is hidden when it is small, or rigid, for then its parts could be told;
//   - below a node that is shown none is hidden, or two are and one of them is not rigid;
//   - below a node that is hidden and not rigid one is hidden that is not rigid.
//
// What is added to meet them is the rules.MaxSmall of those still shown. Then no hidden node is
// determined: it can be one more, or one less, while another makes up for it (the hidden
// nodes and the sums they stand in form a tree, so one adjustment never meets itself).
func (t *table) suppress(bit rules.Hidden) (rigid bool) {
	for i := len(t.value) - 1; i >= 0; i-- {
		value, parts := t.value[i], t.parts[i]
		for c := t.first[i]; c < t.first[i+1]; c++ {
			value += t.value[c]
			parts += t.parts[c]
		}
		t.value[i], t.parts[i] = value, parts
		if rules.Small(value) || value > 0 && value == parts {
			t.hidden[i] |= bit
		}
	}
	for i := range t.value {
		// Below a small node every child is nothing or small, and so hidden already.
		if t.value[i] > rules.MaxSmall && t.first[i] < t.first[i+1] {
			t.complement(i, bit)
		}
	}
	return t.value[0] > 0 && t.value[0] == t.parts[0]
}

// complement hides one more child of node i where the rules ask for it.
func (t *table) complement(i int, bit rules.Hidden) {
	hidden, free := 0, false
	next := int32(-1) // rules.MaxSmall of those shown
	for c := t.first[i]; c < t.first[i+1]; c++ {
		v := t.value[c]
		switch {
		case v == 0:
		case t.hidden[c]&bit != 0:
			hidden++
			free = free || v > t.parts[c]
		case next < 0 || v < t.value[next]:
			next = c
		}
	}
	above := t.hidden[i]&bit != 0
	if next >= 0 && (above && !free || !above && hidden > 0 && (hidden < 2 || !free)) {
		t.hidden[next] |= bit
	}
}

// areaTable is the table of all areas, and where they stand in it.
type areaTable struct {
	table
	ofArea []int32 // of each area: its node
	ofLeaf []int32 // of each leaf: the node of the households that belong to it directly
}

// areaTable counts the whole tree of areas in the plan's window and hides what must be.
func (ix *Index) areaTable(ctx context.Context, p *plan) (*areaTable, error) {
	whole := *p
	whole.roots, whole.in = nil, nil
	ix.prepare(&whole)
	leaves, err := ix.countLeaves(ctx, &whole)
	if err != nil {
		return nil, err
	}
	t := newAreaTable(p.boundaries)
	t.fill(rules.HouseholdCounts(len(ix.config.Skills)), func(leaf int) *rules.Count { return &leaves.groups[leaf].Count })
	return t, nil
}

// newAreaTable makes the table of a tree of areas, without counts.
func newAreaTable(b *boundary.Tree) *areaTable {
	none := len(b.Areas)
	t := &areaTable{ofArea: make([]int32, none), ofLeaf: make([]int32, none+1)}
	var first []int32
	// Node by node, children behind their parents: those of the root are the areas without
	// a parent and the households of no area.
	keys := []int32{-1} // of each node: its area; leaf k itself is written none+1+k
	for i := 0; i < len(keys); i++ {
		first = append(first, int32(len(keys)))
		key := keys[i]
		switch {
		case key == -1:
			for a := range b.Areas {
				if b.Parent(int32(a)) == boundary.NoArea {
					keys = append(keys, int32(a))
				}
			}
			keys = append(keys, int32(none+1+none))
		case int(key) > none:
			t.ofLeaf[int(key)-none-1] = int32(i)
		default:
			t.ofArea[key] = int32(i)
			keys = append(append(keys, b.Children(key)...), int32(none+1)+key)
		}
	}
	t.table = newTable(append(first, int32(len(keys))))
	return t
}

// fill takes the counts of the leaves, adds them up and hides what must be.
func (t *areaTable) fill(kinds []rules.HouseholdCount, leaf func(leaf int) *rules.Count) {
	clear(t.hidden)
	for _, k := range kinds {
		clear(t.value)
		clear(t.parts)
		for l, at := range t.ofLeaf {
			v := *k.Of(leaf(l))
			t.value[at], t.parts[at] = v, min(v, 1)
		}
		t.suppress(k.Bit)
	}
}

// total returns what is hidden of the whole scope.
func (t *areaTable) total(p *plan) rules.Hidden {
	if p.roots == nil {
		return t.hidden[0]
	}
	// The sum of several areas gives one of them away when the others are shown.
	var hidden rules.Hidden
	for _, root := range p.roots {
		hidden |= t.hidden[t.ofArea[root]]
	}
	return hidden
}

// withhold takes out of a result what the plan's viewer may not see.
func (ix *Index) withhold(ctx context.Context, p *plan, result *Result) error {
	if p.viewer.SmallCounts {
		return nil
	}
	t, err := ix.areaTable(ctx, p)
	if err != nil {
		return err
	}
	result.Total.Hidden = t.total(p)
	switch p.query.By {
	case ByArea:
		ix.withholdAreas(p, t, result)
		err = ix.withholdFlags(ctx, p, t, result)
	case ByCell:
		err = ix.withholdCells(ctx, p, t, result)
	case ByTeam:
		err = ix.withholdTeams(ctx, p, t, result)
	default:
		err = ix.withholdPeriods(ctx, p, result)
	}
	if err != nil {
		return err
	}
	counts := rules.HouseholdCounts(len(ix.config.Skills))
	blank(ix.config, &result.Total, counts, thresholdsOfArea(ix.config, p.boundaries, result.Total.Area))
	var group errgroup.Group
	group.SetLimit(workers())
	for lo := 0; lo < len(result.Rows); lo += blockSize {
		group.Go(func() error {
			for i := lo; i < min(lo+blockSize, len(result.Rows)); i++ {
				blank(ix.config, &result.Rows[i], counts, thresholdsOfRow(ix.config, p, result, i))
			}
			return nil
		})
	}
	return group.Wait()
}

func (ix *Index) withholdAreas(p *plan, t *areaTable, result *Result) {
	level := p.query.Level
	for i := range result.Rows {
		row := &result.Rows[i]
		if row.Area != boundary.NoArea {
			row.Hidden = t.hidden[t.ofArea[row.Area]]
			continue
		}
		row.Hidden = t.bucket(p, level)
	}
}

// withholdFlags takes the flags that the rows of hamlets do not tell out of the numbers of
// flagged hamlets: beside the hamlets that are shown they would tell them.
func (ix *Index) withholdFlags(ctx context.Context, p *plan, t *areaTable, result *Result) error {
	leaves, err := ix.countLeaves(ctx, p)
	if err != nil {
		return err
	}
	rowOf := make(map[int32]*Row)
	for i := range result.Rows {
		if result.Rows[i].HamletsFlagged != nil {
			rowOf[result.Rows[i].Area] = &result.Rows[i]
		}
	}
	level := p.query.Level
	for a, flags := range leaves.flags {
		hidden := t.hidden[t.ofArea[a]]
		if flags == 0 || hidden == 0 {
			continue
		}
		count := &leaves.groups[a].Count
		untold := flags &^ thresholdsOfArea(ix.config, p.boundaries, int32(a)).FlagsAllowed(count, hidden, len(ix.config.Skills))
		if result.Total.HamletsFlagged != nil {
			untold.Discount(result.Total.HamletsFlagged)
		}
		if area := p.boundaries.Ancestor(int32(a), level); area != boundary.NoArea && rowOf[area] != nil {
			untold.Discount(rowOf[area].HamletsFlagged)
		}
	}
	return nil
}

// bucket returns what is hidden of the households of the scope that belong to no area of
// the rank: they come from all over it, and each place may give away what another hides.
func (t *areaTable) bucket(p *plan, level data.Level) rules.Hidden {
	var hidden rules.Hidden
	for leaf := range t.ofLeaf {
		if p.in != nil && !p.in[leaf] {
			continue
		}
		area := int32(boundary.NoArea)
		if leaf < len(p.boundaries.Areas) {
			area = p.boundaries.Ancestor(int32(leaf), level)
		}
		if area == boundary.NoArea || p.in != nil && !p.in[area] {
			hidden |= t.hidden[t.ofLeaf[leaf]]
		}
	}
	return hidden
}

// withholdTeams hides of a team's row what its hamlets hide. What the team itself did is
// shown only whole: part of it, within a parent, could be subtracted from the whole.
func (ix *Index) withholdTeams(ctx context.Context, p *plan, t *areaTable, result *Result) error {
	whole := result
	if p.in != nil {
		everywhere := *p
		everywhere.roots, everywhere.in, everywhere.query.Parent = nil, nil, ""
		ix.prepare(&everywhere)
		var err error
		if whole, err = ix.byTeam(ctx, &everywhere); err != nil {
			return err
		}
	}
	own := rules.HouseholdCounts(0)[1:]
	for i := range result.Rows {
		row := &result.Rows[i]
		for _, hamlet := range p.leaves.servedOn(row.Team, p.query.To) {
			if p.in == nil || p.in[hamlet] {
				row.Hidden |= t.hidden[t.ofArea[hamlet]]
			}
		}
		if row.Hidden&rules.HiddenReached != 0 {
			row.Hidden |= rules.HiddenReachedByAny
		}
		at, _ := slices.BinarySearchFunc(whole.Rows, row.Team, func(r Row, team int32) int { return int(r.Team - team) })
		all := &whole.Rows[at]
		for _, k := range own {
			if n := *k.Of(&row.Count); rules.Small(n) || n != *k.Of(&all.Count) {
				row.Hidden |= k.Bit
			}
		}
		if n := row.ReachedElsewhere; rules.Small(n) || n != all.ReachedElsewhere {
			row.Hidden |= rules.HiddenReachedElsewhere
		}
		// A completed revisit is a household that the team reached.
		n := row.Work.RevisitsCompleted
		if rules.Small(n) || n != all.Work.RevisitsCompleted || row.Hidden&(rules.HiddenReached|rules.HiddenReachedElsewhere) != 0 {
			row.Hidden |= rules.HiddenRevisitsCompleted
		}
	}
	return nil
}

// blank empties the hidden counts of a row and drops the flags that would tell them, which
// the thresholds raised.
func blank(c *rules.Config, row *Row, kinds []rules.HouseholdCount, th *rules.Thresholds) {
	if row.Hidden == 0 {
		return
	}
	row.Flags &= th.FlagsAllowed(&row.Count, row.Hidden, len(c.Skills))
	for _, k := range kinds {
		if row.Hidden&k.Bit != 0 {
			*k.Of(&row.Count) = 0
		}
	}
	if row.Hidden&rules.HiddenReachedByAny != 0 {
		row.ReachedByAny = 0
	}
	if row.Hidden&rules.HiddenReachedElsewhere != 0 {
		row.ReachedElsewhere = 0
	}
	if row.Hidden&rules.HiddenRevisitsCompleted != 0 && row.Work != nil {
		work := *row.Work
		work.RevisitsCompleted = 0
		row.Work = &work
	}
	if row.Hidden&rules.HiddenNewlyReached != 0 {
		row.NewlyReached = 0
	}
	if row.Hidden&rules.HiddenReachedSoFar != 0 {
		row.ReachedSoFar = 0
	}
}
