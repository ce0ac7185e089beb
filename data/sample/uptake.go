package sample

import (
	"math"

	"tungnha/data"
	"tungnha/data/sample/noise"
)

// readiness is how readily a skill is taken up before anybody taught it, as log odds: by
// the place of the skill in the programme's list.
var readiness = []float64{-0.1, 0.05, 0.55, -0.4, -0.2}

// lead is how the skills fare in one commune.
type lead struct {
	taste    []float64 // log odds by skill
	assessed []float64 // how often a completed visit looks at the skill
}

// newLead draws a commune's skills: towns are ahead of the hills, and in some communes one
// skill lags far behind, or is hardly ever looked at.
func (f *filler) newLead() lead {
	l := lead{}
	place := 0.55 - 0.9*f.relief + 0.25*f.rng.NormFloat64()
	if f.urban {
		place += 0.3
	}
	for i := range f.skills {
		l.taste = append(l.taste, place+readiness[i%len(readiness)]+0.3*f.rng.NormFloat64())
		l.assessed = append(l.assessed, 0.55+0.4*f.rng.Float64())
	}
	if n := len(f.skills); n > 0 {
		if f.rng.IntN(100) < 18 {
			l.taste[f.rng.IntN(n)] -= 1.7
		}
		if f.rng.IntN(100) < 8 {
			l.assessed[f.rng.IntN(n)] = 0.02
		}
	}
	return l
}

// assess fills in which skills a visit looked at and which of them the household showed.
func (f *filler) assess(v *data.Visit, h *hamlet, d *dwelling) {
	for i := range f.skills {
		often := f.lead.assessed[i]
		switch v.Outcome {
		case data.Completed:
		case data.Partial:
			often *= 0.35
		default:
			continue
		}
		if f.rng.Float64() >= often {
			continue
		}
		v.Assessed |= 1 << i
		// Each completed visit before this one adds to what the household can do; its own
		// bent for a skill stays the same.
		odds := f.lead.taste[i] + h.taste[i] + 0.4*float64(d.taught)
		bent := 0.8*noise.Unit(noise.Mix(d.bent(), uint64(i), f.seed)) + 0.2*f.rng.Float64()
		if 1/(1+math.Exp(-odds)) > bent {
			v.Shown |= 1 << i
		}
	}
}

// bent is a number of the household's own that does not change.
func (d *dwelling) bent() uint64 {
	return math.Float64bits(d.Point[0]) ^ math.Float64bits(d.Point[1])<<1
}
