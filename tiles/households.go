package tiles

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// minHouseholdZoom is the first zoom with a point for each household: before it they are too
// many to tell apart, and a point stands for the households of a cell.
const minHouseholdZoom = 14

// dotResolutions gives for each zoom the H3 resolution of the cells that points stand for:
// they are some 5 pixels apart.
var dotResolutions = [minHouseholdZoom]int{3, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11}

// drawDots writes the layer of the households where points stand for cells. They are the
// rows of a result, so the points of a zoom add up to its total.
func (s *Server) drawDots(ctx context.Context, d *tileEncoder, f *mvt.Transform, view *coverage.View, q coverage.Query) error {
	view = view.WithSmallCounts() // who sees each household can count them
	result, err := s.fineCells(ctx, view, f, q, dotResolutions[f.Z])
	if err != nil {
		return err
	}
	g, err := s.grids.near(result, f)
	if err == nil {
		d.dots(f, result, g)
	}
	return err
}

// dots writes a point for each cell of a result with eligible households whose middle is in
// the tile.
func (d *tileEncoder) dots(f *mvt.Transform, result *coverage.Result, g *cellGrid) {
	d.begin(string(Households))
	d.near = g.near(d.near[:0], f)
	at := 0
	for _, i := range d.near {
		middle := f.At(middleOf(g.outline(int(i))))
		if !middle.InTile() {
			continue
		}
		if at = seek(result.Rows, at, g.cells[i]); at == len(result.Rows) {
			break
		}
		row := &result.Rows[at]
		if row.Cell != g.cells[i] || row.Households == 0 {
			continue
		}
		w := &d.mvt
		w.Point(middle)
		w.Tag(keyHouseholdVisits, w.Values.Uint(row.Visits))
		d.day(keyHouseholdLastVisit, row.LastVisit)
		w.Tag(keyHouseholdCount, w.Values.Uint(row.Households))
		w.Tag(keyHouseholdAttempted, w.Values.Uint(row.Attempted))
		w.Tag(keyHouseholdReached, w.Values.Uint(row.Reached))
		w.Tag(keyHouseholdCoverage, w.Values.Ratio(row.Reached, row.Households))
		w.Feature(cellID(row.Cell), mvt.PointType)
	}
	d.mvt.End()
}

// middleOf returns the mean of an outline's vertices.
func middleOf(outline []mvt.Vertex) mvt.Vertex {
	from := outline[0]
	var x, y int64
	for _, v := range outline {
		x += int64(int32(v.X - from.X))
		y += int64(int32(v.Y - from.Y))
	}
	n := int64(len(outline))
	return mvt.Vertex{X: from.X + uint32(x/n), Y: from.Y + uint32(y/n)}
}

// A household is what a tile shows of one, held until all of the tile are known: features
// go by id.
type household struct {
	tag   uint64 // of its id
	id    string
	at    mvt.Point
	point coverage.Point
}

// households writes the layer of the households in the tile.
func (d *tileEncoder) households(ctx context.Context, f *mvt.Transform, view *coverage.View, q coverage.Query) error {
	var found []household
	err := view.Points(ctx, q, f.Bound(), func(p *coverage.Point) error {
		if at := f.At(mvt.Project(p.Location)); at.InTile() {
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
	d.begin(string(Households))
	var last uint64
	for i := range found {
		h := &found[i]
		last = max(h.tag, last+1) // two households of one tag in one tile stay apart
		d.mvt.Point(h.at)
		d.household(&h.point)
		d.mvt.Feature(last, mvt.PointType)
	}
	d.mvt.End()
	return nil
}

func (d *tileEncoder) household(p *coverage.Point) {
	w := &d.mvt
	w.Tag(keyHouseholdID, w.Values.Unique(p.ID))
	if p.Hamlet != "" {
		w.Tag(keyHouseholdHamlet, w.Values.Shared(p.Hamlet))
	}
	w.Tag(keyHouseholdState, w.Values.Shared(stateName(p.State)))
	w.Tag(keyHouseholdVisits, w.Values.Uint(uint32(p.Visits)))
	if p.LastVisit != data.NoDate {
		d.day(keyHouseholdLastVisit, p.LastVisit)
	}
	if p.State&rules.Eligible == 0 {
		w.Tag(keyHouseholdCount, w.Values.Uint(0))
		return
	}
	w.Tag(keyHouseholdEligible, w.Values.True())
	w.Tag(keyHouseholdCount, w.Values.Uint(1))
}

// stateName says in one word what the window holds of a household.
func stateName(s rules.State) string {
	switch {
	case s&rules.Eligible == 0:
		return "ineligible"
	case s&rules.Reached != 0:
		return "reached"
	case s&rules.RevisitDue != 0:
		return "revisit_due"
	case s&rules.Contacted != 0:
		return "contacted"
	case s&rules.Attempted != 0:
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
