package sample

import (
	"fmt"
	"math"
	"math/rand/v2"

	"tungnha/data"
	"tungnha/data/sample/calendar"
)

// team is a team with what is not in the register: how it works.
type team struct {
	data.Team
	hamlets []int   // indexes into the commune's hamlets
	effort  float64 // visits it would make to each of its households in all 18 months
	rests   data.Date
	burst   int // the only month in which a team that is otherwise asleep went out; -1: not so
}

// hamlet is one hamlet as it is made.
type hamlet struct {
	data.Area
	homes  []int32 // indexes into the commune's dwellings, in the order one walks past them
	remote bool    // too far off for anybody to have come
	teams  []int
	taste  []float64 // by skill: how readily it is taken up here, as log odds
	cursor int       // the next of homes to call at
	due    []due     // households to come back to
}

// due is a household that was absent or not finished, and when to come back to it.
type due struct {
	home int32
	day  int
}

// formTeams gives the hamlets of a commune their teams: one each, now and then one for
// two, and some hamlets none. In remote communes those without a team are together.
func (f *filler) formTeams() {
	rng := f.rng
	hamlets := f.hamlets
	without := make([]bool, len(hamlets))
	for i := range without {
		without[i] = rng.IntN(100) < 2
	}
	if f.relief > 0.55 && rng.IntN(100) < 40 && len(hamlets) > 3 {
		run := 1 + int(float64(len(hamlets))*(0.1+0.2*rng.Float64()))
		start := rng.IntN(len(hamlets) - run + 1)
		for i := start; i < start+run; i++ {
			without[i] = true
		}
	}
	quality := math.Exp(0.38 * rng.NormFloat64()) // of the commune's leadership
	for i := 0; i < len(hamlets); i++ {
		if without[i] {
			continue
		}
		serves := []int{i}
		small := i+1 < len(hamlets) && !without[i+1] && len(hamlets[i].homes)+len(hamlets[i+1].homes) < 430
		pair := i+1 < len(hamlets) && !without[i+1] && rng.IntN(100) < 2 // one team for more than it can serve
		if pair || small && rng.IntN(100) < 22 {
			serves = append(serves, i+1)
			i++
		}
		f.addTeam(serves, quality, "")
		if len(serves) == 1 && len(hamlets[i].homes) > 330 && rng.IntN(100) < 6 {
			f.addTeam(serves, quality, " số 2")
		}
	}
}

// addTeam forms one team.
func (f *filler) addTeam(serves []int, quality float64, suffix string) {
	rng := f.rng
	first := f.calendar.First
	t := team{hamlets: serves, burst: -1}
	t.ID = fmt.Sprintf("T%s-%03d", f.area.Code, len(f.teams)+1)
	t.Name = "Tổ công nghệ số cộng đồng " + f.hamlets[serves[0]].Name + suffix
	t.CommuneCode = f.area.Code
	for _, h := range serves {
		t.HamletCodes = append(t.HamletCodes, f.hamlets[h].Code)
		f.hamlets[h].teams = append(f.hamlets[h].teams, len(f.teams))
	}
	t.Members = min(11, max(3, int(math.Round(6.6+1.3*rng.NormFloat64()))))
	if rng.IntN(60) == 0 {
		t.Members = data.Unknown
	}
	switch late := rng.IntN(100); {
	case late < 70:
		t.FormedOn = first - 40 + data.Date(rng.IntN(80))
	case late < 92:
		t.FormedOn = first + 20 + data.Date(rng.IntN(130))
	default:
		t.FormedOn = first + 150 + data.Date(rng.IntN(330))
	}
	if rng.IntN(100) < 3 {
		t.DissolvedOn = max(t.FormedOn+60, first+200) + data.Date(rng.IntN(300))
		if t.DissolvedOn > f.today {
			t.DissolvedOn = data.NoDate
		}
	}
	switch kind := rng.IntN(100); {
	case kind < 12:
		t.effort = 5.2
	case kind < 42:
		t.effort = 3.7
	case kind < 82:
		t.effort = 2.5
	default:
		t.effort = 0.5
		if rng.IntN(2) == 0 {
			t.burst = rng.IntN(calendar.Days / 30)
		}
	}
	t.effort = min(7.5, t.effort*quality*math.Exp(0.2*rng.NormFloat64()))
	t.rests = f.today
	if rng.IntN(100) < 11 { // worn out: nobody came any more
		t.rests = f.today - 20 - data.Date(rng.IntN(220))
	}
	f.teams = append(f.teams, t)
}

// effortByMonth is how a team's zeal shifts from month to month, its commune's campaigns
// included.
func (t *team) effortByMonth(rng *rand.Rand, campaigns []int) func(month int) float64 {
	var byMonth [calendar.Days/30 + 1]float64
	for m := range byMonth {
		byMonth[m] = math.Exp(0.45 * rng.NormFloat64())
		if t.burst >= 0 && m != t.burst {
			byMonth[m] = 0
		}
	}
	for _, m := range campaigns {
		byMonth[m] *= 2.2
	}
	return func(month int) float64 { return byMonth[month] }
}
