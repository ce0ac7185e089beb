package tiles

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/geo"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// handMade are rows in all the states that a map has to show.
func handMade() []coverage.Row {
	day := mustDay("2026-07-01")
	full := coverage.Row{Figures: rules.Figures{Count: rules.Count{Households: 120, Attempted: 90, Contacted: 80,
		Reached: 60, RevisitDue: 8, Visits: 140, LastVisit: day}}}
	full.Assessed[2], full.Shown[2] = 60, 15
	full.Flags = rules.FlagLowUptake << 2
	hidden := coverage.Row{Figures: rules.Figures{Count: rules.Count{Visits: 4, LastVisit: day - 100},
		Flags:  rules.FlagStale,
		Hidden: rules.HiddenHouseholds | rules.HiddenReached}}
	return []coverage.Row{
		full,
		{},
		{Figures: rules.Figures{Count: rules.Count{Households: 40},
			Flags: rules.FlagNoTeam | rules.FlagUnvisited | rules.FlagLowCoverage}},
		hidden,
	}
}

// describe writes the content of the layers of a tile.
func describe(t *testing.T, out *bytes.Buffer, d *tileEncoder) {
	t.Helper()
	layers, err := readTile(d.mvt.Bytes(), buffers)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		fmt.Fprintf(out, "layer %s: %d features, %d values\n", l.name, len(l.features), len(l.values))
		for _, f := range l.features {
			fmt.Fprintf(out, "feature %d\n", f.id)
			for _, k := range slices.Sorted(maps.Keys(f.props)) {
				fmt.Fprintf(out, "\t%s = %v\n", k, f.props[k])
			}
			for _, p := range f.points {
				fmt.Fprintf(out, "\tpoint %v\n", p)
			}
			for _, r := range f.rings {
				fmt.Fprintf(out, "\tring of %d from %v, area %d\n", len(r), r[0], plainArea(r)/2)
			}
		}
	}
}

// TestGoldenTiles compares the content of small tiles with what was reviewed.
func TestGoldenTiles(t *testing.T) {
	config := testConfig(t)
	q := coverage.Query{To: mustDay("2026-08-01")}
	var out bytes.Buffer

	center, err := geo.CellAt(orb.Point{108.1, 16}, resolutions[10])
	if err != nil {
		t.Fatal(err)
	}
	cells, err := center.Disk(1)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(cells)
	result := &coverage.Result{Query: q, Config: config, Rows: handMade()}
	for i := range result.Rows {
		result.Rows[i].Cell = cells[i]
	}
	g, err := outline.NewCellGrid(cells, 10, nil) // has cells of other results as well
	if err != nil {
		t.Fatal(err)
	}
	f := mvt.NewTransform(10, 819, 465)
	d := &tileEncoder{keys: names(Cells.fields(config.Skills, variant{}))}
	d.cells(&f, result, nil, g, nil)
	describe(t, &out, d)

	b := &boundary.Tree{}
	for _, a := range newProgramme(24, 300).areas {
		if a.Geometry != nil {
			b.Areas = append(b.Areas, a)
		}
	}
	communes := &coverage.Result{Query: q, Config: config, Boundaries: b, Rows: handMade()}
	for i, code := range []int32{1, 4, 6, 7} { // the province is 0
		communes.Rows[i].Area = code
	}
	province := &coverage.Result{Query: q, Config: config, Boundaries: b, Rows: handMade()[:1]}
	chosen := []selection{{result: province, only: boundary.NoArea}, {result: communes, only: boundary.NoArea}}
	f = mvt.NewTransform(9, 409, 232)
	d = &tileEncoder{keys: names(Areas.fields(config.Skills, variant{}))}
	if err := d.areas(&f, chosen, newShapes(nil, b)); err != nil {
		t.Fatal(err)
	}
	describe(t, &out, d)

	d = &tileEncoder{keys: names(Flags.fields(config.Skills, variant{}))}
	if err := d.flags(&f, chosen, newShapes(nil, b)); err != nil {
		t.Fatal(err)
	}
	describe(t, &out, d)

	d = &tileEncoder{keys: names(householdFields)}
	d.mvt.Begin(Households.name, d.keys)
	for i, p := range []coverage.Point{
		{ID: "H1", Hamlet: "2000000", State: rules.Eligible | rules.Attempted | rules.Contacted | rules.Reached,
			LastVisit: q.To, Visits: 2},
		{ID: "H2", State: rules.Eligible | rules.Attempted | rules.RevisitDue, LastVisit: q.To - 3, Visits: 1},
		{ID: "H3", State: rules.Eligible | rules.Attempted | rules.Contacted},
		{ID: "H4", State: rules.Eligible | rules.Attempted},
		{ID: "H5", State: rules.Eligible},
		{ID: "H6", State: rules.Attempted},
	} {
		d.mvt.Point(mvt.Point{X: int32(i), Y: 4})
		d.household(&p)
		d.mvt.Feature(uint64(i+1), mvt.PointType)
	}
	d.mvt.End()
	describe(t, &out, d)
	golden(t, "tiles.txt", out.Bytes())
}
