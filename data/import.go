package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Store is what Import needs of a store.
type Store interface {
	Begin(ctx context.Context) (Tx, error)
}

// Options say how to import.
type Options struct {
	// Kind is what all the files hold; empty: told from the columns of each.
	Kind Kind
	// Rejects is the path of the file for rejected rows; empty: they are only counted. It
	// is written where there are any. Of several input files each has its own, named after
	// both: rejects.csv becomes rejects-visits.csv. Rows of a GeoJSON file are rejected
	// into newline-delimited GeoJSON, with the extension .geojsonl.
	Rejects string
	// Now decides which visits lie in the future and which boundaries are those of today.
	Now time.Time
	// Skills is the programme's list; nil: DefaultSkills.
	Skills Skills
	// Progress is called now and then, from one goroutine; nil: nobody asks.
	Progress func(Progress)
}

// Progress says how far an import is.
type Progress struct {
	File  string // being read now
	Bytes int64  // read so far, of all files
	Total int64  // size of all files; 0 where it is not known
	Rows  int    // handled so far
}

// FileError is an error of what a file holds, not of the store that it was meant for: whoever
// gave the file can do something about it.
type FileError struct{ Err error }

func (e *FileError) Error() string { return e.Err.Error() }

func (e *FileError) Unwrap() error { return e.Err }

// Import reads files into the store in one transaction: all that can be used goes in, or,
// where an error is returned, nothing. Whatever their order, areas are read first, then
// teams, households and visits, so that each finds what it refers to. Rows that cannot be
// used are told in the report and kept in the rejects file; that is no error.
func Import(ctx context.Context, store Store, paths []string, o Options) (*Report, error) {
	started := time.Now()
	if o.Now.IsZero() {
		return nil, errors.New("import: the time of the import is not given")
	}
	if o.Skills == nil {
		o.Skills = DefaultSkills
	}
	sources, err := openSources(paths, o.Kind)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, s := range sources {
			s.close()
		}
	}()
	tx, err := store.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	defer tx.Rollback()

	run := &run{tx: tx, options: &o, report: &Report{}, areaFile: map[string]string{}}
	for _, s := range sources {
		run.progress.Total += s.size
	}
	rejects := newRejects(o.Rejects, sources)
	defer rejects.discard()
	for i, s := range sources {
		if err := run.file(ctx, s, rejects[i]); err != nil {
			return nil, err
		}
	}
	run.finish()
	if err := rejects.flush(); err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	run.report.Seconds = time.Since(started).Seconds()
	return run.report, rejects.keep()
}

// openSources opens the files and brings them into the order of import.
func openSources(paths []string, kind Kind) (sources []*source, err error) {
	if len(paths) == 0 {
		return nil, errors.New("import: no file is given")
	}
	for _, path := range paths {
		s, err := openSource(path, kind)
		if err != nil {
			for _, s := range sources {
				s.close()
			}
			return nil, err
		}
		sources = append(sources, s)
	}
	slices.SortStableFunc(sources, func(a, b *source) int { return cmp.Compare(a.rank(), b.rank()) })
	return sources, nil
}

// rank orders files so that each finds what it refers to. Areas in JSON have geometries
// and are those above the hamlets, as a rule.
func (s *source) rank() int {
	if s.kind == Areas && s.json {
		return 0
	}
	return 1 + slices.Index([]Kind{Areas, Teams, Households, Visits}, s.kind)
}

// run is one import under way.
type run struct {
	tx       Tx
	options  *Options
	report   *Report
	progress Progress
	areaFile map[string]string // the file of this import that an area came from, by its code
	orphans  []orphan
}

// An orphan is an area whose parent the store did not know when the area came.
type orphan struct {
	file    *FileReport
	line    int
	id      string
	parent  string
	problem *Problem
}

// finish ends the reports of the files, once all have been read: a parent may come after
// its children.
func (r *run) finish() {
	for _, o := range r.orphans {
		if _, came := r.areaFile[o.parent]; !came {
			o.file.warn(o.line, o.id, o.problem)
		}
	}
	for _, f := range r.report.Files {
		f.finish()
	}
}

