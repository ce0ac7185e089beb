package coverage

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/disclosure"
	"tungnha/coverage/footprint"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/limit"
)

// roundings has the keys of the households of a registry, and how places of everybody are rounded. Keys are made when
// the public first queries: 8 bytes and 0.4 µs a household.
type roundings struct {
	keys       *disclosure.Keys
	once       sync.Once
	households []disclosure.Key

	mu    sync.Mutex
	areas map[*boundary.Tree]*areaRoundings
	cells map[int][]disclosure.Rounding // by resolution: of all cells with a household
}

// areaRoundings has the keys of the leaves of a tree, the last of no area, and the rounding of each area.
type areaRoundings struct {
	leaves []disclosure.Key
	areas  []disclosure.Rounding
}

// newRoundings returns those under the secret of a store; without one figures are rounded otherwise by each process.
func newRoundings(secret data.Secret) roundings {
	if secret.IsZero() {
		secret = data.NewSecret()
	}
	return roundings{keys: disclosure.NewKeys(secret), areas: make(map[*boundary.Tree]*areaRoundings),
		cells: make(map[int][]disclosure.Rounding)}
}

// of returns the keys of the households.
func (r *roundings) of(h *columns.Households) []disclosure.Key {
	r.once.Do(func() {
		keys := make([]disclosure.Key, h.Len())
		var group errgroup.Group
		group.SetLimit(columns.Workers())
		for lo := 0; lo < len(keys); lo += columns.BlockSize {
			group.Go(func() error {
				m := r.keys.Maker()
				for i := lo; i < min(lo+columns.BlockSize, len(keys)); i++ {
					keys[i] = m.Household(h.IDBytes(uint32(i)))
				}
				return nil
			})
		}
		_ = group.Wait() // nothing in it can fail
		r.households = keys
	})
	return r.households
}

// areaRoundings returns the keys of the leaves of version n of the boundaries, and the rounding of each of its areas.
// What of an area is in scope is all of it.
func (ix *Index) areaRoundings(n int) (leaves []disclosure.Key, areas []disclosure.Rounding) {
	r := &ix.derived.roundings
	households := r.of(&ix.columns.Households)
	r.mu.Lock()
	defer r.mu.Unlock()
	b := ix.columns.History.Tree(n)
	kept := r.areas[b]
	if kept == nil {
		kept = &areaRoundings{make([]disclosure.Key, len(b.Areas)+1), make([]disclosure.Rounding, len(b.Areas))}
		for at, leaf := range ix.columns.AreasOf(n).OfHousehold {
			kept.leaves[leaf] += households[at]
		}
		sums := slices.Clone(kept.leaves[:len(b.Areas)])
		for leaf := range sums {
			for a := b.Parent(int32(leaf)); a != boundary.NoArea; a = b.Parent(a) {
				sums[a] += kept.leaves[leaf]
			}
		}
		m := r.keys.Maker()
		for a, key := range sums {
			kept.areas[a] = m.Rounding(key)
		}
		r.areas[b] = kept
	}
	return kept.leaves, kept.areas
}

// roundingOf returns how each row of a result is rounded, and how its total is: by the households of the registry that
// live in its place, counted or not.
func (ix *Index) roundingOf(ctx context.Context, p *plan, result *Result) (row func(i int) disclosure.Rounding,
	total disclosure.Rounding, err error) {
	leaves, areas := ix.areaRoundings(ix.columns.History.VersionOn(p.query.Boundaries))
	m := ix.derived.roundings.keys.Maker()
	var all, nowhere disclosure.Key
	for leaf, key := range leaves {
		if p.in != nil && !p.in[leaf] {
			continue
		}
		all += key
		if p.query.By == ByArea && (leaf == len(areas) || !p.hasRow(int32(leaf))) {
			nowhere += key
		}
	}
	switch p.query.By {
	case ByArea:
		bucket := m.Rounding(nowhere)
		return func(i int) disclosure.Rounding {
			if a := result.Rows[i].Area; a != boundary.NoArea {
				return areas[a]
			}
			return bucket
		}, m.Rounding(all), nil
	case ByCell:
		rows, within, err := ix.cellRoundings(ctx, p)
		if p.query.Within != 0 {
			all = within
		}
		return func(i int) disclosure.Rounding { return rows[i] }, m.Rounding(all), err
	}
	total = m.Rounding(all)
	return func(int) disclosure.Rounding { return total }, total, nil
}

