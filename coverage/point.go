package coverage

import (
	"context"

	"github.com/paulmach/orb"

	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
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
	h, within := &ix.columns.Households, columns.BoxOf(bound)
	var t windows.Scratch
	var point Point
	for _, n := range p.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !within.Meets(ix.columns.Boxes[n]) {
			continue
		}
		t.Scan(ix.columns, n, p.window)
		for i := range len(ix.columns.Blocks[n].Starts) - 1 {
			at := uint32(n*columns.BlockSize + i)
			if p.in != nil && !p.in[p.areaOf.OfHousehold[at]] || !within.Holds(h.Lon[at], h.Lat[at]) ||
				h.Registered[at] > p.window.To || h.LastDays[at] < p.window.To {
				continue
			}
			point = Point{
				ID: string(h.IDBytes(at)), Location: h.Point(at), Hamlet: h.HamletCodes[h.Hamlets[at]],
				State: t.States[i], LastVisit: data.Date(t.Last[i]), Visits: uint32(t.Visits[i]),
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
	r := v.index.columns.Registry
	position, ok := r.Households.Find(household)
	if !ok || !v.viewer.Households {
		return nil, false
	}
	if v.scope != nil {
		n := r.History.VersionOn(v.index.today())
		if !v.scope.tree(n).In[r.AreasOf(n).OfHousehold[position]] {
			return nil, false
		}
	}
	b, i := v.index.columns.Blocks[position/columns.BlockSize], position%columns.BlockSize
	for at := b.Starts[i]; at < b.Starts[i+1]; at++ {
		p := b.At(at)
		visits = append(visits, data.Visit{
			HouseholdID: household, TeamID: v.index.columns.Teams[p.Call>>columns.OutcomeBits].ID,
			At:      data.Date(p.Day).Time(),
			Outcome: data.Outcome(p.Call & columns.OutcomeMask), Assessed: data.SkillSet(p.Assessed),
			Shown: data.SkillSet(p.Shown),
		})
	}
	return visits, true
}
