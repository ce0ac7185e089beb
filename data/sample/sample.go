// Package sample is a whole made-up programme inside any boundaries, from a seed.
package sample

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"tungnha/data"
	"tungnha/data/recordfile"
	"tungnha/data/sample/calendar"
)

// Options describe the programme to make. The same options give the same bytes.
type Options struct {
	// Areas are the boundaries to fill: communes with geometry, with the provinces above
	// them or without; rows of communes without geometry lend their population to those
	// with the same code. Empty: the invented province of Province.
	Areas []data.Area

	// Households is how many to make in all. 0: one for every 3.5 people of the communes'
	// population, which is guessed from kind and area where it is not known.
	Households int

	Seed   uint64
	Today  data.Date   // the programme has run for 18 months; its last visits were yesterday
	Skills data.Skills // empty: data.DefaultSkills

	// Progress, where not nil, is called with how many of all households are written, by one goroutine at a
	// time.
	Progress func(done, total int)
}

// Report counts what was written.
type Report struct {
	Areas, Hamlets, Households, Teams, Visits int
}

func (r *Report) add(o *Report) {
	r.Hamlets += o.Hamlets
	r.Households += o.Households
	r.Teams += o.Teams
	r.Visits += o.Visits
}

// fileNames of the files that communes are written to, and the kinds of their records.
var fileNames = [numFiles]struct {
	name string
	kind data.Kind
}{
	hamletsFile:    {"hamlets.csv", data.Areas},
	householdsFile: {"households.csv", data.Households},
	teamsFile:      {"teams.csv", data.Teams},
	visitsFile:     {"visits.csv", data.Visits},
}

// workers is how many communes are made at once.
func workers() int { return runtime.GOMAXPROCS(0) }

// Write makes a programme and writes its five files into dir, which it creates where it
// has to: areas.geojson, hamlets.csv, households.csv, teams.csv and visits.csv. The files
// appear under their names only once all of them are whole. Memory is bounded by the
// largest communes, whatever the total.
func Write(ctx context.Context, dir string, opt Options) (Report, error) {
	if opt.Today == data.NoDate {
		return Report{}, errors.New("sample: the day it is for is not given")
	}
	if opt.Households < 0 {
		return Report{}, fmt.Errorf("sample: %d households: want 0 or more", opt.Households)
	}
	if len(opt.Skills) > data.MaxSkills {
		return Report{}, fmt.Errorf("sample: %d skills: want at most %d", len(opt.Skills), data.MaxSkills)
	}
	if len(opt.Skills) == 0 {
		opt.Skills = data.DefaultSkills
	}
	p, err := newPlan(ctx, &opt)
	if err != nil {
		return Report{}, fmt.Errorf("sample: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Report{}, fmt.Errorf("sample: %w", err)
	}
	w := &writer{dir: dir}
	report, err := w.write(ctx, p, &opt)
	if err := w.finish(err); err != nil {
		return Report{}, fmt.Errorf("sample: %w", err)
	}
	return report, nil
}

// writer writes the files under temporary names.
type writer struct {
	dir   string
	files []*os.File
	names []string
}

// create opens a file that finish gives its name.
func (w *writer) create(name string) (*bufio.Writer, error) {
	f, err := os.CreateTemp(w.dir, "."+name+"-*")
	if err != nil {
		return nil, err
	}
	w.files = append(w.files, f)
	w.names = append(w.names, name)
	return bufio.NewWriterSize(f, 64<<10), nil
}

// finish closes the files and gives them their names, or removes them where err is not nil.
func (w *writer) finish(err error) error {
	for _, f := range w.files {
		if err == nil {
			err = f.Chmod(0o644)
		}
		err = errors.Join(err, f.Close())
	}
	for i, f := range w.files {
		if err == nil {
			err = os.Rename(f.Name(), filepath.Join(w.dir, w.names[i]))
		}
		if err != nil {
			os.Remove(f.Name()) // what was renamed already is not there to be removed
		}
	}
	return err
}

// write makes the communes, several at once, and writes them in their order.
func (w *writer) write(ctx context.Context, p *plan, opt *Options) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	report := Report{Areas: len(p.areas)}
	areas, err := w.create("areas.geojson")
	if err != nil {
		return report, err
	}
	if err := errors.Join(recordfile.WriteAreas(areas, slices.Values(p.areas)), areas.Flush()); err != nil {
		return report, err
	}
	var outs [numFiles]*bufio.Writer
	for i, n := range fileNames {
		if outs[i], err = w.create(n.name); err != nil {
			return report, err
		}
		if _, err := io.WriteString(outs[i], recordfile.Header(n.kind)); err != nil {
			return report, err
		}
	}
	jobs, wait := p.start(ctx, opt)
	defer wait()
	defer cancel()
	total := 0
	for _, c := range p.communes {
		total += c.households
	}
	for i := range jobs {
		for c := range jobs[i].chunks {
			if _, err := outs[c.file].Write(c.text); err != nil {
				return report, err
			}
		}
		if err := jobs[i].err; err != nil {
			return report, err
		}
		report.add(&jobs[i].made)
		if opt.Progress != nil {
			opt.Progress(report.Households, total)
		}
	}
	for _, out := range outs {
		if err := out.Flush(); err != nil {
			return report, err
		}
	}
	return report, ctx.Err()
}

// job is one commune in the making. made and err may be read once chunks is closed.
type job struct {
	chunks chan chunk
	made   Report
	err    error
}

// start begins to fill the communes, in their order. The writer takes each commune's
// pieces in turn; a commune that is ahead of it waits once it has filled its channel, so
// that memory stays bounded. wait returns when all workers have ended.
func (p *plan) start(ctx context.Context, opt *Options) (jobs []job, wait func()) {
	const ahead = 160 // pieces of 256 KiB
	jobs = make([]job, len(p.communes))
	for i := range jobs {
		jobs[i].chunks = make(chan chunk, ahead)
	}
	days := calendar.New(opt.Today)
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers() {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(jobs) {
					return
				}
				c := p.communes[i]
				if c.households > 0 {
					f := &filler{
						commune: c, ctx: ctx, plan: p, rng: c.rng(2), calendar: days,
						today: opt.Today, skills: opt.Skills, out: jobs[i].chunks,
					}
					jobs[i].err = f.fill()
					jobs[i].made = f.made
				}
				close(jobs[i].chunks)
			}
		})
	}
	return jobs, all.Wait
}
