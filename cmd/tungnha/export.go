package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/internal/problem"
)

type exportCmd struct {
	Layer string `arg:"" help:"areas, cells, flags, teams or households."`
	storeFlags
	queryFlags
	Kind   string `help:"Of flags: only the rows with this one, such as no_team." placeholder:"FLAG" env:"TUNGNHA_FLAG"`
	Spots  bool   `name:"hotspots" help:"Of cells: with their hot and cold spots." env:"TUNGNHA_HOTSPOTS"`
	Format string `help:"Format of the file: ${formats}. Without it: as the name of the file ends." env:"TUNGNHA_FORMAT"`
	zoomFlags
	Output string `short:"o" required:"" help:"File to write, replaced only once it is whole; - is standard output. Beside a CSV file its description is written, FILE-metadata.json." placeholder:"FILE" env:"TUNGNHA_OUTPUT"`
}

// Run writes the file.
func (c *exportCmd) Run(ctx context.Context, p *program) error {
	layer, unknown := export.ParseLayer(c.Layer)
	if unknown != nil {
		return &usageError{unknown.Reason(p.lang)}
	}
	name := c.Format
	if name == "" && c.Output != "-" {
		name = strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Output)), ".")
	}
	if name == "" {
		return p.usagef("--format is needed where the name of the file does not tell it: %s", formatNames())
	}
	if name == archiveFormat {
		return c.writeArchive(ctx, p)
	}
	format, unknown := export.ParseFormat(name)
	if unknown != nil {
		return p.usagef("format %q: want %s", name, formatNames())
	}
	if c.MinZoom != nil || c.MaxZoom != nil {
		return p.usagef("--min-zoom and --max-zoom bound the zooms of pmtiles only")
	}
	if c.Kind != "" && layer != export.Flags {
		return p.usagef("--kind narrows the layer flags only")
	}
	if c.Spots && layer != export.Cells {
		return p.usagef("--hotspots: only the layer cells has them")
	}
	ix, err := c.index(ctx, p)
	if err != nil {
		return err
	}
	view := ix.For(c.viewer())
	q := c.query(view, coverage.ByArea)
	q.Resolution = c.resolution()
	if layer == export.Flags {
		q.Level = data.Level(cmp.Or(c.Level, string(data.Hamlet)))
	}
	table, err := export.NewTable(ctx, view, export.Request{Layer: layer, Query: q, Flag: c.Kind, Spots: c.Spots})
	if err != nil {
		return p.queryFault(err)
	}
	if c.Output == "-" {
		return table.Write(ctx, p.stdout, format)
	}
	if err := writeWhole(c.Output, func(w io.Writer) error { return table.Write(ctx, w, format) }); err != nil ||
		format != export.CSV {
		return err
	}
	return writeWhole(c.Output+export.DescriptionSuffix, func(w io.Writer) error {
		return table.WriteDescription(w, filepath.Base(c.Output))
	})
}

func formatNames() string {
	names := make([]string, len(export.Formats))
	for i, f := range export.Formats {
		names[i] = string(f)
	}
	return strings.Join(append(names, archiveFormat), ", ")
}

// queryFault turns a query out of bounds into wrong usage of the flag of the same name.
func (p *program) queryFault(err error) error {
	var query *problem.ParameterError
	if errors.As(err, &query) {
		return &usageError{"--" + query.Name + ": " + query.Problem.Reason(p.lang)}
	}
	if errors.Is(err, coverage.ErrNotAllowed) {
		return p.usagef("--suppress: households themselves are never fit to publish")
	}
	return err
}

// writeWhole writes a file beside its place and then moves it there, so that it is never
// visible in part.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
