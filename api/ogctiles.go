package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"tungnha/api/ogc"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles"
)

// What follows is OGC API - Tiles 1.0 (OGC 20-057): the tiles of each layer as a tileset of
// the collection of its name, on the tile matrix set that all web maps share.

// ogcTileConformance lists the conformance classes of the tiles.
var ogcTileConformance = []string{
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

	crs84    = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"

	webMercatorQuad    = "WebMercatorQuad"
	webMercatorQuadURI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"

	mvtType  = "application/vnd.mapbox-vector-tile"
	jsonType = "application/json"
)

// ogcTileLinks are the links to the tiles from the landing page. Base is the address of the
// server without a slash at its end.
func ogcTileLinks(base string) []ogc.Link {
	return []ogc.Link{
		{Href: base + "/ogc/tiles", Rel: relTilesets, Type: jsonType, Title: "Vector tiles"},
		{Href: base + "/ogc/tileMatrixSets", Rel: relTilingSchemes, Type: jsonType, Title: "Tile matrix sets"},
	}
}

// ogcCollectionTileLinks are the links to the tiles from the collection of a layer; none
// where the viewer may not see them or there is no such layer.
func ogcCollectionTileLinks(base, collection string, v coverage.Viewer) []ogc.Link {
	if !slices.Contains(tileLayers(v), tiles.Layer(collection)) {
		return nil
	}
	return []ogc.Link{{Href: base + "/ogc/collections/" + collection + "/tiles", Rel: relTilesets, Type: jsonType, Title: "Vector tiles"}}
}

// routeOGCTiles adds the documents of the tilesets; the tiles themselves come without the
// compression of documents.
func (s *Server) routeOGCTiles(r chi.Router) {
	r.Get("/ogc/tileMatrixSets", s.getTileMatrixSets)
	r.Get("/ogc/tileMatrixSets/{set}", s.getTileMatrixSet)
	r.Get("/ogc/tiles", s.getTilesets)
	r.Get("/ogc/collections/{layer}/tiles", s.getTilesets)
	r.Get("/ogc/collections/{layer}/tiles/{set}", s.getTileset)
}

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
	set := tileMatrixSet{ID: webMercatorQuad, Title: "Google Maps Compatible for the World", URI: webMercatorQuadURI, CRS: mercator,
		OrderedAxes: []string{"X", "Y"}, WellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"}
	for z := range tiles.MaxZoom + 1 {
		size := 2 * origin / float64(int(tileWidth)<<z)
		set.TileMatrices = append(set.TileMatrices, tileMatrix{ID: strconv.Itoa(z), ScaleDenominator: size / pixel, CellSize: size,
			CornerOfOrigin: "topLeft", PointOfOrigin: [2]float64{-origin, origin},
			TileWidth: tileWidth, TileHeight: tileWidth, MatrixWidth: 1 << z, MatrixHeight: 1 << z})
	}
	return set
}()

// getTileMatrixSets lists the tile matrix sets: one.
func (s *Server) getTileMatrixSets(w http.ResponseWriter, r *http.Request) {
	if _, err := ogcQuery(r); err != nil {
		s.fail(w, r, err)
		return
	}
	type set struct {
		ID    string     `json:"id"`
		Title string     `json:"title"`
		URI   string     `json:"uri"`
		CRS   string     `json:"crs"`
		Links []ogc.Link `json:"links"`
	}
	base := request.Base(r) + "/ogc/tileMatrixSets"
	s.writeJSON(w, r, struct {
		TileMatrixSets []set      `json:"tileMatrixSets"`
		Links          []ogc.Link `json:"links"`
	}{
		[]set{{webMercator.ID, webMercator.Title, webMercator.URI, webMercator.CRS,
			[]ogc.Link{{Href: base + "/" + webMercatorQuad, Rel: "self", Type: jsonType, Title: webMercator.Title}}}},
		[]ogc.Link{{Href: base, Rel: "self", Type: jsonType}},
	})
}

