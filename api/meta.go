package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/export"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles"
	"tungnha/tiles/style"
)

// meta is what a page needs before it requests anything else.
type meta struct {
	Programme   string           `json:"programme" doc:"name of the programme"`
	Sample      bool             `json:"sample" doc:"the data are made up"`
	Build       string           `json:"build" doc:"version of the program"`
	Version     string           `json:"version" doc:"of the data and of how this server shows them: put it into the URLs of tiles as v, with a last day, and they can be kept for ever"`
	Definition  string           `json:"definition" doc:"version of the indicators' definitions"`
	Today       string           `json:"today" format:"date" doc:"the day on which a window without an end ends, in Asia/Ho_Chi_Minh; of the public the day before the release"`
	FirstVisit  *string          `json:"first_visit" format:"date" doc:"day of the first visit, for the public the first of its month; null: there is none"`
	LastVisit   *string          `json:"last_visit" format:"date" doc:"day of the last visit, for the public the first of its month"`
	Bounds      *[4]float64      `json:"bounds" doc:"west, south, east, north of all areas and households; null: there are none"`
	TileBounds  [4]float64       `json:"tile_bounds" doc:"west, south, east, north of the tiles that there are: cells reach beyond the areas"`
	Skills      []data.Skill     `json:"skills" doc:"what the teams teach, in the programme's order"`
	Flags       []string         `json:"flags" doc:"every flag that can be raised, the gravest first"`
	Thresholds  rules.Thresholds `json:"thresholds" doc:"limits at which flags are raised"`
	Levels      []string         `json:"levels" doc:"levels that areas have today, from the widest to the narrowest"`
	Roots       []Area           `json:"roots" doc:"areas that lie in no other"`
	Resolutions resolutions      `json:"resolutions" doc:"H3 resolutions of cells"`
	Households  bool             `json:"households" doc:"household points are shown; otherwise counts are those of the public"`
	VisitsOpen  bool             `json:"visits_open" doc:"visits are taken from everybody; otherwise a post of visits gets status 403"`
	Basemap     *basemap         `json:"basemap" doc:"what lies under the cells; null: nothing"`
	Formats     []string         `json:"formats" doc:"formats of exports"`
	TileLayers  []string         `json:"tile_layers" doc:"layers of vector tiles that this server answers"`
	Public      *publicMeta      `json:"public" doc:"what is published to who may not see small counts; null: windows are free and counts exact"`
}

// TransformSchema describes the members that may be null.
func (meta) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return httpx.OrNull(s, "basemap", "public")
}

// publicMeta is what may be requested by the public, and how its figures are rounded.
type publicMeta struct {
	Release       string         `json:"release" format:"date" doc:"figures are as of the first moment of this day, in Asia/Ho_Chi_Minh"`
	NextRelease   string         `json:"next_release" format:"date" doc:"the day from which newer figures are published"`
	Boundaries    string         `json:"boundaries" format:"date" doc:"the day whose boundaries count in every query"`
	MaxResolution int            `json:"max_resolution" doc:"the finest H3 resolution of cells; tiles of deeper zooms show it too"`
	Rounding      int            `json:"rounding" doc:"counts are rounded at random to a multiple of this, so that they need not add up"`
	Minimum       int            `json:"minimum" doc:"counts below this, 0 among them, are null and named in suppressed"`
	Windows       []publicWindow `json:"windows" doc:"the windows that may be requested: everything, the last days, closed months and closed quarters, each the latest first"`
}

// publicWindow is one window of the calendar.
type publicWindow struct {
	Key  string  `json:"key" doc:"all, 90d, 2026-10 or 2026-Q3"`
	From *string `json:"from" format:"date" doc:"null: everything up to the release"`
	To   string  `json:"to" format:"date"`
}

