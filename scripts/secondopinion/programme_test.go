package secondopinion

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/data/recordfile"
)

// programme is a small programme in memory.
type programme struct {
	areas      []data.Area
	households []data.Household
	teams      []data.Team
	visits     []data.Visit
}

// The days of random programmes, and the day between them on which districts go and some
// communes merge.
var (
	firstDay = day("2025-06-10")
	merger   = day("2025-07-01")
	lastDay  = day("2025-07-20")
)

// randomProgramme invents a few communes with everything that the definitions must decide:
// reports of one day and of one second, households removed, registered late, on borders, in
// gaps and far away, hamlets and communes that one tree of areas has and the other has not,
// hamlets with two teams or none, teams formed late or dissolved.
func randomProgramme(seed uint64) *programme {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := &programme{}
	hamlets := p.addAreas(rng)
	p.addTeams(rng, hamlets)
	for h := range 5 + rng.IntN(90) {
		p.addHousehold(rng, fmt.Sprintf("H%04d", h), hamlets)
	}
	return p
}

func oneIn(rng *rand.Rand, n int) bool { return rng.IntN(n) == 0 }

func someDay(rng *rand.Rand) data.Date {
	return firstDay + data.Date(rng.IntN(int(lastDay-firstDay)+1))
}

// side is that of a commune, in degrees; between communes is a gap of 60 or of 300 metres.
const side = 0.02

func (p *programme) addAreas(rng *rand.Rand) (hamlets []string) {
	add := func(a data.Area) {
		a.Name, a.Kind, a.Population = "Nơi "+a.Code, "Xã", data.Unknown
		if a.DeclaredHouseholds = data.Unknown; !oneIn(rng, 3) {
			a.DeclaredHouseholds = 1 + rng.IntN(15)
		}
		p.areas = append(p.areas, a)
	}
	for n := range 1 + rng.IntN(2) {
		province := fmt.Sprint(48 + n)
		add(data.Area{Code: province, Level: data.Province})
		add(data.Area{Code: province + "0", Level: data.District, Parent: province, ValidTo: merger - 1})
		west := 108 + float64(n)*0.2
		for c := range 1 + rng.IntN(4) {
			code := fmt.Sprintf("%s%03d", province, c)
			// PostGIS rounds while it tests a point, so corners are at coordinates that points can have: 1e-14
			// degree away from one it could not decide on which side the point is.
			east := rounded(west + side)
			square := orb.MultiPolygon{{{{west, 16}, {east, 16}, {east, 16 + side}, {west, 16 + side}, {west, 16}}}}
			west = rounded(east + []float64{0, 0, 0.00056, 0.0028}[rng.IntN(4)])
			before := data.Area{Code: code, Level: data.Commune, Parent: province + "0", ValidTo: merger - 1,
				Geometry: square}
			after := data.Area{Code: code, Level: data.Commune, Parent: province, ValidFrom: merger, Geometry: square}
			add(before)
			if !oneIn(rng, 4) {
				add(after)
			}
			for h := range rng.IntN(4) {
				hamlet := data.Area{Code: fmt.Sprintf("%s-%d", code, h), Level: data.Hamlet, Parent: code}
				switch rng.IntN(8) {
				case 0:
					hamlet.ValidTo = merger - 1
				case 1:
					hamlet.ValidFrom = merger
				}
				add(hamlet)
				hamlets = append(hamlets, hamlet.Code)
			}
		}
	}
	return hamlets
}

func (p *programme) addTeams(rng *rand.Rand, hamlets []string) {
	for n := range 1 + rng.IntN(5) {
		t := data.Team{ID: fmt.Sprintf("T%d", n), Name: "Tổ", Members: 5 + rng.IntN(4)}
		if oneIn(rng, 5) {
			t.Members = data.Unknown
		}
		if !oneIn(rng, 4) {
			communes := slices.DeleteFunc(slices.Clone(p.areas),
				func(a data.Area) bool { return a.Level != data.Commune })
			t.CommuneCode = communes[rng.IntN(len(communes))].Code
		}
		t.HamletCodes = someHamlets(rng, hamlets)
		if oneIn(rng, 3) { // it served others before
			t.History = []data.Assignment{{From: data.NoDate, HamletCodes: someHamlets(rng, hamlets)},
				{From: someDay(rng), HamletCodes: t.HamletCodes}}
		}
		if oneIn(rng, 3) {
			t.FormedOn = someDay(rng)
		}
		if oneIn(rng, 3) {
			t.DissolvedOn = someDay(rng)
		}
		if t.FormedOn != data.NoDate && t.DissolvedOn != data.NoDate && t.DissolvedOn < t.FormedOn {
			t.FormedOn, t.DissolvedOn = t.DissolvedOn, t.FormedOn
		}
		p.teams = append(p.teams, t)
	}
}

