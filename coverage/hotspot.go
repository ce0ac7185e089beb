package coverage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"tungnha/coverage/rules"
	"tungnha/geo"
)

// Spot is what the neighbourhood of one cell says about coverage there.
type Spot struct {
	Z     float64 // Getis-Ord Gi*: standard deviations above or below what chance would give
	P     float64 // two-sided, were this the only cell looked at
	Q     float64 // P after Benjamini and Hochberg's correction for all the cells looked at
	Class SpotClass
}

// SpotClass says whether coverage is high or low around a cell beyond chance.
type SpotClass uint8

// The classes. A cell without households, or whose coverage is kept back, has none.
const (
	NoSpot         SpotClass = iota // no statistic
	NotSignificant                  // as chance would have it
	HotSpot                         // high coverage stands together
	ColdSpot                        // low coverage stands together
)

// String returns the class as files and routes write it; NoSpot is empty.
func (c SpotClass) String() string {
	return [...]string{"", "not_significant", "hot", "cold"}[c]
}

// HotSpots is where coverage is high or low beyond chance among the cells of one result.
// It is shared between readers and never changes.
type HotSpots struct {
	Spots   []Spot  // one for each row of the result
	Cells   int     // that took part: those with households and a coverage that may be seen
	Hot     int     // cells of that class
	Cold    int     // cells of that class
	Mean    float64 // of the steadied coverage of the cells that took part
	SD      float64 // its standard deviation
	Missing string  // why no cell has a statistic; empty where they have
}

const (
	// minSpotCells is how many cells it takes: of fewer, neighbourhoods of seven are too
	// large a part for the sum of their values to be near to normal.
	minSpotCells = 30
	// spotRate is the share of false ones that is put up with among the spots found.
	spotRate = 0.05
)

// lazySpots computes the hot spots of one result when they are first asked for.
type lazySpots struct {
	once  sync.Once
	found *HotSpots
	err   error
}

