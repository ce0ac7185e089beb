package tiles

import (
	"math"
	"math/rand/v2"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/tiles/mvt"
)

// Counts are written as the registry of measures defines, whatever is hidden.
func TestCountsAgainstMeasures(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	result := &coverage.Result{Config: rules.DefaultConfig(), Query: coverage.Query{To: mustDay("2026-08-01")}}
	keys := names(Cells.fields(result.Config.Skills, variant{}))
	measures := result.Config.Measures()
	for range 3000 {
		small := func() uint32 { return random.Uint32() >> (8 + random.IntN(24)) }
		all, some := random.Uint64(), random.Uint64()
		row := coverage.Row{Figures: rules.Figures{Flags: rules.Flags(all & some)}}
		row.Households, row.Attempted, row.Contacted, row.Reached = small(), small(), small(), small()
		row.RevisitDue, row.Visits = small(), small()
		row.LastVisit = result.Query.To - 300
		for s := range result.Config.Skills {
			row.Assessed[s], row.Shown[s] = small(), small()
		}
		row.Hidden = rules.Hidden(random.Uint64() & random.Uint64() & random.Uint64())
		d := &tileEncoder{keys: keys}
		d.begin("cells")
		d.mvt.Point(mvt.Point{X: 1, Y: 1})
		d.count(len(cellFields), result, &row)
		d.mvt.Feature(1, mvt.PointType)
		d.mvt.End()
		layers, err := readTile(d.mvt.Bytes(), buffers)
		if err != nil {
			t.Fatal(err)
		}
		got := layers[0].features[0].props
		var numbers rules.Numbers
		numbers.SetAll(&row.Figures)
		for i := range measures {
			m := &measures[i]
			var want any
			switch m.Kind {
			case rules.Counted:
				if n, ok := m.Count(&numbers, row.Hidden); ok {
					want = uint64(n)
				}
			case rules.Share:
				if rate, ok := m.Rate(&numbers, row.Hidden); ok {
					want = math.Floor(rate*mvt.RateSteps+0.5) / mvt.RateSteps
				}
			default:
				continue
			}
			if m.In&rules.InTiles == 0 {
				want = nil
			}
			if got[m.Key] != want {
				t.Fatalf("%s of %+v: got %v, want %v", m.Key, row, got[m.Key], want)
			}
		}
	}
}
