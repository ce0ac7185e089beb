package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// extentResolution is the H3 resolution of the cells by which the extent of a footprint is
// computed: there are fewer of them, with an edge of 201 m.
const extentResolution = 9

// Area is one unit as the page lists and finds it.
type Area struct {
	Code               string      `json:"code"`
	Name               string      `json:"name"`
	NameEN             string      `json:"name_en,omitempty"`
	Kind               string      `json:"kind" doc:"Phường, Xã, Thôn …"`
	Level              string      `json:"level" enum:"province,district,commune,hamlet"`
	Parent             string      `json:"parent,omitempty" doc:"code of the area above"`
	ParentName         string      `json:"parent_name,omitempty"`
	DeclaredHouseholds *int        `json:"declared_households,omitempty"`
	Population         *int        `json:"population,omitempty"`
	BBox               *[4]float64 `json:"bbox,omitempty" doc:"west, south, east, north; of a hamlet without an outline: of its footprint"`
	Center             *[2]float64 `json:"center,omitempty" doc:"lon, lat: the middle of the largest part"`
}

type areasInput struct {
	Q          string `query:"q" maxLength:"100" doc:"words of the name, of the areas above or of the code, with or without diacritics"`
	Level      string `query:"level" enum:"province,district,commune,hamlet"`
	Parent     string `query:"parent" maxLength:"64" doc:"code of an area: only those within it, at any depth"`
	Boundaries day    `query:"boundaries" doc:"the day whose boundaries count; without it: today"`
	Limit      int    `query:"limit" minimum:"1" maximum:"10000" default:"100"`
}

// areasFound is the areas that a search or a listing found.
type areasFound struct {
	Version    string `json:"version" doc:"of the data"`
	Boundaries string `json:"boundaries" format:"date"`
	Matched    int    `json:"matched" doc:"areas found, also those beyond the limit"`
	Areas      []Area `json:"areas" doc:"the best match first; without q by code"`
}

type areasOutput struct{ Body areasFound }

type areaInput struct {
	Code     string `path:"code" maxLength:"64"`
	Geometry bool   `query:"geometry" doc:"with the outline, as GeoJSON"`
	From     day    `query:"from" doc:"first day of the window of the record"`
	To       day    `query:"to" doc:"last day of the window; without it: today"`
	On       day    `query:"boundaries" doc:"the day whose boundaries count; without it: the last day of the window"`
}

// areaDetail is one area with its place in the tree and its record.
type areaDetail struct {
	Area
	Basis
	ValidFrom  *string           `json:"valid_from" format:"date"`
	ValidTo    *string           `json:"valid_to" format:"date"`
	Ancestors  []Area            `json:"ancestors" doc:"from the widest down to the parent"`
	Children   int               `json:"children" doc:"areas right below"`
	ChildLevel string            `json:"child_level,omitempty"`
	Record     export.Record     `json:"record"`
	Geometry   *geojson.Geometry `json:"geometry,omitempty"`

	GeometryDerived   bool    `json:"geometry_derived,omitempty" doc:"the outline is that of the cells in which the hamlet's households live"`
	DerivedHouseholds *int    `json:"derived_households,omitempty" doc:"households in the register that the outline is made from"`
	DerivedOn         *string `json:"derived_on,omitempty" format:"date" doc:"the latest day that the register knew of then"`
}

type areaOutput struct{ Body areaDetail }

func (s *Server) routeAreas() {
	register(s, huma.Operation{
		OperationID: "list-areas", Method: http.MethodGet, Path: "/api/v1/areas",
		Summary: "Areas, found by name or listed", Tags: []string{"areas"},
	}, s.getAreas)
	register(s, huma.Operation{
		OperationID: "get-area", Method: http.MethodGet, Path: "/api/v1/areas/{code}",
		Summary: "One area with its place in the tree and its record", Tags: []string{"areas"},
	}, s.getArea)
}

func (s *Server) getAreas(ctx context.Context, in *areasInput) (*areasOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	on, err := a.View.BoundariesDay(in.Boundaries.Date, a.Today)
	if err != nil {
		return nil, err
	}
	b := a.View.BoundariesOn(on)
	within := int32(boundary.NoArea)
	if in.Parent != "" {
		if within = b.Find(in.Parent); within == boundary.NoArea {
			return nil, request.Parameter("query", "parent", in.Parent, problem.NoSuchArea(on.String()))
		}
	}
	found := s.search.In(b).Find(in.Q, data.Level(in.Level), within)

	out := &areasOutput{}
	out.Body.Version = a.View.Version()
	out.Body.Boundaries = on.String()
	out.Body.Matched = len(found)
	out.Body.Areas = make([]Area, 0, min(len(found), in.Limit))
	for _, i := range found[:min(len(found), in.Limit)] {
		out.Body.Areas = append(out.Body.Areas, describeArea(a.View, b, i))
	}
	return out, nil
}

