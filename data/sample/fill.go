package sample

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/recordfile"
	"tungnha/data/sample/calendar"
	"tungnha/data/sample/names"
)

// file is one of the files that communes are written to.
type file uint8

const (
	hamletsFile file = iota
	householdsFile
	teamsFile
	visitsFile
	numFiles
)

// chunkSize is about how many bytes of a file are passed on at once.
const chunkSize = 256 << 10

// chunk is a piece of one file.
type chunk struct {
	file file
	text []byte
}

// filler fills one commune.
type filler struct {
	*commune
	ctx      context.Context
	plan     *plan
	rng      *rand.Rand
	calendar *calendar.Calendar
	today    data.Date
	skills   data.Skills
	urban    bool
	relief   float64
	lead     lead

	homes   []dwelling
	hamlets []hamlet
	teams   []team

	out    chan<- chunk
	visits []byte
	id     []byte
	made   Report
}

// fill makes everything in one commune and sends it out in pieces.
func (f *filler) fill() error {
	f.urban, f.relief = f.commune.urban(), f.commune.relief()
	f.lead = f.newLead()
	points, err := f.placeHouses()
	if err != nil {
		return err
	}
	if err := f.ctx.Err(); err != nil {
		return err
	}
	f.makeHamlets(points)
	f.setDates()
	f.formTeams()
	if err := f.visitAll(); err != nil {
		return err
	}
	f.addGPSErrors()
	f.write()
	return f.ctx.Err()
}

// placeHouses returns the places of the commune's households.
func (f *filler) placeHouses() ([]orb.Point, error) {
	accept := func(p orb.Point) bool {
		m := f.plan.locator.Locate(p)
		return m.Area == f.index && !m.Snapped
	}
	// A cell need not be smaller than a lot, nor so large that lanes go astray.
	const cells = 36000
	total := f.km2()
	var points []orb.Point
	for k := len(f.parts) - 1; k >= 0; k-- { // the main part last: it takes what is left
		part := f.parts[k]
		n := int(math.Round(float64(f.households) * part.km2 / total * (0.3 + 0.9*f.rng.Float64())))
		if k == 0 {
			n = f.households - len(points)
		}
		g := newCostGrid(part.polygon, f.plan.land, cells)
		if len(g.cells) == 0 || n <= 0 {
			continue
		}
		s := &housePlacer{
			costGrid: g, land: f.plan.land, rng: f.rng, urban: f.urban, relief: f.relief,
			natural: f.natural * float64(n) / float64(f.households),
		}
		center := g.mainPlace(f.rng, f.relief, f.plan.land)
		s.town = center
		if k == 0 {
			center = g.xy(f.center)
			s.town = g.xy(f.town)
			for _, crossing := range f.crossings {
				s.crossings = append(s.crossings, g.xy(crossing))
			}
		}
		s.lay(center, n)
		points = append(points, s.chooseSlots(n, accept)...)
	}
	if len(points) < f.households {
		return nil, fmt.Errorf("commune %s (%s): no room for %d households: only %d could be placed",
			f.area.Code, f.area.Name, f.households, len(points))
	}
	return points, nil
}

// makeHamlets cuts the commune into hamlets and puts the households into their order.
func (f *filler) makeHamlets(points []orb.Point) {
	plane := planeAt(f.center)
	homes := make([]xy, len(points))
	for i, p := range points {
		homes[i] = plane.xy(p)
	}
	size := 215 - 80*f.relief
	if f.urban {
		size = 285
	}
	groups := split(homes, size, f.rng)
	kind, called := names.Hamlets(len(groups), f.urban, f.relief, f.rng)
	middle := plane.xy(f.center)
	away := make([]float64, len(groups))
	f.homes = make([]dwelling, 0, len(points))
	f.hamlets = make([]hamlet, len(groups))
	for k, group := range groups {
		h := &f.hamlets[k]
		h.Area = data.Area{
			Code: fmt.Sprintf("%s%03d", f.area.Code, k+1), Name: called[k], Kind: kind, Level: data.Hamlet,
			Parent: f.area.Code, Population: data.Unknown,
		}
		for range f.skills {
			h.taste = append(h.taste, 0.3*f.rng.NormFloat64())
		}
		for _, i := range group {
			h.homes = append(h.homes, int32(len(f.homes)))
			d := dwelling{reached: -1, manner: mannerOf(f.rng)}
			d.ID = fmt.Sprintf("%s-%06d", f.area.Code, len(f.homes)+1)
			d.Point = points[i]
			d.HamletCode = h.Code
			f.homes = append(f.homes, d)
			away[k] += homes[i].dist(middle) / float64(len(group))
		}
	}
	f.findRemote(away)
}

// findRemote marks the hamlets that nobody ever reached: far from the commune's centre,
// in the hills.
func (f *filler) findRemote(away []float64) {
	if f.relief < 0.4 {
		return
	}
	farthest := slices.Max(away)
	for k := range f.hamlets {
		far := away[k] / farthest
		f.hamlets[k].remote = f.rng.Float64() < 0.75*f.relief*max(0, far-0.55)/0.45
	}
}

