package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/tiles"
	"tungnha/tiles/glyphs"
)

// describeTiles adds the routes that huma does not answer to its description.
func (s *Server) describeTiles() {
	doc := s.huma.OpenAPI()
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	date := func(doc string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "date", Description: doc}
	}
	in := func(where, name string, schema *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: where, Required: where == "path", Schema: schema, Description: schema.Description}
	}
	least, deepest := 0.0, float64(tiles.MaxZoom)
	number := func(doc string, most *float64) *huma.Schema {
		return &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Maximum: most, Description: doc}
	}
	layer := text("a layer of tiles; households only where the server shows them")
	for _, l := range tiles.Layers {
		layer.Enum = append(layer.Enum, string(l))
	}
	window := []*huma.Param{
		in("query", "from", date("first day of the window; without it: ever")),
		in("query", "to", date("last day of the window; without it: today")),
		in("query", "boundaries", date("the day whose boundaries count; without it: the last day of the window")),
		in("query", "parent", text("code of the area to stay within")),
		in("query", "hotspots", &huma.Schema{Type: huma.TypeBoolean, Description: "cells bear their hot and cold spots"}),
		in("query", "earlier_from", date("first day of the window to compare with; without it: ever")),
		in("query", "earlier_to", date("last day of the window to compare with: cells and areas bear how their coverage changed since; without it: they do not")),
		in("query", "v", text("version in the answer of /api/v1/meta: with it and a last day the tile can be kept for ever")),
	}
	file := func(mediaType, description string) *huma.Response {
		return &huma.Response{Description: description, Content: map[string]*huma.MediaType{mediaType: {}}}
	}
	add := func(id, path, summary string, parameters []*huma.Param, ok *huma.Response, more map[string]*huma.Response) {
		responses := map[string]*huma.Response{"200": ok, "default": httpx.ProblemResponse()}
		for status, r := range more {
			responses[status] = r
		}
		doc.AddOperation(&huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Tags: []string{"tiles"}, Parameters: parameters, Responses: responses})
	}
	add("get-tile", "/tiles/{layer}/{z}/{x}/{y}.mvt", "One vector tile",
		append([]*huma.Param{in("path", "layer", layer), in("path", "z", number("zoom, of 512-pixel tiles", &deepest)),
			in("path", "x", number("from the west, to 2^z - 1", nil)), in("path", "y", number("from the north, to 2^z - 1", nil))}, window...),
		file("application/vnd.mapbox-vector-tile", "Mapbox Vector Tile 2.1"),
		map[string]*huma.Response{"204": {Description: "The tile holds nothing"}, "304": {Description: "The client has it already"}})
	add("get-tilejson", "/tiles/{layer}.json", "TileJSON 3.0.0 of a layer",
		append([]*huma.Param{in("path", "layer", layer)}, window...), file("application/json", "TileJSON"), nil)
	matrixSet := text("the tile matrix set")
	matrixSet.Enum = []any{webMercatorQuad}
	nothing := map[string]*huma.Response{"204": {Description: "The tile holds nothing"}, "304": {Description: "The client has it already"}}
	add("get-ogc-tile", "/ogc/collections/{layer}/tiles/{set}/{tileMatrix}/{tileRow}/{tileCol}", "One vector tile, as OGC API Tiles has it",
		append([]*huma.Param{in("path", "layer", layer), in("path", "set", matrixSet), in("path", "tileMatrix", number("zoom", &deepest)),
			in("path", "tileRow", number("from the north, to 2^zoom - 1", nil)), in("path", "tileCol", number("from the west, to 2^zoom - 1", nil))}, window...),
		file(mvtType, "Mapbox Vector Tile 2.1"), nothing)
	add("get-ogc-tileset", "/ogc/collections/{layer}/tiles/{set}", "The tileset of a layer",
		append([]*huma.Param{in("path", "layer", layer), in("path", "set", matrixSet)}, window...), file(jsonType, "Tileset metadata of OGC 17-083r4"), nil)
	add("list-ogc-collection-tilesets", "/ogc/collections/{layer}/tiles", "The tilesets of a layer",
		append([]*huma.Param{in("path", "layer", layer)}, window...), file(jsonType, "Tilesets"), nil)
	add("list-ogc-tilesets", "/ogc/tiles", "The tilesets of all layers", window, file(jsonType, "Tilesets"), nil)
	add("list-ogc-tile-matrix-sets", "/ogc/tileMatrixSets", "The tile matrix sets", nil, file(jsonType, "Tile matrix sets"), nil)
	add("get-ogc-tile-matrix-set", "/ogc/tileMatrixSets/{set}", "A tile matrix set",
		[]*huma.Param{in("path", "set", matrixSet)}, file(jsonType, "Tile matrix set of OGC 17-083r4"), nil)
	language := text("language of the labels")
	language.Enum = []any{"vi", "en"}
	add("get-style", "/style.json", "A complete MapLibre style",
		append([]*huma.Param{in("query", "lang", language)}, window...), file("application/json", "MapLibre style"), nil)
	add("get-basemap-tile", "/basemap/{z}/{x}/{y}", "One tile of the basemap that the operator put in",
		[]*huma.Param{in("path", "z", number("zoom", nil)), in("path", "x", number("column, from the west", nil)),
			in("path", "y", number("row, from the north", nil)), in("query", "v", text("version in the TileJSON: with it the tile can be kept for ever"))},
		file("application/vnd.mapbox-vector-tile", "The tile: a vector tile or an image, as the archive has it"),
		map[string]*huma.Response{"204": {Description: "Nothing is in the tile"}})
	add("get-basemap-tilejson", "/basemap.json", "What the tiles of the basemap hold", nil, file("application/json", "TileJSON 3.0.0"), nil)
	add("get-basemap-style", "/basemap/style.json", "A MapLibre style of the basemap alone",
		[]*huma.Param{in("query", "lang", language)}, file("application/json", "MapLibre style"), nil)
	add("get-basemap-file", "/basemap.pmtiles", "The basemap's archive where it is PMTiles; answers ranges", nil,
		file("application/vnd.pmtiles", "The archive"), map[string]*huma.Response{"206": file("application/vnd.pmtiles", "A part of it")})
	add("get-glyphs", "/glyphs/{fontstack}/{range}.pbf", "Letters of the style's labels",
		[]*huma.Param{in("path", "fontstack", text("names of faces with commas between; the first that there is counts: "+glyphs.Regular+", "+glyphs.SemiBold)),
			in("path", "range", text("256 characters: 0-255, 256-511 and so on to 65280-65535"))},
		file("application/x-protobuf", "Glyphs as signed distance fields"), nil)
	for _, name := range spriteFiles {
		mediaType := "application/json"
		if strings.HasSuffix(name, ".png") {
			mediaType = "image/png"
		}
		id := strings.NewReplacer("@", "-", ".", "-").Replace("get-" + name)
		add(id, "/"+name, "Symbols of the style", nil, file(mediaType, "The image, or the JSON that says where each symbol stands"), nil)
	}
}

// spriteFiles are the files that MapLibre asks for where a style names the sprite /sprite.
var spriteFiles = []string{"sprite.json", "sprite.png", "sprite@2x.json", "sprite@2x.png"}
