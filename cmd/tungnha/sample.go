package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/sample"
	"tungnha/data/sqlite"
)

// sampleFlags describe the made-up programme.
type sampleFlags struct {
	Areas      []string `help:"Boundaries to fill: GeoJSON, with CSV of code,population beside it or not; again for more. Without it: an invented province." sep:"none" placeholder:"FILE" env:"TUNGNHA_AREAS"`
	Households int      `help:"How many households to make; 0: one for every 3.5 people." default:"${households}" env:"TUNGNHA_SAMPLE_HOUSEHOLDS"`
	Seed       uint64   `help:"The same seed makes the same programme." default:"1" env:"TUNGNHA_SEED"`
}

type sampleCmd struct {
	Out string `required:"" help:"Folder for the five files." placeholder:"DIR" env:"TUNGNHA_OUT"`
	sampleFlags
}

// Run writes the files.
func (c *sampleCmd) Run(ctx context.Context, p *program) error {
	report, err := c.write(ctx, p, c.Out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, p.say("%d areas, %d hamlets, %d households, %d teams, %d visits in %s\n"),
		report.Areas, report.Hamlets, report.Households, report.Teams, report.Visits, c.Out)
	return err
}

func (f *sampleFlags) write(ctx context.Context, p *program, dir string) (sample.Report, error) {
	if f.Households < 0 {
		return sample.Report{}, p.usagef("--households: %d: want 0 or more", f.Households)
	}
	areas, err := f.areas(ctx, p)
	if err != nil {
		return sample.Report{}, err
	}
	bar := p.newBar("sample")
	defer bar.done()
	return sample.Write(ctx, dir, sample.Options{
		Areas: areas, Households: f.Households, Seed: f.Seed,
		Today: data.DateOf(p.clock()), Skills: p.settings.Skills,
		Progress: func(done, total int) { bar.set(int64(done), int64(total)) },
	})
}

// areas reads the boundaries by importing them into a database that is thrown away: so
// files beside each other complete each other, and what is wrong with them is reported.
func (f *sampleFlags) areas(ctx context.Context, p *program) (areas []data.Area, err error) {
	if len(f.Areas) == 0 {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "tungnha-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "areas.gpkg"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, path := range f.Areas { // one after the other: the next completes the one before
		report, err := ingest.Import(ctx, store, []string{path}, ingest.Options{Kind: data.Areas, Now: p.clock()})
		if err != nil {
			return nil, err
		}
		if report.Rejected() > 0 {
			if _, err := io.WriteString(p.stderr, report.Text(p.lang)); err != nil {
				return nil, err
			}
		}
	}
	tx, err := store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	err = tx.ReadAreas(ctx, func(a *data.Area) error {
		areas = append(areas, *a)
		return nil
	})
	return areas, err
}