// setDates sets the dates of the households, and what the hamlets declare.
func (f *filler) setDates() {
	rng, first := f.rng, f.calendar.First
	for k := range f.hamlets {
		h := &f.hamlets[k]
		counted := first - 30 - data.Date(rng.IntN(170)) // the day of the census
		growth := 25                                     // of a thousand, while the programme runs
		if f.urban && rng.IntN(12) == 0 {
			growth = 160 // a new quarter
		}
		for _, i := range h.homes {
			d := &f.homes[i]
			d.RegisteredOn = counted + data.Date(rng.IntN(15))
			if rng.IntN(1000) < growth {
				d.RegisteredOn = first + data.Date(rng.IntN(calendar.Days-10))
			}
			if rng.IntN(1000) < 4 {
				d.RemovedOn = max(first, d.RegisteredOn+30) + data.Date(rng.IntN(calendar.Days))
				if d.RemovedOn > f.today {
					d.RemovedOn = data.NoDate
				}
			}
			if rng.IntN(200) == 0 {
				d.HamletCode = ""
			}
		}
		h.DeclaredHouseholds = f.declare(len(h.homes))
	}
}

// declare returns the number that a hamlet with n households declares: mostly near the truth.
func (f *filler) declare(n int) int {
	share := 1 + 0.018*f.rng.NormFloat64()
	switch f.rng.IntN(100) {
	case 0, 1, 2:
		return data.Unknown
	case 3, 4, 5, 6:
		share = 1.28 + 0.4*f.rng.Float64() // an old list: many have left
	case 7, 8, 9, 10, 11:
		share = 0.80 + 0.13*f.rng.Float64() // many were never counted
	}
	return int(math.Round(share * float64(n)))
}

// addGPSErrors moves three households in a thousand, of those near the commune's border, a few metres across it, as
// an inaccurate GPS position does.
func (f *filler) addGPSErrors() {
	type near struct {
		home int32
		dist float64
		to   orb.Point
	}
	var found []near
	want := int(math.Round(0.003 * float64(len(f.homes))))
	plane := planeAt(f.center)
	border := f.border(plane)
	for range min(12*want, len(f.homes)) {
		i := int32(f.rng.IntN(len(f.homes)))
		at := plane.xy(f.homes[i].Point)
		dist, on := border.nearest(at)
		if dist == 0 || dist > 2500 {
			continue
		}
		to := plane.point(at.lerp(on, 1+(3+12*f.rng.Float64())/dist))
		if m := f.plan.locator.Locate(to); m.Area != f.index || m.Snapped {
			found = append(found, near{i, dist, to})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.home, b.home))
	})
	found = slices.CompactFunc(found, func(a, b near) bool { return a.home == b.home })
	for _, n := range found[:min(want, len(found))] {
		f.homes[n.home].Point = n.to
	}
}

// border is the outline of a commune's settled parts.
type border []xy

// border returns the edges of the parts, as pairs of ends.
func (f *filler) border(plane plane) border {
	var b border
	for _, part := range f.parts {
		for _, ring := range part.polygon {
			for i := 1; i < len(ring); i++ {
				b = append(b, plane.xy(ring[i-1]), plane.xy(ring[i]))
			}
		}
	}
	return b
}

// nearest returns the place on the border that is nearest to p.
func (b border) nearest(p xy) (dist float64, on xy) {
	dist = math.Inf(1)
	for i := 0; i < len(b); i += 2 {
		d := b[i+1].sub(b[i])
		length := d.x*d.x + d.y*d.y
		t := 0.0
		if length > 0 {
			t = min(1, max(0, ((p.x-b[i].x)*d.x+(p.y-b[i].y)*d.y)/length))
		}
		if q := b[i].lerp(b[i+1], t); q.dist(p) < dist {
			dist, on = q.dist(p), q
		}
	}
	return dist, on
}

// write sends the hamlets, households and teams, and what is left of the visits.
func (f *filler) write() {
	var text []byte
	for i := range f.hamlets {
		text = recordfile.AppendHamlet(text, &f.hamlets[i].Area)
	}
	text = f.send(hamletsFile, text)
	for i := range f.homes {
		text = recordfile.AppendHousehold(text, &f.homes[i].Household)
		if len(text) >= chunkSize {
			text = f.send(householdsFile, text)
		}
	}
	text = f.send(householdsFile, text)
	for i := range f.teams {
		text = recordfile.AppendTeam(text, &f.teams[i].Team)
	}
	f.send(teamsFile, text)
	f.send(visitsFile, f.visits)
	f.made.Hamlets, f.made.Households, f.made.Teams = len(f.hamlets), len(f.homes), len(f.teams)
}

// send passes on a piece of a file and returns a buffer for the next one.
func (f *filler) send(to file, text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	select {
	case f.out <- chunk{to, text}:
	case <-f.ctx.Done(): // fill notices
	}
	return make([]byte, 0, chunkSize+chunkSize/16)
}
