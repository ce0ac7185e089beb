package tiles

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// A programme is a made-up register in memory: a province of rectangular communes
// whose borders wiggle, an island and a lake among them.
type programme struct {
	areas      []data.Area
	teams      []data.Team
	households []data.Household
	visits     []data.Visit
}

func (p *programme) Read(_ context.Context, sink data.RecordHandler) (int64, error) {
	for i := range p.areas {
		if err := sink.Area(&p.areas[i]); err != nil {
			return 0, err
		}
	}
	for i := range p.teams {
		if err := sink.Team(&p.teams[i]); err != nil {
			return 0, err
		}
	}
	for i := range p.households {
		if err := sink.Household(&p.households[i]); err != nil {
			return 0, err
		}
	}
	for i := range p.visits {
		if err := sink.Visit(&p.visits[i]); err != nil {
			return 0, err
		}
	}
	return 1, nil
}

func (p *programme) Revision(context.Context) (int64, error) { return 1, nil }

func (p *programme) PostVisits(context.Context, []data.Visit) (data.Posted, error) {
	return data.Posted{}, fmt.Errorf("this programme takes no visits")
}

// Where the made-up province is, and how large a commune is, in degrees.
const (
	west, south = 108.0, 15.9
	communeSize = 0.06
	sideLength  = 4 // communes a side
)

// wiggle returns the border between two corners: the same points from either side.
func wiggle(a, b orb.Point) []orb.Point {
	if b[0] < a[0] || b[0] == a[0] && b[1] < a[1] {
		line := wiggle(b, a)
		slices.Reverse(line)
		return line
	}
	const steps = 60
	line := make([]orb.Point, 0, steps+1)
	for i := range steps + 1 {
		t := float64(i) / steps
		off := 0.004 * math.Sin(7*t*math.Pi) * math.Sin(t*math.Pi) * math.Sin(a[0]*91+a[1]*57)
		line = append(line, orb.Point{a[0] + t*(b[0]-a[0]) + off*(b[1]-a[1])/communeSize, a[1] + t*(b[1]-a[1]) +
			off*(b[0]-a[0])/communeSize})
	}
	return line
}

func communeRing(column, row int) orb.Ring {
	at := func(c, r int) orb.Point {
		return orb.Point{west + float64(c)*communeSize, south + float64(r)*communeSize}
	}
	corners := []orb.Point{at(column, row), at(column+1, row), at(column+1, row+1), at(column, row+1), at(column, row)}
	var ring orb.Ring
	for i := range 4 {
		line := wiggle(corners[i], corners[i+1])
		ring = append(ring, line[:len(line)-1]...)
	}
	return append(ring, ring[0])
}

func quad(x, y, half float64) orb.Ring {
	return orb.Ring{{x - half, y - half}, {x + half, y - half}, {x + half, y + half}, {x - half, y + half},
		{x - half, y - half}}
}

func mustDay(s string) data.Date {
	d, err := data.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// newProgramme makes a programme of about the number of households from a seed.
func newProgramme(seed uint64, households int) *programme {
	random := rand.New(rand.NewPCG(seed, 7))
	p := &programme{}
	var outline orb.MultiPolygon
	add := func(a data.Area) { p.areas = append(p.areas, a) }
	perHamlet := max(households/(sideLength*sideLength*4), 1)
	for column := range sideLength {
		for row := range sideLength {
			code := fmt.Sprintf("2%02d%02d", column, row)
			ring := communeRing(column, row)
			parts := orb.MultiPolygon{{ring}}
			switch {
			case column == 1 && row == 1: // a lake
				lake := quad(west+1.5*communeSize, south+1.5*communeSize, 0.008)
				lake.Reverse()
				parts[0] = append(parts[0], lake)
			case column == sideLength-1 && row == 0: // islands, one of them 300 km out
				parts = append(parts, orb.Polygon{quad(west+5.5*communeSize, south, 0.004)},
					orb.Polygon{quad(west+3, south, 0.01)})
			}
			outline = append(outline, parts...)
			add(data.Area{Code: code, Name: "Xã " + code, NameEN: "Commune " + code, Kind: "Xã", Level: data.Commune,
				Parent:             "20",
				DeclaredHouseholds: 4 * perHamlet, Population: data.Unknown, Geometry: parts})
			for h := range 4 {
				hamlet := fmt.Sprintf("%s%02d", code, h)
				add(data.Area{Code: hamlet, Name: "Thôn " + hamlet, Kind: "Thôn", Level: data.Hamlet, Parent: code,
					DeclaredHouseholds: data.Unknown, Population: data.Unknown})
				p.settle(random, hamlet, code, orb.Point{
					west + (float64(column)+0.25+0.5*float64(h%2))*communeSize,
					south + (float64(row)+0.25+0.5*float64(h/2))*communeSize,
				}, perHamlet)
			}
		}
	}
	add(data.Area{Code: "20", Name: "Tỉnh Thử", NameEN: "Sample", Kind: "Tỉnh", Level: data.Province,
		DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: outline})
	slices.SortFunc(p.areas, func(a, b data.Area) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	slices.SortFunc(p.teams, func(a, b data.Team) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return p
}

// settle adds the households of a hamlet, its team, and their visits.
func (p *programme) settle(random *rand.Rand, hamlet, commune string, at orb.Point, n int) {
	team := "T" + hamlet
	served := random.IntN(8) > 0
	if served {
		p.teams = append(p.teams, data.Team{ID: team, Name: team, CommuneCode: commune, HamletCodes: []string{hamlet},
			Members: 7})
	}
	eager := random.Float64()
	for i := range n {
		id := fmt.Sprintf("H%s-%05d", hamlet, i)
		p.households = append(p.households, data.Household{ID: id, HamletCode: hamlet, Point: orb.Point{
			at[0] + random.NormFloat64()*0.004, at[1] + random.NormFloat64()*0.004}})
		if !served || random.Float64() > eager {
			continue
		}
		assessed := data.SkillSet(random.IntN(32))
		p.visits = append(p.visits, data.Visit{
			ID: "V" + id, HouseholdID: id, TeamID: team, Outcome: data.Outcome(random.IntN(7) + 1),
			At:       time.Date(2026, 1, 1+random.IntN(200), 9, 0, 0, 0, data.Zone),
			Assessed: assessed, Shown: assessed & data.SkillSet(random.IntN(32)),
		})
	}
}

var window = Window{From: mustDay("2026-02-01"), To: mustDay("2026-08-01")}

func newIndex(t testing.TB, p *programme) *coverage.Index {
	t.Helper()
	ix, err := coverage.Build(t.Context(), p, testConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// testConfig has a secret that stays, so that figures are rounded in the same way each time.
func testConfig(t testing.TB) *rules.Config {
	t.Helper()
	config := rules.DefaultConfig()
	var err error
	if config.Secret, err = data.ParseSecret(strings.Repeat("5e", 32)); err != nil {
		t.Fatal(err)
	}
	return config
}
