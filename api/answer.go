package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
)

// Basis is what the figures of an answer rest on. It is exported for huma, which describes
// no others where they are embedded.
type Basis struct {
	Version    string  `json:"version" doc:"of the data"`
	Definition string  `json:"definition" doc:"version of the indicators' definitions"`
	From       *string `json:"from" format:"date" doc:"first day of the window; null: ever"`
	To         string  `json:"to" format:"date" doc:"last day of the window"`
	Boundaries string  `json:"boundaries" format:"date" doc:"the day whose boundaries count"`

	BoundariesFrom *string `json:"boundaries_from" format:"date" doc:"first day on which these very boundaries hold; null: always did"`
	BoundariesTo   *string `json:"boundaries_to" format:"date" doc:"last day on which they hold; null: still do"`
}

func basisOf(result *coverage.Result) Basis {
	return Basis{
		Version:    result.Version,
		Definition: export.Definition,
		From:       result.Query.From.OrNull(),
		To:         result.Query.To.String(),
		Boundaries: result.Query.Boundaries.String(),

		BoundariesFrom: result.Boundaries.From.OrNull(),
		BoundariesTo:   result.Boundaries.To.OrNull(),
	}
}

// streamed answers with what write writes, in memory that does not grow with it. What fails
// before the first byte is answered with the problem that it is.
func (s *Server) streamed(ctx context.Context, header map[string]string,
	write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusOK)
			return
		}
		out := httpx.NewStream(w)
		err := write(out)
		if err == nil {
			return
		}
		if !out.Begun() && ctx.Err() == nil {
			for name := range header {
				w.Header().Del(name)
			}
			s.fail(w, r, err)
			return
		}
		// The status is sent: all that is left is to cut the connection, so that the client
		// does not take the part for the whole.
		if ctx.Err() == nil {
			s.log.LogAttrs(ctx, slog.LevelError, "answer cut short", slog.String("request", request.ID(ctx)),
				slog.Any("error", err))
		}
		panic(http.ErrAbortHandler)
	}}
}

// writeAnswer writes the result as an export.Answer, a row a line. Made whole, the answer
// of a province's finest cells would take gigabytes.
func writeAnswer(ctx context.Context, w io.Writer, result *coverage.Result) error {
	headOnly := *result
	headOnly.Rows = nil
	head, err := json.Marshal(export.NewAnswer(&headOnly))
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	head, found := bytes.CutSuffix(head, []byte("]}"))
	if !found {
		return errors.New("answer: its rows are not its last member")
	}
	out := bufio.NewWriterSize(w, 64<<10)
	out.Write(head)
	rows := json.NewEncoder(out)
	rows.SetEscapeHTML(false)
	records := export.NewRecords(result)
	for i := range result.Rows {
		if i > 0 {
			out.WriteByte(',')
		}
		record := records.Of(&result.Rows[i])
		if err := rows.Encode(&record); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	out.WriteString("]}\n")
	return out.Flush()
}
