package main

import (
	"cmp"

	"golang.org/x/text/unicode/norm"

	"tungnha/coverage"
	"tungnha/data"
)

// queryFlags narrow a query, by the names of the routes' parameters.
type queryFlags struct {
	Level      string    `help:"By area: province, district, commune or hamlet. Without it: the communes, or the areas right below --parent; of flags the hamlets." enum:",province,district,commune,hamlet" default:"" placeholder:"LEVEL" env:"TUNGNHA_LEVEL"`
	Parent     string    `help:"Code of the area to stay within." placeholder:"CODE" env:"TUNGNHA_PARENT"`
	Resolution *int      `help:"By cell: H3 resolution, 3 to 11; without it: 8." placeholder:"8" env:"TUNGNHA_RESOLUTION"`
	From       data.Date `help:"First day of the window; without it: ever." placeholder:"YYYY-MM-DD" env:"TUNGNHA_FROM"`
	To         data.Date `help:"Last day of the window; without it: today." placeholder:"YYYY-MM-DD" env:"TUNGNHA_TO"`
	Boundaries data.Date `help:"Day whose boundaries count; without it: the last day of the window." placeholder:"YYYY-MM-DD" env:"TUNGNHA_BOUNDARIES"`
	Suppress   bool      `help:"Keep small counts back, so that the output is fit to publish." env:"TUNGNHA_SUPPRESS"`
}

// query fills in the level where none is named, as the routes do.
func (f *queryFlags) query(view *coverage.View, by coverage.By) coverage.Query {
	f.Parent = norm.NFC.String(f.Parent) // as all codes are
	q := coverage.Query{By: by, Parent: f.Parent, From: f.From, To: f.To, Boundaries: f.Boundaries}
	switch by {
	case coverage.ByArea:
		q.Level = data.Level(f.Level)
		if q.Level == "" {
			q.Level = view.BoundariesOn(cmp.Or(f.Boundaries, f.To)).LevelBelow(f.Parent)
		}
	case coverage.ByCell:
		q.Resolution = f.resolution()
	}
	return q
}

// resolution fills in the resolution where none is named.
func (f *queryFlags) resolution() int {
	if f.Resolution == nil {
		return 8
	}
	return *f.Resolution
}

// viewer is the operator, who sees exact counts, or the public.
func (f *queryFlags) viewer() coverage.Viewer {
	if f.Suppress {
		return coverage.Viewer{}
	}
	return coverage.Operator
}
