package coverage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/geo"
)

// The size of the benchmarks: a province.
const (
	benchHouseholds = 1_000_000
	benchVisits     = 3_000_000
	benchHamlets    = 3_766
	benchCommunes   = 94
)

var (
	benchTo   = day("2026-06-30")
	benchFrom = benchTo - 89
)

// bigSource streams a made-up province: hamlets scattered in communes, households
// clustered around their hamlet's centre, visits over two years.
type bigSource struct{ columns.Source }

func (bigSource) Read(ctx context.Context, sink data.RecordHandler) (int64, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	if err := sink.Area(&data.Area{Code: "48", Level: data.Province, DeclaredHouseholds: data.Unknown}); err != nil {
		return 0, err
	}
	centres := make([]orb.Point, benchHamlets)
	for c := range benchCommunes {
		code := fmt.Sprintf("%05d", c)
		shape := square(108+float64(c%10)*0.08, 15.5+float64(c/10)*0.08, 0.08)
		a := data.Area{Code: code, Level: data.Commune, Parent: "48", DeclaredHouseholds: data.Unknown, Geometry: shape}
		if err := sink.Area(&a); err != nil {
			return 0, err
		}
		for h := c; h < benchHamlets; h += benchCommunes {
			centres[h] = orb.Point{shape[0][0][0][0] + rng.Float64()*0.08, shape[0][0][0][1] + rng.Float64()*0.08}
			a := data.Area{Code: fmt.Sprintf("%s.%05d", code, h), Level: data.Hamlet, Parent: code,
				DeclaredHouseholds: 270}
			if err := sink.Area(&a); err != nil {
				return 0, err
			}
		}
	}
	hamlet := func(h int) string { return fmt.Sprintf("%05d.%05d", h%benchCommunes, h) }
	for h := range benchHamlets {
		t := data.Team{ID: fmt.Sprintf("T%05d", h), CommuneCode: fmt.Sprintf("%05d", h%benchCommunes),
			HamletCodes: []string{hamlet(h)}, Members: 7}
		if err := sink.Team(&t); err != nil {
			return 0, err
		}
	}
	for i := range benchHouseholds {
		h := i % benchHamlets
		record := data.Household{ID: fmt.Sprintf("H%07d", i), HamletCode: hamlet(h), Point: orb.Point{
			centres[h][0] + rng.NormFloat64()*0.003, centres[h][1] + rng.NormFloat64()*0.003}}
		if rng.IntN(50) == 0 {
			record.HamletCode = ""
		}
		if err := sink.Household(&record); err != nil {
			return 0, err
		}
	}
	for i := range benchHouseholds {
		var days [6]int
		n := rng.IntN(7)
		for v := range n {
			days[v] = rng.IntN(730)
		}
		for v := range n { // ordered, as the contract requires
			for w := v + 1; w < n; w++ {
				if days[w] < days[v] {
					days[v], days[w] = days[w], days[v]
				}
			}
			assessed := data.SkillSet(rng.Uint32()) & 31
			visit := data.Visit{ID: "V", HouseholdID: fmt.Sprintf("H%07d", i),
				TeamID: fmt.Sprintf("T%05d", i%benchHamlets),
				At:     at(benchTo-729+data.Date(days[v]), v), Outcome: data.Outcome(3 + rng.IntN(5)),
				Assessed: assessed, Shown: assessed & data.SkillSet(rng.Uint32())}
			if err := sink.Visit(&visit); err != nil {
				return 0, err
			}
		}
	}
	return 1, nil
}

var bigIndex = sync.OnceValue(func() *Index {
	ix, err := Build(context.Background(), bigSource{}, rules.DefaultConfig())
	if err != nil {
		panic(err)
	}
	return ix
})

// forget drops the counts of all windows, so that the next query counts as the first does.
func (ix *Index) forget() {
	ix.derived.windows = windows.NewCache(ix.columns.Registry, windows.DefaultBytes)
}

