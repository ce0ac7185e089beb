package coverage

import (
	"context"

	"github.com/paulmach/orb"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// Point is one household as the households layer and export show it.
type Point struct {
	ID        string
	Location  orb.Point
	Hamlet    string // code, empty where it declares none
	State     rules.State
	LastVisit data.Date
	Visits    uint32 // in the window
}

// Points calls yield for the households within the bound that q (its window and Parent)
// and the viewer leave in sight, in the order of their cells; it stops at an error. They
// are those in the registry on the window's last day: one that was found moved or
// ineligible is among them, without the bit Eligible. The Point is valid during the call.
// A viewer without the right to see households gets ErrNotAllowed.
func (v *View) Points(ctx context.Context, q Query, bound orb.Bound, yield func(*Point) error) error {
	if !v.viewer.Households {
		return ErrNotAllowed
	}
	ix := v.index
	q.By = ByDay // of no matter: only window and scope are looked at
	p, err := ix.plan(v.viewer, q)
	if err != nil {
		return err
	}
	ix.prepare(p)
	h, within := &ix.columns.households, boxOf(bound)
	var t windowScratch
	var point Point
	for _, n := range p.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !within.meets(ix.columns.boxes[n]) {
			continue
		}
		t.scan(ix.columns, n, p.window)
		for i := range len(ix.columns.blocks[n].starts) - 1 {
			at := uint32(n*blockSize + i)
			if p.in != nil && !p.in[p.areaOf.ofHousehold[at]] || !within.holds(h.lon[at], h.lat[at]) ||
				h.registered[at] > p.window.to || h.lastDays[at] < p.window.to {
				continue
			}
			point = Point{
				ID: string(h.idBytes(at)), Location: h.point(at), Hamlet: h.hamletCodes[h.hamlets[at]],
				State: t.states[i], LastVisit: data.Date(t.last[i]), Visits: uint32(t.visits[i]),
			}
			if err := yield(&point); err != nil {
				return err
			}
		}
	}
	return nil
}

// History returns the visits to a household in order, as the index has them: without their ids and times of day. It
// reports false where the household is not registered, or not in scope on the boundaries of today. A viewer without the
// right to see households gets none.
func (v *View) History(household string) (visits []data.Visit, ok bool) {
	r := v.index.columns.registry
	position, ok := r.households.find(household)
	if !ok || !v.viewer.Households {
		return nil, false
	}
	if v.scope != nil {
		n := r.history.VersionOn(v.index.today())
		if !v.scope.tree(r, n).In[r.areasOf(n).ofHousehold[position]] {
			return nil, false
		}
	}
	b, i := v.index.columns.blocks[position/blockSize], position%blockSize
	for at := b.starts[i]; at < b.starts[i+1]; at++ {
		p := b.at(at)
		visits = append(visits, data.Visit{
			HouseholdID: household, TeamID: v.index.columns.teams[p.call>>outcomeBits].ID, At: data.Date(p.day).Time(),
			Outcome: data.Outcome(p.call & outcomeMask), Assessed: data.SkillSet(p.assessed), Shown: data.SkillSet(p.shown),
		})
	}
	return visits, true
}
