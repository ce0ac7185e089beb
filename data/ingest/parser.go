package ingest

import (
	"context"
	"fmt"
	"io"

	"tungnha/data"
	"tungnha/internal/problem"
)

// batchRow is a row of a batch: a record to put or a problem.
type batchRow struct {
	line     int
	id       string
	raw      string
	problem  *problem.Problem
	warnings []*problem.Problem
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
	lists   [2][]string // kept from row to row
}

// run sends batches until the file ends.
func (p *parser) run(ctx context.Context, batches chan<- *batch) error {
	var (
		r row
		b = p.newBatch()
	)
	for {
		err := p.source.rows.next(&r)
		if err != nil && err != io.EOF {
			return err
		}
		if err == nil {
			p.add(b, &r)
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

// add checks a row and puts it into the batch.
func (p *parser) add(b *batch, r *row) {
	out := batchRow{line: r.line, id: r.values[0], raw: r.raw, problem: r.problem}
	if out.problem == nil {
		switch p.source.kind {
		case data.Areas:
			out.problem = p.area(b, r, &out)
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

func (p *parser) area(b *batch, r *row, out *batchRow) *problem.Problem {
	stored := p.known.complete(r)
	v := &r.values
	a, repairs, problem := areaFields{
		Code: v[0], Name: v[1], NameEN: v[2], Kind: v[3], Level: v[4], Parent: v[5], ValidFrom: v[6], ValidTo: v[7],
		DeclaredHouseholds: v[8], Population: v[9], Geometry: r.geometry,
	}.Area()
	if problem != nil {
		return problem
	}
	if a.Geometry == nil && stored != nil {
		a.Geometry = stored.Geometry
	}
	out.warnings = append(out.warnings, repairs...)
	b.areas = append(b.areas, a)
	return nil
}

func (p *parser) household(b *batch, r *row, out *batchRow) *problem.Problem {
	v := &r.values
	h, problem := householdFields{
		HouseholdID: v[0], Lon: v[1], Lat: v[2], HamletCode: v[3], RegisteredOn: v[4], RemovedOn: v[5],
	}.Household()
	if problem != nil {
		return problem
	}
	if w := p.known.outside(&h); w != nil {
		out.warnings = append(out.warnings, w)
	}
	b.households = append(b.households, h)
	return nil
}

func (p *parser) team(b *batch, r *row) *problem.Problem {
	v := &r.values
	p.lists[0] = splitList(p.lists[0][:0], v[3])
	t, problem := teamFields{
		TeamID: v[0], Name: v[1], CommuneCode: v[2], HamletCodes: p.lists[0], Members: v[4], FormedOn: v[5], DissolvedOn: v[6],
		Dated: r.present>>assignedOn&1 == 1, AssignedOn: v[assignedOn],
	}.Team()
	if problem != nil {
		return problem
	}
	b.teams = append(b.teams, t)
	return nil
}

func (p *parser) visit(b *batch, r *row) *problem.Problem {
	v := &r.values
	p.lists[0] = splitList(p.lists[0][:0], v[5])
	p.lists[1] = splitList(p.lists[1][:0], v[6])
	visit, problem := VisitFields{
		VisitID: v[0], HouseholdID: v[1], TeamID: v[2], VisitedAt: v[3], Outcome: v[4], Assessed: p.lists[0], Shown: p.lists[1],
	}.Visit(p.options.Skills, p.options.Now)
	if problem != nil {
		return problem
	}
	b.visits = append(b.visits, visit)
	return nil
}
