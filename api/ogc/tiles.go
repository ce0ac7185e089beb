package ogc

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"tungnha/api/httpx"
	"tungnha/api/maptiles"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/internal/problem"
	"tungnha/tiles"
)

// tileLinks are the links to the tiles from the landing page. Base is the address of the server
// without a slash at its end.
func tileLinks(base string) []Link {
	return []Link{
		{Href: base + "/ogc/tiles", Rel: relTilesets, Type: typeJSON, Title: "Vector tiles"},
		{Href: base + "/ogc/tileMatrixSets", Rel: relTilingSchemes, Type: typeJSON, Title: "Tile matrix sets"},
	}
}

// collectionTileLinks are the links to the tiles from the collection of a layer; none where the
// viewer may not see them or there is no such layer.
func collectionTileLinks(base, collection string, v coverage.Viewer) []Link {
	if layer, err := tiles.LayerNamed(collection); err != nil || !layer.Visible(v) {
		return nil
	}
	return []Link{{Href: base + "/ogc/collections/" + collection + "/tiles", Rel: relTilesets, Type: typeJSON,
		Title: "Vector tiles"}}
}

func describeDocument(op *huma.Operation, id, summary, document string, parameters []*huma.Param) {
	op.OperationID, op.Summary, op.Tags, op.Parameters = id, summary, []string{"tiles"}, parameters
	op.Responses["200"] = httpx.FileResponse(typeJSON, document)
}

func layerParam() *huma.Param { return maptiles.Param("layer", maptiles.LayerSchema()) }

func setParam() *huma.Param {
	schema := httpx.Text("the tile matrix set")
	schema.Enum = []any{webMercatorQuad}
	return maptiles.Param("set", schema)
}

// DescribeTileMatrixSets describes TileMatrixSets.
func DescribeTileMatrixSets(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "list-ogc-tile-matrix-sets", "The tile matrix sets", "Tile matrix sets", nil)
}

// TileMatrixSets lists the tile matrix sets: one.
func TileMatrixSets(w http.ResponseWriter, r *http.Request) error {
	if _, err := tilesQuery(r); err != nil {
		return err
	}
	type set struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		URI   string `json:"uri"`
		CRS   string `json:"crs"`
		Links []Link `json:"links"`
	}
	base := request.Base(r) + "/ogc/tileMatrixSets"
	return httpx.WriteJSON(w, r, struct {
		TileMatrixSets []set  `json:"tileMatrixSets"`
		Links          []Link `json:"links"`
	}{
		[]set{{webMercator.ID, webMercator.Title, webMercator.URI, webMercator.CRS,
			[]Link{{Href: base + "/" + webMercatorQuad, Rel: "self", Type: typeJSON, Title: webMercator.Title}}}},
		[]Link{{Href: base, Rel: "self", Type: typeJSON}},
	})
}

// DescribeTileMatrixSet describes TileMatrixSet.
func DescribeTileMatrixSet(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "get-ogc-tile-matrix-set", "A tile matrix set", "Tile matrix set of OGC 17-083r4",
		[]*huma.Param{setParam()})
}

// TileMatrixSet answers the definition of a tile matrix set.
func TileMatrixSet(w http.ResponseWriter, r *http.Request) error {
	if _, err := tilesQuery(r); err != nil {
		return err
	}
	if err := checkSet(r); err != nil {
		return err
	}
	return httpx.WriteJSON(w, r, &webMercator)
}

// DescribeTilesets describes Tilesets.
func DescribeTilesets(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "list-ogc-tilesets", "The tilesets of all layers", "Tilesets", maptiles.WithWindow())
}

// DescribeCollectionTilesets describes Tilesets of a collection.
func DescribeCollectionTilesets(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "list-ogc-collection-tilesets", "The tilesets of a layer", "Tilesets",
		maptiles.WithWindow(layerParam()))
}

// Tilesets lists the tilesets of a collection, or of all where none is named.
func (s *Server) Tilesets(w http.ResponseWriter, r *http.Request) error {
	a, window, err := tilesWindow(r)
	if err != nil {
		return err
	}
	layers := tiles.VisibleLayers(a.Viewer)
	if chi.URLParam(r, "layer") != "" {
		layer, err := layerOf(r, a)
		if err != nil {
			return err
		}
		layers = []tiles.Layer{layer}
	}
	list := []tileset{}
	for _, layer := range layers {
		described := s.Tiles.Describe(r, a, layer, window)
		list = append(list, tilesetOf(r, a, layer, described, window))
	}
	return httpx.WriteJSON(w, r, struct {
		Tilesets []tileset `json:"tilesets"`
		Links    []Link    `json:"links"`
	}{list, []Link{{Href: request.Base(r) + r.URL.RequestURI(), Rel: "self", Type: typeJSON}}})
}

// DescribeTileset describes Tileset.
func DescribeTileset(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "get-ogc-tileset", "The tileset of a layer", "Tileset metadata of OGC 17-083r4",
		maptiles.WithWindow(layerParam(), setParam()))
}