// answerAnew computes the result of a query anew.
func answerAnew(b *testing.B, ix *Index, v Viewer, q Query) *Result {
	ix = ix.For(v).index
	p, err := ix.plan(v, q)
	if err != nil {
		b.Fatal(err)
	}
	r, err := ix.answer(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func BenchmarkQuery(b *testing.B) {
	ix := bigIndex()
	hamlets := Query{By: ByArea, Level: data.Hamlet, To: benchTo}
	communes := Query{By: ByArea, Level: data.Commune, To: benchTo}
	cells := Query{By: ByCell, Resolution: 8, To: benchTo}
	for _, c := range []struct {
		name    string
		viewer  Viewer
		queries []Query
	}{
		{"hamlets", Operator, []Query{hamlets}}, {"cells8", Operator, []Query{cells}},
		{"both", Operator, []Query{hamlets, cells}},
		{"cells11", Operator, []Query{{By: ByCell, Resolution: 11, To: benchTo}}},
		{"teams", Operator, []Query{{By: ByTeam, To: benchTo}}},
		{"commune", Operator, []Query{{By: ByArea, Level: data.Hamlet, Parent: "00040", To: benchTo}}},
		{"months", Operator, []Query{{By: ByMonth, To: benchTo}}},
		{"three", Operator, []Query{communes, hamlets, cells}},
		{"hamlets to the public", public, []Query{hamlets}}, {"cells8 to the public", public, []Query{cells}},
		{"cells9 to the public", public, []Query{{By: ByCell, Resolution: 9}}},
	} {
		for _, w := range []struct {
			name     string
			from, to data.Date
		}{
			{"90d", benchFrom, benchTo}, {"all", data.NoDate, benchTo}, {"past", benchFrom - 365, benchTo - 365},
		} {
			b.Run(c.name+"/"+w.name, func(b *testing.B) {
				for b.Loop() {
					ix.forget()
					for _, q := range c.queries {
						if q.From, q.To = w.from, w.to; !c.viewer.SmallCounts {
							q.From, q.To = data.NoDate, data.NoDate // others are not published
						}
						answerAnew(b, ix, c.viewer, q)
					}
				}
			})
		}
	}
}

// BenchmarkSlider steps a window of 90 days week by week over 18 months, as a hand on the
// map does, and answers each step by hamlet and by cell.
func BenchmarkSlider(b *testing.B) {
	ix := bigIndex()
	const weeks = 78
	step := 0
	var slowest time.Duration
	for b.Loop() {
		if step%weeks == 0 {
			ix.forget()
		}
		to := benchTo - data.Date(7*(weeks-1-step%weeks))
		begun := time.Now()
		for _, q := range []Query{{By: ByArea, Level: data.Hamlet}, {By: ByCell, Resolution: 8}} {
			q.From, q.To = to-89, to
			answerAnew(b, ix, Operator, q)
		}
		if step > 0 {
			slowest = max(slowest, time.Since(begun))
		}
		step++
	}
	b.ReportMetric(float64(slowest.Microseconds())/1000, "ms-slowest")
}

// BenchmarkBack queries a window that was not queried before, each a day earlier than the
// one before, by commune, hamlet and cell.
func BenchmarkBack(b *testing.B) {
	ix := bigIndex()
	for _, days := range []data.Date{90, 0} {
		b.Run(fmt.Sprintf("%dd", days), func(b *testing.B) {
			ix.forget()
			for step := 0; b.Loop(); step++ {
				to := benchTo - 1 - data.Date(step%300)
				for _, q := range []Query{{By: ByArea, Level: data.Commune}, {By: ByArea, Level: data.Hamlet},
					{By: ByCell, Resolution: 8}} {
					if q.To = to; days > 0 {
						q.From = to - days + 1
					}
					answerAnew(b, ix, Operator, q)
				}
				if step%300 == 299 {
					ix.forget()
				}
			}
		})
	}
}

// BenchmarkAgain queries a window by hamlet that was queried by cell before, and a coarser
// grouping of one just computed: no pass over the visits.
func BenchmarkAgain(b *testing.B) {
	ix := bigIndex()
	answerAnew(b, ix, Operator, Query{By: ByCell, Resolution: 8, From: benchFrom, To: benchTo})
	for _, q := range []Query{
		{By: ByArea, Level: data.Hamlet}, {By: ByArea, Level: data.Commune}, {By: ByCell, Resolution: 8},
		{By: ByCell, Resolution: 6},
	} {
		q.From, q.To = benchFrom, benchTo
		b.Run(fmt.Sprintf("%s%s%d", q.By, q.Level, q.Resolution), func(b *testing.B) {
			for b.Loop() {
				answerAnew(b, ix, Operator, q)
			}
		})
	}
}

// BenchmarkCached requests a result that is cached already, by each kind of viewer.
func BenchmarkCached(b *testing.B) {
	ix := bigIndex()
	q := Query{By: ByArea, Level: data.Commune, From: benchFrom, To: benchTo}
	for _, c := range []struct {
		name   string
		viewer Viewer
	}{{"operator", Operator}, {"commune", Viewer{SmallCounts: true, Scope: []string{"00040"}}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ix.For(c.viewer).Query(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFloor is the least that an index can do that reads all visits, on as many cores:
// a bit a household in one pass over the visits, then runs added up by hamlet and by cell,
// nothing else counted.
func BenchmarkFloor(b *testing.B) {
	ix := bigIndex()
	l := ix.columns.AreasOf(ix.columns.History.VersionOn(benchTo))
	h := &ix.columns.Households
	parents := make([]geo.Cell, h.Len())
	for i, c := range h.Cells {
		parents[i] = c.Parent(8)
	}
	var starts []uint32
	var days []uint16
	var calls []uint32
	for _, block := range ix.columns.Blocks {
		for _, s := range block.Starts[:len(block.Starts)-1] {
			starts = append(starts, uint32(len(days))+s)
		}
		days, calls = append(days, block.Days...), append(calls, block.Calls...)
	}
	starts = append(starts, uint32(len(days)))
	reached := make([]bool, h.Len())
	floor := func(lo, hi int, from data.Date) {
		for i := lo; i < hi; i++ {
			hit := false
			for v := starts[i]; v < starts[i+1]; v++ {
				if days[v]-uint16(from) <= uint16(benchTo-from) &&
					calls[v]&columns.OutcomeMask == uint32(data.Completed) {
					hit = true
				}
			}
			reached[i] = hit
		}
		hamlets := make([][2]uint32, len(ix.For(Operator).BoundariesOn(benchTo).Areas)+1)
		cells := 0
		var cell geo.Cell
		var run [2]uint32
		for i := lo; i < hi; i++ {
			leaf := l.OfHousehold[i]
			hamlets[leaf][0]++
			if parents[i] != cell {
				cell, cells, run = parents[i], cells+1, [2]uint32{}
			}
			run[0]++
			if reached[i] {
				hamlets[leaf][1]++
				run[1]++
			}
		}
	}
	for _, from := range []data.Date{benchFrom, 1} {
		b.Run(fmt.Sprintf("from%d", from), func(b *testing.B) {
			for b.Loop() {
				var group sync.WaitGroup
				for w := range columns.Workers() {
					group.Go(func() { floor(w*h.Len()/columns.Workers(), (w+1)*h.Len()/columns.Workers(), from) })
				}
				group.Wait()
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		if _, err := Build(context.Background(), bigSource{}, rules.DefaultConfig()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPost(b *testing.B) {
	ix := bigIndex()
	posted := data.Posted{Revision: 2, Histories: map[string][]data.Visit{"H0000007": {{
		ID: "V", HouseholdID: "H0000007", TeamID: "T00007", At: at(benchTo, 0), Outcome: data.Completed}}}}
	for b.Loop() {
		s := NewState(ix)
		s.Join(posted, 1)
	}
}

// The budget: 64 bytes a household, its id included, and 12 bytes a visit, also after the
// index has answered every query once.
func TestMemoryBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a million households")
	}
	ix := bigIndex()
	ask(t, ix, Operator, Query{By: ByArea, Level: data.Hamlet, To: benchTo})
	ix.For(Operator).Footprint("00000.00000", 9)
	m := ix.Memory()
	perHousehold := float64(m.HouseholdBytes) / float64(m.Households)
	perVisit := float64(m.VisitBytes) / float64(m.Visits)
	t.Logf("%d households of %.1f bytes, %d visits of %.1f bytes", m.Households, perHousehold, m.Visits, perVisit)
	if perHousehold > 64 || perVisit > 12 {
		t.Errorf("got %.1f bytes a household and %.1f a visit, want at most 64 and 12", perHousehold, perVisit)
	}
	runtime.KeepAlive(ix)
}
