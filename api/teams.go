package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
)

type teamInput struct {
	ID string `path:"id" maxLength:"100"`
	Window
}

// teamDetail is one team with its history.
type teamDetail struct {
	Basis
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	CommuneCode string           `json:"commune_code,omitempty"`
	Members     *int             `json:"members"`
	FormedOn    *string          `json:"formed_on" format:"date"`
	DissolvedOn *string          `json:"dissolved_on" format:"date"`
	Assignments []teamAssignment `json:"assignments" doc:"which hamlets it served when, the oldest first"`
	Record      *export.Record   `json:"record" doc:"null: the team is not at work on the window's last day, or not within the parent"`
}

// TransformSchema describes the members that may be null.
func (teamDetail) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return httpx.OrNull(s, "record")
}

// teamAssignment is the hamlets that a team served from a day to another.
type teamAssignment struct {
	From    *string  `json:"from" format:"date" doc:"null: from the team's beginning"`
	To      *string  `json:"to" format:"date" doc:"null: still"`
	Hamlets []string `json:"hamlets" doc:"codes"`
}

type teamOutput struct{ Body teamDetail }

func (s *Server) routeTeams() {
	register(s, huma.Operation{
		OperationID: "get-team", Method: http.MethodGet, Path: "/api/v1/teams/{id}",
		Summary: "One team: whom it served when, and its record", Tags: []string{"coverage"},
	}, s.getTeam)
}

func (s *Server) getTeam(ctx context.Context, in *teamInput) (*teamOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	if a.View.Release() != nil {
		return nil, fmt.Errorf("figures of a team: %w", coverage.ErrNotAllowed)
	}
	at, found := slices.BinarySearchFunc(a.View.Teams(), in.ID,
		func(t data.Team, id string) int { return cmp.Compare(t.ID, id) })
	if !found {
		return nil, request.NotFound("team", in.ID)
	}
	q := in.Window.query()
	q.By = coverage.ByTeam
	result, err := a.View.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	team := &a.View.Teams()[at]
	out := teamDetail{
		Basis: basisOf(result), ID: team.ID, Name: team.Name, CommuneCode: team.CommuneCode,
		Members:  knownOrNull(team.Members),
		FormedOn: team.FormedOn.OrNull(), DissolvedOn: team.DissolvedOn.OrNull(),
	}
	all := team.Assignments()
	for i := range all {
		t := teamAssignment{From: all[i].From.OrNull(), Hamlets: append([]string{}, all[i].HamletCodes...)}
		if i+1 < len(all) {
			t.To = (all[i+1].From - 1).OrNull()
		}
		out.Assignments = append(out.Assignments, t)
	}
	if row := slices.IndexFunc(result.Rows, func(r coverage.Row) bool { return r.Team == int32(at) }); row >= 0 {
		record := export.NewRecords(result).Of(&result.Rows[row])
		out.Record = &record
	}
	return &teamOutput{out}, nil
}
