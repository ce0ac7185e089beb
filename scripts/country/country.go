package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

// shape is the version of what is made up: files of another one are written again.
const shape = 1

const (
	provinces         = 34
	communes          = 3_300
	hamletsPerCommune = 28
	parts             = 64 // of households, and of their visits: a file each
	visitsEach        = 5  // on the average
)

// outline is roughly the extent of the country: west and east of each half degree of latitude,
// from the south.
var outline = [][2]float64{ // from 8.5° N
	{104.7, 105.3}, {104.8, 106.0}, {105.0, 106.8}, {104.8, 107.6}, {105.8, 108.8}, {106.0, 109.2}, {106.5, 109.3},
	{107.0, 109.3}, {107.5, 109.4}, {107.5, 109.3}, {107.4, 109.3}, {107.3, 109.2}, {107.5, 109.0}, {107.4, 109.0},
	{107.3, 108.9}, {107.0, 108.4}, {106.6, 107.8}, {106.3, 107.2}, {105.6, 106.7}, {105.0, 106.4}, {104.5, 105.9},
	{104.0, 105.9}, {103.9, 106.0}, {103.5, 106.5}, {102.9, 107.3}, {102.4, 107.9}, {102.2, 107.2}, {102.4, 106.8},
	{103.2, 106.6},
}

const south = 8.5

// country is the made-up programme: where everything is, and who serves what. Households
// and visits are not kept: each part of them is made when it is written.
type country struct {
	seed       uint64
	households int
	side       float64     // of a commune, degrees
	corners    []orb.Point // south-west, of each commune
}

func newCountry(households int, seed uint64) *country {
	area := 0.0
	for _, o := range outline {
		area += 0.5 * (o[1] - o[0])
	}
	c := &country{seed: seed, households: households, side: math.Sqrt(area / communes)}
	for ; len(c.corners) < communes; c.side *= 0.999 { // until so many squares fit
		c.corners = c.corners[:0]
		for lat := south; lat < south+0.5*float64(len(outline))-c.side/2; lat += c.side {
			o := outline[int((lat+c.side/2-south)/0.5)]
			for lon := o[0]; lon+c.side <= o[1]; lon += c.side {
				c.corners = append(c.corners, orb.Point{lon, lat})
			}
		}
	}
	c.corners = c.corners[:communes]
	return c
}

func provinceCode(commune int) string { return fmt.Sprintf("%02d", 1+commune*provinces/communes) }
func communeCode(commune int) string  { return fmt.Sprintf("%05d", 1+commune) }
func hamletCode(hamlet int) string {
	return fmt.Sprintf("%s.%02d", communeCode(hamlet/hamletsPerCommune), hamlet%hamletsPerCommune)
}
func teamID(hamlet int) string { return fmt.Sprintf("T%05d", hamlet) }

const hamlets = communes * hamletsPerCommune

