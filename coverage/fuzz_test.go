package coverage

import (
	"math/rand/v2"
	"testing"

	"tungnha/coverage/rules"
)

// FuzzQuery compares the engine with the reference on whatever programme, query and
// viewer the numbers stand for.
func FuzzQuery(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, programme, query uint64) {
		m := randomProgramme(programme)
		ix := index(t, m)
		rng := rand.New(rand.NewPCG(query, 10))
		q := randomQuery(rng, ix.For(Operator).BoundariesOn)
		compare(t, m, ix, Operator, q)
		got := ask(t, ix, public, q)
		for i := range got.Rows {
			for _, k := range rules.HouseholdCounts(len(ix.Config().Skills)) {
				if n := *k.Of(&got.Rows[i].Count); rules.Small(n) {
					t.Errorf("%+v: %d is shown to the public in row %q", q, n, keyOf(got, &got.Rows[i]))
				}
			}
		}
	})
}
