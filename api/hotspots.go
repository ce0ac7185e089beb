package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/hotspot"
)

type hotSpotsInput struct {
	Resolution int    `query:"resolution" minimum:"3" maximum:"11" default:"8" doc:"the H3 resolution"`
	Class      string `query:"class" enum:"hot,cold" doc:"only the cells of this class; without it: all with a statistic"`
	Limit      int    `query:"limit" minimum:"1" maximum:"100000" default:"1000" doc:"at most so many cells, the farthest from the mean"`
	Window
}

// hotSpot is the statistic of the neighbourhood of one cell.
type hotSpot struct {
	Cell       string  `json:"h3" doc:"H3 index of the cell"`
	Households uint32  `json:"households"`
	Reached    uint32  `json:"reached"`
	Coverage   float64 `json:"coverage" doc:"reached / households"`
	Z          float64 `json:"z" doc:"Getis-Ord Gi*: how far coverage around the cell is from the mean, in standard deviations"`
	P          float64 `json:"p" doc:"two-sided p-value of z"`
	Q          float64 `json:"q" doc:"p-value after Benjamini and Hochberg's correction for the number of cells"`
	Class      string  `json:"class" enum:"hot,cold,not_significant" doc:"at a false discovery rate of 0.05"`
}

// hotSpots is where coverage clusters beyond chance.
type hotSpots struct {
	Basis
	Resolution int       `json:"resolution"`
	Cells      int       `json:"cells" doc:"that took part: those with households whose coverage may be shown"`
	Mean       float64   `json:"mean" doc:"of the cells' coverage, steadied for small numbers"`
	SD         float64   `json:"sd" doc:"its standard deviation"`
	Hot        int       `json:"hot" doc:"cells of that class"`
	Cold       int       `json:"cold" doc:"cells of that class"`
	Missing    *string   `json:"missing" doc:"why there is no statistic; null where there is"`
	Matched    int       `json:"matched" doc:"cells with a statistic, and of the class, also those beyond the limit"`
	Rows       []hotSpot `json:"rows" doc:"the farthest from the mean first"`
}

type hotSpotsOutput struct{ Body hotSpots }

func (s *Server) routeHotSpots() {
	register(s, huma.Operation{
		OperationID: "get-hotspots",
		Method:      http.MethodGet,
		Path:        "/api/v1/hotspots",
		Summary:     "Where high or low coverage stands together beyond chance",
		Description: "Getis-Ord Gi* of each cell and the cells around it, corrected for how many were looked at. " +
			"Cells whose counts are kept back take no part.",
		Tags: []string{"coverage"},
	}, s.getHotSpots)
}

func (s *Server) getHotSpots(ctx context.Context, in *hotSpotsInput) (*hotSpotsOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	q := in.Window.query()
	q.By, q.Resolution = coverage.ByCell, in.Resolution
	result, found, err := a.View.HotSpots(ctx, q)
	if err != nil {
		return nil, err
	}
	out := hotSpots{
		Basis:      basisOf(result),
		Resolution: result.Query.Resolution, Cells: found.Cells, Mean: found.Mean, SD: found.SD, Hot: found.Hot,
		Cold: found.Cold,
		Rows: []hotSpot{},
	}
	if found.Missing != "" {
		out.Missing = &found.Missing
	}
	for i := range result.Rows {
		row, spot := &result.Rows[i], found.Spots[i]
		if spot.Class == hotspot.None || in.Class != "" && in.Class != spot.Class.String() {
			continue
		}
		share, _ := row.Coverage()
		out.Rows = append(out.Rows, hotSpot{row.Cell.String(), row.Households, row.Reached, share, spot.Z, spot.P,
			spot.Q, spot.Class.String()})
	}
	slices.SortStableFunc(out.Rows, func(a, b hotSpot) int { return cmp.Compare(max(b.Z, -b.Z), max(a.Z, -a.Z)) })
	out.Matched = len(out.Rows)
	out.Rows = out.Rows[:min(len(out.Rows), in.Limit)]
	return &hotSpotsOutput{out}, nil
}
