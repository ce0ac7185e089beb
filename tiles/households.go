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
	"tungnha/tiles/outline"
	"tungnha/tiles/style"
)

// Households are a point for each household, for those who may see them; before householdZoom, one for those of a
// small cell.
var Households = &householdLayer{aboutLayer{
	name:         "households",
	description:  "Households and what was done there; before zoom 14 a point for those of each small cell",
	vectorLayers: []vectorLayer{{name: "households"}},
	reach:        cellReach, // points for cells are in their middle
}}

type householdLayer struct{ aboutLayer }

func (*householdLayer) Visible(v coverage.Viewer) bool { return v.Households }

// The fields of a household.
const (
	keyHouseholdID = iota
	keyHouseholdHamlet
	keyHouseholdState
	keyHouseholdVisits
	keyHouseholdLastVisit
	keyHouseholdEligible
	keyHouseholdCount
	keyHouseholdAttempted
	keyHouseholdReached
	keyHouseholdCoverage
)

var householdFields = []field{
	keyHouseholdID:        {"household_id", "String: the register's name for it"},
	keyHouseholdHamlet:    {"hamlet_code", "String: the hamlet it declares"},
	keyHouseholdState:     {"state", "String: reached, revisit_due, contacted, attempted, unvisited or ineligible"},
	keyHouseholdVisits:    {"visits", "Number: visits in the window"},
	keyHouseholdLastVisit: {"last_visit", "String: day of the latest visit, YYYY-MM-DD"},
	keyHouseholdEligible:  {"eligible", "Boolean: true where it counts among the households"},
	keyHouseholdCount: {"count",
		"Number: eligible households that the point stands for: 1 or 0 from zoom 14 on, " +
			"before it those of a cell around the point; a zoom adds up to the total"},
	keyHouseholdAttempted: {"attempted", "Number: of a cell, those of them visited in the window"},
	keyHouseholdReached:   {"reached", "Number: of a cell, those of them with a completed visit in the window"},
	keyHouseholdCoverage:  {"coverage", "Number: of a cell, reached / count, 0 to 1"},
}

func (*householdLayer) fields(data.Skills, variant) []field { return householdFields }

// householdZoom is the first zoom with a point for each household: before it they are too
// many to distinguish, and a point represents the households of a cell.
const householdZoom = 14

// dotResolutions gives for each zoom the H3 resolution of the cells that points represent:
// they are some 5 pixels apart.
var dotResolutions = [householdZoom]int{3, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11}

// householdsOfZoom draws the households, or those of cells, around each tile.
type householdsOfZoom struct {
	*request
	z int
}

func (*householdLayer) prepare(_ context.Context, r *request, z int) (zoom, error) {
	return &householdsOfZoom{r, z}, nil
}

func (h *householdsOfZoom) around(ctx context.Context, wide *mvt.Transform, _ func(mvt.Box)) (draw, error) {
	if h.z >= householdZoom {
		return func(d *tileEncoder, f *mvt.Transform) error {
			return d.households(ctx, f, h.view, h.window.Query)
		}, nil
	}
	// The points are the rows of a result, so those of a zoom add up to its total. Who sees each household can count
	// them: nothing is suppressed.
	result, err := h.server.fineCells(ctx, h.view.WithSmallCounts(), wide, h.window.Query, dotResolutions[h.z])
	if err != nil {
		return nil, err
	}
	g, err := h.server.grids.near(result, wide)
	if err != nil {
		return nil, err
	}
	return func(d *tileEncoder, f *mvt.Transform) error {
		d.dots(f, result, g)
		return nil
	}, nil
}

// dots writes a point for each cell of a result with eligible households whose middle is in
// the tile.
func (d *tileEncoder) dots(f *mvt.Transform, result *coverage.Result, g *outline.CellGrid) {
	d.begin(Households.name)
	d.near = g.Near(d.near[:0], f)
	at := 0
	for _, i := range d.near {
		middle := f.At(middleOf(g.Outline(int(i))))
		if !middle.InTile() {
			continue
		}
		if at = seek(result.Rows, at, g.Cells[i]); at == len(result.Rows) {
			break
		}
		row := &result.Rows[at]
		if row.Cell != g.Cells[i] || row.Households == 0 {
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

// A household is what a tile shows of one, kept until all of the tile are known: features
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
	d.begin(Households.name)
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

// stateName returns the state of a household in the window as one word.
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
// and version of the data. It conceals nothing, and need not: the id is a property of the same feature.
func householdTag(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()>>16 + 1
}

func (*householdLayer) style(string, bool) style.Parts {
	return style.Parts{Points: []style.Layer{dotStyle(), householdStyle()}}
}

// dotStyle shows the households of small cells by points of their number and coverage, at
// the zooms before each household has a point.
func dotStyle() style.Layer {
	radius := func(least, most float64) style.Expr {
		return style.Expr{"interpolate", style.Expr{"linear"}, style.Expr{"sqrt", style.Get("count")}, 1, least, 10,
			most}
	}
	return style.Layer{ID: "households-thinned", Type: "circle", Source: "households", SourceLayer: "households",
		MinZoom: householdZoom - 2, MaxZoom: householdZoom, Filter: style.Has("coverage"),
		Paint: map[string]any{
			"circle-color": style.Classed("coverage"),
			"circle-radius": style.Expr{"interpolate", style.Expr{"linear"}, style.Expr{"zoom"},
				householdZoom - 2, radius(1, 4), householdZoom, radius(2, 7)},
			"circle-stroke-color": "#ffffff",
			"circle-stroke-width": 0.6,
		}}
}

// householdStyle shows what was done at each household.
func householdStyle() style.Layer {
	colours := style.Expr{"match", style.Get("state")}
	for _, h := range style.HouseholdColours {
		colours = append(colours, h.State, h.Colour)
	}
	return style.Layer{ID: "households", Type: "circle", Source: "households", SourceLayer: "households",
		MinZoom: householdZoom, Filter: style.Is("eligible", true),
		Paint: map[string]any{
			"circle-color":        append(colours, style.OtherHousehold),
			"circle-radius":       style.ByZoom(14, 2, 16, 4, 18, 7),
			"circle-stroke-color": "#ffffff",
			"circle-stroke-width": 0.8,
		}}
}
