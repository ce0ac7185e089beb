package coverage

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// withProvinces is the default configuration, with thresholds of their own for the
// provinces of random programmes, so far apart that a mix-up shows.
func withProvinces(rng *rand.Rand) *rules.Config {
	config := rules.DefaultConfig()
	config.Provinces = make(map[string]rules.Thresholds)
	for _, code := range []string{"48", "49"} {
		if rng.IntN(3) == 0 {
			continue
		}
		config.Provinces[code] = rules.Thresholds{
			BarelyVisited: rng.Float64(), LowCoverage: rng.Float64(), LowUptake: rng.Float64(),
			MinAssessed: rng.IntN(3),
			StaleDays:   rng.IntN(60), RegistryLow: rng.Float64(), RegistryHigh: 1 + rng.Float64(),
			TeamMembers: rng.IntN(10), TeamHouseholds: rng.IntN(20),
		}
	}
	return config
}

func indexWith(t testing.TB, m *memory, config *rules.Config) *Index {
	t.Helper()
	ix, err := BuildAt(context.Background(), m, config, func() time.Time { return programmeEnd.Time() })
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// Each row's flags go by its own province, on the requested boundaries.
func TestThresholdsOfProvincesEqualReference(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := randomProgramme(seed)
			rng := rand.New(rand.NewPCG(seed, 20))
			ix := indexWith(t, m, withProvinces(rng))
			for range 30 {
				compare(t, m, ix, Operator, randomQuery(rng, ix.For(Operator).BoundariesOn))
			}
		})
	}
}

// The flags of a cell that two provinces share go by the one with more of its households;
// with as many in each, by the one whose code comes first.
func TestCellGoesByTheProvinceOfMost(t *testing.T) {
	config := rules.DefaultConfig()
	strict, lax := config.Thresholds, config.Thresholds
	strict.LowCoverage, lax.LowCoverage = 1, 0
	config.Provinces = map[string]rules.Thresholds{"48": strict, "49": lax}
	for _, c := range []struct {
		name     string
		in48     int
		in49     int
		none     int
		want     bool
		boundary data.Date
	}{
		{name: "all in the strict one", in48: 3, want: true},
		{name: "all in the lax one", in49: 3},
		{name: "more in the lax one", in48: 2, in49: 3},
		{name: "as many: the first code", in48: 2, in49: 2, want: true},
		{name: "as many in no province: the common ones", in48: 2, none: 2, want: true},
		{name: "as many in no province as in the lax one: the common ones", in49: 2, none: 2, want: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{Revised: 1}
			for _, code := range []string{"48", "49"} {
				m.Areas = append(m.Areas, data.Area{Code: code, Level: data.Province},
					data.Area{Code: code + "1", Level: data.Commune, Parent: code},
					data.Area{Code: code + "1.1", Level: data.Hamlet, Parent: code + "1"})
			}
			for i, hamlet := range slices.Concat(slices.Repeat([]string{"481.1"}, c.in48),
				slices.Repeat([]string{"491.1"}, c.in49), slices.Repeat([]string{""}, c.none)) {
				m.Households = append(m.Households,
					data.Household{ID: strconv.Itoa(i), HamletCode: hamlet, Point: [2]float64{108, 16}})
			}
			r := ask(t, indexWith(t, m, config), Operator, Query{By: ByCell, Resolution: 8, To: programmeEnd})
			if got := r.Rows[0].Flags&rules.FlagLowCoverage != 0; got != c.want {
				t.Errorf("low_coverage: got %t, want %t", got, c.want)
			}
		})
	}
}

func TestUnknownProvinces(t *testing.T) {
	m := randomProgramme(3)
	config := rules.DefaultConfig()
	if got := indexWith(t, m, config).For(Operator).UnknownProvinces(); len(got) != 0 {
		t.Errorf("none configured: got %v", got)
	}
	config.Provinces = map[string]rules.Thresholds{"48": {}, "84": {}, "480": {}}
	if got := indexWith(t, m, config).For(Operator).UnknownProvinces(); !slices.Equal(got, []string{"480", "84"}) {
		t.Errorf("got %v, want 480, a district, and 84", got)
	}
}

// Thresholds of a province are part of the version: an answer by others is another answer.
func TestVersionNamesThresholdsOfProvinces(t *testing.T) {
	m := randomProgramme(3)
	config := rules.DefaultConfig()
	plain := indexWith(t, m, config).Version()
	own := *config
	own.Provinces = map[string]rules.Thresholds{"48": config.Thresholds}
	same := indexWith(t, m, &own).Version()
	other := config.Thresholds
	other.StaleDays++
	changed := *config
	changed.Provinces = map[string]rules.Thresholds{"48": other}
	if v := indexWith(t, m, &changed).Version(); v == plain || v == same {
		t.Errorf("version %s does not tell %s and %s apart", v, plain, same)
	}
}

// What a hidden count may leave of flags is judged by the row's own thresholds.
func TestShownFlagsGoByTheProvince(t *testing.T) {
	count, hidden := rules.Count{Households: 40}, rules.HiddenAttempted|rules.HiddenReached
	const asked = rules.FlagBarelyVisited | rules.FlagLowCoverage | rules.FlagUnvisited
	th := rules.DefaultConfig().Thresholds // 9 of 40 is beyond a fifth, below a half
	if got := th.ShownRateFlags(&count, hidden, rules.ShownCounts(5), 5) & asked; got != rules.FlagLowCoverage {
		t.Errorf("default: got %b, want low_coverage alone", got)
	}
	th.BarelyVisited, th.LowCoverage = 0.3, 0.2
	if got := th.ShownRateFlags(&count, hidden, rules.ShownCounts(5), 5) & asked; got != rules.FlagBarelyVisited {
		t.Errorf("of the province: got %b, want barely_visited alone", got)
	}
}
