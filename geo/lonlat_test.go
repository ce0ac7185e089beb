package geo

import (
	"math"
	"strconv"
	"testing"
)

func TestAppendDegrees(t *testing.T) {
	for _, c := range []struct {
		in   float64
		want string
	}{
		{0, "0"}, {108, "108"}, {-0.5, "-0.5"}, {108.20000001, "108.2"}, {16.0544068, "16.0544068"},
		{-179.9999999, "-179.9999999"}, {0.0000001, "0.0000001"}, {1e-9, "0"},
	} {
		if got := string(AppendDegrees(nil, c.in)); got != c.want {
			t.Errorf("AppendDegrees(%v) = %s, want %s", c.in, got, c.want)
		}
	}
}

// FuzzAppendDegrees checks that degrees come back within half a unit of the last place.
func FuzzAppendDegrees(f *testing.F) {
	for _, x := range []float64{0, 108.2, -0.00000005, 16.0544068, -179.99999999, 360} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		if math.IsNaN(x) || math.Abs(x) > 360 {
			t.Skip()
		}
		got, err := strconv.ParseFloat(string(AppendDegrees(nil, x)), 64)
		if err != nil || math.Abs(got-x) > 0.51e-7 {
			t.Errorf("%v came back as %v, %v", x, got, err)
		}
	})
}
