package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/internal/problem"
	"tungnha/tiles"
)

// archiveFormat is the format of the archives of tiles, which export.Formats does not have:
// their rows are tiles.
const archiveFormat = "pmtiles"

// zoomFlags bound the zooms of an archive of tiles.
type zoomFlags struct {
	MinZoom *int `help:"Of pmtiles: the widest zoom; without it: 0." placeholder:"ZOOM" env:"TUNGNHA_MIN_ZOOM"`
	MaxZoom *int `help:"Of pmtiles: the deepest zoom, at most 16; without it: 14." placeholder:"ZOOM" env:"TUNGNHA_MAX_ZOOM"`
}

// writeArchive writes the file as an archive of tiles.
func (c *exportCmd) writeArchive(ctx context.Context, p *program) error {
	a := tiles.Archive{
		Layer:      c.Layer,
		Window:     tiles.Window{From: c.From, To: c.To, Boundaries: c.Boundaries, Parent: c.Parent, HotSpots: c.Spots},
		MaxZoom:    tiles.ArchiveZoom,
		Definition: export.Definition,
	}
	if c.MinZoom != nil {
		a.MinZoom = *c.MinZoom
	}
	if c.MaxZoom != nil {
		a.MaxZoom = *c.MaxZoom
	}
	var fault *problem.ParameterError
	switch err := a.Check(); {
	case errors.As(err, &fault):
		flag := "--" + strings.ReplaceAll(fault.Name, "_", "-") + ": "
		if fault.Name == "layer" {
			flag = problem.Word("layer", p.lang) + " "
		}
		return &usageError{flag + fault.Problem.Reason(p.lang)}
	case c.Level != "":
		return p.usagef("--level: the zoom decides which levels a tile of pmtiles has")
	case c.Resolution != nil:
		return p.usagef("--resolution: the zoom decides the resolution in pmtiles; --max-zoom bounds it")
	case c.Kind != "":
		return p.usagef("--kind narrows the layer flags only")
	case c.Spots && a.Layer != tiles.Cells.Name():
		return p.usagef("--hotspots: only the layer cells has them")
	}
	var err error
	if a.Name, err = c.programme(ctx, p); err != nil {
		return err
	}
	ix, err := c.index(ctx, p)
	if err != nil {
		return err
	}
	view := ix.For(c.viewer())
	whole, err := view.Query(ctx, coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: c.Parent, From: c.From, To: c.To, Boundaries: c.Boundaries})
	if err != nil {
		return p.queryFault(err)
	}
	a.Window.To = whole.Query.To // midnight may pass while tiles are drawn
	a.Total = export.NewAnswer(whole).Total
	server := tiles.New(tiles.Config{})
	if c.Output == "-" {
		return server.WriteArchive(ctx, p.stdout, "", view, &a)
	}
	return writeWhole(c.Output, func(w io.Writer) error {
		return server.WriteArchive(ctx, w, filepath.Dir(c.Output), view, &a)
	})
}

// programme is the name of the programme whose records these are.
func (c *exportCmd) programme(ctx context.Context, p *program) (string, error) {
	store, err := c.openExisting(ctx, p)
	if err != nil {
		return "", err
	}
	meta, err := store.Meta(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return "", fmt.Errorf("name of the programme: %w", err)
	}
	return cmp.Or(p.settings.Name, meta["name"], defaultName), nil
}
