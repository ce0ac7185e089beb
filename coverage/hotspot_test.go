package coverage

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/rules"
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
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000}
	want := []float64{0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571, 0.0645, 0.0765, 0.486, 0.5811818, 0.714875, 0.7532308, 0.8132143, 1}
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

// disk returns rows for the cells within k steps, sorted, with the count that of gives.
func disk(t testing.TB, k int, of func(i int) rules.Count) []Row {
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
	rows := make([]Row, len(cells))
	for i := range rows {
		rows[i] = Row{Cell: cells[i], Count: of(i)}
	}
	return rows
}

func spotsOf(t testing.TB, rows []Row) *HotSpots {
	t.Helper()
	h, err := findHotSpots(rows)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Two cells by hand: 10 households, 8 reached, and 90, of which 36. m = 44/100; v =
// 0.1 × 0.36² + 0.9 × 0.04² = 0.0144; chance takes 0.44 × 0.56 / 50 = 0.004928 of it and
// leaves a = 0.009472. The first keeps 0.009472 / (0.009472 + 0.02464) = 0.277673 of its
// distance 0.36, the second 0.009472 / (0.009472 + 0.0027378) = 0.775772 of its -0.04.
func TestSteadiedByHand(t *testing.T) {
	rows := []Row{{Count: rules.Count{Households: 10, Reached: 8}}, {Count: rules.Count{Households: 90, Reached: 36}}}
	got := steadied(rows, []int{0, 1})
	if math.Abs(got[0]-0.539962) > 1e-6 || math.Abs(got[1]-0.408969) > 1e-6 {
		t.Errorf("got %v, want 0.539962 and 0.408969", got)
	}
	if got := steadied(rows[:1], []int{0}); got[0] != 0.8 {
		t.Errorf("one cell: got %v, want its own coverage", got)
	}
}

// Houses that stand alone and were reached are no hot spots, though each is covered whole.
func TestLoneHousesAreNoHotSpots(t *testing.T) {
	rows := disk(t, 8, func(i int) rules.Count { return rules.Count{Households: 60, Reached: 8 + uint32(i%9)} })
	lone := 0
	for i := range rows {
		switch {
		case i%10 == 0:
			rows[i].Count = rules.Count{Households: 1, Reached: 1}
			lone++
		case i%10 < 4:
			rows[i].Count = rules.Count{} // nobody around
		}
	}
	h := spotsOf(t, rows)
	if lone < 20 || h.Hot > 0 || h.Missing != "" {
		t.Errorf("%d hot of %d lone houses, missing %q", h.Hot, lone, h.Missing)
	}
}

// An island of reached households in a sea where one in ten is, and a hole in it.
func TestHotSpotsStandWhereCoverageDoes(t *testing.T) {
	rows := disk(t, 8, func(i int) rules.Count { return rules.Count{Households: 50, Reached: 10 + uint32(i%3)} })
	distance := func(c geo.Cell, center geo.Cell) int {
		for k := 0; k < 9; k++ {
			near, err := center.Disk(k)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(near, c) {
				return k
			}
		}
		return 9
	}
	middle, err := geo.CellAt(orb.Point{108.2, 16.06}, 8)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if distance(rows[i].Cell, middle) <= 2 {
			rows[i].Reached = 48
		}
	}
	h := spotsOf(t, rows)
	for i := range rows {
		spot, d := h.Spots[i], distance(rows[i].Cell, middle)
		if d <= 2 && spot.Class != HotSpot {
			t.Errorf("%d steps from the middle: %+v, want hot", d, spot)
		}
		if d >= 4 && spot.Class != NotSignificant {
			t.Errorf("%d steps from the middle: %+v, want not significant", d, spot)
		}
	}
	for i := range rows { // and the other way round
		rows[i].Reached = 50 - rows[i].Reached
	}
	flipped := spotsOf(t, rows)
	if flipped.Cold != h.Hot || flipped.Hot != h.Cold {
		t.Errorf("flipped: %d hot, %d cold; before %d hot, %d cold", flipped.Hot, flipped.Cold, h.Hot, h.Cold)
	}
}

// With nothing but chance, hardly any spots: the correction holds what it promises.
func TestNoHotSpotsByChance(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	programmes, withSpots, uncorrected := 100, 0, 0
	for n := range programmes {
		h := spotsOf(t, disk(t, 6, func(int) rules.Count {
			c := rules.Count{Households: 100, Reached: random.Uint32N(101)}
			if n%2 == 0 { // some cells are small, each household as likely to be reached
				c = rules.Count{Households: 1 + random.Uint32N(60)}
				for range c.Households {
					c.Reached += random.Uint32N(10) / 7
				}
			}
			return c
		}))
		if h.Hot+h.Cold > 0 {
			withSpots++
		}
		for _, s := range h.Spots {
			if s.P <= spotRate {
				uncorrected++
			}
		}
	}
	// All spots are false here, so the rate of false discoveries is that of any at all.
	if withSpots > programmes/10 {
		t.Errorf("%d of %d random programmes have spots, want about %.0f", withSpots, programmes, spotRate*float64(programmes))
	}
	if uncorrected < programmes {
		t.Errorf("%d cells below %v without correction in %d programmes: the test has no power", uncorrected, spotRate, programmes)
	}
}