// file imports one file: one goroutine parses and checks while this one writes.
func (r *run) file(ctx context.Context, s *source, rejects *rejects) error {
	started := time.Now()
	known, err := r.known(ctx, s.kind)
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	p := &parser{source: s, options: r.options, known: known}
	f := newFileReport(s)
	done := r.progress.Bytes

	batches := make(chan *batch, 2)
	group, parsing := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		if err := p.run(parsing, batches); err != nil {
			return &FileError{err}
		}
		return nil
	})
	group.Go(func() error {
		for b := range batches {
			if err := r.write(ctx, f, b, s, rejects); err != nil {
				return err
			}
			r.progress.File, r.progress.Bytes = s.path, done+s.read.Load()
			r.progress.Rows += len(b.rows)
			if r.options.Progress != nil {
				r.options.Progress(r.progress)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	if names := s.unused(); len(names) > 0 {
		f.warn(1, "", &Problem{"", "columns not used: " + quoteAll(names)})
	}
	f.Seconds = time.Since(started).Seconds()
	if rejects != nil && f.Rejected > 0 {
		f.RejectsFile = rejects.path
	}
	r.report.Files = append(r.report.Files, f)
	return nil
}

// known reads what the rows of a kind are checked against.
func (r *run) known(ctx context.Context, kind Kind) (*knownAreas, error) {
	if kind != Areas && kind != Households {
		return nil, nil
	}
	known, err := readKnownAreas(ctx, r.tx)
	if err == nil && kind == Households {
		known.locate(DateOf(r.options.Now))
	}
	return known, err
}

// write puts a batch into the store and tells the report and the rejects what became of
// each row.
func (r *run) write(ctx context.Context, f *FileReport, b *batch, s *source, rejects *rejects) error {
	effects, err := b.put(ctx, r.tx)
	if err != nil {
		return err
	}
	records := 0
	for i := range b.rows {
		row := &b.rows[i]
		problem := row.problem
		if problem == nil {
			effect := &effects[records]
			if effect.Change == Rejected {
				problem = r.explain(s, row, effect.Problem)
			} else {
				if s.kind == Areas {
					id := strings.Clone(row.id) // not to keep the whole feature
					r.areaFile[id] = s.path
					if effect.Problem != nil && effect.Problem.Field == "parent" {
						r.orphans = append(r.orphans, orphan{f, row.line, id, b.areas[records].Parent, effect.Problem})
						effect.Problem = nil
					}
				}
				f.accept(row, effect)
			}
			records++
		}
		if problem == nil {
			continue
		}
		f.reject(row, problem)
		if rejects != nil {
			if err := rejects.write(s.rows, row, problem); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain says what to do about an area that two files of one import tell of: within one
// import a store takes one word on each.
func (r *run) explain(s *source, row *batchRow, p *Problem) *Problem {
	if first := r.areaFile[row.id]; s.kind == Areas && p.Field == "code" && first != "" && first != s.path {
		return &Problem{p.Field, fmt.Sprintf("%q is in %q of the same import with other values: import this file by itself, after that one", row.id, first)}
	}
	return p
}

// batchRow is a row of a batch: a record to put or a problem.
type batchRow struct {
	line     int
	id       string
	raw      string
	problem  *Problem
	warnings []*Problem
}

// batch is some rows of one file, in its order, with the records of those that have no
// problem.
type batch struct {
	rows       []batchRow
	bytes      int // of their text
	areas      []Area
	households []Household
	teams      []Team
	visits     []Visit
}

// The limits of a batch: enough rows to make a round trip worth while, and few enough
// bytes that three batches in flight are nothing.
const (
	batchRows  = 4096
	batchBytes = 8 << 20
)

func (b *batch) full() bool { return len(b.rows) >= batchRows || b.bytes >= batchBytes }

// put writes the records of the batch. The effects are one a record.
func (b *batch) put(ctx context.Context, tx Tx) (effects []Effect, err error) {
	records := 0
	switch {
	case len(b.areas) > 0:
		effects, err = tx.PutAreas(ctx, b.areas)
		records = len(b.areas)
	case len(b.households) > 0:
		effects, err = tx.PutHouseholds(ctx, b.households)
		records = len(b.households)
	case len(b.teams) > 0:
		effects, err = tx.PutTeams(ctx, b.teams)
		records = len(b.teams)
	case len(b.visits) > 0:
		effects, err = tx.PutVisits(ctx, b.visits)
		records = len(b.visits)
	}
	if err == nil && len(effects) != records {
		err = fmt.Errorf("the store answered %d effects for %d records", len(effects), records)
	}
	return effects, err
}

// parser turns the rows of a file into batches of checked records.
type parser struct {
	source  *source
	options *Options
	known   *knownAreas
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
	case Households:
		b.households = make([]Household, 0, batchRows)
	case Visits:
		b.visits = make([]Visit, 0, batchRows)
	}
	return b
}

// add checks a row and puts it into the batch.
func (p *parser) add(b *batch, r *row) {
	out := batchRow{line: r.line, id: r.values[0], raw: r.raw, problem: r.problem}
	if out.problem == nil {
		switch p.source.kind {
		case Areas:
			out.problem = p.area(b, r, &out)
		case Households:
			out.problem = p.household(b, r, &out)
		case Teams:
			out.problem = p.team(b, r)
		case Visits:
			out.problem = p.visit(b, r)
		}
	}
	b.rows = append(b.rows, out)
	b.bytes += len(r.raw)
}

func (p *parser) area(b *batch, r *row, out *batchRow) *Problem {
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
	for _, repair := range repairs {
		out.warnings = append(out.warnings, &Problem{"geometry", repair})
	}
	b.areas = append(b.areas, a)
	return nil
}

func (p *parser) household(b *batch, r *row, out *batchRow) *Problem {
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

func (p *parser) team(b *batch, r *row) *Problem {
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

func (p *parser) visit(b *batch, r *row) *Problem {
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
