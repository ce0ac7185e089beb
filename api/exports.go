package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
)

type exportInput struct {
	Layer  string `path:"layer" doc:"areas, cells, flags, teams or households"`
	Format string `path:"format" doc:"geojson, geojsonl, csv or xlsx"`
	Kind   string `query:"kind" maxLength:"64" doc:"of flags: only the rows with this one"`
	Spots  bool   `query:"hotspots" doc:"of cells: with their hot and cold spots"`
	Grouping
	Window
}

func (s *Server) routeExports() {
	register(s, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/api/v1/exports/{layer}.{format}",
		Summary: "A layer as a file", Tags: []string{"exports"},
		Description: "Streamed. The households layer is there only where the server shows households.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The file",
			Content: map[string]*huma.MediaType{
				export.GeoJSON.MediaType(): {}, export.GeoJSONL.MediaType(): {}, "text/csv": {}, export.XLSX.MediaType(): {},
			},
		}},
	}, s.getExport)
}

func (s *Server) getExport(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	a, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	layer := export.Layer(in.Layer)
	if !slices.Contains(export.Layers, layer) {
		return nil, &parameterError{"path.layer", in.Layer, fmt.Sprintf("want one of %v", export.Layers)}
	}
	format, err := export.ParseFormat(in.Format)
	if err != nil {
		return nil, &parameterError{"path.format", in.Format, err.Error()}
	}
	if in.Kind != "" && layer != export.Flags {
		return nil, &parameterError{"query.kind", in.Kind, "only the layer flags can be narrowed to one flag"}
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
	table, err := export.NewTable(ctx, a.index, a.viewer, export.Request{Layer: layer, Query: q, Flag: in.Kind, Spots: in.Spots})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("tungnha-%s-%s-%s.%s", layer, cmp.Or(table.From, "ever"), table.To, format)
	return s.streamed(ctx, map[string]string{
		"Content-Type":        format.MediaType(),
		"Content-Disposition": `attachment; filename="` + name + `"`,
	}, func(w io.Writer) error { return table.Write(ctx, w, format) }), nil
}
