package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/api/transfer"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/internal/problem"
	"tungnha/tiles"
)

// The format of the archives of tiles, which export.Formats does not have: their rows are
// tiles.
const (
	archiveFormat = "pmtiles"
	archiveType   = "application/vnd.pmtiles"
)

// getArchive answers with an archive of the tiles of a layer, or with the job that makes it:
// its file can be read in ranges, as clients of the format do.
func (s *Server) getArchive(ctx context.Context, a *request.Context, in *exportInput) (*huma.StreamResponse, error) {
	archive := &tiles.Archive{
		Layer: in.Layer, MinZoom: in.MinZoom, MaxZoom: in.MaxZoom,
		Window: tiles.Window{From: in.From.Date, To: in.To.Date, Boundaries: in.Boundaries.Date, Parent: in.Parent,
			HotSpots: in.Spots},
		Name: s.config.Programme, Definition: export.Definition,
	}
	var fault *problem.ParameterError
	if err := archive.Check(); errors.As(err, &fault) {
		in := "query"
		if fault.Name == "layer" {
			in = "path"
		}
		return nil, request.Parameter(in, fault.Name, "", fault.Problem)
	}
	asked, err := url.ParseQuery(in.query)
	if err != nil {
		return nil, request.Parameter("query", "", in.query, problem.Malformed(err.Error()))
	}
	for _, name := range []string{"level", "resolution", "kind"} {
		if asked.Has(name) {
			return nil, request.Parameter("query", name, asked.Get(name), problem.ZoomDecides())
		}
	}
	whole, err := a.View.Query(ctx, coverage.Query{By: coverage.ByCell, Resolution: coverage.MinResolution,
		Parent: in.Parent, From: in.From.Date, To: in.To.Date, Boundaries: in.Boundaries.Date})
	if err != nil {
		return nil, err
	}
	archive.Window.To = whole.Query.To
	archive.Total = export.NewAnswer(whole).Total
	from := "ever"
	if in.From.Date != 0 {
		from = in.From.String()
	}
	file := fmt.Sprintf("tungnha-%s-%s-%s.%s", in.Layer, from, whole.Query.To, archiveFormat)
	write := func(ctx context.Context, w io.Writer, _ *atomic.Int64) error {
		return s.tiles.Tiles.WriteArchive(ctx, w, "", a.View, archive)
	}
	if in.method == http.MethodGet && prefersAsync(in.Prefer) {
		return s.startJob(ctx, &transfer.Work{Name: file, MediaType: archiveType, Write: write}, a.View.Key())
	}
	return s.streamed(ctx, map[string]string{
		"Content-Type":        archiveType,
		"Content-Disposition": `attachment; filename="` + file + `"`,
		"Vary":                "Prefer",
	}, fileStream, func(w io.Writer) error {
		// It keeps all cores busy: as many at once as jobs.
		return s.jobs.InSlot(ctx, s.jobs.RunSlots, func() error { return write(ctx, w, nil) })
	}), nil
}