func TestHotSpotsNeedCells(t *testing.T) {
	varied := func(i int) rules.Count { return rules.Count{Households: 40, Reached: uint32(i % 41)} }
	for _, c := range []struct {
		name    string
		rows    []Row
		cells   int
		missing string
	}{
		{"none", nil, 0, "fewer than 30 cells with a coverage"},
		{"nineteen", disk(t, 2, varied), 19, "fewer than 30 cells with a coverage"},
		{"all alike", disk(t, 3, func(int) rules.Count { return rules.Count{Households: 3, Reached: 1} }), 37, "coverage differs from cell to cell by no more than chance"},
		{"nobody lives there", disk(t, 3, func(int) rules.Count { return rules.Count{} }), 0, "fewer than 30 cells with a coverage"},
		{"enough", disk(t, 3, varied), 37, ""},
	} {
		h := spotsOf(t, c.rows)
		if h.Cells != c.cells || h.Missing != c.missing || len(h.Spots) != len(c.rows) {
			t.Errorf("%s: %d cells, missing %q; want %d, %q", c.name, h.Cells, h.Missing, c.cells, c.missing)
		}
		for _, s := range h.Spots {
			if (s.Class == NoSpot) != (c.missing != "") || s.Class == NoSpot && s != (Spot{}) {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
	}
}

// Cells whose coverage is kept back, or is of nobody, take no part and get no statistic:
// the others come out as if these were not there.
func TestHotSpotsLeaveOutWhatIsHidden(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	rows := disk(t, 5, func(int) rules.Count {
		return rules.Count{Households: 20 + random.Uint32N(80), Reached: random.Uint32N(20)}
	})
	var shown []Row
	for i := range rows {
		switch {
		case i%7 == 0:
			rows[i].Hidden = rules.HiddenReached
		case i%11 == 0:
			rows[i].Hidden, rows[i].Count = rules.HiddenHouseholds, rules.Count{}
		case i%13 == 0:
			rows[i].Count = rules.Count{}
		default:
			shown = append(shown, rows[i])
			if i%5 == 0 {
				rows[i].Hidden = rules.HiddenAttempted // of no matter
			}
		}
	}
	all, alone := spotsOf(t, rows), spotsOf(t, shown)
	var kept []Spot
	for i, s := range all.Spots {
		if rows[i].Hidden&(rules.HiddenReached|rules.HiddenHouseholds) == 0 && rows[i].Households > 0 {
			kept = append(kept, s)
		} else if s != (Spot{}) {
			t.Errorf("row %d takes no part and has %+v", i, s)
		}
	}
	if !reflect.DeepEqual(kept, alone.Spots) || all.Cells != len(shown) {
		t.Error("the spots depend on rows that take no part")
	}
}

// Through the index: the same rows as the query, the same for any number of workers, less
// for the public.
func TestIndexHotSpots(t *testing.T) {
	m := randomProgramme(7)
	ix := index(t, m)
	q := Query{By: ByCell, Resolution: 9, To: programmeEnd}
	result, h, err := ix.For(Operator).HotSpots(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Spots) != len(result.Rows) {
		t.Errorf("%d spots of %d rows", len(h.Spots), len(result.Rows))
	}
	if again, err := ask(t, ix, Operator, q).HotSpots(); err != nil || again != h {
		t.Errorf("asked again: another answer, error %v", err)
	}
	_, forPublic, err := ix.For(Viewer{}).HotSpots(context.Background(), q)
	if err != nil || forPublic.Cells >= h.Cells {
		t.Errorf("the public's spots rest on %d cells, the operator's on %d, error %v", forPublic.Cells, h.Cells, err)
	}
	var fault *QueryError
	if _, _, err := ix.For(Operator).HotSpots(context.Background(), Query{By: ByTeam}); !errors.As(err, &fault) || fault.Parameter != "by" {
		t.Errorf("by team: error %v", err)
	}
	if _, err := ask(t, ix, Operator, Query{By: ByTeam}).HotSpots(); err == nil {
		t.Error("spots of a result by team")
	}
}

func BenchmarkHotSpots(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	rows := disk(b, 100, func(int) rules.Count { return rules.Count{Households: 100, Reached: random.Uint32N(100)} })
	for b.Loop() {
		if _, err := findHotSpots(rows); err != nil {
			b.Fatal(err)
		}
	}
}
