package api

import (
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
	"tungnha/internal/limit"
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

// What writing a stream takes, in bytes: a row on its way to text, at most so many of them, and files that are put
// together from large parts.
const (
	rowStream  = 4 << 10
	textStream = 1 << 20
	fileStream = 24 << 20
)

// textOf is about what writing so many rows as text takes, in bytes; nothing where it is little, so that small answers
// do not wait for long ones.
func textOf(rows int) int64 {
	if rows <= 256 {
		return 0
	}
	return min(int64(rows)*rowStream, textStream)
}

// streamed answers with what write writes, in memory of so many bytes that does not grow with it. What fails
// before the first byte is answered with the problem that it is.
func (s *Server) streamed(ctx context.Context, header map[string]string, bytes int64,
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
		out := httpx.NewStream(ctx, w)
		var err error
		if bytes > 0 {
			err = limit.Reserve(ctx, limit.Stream, bytes)
		}
		if err == nil {
			err = write(out)
		}
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

// answerRows is how many rows are encoded in one go, some 64 kB.
const answerRows = 64

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
	out := bytes.NewBuffer(head)
	rows := json.NewEncoder(out)
	rows.SetEscapeHTML(false)
	records := export.NewRecords(result)
	for lo := 0; lo < len(result.Rows); lo += answerRows {
		err := limit.Run(ctx, func() error {
			for i := lo; i < min(lo+answerRows, len(result.Rows)); i++ {
				if i > 0 {
					out.WriteByte(',')
				}
				record := records.Of(&result.Rows[i])
				if err := rows.Encode(&record); err != nil {
					return fmt.Errorf("answer: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := out.WriteTo(w); err != nil {
			return err
		}
	}
	out.WriteString("]}\n")
	_, err = out.WriteTo(w)
	return err
}
