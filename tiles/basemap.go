package tiles

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"tungnha/tiles/archive"
)

// basemapSource is the name of the basemap among the sources of a style.
const basemapSource = "basemap"

// DescribeBasemap returns the TileJSON of the archive that lies under the cells. Base is the
// address of this server without a slash at its end.
func DescribeBasemap(b *archive.File, base string) *TileJSON {
	t := &TileJSON{
		TileJSON: "3.0.0", Name: b.Name, Version: "1.0.0", Attribution: b.Attribution, Scheme: "xyz",
		Tiles:   []string{base + "/basemap/{z}/{x}/{y}?v=" + b.Version},
		MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, Bounds: b.Bounds, Center: b.Center,
	}
	for _, l := range b.VectorLayers {
		t.VectorLayers = append(t.VectorLayers, VectorLayer(l))
	}
	return t
}

// BasemapStyle returns a MapLibre style of the basemap alone: what lies under cells first,
// then the symbols that lie above them.
func BasemapStyle(b *archive.File, base, language string) ([]byte, error) {
	base = strings.TrimSuffix(base, "/")
	under, over := basemapLayers(b, language)
	s := styleSheet{
		Version: 8, Name: b.Name, Center: [2]float64{b.Center[0], b.Center[1]}, Zoom: b.Center[2], Glyphs: glyphsOf(base),
		Sources: map[string]styleSource{basemapSource: basemapSourceOf(b, base)},
		Layers:  slices.Concat(groundLayers()[:1], under, over),
	}
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("style of the basemap: %w", err)
	}
	return out, nil
}

