// Package hotspot finds where coverage is high or low beyond chance among H3 cells. It takes the households and the
// reached households of each cell and returns a statistic, its significance and a class for each.
//
// Rates are shrunk towards the overall rate by empirical Bayes (Marshall 1991), the statistic of a neighbourhood is
// Getis-Ord Gi* (Ord and Getis 1995), and significance is corrected for multiple tests by the false discovery rate of
// Benjamini and Hochberg (1995). docs/indicators.md explains them to users.
package hotspot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tungnha/geo"
)

// Spot is the statistic of one cell and its neighbours.
type Spot struct {
	Z     float64 // Getis-Ord Gi*: standard deviations above or below what chance would give
	P     float64 // two-sided, were this the only cell tested
	Q     float64 // P after Benjamini and Hochberg's correction for all the cells tested
	Class Class
}

// Class is whether coverage is high or low around a cell beyond chance.
type Class uint8

// The classes. A cell without households, or whose coverage is withheld, has none.
const (
	None           Class = iota // no statistic
	NotSignificant              // as chance would have it
	Hot                         // a cluster of high coverage
	Cold                        // a cluster of low coverage
)

// String returns the class as files and routes write it; None is empty.
func (c Class) String() string {
	return [...]string{"", "not_significant", "hot", "cold"}[c]
}

// Result is the spots of a set of cells. It may be shared between readers and never changes.
type Result struct {
	Spots   []Spot  // one for each cell
	Cells   int     // that take part: those with households
	Hot     int     // cells of that class
	Cold    int     // cells of that class
	Mean    float64 // of the shrunk coverage of the cells that take part
	SD      float64 // its standard deviation
	Missing string  // why no cell has a statistic; empty where they have
}

const (
	// minCells is how many cells it takes: of fewer, neighbourhoods of seven are too large a part for the sum of
	// their values to be near to normal.
	minCells = 30
	// falseRate is the accepted share of false ones among the spots found.
	falseRate = 0.05
)

// Find finds the hot and cold spots among cells of one resolution, which are sorted, each with its households and how
// many of them were reached. A cell with no households takes no part: give 0 where the coverage is withheld.
func Find(cells []geo.Cell, households, reached []uint32) (*Result, error) {
	r := &Result{Spots: make([]Spot, len(cells))}
	var part participants
	for i := range cells {
		if households[i] > 0 {
			part.add(i, cells[i], float64(households[i]), float64(reached[i]))
		}
	}
	values := part.shrunkCoverage()
	r.Cells = len(part.index)
	r.Mean, r.SD = meanAndSD(values)
	switch {
	case r.Cells < minCells:
		r.Missing = fmt.Sprintf("fewer than %d cells with a coverage", minCells)
		return r, nil
	case r.SD < 1e-9: // what rounding leaves of the same rate
		r.Missing = "coverage differs from cell to cell by no more than chance"
		return r, nil
	}
	neighbours, err := neighboursOf(part.cells)
	if err != nil {
		return nil, err
	}
	z := giStar(values, neighbours, r.Mean, r.SD)
	p := make([]float64, len(z))
	for i := range z {
		p[i] = math.Erfc(math.Abs(z[i]) / math.Sqrt2)
	}
	q := falseDiscovery(p)
	for i, cell := range part.index {
		spot := Spot{Z: z[i], P: p[i], Q: q[i], Class: NotSignificant}
		if q[i] <= falseRate && z[i] > 0 {
			spot.Class = Hot
			r.Hot++
		} else if q[i] <= falseRate && z[i] < 0 {
			spot.Class = Cold
			r.Cold++
		}
		r.Spots[cell] = spot
	}
	return r, nil
}

// participants is the cells with households, in their order, as columns.
type participants struct {
	index               []int // into the cells given
	cells               []geo.Cell
	households, reached []float64
}

func (p *participants) add(index int, cell geo.Cell, households, reached float64) {
	p.index, p.cells = append(p.index, index), append(p.cells, cell)
	p.households, p.reached = append(p.households, households), append(p.reached, reached)
}

// shrunkCoverage returns the coverage of the cells, each shrunk towards that of all together by as much as chance
// alone could have moved it: by empirical Bayes (Marshall 1991, Applied Statistics 40), with the variance of a
// proportion. A lone house that was reached is no hot spot; a cell of a hundred households keeps its coverage nearly
// as it is.
//
// With the coverage m of all households, the variance v of the cells' coverages around it, weighted by households,
// and h households in the average cell, what is not chance is a = v - m(1-m)/h; a cell of n households keeps
// a / (a + m(1-m)/n) of its distance from m.
func (p *participants) shrunkCoverage() []float64 {
	values := make([]float64, len(p.cells))
	var households, reached float64
	for i, n := range p.households {
		values[i] = p.reached[i] / n
		households += n
		reached += p.reached[i]
	}
	if households == 0 {
		return values
	}
	m, v := reached/households, 0.0
	for i, n := range p.households {
		v += n / households * (values[i] - m) * (values[i] - m)
	}
	a := max(0, v-m*(1-m)*float64(len(p.cells))/households)
	for i, n := range p.households {
		chance := m * (1 - m) / n
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

// neighboursOf returns for each of the cells, which are sorted, the indexes of those within one step, itself with
// them.
func neighboursOf(cells []geo.Cell) ([][]int32, error) {
	neighbours := make([][]int32, len(cells))
	for i, cell := range cells {
		disk, err := cell.Disk(1)
		if err != nil {
			return nil, fmt.Errorf("hot spots: %w", err)
		}
		for _, near := range disk {
			if at, found := slices.BinarySearch(cells, near); found {
				neighbours[i] = append(neighbours[i], int32(at))
			}
		}
		slices.Sort(neighbours[i]) // sums of floats depend on their order
	}
	return neighbours, nil
}

// giStar returns the standardised local statistic of each value (Ord and Getis 1995, Geographical Analysis 27,
// equation 14b) for binary weights: with W of n values in the neighbourhood, itself among them,
//
//	z = (sum over them - W mean) / (sd √((n W - W²) / (n - 1)))
//
// The z of a neighbourhood of all values is 0.
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

// falseDiscovery returns, for each p-value, the least rate of false discoveries at which its hypothesis is rejected
// (Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57): of the p-values in order, the least of
// m p(j) / j over all j from its own rank on.
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
