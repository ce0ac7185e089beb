package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
)

// streamPatience is how long a client may take to accept a piece of a stream.
const streamPatience = 30 * time.Second

type exportInput struct {
	Layer  string `path:"layer" doc:"areas, cells, flags, teams or households"`
	Format string `path:"format" doc:"geojson, geojsonl, csv or xlsx"`
	Kind   string `query:"kind" maxLength:"64" doc:"of flags: only the rows with this one"`
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
	table, err := export.NewTable(ctx, a.index, a.viewer, export.Request{Layer: layer, Query: q, Flag: in.Kind})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		name := fmt.Sprintf("tungnha-%s-%s-%s.%s", layer, cmp.Or(table.From, "ever"), table.To, format)
		w.Header().Set("Content-Type", format.MediaType())
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusOK)
			return
		}
		err := table.Write(ctx, &stream{w, http.NewResponseController(w)}, format)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			panic(http.ErrAbortHandler)
		default:
			// The status is sent: all that is left is to cut the connection, so that the
			// client does not take the part for the whole.
			if !errors.Is(err, context.Canceled) {
				s.log.LogAttrs(ctx, slog.LevelError, "export cut short", slog.String("request", a.id), slog.Any("error", err))
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// stream puts off the deadline of the answer with every piece that the client accepts.
type stream struct {
	w    http.ResponseWriter
	conn *http.ResponseController
}

func (s *stream) Write(b []byte) (int, error) {
	err := s.conn.SetWriteDeadline(time.Now().Add(streamPatience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.w.Write(b)
}
