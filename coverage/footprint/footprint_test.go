package footprint

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
	"tungnha/geo"
)

// A place about so many metres east and north of the middle of the tests.
func metres(east, north float64) orb.Point {
	return orb.Point{108.2 + east/106_900, 16.06 + north/110_650}
}

// village is households in any order.
type village struct{ households []data.Household }

func cellAt(t testing.TB, p orb.Point) geo.Cell {
	t.Helper()
	cell, err := geo.CellAt(p, geo.BaseResolution)
	if err != nil {
		t.Fatal(err)
	}
	return cell
}

// makerOf puts the households of a village into columns.
func makerOf(t testing.TB, v *village) *Maker {
	t.Helper()
	type placed struct {
		cell geo.Cell
		data.Household
	}
	var sorted []placed
	for _, h := range v.households {
		sorted = append(sorted, placed{cellAt(t, h.Point), h})
	}
	slices.SortFunc(sorted, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.ID, b.ID))
	})
	c := Columns{Codes: []string{""}}
	for _, h := range sorted {
		hamlet := slices.Index(c.Codes, h.HamletCode)
		if hamlet < 0 {
			hamlet = len(c.Codes)
			c.Codes = append(c.Codes, h.HamletCode)
		}
		lastDay := uint16(InRegister)
		if h.RemovedOn != data.NoDate {
			lastDay = uint16(h.RemovedOn) - 1
		}
		c.Cells, c.Hamlets = append(c.Cells, h.cell), append(c.Hamlets, uint32(hamlet))
		c.Registered, c.LastDays = append(c.Registered, uint16(h.RegisteredOn)), append(c.LastDays, lastDay)
	}
	return NewMaker(c)
}

// removed is a day on which households are removed.
const removed data.Date = 45839

// settlement puts so many households of a hamlet at random into a square around a place.
func settlement(m *village, random *rand.Rand, hamlet string, n int, east, north, half float64) {
	for range n {
		m.households = append(m.households, data.Household{
			ID:         fmt.Sprintf("%s-%04d", hamlet, len(m.households)),
			Point:      metres(east+(2*random.Float64()-1)*half, north+(2*random.Float64()-1)*half),
			HamletCode: hamlet,
		})
	}
}

