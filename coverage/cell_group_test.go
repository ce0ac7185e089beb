package coverage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
)

// wideProgramme is a random programme over many blocks: villages whose hamlets are among
// each other, long histories, some households late, removed, or removed in times to come.
func wideProgramme(seed uint64, households int) *memory {
	m := randomProgramme(seed)
	rng := rand.New(rand.NewPCG(seed, 11))
	var hamlets []string
	for i := range m.Areas {
		if m.Areas[i].Level == data.Hamlet {
			hamlets = append(hamlets, m.Areas[i].Code)
		}
	}
	for i := range households {
		h := data.Household{ID: fmt.Sprintf("W%06d", i), Point: randomPoint(rng, 1)}
		if len(hamlets) > 0 && rng.IntN(20) > 0 {
			h.HamletCode = hamlets[rng.IntN(len(hamlets))]
		}
		switch rng.IntN(400) {
		case 0:
			h.RegisteredOn = programmeBegin + data.Date(rng.IntN(60))
		case 1:
			h.RemovedOn = programmeBegin + data.Date(rng.IntN(60))
		case 2:
			if i < households/2 { // so that some blocks are never settled
				h.RemovedOn = programmeEnd + 1_000
			}
		}
		m.Households = append(m.Households, h)
		for v := range rng.IntN(5) {
			on := programmeBegin + data.Date(rng.IntN(80))
			visit := randomVisit(rng, h.ID, fmt.Sprintf("W%06d-%d", i, v), on, m.Teams)
			if i%3 > 0 {
				visit.Assessed &= 31
				visit.Shown &= 31
			}
			m.Visits = append(m.Visits, visit)
		}
	}
	return m
}

// plainly counts the scope of a query household by household, by leaf and by cell.
func plainly(t testing.TB, ix *Index, q Query) (leaves, cells map[string]rules.Count) {
	p, err := ix.plan(Operator, q)
	if err != nil {
		t.Fatal(err)
	}
	ix.prepare(p)
	leaves, cells = make(map[string]rules.Count), make(map[string]rules.Count)
	add := func(counts map[string]rules.Count, key string, c *rules.Count) {
		sum := counts[key]
		sum.Add(c)
		counts[key] = sum
	}
	var y windows.Scratch
	for _, n := range p.blocks {
		y.Scan(ix.columns, n, p.window)
		for i := range len(ix.columns.Blocks[n].Starts) - 1 {
			at := n*columns.BlockSize + i
			leaf := p.areaOf.OfHousehold[at]
			if p.in != nil && !p.in[leaf] {
				continue
			}
			c := rules.Count{Visits: uint32(y.Visits[i]), LastVisit: data.Date(y.Last[i])}
			c.AddState(y.States[i])
			for s := range data.MaxSkills {
				c.Assessed[s] = uint32(y.Assessed[i] >> s & 1)
				c.Shown[s] = uint32(y.Shown[i] >> s & 1)
			}
			add(leaves, fmt.Sprint(leaf), &c)
			if q.By == ByCell {
				add(cells, ix.columns.Households.Cells[at].Parent(q.Resolution).String(), &c)
			}
		}
	}
	return leaves, cells
}

// comparePlainly fails where what is added up from cell groups differs from what is added up
// from households.
func comparePlainly(t testing.TB, ix *Index, q Query) {
	t.Helper()
	leaves, cells := plainly(t, ix, q)
	p, err := ix.plan(Operator, q)
	if err != nil {
		t.Fatal(err)
	}
	ix.prepare(p)
	counted, err := ix.countAreas(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	groups := counted.Counters
	got := make(map[string]rules.Count)
	for leaf := range groups {
		if groups[leaf].Any {
			got[fmt.Sprint(leaf)] = groups[leaf].Count
		}
	}
	if !reflect.DeepEqual(got, leaves) {
		t.Errorf("%+v: by leaf\n got %+v\nwant %+v", q, got, leaves)
	}
	if q.By != ByCell {
		return
	}
	got = make(map[string]rules.Count)
	for _, row := range ask(t, ix, Operator, q).Rows {
		got[row.Cell.String()] = row.Count
	}
	if !reflect.DeepEqual(got, cells) {
		t.Errorf("%+v: %d cells differ from %d, or a count of them", q, len(got), len(cells))
	}
}

// In whatever order windows are requested, by however many callers at once, and however
// many posts come in between, each state gives the answers of its own visits.
func TestParcelsEqualHouseholds(t *testing.T) {
	households := 40_000
	if testing.Short() {
		households = 20_000
	}
	m := wideProgramme(9, households)
	state := NewState(index(t, m))
	rng := rand.New(rand.NewPCG(9, 12))
	states := []*Index{state.Index()}
	windows := make([]Query, 12)
	for i := range windows {
		windows[i] = randomQuery(rng, state.Index().For(Operator).BoundariesOn)
		if i%3 == 0 {
			windows[i].To = programmeEnd - data.Date(rng.IntN(20)) // mostly settled
		}
		if windows[i].By != ByCell {
			windows[i].By, windows[i].Level, windows[i].Parent = ByArea, data.Hamlet, ""
		}
		windows[i].From = min(windows[i].From, windows[i].To)
	}
	for round := range 4 {
		var visits []data.Visit
		for v := range 30 {
			h := m.Households[rng.IntN(len(m.Households))]
			on := programmeBegin + data.Date(rng.IntN(110))
			visits = append(visits, randomVisit(rng, h.ID, fmt.Sprintf("P%d-%d", round, v), on, m.Teams))
		}
		posted, err := m.PostVisits(t.Context(), visits)
		if err != nil {
			t.Fatal(err)
		}
		state, _ = state.Join(posted, posted.Revision-1)
		states = append(states, state.Index())
		var group sync.WaitGroup
		for side := range 3 {
			own := rand.New(rand.NewPCG(uint64(side), uint64(round)))
			group.Go(func() {
				for range 8 {
					comparePlainly(t, states[own.IntN(len(states))], windows[own.IntN(len(windows))])
				}
			})
		}
		group.Wait()
	}
	settled, unsettled := 0, 0
	for _, b := range state.Index().columns.Blocks {
		if b.LastChange <= uint16(programmeEnd) {
			settled++
		} else {
			unsettled++
		}
	}
	if settled == 0 || unsettled == 0 {
		t.Errorf("%d blocks are settled and %d are not: want both kinds", settled, unsettled)
	}
}

// Blocks whose days are too far apart for steps are counted all the same.
func TestVisitsFarApart(t *testing.T) {
	m := randomProgramme(3)
	v := randomVisit(rand.New(rand.NewPCG(1, 13)), m.Households[0].ID, "OLD", 1, m.Teams)
	m.Visits = append(m.Visits, v)
	ix := index(t, m)
	if ix.columns.Blocks[0].Dated() {
		t.Fatal("the block has entries, though a day of 1900 is among its days")
	}
	rng := rand.New(rand.NewPCG(3, 14))
	for range 30 {
		q := randomQuery(rng, ix.For(Operator).BoundariesOn)
		if q.By == ByDay || q.By == ByWeek || q.By == ByMonth {
			q.From = max(q.From, programmeBegin-10)
			q.To = max(q.From, q.To)
		}
		compare(t, m, ix, Operator, q)
	}
}
