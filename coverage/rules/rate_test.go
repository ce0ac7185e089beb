package rules

import (
	"math"
	"math/rand/v2"
	"testing"
)

// refInterval finds the score interval as it is defined, by bisection: all p that are
// within z standard errors, at p itself, of the observed rate.
func refInterval(shown, assessed, households uint32) (low, high float64) {
	observed := float64(shown) / float64(assessed)
	if assessed == households {
		return observed, observed
	}
	n := float64(assessed) * float64(households-1) / float64(households-assessed)
	within := func(p float64) bool { return math.Abs(observed-p) <= 1.959964*math.Sqrt(p*(1-p)/n) }
	search := func(in, out float64) float64 {
		for range 200 {
			if middle := (in + out) / 2; within(middle) {
				in = middle
			} else {
				out = middle
			}
		}
		return in
	}
	return search(observed, 0), search(observed, 1)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// Published values of the interval without a finite population, which a population
// without bound approaches: R's binom.wilson and statsmodels' proportion_confint give them.
func TestWilsonPublished(t *testing.T) {
	for _, c := range []struct {
		shown, assessed uint32
		low, high       float64
	}{
		{81, 263, 0.2553, 0.3662}, // Newcombe 1998, table I, method 3
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{29, 29, 0.8830, 1},
	} {
		p := float64(c.shown) / float64(c.assessed)
		low, high := wilson(p, float64(c.assessed))
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: got %.4f to %.4f, want %.4f to %.4f", c.shown, c.assessed, low, high, c.low, c.high)
		}
	}
}

func TestUptake(t *testing.T) {
	t.Run("nobody assessed", func(t *testing.T) {
		c := Count{Households: 10}
		if _, _, _, ok := c.Uptake(0); ok {
			t.Error("got a rate over nothing")
		}
	})
	t.Run("everybody assessed", func(t *testing.T) {
		c := Count{Households: 40}
		c.Assessed[2], c.Shown[2] = 40, 10
		rate, low, high, ok := c.Uptake(2)
		if !ok || rate != 0.25 || low != 0.25 || high != 0.25 {
			t.Errorf("got %v, %v to %v, want the rate itself, 0.25", rate, low, high)
		}
	})
	t.Run("worked by hand", func(t *testing.T) {
		// n = 50 of N = 100: n* = 50 × 99 / 50 = 99. With p = 0.4, z² = 3.841459:
		// centre (0.4 + 3.841459/198) / (1 + 3.841459/99) = 0.403735,
		// half 1.959964 / 1.038803 × √(0.24/99 + 3.841459/39204) = 0.094756.
		c := Count{Households: 100}
		c.Assessed[0], c.Shown[0] = 50, 20
		_, low, high, _ := c.Uptake(0)
		if math.Abs(low-0.308979) > 2e-6 || math.Abs(high-0.498491) > 2e-6 {
			t.Errorf("got %.6f to %.6f, want 0.308979 to 0.498491", low, high)
		}
	})
	t.Run("equals the definition", func(t *testing.T) {
		for households := uint32(1); households <= 60; households++ {
			for assessed := uint32(1); assessed <= households; assessed++ {
				for shown := uint32(0); shown <= assessed; shown++ {
					c := Count{Households: households}
					c.Assessed[0], c.Shown[0] = assessed, shown
					_, low, high, _ := c.Uptake(0)
					wantLow, wantHigh := refInterval(shown, assessed, households)
					if !near(low, wantLow) || !near(high, wantHigh) {
						t.Fatalf("%d of %d of %d: got %v to %v, want %v to %v", shown, assessed, households, low, high,
							wantLow, wantHigh)
					}
				}
			}
		}
	})
}

func TestRatesOverNothing(t *testing.T) {
	c := Count{}
	for name, rate := range map[string]func() (float64, bool){
		"coverage": c.Coverage, "attempt rate": c.AttemptRate, "success rate": c.SuccessRate,
	} {
		if r, ok := rate(); ok {
			t.Errorf("%s of nothing: got %v, want none", name, r)
		}
	}
}

// The flag and the bound that is shown never disagree, not even where they meet.
func TestUptakeBelow(t *testing.T) {
	limits := []float64{0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1}
	below, above := 0, 0
	check := func(shown, assessed, households uint32, limit float64) {
		c := Count{Households: households}
		c.Assessed[3], c.Shown[3] = assessed, shown
		_, _, high, ok := c.Uptake(3)
		want := ok && high < limit
		if got := c.uptakeBelow(3, limit); got != want {
			t.Fatalf("%d of %d of %d, below %v: got %v, want %v: the bound is %v", shown, assessed, households, limit,
				got, want, high)
		}
		if want {
			below++
		} else {
			above++
		}
	}
	for households := range uint32(40) {
		for assessed := range households + 1 {
			for shown := range assessed + 1 {
				_, _, high, _ := (&Count{Households: households, Assessed: [16]uint32{assessed},
					Shown: [16]uint32{shown}}).Uptake(0)
				for _, limit := range append(limits, high) {
					check(shown, assessed, households, limit)
				}
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 16))
	for range 200_000 {
		households := rng.Uint32()>>rng.IntN(32) + 1
		assessed := rng.Uint32N(households) + 1
		c := Count{Households: households, Assessed: [16]uint32{assessed}, Shown: [16]uint32{rng.Uint32N(assessed)}}
		_, _, high, _ := c.Uptake(0)
		check(c.Shown[0], assessed, households, limits[rng.IntN(len(limits))])
		check(c.Shown[0], assessed, households, high)
		check(c.Shown[0], assessed, households, math.Nextafter(high, 2))
	}
	if below == 0 || above == 0 {
		t.Errorf("%d below and %d above: want both", below, above)
	}
}
