package tiles

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"tungnha/coverage"
	"tungnha/data"
)

// minHouseholdZoom is the first zoom with household points: before it they are too many to
// tell apart.
const minHouseholdZoom = 14

// A household is what a tile shows of one, held until all of the tile are known: features
// go by id.
type household struct {
	tag   uint64 // of its id
	id    string
	at    point
	point coverage.Point
}

// households writes the layer of the households in the tile.
func (d *drawing) households(ctx context.Context, f *frame, ix *coverage.Index, v coverage.Viewer, q coverage.Query) error {
	var found []household
	err := ix.Points(ctx, v, q, f.bound(), func(p *coverage.Point) error {
		if at := f.at(project(p.Location)); at.inTile() {
			found = append(found, household{householdTag(p.ID), p.ID, at, *p})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b household) int {
		return cmp.Or(cmp.Compare(a.tag, b.tag), cmp.Compare(a.id, b.id))
	})
	d.w.begin(string(Households), d.keys)
	var last uint64
	for i := range found {
		h := &found[i]
		last = max(h.tag, last+1) // two households of one tag in one tile stay apart
		d.w.point(h.at)
		d.household(&h.point)
		d.w.feature(last, typePoint)
	}
	d.w.end()
	return nil
}

func (d *drawing) household(p *coverage.Point) {
	w := &d.w
	w.tag(keyHouseholdID, w.values.unique(p.ID))
	if p.Hamlet != "" {
		w.tag(keyHouseholdHamlet, w.values.shared(p.Hamlet))
	}
	w.tag(keyHouseholdState, w.values.shared(stateName(p.State)))
	w.tag(keyHouseholdVisits, w.values.uint(uint64(p.Visits)))
	if p.LastVisit != data.NoDate {
		w.day(keyHouseholdLastVisit, p.LastVisit)
	}
	if p.State&coverage.Eligible != 0 {
		w.tag(keyHouseholdEligible, w.values.yes())
	}
}

// stateName says in one word what the window holds of a household.
func stateName(s coverage.State) string {
	switch {
	case s&coverage.Eligible == 0:
		return "ineligible"
	case s&coverage.Reached != 0:
		return "reached"
	case s&coverage.RevisitDue != 0:
		return "revisit_due"
	case s&coverage.Contacted != 0:
		return "contacted"
	case s&coverage.Attempted != 0:
		return "attempted"
	}
	return "unvisited"
}

// householdTag is a number from 1 to 2^48 made of a household's id: the same in every tile
// and version of the data.
func householdTag(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()>>16 + 1
}
