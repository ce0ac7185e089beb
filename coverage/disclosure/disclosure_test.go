package disclosure

import (
	"fmt"
	"math"
	"testing"

	"tungnha/coverage/rules"
	"tungnha/data"
)

func maker(t *testing.T) *Maker {
	t.Helper()
	secret, err := data.ParseSecret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	if err != nil {
		t.Fatal(err)
	}
	return NewKeys(secret).Maker()
}

// The keys of a store must stay what they are: files of last year are compared with them.
func TestKeysStay(t *testing.T) {
	m := maker(t)
	const want = 0xe735d062b2569e84
	if key := m.Household([]byte("H00001")); key != want {
		t.Errorf("key %#x, want %#x", uint64(key), uint64(want))
	}
	if key := m.Household([]byte("H00002")); key == want || m.Household([]byte("H00001")) != want {
		t.Error("a key is not that of its household alone")
	}
	other := NewKeys(data.NewSecret()).Maker()
	if other.Household([]byte("H00001")) == m.Household([]byte("H00001")) {
		t.Error("another secret gives the same key")
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		n     uint32
		r     Rounding
		shown uint32
		ok    bool
	}{
		{0, 0, 0, false}, {1, 4, 0, false}, {9, 0, 0, false},
		{10, 0, 10, true}, {11, 0, 15, true}, {11, 1, 10, true}, {14, 4, 10, true}, {14, 3, 15, true},
		{15, 4, 15, true},
	} {
		if shown, ok := c.r.Round(c.n); shown != c.shown || ok != c.ok {
			t.Errorf("%d with %d: %d, %t, want %d, %t", c.n, c.r, shown, ok, c.shown, c.ok)
		}
	}
	for r := Rounding(0); r < rules.RoundingBase; r++ {
		before := uint32(0)
		for n := range uint32(1000) {
			shown, ok := r.Round(n)
			if shown < before || ok && max(shown, n)-min(shown, n) >= rules.RoundingBase || ok != (n >= 10) {
				t.Fatalf("%d with %d is shown as %d, %t after %d", n, r, shown, ok, before)
			}
			before = shown
		}
	}
}

// No count is shifted on average: each of the five roundings is as likely as the others.
func TestRoundingIsFair(t *testing.T) {
	m := maker(t)
	var seen [rules.RoundingBase]float64
	const sets = 100_000
	for i := range sets {
		seen[m.Rounding(m.Household(fmt.Appendf(nil, "H%d", i)))]++
	}
	for r, n := range seen {
		if sd := math.Sqrt(sets * 0.2 * 0.8); math.Abs(n-sets/5) > 4*sd {
			t.Errorf("rounding %d comes %v times of %d", r, n, sets)
		}
	}
}

func TestFigures(t *testing.T) {
	day, err := data.ParseDate("2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	f := rules.Figures{Count: rules.Count{Households: 23, Attempted: 12, Contacted: 9, Visits: 31, LastVisit: day},
		ReachedByAny: 30, Work: new(rules.Work), NewlyReached: 20, ReachedSoFar: 21}
	f.Assessed[0], f.Shown[0] = 11, 3
	few := f
	few.Visits = 4
	Rounding(4).Figures(&f, rules.ShownCounts(1))
	hidden := rules.HiddenContacted | rules.HiddenReached | rules.HiddenRevisitDue | rules.HiddenShown
	want := rules.Figures{Count: rules.Count{Households: 20, Attempted: 10, Visits: 30, LastVisit: day - 16},
		Hidden: hidden}
	want.Assessed[0] = 10
	if f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
	Rounding(4).Figures(&few, rules.ShownCounts(1))
	if few.LastVisit != data.NoDate || few.Hidden != hidden|rules.HiddenVisits {
		t.Errorf("last visit %s, hidden %b", few.LastVisit, few.Hidden)
	}
}