// HotSpots answers q, which must be by cell, and says where coverage is high or low beyond
// chance. They are found among the rows as the viewer sees them, so they tell nothing of
// what is kept back.
func (v *View) HotSpots(ctx context.Context, q Query) (*Result, *HotSpots, error) {
	if q.By != ByCell {
		return nil, nil, &QueryError{"by", fmt.Sprintf("%q: hot spots are found among cells", q.By)}
	}
	result, err := v.Query(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	spots, err := result.HotSpots()
	return result, spots, err
}

// HotSpots finds the hot spots among the rows of a result by cell. They are found once and
// kept with the result.
func (r *Result) HotSpots() (*HotSpots, error) {
	if r.Query.By != ByCell {
		return nil, fmt.Errorf("hot spots of a result by %s: want cells", r.Query.By)
	}
	if r.spots == nil { // made by hand
		return findHotSpots(r.Rows)
	}
	r.spots.once.Do(func() { r.spots.found, r.spots.err = findHotSpots(r.Rows) })
	return r.spots.found, r.spots.err
}

// findHotSpots computes Gi* on the coverage of the cells, steadied, each with the
// neighbours around it that have a coverage, and corrects for how many cells were looked at.
func findHotSpots(rows []Row) (*HotSpots, error) {
	h := &HotSpots{Spots: make([]Spot, len(rows))}
	var taking []int // part: index into rows
	for i := range rows {
		if rows[i].Hidden&(rules.HiddenHouseholds|rules.HiddenReached) != 0 {
			continue
		}
		if rows[i].Households > 0 {
			taking = append(taking, i)
		}
	}
	values := steadied(rows, taking)
	h.Cells = len(taking)
	h.Mean, h.SD = meanAndSD(values)
	switch {
	case h.Cells < minSpotCells:
		h.Missing = fmt.Sprintf("fewer than %d cells with a coverage", minSpotCells)
		return h, nil
	case h.SD < 1e-9: // what rounding leaves of the same rate
		h.Missing = "coverage differs from cell to cell by no more than chance"
		return h, nil
	}
	neighbours, err := neighboursOf(rows, taking)
	if err != nil {
		return nil, err
	}
	z := giStar(values, neighbours, h.Mean, h.SD)
	p := make([]float64, len(z))
	for i := range z {
		p[i] = math.Erfc(math.Abs(z[i]) / math.Sqrt2)
	}
	q := falseDiscovery(p)
	for i, row := range taking {
		spot := Spot{Z: z[i], P: p[i], Q: q[i], Class: NotSignificant}
		if q[i] <= spotRate && z[i] > 0 {
			spot.Class = HotSpot
			h.Hot++
		} else if q[i] <= spotRate && z[i] < 0 {
			spot.Class = ColdSpot
			h.Cold++
		}
		h.Spots[row] = spot
	}
	return h, nil
}

// steadied returns the coverage of the cells that take part, each drawn towards that of
// all together by as much as chance alone could have moved it: by empirical Bayes (Marshall
// 1991, Applied Statistics 40), with the variance of a share. A lone house that was reached
// is no hot spot; a cell of a hundred households keeps its coverage nearly as it is.
//
// With the share m of all households, the variance v of the cells' coverages around it,
// weighed by households, and h households in the average cell, what is not chance is
// a = v - m(1-m)/h; a cell of n households keeps a / (a + m(1-m)/n) of its distance from m.
func steadied(rows []Row, taking []int) []float64 {
	values := make([]float64, len(taking))
	var households, reached float64
	for i, row := range taking {
		values[i], _ = rows[row].Coverage()
		households += float64(rows[row].Households)
		reached += float64(rows[row].Reached)
	}
	if households == 0 {
		return values
	}
	m, v := reached/households, 0.0
	for i, row := range taking {
		v += float64(rows[row].Households) / households * (values[i] - m) * (values[i] - m)
	}
	a := max(0, v-m*(1-m)*float64(len(taking))/households)
	for i, row := range taking {
		chance := m * (1 - m) / float64(rows[row].Households)
		if a == 0 {
			values[i] = m
		} else {
			values[i] = m + a/(a+chance)*(values[i]-m)
		}
	}
	return values
}

// meanAndSD returns the mean and the standard deviation of a whole population.
func meanAndSD(values []float64) (mean, sd float64) {
	if len(values) == 0 {
		return 0, 0
	}
	for _, x := range values {
		mean += x
	}
	mean /= float64(len(values))
	for _, x := range values {
		sd += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(sd / float64(len(values)))
}

// neighboursOf returns for each of the cells that take part the places, among them, of
// those within one step, itself with them. The rows are sorted by cell.
func neighboursOf(rows []Row, taking []int) ([][]int32, error) {
	neighbours := make([][]int32, len(taking))
	for i, row := range taking {
		disk, err := rows[row].Cell.Disk(1)
		if err != nil {
			return nil, fmt.Errorf("hot spots: %w", err)
		}
		for _, cell := range disk {
			at, found := slices.BinarySearchFunc(taking, cell, func(row int, cell geo.Cell) int { return cmp.Compare(rows[row].Cell, cell) })
			if found {
				neighbours[i] = append(neighbours[i], int32(at))
			}
		}
		slices.Sort(neighbours[i]) // sums of floats depend on their order
	}
	return neighbours, nil
}

// giStar returns the standardised local statistic of each value (Ord and Getis 1995,
// Geographical Analysis 27, equation 14b) for binary weights: with W of n values in the
// neighbourhood, itself among them,
//
//	z = (sum over them - W mean) / (sd √((n W - W²) / (n - 1)))
//
// A neighbourhood of all values has nothing beside it, and a z of 0.
func giStar(values []float64, neighbours [][]int32, mean, sd float64) []float64 {
	n := float64(len(values))
	z := make([]float64, len(values))
	for i := range values {
		w, sum := float64(len(neighbours[i])), 0.0
		for _, j := range neighbours[i] {
			sum += values[j]
		}
		if spread := sd * math.Sqrt((n*w-w*w)/(n-1)); spread > 0 {
			z[i] = (sum - w*mean) / spread
		}
	}
	return z
}

// falseDiscovery returns, for each p-value, the least rate of false discoveries at which
// its hypothesis is rejected (Benjamini and Hochberg 1995): of the p-values in order, the
// least of m p(j) / j over all j from its own rank on.
func falseDiscovery(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b)) })
	q := make([]float64, len(p))
	least := 1.0
	for rank := len(order); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(p))/float64(rank))
		q[i] = least
	}
	return q
}
