package ingest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/ingest/value"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// batchRow is a row of a batch: a record to put or a problem.
type batchRow struct {
	line     int
	id       string
	raw      string
	problem  *problem.Problem
	warnings []*problem.Problem
	placed   bool // an area that is stored under this parent already, at this level
}

// batch is some rows of one file, in its order, with the records of those that have no
// problem.
type batch struct {
	rows       []batchRow
	bytes      int // of their text
	areas      []data.Area
	households []data.Household
	teams      []data.Team
	visits     []data.Visit
}

// The limits of a batch: enough rows to make a round trip worth while, and few enough
// bytes that three batches in flight are nothing.
const (
	batchRows  = 4096
	batchBytes = 8 << 20
)

func (b *batch) full() bool { return len(b.rows) >= batchRows || b.bytes >= batchBytes }

// put writes the records of the batch. The results are one a record.
func (b *batch) put(ctx context.Context, tx data.Tx) (results []data.PutResult, err error) {
	records := 0
	switch {
	case len(b.areas) > 0:
		results, err = tx.PutAreas(ctx, b.areas)
		records = len(b.areas)
	case len(b.households) > 0:
		results, err = tx.PutHouseholds(ctx, b.households)
		records = len(b.households)
	case len(b.teams) > 0:
		results, err = tx.PutTeams(ctx, b.teams)
		records = len(b.teams)
	case len(b.visits) > 0:
		results, err = tx.PutVisits(ctx, b.visits)
		records = len(b.visits)
	}
	if err == nil && len(results) != records {
		err = fmt.Errorf("the store answered %d results for %d records", len(results), records)
	}
	return results, err
}

// parser turns the rows of a file into batches of checked records.
type parser struct {
	source  *source
	options *Options
	known   *areaLookup
	columns []string // of the kind
	missing []missingRule
	others  []int // the places of the columns that a record needs, but for its id
	in      value.Reader
	leftOut int           // rows that are none of a record
	lists   [2][]string   // kept from row to row
	slow    time.Duration // that slow checks of geometries took

	// Rows of no area, see isOfNoArea: how many there are, and the line of the first.
	ofNoArea, firstOfNoArea int
}

// given returns the fields that a row gives; the empty set where it gives them all.
func (p *parser) given(r *row) data.FieldSet {
	if all := uint16(1)<<len(columnsOf(p.source.kind)) - 1; r.present != all {
		return data.FieldSet(r.present)
	}
	return 0
}

func newParser(s *source, o *Options, known *areaLookup) *parser {
	return &parser{source: s, options: o, known: known, columns: columnsOf(s.kind), missing: missingRules[s.kind],
		others: neededBeside(s.kind), in: value.Reader{Notes: s.notes, DayFirst: o.DayFirst}}
}

