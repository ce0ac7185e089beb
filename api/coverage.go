package api

import (
	"cmp"
	"context"
	"io"
	"math/bits"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/problem"
)

type coverageInput struct {
	By string `query:"by" enum:"area,cell,team,day,week,month" default:"area" doc:"what a row is"`
	Grouping
	Window
}

func (s *Server) routeCoverage() {
	register(s, huma.Operation{
		OperationID: "get-coverage",
		Method:      http.MethodGet,
		Path:        "/api/v1/coverage",
		Summary:     "Counts, rates and flags by area, cell, team or period",
		Description: "Rows of teams do not add up: a hamlet with two teams counts under both. For the public there are " +
			"rows by area, cell and, of closed months, month, in the windows of /api/v1/meta; counts below 10 are null, " +
			"others rounded to 5, so that they need not add up.",
		Tags: []string{"coverage"},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[export.Answer](),
				true, "Answer")},
		}}},
	}, func(ctx context.Context, in *coverageInput) (*huma.StreamResponse, error) {
		a, err := request.From(ctx)
		if err != nil {
			return nil, err
		}
		result, err := a.View.Query(ctx, in.Grouping.query(a, coverage.By(in.By), &in.Window))
		if err != nil {
			return nil, err
		}
		return s.streamed(ctx, map[string]string{"Content-Type": "application/json"}, textOf(len(result.Rows)), func(w io.Writer) error {
			return writeAnswer(ctx, w, result)
		}), nil
	})
}

type flagsInput struct {
	Kind  string `query:"kind" maxLength:"64" doc:"only the rows with this flag: no_team, unvisited, low_uptake:payment …"`
	Level string `query:"level" enum:"province,district,commune,hamlet,team" doc:"what a row is; without it: hamlets, or teams for the flags of teams"`
	Limit int    `query:"limit" minimum:"1" maximum:"20000" default:"1000" doc:"at most so many rows, the most severe"`
	Window
}

// flagged is the rows with a flag.
type flagged struct {
	Basis
	Level   string            `json:"level"`
	Matched int               `json:"matched" doc:"rows with the flag, also those beyond the limit"`
	Kinds   map[string]uint32 `json:"kinds" doc:"how many of the rows of the level have each flag"`
	Rows    []export.Record   `json:"rows" doc:"the most severe first"`
}

type flagsOutput struct{ Body flagged }

func (s *Server) routeFlags() {
	register(s, huma.Operation{
		OperationID: "get-flags",
		Method:      http.MethodGet,
		Path:        "/api/v1/flags",
		Summary:     "Areas and teams that need attention, the most severe first",
		Description: "Rows are ordered by their gravest flag (no_team, unvisited, barely_visited, low_coverage, " +
			"low_uptake, stale, understaffed, overloaded, registry_gap, too_few_data), then by how many households " +
			"are not reached.",
		Tags: []string{"coverage"},
	}, s.getFlags)
}

func (s *Server) getFlags(ctx context.Context, in *flagsInput) (*flagsOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	config := a.View.Config()
	mask := ^rules.Flags(0)
	if in.Kind != "" {
		var p *problem.Problem
		if mask, p = config.ParseFlag(in.Kind); p != nil {
			return nil, request.Parameter("query", "kind", in.Kind, p)
		}
	}
	level := in.Level
	if level == "" {
		level = string(data.Hamlet)
		if mask&^(rules.FlagUnderstaffed|rules.FlagOverloaded) == 0 {
			level = "team"
		}
	}
	if level == "team" && a.View.Release() != nil {
		return nil, request.Parameter("query", "level", level, problem.NotPublished(level, "hamlet", "commune"))
	}
	q := in.Window.query()
	q.By, q.Level = coverage.ByArea, data.Level(level)
	if level == "team" {
		q.By, q.Level = coverage.ByTeam, ""
	}
	result, err := a.View.Query(ctx, q)
	if err != nil {
		return nil, err
	}

	rows := make([]*coverage.Row, 0, len(result.Rows))
	var counts [64]uint32
	for i := range result.Rows {
		row := &result.Rows[i]
		for f := uint64(row.Flags); f != 0; f &= f - 1 {
			counts[bits.TrailingZeros64(f)]++
		}
		if row.Flags&mask != 0 {
			rows = append(rows, row)
		}
	}
	bySeverity(rows, mask)

	out := flagged{
		Basis: basisOf(result),
		Level: level, Matched: len(rows), Kinds: map[string]uint32{},
		Rows: make([]export.Record, 0, min(len(rows), in.Limit)),
	}
	for bit, n := range counts {
		if n > 0 {
			out.Kinds[config.Keys(1 << bit)[0]] = n
		}
	}
	records := export.NewRecords(result)
	for _, row := range rows[:min(len(rows), in.Limit)] {
		out.Rows = append(out.Rows, records.Of(row))
	}
	return &flagsOutput{out}, nil
}

// bySeverity sorts rows by the most severe of their flags in the mask, then by the households
// that are not reached. Counts that are kept back are zero in a row, so the order discloses
// nothing of them. Equal rows keep their order.
func bySeverity(rows []*coverage.Row, mask rules.Flags) {
	rank := func(r *coverage.Row) int { return (r.Flags & mask).MostSevere() }
	missed := func(r *coverage.Row) int64 { return int64(r.Households) - int64(r.Reached) }
	slices.SortStableFunc(rows, func(a, b *coverage.Row) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(missed(b), missed(a)))
	})
}
