package maptiles

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles"
	"tungnha/tiles/glyphs"
	"tungnha/tiles/style"
)

// DescribeTileJSON describes TileJSON.
func DescribeTileJSON(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-tilejson", "TileJSON 3.0.0 of a layer", WithWindow(Param("layer", LayerSchema()))...)
	op.Responses["200"] = httpx.FileResponse(jsonType, "TileJSON")
}

// TileJSON describes the tiles of a layer.
func (s *Server) TileJSON(w http.ResponseWriter, r *http.Request) error {
	a, values, err := read(r)
	if err != nil {
		return err
	}
	window, err := CheckedWindow(r.Context(), a, values)
	if err != nil {
		return err
	}
	layer, err := tiles.LayerNamed(chi.URLParam(r, "layer"))
	if err != nil {
		return err
	}
	if !layer.Visible(a.Viewer) {
		return coverage.ErrNotAllowed
	}
	if window.To == data.NoDate {
		window.To = a.Today // tiles of a window with an end can be cached for ever
	}
	return httpx.WriteJSON(w, r, s.Describe(r, a, layer, window))
}

// Describe returns the TileJSON of a layer in a window, with addresses as the client reaches them.
func (s *Server) Describe(r *http.Request, a *request.Context, layer tiles.Layer, window tiles.Window) *tiles.TileJSON {
	return tiles.Describe(a.View, layer, request.Base(r), s.Programme, a.Version(), window)
}

// DescribeStyle describes Style.
func DescribeStyle(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-style", "A complete MapLibre style", WithWindow(languageParam())...)
	op.Responses["200"] = httpx.FileResponse(jsonType, "MapLibre style")
}

// Style answers a complete MapLibre style.
func (s *Server) Style(w http.ResponseWriter, r *http.Request) error {
	a, values, err := read(r)
	if err != nil {
		return err
	}
	language, err := request.Language(values.Get("lang"))
	if err != nil {
		return err
	}
	values.Del("lang")
	window, err := CheckedWindow(r.Context(), a, values)
	if err != nil {
		return err
	}
	sheet, err := tiles.Style(a.View, request.Base(r), language, window, s.Basemap)
	if err != nil {
		return err
	}
	_ = httpx.WriteTagged(w, r, jsonType, sheet) // a client that is gone has no use for the error
	return nil
}

// DescribeGlyphs describes Glyphs.
func DescribeGlyphs(op *huma.Operation, _ huma.Registry) {
	describe(op, "get-glyphs", "Letters of the style's labels",
		Param("fontstack", httpx.Text(
			"names of faces with commas between; the first that there is counts: "+glyphs.Regular+", "+glyphs.SemiBold)),
		Param("range", httpx.Text("256 characters: 0-255, 256-511 and so on to 65280-65535")))
	op.Responses["200"] = httpx.FileResponse("application/x-protobuf", "Glyphs as signed distance fields")
}

// Glyphs answers the glyphs of 256 characters of the labels' face.
func Glyphs(w http.ResponseWriter, r *http.Request) error {
	stack, err := url.PathUnescape(chi.URLParam(r, "fontstack"))
	if err != nil {
		return request.NotFound("face", chi.URLParam(r, "fontstack"))
	}
	first, last := 0, 0
	name := chi.URLParam(r, "range")
	n, err := fmt.Sscanf(name, "%d-%d", &first, &last)
	if n != 2 || err != nil || last != first+255 || name != fmt.Sprintf("%d-%d", first, last) {
		return request.NotFound("range of glyphs", name)
	}
	body, ok, err := glyphs.Range(stack, first)
	if err != nil {
		return err
	}
	if !ok {
		return request.NotFound("range of glyphs", stack+" "+name)
	}
	_ = httpx.WriteTagged(w, r, "application/x-protobuf", body) // a client that is gone has no use for the error
	return nil
}

// DescribeSprite describes Sprite under the path of the operation.
func DescribeSprite(op *huma.Operation, _ huma.Registry) {
	mediaType := jsonType
	if strings.HasSuffix(op.Path, ".png") {
		mediaType = "image/png"
	}
	describe(op, "get-"+strings.NewReplacer("/", "", "@", "-", ".", "-").Replace(op.Path), "Symbols of the style")
	op.Responses["200"] = httpx.FileResponse(mediaType, "The image, or the JSON that says where each symbol stands")
}

// Sprite answers the symbols of the style, at a scale of 1 or 2, and where each is in the image.
func Sprite(w http.ResponseWriter, r *http.Request) error {
	scale := 1
	if strings.Contains(r.URL.Path, "@2x") {
		scale = 2
	}
	image, index, err := style.Sprite(scale)
	if err != nil {
		return err
	}
	mediaType, body := jsonType, index
	if strings.HasSuffix(r.URL.Path, ".png") {
		mediaType, body = "image/png", image
	}
	_ = httpx.WriteTagged(w, r, mediaType, body) // a client that is gone has no use for the error
	return nil
}
