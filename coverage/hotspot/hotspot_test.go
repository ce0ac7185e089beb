package hotspot

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// The six points that PySAL's documentation of its local G* works (esda.G_Local with
// binary weights and star=True, after Ord and Getis 1995): neighbours are within 15.
func TestGiStarPublished(t *testing.T) {
	points := []orb.Point{{10, 10}, {20, 10}, {40, 10}, {15, 20}, {30, 20}, {30, 30}}
	values := []float64{2, 3, 3.2, 5, 8, 7}
	want := []float64{-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331}
	neighbours := make([][]int32, len(points))
	for i, p := range points {
		for j, q := range points {
			if math.Hypot(p[0]-q[0], p[1]-q[1]) <= 15 {
				neighbours[i] = append(neighbours[i], int32(j))
			}
		}
	}
	mean, sd := meanAndSD(values)
	// By hand for the first: n 6, sum 28.2, mean 4.7; squares 161.24, so that
	// sd = √(161.24/6 - 4.7²) = √4.783333 = 2.187083. Its neighbourhood is the points 1, 2
	// and 4: W 3, sum 10. z = (10 - 3×4.7) / (2.187083 √((6×3 - 9)/5))
	// = -4.1 / (2.187083 × 1.341641) = -4.1 / 2.934280 = -1.397276.
	if math.Abs(mean-4.7) > 1e-12 || math.Abs(sd-2.187083) > 1e-6 {
		t.Errorf("mean %v and sd %v, want 4.7 and 2.187083", mean, sd)
	}
	for i, z := range giStar(values, neighbours, mean, sd) {
		if math.Abs(z-want[i]) > 5e-9 {
			t.Errorf("point %d: z %.8f, want %.8f", i+1, z, want[i])
		}
	}
}

// The example of Benjamini and Hochberg 1995, section 4.1: fifteen hypotheses about
// thrombolysis, of which the procedure rejects four at a rate of 0.05, Bonferroni's three.
func TestFalseDiscoveryPublished(t *testing.T) {
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
		0.4262, 0.5719, 0.6528, 0.7590, 1.0000}
	want := []float64{0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571,
		0.0645, 0.0765, 0.486, 0.5811818, 0.714875, 0.7532308, 0.8132143, 1}
	shuffled := rand.New(rand.NewPCG(5, 5)).Perm(len(p))
	mixed := make([]float64, len(p))
	for i, at := range shuffled {
		mixed[at] = p[i]
	}
	q := falseDiscovery(mixed)
	rejected := 0
	for i, at := range shuffled {
		if math.Abs(q[at]-want[i]) > 5e-7 {
			t.Errorf("p %.4f: q %.7f, want %.7f", p[i], q[at], want[i])
		}
		if q[at] <= 0.05 {
			rejected++
		}
	}
	if rejected != 4 {
		t.Errorf("rejected %d at 0.05, want 4", rejected)
	}
	if q := falseDiscovery([]float64{0.04, 0.04, 0.01}); !slices.Equal(q, []float64{0.04, 0.04, 0.03}) {
		t.Errorf("ties: got %v", q)
	}
	if q := falseDiscovery(nil); len(q) != 0 {
		t.Errorf("nothing: got %v", q)
	}
}

// columns is what Find takes.
type columns struct {
	cells               []geo.Cell
	households, reached []uint32
}

func (c *columns) add(cell geo.Cell, households, reached uint32) {
	c.cells = append(c.cells, cell)
	c.households, c.reached = append(c.households, households), append(c.reached, reached)
}

// disk returns the cells within k steps, sorted, with the households, and those of them reached, that of returns.
func disk(t testing.TB, k int, of func(i int) (households, reached uint32)) *columns {
	t.Helper()
	center, err := geo.CellAt(orb.Point{108.2, 16.06}, 8)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := center.Disk(k)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(cells)
	c := new(columns)
	for i := range cells {
		households, reached := of(i)
		c.add(cells[i], households, reached)
	}
	return c
}

