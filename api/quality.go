package api

import (
	"context"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/coverage/boundary"
	"tungnha/coverage/quality"
)

// qualityReport is what in the registers somebody should look at.
type qualityReport struct {
	Version  string           `json:"version" doc:"of the data"`
	On       string           `json:"on" format:"date" doc:"the registers are looked at as they stand on this day"`
	Findings []qualityFinding `json:"findings" doc:"those that move figures from one area to another first; what is not found is not listed"`
}

// qualityFinding is one kind of doubt.
type qualityFinding struct {
	Kind     string           `json:"kind" enum:"outside_commune,unknown_hamlet,no_area,no_hamlet,no_parent,team_serves_none,team_size,no_outline,no_households"`
	Count    *int             `json:"count" doc:"records, for the public rounded; null: households, fewer than 10"`
	Examples []qualityExample `json:"examples" doc:"at most 20; of households only where the server shows them. Of outside_commune those farthest away"`
}

// qualityExample is one record in doubt.
type qualityExample struct {
	ID     string `json:"id" doc:"of the household or team; code of the area"`
	Area   string `json:"area,omitempty" doc:"code of the hamlet that a household declares, of a team's commune, of the area above"`
	Name   string `json:"name,omitempty" doc:"of an area or team"`
	Metres *int   `json:"metres,omitempty" doc:"how far outside"`
}

type qualityOutput struct{ Body qualityReport }

// inspected is the last look at the registers, which takes longer than an answer should.
type inspected struct {
	mu      sync.Mutex
	version string
	viewer  string // key
	on      string
	found   []quality.Finding
}

func (s *Server) routeQuality() {
	register(s, huma.Operation{
		OperationID: "get-quality", Method: http.MethodGet, Path: "/api/v1/quality",
		Summary: "What in the registers somebody should look at", Tags: []string{"programme"},
		Description: "Households whose point lies outside the commune of their hamlet, hamlets that nobody knows, " +
			"teams that serve none, and the like: in what is in memory today, however it came there.",
	}, s.getQuality)
}

func (s *Server) getQuality(ctx context.Context, _ *struct{}) (*qualityOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.inspect(ctx, a)
	if err != nil {
		return nil, err
	}
	b := a.View.BoundariesOn(a.Today)
	names := map[string]string{}
	for i := range a.View.Teams() {
		names[a.View.Teams()[i].ID] = a.View.Teams()[i].Name
	}
	out := qualityReport{Version: a.View.Version(), On: a.Today.String(), Findings: []qualityFinding{}}
	for _, f := range found {
		one := qualityFinding{Kind: string(f.Issue), Count: &f.Count, Examples: []qualityExample{}}
		households := f.Issue.OfHouseholds()
		if f.Hidden {
			one.Count = nil
		}
		for _, e := range f.First {
			if households && !a.Viewer.Households {
				break
			}
			example := qualityExample{ID: e.ID, Area: e.Area}
			if i := b.Find(e.ID); !households && i != boundary.NoArea {
				example.Name = b.Areas[i].Name
			} else if !households {
				example.Name = names[e.ID]
			}
			if e.Metres > 0 {
				example.Metres = &e.Metres
			}
			one.Examples = append(one.Examples, example)
		}
		out.Findings = append(out.Findings, one)
	}
	return &qualityOutput{out}, nil
}

// inspect looks at the registers once for each version of the data, viewer and day.
func (s *Server) inspect(ctx context.Context, a *request.Context) ([]quality.Finding, error) {
	last := &s.inspected
	last.mu.Lock()
	defer last.mu.Unlock()
	version, on := a.View.Version(), a.Today.String()
	if last.version == version && last.viewer == a.View.Key() && last.on == on {
		return last.found, nil
	}
	found, err := a.View.Quality(ctx, a.Today)
	if err == nil {
		last.version, last.viewer, last.on, last.found = version, a.View.Key(), on, found
	}
	return found, err
}