// areas returns provinces, communes with their squares, and hamlets.
func (c *country) areas() []areaRow {
	var rows []areaRow
	for commune := range c.corners {
		if code := provinceCode(commune); len(rows) == 0 || rows[len(rows)-1].Code != code {
			rows = append(rows, areaRow{Code: code, Name: "Tỉnh " + code, Level: string(data.Province)})
		}
	}
	for commune, corner := range c.corners {
		rows = append(rows, areaRow{
			Code: communeCode(commune), Name: "Xã " + communeCode(commune), Level: string(data.Commune),
			Parent: provinceCode(commune),
			West:   corner[0], South: corner[1], East: corner[0] + c.side, North: corner[1] + c.side,
		})
	}
	for h := range hamlets {
		rows = append(rows, areaRow{
			Code: hamletCode(h), Name: fmt.Sprintf("Thôn %d", 1+h%hamletsPerCommune), Level: string(data.Hamlet),
			Parent: communeCode(h / hamletsPerCommune), Declared: int32(c.households / hamlets),
		})
	}
	slices.SortFunc(rows, func(a, b areaRow) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return rows
}

func (c *country) teams() []teamRow {
	rows := make([]teamRow, hamlets)
	for h := range rows {
		rows[h] = teamRow{ID: teamID(h), Commune: communeCode(h / hamletsPerCommune), Hamlet: hamletCode(h),
			Members: int32(5 + h%4)}
	}
	return rows
}

// lastDay is the last of the programme's 18 months.
var lastDay = data.DateOf(time.Date(2026, 6, 30, 0, 0, 0, 0, data.Zone))

const days = 546

// village is a hamlet while its households are made: a road with houses along it and a
// centre, and the weeks in which its team goes from house to house.
type village struct {
	code, team    string
	centre        orb.Point
	angle, spread float64
	bursts        []int // days since the programme's first
}

func (c *country) village(h int, rng *rand.Rand) village {
	place := h % hamletsPerCommune
	corner := c.corners[h/hamletsPerCommune]
	step := c.side / 6
	v := village{
		code: hamletCode(h), team: teamID(h),
		centre: orb.Point{
			corner[0] + step*(float64(place%6)+0.3+0.4*rng.Float64()),
			corner[1] + step*(float64(place/6)+0.3+0.4*rng.Float64()),
		},
		angle: math.Pi * rng.Float64(), spread: 0.0008 + 0.0012*rng.Float64(),
	}
	for range 3 + rng.IntN(6) {
		begin := int(math.Sqrt(rng.Float64()) * (days - 14)) // a slow start
		v.bursts = append(v.bursts, begin)
	}
	slices.Sort(v.bursts)
	return v
}

// part makes the households and visits of one part and passes them on one by one.
func (c *country) part(n int, household func(*householdRow) error, visit func(*visitRow) error) error {
	rng := rand.New(rand.NewPCG(c.seed, uint64(n)))
	lo, hi := n*c.households/parts, (n+1)*c.households/parts
	var v village
	last := -1
	var on [16]int
	for i := lo; i < hi; i++ {
		h := i * hamlets / c.households
		if h != last {
			v, last = c.village(h, rand.New(rand.NewPCG(c.seed, uint64(1_000_000+h)))), h
		}
		along, across := rng.NormFloat64()*v.spread*2, rng.NormFloat64()*v.spread*0.4
		if rng.IntN(3) == 0 {
			along, across = rng.NormFloat64()*v.spread*0.7, rng.NormFloat64()*v.spread*0.7
		}
		sin, cos := math.Sincos(v.angle)
		row := householdRow{
			ID: fmt.Sprintf("H%08d", i), Hamlet: v.code,
			Lon: int32((v.centre[0] + along*cos - across*sin) * 1e7),
			Lat: int32((v.centre[1] + along*sin + across*cos) * 1e7),
		}
		if rng.IntN(50) == 0 {
			row.Hamlet = ""
		}
		if err := household(&row); err != nil {
			return err
		}
		count := rng.IntN(2*visitsEach + 1)
		for k := range count {
			on[k] = v.bursts[rng.IntN(len(v.bursts))] + rng.IntN(14)
		}
		slices.Sort(on[:count])
		for k, d := range on[:count] {
			if err := visit(c.call(&row, &v, d, k, rng)); err != nil {
				return err
			}
		}
	}
	return nil
}

// outcomes are what calls come to, by how often.
var outcomes = [16]data.Outcome{
	data.Completed, data.Completed, data.Completed, data.Completed, data.Completed, data.Completed, data.Partial,
	data.Partial,
	data.Absent, data.Absent, data.Absent, data.Absent, data.Refused, data.Refused, data.Inaccessible, data.Partial,
}

func (c *country) call(h *householdRow, v *village, on, k int, rng *rand.Rand) *visitRow {
	r := rng.Uint64()
	row := &visitRow{
		Household: h.ID, Team: v.team, Outcome: int32(outcomes[r&15]),
		At: (lastDay - days + 1 + data.Date(on)).Time().Unix() + 8*3600 + int64(k)*60,
	}
	if r>>4&1023 == 0 {
		row.Outcome = int32(data.Moved)
	}
	if row.Outcome == int32(data.Completed) || row.Outcome == int32(data.Partial) {
		row.Assessed = int32(r >> 20 & 31)
		row.Shown = row.Assessed & int32(r>>30&31|r>>40&31)
	}
	return row
}
