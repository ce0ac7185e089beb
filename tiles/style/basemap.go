package style

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"tungnha/tiles/archive"
)

// BasemapSource is the name of the basemap among the sources of a style.
const BasemapSource = "basemap"

// BasemapSourceOf returns the source of the tiles of a basemap. Base is the address of this server.
func BasemapSourceOf(b *archive.File, base string) Source {
	s := Source{Type: "vector", URL: base + "/basemap.json"}
	if b.Type != archive.MVT {
		s.Type, s.TileSize = "raster", 256
	}
	return s
}

var tag = regexp.MustCompile(`<[^>]*>`)

// PlainAttribution returns whose basemap it is as text for people, without HTML.
func PlainAttribution(b *archive.File) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(b.Attribution, " "))), " ")
}

// The colours of a basemap: paler than any cell, so that it helps to find one's way and encodes
// no data of its own.
const (
	water      = "#cddfe6"
	green      = "#e6ebd6"
	built      = "#efe9dc"
	building   = "#e3dccb"
	roadColour = "#ffffff"
	casing     = "#cfc6b3"
	path       = "#d3cab9"
	rail       = "#bdb5a6"
	streetName = "#6a6456"
)

// basemapLayers returns the layers of a basemap that are under the cells and those that are
// above them: OpenMapTiles and Protomaps are known by their layers; of others, shapes and
// lines are drawn all alike.
func basemapLayers(b *archive.File, language string) (under, over []Layer) {
	if b.Type != archive.MVT {
		return []Layer{{ID: "basemap", Type: "raster", Source: BasemapSource,
			Paint: map[string]any{"raster-saturation": -0.4, "raster-opacity": 0.9}}}, nil
	}
	name := nameInBasemap(language)
	switch {
	case hasLayer(b, "transportation"):
		under, over = openMapTiles(name)
	case hasLayer(b, "roads") && hasLayer(b, "earth"):
		under, over = protomaps(name)
	}
	if under != nil {
		// MapLibre takes a layer that the tiles do not have for a mistake.
		missing := func(l Layer) bool { return !hasLayer(b, l.SourceLayer) }
		return slices.DeleteFunc(under, missing), slices.DeleteFunc(over, missing)
	}
	for _, l := range b.VectorLayers {
		under = append(under,
			Layer{ID: "basemap-" + l.ID, Type: "fill", Source: BasemapSource, SourceLayer: l.ID,
				Filter: geometry("Polygon"),
				Paint:  map[string]any{"fill-color": built, "fill-opacity": 0.6}},
			Layer{ID: "basemap-" + l.ID + "-line", Type: "line", Source: BasemapSource, SourceLayer: l.ID,
				Filter: geometry("LineString"),
				Paint:  map[string]any{"line-color": casing, "line-width": ByZoom(8, 0.5, 16, 2)}})
	}
	return under, nil
}

func hasLayer(b *archive.File, id string) bool {
	return slices.ContainsFunc(b.VectorLayers, func(l archive.VectorLayer) bool { return l.ID == id })
}

func geometry(kind string) Expr { return Expr{"==", Expr{"geometry-type"}, kind} }

func oneOf(value Expr, kinds ...string) Expr { return Expr{"in", value, Expr{"literal", kinds}} }

// nameInBasemap returns the name of a place in the language, or else as it is written there.
func nameInBasemap(language string) Expr {
	return Expr{"coalesce", Get("name:" + language), Get("name_" + language), Get("name")}
}

// A road is one class of roads, how wide it is drawn at zoom 8, 13 and 18, and from where on.
type road struct {
	id     string
	filter Expr
	widths [3]float64
	from   float64
}

// roadLayers draws all casings before all roads, so that crossings are open.
func roadLayers(layer string, roads []road) []Layer {
	var casings, fills []Layer
	for _, r := range roads {
		line := func(id, colour string, more float64) Layer {
			return Layer{ID: id, Type: "line", Source: BasemapSource, SourceLayer: layer, MinZoom: r.from,
				Filter: Expr{"all", geometry("LineString"), r.filter},
				Layout: map[string]any{"line-cap": "round", "line-join": "round"},
				Paint: map[string]any{"line-color": colour,
					"line-width": Expr{"interpolate", Expr{"exponential", 1.5}, Expr{"zoom"},
						8, r.widths[0] + more, 13, r.widths[1] + more, 18, r.widths[2] + 2*more}}}
		}
		casings = append(casings, line("basemap-"+r.id+"-casing", casing, 1.2))
		fills = append(fills, line("basemap-"+r.id, roadColour, 0))
	}
	return append(casings, fills...)
}

func basemapFill(id, layer string, filter Expr, colour string, from float64) Layer {
	return Layer{ID: "basemap-" + id, Type: "fill", Source: BasemapSource, SourceLayer: layer, MinZoom: from,
		Filter: allOf(geometry("Polygon"), filter),
		Paint:  map[string]any{"fill-color": colour, "fill-antialias": false}}
}

func basemapLine(id, layer string, filter Expr, colour string, width Expr, from float64) Layer {
	return Layer{ID: "basemap-" + id, Type: "line", Source: BasemapSource, SourceLayer: layer, MinZoom: from,
		Filter: allOf(geometry("LineString"), filter), Paint: map[string]any{"line-color": colour, "line-width": width}}
}

