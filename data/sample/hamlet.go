package sample

import (
	"math"
	"math/rand/v2"
)

// The bounds within which hamlets are cut. They leave room within 80 to 450 for the
// households that declare no hamlet.
const (
	minHamlet = 84
	maxHamlet = 440
)

// split cuts the homes of a commune into hamlets of about the given size. Each hamlet is a
// list of indexes into homes, in rising order; hamlets that are side by side follow each
// other. A commune too small for two hamlets is one.
func split(homes []xy, size float64, rng *rand.Rand) [][]int32 {
	if len(homes) == 0 {
		return nil
	}
	all := make([]int32, len(homes))
	for i := range all {
		all[i] = int32(i)
	}
	s := splitter{homes: homes, size: size, rng: rng}
	s.cut(all)
	return s.hamlets
}

type splitter struct {
	homes   []xy
	size    float64
	rng     *rand.Rand
	hamlets [][]int32
}

// cut bisects the homes recursively, where there is most open ground between the halves, until they are few enough
// to be a hamlet.
func (s *splitter) cut(homes []int32) {
	n := len(homes)
	want := s.size * math.Exp(0.28*s.rng.NormFloat64())
	if n < 2*minHamlet || n <= maxHamlet && float64(n) < 1.45*want {
		s.hamlets = append(s.hamlets, homes)
		return
	}
	low, high := s.halve(homes)
	s.cut(low)
	s.cut(high)
}

// cutLine divides the plane: a place whose coordinate along (cos, sin) is below at is on
// the low side.
type cutLine struct{ sin, cos, at float64 }

func (c cutLine) along(p xy) float64 { return p.x*c.cos + p.y*c.sin }

// halve tries cuts in eight directions and takes the one that leaves both sides large
// enough, runs through the emptiest ground and across the longer way.
func (s *splitter) halve(homes []int32) (low, high []int32) {
	const directions, strips = 8, 192
	n := len(homes)
	best, bestScore := cutLine{}, math.Inf(1)
	for d := range directions {
		var c cutLine
		c.sin, c.cos = math.Sincos(math.Pi * float64(d) / directions)
		first, last := math.Inf(1), math.Inf(-1)
		for _, i := range homes {
			a := c.along(s.homes[i])
			first, last = min(first, a), max(last, a)
		}
		width := (last - first) / strips
		if width == 0 {
			continue
		}
		var count [strips]int
		for _, i := range homes {
			count[min(strips-1, int((c.along(s.homes[i])-first)/width))]++
		}
		below := 0
		for k := 1; k < strips; k++ {
			below += count[k-1]
			share := float64(below)/float64(n) - 0.5
			if below < minHamlet || n-below < minHamlet || n > 6*maxHamlet && math.Abs(share) > 0.3 {
				continue
			}
			// How many are near the cut, relative to an even distribution; how unequal the halves are; and how
			// little the cut shortens the longer side.
			near := float64(count[k-1]+count[k]) / (2 * float64(n) / strips)
			if score := near + 5*share*share + 2000/(last-first+500); score < bestScore {
				c.at = first + float64(k)*width
				best, bestScore = c, score
			}
		}
	}
	for _, i := range homes {
		if !math.IsInf(bestScore, 1) && best.along(s.homes[i]) < best.at {
			low = append(low, i)
		} else {
			high = append(high, i)
		}
	}
	if len(low) < minHamlet || len(high) < minHamlet {
		// They are so close together that no strip divides them: a block of flats.
		return homes[:n/2], homes[n/2:]
	}
	return low, high
}
