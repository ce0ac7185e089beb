package tiles

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
	"tungnha/tiles/style"
)

// Areas are provinces, districts, communes and hamlets.
var Areas = &areaLayer{aboutLayer{
	name: "areas", description: "Provinces, districts, communes and hamlets with their counts",
	vectorLayers: []vectorLayer{
		{name: "areas", dimension: 2},
		{name: AreaLabels, description: "One point for each area, where its name stands"},
	},
	reach: otherReach, buffer: outline.AreaBuffer, archived: true, compares: true,
}}

type areaLayer struct{ aboutLayer }

// AreaLabels is the second layer in the tiles of Areas: a point for each area whose place
// for a name is in the tile.
const AreaLabels = "area_labels"

// The zooms from which areas of a level are shown.
const (
	districtZoom = 5
	communeZoom  = 6
	hamletZoom   = 11
)

// levelsAt returns the levels that the areas of a zoom's tiles have. Trees of before 1 July
// 2025 have districts.
func (s *shapes) levelsAt(z int) []data.Level {
	levels := []data.Level{data.Province}
	if z >= districtZoom && s.districts {
		levels = append(levels, data.District)
	}
	if z >= communeZoom {
		levels = append(levels, data.Commune)
	}
	if z >= hamletZoom {
		levels = append(levels, data.Hamlet)
	}
	return levels
}

// The fields of an area before those of its count.
const (
	keyCode = iota
	keyName
	keyNameEN
	keyLevel
	keyKind
	keyParent
)

var areaFields = []field{
	keyCode:   {"code", "String: official code"},
	keyName:   {"name", "String: name"},
	keyNameEN: {"name_en", "String: name in English"},
	keyLevel:  {"level", "String: province, district, commune or hamlet"},
	keyKind:   {"kind", "String: Phường, Xã, Thôn and the like"},
	keyParent: {"parent", "String: code of the area above"},
}

// The fields of an area between its own and those of its count: its measures, and how its shape was made.
var declaredFields, declaredProperties = measureFields(rules.InAreaTiles)

const (
	keyDerived = iota
	keyDerivedHouseholds
	keyDerivedOn
)

var derivedFields = []field{
	keyDerived: {"geometry_derived",
		"Boolean: true where the shape is made of the cells in which households live"},
	keyDerivedHouseholds: {"derived_households", "Number: households in the register that the shape is made from"},
	keyDerivedOn:         {"derived_on", "String: the latest day that the register knew of then, YYYY-MM-DD"},
}

// allAreaFields are the fields of an area before those of its count.
var allAreaFields = slices.Concat(areaFields, declaredFields, derivedFields)

func (*areaLayer) fields(skills data.Skills, with variant) []field {
	return slices.Concat(allAreaFields, countFields(skills), variantFields(with))
}

// areaZoom has the rows and the shapes of the areas of a zoom.
type areaZoom struct {
	chosen []selection
	shapes *shapes
}

func (*areaLayer) prepare(ctx context.Context, r *request, z int) (zoom, error) {
	a := &areaZoom{shapes: r.server.shapesOf(r.view, r.window.Boundaries)}
	var err error
	a.chosen, err = chooseBoth(ctx, r.view, r.window, r.earlier, a.shapes.levelsAt(z))
	return a, err
}

// around looks at all areas in one tile; for those of an archive it finds the areas of the wide tile first.
func (a *areaZoom) around(_ context.Context, wide *mvt.Transform, mark func(mvt.Box)) (draw, error) {
	chosen := a.chosen
	if mark != nil {
		var err error
		if chosen, err = a.within(wide, mark); err != nil {
			return nil, err
		}
	}
	return func(d *tileEncoder, f *mvt.Transform) error { return d.areas(f, chosen, a.shapes) }, nil
}

// within returns the selections without the areas that do not reach into a tile.
func (a *areaZoom) within(wide *mvt.Transform, mark func(mvt.Box)) ([]selection, error) {
	var chosen []selection
	for _, c := range a.chosen {
		here := *c.result
		here.Rows = nil
		for i := range c.result.Rows {
			area := c.result.Rows[i].Area
			if !c.contains(area) {
				continue
			}
			shape, err := a.shapes.of(area, wide)
			if err != nil {
				return nil, err
			}
			if shape == nil || !wide.Touches(shape.Box, outline.AreaBuffer) {
				continue
			}
			here.Rows = append(here.Rows, c.result.Rows[i])
			for j := range shape.Polygons {
				mark(shape.Polygons[j].Box)
			}
		}
		c.result = &here
		chosen = append(chosen, c)
	}
	return chosen, nil
}