func (s *Server) getArea(ctx context.Context, in *areaInput) (*areaOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	on, err := a.View.BoundariesDay(in.On.Date, cmp.Or(in.To.Date, a.Today))
	if err != nil {
		return nil, err
	}
	b := a.View.BoundariesOn(on)
	i := b.Find(in.Code)
	if i == boundary.NoArea {
		return nil, request.NoArea(in.Code, on)
	}
	if !a.View.InScope(b, i) {
		return nil, fmt.Errorf("area %s: %w", in.Code, coverage.ErrOutOfScope)
	}
	// Queried among its neighbours, so that what is suppressed here is suppressed there; what is
	// beyond the scope suppresses the same without being queried.
	parent := b.Areas[i].Parent
	if up := b.Find(parent); up != boundary.NoArea && !a.View.InScope(b, up) {
		parent = ""
	}
	result, err := a.View.Query(ctx, coverage.Query{By: coverage.ByArea, Level: b.Areas[i].Level,
		Parent: parent, From: in.From.Date, To: in.To.Date, Boundaries: in.On.Date})
	if err != nil {
		return nil, err
	}
	row := slices.IndexFunc(result.Rows, func(r coverage.Row) bool { return r.Area == i })
	if row < 0 {
		return nil, fmt.Errorf("area %s is missing among the %ss of %q", in.Code, b.Areas[i].Level, b.Areas[i].Parent)
	}

	unit := &b.Areas[i]
	out := areaDetail{
		Area:      describeArea(a.View, b, i),
		Basis:     basisOf(result),
		ValidFrom: unit.ValidFrom.OrNull(),
		ValidTo:   unit.ValidTo.OrNull(),
		Ancestors: []Area{},
		Record:    export.NewRecords(result).Of(&result.Rows[row]),
	}
	for _, up := range b.Above(i) {
		out.Ancestors = append(out.Ancestors, describeArea(a.View, b, up))
	}
	if children := b.Children(i); len(children) > 0 {
		out.Children = len(children)
		out.ChildLevel = string(b.Areas[children[0]].Level)
	}
	if in.Geometry {
		if err := out.outline(a, unit, &result.Rows[row]); err != nil {
			return nil, err
		}
	}
	return &areaOutput{out}, nil
}

// outline adds the outline of the unit, or its footprint where it has none.
func (d *areaDetail) outline(a *request.Context, unit *data.Area, row *coverage.Row) error {
	geometry := a.View.Geometry(unit)
	shape, err := geometry.Shape()
	if err != nil {
		return fmt.Errorf("outline of area %s: %w", unit.Code, err)
	}
	if len(shape) > 0 {
		d.Geometry = geojson.NewGeometry(shape)
	}
	if f := geometry.Footprint; f != nil {
		d.GeometryDerived, d.DerivedOn = true, f.On.OrNull()
		if n, ok := a.View.DerivedHouseholds(unit, f); ok {
			d.DerivedHouseholds = &n
		}
	}
	return nil
}

func describeArea(view *coverage.View, b *boundary.Tree, i int32) Area {
	unit := &b.Areas[i]
	out := Area{
		Code: unit.Code, Name: unit.Name, NameEN: unit.NameEN, Kind: unit.Kind,
		Level: string(unit.Level), Parent: unit.Parent,
		DeclaredHouseholds: knownOrNull(unit.DeclaredHouseholds),
		Population:         knownOrNull(unit.Population),
	}
	if p := b.Find(unit.Parent); p != boundary.NoArea {
		out.ParentName = b.Areas[p].Name
	}
	if bound, ok := boundOf(view, unit); ok {
		out.BBox = &[4]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]}
		c := middle(unit, bound)
		out.Center = &[2]float64{c[0], c[1]}
	}
	return out
}

// boundOf returns the box around an area: of its outline, or of its cells without one.
func boundOf(view *coverage.View, unit *data.Area) (orb.Bound, bool) {
	geometry := view.Geometry(unit)
	if geometry.Footprint == nil {
		return geometry.Outline.Bound(), len(geometry.Outline) > 0
	}
	var bound orb.Bound
	var last geo.Cell
	for _, cell := range geometry.Footprint.Cells {
		if cell = cell.Parent(extentResolution); cell == last {
			continue
		}
		ring, err := cell.Boundary()
		if err != nil {
			continue // the index made the cell from a point, so it has an outline
		}
		if last == 0 {
			bound = ring.Bound()
		}
		bound, last = bound.Union(ring.Bound()), cell
	}
	return bound, last != 0
}

// middle returns the middle of the box around the largest part: an area with islands far
// out is looked for where most of it is.
func middle(unit *data.Area, bound orb.Bound) orb.Point {
	var largest float64
	for _, polygon := range unit.Geometry {
		b := polygon.Bound()
		if size := (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1]); size > largest {
			largest, bound = size, b
		}
	}
	return bound.Center()
}

func knownOrNull(n int) *int {
	if n == data.Unknown {
		return nil
	}
	return &n
}
