package tiles

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// TestPlatesAgainstPlacing draws cells around places all over the world, at the antimeridian
// and at a pentagon too, and holds each to its vertices placed and cut one by one.
func TestPlatesAgainstPlacing(t *testing.T) {
	const pentagon = "839c00fffffffff"
	middle, err := geo.ParseCell(pentagon)
	if err != nil {
		t.Fatal(err)
	}
	center, err := middle.Center()
	if err != nil {
		t.Fatal(err)
	}
	whole, cut := 0, 0
	for _, at := range []orb.Point{{108.2, 16.05}, {179.999, -17}, {-180, 66}, {0, 0}, center} {
		for _, z := range []int{2, 5, 8, 11, 14, 16} {
			c, err := geo.CellAt(at, resolutions[z])
			if err != nil {
				t.Fatal(err)
			}
			cells, err := c.Disk(9)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(cells)
			g, err := newCellGrid(cells, &cellGrid{zoom: deepest(resolutions[z])})
			if err != nil {
				t.Fatal(err)
			}
			tile := maptile.At(at, maptile.Zoom(z))
			f := mvt.NewTransform(z, int(tile.X), int(tile.Y))
			want := make(map[int32][]byte)
			for i := range cells {
				ring := f.Ring(nil, g.outline(i))
				if slices.ContainsFunc(ring, func(p mvt.Point) bool {
					return min(p.X, p.Y) < -cellBuffer || max(p.X, p.Y) > mvt.Extent+cellBuffer
				}) {
					cut++
					ring, _ = mvt.Clip(ring, nil, nil, -cellBuffer, mvt.Extent+cellBuffer)
				} else {
					whole++
				}
				if ring = mvt.DropRepeats(ring); mvt.Area2(ring) > 0 {
					var w mvt.Encoder
					w.Ring(ring)
					want[int32(i)] = mvt.AppendGeometry(nil, mvt.PolygonType, w.Geometry)
				}
			}
			plate := g.encoded(z)
			stamps := plate.in(&f)
			if len(stamps) != len(want)+1 {
				t.Fatalf("%d/%d/%d: %d stamps, want one more than %d", z, tile.X, tile.Y, len(stamps), len(want))
			}
			for n := range len(want) {
				i := stamps[n].cell
				if n > 0 && i <= stamps[n-1].cell {
					t.Fatalf("%d/%d/%d: cell %d comes after %d", z, tile.X, tile.Y, i, stamps[n-1].cell)
				}
				if got := plate.bytes[stamps[n].start:stamps[n+1].start]; !slices.Equal(got, want[i]) {
					t.Fatalf("cell %s in %d/%d/%d: drawn as %v, want %v", cells[i], z, tile.X, tile.Y, got, want[i])
				}
			}
		}
	}
	if whole < 1000 || cut < 1000 {
		t.Errorf("only %d whole cells and %d at the edge were tried", whole, cut)
	}
}

// Counts are written as the registry of measures says, whatever is hidden.
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
