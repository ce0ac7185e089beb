package tiles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tungnha/coverage"
	"tungnha/tiles/archive"
	"tungnha/tiles/glyphs"
)

// The parts of a MapLibre style. Expressions are JSON arrays, written as expr.
type (
	expr = []any

	styleSheet struct {
		Version  int                    `json:"version"`
		Name     string                 `json:"name"`
		Metadata map[string]string      `json:"metadata,omitempty"`
		Center   [2]float64             `json:"center"`
		Zoom     float64                `json:"zoom"`
		Sprite   string                 `json:"sprite,omitempty"`
		Glyphs   string                 `json:"glyphs"`
		Sources  map[string]styleSource `json:"sources"`
		Layers   []styleLayer           `json:"layers"`
	}

	styleSource struct {
		Type     string `json:"type"`
		URL      string `json:"url"`
		TileSize int    `json:"tileSize,omitempty"`
	}

	styleLayer struct {
		ID          string         `json:"id"`
		Type        string         `json:"type"`
		Source      string         `json:"source,omitempty"`
		SourceLayer string         `json:"source-layer,omitempty"`
		MinZoom     float64        `json:"minzoom,omitempty"`
		MaxZoom     float64        `json:"maxzoom,omitempty"`
		Filter      expr           `json:"filter,omitempty"`
		Layout      map[string]any `json:"layout,omitempty"`
		Paint       map[string]any `json:"paint,omitempty"`
	}
)

// The faces of labels, of which this server has the glyphs. A client that draws letters by
// itself finds the face by the second name, and takes the weight from the first.
var (
	regularFont = []string{glyphs.Regular, "Be Vietnam Pro"}
	strongFont  = []string{glyphs.SemiBold, "Be Vietnam Pro"}
)

// glyphsOf is the address of the glyphs as a style has it.
func glyphsOf(base string) string { return base + "/glyphs/{fontstack}/{range}.pbf" }

// Style returns a complete MapLibre style of the coverage of cells, the areas, and the
// flags: with the sources of this server, whose address without a slash at its end is
// base. Language is vi or en. Households are on it where the viewer may see them, and the
// basemap where there is one.
func Style(view *coverage.View, base, language string, w Window, basemap *archive.File) ([]byte, error) {
	base = strings.TrimSuffix(base, "/")
	s := styleSheet{
		Version:  8,
		Name:     "Từng Nhà",
		Metadata: map[string]string{"tungnha:version": view.Version()},
		Center:   [2]float64{108, 16},
		Zoom:     5,
		Sprite:   base + "/sprite",
		Glyphs:   glyphsOf(base),
		Sources:  make(map[string]styleSource),
	}
	if b := view.Bound(); !b.IsEmpty() {
		c := b.Center()
		s.Center, s.Zoom = [2]float64{c[0], c[1]}, 8
	}
	for _, layer := range Layers {
		if layer != Households || view.Viewer().Households {
			s.Sources[string(layer)] = styleSource{Type: "vector", URL: w.address(base, "/tiles/"+string(layer)+".json")}
		}
	}
	cells := cellLayers()
	var under, over []styleLayer
	if basemap != nil {
		s.Sources[basemapSource] = basemapSourceOf(basemap, base)
		under, over = basemapLayers(basemap, language)
		cells[0].Paint["fill-opacity"] = byZoom(10, 0.88, 13, 0.62, 16, 0.45) // streets show through
	}
	s.Layers = slices.Concat(groundLayers(), under, cells, borderLayers(), over)
	if view.Viewer().Households {
		s.Layers = append(s.Layers, dotLayer(), householdLayer())
	}
	s.Layers = append(s.Layers, labelLayers(nameIn(language))...)
	s.Layers = append(s.Layers, flagLayer())
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("style: %w", err)
	}
	return out, nil
}

func get(property string) expr { return expr{"get", property} }

func is(property string, value any) expr { return expr{"==", get(property), value} }

func has(property string) expr { return expr{"has", property} }

func not(e expr) expr { return expr{"!", e} }

// byZoom interpolates between pairs of a zoom and a value.
func byZoom(stops ...float64) expr {
	e := expr{"interpolate", expr{"linear"}, expr{"zoom"}}
	for _, s := range stops {
		e = append(e, s)
	}
	return e
}

// classed returns the colour of a share's class.
func classed(property string) expr {
	e := expr{"step", get(property), coverageRamp[0]}
	for i, b := range breaks {
		e = append(e, b, coverageRamp[i+1])
	}
	return e
}

// nameIn returns the name of an area in the language, the Vietnamese one where it has no
// other.
func nameIn(language string) expr {
	if language == "en" {
		return expr{"coalesce", get("name_en"), get("name")}
	}
	return get("name")
}

func groundLayers() []styleLayer {
	return []styleLayer{
		{ID: "surround", Type: "background", Paint: map[string]any{"background-color": colourSurround}},
		{ID: "land", Type: "fill", Source: "areas", SourceLayer: "areas", Filter: is("level", "province"),
			Paint: map[string]any{"fill-color": colourLand, "fill-antialias": false}},
	}
}

