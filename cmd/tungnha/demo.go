package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/sqlite"
)

// demoName is what the made-up programme is called.
const demoName = "Chương trình mẫu (dữ liệu giả định)"

type demoCmd struct {
	sampleFlags
	DB   string `name:"db" help:"Where the made-up programme is kept; one of today's, made the same way, is used again." default:"tungnha-demo.gpkg" placeholder:"${default}" env:"TUNGNHA_DEMO_DB"`
	Addr string `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"${default}" env:"TUNGNHA_ADDR"`
}

// Run makes the programme and serves it, households and all, and takes visits and files: nobody is
// behind them, and nothing is lost.
func (c *demoCmd) Run(ctx context.Context, p *program) (err error) {
	if strings.Contains(c.DB, "://") {
		return p.usagef("--db: a demonstration is kept in a .gpkg file")
	}
	ready, err := c.ready(ctx, p)
	if err != nil {
		return err
	}
	if !ready {
		if err := c.make(ctx, p); err != nil {
			return err
		}
	}
	serve := serveCmd{storeFlags: storeFlags{c.DB}, Addr: c.Addr, Households: "show", OpenVisits: true,
		Imports: true}
	return serve.Run(ctx, p)
}

// recipe is what a demonstration is made of: the same recipe makes the same one.
func (c *demoCmd) recipe(p *program) string {
	return fmt.Sprintf("households %d, seed %d, areas %q, day %s, program %s", c.Households, c.Seed, c.Areas,
		data.DateOf(p.clock()), version())
}

// ready reports whether the file contains the demonstration. A file that contains anything but a
// demonstration is left alone.
func (c *demoCmd) ready(ctx context.Context, p *program) (bool, error) {
	if _, err := os.Stat(c.DB); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	store, err := sqlite.Open(ctx, c.DB)
	if err != nil {
		return false, err
	}
	meta, err := store.Meta(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return false, err
	}
	if meta["demo"] == "" {
		return false, fmt.Errorf(p.say("%s is not a demonstration: give --db another path"), c.DB)
	}
	return meta["demo"] == c.recipe(p), nil
}

// make makes the demonstration beside its place and moves it there once it is whole.
func (c *demoCmd) make(ctx context.Context, p *program) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(c.DB), ".tungnha-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(p.stderr, p.say("Making up a programme of %d households …\n"), c.Households)
	if _, err := c.write(ctx, p, dir); err != nil {
		return err
	}
	path := filepath.Join(dir, "demo.gpkg")
	if err := c.fill(ctx, p, path, dir); err != nil {
		return err
	}
	for _, log := range []string{"-wal", "-shm"} { // of the one that is replaced
		if err := os.Remove(c.DB + log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(path, c.DB)
}

// fill imports the five files of dir into a new database.
func (c *demoCmd) fill(ctx context.Context, p *program, path, dir string) (err error) {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if len(p.settings.Skills) > 0 {
		if err := store.SetSkills(ctx, p.settings.Skills); err != nil {
			return err
		}
	}
	var files []string
	for _, name := range []string{"areas.geojson", "hamlets.csv", "households.csv", "teams.csv", "visits.csv"} {
		files = append(files, filepath.Join(dir, name))
	}
	report, err := p.importFiles(ctx, store, files, ingest.Options{})
	if err != nil {
		return err
	}
	if n := report.Rejected(); n > 0 {
		return fmt.Errorf("%d rows of the made-up programme were rejected:\n%s", n, report.Text(p.lang))
	}
	return store.SetMeta(ctx, map[string]string{"name": demoName, "sample": "true", "demo": c.recipe(p)})
}