// allOf joins conditions, of which nil is none.
func allOf(conditions ...Expr) Expr {
	all := Expr{"all"}
	for _, c := range conditions {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// basemapName writes names: along lines where these are streets. They give way to the names
// and flags of areas, which come after them in a style.
func basemapName(id, layer string, filter, name Expr, along bool, from, to float64, size Expr) Layer {
	l := Layer{ID: "basemap-" + id, Type: "symbol", Source: BasemapSource, SourceLayer: layer, MinZoom: from,
		MaxZoom: to, Filter: filter,
		Layout: map[string]any{"text-field": name, "text-font": RegularFont, "text-size": size, "text-padding": 6,
			"text-max-width": 8},
		Paint: map[string]any{"text-color": streetName, "text-halo-color": Halo, "text-halo-width": 1.4}}
	if along {
		l.Layout["symbol-placement"] = "line"
	}
	return l
}

// openMapTiles draws tiles of the OpenMapTiles schema, version 3.
func openMapTiles(name Expr) (under, over []Layer) {
	class := Get("class")
	under = []Layer{
		basemapFill("green", "landcover", oneOf(class, "wood", "grass", "wetland"), green, 0),
		basemapFill("park", "park", nil, green, 0),
		basemapFill("built", "landuse", oneOf(class, "residential", "suburb", "neighbourhood", "commercial",
			"industrial"), built, 0),
		basemapFill("water", "water", nil, water, 0),
		basemapLine("waterway", "waterway", oneOf(class, "river", "canal", "stream"), water, ByZoom(8, 0.6, 14, 2), 8),
		basemapFill("building", "building", nil, building, 14),
		basemapLine("path", "transportation", oneOf(class, "path", "track"), path, ByZoom(14, 0.6, 18, 2), 14),
		basemapLine("rail", "transportation", oneOf(class, "rail", "transit"), rail, ByZoom(10, 0.6, 16, 1.6), 10),
	}
	under = append(under, roadLayers("transportation", []road{
		{"minor", oneOf(class, "minor", "service", "residential", "unclassified"), [3]float64{0, 0.8, 12}, 12},
		{"tertiary", oneOf(class, "tertiary", "secondary"), [3]float64{0.2, 1.6, 16}, 9},
		{"major", oneOf(class, "primary", "trunk", "motorway"), [3]float64{0.7, 2.4, 20}, 6},
	})...)
	return under, []Layer{
		basemapName("street-names", "transportation_name", nil, name, true, 14, 0, ByZoom(14, 10, 18, 13)),
		basemapName("water-names", "water_name", geometry("Point"), name, false, 9, 0, ByZoom(9, 10, 15, 13)),
		basemapName("place-names", "place", oneOf(class, "village", "suburb", "quarter", "neighbourhood", "hamlet"),
			name, false, 13, 0, ByZoom(13, 10, 16, 12)),
		basemapName("town-names", "place", oneOf(class, "city", "town"), name, false, 6, 13, ByZoom(6, 10, 12, 13)),
	}
}

// protomaps draws tiles of the Protomaps schema, version 4, and 3 where the names of its
// properties begin with pmap:.
func protomaps(name Expr) (under, over []Layer) {
	kind := Expr{"coalesce", Get("kind"), Get("pmap:kind")}
	under = []Layer{
		basemapFill("green", "landuse", oneOf(kind, "park", "forest", "wood", "nature_reserve", "grass", "grassland",
			"wetland", "national_park", "garden"), green, 0),
		basemapFill("built", "landuse", oneOf(kind, "residential", "commercial", "industrial", "neighbourhood"), built,
			0),
		basemapFill("water", "water", nil, water, 0),
		basemapLine("waterway", "water", oneOf(kind, "river", "canal", "stream"), water, ByZoom(8, 0.6, 14, 2), 8),
		basemapFill("building", "buildings", nil, building, 14),
		basemapLine("path", "roads", equals(kind, "path"), path, ByZoom(14, 0.6, 18, 2), 14),
		basemapLine("rail", "roads", equals(kind, "rail"), rail, ByZoom(10, 0.6, 16, 1.6), 10),
	}
	under = append(under, roadLayers("roads", []road{
		{"minor", equals(kind, "minor_road"), [3]float64{0, 0.8, 12}, 12},
		{"tertiary", oneOf(kind, "medium_road", "major_road"), [3]float64{0.4, 1.8, 17}, 9},
		{"major", equals(kind, "highway"), [3]float64{0.7, 2.4, 20}, 6},
	})...)
	local := Expr{"coalesce", Get("kind_detail"), Get("pmap:kind_detail"), kind}
	return under, []Layer{
		basemapName("street-names", "roads", oneOf(kind, "minor_road", "medium_road", "major_road", "highway"), name,
			true, 14, 0, ByZoom(14, 10, 18, 13)),
		basemapName("water-names", "water", geometry("Point"), name, false, 9, 0, ByZoom(9, 10, 15, 13)),
		basemapName("place-names", "places",
			oneOf(local, "village", "suburb", "quarter", "neighbourhood", "hamlet", "locality"), name, false, 13, 0,
			ByZoom(13, 10, 16, 12)),
		basemapName("town-names", "places", oneOf(local, "city", "town"), name, false, 6, 13, ByZoom(6, 10, 12, 13)),
	}
}

func equals(value Expr, kind string) Expr { return Expr{"==", value, kind} }
