package coverage

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// day is a day that a test names; it panics at a typo.
func day(s string) data.Date {
	d, err := data.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// The days between which random programmes happen.
var (
	programmeBegin = day("2025-05-20")
	programmeEnd   = day("2025-09-10")
	merger         = day("2025-07-01") // of communes: districts go, a new tree begins
)

// at returns an instant of the day.
func at(d data.Date, seconds int) time.Time {
	return d.Time().Add(time.Duration(seconds) * time.Second)
}

// square is an area around a point, in degrees.
func square(lon, lat, side float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{
		{lon, lat}, {lon + side, lat}, {lon + side, lat + side}, {lon, lat + side}, {lon, lat},
	}}}
}

// randomProgramme invents a small programme with all that makes counting hard: two trees of
// areas, households without hamlets, outside every commune, removed, registered late;
// teams that serve several hamlets, or none, or were dissolved; reports of one day at one
// second; hamlets that vanish with the merger.
func randomProgramme(seed uint64) *memory {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := &memory{revision: 1}
	chance := func(p float64) bool { return rng.Float64() < p }
	someDay := func() data.Date { return programmeBegin + data.Date(rng.IntN(int(programmeEnd-programmeBegin)+1)) }
	declared := func() int {
		if chance(0.3) {
			return data.Unknown
		}
		return rng.IntN(12)
	}

	provinces := 1 + rng.IntN(2)
	var hamlets, communes []string
	for p := range provinces {
		province := fmt.Sprintf("%02d", 48+p)
		m.areas = append(m.areas, data.Area{Code: province, Name: "Tỉnh " + province, Kind: "Tỉnh", Level: data.Province,
			DeclaredHouseholds: declared(), Population: data.Unknown})
		m.areas = append(m.areas, data.Area{Code: province + "0", Name: "Huyện", Kind: "Huyện", Level: data.District, Parent: province,
			ValidTo: merger - 1, DeclaredHouseholds: declared(), Population: data.Unknown})
		for c := range 1 + rng.IntN(4) {
			code := fmt.Sprintf("%s%03d", province, c)
			shape := square(108+float64(c)*0.1, 16+float64(p), 0.1)
			if chance(0.1) {
				shape = nil
			}
			before := data.Area{Code: code, Name: "Xã " + code, Kind: "Xã", Level: data.Commune, Parent: province + "0",
				ValidTo: merger - 1, DeclaredHouseholds: declared(), Population: data.Unknown, Geometry: shape}
			after := before
			after.ValidFrom, after.ValidTo, after.Parent = merger, data.NoDate, province
			m.areas = append(m.areas, before)
			if chance(0.8) { // else merged away: its households go to whoever's polygon holds them
				m.areas = append(m.areas, after)
			}
			communes = append(communes, code)
			for h := range rng.IntN(4) {
				hamlet := data.Area{Code: fmt.Sprintf("%s.%d", code, h), Name: fmt.Sprintf("Thôn %d", h), Kind: "Thôn",
					Level: data.Hamlet, Parent: code, DeclaredHouseholds: declared(), Population: data.Unknown}
				if chance(0.2) {
					hamlet.ValidTo = merger - 1
				} else if chance(0.1) {
					hamlet.ValidFrom = merger
				}
				m.areas = append(m.areas, hamlet)
				hamlets = append(hamlets, hamlet.Code)
			}
		}
	}
	for t := range 1 + rng.IntN(6) {
		team := data.Team{ID: fmt.Sprintf("T%d", t), Name: "Tổ", CommuneCode: communes[rng.IntN(len(communes))], Members: 4 + rng.IntN(6)}
		if chance(0.2) {
			team.Members = data.Unknown
		}
		for range rng.IntN(4) {
			if len(hamlets) > 0 {
				team.HamletCodes = append(team.HamletCodes, hamlets[rng.IntN(len(hamlets))])
			}
		}
		for on := programmeBegin + data.Date(rng.IntN(40)); chance(0.4); on += 1 + data.Date(rng.IntN(40)) {
			next := data.Assignment{From: on}
			for range rng.IntN(3) {
				if len(hamlets) > 0 {
					next.HamletCodes = append(next.HamletCodes, hamlets[rng.IntN(len(hamlets))])
				}
			}
			if team.History == nil && chance(0.7) {
				team.History = []data.Assignment{{HamletCodes: team.HamletCodes}}
			}
			team.History = append(team.History, next)
			team.HamletCodes = next.HamletCodes
		}
		if chance(0.3) {
			team.FormedOn = someDay()
		}
		if chance(0.3) {
			team.DissolvedOn = someDay()
		}
		m.teams = append(m.teams, team)
	}
	for h := range rng.IntN(120) {
		household := data.Household{ID: fmt.Sprintf("H%05d", h), Point: randomPoint(rng, provinces)}
		if len(hamlets) > 0 && chance(0.8) {
			household.HamletCode = hamlets[rng.IntN(len(hamlets))]
		}
		if chance(0.4) {
			household.RegisteredOn = someDay()
		}
		if chance(0.2) {
			household.RemovedOn = someDay()
		}
		m.households = append(m.households, household)
		for v := range rng.IntN(6) {
			visit := randomVisit(rng, household.ID, fmt.Sprintf("V%05d-%d", h, v), someDay(), m.teams)
			m.visits = append(m.visits, visit)
			for again := 0; chance(0.3); again++ { // more reports of the same day
				m.visits = append(m.visits, randomVisit(rng, household.ID, fmt.Sprintf("%s-%d", visit.ID, again), visit.Day(), m.teams))
			}
		}
	}
	return m
}

// randomPoint lies in a commune, on a border between two, or far outside all.
func randomPoint(rng *rand.Rand, provinces int) orb.Point {
	lon := 108 + float64(rng.IntN(500_000))/1e6
	lat := 16 + float64(rng.IntN(provinces)) + float64(rng.IntN(100_000))/1e6
	switch rng.IntN(10) {
	case 0:
		lat += 0.5
	case 1: // many in one cell, so that ties in the order are met
		lon, lat = 108.05, 16.05
	}
	return orb.Point{lon, lat}
}

func randomVisit(rng *rand.Rand, household, id string, on data.Date, teams []data.Team) data.Visit {
	assessed := data.SkillSet(rng.Uint32()) & 0x1f
	if rng.IntN(8) == 0 {
		assessed = data.SkillSet(rng.Uint32()) // up to sixteen skills
	}
	return data.Visit{
		ID: id, HouseholdID: household, TeamID: teams[rng.IntN(len(teams))].ID,
		At:       at(on, rng.IntN(3)*43_199), // midnight, noon, a second before midnight
		Outcome:  data.Outcome(1 + rng.IntN(int(data.Completed))),
		Assessed: assessed, Shown: assessed & data.SkillSet(rng.Uint32()),
	}
}

// cellAt returns the base cell of a point that must have one.
func cellAt(t testing.TB, p orb.Point) geo.Cell {
	t.Helper()
	c, err := geo.CellAt(p, geo.BaseResolution)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
