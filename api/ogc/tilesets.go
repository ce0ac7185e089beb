package ogc

import (
	"strconv"
	"strings"

	"tungnha/tiles"
)

// What follows is OGC API - Tiles 1.0 (OGC 20-057): the tiles of each layer as a tileset of
// the collection of its name, on the tile matrix set that all web maps share.

// tileClasses are the conformance classes of the tiles.
var tileClasses = []string{
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
	"http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
	"http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
}

const (
	relTilesets      = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	relTilingScheme  = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
	relTilingSchemes = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"

	mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"

	webMercatorQuad    = "WebMercatorQuad"
	webMercatorQuadURI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
)

// tileMatrixSet is a tile matrix set of OGC 17-083r4.
type tileMatrixSet struct {
	ID                string       `json:"id"`
	Title             string       `json:"title"`
	URI               string       `json:"uri"`
	CRS               string       `json:"crs"`
	OrderedAxes       []string     `json:"orderedAxes"`
	WellKnownScaleSet string       `json:"wellKnownScaleSet"`
	TileMatrices      []tileMatrix `json:"tileMatrices"`
}

type tileMatrix struct {
	ID               string     `json:"id"`
	ScaleDenominator float64    `json:"scaleDenominator"`
	CellSize         float64    `json:"cellSize"`
	CornerOfOrigin   string     `json:"cornerOfOrigin"`
	PointOfOrigin    [2]float64 `json:"pointOfOrigin"`
	TileWidth        int        `json:"tileWidth"`
	TileHeight       int        `json:"tileHeight"`
	MatrixWidth      int        `json:"matrixWidth"`
	MatrixHeight     int        `json:"matrixHeight"`
}

// webMercator is WebMercatorQuad as the standard defines it, down to the deepest zoom. Its
// tiles count 256 pixels; vector tiles have none, and are the same at any size.
var webMercator = func() tileMatrixSet {
	const (
		origin    = 20037508.342789244 // half the width of the world in metres
		pixel     = 0.00028            // the standard's, in metres
		tileWidth = 256
	)
	set := tileMatrixSet{ID: webMercatorQuad, Title: "Google Maps Compatible for the World", URI: webMercatorQuadURI,
		CRS:               mercator,
		OrderedAxes:       []string{"X", "Y"},
		WellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"}
	for z := range tiles.MaxZoom + 1 {
		size := 2 * origin / float64(int(tileWidth)<<z)
		set.TileMatrices = append(set.TileMatrices, tileMatrix{ID: strconv.Itoa(z), ScaleDenominator: size / pixel,
			CellSize:       size,
			CornerOfOrigin: "topLeft", PointOfOrigin: [2]float64{-origin, origin},
			TileWidth: tileWidth, TileHeight: tileWidth, MatrixWidth: 1 << z, MatrixHeight: 1 << z})
	}
	return set
}()

// tileset is the entry of a tileset in a list, and the beginning of its metadata.
type tileset struct {
	Title            string `json:"title"`
	Description      string `json:"description,omitempty"`
	DataType         string `json:"dataType"`
	CRS              string `json:"crs"`
	TileMatrixSetURI string `json:"tileMatrixSetURI"`
	Links            []Link `json:"links"`
}

// tilesetMetadata is the metadata of a tileset of OGC 17-083r4.
type tilesetMetadata struct {
	tileset
	Limits      []tileLimits   `json:"tileMatrixSetLimits"`
	BoundingBox boundingBox    `json:"boundingBox"`
	CenterPoint centerPoint    `json:"centerPoint"`
	Layers      []tilesetLayer `json:"layers"`
}

type tileLimits struct {
	TileMatrix string `json:"tileMatrix"`
	MinTileRow int    `json:"minTileRow"`
	MaxTileRow int    `json:"maxTileRow"`
	MinTileCol int    `json:"minTileCol"`
	MaxTileCol int    `json:"maxTileCol"`
}

type boundingBox struct {
	LowerLeft  [2]float64 `json:"lowerLeft"`
	UpperRight [2]float64 `json:"upperRight"`
	CRS        string     `json:"crs"`
}

type centerPoint struct {
	Coordinates [2]float64 `json:"coordinates"`
	CRS         string     `json:"crs"`
	TileMatrix  string     `json:"tileMatrix"`
}

type tilesetLayer struct {
	ID                string           `json:"id"`
	Title             string           `json:"title"`
	DataType          string           `json:"dataType"`
	GeometryDimension int              `json:"geometryDimension"`
	MinTileMatrix     string           `json:"minTileMatrix"`
	MaxTileMatrix     string           `json:"maxTileMatrix"`
	PropertiesSchema  propertiesSchema `json:"propertiesSchema"`
}

type propertiesSchema struct {
	Type       string                      `json:"type"`
	Properties map[string]propertyOfSchema `json:"properties"`
}

type propertyOfSchema struct {
	Type        string `json:"type"`
	Description string `json:"description"`
}

// schemaOf turns the fields of TileJSON, which name the type first, into a JSON schema.
func schemaOf(fields map[string]string) propertiesSchema {
	p := propertiesSchema{"object", make(map[string]propertyOfSchema, len(fields))}
	for name, description := range fields {
		kind, text, _ := strings.Cut(description, ": ")
		p.Properties[name] = propertyOfSchema{strings.ToLower(kind), text}
	}
	return p
}