func someHamlets(rng *rand.Rand, hamlets []string) (codes []string) {
	for range rng.IntN(4) {
		if len(hamlets) > 0 {
			if code := hamlets[rng.IntN(len(hamlets))]; !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

func (p *programme) addHousehold(rng *rand.Rand, id string, hamlets []string) {
	h := data.Household{ID: id, Point: randomPoint(rng)}
	if len(hamlets) > 0 && !oneIn(rng, 4) {
		h.HamletCode = hamlets[rng.IntN(len(hamlets))]
	}
	if oneIn(rng, 3) {
		h.RegisteredOn = someDay(rng)
	}
	if oneIn(rng, 4) {
		h.RemovedOn = max(someDay(rng), h.RegisteredOn)
	}
	p.households = append(p.households, h)
	for v := range rng.IntN(6) {
		on := someDay(rng)
		for again := 0; again == 0 || oneIn(rng, 2) && again < 4; again++ {
			p.addVisit(rng, h.ID, fmt.Sprintf("%s-%d-%d", h.ID, v, rng.IntN(1000)*10+again), on)
		}
	}
}

func (p *programme) addVisit(rng *rand.Rand, household, id string, on data.Date) {
	second := []int{0, 9 * 3600, 9 * 3600, 86_399}[rng.IntN(4)] // both ends of the day, and ties
	assessed := data.SkillSet(rng.Uint32()) & (1<<skills - 1)
	p.visits = append(p.visits, data.Visit{
		ID: id, HouseholdID: household, TeamID: p.teams[rng.IntN(len(p.teams))].ID,
		At:       on.Time().Add(time.Duration(second) * time.Second),
		Outcome:  data.Outcome(1 + rng.IntN(int(data.Completed))),
		Assessed: assessed, Shown: assessed & data.SkillSet(rng.Uint32()),
	})
}

// rounded to 1e-7 degree, as points are stored.
func rounded(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// randomPoint returns a point in a commune, on a corner or an edge, in a gap, a little beyond or far
// outside.
func randomPoint(rng *rand.Rand) orb.Point {
	lon := 108 + float64(rng.IntN(2))*0.2 + rng.Float64()*0.1
	lat := 16 + rng.Float64()*side
	switch rng.IntN(8) {
	case 0:
		lat = 16
	case 1:
		lon = 108 + side*float64(rng.IntN(4))
	case 2:
		lat = 16 - rng.Float64()*0.0018
	case 3:
		lat += 1
	}
	return orb.Point{rounded(lon), rounded(lat)}
}

// randomQuery is within bounds for the programme of the index.
func randomQuery(rng *rand.Rand, ix *coverage.Index) coverage.Query {
	q := coverage.Query{To: someDay(rng) + data.Date(rng.IntN(3)) - 1}
	switch rng.IntN(4) {
	case 0, 1:
		q.From = min(someDay(rng), q.To)
	case 2:
		q.From = q.To
	}
	if oneIn(rng, 3) {
		q.Boundaries = someDay(rng)
	}
	on := q.Boundaries
	if on == data.NoDate {
		on = q.To
	}
	levels := data.Levels
	parent := -1
	if tree := ix.For(coverage.Operator).BoundariesOn(on); oneIn(rng, 2) && len(tree.Areas) > 0 {
		a := tree.Areas[rng.IntN(len(tree.Areas))]
		q.Parent, parent = a.Code, slices.Index(levels, a.Level)
	}
	switch rng.IntN(8) {
	case 0, 1, 2:
		q.By = coverage.ByArea
		if parent == len(levels)-1 {
			q.Parent, parent = "", -1 // there is no level below hamlets
		}
		q.Level = levels[parent+1+rng.IntN(len(levels)-parent-1)]
	case 3:
		q.By, q.Resolution = coverage.ByCell,
			coverage.MinResolution+rng.IntN(coverage.MaxResolution-coverage.MinResolution+1)
	case 4, 5:
		q.By = coverage.ByTeam
	default:
		q.By = []coverage.By{coverage.ByDay, coverage.ByWeek, coverage.ByMonth}[rng.IntN(3)]
	}
	return q
}

// addBorderHouseholds adds households without a hamlet where locating is hard: on vertices
// of communes, a hair's breadth from their edges, and up to 250 metres away from them.
func addBorderHouseholds(t *testing.T, path string, areas []data.Area, n int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	var rings []orb.Ring
	for _, a := range areas {
		if a.Level == data.Commune {
			for _, polygon := range a.Geometry {
				rings = append(rings, polygon...)
			}
		}
	}
	var text []byte
	for i := range n {
		ring := rings[rng.IntN(len(rings))]
		v := rng.IntN(len(ring) - 1)
		p := ring[v]
		switch i % 4 {
		case 1:
			p = beside(ring[v], ring[v+1], rng)
		case 2, 3:
			p[0] += (rng.Float64() - 0.5) * 0.0046
			p[1] += (rng.Float64() - 0.5) * 0.0046
		}
		text = recordfile.AppendHousehold(text, &data.Household{ID: fmt.Sprintf("BORDER%05d", i), Point: p})
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
}

// beside returns a point next to an edge, or a vertex of it where rounding leaves no other.
// A point whose seven digits are on the edge would do for neither side: as floating-point
// numbers such points are 1e-14 degree from it, which PostGIS does not distinguish from zero.
func beside(a, b orb.Point, rng *rand.Rand) orb.Point {
	units := func(degrees float64) int64 { return int64(math.Round(degrees * 1e7)) }
	for range 20 {
		f := rng.Float64()
		p := orb.Point{rounded(a[0] + f*(b[0]-a[0])), rounded(a[1] + f*(b[1]-a[1]))}
		if (units(b[0])-units(a[0]))*(units(p[1])-units(a[1])) != (units(b[1])-units(a[1]))*(units(p[0])-units(a[0])) {
			return p
		}
	}
	return a
}
