package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/api/transfer"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/internal/problem"
)

type exportInput struct {
	Layer   string `path:"layer" doc:"areas, cells, flags, teams or households"`
	Format  string `path:"format" doc:"geojson, geojsonl, geojsons, csv, xlsx, parquet or gpkg; pmtiles, of cells and areas: the map's tiles in one archive; csv-metadata.json: the description of the CSV file"`
	Kind    string `query:"kind" maxLength:"64" doc:"of flags: only the rows with this one"`
	Spots   bool   `query:"hotspots" doc:"of cells: with their hot and cold spots"`
	MinZoom int    `query:"min_zoom" minimum:"0" maximum:"16" default:"0" doc:"of pmtiles: the widest zoom"`
	MaxZoom int    `query:"max_zoom" minimum:"0" maximum:"16" default:"14" doc:"of pmtiles: the deepest zoom"`
	Prefer  string `header:"Prefer" maxLength:"256" doc:"respond-async: make the file apart, and answer with the job that does"`
	Grouping
	Window

	query  string // as it came
	method string
}

// Resolve keeps the query for links, and the method: a HEAD begins no job.
func (in *exportInput) Resolve(hc huma.Context) []error {
	u := hc.URL()
	in.query, in.method = u.RawQuery, hc.Method()
	return nil
}

func (s *Server) routeExports() {
	register(s, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/api/v1/exports/{layer}.{format}",
		Summary: "A layer as a file", Tags: []string{"exports"},
		Description: "Streamed. The households layer is there only where the server shows households. Each file " +
			"says what it stands on, so that `tungnha verify` can check it; a CSV file's Link header names the " +
			"description that does so for it.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The file",
			Content:     exportTypes(),
		}, "202": transfer.JobResponse(s.huma.OpenAPI().Components.Schemas,
			"The job that makes the file; Location says where it is"), "default": httpx.ProblemResponse()},
	}, s.getExport)
}

func exportTypes() map[string]*huma.MediaType {
	types := map[string]*huma.MediaType{export.DescriptionType: {}, archiveType: {}}
	for _, f := range export.Formats {
		name, _, _ := strings.Cut(f.MediaType(), ";")
		types[name] = &huma.MediaType{}
	}
	return types
}

func (s *Server) getExport(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	layer, p := export.ParseLayer(in.Layer)
	if p != nil {
		return nil, request.Parameter("path", "layer", in.Layer, p)
	}
	if in.Format == archiveFormat {
		return s.getArchive(ctx, a, in)
	}
	name, description := strings.CutSuffix(in.Format, export.DescriptionSuffix)
	format, p := export.ParseFormat(name)
	if p == nil && description && format != export.CSV {
		p = problem.OnlyCSVDescribed(in.Format)
	}
	if p != nil {
		return nil, request.Parameter("path", "format", in.Format, p)
	}
	if in.Kind != "" && layer != export.Flags {
		return nil, request.Parameter("query", "kind", in.Kind, problem.FlagOfLayer())
	}
	q := in.Window.query()
	switch layer {
	case export.Areas:
		q = in.Grouping.query(a, coverage.ByArea, &in.Window)
	case export.Flags:
		q.Level = data.Level(cmp.Or(in.Level, string(data.Hamlet)))
	case export.Cells:
		q.Resolution = in.Resolution
	}
	view, req := a.View, export.Request{Layer: layer, Query: q, Flag: in.Kind, Spots: in.Spots}
	table, err := export.NewTable(ctx, view, req)
	if err != nil {
		return nil, err
	}
	file := fmt.Sprintf("tungnha-%s-%s-%s.%s", layer, cmp.Or(table.From, "ever"), table.To, format)
	header := map[string]string{
		"Content-Type":        format.MediaType(),
		"Content-Disposition": `attachment; filename="` + file + `"`,
	}
	write := func(w io.Writer) error { return table.Write(ctx, w, format) }
	switch {
	case description:
		header["Content-Type"] = export.DescriptionType
		header["Content-Disposition"] = `attachment; filename="` + file + export.DescriptionSuffix + `"`
		write = func(w io.Writer) error { return table.WriteDescription(w, file) }
	case format == export.CSV:
		header["Link"] = fmt.Sprintf(`<%s>; rel="describedby"; type="%s"`, describedAt(in.Layer, in.query),
			export.DescriptionType)
	}
	if !description && in.method == http.MethodGet && prefersAsync(in.Prefer) {
		return s.startJob(ctx, &transfer.Work{Name: file, MediaType: format.MediaType(), AtMost: table.AtMost,
			Write: func(ctx context.Context, w io.Writer, rows *atomic.Int64) error {
				// Anew, when its turn comes: jobs that wait take no memory.
				table, err := export.NewTable(ctx, view, req)
				if err != nil {
					return err
				}
				return table.Counting(rows).Write(ctx, w, format)
			}}, a.View.Key())
	}
	header["Vary"] = "Prefer"
	bytes := textOf(table.AtMost)
	if format == export.Parquet || format == export.XLSX || format == export.GeoPackage {
		bytes = fileStream
	}
	if !description && (format == export.XLSX || format == export.GeoPackage) { // made in a temporary file first
		made := write
		write = func(w io.Writer) error { return s.jobs.InSlot(ctx, s.jobs.SendSlots, func() error { return made(w) }) }
	}
	return s.streamed(ctx, header, bytes, write), nil
}

// describedAt is where the description of a CSV file of the layer is, seen from the file.
func describedAt(layer, query string) string {
	at := layer + "." + string(export.CSV) + export.DescriptionSuffix
	if query != "" {
		at += "?" + query
	}
	return at
}

// prefersAsync reports whether a Prefer header, of RFC 7240, has respond-async.
func prefersAsync(header string) bool {
	for preference := range strings.SplitSeq(header, ",") {
		token, _, _ := strings.Cut(preference, ";")
		if strings.EqualFold(strings.TrimSpace(token), "respond-async") {
			return true
		}
	}
	return false
}

// startJob answers with the job that makes the file.
func (s *Server) startJob(ctx context.Context, work *transfer.Work, viewer string) (*huma.StreamResponse, error) {
	one, err := s.jobs.Start(work, viewer, request.Client(ctx))
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		s.jobs.WriteAccepted(w, one)
	}}, nil
}