// piecesOf returns the pieces of a set of cells by the library's own neighbours.
func piecesOf(t testing.TB, cells []geo.Cell) (pieces [][]geo.Cell) {
	t.Helper()
	left := make(map[geo.Cell]bool)
	for _, c := range cells {
		left[c] = true
	}
	for _, first := range cells {
		if !left[first] {
			continue
		}
		delete(left, first)
		piece := []geo.Cell{first}
		for i := 0; i < len(piece); i++ {
			around, err := piece[i].Disk(1)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range around {
				if left[n] {
					delete(left, n)
					piece = append(piece, n)
				}
			}
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

func footprintOf(t testing.TB, maker *Maker, hamlet string) *Footprint {
	t.Helper()
	f := maker.Of(hamlet)
	if f == nil {
		t.Fatalf("hamlet %s has no footprint", hamlet)
	}
	if !slices.IsSorted(f.Cells) || len(slices.Compact(slices.Clone(f.Cells))) != len(f.Cells) {
		t.Errorf("hamlet %s: cells are not sorted, or one is there twice", hamlet)
	}
	for _, c := range f.Cells {
		if c.Resolution() != geo.BaseResolution {
			t.Fatalf("hamlet %s: %s is no base cell", hamlet, c)
		}
	}
	return f
}

func TestFootprint(t *testing.T) {
	for _, c := range []struct {
		name          string
		settle        func(m *village, random *rand.Rand)
		parts         int
		households    int
		leftOut       int
		least, most   int // cells
		holds, avoids []orb.Point
	}{
		{name: "one settlement", parts: 1, households: 150, least: 60, most: 200,
			settle: func(m *village, r *rand.Rand) { settlement(m, r, "A", 150, 0, 0, 200) },
			holds:  []orb.Point{metres(0, 0)}, avoids: []orb.Point{metres(500, 0)}},
		{name: "two settlements are joined", parts: 1, households: 120, least: 40, most: 140,
			settle: func(m *village, r *rand.Rand) {
				settlement(m, r, "A", 60, 0, 0, 100)
				settlement(m, r, "A", 60, 700, 0, 100)
			}, holds: []orb.Point{metres(0, 0), metres(350, 0), metres(700, 0)}, avoids: []orb.Point{metres(350, 300)}},
		{name: "a slip of the GPS is left out", parts: 1, households: 100, leftOut: 1, least: 20, most: 80,
			settle: func(m *village, r *rand.Rand) {
				settlement(m, r, "A", 100, 0, 0, 100)
				settlement(m, r, "A", 1, 40_000, 5_000, 0)
			}, avoids: []orb.Point{metres(40_000, 5_000)}},
		{name: "the last few of a hamlet are not reached out for", parts: 1, households: 100, leftOut: 2, least: 20,
			most: 80,
			settle: func(m *village, r *rand.Rand) {
				settlement(m, r, "A", 100, 0, 0, 100)
				settlement(m, r, "A", 2, 650, 0, 5)
			}, avoids: []orb.Point{metres(650, 0)}},
		{name: "an island of ten stays, one of nine does not", parts: 2, households: 110, leftOut: 9, least: 25,
			most: 120,
			settle: func(m *village, r *rand.Rand) {
				settlement(m, r, "A", 100, 0, 0, 100)
				settlement(m, r, "A", 10, 4_000, 0, 40)
				settlement(m, r, "A", 9, 0, 4_000, 40)
			}, holds: []orb.Point{metres(4_000, 0)}, avoids: []orb.Point{metres(0, 4_000)}},
		{name: "three houses make a wide shape", parts: 1, households: 3, least: 200, most: 400,
			settle: func(m *village, r *rand.Rand) { settlement(m, r, "A", 3, 0, 0, 50) },
			holds:  []orb.Point{metres(300, 0)}},
		{name: "houses along a road", parts: 1, households: 40, least: 60, most: 250,
			settle: func(m *village, r *rand.Rand) {
				for i := range 40 {
					settlement(m, r, "A", 1, float64(i)*100, 0, 10)
				}
			}, holds: []orb.Point{metres(50, 0), metres(2_050, 0)}, avoids: []orb.Point{metres(2_000, 250)}},
		{name: "a pond is filled", parts: 1, households: 200, least: 20, most: 80,
			settle: func(m *village, r *rand.Rand) { ring(m, r, 200, 90) }, holds: []orb.Point{metres(0, 0)}},
		{name: "a lake is not", parts: 1, households: 2000, least: 100, most: 900,
			settle: func(m *village, r *rand.Rand) { ring(m, r, 2000, 600) }, avoids: []orb.Point{metres(0, 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &village{}
			c.settle(m, rand.New(rand.NewPCG(1, 2)))
			f := footprintOf(t, makerOf(t, m), "A")
			if n := len(piecesOf(t, f.Cells)); n != c.parts || f.Households != c.households || f.LeftOut != c.leftOut {
				t.Errorf("%d parts of %d households, %d left out; want %d, %d, %d", n, f.Households, f.LeftOut, c.parts,
					c.households, c.leftOut)
			}
			if len(f.Cells) < c.least || len(f.Cells) > c.most {
				t.Errorf("%d cells, want %d to %d", len(f.Cells), c.least, c.most)
			}
			for _, p := range c.holds {
				if !slices.Contains(f.Cells, cellAt(t, p)) {
					t.Errorf("%v is not in it", p)
				}
			}
			for _, p := range c.avoids {
				if slices.Contains(f.Cells, cellAt(t, p)) {
					t.Errorf("%v is in it", p)
				}
			}
		})
	}
}

// ring puts the households of hamlet A into a ring around the middle, 60 m wide.
func ring(m *village, random *rand.Rand, n int, radius float64) {
	for len(m.households) < n {
		e, u := (2*random.Float64()-1)*(radius+60), (2*random.Float64()-1)*(radius+60)
		if d := e*e + u*u; d >= radius*radius && d <= (radius+60)*(radius+60) {
			settlement(m, random, "A", 1, e, u, 0)
		}
	}
}

// Hamlets side by side: no cell is of two, each household that is in its hamlet's own
// cells and is not left out is inside, the counts are right, and there is no gap between.
func TestFootprintsPartTheGround(t *testing.T) {
	for seed := range uint64(8) {
		m := &village{}
		random := rand.New(rand.NewPCG(seed, 8))
		var hamlets []string
		for i := range 12 {
			hamlet := fmt.Sprintf("H%02d", i)
			hamlets = append(hamlets, hamlet)
			settlement(m, random, hamlet, 20+random.IntN(120), float64(i%4)*300, float64(i/4)*300,
				100+random.Float64()*120)
			settlement(m, random, hamlet, random.IntN(4), random.Float64()*4000-2000, random.Float64()*4000-2000, 200)
		}
		for i := range m.households {
			if random.IntN(12) == 0 {
				m.households[i].RemovedOn = removed
			}
		}
		maker := makerOf(t, m)

		owners := make(map[geo.Cell]map[string]int)
		all := make(map[string]int)
		for _, h := range m.households {
			if h.RemovedOn == data.NoDate {
				c := cellAt(t, h.Point)
				if owners[c] == nil {
					owners[c] = make(map[string]int)
				}
				owners[c][h.HamletCode]++
				all[h.HamletCode]++
			}
		}
		of := make(map[geo.Cell]string)
		for _, hamlet := range hamlets {
			f := footprintOf(t, maker, hamlet)
			inside := 0
			for _, c := range f.Cells {
				if other, taken := of[c]; taken {
					t.Errorf("seed %d: %s is of %s and of %s", seed, c, other, hamlet)
				}
				of[c] = hamlet
				inside += owners[c][hamlet]
				for other, n := range owners[c] {
					if mine := owners[c][hamlet]; n > mine || n == mine && other < hamlet {
						t.Errorf("seed %d: %s with %d of %s and %d of %s goes to %s", seed, c, n, other, mine, hamlet,
							hamlet)
					}
				}
			}
			if f.Households != inside || f.LeftOut != all[hamlet]-inside || f.On != removed {
				t.Errorf("seed %d, %s: %d households, %d left out, on %s; want %d, %d, %s", seed, hamlet, f.Households,
					f.LeftOut, f.On,
					inside, all[hamlet]-inside, removed)
			}
			for _, piece := range piecesOf(t, f.Cells) {
				n := 0
				for _, c := range piece {
					n += owners[c][hamlet]
				}
				if n < minPart {
					t.Errorf("seed %d, %s: a part of %d households", seed, hamlet, n)
				}
			}
		}
	}
}

// Footprints do not depend on the order in which records come, nor on which is requested first.
func TestFootprintsAreDeterministic(t *testing.T) {
	m := &village{}
	random := rand.New(rand.NewPCG(4, 4))
	for i := range 6 {
		settlement(m, random, fmt.Sprintf("H%d", i), 60, float64(i%3)*250, float64(i/3)*250, 180)
	}
	first := makerOf(t, m)
	want := make(map[string]*Footprint)
	for i := range 6 {
		hamlet := fmt.Sprintf("H%d", i)
		want[hamlet] = footprintOf(t, first, hamlet)
	}
	shuffled := &village{households: slices.Clone(m.households)}
	random.Shuffle(len(shuffled.households), func(i, j int) {
		shuffled.households[i], shuffled.households[j] = shuffled.households[j], shuffled.households[i]
	})
	second := makerOf(t, shuffled)
	for i := 5; i >= 0; i-- {
		hamlet := fmt.Sprintf("H%d", i)
		if got := footprintOf(t, second, hamlet); !reflect.DeepEqual(got, want[hamlet]) {
			t.Errorf("%s: %d cells, want %d", hamlet, len(got.Cells), len(want[hamlet].Cells))
		}
	}
}

// A cell in which two hamlets have as many households goes to the first by code; a hamlet
// left with no cell has no footprint; one whose households are all gone keeps its place.
func TestFootprintsOfOddHamlets(t *testing.T) {
	m := &village{}
	for i, hamlet := range []string{"B", "A", "B", "A"} {
		m.households = append(m.households, data.Household{ID: fmt.Sprint(i), Point: metres(0, 0), HamletCode: hamlet})
	}
	m.households = append(m.households,
		data.Household{ID: "gone", Point: metres(5000, 0), HamletCode: "C", RemovedOn: removed},
		data.Household{ID: "loose", Point: metres(5000, 0)})
	maker := makerOf(t, m)
	if f := footprintOf(t, maker, "A"); f.Households != 2 || f.LeftOut != 0 || f.On != removed {
		t.Errorf("A: %+v", f)
	}
	if f := footprintOf(t, maker, "C"); f.Households != 1 {
		t.Errorf("C: %+v", f)
	}
	for _, hamlet := range []string{"B", "", "D"} {
		if f := maker.Of(hamlet); f != nil {
			t.Errorf("hamlet %q: %+v, want none", hamlet, f)
		}
	}
}

// Concurrent calls all return the same.
func TestFootprintsAreShared(t *testing.T) {
	m := &village{}
	random := rand.New(rand.NewPCG(6, 6))
	for i := range 20 {
		settlement(m, random, fmt.Sprintf("H%02d", i), 50, float64(i%5)*250, float64(i/5)*250, 180)
	}
	maker, alone := makerOf(t, m), makerOf(t, m)
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			for i := range 20 {
				hamlet := fmt.Sprintf("H%02d", i)
				if got := maker.Of(hamlet); got == nil || len(got.Cells) == 0 {
					return fmt.Errorf("%s has no footprint", hamlet)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		hamlet := fmt.Sprintf("H%02d", i)
		if got, want := maker.Of(hamlet), alone.Of(hamlet); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d cells, want %d", hamlet, len(got.Cells), len(want.Cells))
		}
	}
}

// A ward of 200 hamlets of 200 households that are wall to wall.
func BenchmarkFootprint(b *testing.B) {
	m := &village{}
	random := rand.New(rand.NewPCG(7, 7))
	for i := range 200 {
		settlement(m, random, fmt.Sprintf("H%03d", i), 200, float64(i%20)*200, float64(i/20)*200, 120)
	}
	maker := makerOf(b, m)
	working := maker.builders.Get().(*builder)
	i := 0
	for b.Loop() {
		working.footprint(maker.hamlets[fmt.Sprintf("H%03d", i%200)])
		i++
	}
}
