package rules

import (
	"math"

	"tungnha/data"
)

// rate returns part over whole; a rate over nothing is no rate.
func rate(part, whole uint32) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// Coverage returns reached / households, and false where there are no households.
func (c *Count) Coverage() (float64, bool) { return rate(c.Reached, c.Households) }

// AttemptRate returns attempted / households, and false where there are no households.
func (c *Count) AttemptRate() (float64, bool) { return rate(c.Attempted, c.Households) }

// SuccessRate returns reached / contacted, and false where nobody was contacted.
func (c *Count) SuccessRate() (float64, bool) { return rate(c.Reached, c.Contacted) }

// RegistryCompleteness returns households / declared households of the area, and false
// where it declares none or an unknown number. It may well exceed 1.
func (c *Count) RegistryCompleteness(area *data.Area) (float64, bool) {
	if area.DeclaredHouseholds <= 0 {
		return 0, false
	}
	return float64(c.Households) / float64(area.DeclaredHouseholds), true
}

// Uptake returns shown / assessed of skill i with its 95 % interval, and false where
// nobody was assessed. It is valid for a sample without replacement of the households: the
// interval narrows to the rate itself when all of them are assessed.
func (c *Count) Uptake(i int) (rate, low, high float64, ok bool) {
	shown, assessed := c.Shown[i], c.Assessed[i]
	if assessed == 0 {
		return 0, 0, 0, false
	}
	rate = float64(shown) / float64(assessed)
	if assessed >= c.Households {
		return rate, rate, rate, true
	}
	n, all := float64(assessed), float64(c.Households)
	low, high = wilson(rate, n*(all-1)/(all-n))
	return rate, low, high, true
}

// uptakeBelow reports whether the upper bound of the uptake of skill i is below the
// limit. The interval contains the rates p that a score test does not reject, so mostly the
// test decides, without a root: (limit - p)² n > z² limit (1 - limit). Close to where the two
// sides are equal, rounding could part the flag from the bound that is shown; there
// the bound itself decides, as it does for what is no limit of a rate.
func (c *Count) uptakeBelow(i int, limit float64) bool {
	shown, assessed := c.Shown[i], c.Assessed[i]
	if assessed > 0 && assessed < c.Households && 0 < limit && limit < 1 {
		n, all := float64(assessed), float64(c.Households)
		distance := limit - float64(shown)/n
		test, critical := distance*distance*n*(all-1), z*z*limit*(1-limit)*(all-n)
		if distance < -1e-6 || test < critical*(1-1e-6) {
			return false
		}
		if distance > 1e-6 && test > critical*(1+1e-6) {
			return true
		}
	}
	_, _, high, ok := c.Uptake(i)
	return ok && high < limit
}

// z is the 97.5th percentile of the normal distribution.
const z = 1.959964

// wilson returns the score interval of a rate p seen in n trials (Wilson 1927). n need not
// be whole: with a finite population it is the effective size of the sample.
func wilson(p, n float64) (low, high float64) {
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}