func spotsOf(t testing.TB, c *columns) *Result {
	t.Helper()
	r, err := Find(c.cells, c.households, c.reached)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Two cells by hand: 10 households, 8 reached, and 90, of which 36. m = 44/100; v =
// 0.1 × 0.36² + 0.9 × 0.04² = 0.0144; chance takes 0.44 × 0.56 / 50 = 0.004928 of it and
// leaves a = 0.009472. The first keeps 0.009472 / (0.009472 + 0.02464) = 0.277673 of its
// distance 0.36, the second 0.009472 / (0.009472 + 0.0027378) = 0.775772 of its -0.04.
func TestShrunkByHand(t *testing.T) {
	p := participants{cells: make([]geo.Cell, 2), households: []float64{10, 90}, reached: []float64{8, 36}}
	got := p.shrunkCoverage()
	if math.Abs(got[0]-0.539962) > 1e-6 || math.Abs(got[1]-0.408969) > 1e-6 {
		t.Errorf("got %v, want 0.539962 and 0.408969", got)
	}
	p = participants{cells: make([]geo.Cell, 1), households: []float64{10}, reached: []float64{8}}
	if got := p.shrunkCoverage(); got[0] != 0.8 {
		t.Errorf("one cell: got %v, want its own coverage", got)
	}
}

// Isolated houses that were reached are no hot spots, though each is covered whole.
func TestLoneHousesAreNoHotSpots(t *testing.T) {
	c := disk(t, 8, func(i int) (uint32, uint32) { return 60, 8 + uint32(i%9) })
	lone := 0
	for i := range c.cells {
		switch {
		case i%10 == 0:
			c.households[i], c.reached[i] = 1, 1
			lone++
		case i%10 < 4:
			c.households[i], c.reached[i] = 0, 0 // nobody around
		}
	}
	r := spotsOf(t, c)
	if lone < 20 || r.Hot > 0 || r.Missing != "" {
		t.Errorf("%d hot of %d lone houses, missing %q", r.Hot, lone, r.Missing)
	}
}

// An island of reached households in a sea where one in ten is, and a hole in it.
func TestHotSpotsStandWhereCoverageDoes(t *testing.T) {
	c := disk(t, 8, func(i int) (uint32, uint32) { return 50, 10 + uint32(i%3) })
	distance := func(cell geo.Cell, center geo.Cell) int {
		for k := 0; k < 9; k++ {
			near, err := center.Disk(k)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(near, cell) {
				return k
			}
		}
		return 9
	}
	middle, err := geo.CellAt(orb.Point{108.2, 16.06}, 8)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.cells {
		if distance(c.cells[i], middle) <= 2 {
			c.reached[i] = 48
		}
	}
	r := spotsOf(t, c)
	for i := range c.cells {
		spot, d := r.Spots[i], distance(c.cells[i], middle)
		if d <= 2 && spot.Class != Hot {
			t.Errorf("%d steps from the middle: %+v, want hot", d, spot)
		}
		if d >= 4 && spot.Class != NotSignificant {
			t.Errorf("%d steps from the middle: %+v, want not significant", d, spot)
		}
	}
	for i := range c.cells { // and the other way round
		c.reached[i] = 50 - c.reached[i]
	}
	flipped := spotsOf(t, c)
	if flipped.Cold != r.Hot || flipped.Hot != r.Cold {
		t.Errorf("flipped: %d hot, %d cold; before %d hot, %d cold", flipped.Hot, flipped.Cold, r.Hot, r.Cold)
	}
}

// With nothing but chance, hardly any spots: the correction bounds the false discovery rate.
func TestNoHotSpotsByChance(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	programmes, withSpots, uncorrected := 100, 0, 0
	for n := range programmes {
		h := spotsOf(t, disk(t, 6, func(int) (uint32, uint32) {
			if n%2 == 1 {
				return 100, random.Uint32N(101)
			}
			// Some cells are small, each household as likely to be reached.
			households, reached := 1+random.Uint32N(60), uint32(0)
			for range households {
				reached += random.Uint32N(10) / 7
			}
			return households, reached
		}))
		if h.Hot+h.Cold > 0 {
			withSpots++
		}
		for _, s := range h.Spots {
			if s.P <= falseRate {
				uncorrected++
			}
		}
	}
	// All spots are false here, so the rate of false discoveries is that of any at all.
	if withSpots > programmes/10 {
		t.Errorf("%d of %d random programmes have spots, want about %.0f", withSpots, programmes,
			falseRate*float64(programmes))
	}
	if uncorrected < programmes {
		t.Errorf("%d cells below %v without correction in %d programmes: the test has no power", uncorrected, falseRate,
			programmes)
	}
}

func TestHotSpotsNeedCells(t *testing.T) {
	varied := func(i int) (uint32, uint32) { return 40, uint32(i % 41) }
	for _, c := range []struct {
		name    string
		columns *columns
		cells   int
		missing string
	}{
		{"none", new(columns), 0, "fewer than 30 cells with a coverage"},
		{"nineteen", disk(t, 2, varied), 19, "fewer than 30 cells with a coverage"},
		{"all alike", disk(t, 3, func(int) (uint32, uint32) { return 3, 1 }), 37,
			"coverage differs from cell to cell by no more than chance"},
		{"nobody lives there", disk(t, 3, func(int) (uint32, uint32) { return 0, 0 }), 0,
			"fewer than 30 cells with a coverage"},
		{"enough", disk(t, 3, varied), 37, ""},
	} {
		h := spotsOf(t, c.columns)
		if h.Cells != c.cells || h.Missing != c.missing || len(h.Spots) != len(c.columns.cells) {
			t.Errorf("%s: %d cells, missing %q; want %d, %q", c.name, h.Cells, h.Missing, c.cells, c.missing)
		}
		for _, s := range h.Spots {
			if (s.Class == None) != (c.missing != "") || s.Class == None && s != (Spot{}) {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
	}
}

// Cells of nobody take no part and get no statistic: the others come out as if these were not there.
func TestFindLeavesOutEmptyCells(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	all := disk(t, 5, func(int) (uint32, uint32) { return 20 + random.Uint32N(80), random.Uint32N(20) })
	some := new(columns)
	for i := range all.cells {
		if i%7 == 0 || i%11 == 0 {
			all.households[i], all.reached[i] = 0, uint32(i%2)
			continue
		}
		some.add(all.cells[i], all.households[i], all.reached[i])
	}
	of, alone := spotsOf(t, all), spotsOf(t, some)
	var found []Spot
	for i, s := range of.Spots {
		if all.households[i] > 0 {
			found = append(found, s)
		} else if s != (Spot{}) {
			t.Errorf("cell %d takes no part and has %+v", i, s)
		}
	}
	if !reflect.DeepEqual(found, alone.Spots) || of.Cells != len(some.cells) {
		t.Error("the spots depend on cells that take no part")
	}
}

func BenchmarkFind(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	c := disk(b, 100, func(int) (uint32, uint32) { return 100, random.Uint32N(100) })
	for b.Loop() {
		if _, err := Find(c.cells, c.households, c.reached); err != nil {
			b.Fatal(err)
		}
	}
}