// getTileMatrixSet answers the definition of a tile matrix set.
func (s *Server) getTileMatrixSet(w http.ResponseWriter, r *http.Request) {
	_, err := ogcQuery(r)
	if err == nil {
		err = knownSet(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, r, &webMercator)
}

// tileset is what a list says of a tileset, and its metadata more of.
type tileset struct {
	Title            string     `json:"title"`
	Description      string     `json:"description,omitempty"`
	DataType         string     `json:"dataType"`
	CRS              string     `json:"crs"`
	TileMatrixSetURI string     `json:"tileMatrixSetURI"`
	Links            []ogc.Link `json:"links"`
}

// tilesetMetadata is the metadata of a tileset of OGC 17-083r4.
type tilesetMetadata struct {
	tileset
	Limits      []tileLimits   `json:"tileMatrixSetLimits"`
	BoundingBox ogcBox         `json:"boundingBox"`
	CenterPoint ogcCenter      `json:"centerPoint"`
	Layers      []tilesetLayer `json:"layers"`
}

type tileLimits struct {
	TileMatrix string `json:"tileMatrix"`
	MinTileRow int    `json:"minTileRow"`
	MaxTileRow int    `json:"maxTileRow"`
	MinTileCol int    `json:"minTileCol"`
	MaxTileCol int    `json:"maxTileCol"`
}

type ogcBox struct {
	LowerLeft  [2]float64 `json:"lowerLeft"`
	UpperRight [2]float64 `json:"upperRight"`
	CRS        string     `json:"crs"`
}

type ogcCenter struct {
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

// getTilesets lists the tilesets of a collection, or of all where none is named.
func (s *Server) getTilesets(w http.ResponseWriter, r *http.Request) {
	a, window, err := s.ogcWindow(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	layers := tileLayers(a.Viewer)
	if chi.URLParam(r, "layer") != "" {
		layer, err := ogcLayer(r, a)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		layers = []tiles.Layer{layer}
	}
	list := []tileset{}
	for _, layer := range layers {
		described, err := tiles.Describe(a.View, layer, request.Base(r), s.config.Programme, a.Version(), window)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		list = append(list, s.tilesetOf(r, a, layer, described, window))
	}
	s.writeJSON(w, r, struct {
		Tilesets []tileset  `json:"tilesets"`
		Links    []ogc.Link `json:"links"`
	}{list, []ogc.Link{{Href: request.Base(r) + r.URL.RequestURI(), Rel: "self", Type: jsonType}}})
}

// getTileset answers the metadata of the tileset of a collection.
func (s *Server) getTileset(w http.ResponseWriter, r *http.Request) {
	a, window, err := s.ogcWindow(r)
	var layer tiles.Layer
	if err == nil {
		layer, err = ogcTileset(r, a)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	described, err := tiles.Describe(a.View, layer, request.Base(r), s.config.Programme, a.Version(), window)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	b := described.Bounds
	m := tilesetMetadata{
		tileset:     s.tilesetOf(r, a, layer, described, window),
		BoundingBox: ogcBox{[2]float64{b[0], b[1]}, [2]float64{b[2], b[3]}, crs84},
		CenterPoint: ogcCenter{[2]float64{described.Center[0], described.Center[1]}, crs84, strconv.Itoa(int(described.Center[2]))},
	}
	m.Description = described.Description
	box := orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
	for z := described.MinZoom; z <= described.MaxZoom; z++ {
		t := tiles.RangeOf(box, z)
		m.Limits = append(m.Limits, tileLimits{strconv.Itoa(z), t.MinY, t.MaxY, t.MinX, t.MaxX})
	}
	for _, l := range described.VectorLayers {
		m.Layers = append(m.Layers, tilesetLayer{ID: l.ID, Title: l.Description, DataType: "vector", GeometryDimension: dimensionOf(l.ID),
			MinTileMatrix: strconv.Itoa(l.MinZoom), MaxTileMatrix: strconv.Itoa(l.MaxZoom), PropertiesSchema: schemaOf(l.Fields)})
	}
	s.writeJSON(w, r, &m)
}

// tilesetOf says of a layer's tileset what lists say.
func (s *Server) tilesetOf(r *http.Request, a *request.Context, layer tiles.Layer, described *tiles.TileJSON, window tiles.Window) tileset {
	collection := request.Base(r) + "/ogc/collections/" + string(layer)
	set := collection + "/tiles/" + webMercatorQuad
	query := "?" + window.Query(a.Version())
	return tileset{
		Title: string(layer), DataType: "vector", CRS: mercator, TileMatrixSetURI: webMercatorQuadURI,
		Links: []ogc.Link{
			{Href: set + query, Rel: "self", Type: jsonType, Title: described.Description},
			{Href: request.Base(r) + "/ogc/tileMatrixSets/" + webMercatorQuad, Rel: relTilingScheme, Type: jsonType, Title: webMercator.Title},
			{Href: set + "/{tileMatrix}/{tileRow}/{tileCol}" + query, Rel: "item", Type: mvtType, Title: "Vector tiles", Templated: true},
			{Href: request.Base(r) + "/tiles/" + string(layer) + ".json" + query, Rel: "describedby", Type: jsonType, Title: "TileJSON"},
			{Href: collection, Rel: "http://www.opengis.net/def/rel/ogc/1.0/geodata", Type: jsonType},
		},
	}
}

// getOGCTile answers a tile: row before column, as the standard has it.
func (s *Server) getOGCTile(w http.ResponseWriter, r *http.Request) {
	a, err := request.From(r.Context())
	var values url.Values
	if err == nil {
		values, err = ogcQuery(r)
	}
	var layer tiles.Layer
	if err == nil {
		layer, err = ogcTileset(r, a)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeTile(w, r, a, values, layer, "tileMatrix", "tileCol", "tileRow")
}

// ogcQuery reads the query of an OGC address. f, which many clients add, can ask for what
// there is.
func ogcQuery(r *http.Request) (url.Values, error) {
	values, err := request.ParseQuery(r)
	if err != nil {
		return nil, err
	}
	switch f := values.Get("f"); f {
	case "", "json", "mvt", jsonType, mvtType:
	default:
		return nil, request.Parameter("query.f", f, "want json for documents, mvt for tiles")
	}
	values.Del("f")
	return values, nil
}

// ogcWindow returns who asks for a tileset and with which window, its last day filled in:
// tiles of a window with an end can be kept.
func (s *Server) ogcWindow(r *http.Request) (*request.Context, tiles.Window, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, tiles.Window{}, err
	}
	values, err := ogcQuery(r)
	if err != nil {
		return nil, tiles.Window{}, err
	}
	window, err := checkedWindow(r.Context(), a, values)
	if window.To == data.NoDate {
		window.To = a.Today
	}
	return a, window, err
}

// ogcLayer returns the layer that the collection of the path is.
func ogcLayer(r *http.Request, a *request.Context) (tiles.Layer, error) {
	layer := tiles.Layer(chi.URLParam(r, "layer"))
	switch {
	case !slices.Contains(tiles.Layers, layer):
		return "", request.NotFound("tileset of a collection", string(layer))
	case !slices.Contains(tileLayers(a.Viewer), layer):
		return "", fmt.Errorf("tileset of %s: %w", layer, coverage.ErrNotAllowed)
	}
	return layer, nil
}

// ogcTileset returns the layer whose tileset, on the one tile matrix set, the path names.
func ogcTileset(r *http.Request, a *request.Context) (tiles.Layer, error) {
	if err := knownSet(r); err != nil {
		return "", err
	}
	return ogcLayer(r, a)
}

func knownSet(r *http.Request) error {
	if set := chi.URLParam(r, "set"); set != webMercatorQuad {
		return request.NotFound("tile matrix set", set)
	}
	return nil
}

// dimensionOf returns the dimension of a layer's geometry: 0 for points, 2 for areas.
func dimensionOf(layer string) int {
	if layer == string(tiles.Cells) || layer == string(tiles.Areas) {
		return 2
	}
	return 0
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