func basemapSourceOf(b *archive.File, base string) styleSource {
	s := styleSource{Type: "vector", URL: base + "/basemap.json"}
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

// The colours of a basemap: paler than any cell, so that it helps to find one's way and says
// nothing of its own.
const (
	colourWater    = "#cddfe6"
	colourGreen    = "#e6ebd6"
	colourBuilt    = "#efe9dc"
	colourBuilding = "#e3dccb"
	colourRoad     = "#ffffff"
	colourCasing   = "#cfc6b3"
	colourPath     = "#d3cab9"
	colourRail     = "#bdb5a6"
	colourStreet   = "#6a6456"
)

// basemapLayers returns the layers of a basemap that lie under the cells and those that lie
// above them: OpenMapTiles and Protomaps are known by their layers; of others, shapes and
// lines are drawn all alike.
func basemapLayers(b *archive.File, language string) (under, over []styleLayer) {
	if b.Type != archive.MVT {
		return []styleLayer{{ID: "basemap", Type: "raster", Source: basemapSource,
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
		missing := func(l styleLayer) bool { return !hasLayer(b, l.SourceLayer) }
		return slices.DeleteFunc(under, missing), slices.DeleteFunc(over, missing)
	}
	for _, l := range b.VectorLayers {
		under = append(under,
			styleLayer{ID: "basemap-" + l.ID, Type: "fill", Source: basemapSource, SourceLayer: l.ID, Filter: geometry("Polygon"),
				Paint: map[string]any{"fill-color": colourBuilt, "fill-opacity": 0.6}},
			styleLayer{ID: "basemap-" + l.ID + "-line", Type: "line", Source: basemapSource, SourceLayer: l.ID, Filter: geometry("LineString"),
				Paint: map[string]any{"line-color": colourCasing, "line-width": byZoom(8, 0.5, 16, 2)}})
	}
	return under, nil
}

func hasLayer(b *archive.File, id string) bool {
	return slices.ContainsFunc(b.VectorLayers, func(l archive.VectorLayer) bool { return l.ID == id })
}

func geometry(kind string) expr { return expr{"==", expr{"geometry-type"}, kind} }

func oneOf(value expr, kinds ...string) expr { return expr{"in", value, expr{"literal", kinds}} }

// nameInBasemap returns the name of a place in the language, or else as it is written there.
func nameInBasemap(language string) expr {
	return expr{"coalesce", get("name:" + language), get("name_" + language), get("name")}
}

// A road is one class of roads, how wide it is drawn at zoom 8, 13 and 18, and from where on.
type road struct {
	id     string
	filter expr
	widths [3]float64
	from   float64
}

// roadLayers draws all casings before all roads, so that crossings are open.
func roadLayers(layer string, roads []road) []styleLayer {
	var casings, fills []styleLayer
	for _, r := range roads {
		line := func(id, colour string, more float64) styleLayer {
			return styleLayer{ID: id, Type: "line", Source: basemapSource, SourceLayer: layer, MinZoom: r.from,
				Filter: expr{"all", geometry("LineString"), r.filter},
				Layout: map[string]any{"line-cap": "round", "line-join": "round"},
				Paint: map[string]any{"line-color": colour, "line-width": expr{"interpolate", expr{"exponential", 1.5}, expr{"zoom"},
					8, r.widths[0] + more, 13, r.widths[1] + more, 18, r.widths[2] + 2*more}}}
		}
		casings = append(casings, line("basemap-"+r.id+"-casing", colourCasing, 1.2))
		fills = append(fills, line("basemap-"+r.id, colourRoad, 0))
	}
	return append(casings, fills...)
}

func basemapFill(id, layer string, filter expr, colour string, from float64) styleLayer {
	return styleLayer{ID: "basemap-" + id, Type: "fill", Source: basemapSource, SourceLayer: layer, MinZoom: from,
		Filter: allOf(geometry("Polygon"), filter), Paint: map[string]any{"fill-color": colour, "fill-antialias": false}}
}

func basemapLine(id, layer string, filter expr, colour string, width expr, from float64) styleLayer {
	return styleLayer{ID: "basemap-" + id, Type: "line", Source: basemapSource, SourceLayer: layer, MinZoom: from,
		Filter: allOf(geometry("LineString"), filter), Paint: map[string]any{"line-color": colour, "line-width": width}}
}

// allOf joins conditions, of which nil is none.
func allOf(conditions ...expr) expr {
	all := expr{"all"}
	for _, c := range conditions {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// basemapName writes names: along lines where these are streets. They give way to the names
// and flags of areas, which come after them in a style.
func basemapName(id, layer string, filter, name expr, along bool, from, to float64, size expr) styleLayer {
	l := styleLayer{ID: "basemap-" + id, Type: "symbol", Source: basemapSource, SourceLayer: layer, MinZoom: from, MaxZoom: to, Filter: filter,
		Layout: map[string]any{"text-field": name, "text-font": regularFont, "text-size": size, "text-padding": 6, "text-max-width": 8},
		Paint:  map[string]any{"text-color": colourStreet, "text-halo-color": colourHalo, "text-halo-width": 1.4}}
	if along {
		l.Layout["symbol-placement"] = "line"
	}
	return l
}

// openMapTiles draws tiles of the OpenMapTiles schema, version 3.
func openMapTiles(name expr) (under, over []styleLayer) {
	class := get("class")
	under = []styleLayer{
		basemapFill("green", "landcover", oneOf(class, "wood", "grass", "wetland"), colourGreen, 0),
		basemapFill("park", "park", nil, colourGreen, 0),
		basemapFill("built", "landuse", oneOf(class, "residential", "suburb", "neighbourhood", "commercial", "industrial"), colourBuilt, 0),
		basemapFill("water", "water", nil, colourWater, 0),
		basemapLine("waterway", "waterway", oneOf(class, "river", "canal", "stream"), colourWater, byZoom(8, 0.6, 14, 2), 8),
		basemapFill("building", "building", nil, colourBuilding, 14),
		basemapLine("path", "transportation", oneOf(class, "path", "track"), colourPath, byZoom(14, 0.6, 18, 2), 14),
		basemapLine("rail", "transportation", oneOf(class, "rail", "transit"), colourRail, byZoom(10, 0.6, 16, 1.6), 10),
	}
	under = append(under, roadLayers("transportation", []road{
		{"minor", oneOf(class, "minor", "service", "residential", "unclassified"), [3]float64{0, 0.8, 12}, 12},
		{"tertiary", oneOf(class, "tertiary", "secondary"), [3]float64{0.2, 1.6, 16}, 9},
		{"major", oneOf(class, "primary", "trunk", "motorway"), [3]float64{0.7, 2.4, 20}, 6},
	})...)
	return under, []styleLayer{
		basemapName("street-names", "transportation_name", nil, name, true, 14, 0, byZoom(14, 10, 18, 13)),
		basemapName("water-names", "water_name", geometry("Point"), name, false, 9, 0, byZoom(9, 10, 15, 13)),
		basemapName("place-names", "place", oneOf(class, "village", "suburb", "quarter", "neighbourhood", "hamlet"), name, false, 13, 0, byZoom(13, 10, 16, 12)),
		basemapName("town-names", "place", oneOf(class, "city", "town"), name, false, 6, 13, byZoom(6, 10, 12, 13)),
	}
}

// protomaps draws tiles of the Protomaps schema, version 4, and 3 where the names of its
// properties begin with pmap:.
func protomaps(name expr) (under, over []styleLayer) {
	kind := expr{"coalesce", get("kind"), get("pmap:kind")}
	under = []styleLayer{
		basemapFill("green", "landuse", oneOf(kind, "park", "forest", "wood", "nature_reserve", "grass", "grassland", "wetland", "national_park", "garden"), colourGreen, 0),
		basemapFill("built", "landuse", oneOf(kind, "residential", "commercial", "industrial", "neighbourhood"), colourBuilt, 0),
		basemapFill("water", "water", nil, colourWater, 0),
		basemapLine("waterway", "water", oneOf(kind, "river", "canal", "stream"), colourWater, byZoom(8, 0.6, 14, 2), 8),
		basemapFill("building", "buildings", nil, colourBuilding, 14),
		basemapLine("path", "roads", equals(kind, "path"), colourPath, byZoom(14, 0.6, 18, 2), 14),
		basemapLine("rail", "roads", equals(kind, "rail"), colourRail, byZoom(10, 0.6, 16, 1.6), 10),
	}
	under = append(under, roadLayers("roads", []road{
		{"minor", equals(kind, "minor_road"), [3]float64{0, 0.8, 12}, 12},
		{"tertiary", oneOf(kind, "medium_road", "major_road"), [3]float64{0.4, 1.8, 17}, 9},
		{"major", equals(kind, "highway"), [3]float64{0.7, 2.4, 20}, 6},
	})...)
	local := expr{"coalesce", get("kind_detail"), get("pmap:kind_detail"), kind}
	return under, []styleLayer{
		basemapName("street-names", "roads", oneOf(kind, "minor_road", "medium_road", "major_road", "highway"), name, true, 14, 0, byZoom(14, 10, 18, 13)),
		basemapName("water-names", "water", geometry("Point"), name, false, 9, 0, byZoom(9, 10, 15, 13)),
		basemapName("place-names", "places", oneOf(local, "village", "suburb", "quarter", "neighbourhood", "hamlet", "locality"), name, false, 13, 0, byZoom(13, 10, 16, 12)),
		basemapName("town-names", "places", oneOf(local, "city", "town"), name, false, 6, 13, byZoom(6, 10, 12, 13)),
	}
}

func equals(value expr, kind string) expr { return expr{"==", value, kind} }
