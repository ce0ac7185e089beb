package mvt

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Rates are rounded as whole numbers would be, at halves above all.
func TestRatesAreRoundedExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	var w Encoder
	check := func(part, whole uint32) {
		w.Begin("", nil)
		step := (uint64(part)*RateSteps*2 + uint64(whole)) / (2 * uint64(whole))
		w.Values.rates[min(step, RateSteps)] = w.Values.base + 7 // as if it were there already
		if got := w.Values.Ratio(part, whole); step <= RateSteps && got != 7 {
			t.Errorf("%d of %d: not %d steps", part, whole, step)
		}
	}
	for range 20000 {
		whole := random.Uint32()>>random.IntN(32) | 1
		check(random.Uint32N(whole), whole)
		check(whole, whole)
	}
	for step := uint32(0); step < RateSteps; step++ {
		check(2*step+1, 2*RateSteps) // halves
		check((2*step+1)*100000+1, 2*RateSteps*100000)
		check((2*step+1)*100000-1, 2*RateSteps*100000)
	}
	check(math.MaxUint32, math.MaxUint32)
}

func TestHexDigits(t *testing.T) {
	for _, n := range []uint64{0, 1, 15, 16, 0x8a2a1072b59ffff, 0x89abcdef01234567, math.MaxUint64} {
		got := string(binary.BigEndian.AppendUint64(nil, hexDigits(uint32(n>>32)))) +
			string(binary.BigEndian.AppendUint64(nil, hexDigits(uint32(n))))
		if want := fmt.Sprintf("%016x", n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