// run sends batches until the file ends.
func (p *parser) run(ctx context.Context, batches chan<- *batch) error {
	var (
		r row
		b = p.newBatch()
	)
	for {
		err := p.source.rows.next(&r)
		if err == nil {
			p.add(ctx, b, &r)
			err = ctx.Err()
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(b.rows) > 0 && (err == io.EOF || b.full()) {
			select {
			case batches <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
			b = p.newBatch()
		}
		if err == io.EOF {
			return nil
		}
	}
}

func (p *parser) newBatch() *batch {
	b := &batch{rows: make([]batchRow, 0, batchRows)}
	switch p.source.kind {
	case data.Households:
		b.households = make([]data.Household, 0, batchRows)
	case data.Visits:
		b.visits = make([]data.Visit, 0, batchRows)
	}
	return b
}

// isOfNoArea reports whether a row of areas has a level and nothing else: in exports it is that of the households in no
// area, and no record.
func (p *parser) isOfNoArea(r *row) bool {
	if p.source.kind != data.Areas || r.values[areaLevel] == "" || r.geometry != nil || r.problem != nil {
		return false
	}
	for i, value := range r.values {
		if i != areaLevel && value != "" {
			return false
		}
	}
	return true
}

// add checks a row and puts it into the batch.
func (p *parser) add(ctx context.Context, b *batch, r *row) {
	if p.isOfNoArea(r) {
		if p.ofNoArea++; p.ofNoArea == 1 {
			p.firstOfNoArea = r.line
		}
		return
	}
	if r.problem == nil && r.leftOut == nil && p.isTotal(r) {
		r.leftOut = &value.Note{Kind: value.TotalLeftOut, Example: cmp.Or(r.values[0], r.first)}
	}
	if n := r.leftOut; n != nil {
		p.in.Add(n.Kind, n.Column, n.Example, r.line)
		p.leftOut++
		return
	}
	p.in.Line = r.line
	if r.problem == nil {
		p.tidy(r)
	}
	out := batchRow{line: r.line, id: r.values[0], raw: r.raw, problem: r.problem}
	if out.problem == nil {
		switch p.source.kind {
		case data.Areas:
			out.problem = p.area(ctx, b, r, &out)
		case data.Households:
			out.problem = p.household(b, r, &out)
		case data.Teams:
			out.problem = p.team(b, r)
		case data.Visits:
			out.problem = p.visit(b, r)
		}
	}
	b.rows = append(b.rows, out)
	b.bytes += len(r.raw)
}

func (p *parser) area(ctx context.Context, b *batch, r *row, out *batchRow) *problem.Problem {
	stored := p.known.complete(r)
	if missing := missingFields(data.AreaFields, r); stored == nil && missing != nil {
		return problem.NewRecordNeeds("code", "area", r.values[0], missing)
	}
	a, wrong := readArea(&p.in, r.values[:])
	if wrong != nil {
		return wrong
	}
	switch {
	case r.geometry != nil && (stored == nil || !isAsExported(r.geometry, stored.Geometry)):
		repairs, wrong := p.clean(ctx, &a, r.geometry)
		if wrong != nil {
			return wrong.At("geometry")
		}
		for _, m := range repairs {
			out.warnings = append(out.warnings, m.At("geometry"))
		}
	case stored != nil:
		a.Geometry = stored.Geometry
	}
	out.placed = stored != nil && stored.Parent == a.Parent && stored.Level == a.Level
	b.areas = append(b.areas, a)
	return nil
}

const (
	// geometryTime is how long the check of one geometry may take, and slowTime how long those of a file may together
	// that take longer than leastTime, which each one has.
	geometryTime = 10 * time.Second
	slowTime     = time.Minute
	leastTime    = time.Second
)

// clean cleans the geometry of an area within its time.
func (p *parser) clean(ctx context.Context, a *data.Area, g orb.Geometry) (repairs []*problem.Problem,
	wrong *problem.Problem) {
	allowed := max(min(geometryTime, slowTime-p.slow), leastTime)
	bounded, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	began := time.Now()
	var err error
	a.Geometry, repairs, wrong, err = geo.Clean(bounded, g)
	if took := time.Since(began); took > leastTime {
		p.slow += took
	}
	if err != nil { // run looks at the end of ctx itself
		wrong = problem.TooIntricate(int(allowed / time.Second))
	}
	return repairs, wrong
}

func (p *parser) household(b *batch, r *row, out *batchRow) *problem.Problem {
	// Into its place in the batch, so that no record is copied or allocated.
	b.households = append(b.households, data.Household{})
	h := &b.households[len(b.households)-1]
	given := p.given(r)
	if problem := readHousehold(&p.in, r.values[:], given, h); problem != nil {
		b.households = b.households[:len(b.households)-1]
		return problem
	}
	if !given.Has(householdLon) {
		return nil
	}
	if w := p.known.outside(h); w != nil {
		out.warnings = append(out.warnings, w)
	}
	return nil
}

func (p *parser) team(b *batch, r *row) *problem.Problem {
	p.lists[0] = value.List(p.lists[0][:0], r.values[teamHamlets])
	t, problem := readTeam(&p.in, r.values[:], p.lists[0], p.given(r))
	if problem != nil {
		return problem
	}
	b.teams = append(b.teams, t)
	return nil
}

func (p *parser) visit(b *batch, r *row) *problem.Problem {
	v := &r.values
	p.lists[0] = value.List(p.lists[0][:0], v[visitAssessed])
	p.lists[1] = value.List(p.lists[1][:0], v[visitShown])
	visit, problem := VisitRow{
		VisitID: v[0], HouseholdID: v[visitHousehold], TeamID: v[visitTeam], VisitedAt: v[visitAt],
		Outcome: v[visitOutcome], Assessed: p.lists[0], Shown: p.lists[1],
	}.visit(&p.in, p.given(r), p.options.Skills, p.options.Now)
	if problem != nil {
		return problem
	}
	b.visits = append(b.visits, visit)
	return nil
}
