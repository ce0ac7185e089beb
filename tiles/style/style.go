// Package style has what MapLibre styles are made of: their parts and expressions, the colours, the sprite with the
// symbols and patterns, and the layers of a basemap. It follows the MapLibre Style Specification, version 8.
package style

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tungnha/tiles/archive"
	"tungnha/tiles/glyphs"
)

type (
	// Expr is an expression of the specification: a JSON array.
	Expr = []any

	// Sheet is a whole style.
	Sheet struct {
		Version  int               `json:"version"`
		Name     string            `json:"name"`
		Metadata map[string]string `json:"metadata,omitempty"`
		Center   [2]float64        `json:"center"` // longitude, latitude
		Zoom     float64           `json:"zoom"`
		Sprite   string            `json:"sprite,omitempty"`
		Glyphs   string            `json:"glyphs"`
		Sources  map[string]Source `json:"sources"`
		Layers   []Layer           `json:"layers"`
	}

	// Source is where tiles come from.
	Source struct {
		Type     string `json:"type"`
		URL      string `json:"url"` // of a TileJSON document
		TileSize int    `json:"tileSize,omitempty"`
	}

	// Layer is one way in which features of a source are drawn.
	Layer struct {
		ID          string         `json:"id"`
		Type        string         `json:"type"`
		Source      string         `json:"source,omitempty"`
		SourceLayer string         `json:"source-layer,omitempty"`
		MinZoom     float64        `json:"minzoom,omitempty"`
		MaxZoom     float64        `json:"maxzoom,omitempty"`
		Filter      Expr           `json:"filter,omitempty"`
		Layout      map[string]any `json:"layout,omitempty"`
		Paint       map[string]any `json:"paint,omitempty"`
	}
)

// Parts are the style layers of one kind of tile by where they are in the whole, from the ground up: a basemap is on
// Ground, and its symbols on Lines.
type Parts struct {
	Ground, Fills, Lines, Points, Names, Signs []Layer
}

// Stack returns the layers of all parts in the order in which they are drawn, with those of a basemap, nil where there
// is none, between them.
func Stack(parts []Parts, basemap *archive.File, language string) []Layer {
	var under, over []Layer
	if basemap != nil {
		under, over = basemapLayers(basemap, language)
	}
	all := []Layer{surroundings()}
	add := func(of func(*Parts) []Layer) {
		for i := range parts {
			all = append(all, of(&parts[i])...)
		}
	}
	add(func(p *Parts) []Layer { return p.Ground })
	all = append(all, under...)
	add(func(p *Parts) []Layer { return p.Fills })
	add(func(p *Parts) []Layer { return p.Lines })
	all = append(all, over...)
	add(func(p *Parts) []Layer { return p.Points })
	add(func(p *Parts) []Layer { return p.Names })
	add(func(p *Parts) []Layer { return p.Signs })
	return all
}

// surroundings is what is seen where nothing else is.
func surroundings() Layer {
	return Layer{ID: "surround", Type: "background", Paint: map[string]any{"background-color": Surround}}
}

// OfBasemap returns the style of a basemap alone. Base is the address of this server; language is vi or en.
func OfBasemap(b *archive.File, base, language string) ([]byte, error) {
	base = strings.TrimSuffix(base, "/")
	under, over := basemapLayers(b, language)
	s := Sheet{
		Version: 8, Name: b.Name, Center: [2]float64{b.Center[0], b.Center[1]}, Zoom: b.Center[2],
		Glyphs:  GlyphsAddress(base),
		Sources: map[string]Source{BasemapSource: BasemapSourceOf(b, base)},
		Layers:  slices.Concat([]Layer{surroundings()}, under, over),
	}
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("style of the basemap: %w", err)
	}
	return out, nil
}

// The faces of labels, of which this server has the glyphs. A client that draws letters by itself finds the face by
// the second name, and takes the weight from the first.
var (
	RegularFont = []string{glyphs.Regular, "Be Vietnam Pro"}
	StrongFont  = []string{glyphs.SemiBold, "Be Vietnam Pro"}
)

// GlyphsAddress is the address of the glyphs as a style has it.
func GlyphsAddress(base string) string { return base + "/glyphs/{fontstack}/{range}.pbf" }

// Get returns a property of the feature.
func Get(property string) Expr { return Expr{"get", property} }

// Is compares a property with a value.
func Is(property string, value any) Expr { return Expr{"==", Get(property), value} }

// Has reports whether the feature has a property.
func Has(property string) Expr { return Expr{"has", property} }

// Not negates an expression.
func Not(e Expr) Expr { return Expr{"!", e} }

// ByZoom interpolates between pairs of a zoom and a value.
func ByZoom(stops ...float64) Expr {
	e := Expr{"interpolate", Expr{"linear"}, Expr{"zoom"}}
	for _, s := range stops {
		e = append(e, s)
	}
	return e
}

// Classed returns the colour of a share's class.
func Classed(property string) Expr {
	e := Expr{"step", Get(property), coverageRamp[0]}
	for i, b := range rateBreaks {
		e = append(e, b, coverageRamp[i+1])
	}
	return e
}

// NameIn returns the name of an area in the language, the Vietnamese one where it has no
// other.
func NameIn(language string) Expr {
	if language == "en" {
		return Expr{"coalesce", Get("name_en"), Get("name")}
	}
	return Get("name")
}
