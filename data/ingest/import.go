// Package ingest reads and writes files of records: the formats CSV and GeoJSON, the matching
// of columns, the checks of a row, the import into a store in one transaction, and its report.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// Options are how to import.
type Options struct {
	// Kind is what all the files have; empty: found by the columns of each.
	Kind data.Kind
	// Rejects is the path of the file for rejected rows; empty: they are only counted. It
	// is written where there are any. Of several input files each has its own, named after
	// both: rejects.csv becomes rejects-visits.csv. Rows of a GeoJSON file are rejected
	// into newline-delimited GeoJSON, with the extension .geojsonl.
	Rejects string
	// Lang is the language of the reasons in the rejects file; empty: English.
	Lang problem.Lang
	// Folder is left out where the report or a problem names a file in it.
	Folder string
	// Now decides which visits are in the future and which boundaries are those of today.
	Now time.Time
	// Skills is the programme's list; nil: DefaultSkills.
	Skills data.Skills
	// Encoding is how letters are written; empty: UTF-8.
	Encoding scan.Encoding
	// DayFirst: days may be written 31/12/2026.
	DayFirst bool
	// Progress is called now and then, from one goroutine; nil: is not called.
	Progress func(Progress)
}

// Progress is how far an import is.
type Progress struct {
	File  string // being read now
	Bytes int64  // read so far, of all files
	Total int64  // size of all files; 0 where it is not known
	Rows  int    // handled so far
}

// FileError is an error of the content of a file, not of the store that it was meant for: whoever
// gave the file can do something about it.
type FileError struct {
	File string
	Err  error // a *problem.Problem, or what reading the file failed with
}

func (e *FileError) Error() string { return e.File + ": " + e.Err.Error() }

func (e *FileError) Unwrap() error { return e.Err }

// Problem returns the problem of the file, nil where reading it failed.
func (e *FileError) Problem() *problem.Problem {
	if p := problem.Of(e.Err); p != nil {
		return problem.InFile(e.File, p)
	}
	return nil
}

// Import reads files into the store in one transaction: all that can be used goes in, or,
// where an error is returned, nothing. Whatever their order, areas are read first, then
// teams, households and visits, so that each finds what it refers to. Rows that cannot be
// used are in the report and in the rejects file; that is no error.
func Import(ctx context.Context, store data.Store, paths []string, o Options) (*Report, error) {
	started := time.Now()
	if o.Now.IsZero() {
		return nil, errors.New("import: the time of the import is not given")
	}
	if o.Skills == nil {
		o.Skills = data.DefaultSkills
	}
	sources, err := openSources(paths, &o)
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

	run := &run{tx: tx, options: &o, report: &Report{}, areaFile: map[string]string{}, levels: levels{}}
	for _, s := range sources {
		run.progress.Total += s.size
	}
	rejects := newRejects(o.Rejects, sources, o.Lang)
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
func openSources(paths []string, o *Options) (sources []*source, err error) {
	if len(paths) == 0 {
		return nil, errors.New("import: no file is given")
	}
	for _, path := range paths {
		s, err := openSource(path, o)
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
	if s.kind == data.Areas && s.json {
		return 0
	}
	return 1 + slices.Index([]data.Kind{data.Areas, data.Teams, data.Households, data.Visits}, s.kind)
}

// run is one import under way.
type run struct {
	tx       data.Tx
	options  *Options
	report   *Report
	progress Progress
	areaFile map[string]string // the file of this import that an area came from, by its code
	orphans  []orphan
	levels   levels // of the areas there are, in the store and so far in this import
}

// An orphan is an area whose parent was not in the store when the area was read.
type orphan struct {
	file    *FileReport
	line    int
	area    data.Area // its code, level and parent
	problem *problem.Problem
}

// finish ends the reports of the files, once all have been read: a parent may come after
// its children.
func (r *run) finish() {
	for _, o := range r.orphans {
		p := o.problem
		if _, came := r.areaFile[o.area.Parent]; came {
			p = r.levels.refuse(&o.area)
		}
		if p != nil {
			o.file.warn(o.line, o.area.Code, p)
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
	p := newParser(s, r.options, known)
	f := newFileReport(s)
	done := r.progress.Bytes

	batches := make(chan *batch, 2)
	group, parsing := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		if err := p.run(parsing, batches); err != nil {
			return &FileError{s.name, err}
		}
		return nil
	})
	group.Go(func() error {
		for b := range batches {
			if err := r.write(ctx, f, b, s, rejects); err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
			r.progress.File, r.progress.Bytes = s.name, done+s.read.Load()
			r.progress.Rows += len(b.rows)
			if r.options.Progress != nil {
				r.options.Progress(r.progress)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if names := s.unused(); len(names) > 0 {
		f.warn(1, "", problem.ColumnsNotUsed(names))
	}
	if p.ofNoArea > 0 {
		f.warn(p.firstOfNoArea, "", problem.RowsOfNoArea(p.ofNoArea))
	}
	f.note(&p.in.Notes)
	if f.Rows == 0 && p.leftOut == 0 && p.ofNoArea == 0 {
		f.warn(1, "", problem.NoRows())
	}
	f.Seconds = time.Since(started).Seconds()
	if rejects != nil && f.Rejected > 0 {
		f.RejectsFile = rejects.path
	}
	r.report.Files = append(r.report.Files, f)
	return nil
}

// known reads what the rows of a kind are checked against.
func (r *run) known(ctx context.Context, kind data.Kind) (*areaLookup, error) {
	if kind != data.Areas && kind != data.Households {
		return nil, nil
	}
	known, err := readAreaLookup(ctx, r.tx)
	if err != nil {
		return nil, err
	}
	if kind == data.Households {
		known.locate(data.DateOf(r.options.Now))
		return known, nil
	}
	for _, versions := range known.versions {
		for _, a := range versions {
			r.levels.add(a)
		}
	}
	return known, nil
}

// write puts a batch into the store and adds to the report and the rejects what became of
// each row.
func (r *run) write(ctx context.Context, f *FileReport, b *batch, s *source, rejects *rejects) error {
	if s.kind == data.Areas {
		r.refuseParents(b)
	}
	results, err := b.put(ctx, r.tx)
	if err != nil {
		return err
	}
	records := 0
	for i := range b.rows {
		row := &b.rows[i]
		problem := row.problem
		if problem == nil {
			result := &results[records]
			if result.Change == data.Rejected {
				problem = r.explain(s, row, result.Problem)
			} else {
				if s.kind == data.Areas {
					id := strings.Clone(row.id) // not to keep the whole feature
					r.areaFile[id] = s.name
					if result.Problem != nil && result.Problem.Field == "parent" {
						a := &b.areas[records]
						child := data.Area{Code: id, Level: data.Levels[a.Level.Rank()],
							Parent: strings.Clone(a.Parent)}
						r.orphans = append(r.orphans, orphan{f, row.line, child, result.Problem})
						result.Problem = nil
					}
				}
				f.accept(row, result)
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

// explain adds to the error what to do about an area that two files of one import have: within one
// import a store takes one word on each.
func (r *run) explain(s *source, row *batchRow, p *problem.Problem) *problem.Problem {
	if first := r.areaFile[row.id]; s.kind == data.Areas && p.Field == "code" && first != "" && first != s.name {
		return problem.InAnotherFile(p.Field, row.id, first)
	}
	return p
}