// Tileset answers the metadata of the tileset of a collection.
func (s *Server) Tileset(w http.ResponseWriter, r *http.Request) error {
	a, window, err := tilesWindow(r)
	if err != nil {
		return err
	}
	layer, err := tilesetLayerOf(r, a)
	if err != nil {
		return err
	}
	described := s.Tiles.Describe(r, a, layer, window)
	b := described.Bounds
	m := tilesetMetadata{
		tileset:     tilesetOf(r, a, layer, described, window),
		BoundingBox: boundingBox{[2]float64{b[0], b[1]}, [2]float64{b[2], b[3]}, crs84},
		CenterPoint: centerPoint{[2]float64{described.Center[0], described.Center[1]}, crs84,
			strconv.Itoa(int(described.Center[2]))},
	}
	m.Description = described.Description
	box := orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
	for z := described.MinZoom; z <= described.MaxZoom; z++ {
		t := tiles.RangeOf(box, z)
		m.Limits = append(m.Limits, tileLimits{strconv.Itoa(z), t.MinY, t.MaxY, t.MinX, t.MaxX})
	}
	for _, l := range described.VectorLayers {
		m.Layers = append(m.Layers, tilesetLayer{ID: l.ID, Title: l.Description, DataType: "vector",
			GeometryDimension: l.Dimension,
			MinTileMatrix:     strconv.Itoa(l.MinZoom), MaxTileMatrix: strconv.Itoa(l.MaxZoom),
			PropertiesSchema: schemaOf(l.Fields)})
	}
	return httpx.WriteJSON(w, r, &m)
}

// tilesetOf returns the entry of a layer's tileset in a list.
func tilesetOf(r *http.Request, a *request.Context, layer tiles.Layer, described *tiles.TileJSON,
	window tiles.Window) tileset {
	base := request.Base(r)
	collection := base + "/ogc/collections/" + layer.Name()
	set := collection + "/tiles/" + webMercatorQuad
	query := "?" + window.Query(a.Version())
	return tileset{
		Title: layer.Name(), DataType: "vector", CRS: mercator, TileMatrixSetURI: webMercatorQuadURI,
		Links: []Link{
			{Href: set + query, Rel: "self", Type: typeJSON, Title: described.Description},
			{Href: base + "/ogc/tileMatrixSets/" + webMercatorQuad, Rel: relTilingScheme, Type: typeJSON,
				Title: webMercator.Title},
			{Href: set + "/{tileMatrix}/{tileRow}/{tileCol}" + query, Rel: "item", Type: maptiles.MVT,
				Title: "Vector tiles", Templated: true},
			{Href: base + "/tiles/" + layer.Name() + ".json" + query, Rel: "describedby", Type: typeJSON,
				Title: "TileJSON"},
			{Href: collection, Rel: "http://www.opengis.net/def/rel/ogc/1.0/geodata", Type: typeJSON},
		},
	}
}

// DescribeTile describes Tile.
func DescribeTile(op *huma.Operation, _ huma.Registry) {
	describeDocument(op, "get-ogc-tile", "One vector tile, as OGC API Tiles has it", "",
		maptiles.WithWindow(layerParam(), setParam(), maptiles.Param("tileMatrix",
			maptiles.Number("zoom", tiles.MaxZoom)),
			maptiles.Param("tileRow", maptiles.Number("from the north, to 2^zoom - 1", 0)),
			maptiles.Param("tileCol", maptiles.Number("from the west, to 2^zoom - 1", 0))))
	maptiles.DescribeAnswers(op)
}

// Tile answers a tile: row before column, as the standard orders them.
func (s *Server) Tile(w http.ResponseWriter, r *http.Request) error {
	a, err := request.From(r.Context())
	if err != nil {
		return err
	}
	values, err := tilesQuery(r)
	if err != nil {
		return err
	}
	layer, err := tilesetLayerOf(r, a)
	if err != nil {
		return err
	}
	return s.Tiles.WriteTile(w, r, a, values, layer.Name(), "tileMatrix", "tileCol", "tileRow")
}

// tilesQuery reads the query of an address of tiles. f, which many clients add, may name what
// there is.
func tilesQuery(r *http.Request) (url.Values, error) {
	values, err := request.ParseQuery(r)
	if err != nil {
		return nil, err
	}
	switch f := values.Get("f"); f {
	case "", "json", "mvt", typeJSON, maptiles.MVT:
	default:
		return nil, request.Parameter("query", "f", f, problem.WantFormats())
	}
	values.Del("f")
	return values, nil
}

// tilesWindow returns the context of a request for a tileset and its window, the last day filled
// in: tiles of a window with an end can be cached for ever.
func tilesWindow(r *http.Request) (*request.Context, tiles.Window, error) {
	a, err := request.From(r.Context())
	if err != nil {
		return nil, tiles.Window{}, err
	}
	values, err := tilesQuery(r)
	if err != nil {
		return nil, tiles.Window{}, err
	}
	window, err := maptiles.CheckedWindow(r.Context(), a, values)
	if window.To == data.NoDate {
		window.To = a.Today
	}
	return a, window, err
}

// layerOf returns the layer that the collection of the path is.
func layerOf(r *http.Request, a *request.Context) (tiles.Layer, error) {
	name := chi.URLParam(r, "layer")
	layer, err := tiles.LayerNamed(name)
	if err != nil {
		return nil, request.NotFound("tileset of a collection", name)
	}
	if !layer.Visible(a.Viewer) {
		return nil, fmt.Errorf("tileset of %s: %w", name, coverage.ErrNotAllowed)
	}
	return layer, nil
}

// tilesetLayerOf returns the layer whose tileset, on the one tile matrix set, the path names.
func tilesetLayerOf(r *http.Request, a *request.Context) (tiles.Layer, error) {
	if err := checkSet(r); err != nil {
		return nil, err
	}
	return layerOf(r, a)
}

func checkSet(r *http.Request) error {
	if set := chi.URLParam(r, "set"); set != webMercatorQuad {
		return request.NotFound("tile matrix set", set)
	}
	return nil
}
