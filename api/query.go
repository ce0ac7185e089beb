package api

import (
	"cmp"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
)

// day is a calendar day as a parameter. data.Date is a number, which huma would read as one.
type day struct{ data.Date }

// Schema describes a day to OpenAPI.
func (day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-03-31"}}
}

// Window is what every query can be narrowed by. It and Grouping are exported for huma,
// which fills in no others where they are embedded.
type Window struct {
	From       day    `query:"from" doc:"first day of the window, in Asia/Ho_Chi_Minh; without it: ever, up to the last day. The public has the windows of /api/v1/meta"`
	To         day    `query:"to" doc:"last day of the window, itself within; without it: today, for the public the day before the release"`
	Boundaries day    `query:"boundaries" doc:"the day whose boundaries count; without it: the last day of the window, for the public the release day"`
	Parent     string `query:"parent" maxLength:"64" doc:"code of the area to stay within"`
}

func (w *Window) query() coverage.Query {
	return coverage.Query{Parent: w.Parent, From: w.From.Date, To: w.To.Date, Boundaries: w.Boundaries.Date}
}

// Grouping is what the rows are, where they can be more than one thing.
type Grouping struct {
	Level      string `query:"level" enum:"province,district,commune,hamlet" doc:"by area: the level of the rows; without it: the communes, or the areas right below the parent; of exported flags the hamlets"`
	Resolution int    `query:"resolution" minimum:"3" maximum:"11" default:"8" doc:"by cell: the H3 resolution"`
}

// query fills in the level where none is named.
func (g *Grouping) query(a *request.Context, by coverage.By, w *Window) coverage.Query {
	q := w.query()
	q.By = by
	switch by {
	case coverage.ByArea:
		q.Level = data.Level(g.Level)
		if q.Level == "" {
			q.Level = a.View.BoundariesOn(cmp.Or(q.Boundaries, q.To, a.Today)).LevelBelow(q.Parent)
		}
	case coverage.ByCell:
		q.Resolution = g.Resolution
	}
	return q
}