func cellLayers() []styleLayer {
	fill := func(id string, filter expr, paint map[string]any) styleLayer {
		return styleLayer{ID: id, Type: "fill", Source: "cells", SourceLayer: "cells", Filter: filter, Paint: paint}
	}
	hidden := is("suppressed", true)
	return []styleLayer{
		fill("cells-coverage", has("coverage"), map[string]any{"fill-color": classed("coverage"), "fill-opacity": 0.92}),
		fill("cells-no-data", expr{"all", not(has("coverage")), not(hidden)}, map[string]any{"fill-pattern": "pattern-no-data"}),
		fill("cells-suppressed", expr{"all", not(has("coverage")), hidden}, map[string]any{"fill-pattern": "pattern-suppressed"}),
		{ID: "cells-outline", Type: "line", Source: "cells", SourceLayer: "cells",
			Paint: map[string]any{"line-color": colourPaper, "line-width": 0.4, "line-opacity": 0.75}},
	}
}

func borderLayers() []styleLayer {
	line := func(id, level, colour string, width expr) styleLayer {
		return styleLayer{ID: id, Type: "line", Source: "areas", SourceLayer: "areas", Filter: is("level", level),
			Layout: map[string]any{"line-join": "round", "line-cap": "round"},
			Paint:  map[string]any{"line-color": colour, "line-width": width}}
	}
	noTeam := styleLayer{ID: "hamlets-no-team", Type: "fill", Source: "areas", SourceLayer: "areas",
		Filter: expr{"all", is("level", "hamlet"), is("no_team", true)},
		Paint:  map[string]any{"fill-pattern": "pattern-no-team", "fill-opacity": 0.7}}
	hamlets := line("hamlet-line", "hamlet", colourPaper, byZoom(12, 0.6, 14, 1.4))
	hamlets.MinZoom = 12 // before it they would hide the cells
	return []styleLayer{
		noTeam,
		hamlets,
		line("district-line", "district", colourBorder, byZoom(6, 0.5, 10, 1.4, 14, 2)),
		line("commune-casing", "commune", colourPaper, byZoom(7, 0.6, 10, 1.8, 14, 4)),
		line("commune-line", "commune", colourBorder, byZoom(7, 0.25, 10, 0.7, 14, 1.6)),
		line("province-line", "province", colourInk, byZoom(6, 0.8, 10, 1.6, 14, 2.5)),
	}
}

func labelLayers(name expr) []styleLayer {
	label := func(id, level string, from, to float64, font []string, size expr) styleLayer {
		return styleLayer{ID: id, Type: "symbol", Source: "areas", SourceLayer: AreaLabels,
			MinZoom: from, MaxZoom: to, Filter: is("level", level),
			Layout: map[string]any{"text-field": name, "text-font": font, "text-size": size, "text-max-width": 7, "text-padding": 3,
				// A name makes room for flags, which are placed before it.
				"text-variable-anchor": []string{"center", "top", "bottom", "left", "right"}, "text-radial-offset": 1, "text-justify": "auto"},
			Paint: map[string]any{"text-color": colourText, "text-halo-color": colourHalo, "text-halo-width": 1.6}}
	}
	return []styleLayer{
		label("province-names", "province", 0, 8, strongFont, byZoom(5, 12, 8, 16)),
		label("hamlet-names", "hamlet", 13, 0, regularFont, byZoom(13, 10.5, 16, 13)),
		label("commune-names", "commune", 8.5, 0, strongFont, byZoom(9, 11, 14, 16)),
	}
}

// flagLayer shows the most severe flag of each place by its shape. Too few data is no flag
// to raise the eyes for: it shows as a pattern, not as a symbol.
func flagLayer() styleLayer {
	images := expr{"match", get("flag")}
	kinds := []string{}
	for _, s := range symbols {
		images = append(images, s.flag, "flag-"+s.flag)
		kinds = append(kinds, s.flag)
	}
	return styleLayer{ID: "flags", Type: "symbol", Source: "flags", SourceLayer: "flags",
		Filter: expr{"in", get("flag"), expr{"literal", kinds}},
		Layout: map[string]any{
			"icon-image":      append(images, ""),
			"icon-size":       byZoom(6, 0.45, 9, 0.6, 12, 0.85, 15, 1.1),
			"icon-padding":    1,
			"symbol-sort-key": get("severity"),
		}}
}

// dotLayer shows the households of small cells by points of their number and coverage, at
// the zooms before each household has a point.
func dotLayer() styleLayer {
	radius := func(least, most float64) expr {
		return expr{"interpolate", expr{"linear"}, expr{"sqrt", get("count")}, 1, least, 10, most}
	}
	return styleLayer{ID: "households-thinned", Type: "circle", Source: "households", SourceLayer: "households",
		MinZoom: minHouseholdZoom - 2, MaxZoom: minHouseholdZoom, Filter: has("coverage"),
		Paint: map[string]any{
			"circle-color":        classed("coverage"),
			"circle-radius":       expr{"interpolate", expr{"linear"}, expr{"zoom"}, minHouseholdZoom - 2, radius(1, 4), minHouseholdZoom, radius(2, 7)},
			"circle-stroke-color": "#ffffff",
			"circle-stroke-width": 0.6,
		}}
}

// householdLayer shows what was done at each household.
func householdLayer() styleLayer {
	colours := expr{"match", get("state"),
		"reached", "#185286", "revisit_due", "#a06a12", "contacted", "#2d8a80", "attempted", "#6b6f76", "unvisited", "#8f1d5c"}
	return styleLayer{ID: "households", Type: "circle", Source: "households", SourceLayer: "households",
		MinZoom: minHouseholdZoom, Filter: is("eligible", true),
		Paint: map[string]any{
			"circle-color":        append(colours, "#6b6f76"),
			"circle-radius":       byZoom(14, 2, 16, 4, 18, 7),
			"circle-stroke-color": "#ffffff",
			"circle-stroke-width": 0.8,
		}}
}
