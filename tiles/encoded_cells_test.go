package tiles

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/geo"
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
			g, err := newGrid(cells, &grid{zoom: deepest(resolutions[z])})
			if err != nil {
				t.Fatal(err)
			}
			tile := maptile.At(at, maptile.Zoom(z))
			f := newFrame(z, int(tile.X), int(tile.Y))
			want := make(map[int32][]byte)
			for i := range cells {
				ring := f.ring(nil, g.outline(i))
				if slices.ContainsFunc(ring, func(p point) bool {
					return min(p.x, p.y) < -cellBuffer || max(p.x, p.y) > extent+cellBuffer
				}) {
					cut++
					ring, _ = clip(ring, nil, nil, -cellBuffer, extent+cellBuffer)
				} else {
					whole++
				}
				if ring = dropRepeats(ring); area2(ring) > 0 {
					var w writer
					w.ring(ring)
					want[int32(i)] = appendGeometry(nil, typePolygon, w.geometry)
				}
			}
			plate := g.plate(z)
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

// The short way to write a count writes what the long one does.
func TestCountsAgainstShownCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	result := &coverage.Result{Config: rules.DefaultConfig(), Query: coverage.Query{To: mustDay("2026-08-01")}}
	keys := names(fieldsOf(Cells, result.Config.Skills, false, false))
	var short, long writer
	short.begin("cells", keys)
	long.begin("cells", keys)
	for range 3000 {
		small := func() uint32 { return random.Uint32() >> (8 + random.IntN(24)) }
		all, some := random.Uint64(), random.Uint64()
		row := coverage.Row{Flags: rules.Flags(all & some)}
		row.Households, row.Attempted, row.Contacted, row.Reached = small(), small(), small(), small()
		row.RevisitDue, row.Visits = small(), small()
		row.LastVisit = result.Query.To - 300
		for s := range result.Config.Skills {
			row.Assessed[s], row.Shown[s] = small(), small()
		}
		short.count(len(cellFields), result, &row)
		long.shownCount(len(cellFields), result, &row)
		if !slices.Equal(short.tags, long.tags) {
			t.Fatalf("%+v: got %v, want %v", row, short.tags, long.tags)
		}
		short.drop()
		long.drop()
	}
	if !slices.Equal(short.values.bytes, long.values.bytes) {
		t.Error("the values differ")
	}
}

// Rates are rounded as whole numbers would be, at halves above all.
func TestRatesAreRoundedExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	var w writer
	check := func(part, whole uint32) {
		w.begin("", nil)
		step := (uint64(part)*rateSteps*2 + uint64(whole)) / (2 * uint64(whole))
		w.values.rates[min(step, rateSteps)] = w.values.base + 7 // as if it were there already
		if got := w.values.ratio(part, whole); step <= rateSteps && got != 7 {
			t.Errorf("%d of %d: not %d steps", part, whole, step)
		}
	}
	for range 20000 {
		whole := random.Uint32()>>random.IntN(32) | 1
		check(random.Uint32N(whole), whole)
		check(whole, whole)
	}
	for step := uint32(0); step < rateSteps; step++ {
		check(2*step+1, 2*rateSteps) // halves
		check((2*step+1)*100000+1, 2*rateSteps*100000)
		check((2*step+1)*100000-1, 2*rateSteps*100000)
	}
	check(math.MaxUint32, math.MaxUint32)
}

func TestHexDigits(t *testing.T) {
	for _, n := range []uint64{0, 1, 15, 16, 0x8a2a1072b59ffff, 0x89abcdef01234567, math.MaxUint64} {
		got := string(binary.BigEndian.AppendUint64(nil, hexDigits(uint32(n>>32)))) + string(binary.BigEndian.AppendUint64(nil, hexDigits(uint32(n))))
		if want := fmt.Sprintf("%016x", n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