func (a *areaZoom) extents(mark func(mvt.Box) error) error {
	for _, c := range a.chosen {
		for i := range c.result.Rows {
			if area := c.result.Rows[i].Area; c.contains(area) {
				if err := a.shapes.extent(area, mark); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// areaID numbers the areas of a boundary version by code, from 1.
func areaID(area int32) uint64 { return uint64(area) + 1 }

// A selection is the rows of a result that a tile draws: all, or that of one area.
type selection struct {
	result  *coverage.Result
	only    int32            // index of the area; boundary.NoArea: all
	earlier *coverage.Result // the same areas in the window to compare with; nil: none
}

// areas writes the layers of the areas of some selections, a level each, that touch the
// tile.
func (d *tileEncoder) areas(f *mvt.Transform, chosen []selection, shapes *shapes) error {
	d.begin(Areas.name)
	err := merge(chosen, func(c *selection, row *coverage.Row) error {
		s, err := shapes.of(row.Area, f)
		if err != nil || s == nil {
			return err
		}
		s.Draw(&d.mvt, f, &d.scratch)
		if len(d.mvt.Geometry) > 0 {
			d.area(0, c.result, row, shapes)
			d.areaChange(c, row)
			d.mvt.Feature(areaID(row.Area), mvt.PolygonType)
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mvt.End()

	d.begin(AreaLabels)
	err = merge(chosen, func(c *selection, row *coverage.Row) error {
		p, ok, err := shapes.label(f, row.Area)
		if ok {
			d.mvt.Point(p)
			d.area(0, c.result, row, shapes)
			d.areaChange(c, row)
			d.mvt.Feature(areaID(row.Area), mvt.PointType)
		}
		return err
	})
	d.mvt.End()
	return err
}

// merge calls yield for the rows chosen that have an area, in the order of the areas,
// which is that of their ids: levels mix in it.
func merge(chosen []selection, yield func(*selection, *coverage.Row) error) error {
	at := make([]int, len(chosen))
	for {
		next, least := -1, int32(math.MaxInt32)
		for i, c := range chosen {
			for at[i] < len(c.result.Rows) && !c.contains(c.result.Rows[at[i]].Area) {
				at[i]++
			}
			if at[i] < len(c.result.Rows) && c.result.Rows[at[i]].Area < least {
				next, least = i, c.result.Rows[at[i]].Area
			}
		}
		if next < 0 {
			return nil
		}
		if err := yield(&chosen[next], &chosen[next].result.Rows[at[next]]); err != nil {
			return err
		}
		at[next]++
	}
}

// areaChange writes how an area changed since the window to compare with, if there is one.
func (d *tileEncoder) areaChange(c *selection, row *coverage.Row) {
	if c.earlier == nil {
		return
	}
	i, found := slices.BinarySearchFunc(c.earlier.Rows, row.Area,
		func(r coverage.Row, area int32) int { return cmp.Compare(r.Area, area) })
	if found {
		d.change(len(d.keys)-len(changeFields), &c.earlier.Rows[i], row)
	}
}

func (c *selection) contains(area int32) bool {
	return area != boundary.NoArea && (c.only == boundary.NoArea || c.only == area)
}

// area writes what an area is and its count, its fields from the key first on.
func (d *tileEncoder) area(first int, result *coverage.Result, row *coverage.Row, shapes *shapes) {
	w, area := &d.mvt, &result.Boundaries.Areas[row.Area]
	text := func(key int, s string) {
		if s != "" {
			w.Tag(first+key, w.Values.Shared(s))
		}
	}
	text(keyCode, area.Code)
	text(keyName, area.Name)
	text(keyNameEN, area.NameEN)
	text(keyLevel, string(area.Level))
	text(keyKind, area.Kind)
	text(keyParent, area.Parent)
	first += len(areaFields)
	d.declared(first, area, row)
	first += len(declaredFields)
	if f := shapes.view.Geometry(area).Footprint; f != nil {
		w.Tag(first+keyDerived, w.Values.True())
		if n, ok := d.view.DerivedHouseholds(area, f); ok {
			w.Tag(first+keyDerivedHouseholds, w.Values.Uint(uint32(n)))
		}
		d.day(first+keyDerivedOn, f.On)
	}
	d.count(first+len(derivedFields), result, row)
}

// declared writes the measures that an area alone has, its fields from the key first on.
func (d *tileEncoder) declared(first int, area *data.Area, row *coverage.Row) {
	if area.DeclaredHouseholds < 0 {
		return
	}
	n := &d.numbers
	n.Set(&row.Count)
	n[rules.NumDeclared] = uint32(area.DeclaredHouseholds)
	for i := range declaredProperties {
		p := &declaredProperties[i]
		switch {
		case row.Hidden&p.hide != 0:
		case p.kind == rules.Counted:
			d.mvt.Tag(first+int(p.key), d.mvt.Values.Uint(n[p.part]))
		case n[p.whole] > 0:
			d.mvt.Tag(first+int(p.key), d.mvt.Values.Ratio(n[p.part], n[p.whole]))
		}
	}
}

// chooseBoth is choose for a window and an earlier one to compare it with; nil: none.
func chooseBoth(ctx context.Context, view *coverage.View, window, earlier *coverage.Result,
	levels []data.Level) ([]selection, error) {
	chosen, err := choose(ctx, view, window, levels)
	if err != nil || earlier == nil {
		return chosen, err
	}
	before, err := choose(ctx, view, earlier, levels)
	if err != nil {
		return nil, err
	}
	for i := range chosen {
		chosen[i].earlier = before[i].result
	}
	return chosen, nil
}

// choose requests the counts of the areas of some levels, in the window of a result. Within
// a parent it is the areas below it and the parent itself.
func choose(ctx context.Context, view *coverage.View, window *coverage.Result,
	levels []data.Level) ([]selection, error) {
	var chosen []selection
	q := window.Query
	q.By, q.Resolution = coverage.ByArea, 0
	parent := int32(boundary.NoArea)
	if q.Parent != "" {
		parent = window.Boundaries.Find(q.Parent)
	}
	for _, level := range levels {
		c := selection{only: boundary.NoArea}
		q.Level, q.Parent = level, window.Query.Parent
		if parent != boundary.NoArea {
			switch own := window.Boundaries.Areas[parent].Level.Rank(); {
			case level.Rank() < own:
				continue
			case level.Rank() == own:
				q.Parent, c.only = "", parent
			}
		}
		var err error
		if c.result, err = view.Query(ctx, q); err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

func (*areaLayer) style(language string, _ bool) style.Parts {
	return style.Parts{
		Ground: []style.Layer{{ID: "land", Type: "fill", Source: "areas", SourceLayer: "areas",
			Filter: style.Is("level", "province"),
			Paint:  map[string]any{"fill-color": style.Land, "fill-antialias": false}}},
		Lines: borderStyle(),
		Names: nameStyle(style.NameIn(language)),
	}
}

// borderStyle draws the borders of each level.
func borderStyle() []style.Layer {
	line := func(id, level, colour string, width style.Expr) style.Layer {
		return style.Layer{ID: id, Type: "line", Source: "areas", SourceLayer: "areas",
			Filter: style.Is("level", level),
			Layout: map[string]any{"line-join": "round", "line-cap": "round"},
			Paint:  map[string]any{"line-color": colour, "line-width": width}}
	}
	noTeam := style.Layer{ID: "hamlets-no-team", Type: "fill", Source: "areas", SourceLayer: "areas",
		Filter: style.Expr{"all", style.Is("level", "hamlet"), style.Is("no_team", true)},
		Paint:  map[string]any{"fill-pattern": "pattern-no-team", "fill-opacity": 0.7}}
	hamlets := line("hamlet-line", "hamlet", style.Paper, style.ByZoom(12, 0.6, 14, 1.4))
	hamlets.MinZoom = 12 // before it they would hide the cells
	return []style.Layer{
		noTeam,
		hamlets,
		line("district-line", "district", style.Border, style.ByZoom(6, 0.5, 10, 1.4, 14, 2)),
		line("commune-casing", "commune", style.Paper, style.ByZoom(7, 0.6, 10, 1.8, 14, 4)),
		line("commune-line", "commune", style.Border, style.ByZoom(7, 0.25, 10, 0.7, 14, 1.6)),
		line("province-line", "province", style.Ink, style.ByZoom(6, 0.8, 10, 1.6, 14, 2.5)),
	}
}

// nameStyle writes the names of each level.
func nameStyle(name style.Expr) []style.Layer {
	label := func(id, level string, from, to float64, font []string, size style.Expr) style.Layer {
		return style.Layer{ID: id, Type: "symbol", Source: "areas", SourceLayer: AreaLabels,
			MinZoom: from, MaxZoom: to, Filter: style.Is("level", level),
			Layout: map[string]any{"text-field": name, "text-font": font, "text-size": size, "text-max-width": 7,
				"text-padding": 3,
				// A name makes room for flags, which are placed before it.
				"text-variable-anchor": []string{"center", "top", "bottom", "left", "right"}, "text-radial-offset": 1,
				"text-justify": "auto"},
			Paint: map[string]any{"text-color": style.TextColour, "text-halo-color": style.Halo,
				"text-halo-width": 1.6}}
	}
	return []style.Layer{
		label("province-names", "province", 0, 8, style.StrongFont, style.ByZoom(5, 12, 8, 16)),
		label("hamlet-names", "hamlet", 13, 0, style.RegularFont, style.ByZoom(13, 10.5, 16, 13)),
		label("commune-names", "commune", 8.5, 0, style.StrongFont, style.ByZoom(9, 11, 14, 16)),
	}
}