// publicMetaOf describes a release; nil is that of an operator.
func publicMetaOf(r *release.Release) *publicMeta {
	if r == nil {
		return nil
	}
	p := &publicMeta{Release: r.Day.String(), NextRelease: r.Next.String(), Boundaries: r.Day.String(),
		MaxResolution: release.MaxResolution, Rounding: rules.RoundingBase, Minimum: rules.MaxSmall + 1}
	for _, w := range r.Windows {
		p.Windows = append(p.Windows, publicWindow{w.Key, w.From.OrNull(), w.To.String()})
	}
	return p
}

// basemap is what the operator put under the cells. Its layers are in /basemap/style.json.
type basemap struct {
	Attribution string `json:"attribution" doc:"whose it is, to be shown on the map"`
}

type resolutions struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

type metaOutput struct{ Body meta }

func (s *Server) routeMeta() {
	register(s, huma.Operation{
		OperationID: "get-meta", Method: http.MethodGet, Path: "/api/v1/meta",
		Summary: "What the programme is and which data there are", Tags: []string{"programme"},
	}, s.getMeta)
}

func (s *Server) getMeta(ctx context.Context, _ *struct{}) (*metaOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	config := a.View.Config()
	first, last := a.View.Span()
	b := a.View.BoundariesOn(a.Today)
	m := meta{
		Programme: s.config.Programme, Sample: s.config.Sample, Build: s.config.Build,
		Version: a.Version(), Definition: export.Definition,
		Today: a.Today.String(), FirstVisit: first.OrNull(), LastVisit: last.OrNull(),
		Skills: config.Skills, Flags: flagNames(config), Thresholds: config.Thresholds,
		Levels: levelsOf(b), Roots: []Area{},
		Resolutions: resolutions{coverage.MinResolution, coverage.MaxResolution},
		Households:  a.Viewer.Households,
		VisitsOpen:  s.config.OpenVisits,
		Formats:     namesOf(export.Formats),
		Public:      publicMetaOf(a.View.Release()),
	}
	if m.Public != nil {
		m.Resolutions.Max = m.Public.MaxResolution
	}
	for _, l := range tiles.VisibleLayers(a.Viewer) {
		m.TileLayers = append(m.TileLayers, l.Name())
	}
	if b := s.config.Basemap; b != nil {
		m.Basemap = &basemap{style.PlainAttribution(b)}
	}
	if bound := a.View.Bound(); !bound.IsEmpty() {
		m.Bounds = &[4]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]}
	}
	box := tiles.Bounds(a.View)
	m.TileBounds = [4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
	for i := range b.Areas {
		if b.Find(b.Areas[i].Parent) == boundary.NoArea {
			m.Roots = append(m.Roots, describeArea(a.View, b, int32(i)))
		}
	}
	return &metaOutput{m}, nil
}

// levelsOf lists the levels that areas have, from the widest to the narrowest.
func levelsOf(b *boundary.Tree) []string {
	levels := []string{}
	for _, l := range data.Levels {
		if slices.ContainsFunc(b.Areas, func(a data.Area) bool { return a.Level == l }) {
			levels = append(levels, string(l))
		}
	}
	return levels
}

// flagNames lists every flag of the programme, the most severe first.
func flagNames(config *rules.Config) []string {
	var names []string
	skills := rules.Flags(1)<<len(config.Skills) - 1
	for _, kind := range rules.Severity {
		f := kind.Flags
		switch {
		case f&rules.FlagLowUptake != 0:
			f = rules.FlagLowUptake * skills
		case f&rules.FlagTooFewData != 0:
			f = rules.FlagTooFewData * skills
		}
		names = append(names, config.Keys(f)...)
	}
	return names
}

// namesOf turns names of a kind into plain ones.
func namesOf[T ~string](names []T) []string {
	plain := make([]string, len(names))
	for i, n := range names {
		plain[i] = string(n)
	}
	return plain
}

// getHealth reports that the process answers.
func (s *Server) getHealth(w http.ResponseWriter, r *http.Request) {
	httpx.WritePlain(w, http.StatusOK, "ok\n")
}

// getOpenAPI answers the description of the routes.
func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	text, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(append(text, '\n'))
}
