package coverage

import (
	"math/rand/v2"
	"testing"

	"tungnha/coverage/rules"
)

// FuzzQuery compares the engine with the reference on whatever programme, query and
// viewer the numbers encode.
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
		got := ask(t, ix, public, publicQuery(rng, ix))
		for i := range got.Rows {
			row := &got.Rows[i]
			for _, k := range rules.ShownCounts(len(ix.Config().Skills)) {
				n := *k.Of(&row.Count)
				if n%rules.RoundingBase != 0 || n <= rules.MaxSmall != (row.Hidden&k.Bit != 0) {
					t.Errorf("%+v: %d is shown to the public in row %q", got.Query, n, keyOf(got, row))
				}
			}
		}
	})
}
