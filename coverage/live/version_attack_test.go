package live

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/internal/fixture"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// TestVersionsNameNoVisit attacks the version of the data, which everybody reads before and after somebody's visit. The
// attacker has the program, the registry and all earlier visits, and a copy in which every visit that it may have been
// is tried. He compares the versions of his copies with the one observed, and differences of versions with the
// difference observed: as numbers, bit by bit, and after what the configuration adds is undone, as far as it can be.
func TestVersionsNameNoVisit(t *testing.T) {
	const visits = 20
	secret := data.NewSecret()
	config := rules.DefaultConfig()
	config.Secret = secret
	victim := fixture.TwoCommunes()
	live, err := Open(t.Context(), victim, config, clock)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	named, equal := 0, 0
	for n := range visits {
		before := live.Index().Version()
		secretly := fixture.Visit(rng, victim.Households[rng.IntN(len(victim.Households))].ID, fmt.Sprintf("S%d", n),
			fixture.End, victim.Teams)
		known := fixture.TwoCommunes()
		known.Visits = append(known.Visits[:0], victim.Visits...)
		if _, err := live.Post(t.Context(), []data.Visit{secretly}); err != nil {
			t.Fatal(err)
		}
		after := live.Index().Version()
		if before == after {
			t.Fatal("the visit changed nothing")
		}
		// What the attacker would have to find out; he tries the very visit among those of other households.
		candidates := []data.Visit{secretly}
		for len(candidates) < 8 {
			candidates = append(candidates, fixture.Visit(rng, known.Households[rng.IntN(len(known.Households))].ID,
				secretly.ID, fixture.End, known.Teams))
		}
		tried := differences(before, after)
		for _, candidate := range candidates {
			first, second := replica(t, known, nil), replica(t, known, &candidate)
			if first == before || second == after {
				equal++
			}
			for form := range tried {
				if tried[form].Cmp(differences(first, second)[form]) == 0 {
					named++
				}
			}
		}
	}
	if named > 0 || equal > 0 {
		t.Errorf("of %d visits %d were named by differences of versions, and %d by equal versions", visits, named, equal)
	}
	// With the secret, as a second server of the store has it, versions are equal.
	again, err := coverage.BuildAt(t.Context(), victim, config, clock)
	if err != nil || again.Version() != live.Index().Version() {
		t.Errorf("another server of the store has another version, %v", err)
	}
}

// replica returns the version of the attacker's copy of the data, with one more visit.
func replica(t *testing.T, known *fixture.Memory, visit *data.Visit) string {
	t.Helper()
	m := fixture.TwoCommunes()
	m.Visits = append(m.Visits[:0], known.Visits...)
	if visit != nil {
		m.Visits = append(m.Visits, *visit)
		fixture.SortVisits(m.Visits)
	}
	ix, err := coverage.BuildAt(t.Context(), m, rules.DefaultConfig(), clock)
	if err != nil {
		t.Fatal(err)
	}
	return ix.Version()
}

// differences returns the differences of two versions in all forms.
func differences(a, b string) []*big.Int {
	number := func(version string, base int) *big.Int {
		n, ok := new(big.Int).SetString(version, base)
		if !ok {
			panic("no version: " + version)
		}
		return n
	}
	x, y := number(a, 16), number(b, 16)
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(4*len(a)))
	minus := new(big.Int).Sub(y, x)
	out := []*big.Int{minus.Mod(minus, modulus), new(big.Int).Xor(x, y)}
	for _, part := range []func(string) string{func(v string) string { return v[:16] },
		func(v string) string { return v[len(v)-16:] }} {
		p, _ := strconv.ParseUint(part(a), 16, 64)
		q, _ := strconv.ParseUint(part(b), 16, 64)
		out = append(out, new(big.Int).SetUint64(q-p), new(big.Int).SetUint64(undone(q)-undone(p)))
	}
	return out
}

// undone takes the configuration off a version that is a chain of splitmix64 over FNV-1a of its texts: each step is a
// bijection.
func undone(version uint64) uint64 {
	const golden = 0x9e3779b97f4a7c15
	config := rules.DefaultConfig()
	texts := []string{rules.Definition, fmt.Sprintf("%v", config.Thresholds)}
	for _, s := range config.Skills {
		texts = append(texts, s.Key)
	}
	back := func(h, n uint64) uint64 {
		h ^= h>>31 ^ h>>62
		h *= 0x319642b2d24d8ec3
		h ^= h>>27 ^ h>>54
		h *= 0x96de1b173f119089
		h ^= h>>30 ^ h>>60
		return (h - golden) ^ n
	}
	for i := len(texts) - 1; i >= 0; i-- {
		fnv := uint64(0xcbf29ce484222325)
		for j := range len(texts[i]) {
			fnv = (fnv ^ uint64(texts[i][j])) * 0x100000001b3
		}
		version = back(back(version, uint64(len(texts[i]))), fnv)
	}
	return version
}