// scopeRounding returns how the counts of all that a viewer may see are rounded.
func (ix *Index) scopeRounding(viewer Viewer) disclosure.Rounding {
	n := ix.columns.History.VersionOn(ix.release.Day)
	leaves, _ := ix.areaRoundings(n)
	var in []bool
	if len(viewer.Scope) > 0 {
		in = ix.scopeOf(viewer).tree(n).In
	}
	var all disclosure.Key
	for leaf, key := range leaves {
		if in == nil || in[leaf] {
			all += key
		}
	}
	return ix.derived.roundings.keys.Maker().Rounding(all)
}

// roundTotals rounds what a viewer sees of the amount of data.
func (ix *Index) roundTotals(viewer Viewer, t *Totals) {
	r := ix.scopeRounding(viewer)
	households, _ := r.Round(uint32(t.Households))
	visits, _ := r.Round(uint32(t.Visits))
	*t = Totals{int(households), int(visits), t.First.Month(), t.Last.Month()}
}

// DerivedHouseholds returns how many households in the register the footprint of a hamlet is made from, and false where
// that is hidden.
func (v *View) DerivedHouseholds(hamlet *data.Area, f *footprint.Footprint) (n int, ok bool) {
	n = f.Households + f.LeftOut
	if v.Release() == nil {
		return n, true
	}
	version := v.index.columns.History.VersionOn(v.index.release.Day)
	area := v.index.columns.History.Tree(version).Find(hamlet.Code)
	if area == boundary.NoArea {
		return 0, false
	}
	_, areas := v.index.areaRoundings(version)
	shown, ok := areas[area].Round(uint32(n))
	return int(shown), ok
}

// hasRow reports whether the households of a leaf are in a row of an area.
func (p *plan) hasRow(leaf int32) bool {
	a := p.boundaries.Ancestor(leaf, p.query.Level)
	return a != boundary.NoArea && (p.in == nil || p.in[a])
}

// cellRoundings returns the rounding of each cell with a household in the scope, in their order, and the key of all.
func (ix *Index) cellRoundings(ctx context.Context, p *plan) ([]disclosure.Rounding, disclosure.Key, error) {
	r, h := &ix.derived.roundings, &ix.columns.Households
	everywhere := p.in == nil && p.query.Within == 0
	if everywhere { // the same in every window and version of the boundaries
		r.mu.Lock()
		kept := r.cells[p.query.Resolution]
		r.mu.Unlock()
		if kept != nil {
			return kept, 0, nil
		}
	}
	keys, m := r.of(h), r.keys.Maker()
	var rows []disclosure.Rounding
	var cell, all disclosure.Key
	var lastOf geo.Cell // the greatest base cell of the current cell
	first, end := h.Below(p.query.Within)
	for _, n := range p.blocks {
		if err := limit.Step(ctx); err != nil {
			return nil, 0, err
		}
		for at := max(first, n*columns.BlockSize); at < min(end, h.Len(), (n+1)*columns.BlockSize); at++ {
			if p.in != nil && !p.in[p.areaOf.OfHousehold[at]] {
				continue
			}
			if h.Cells[at] > lastOf {
				if lastOf != 0 {
					rows = append(rows, m.Rounding(cell))
				}
				_, lastOf = h.Cells[at].Parent(p.query.Resolution).Span(geo.BaseResolution)
				all, cell = all+cell, 0
			}
			cell += keys[at]
		}
	}
	if lastOf != 0 {
		rows = append(rows, m.Rounding(cell))
	}
	if everywhere {
		r.mu.Lock()
		r.cells[p.query.Resolution] = rows
		r.mu.Unlock()
	}
	return rows, all + cell, nil
}
