package tiles

import (
	"cmp"
	"net/url"
	"strings"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles/archive"
)

// TileJSON describes the tiles of one layer, as TileJSON 3.0.0 has it.
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	Version      string        `json:"version"`
	Attribution  string        `json:"attribution"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       [4]float64    `json:"bounds"` // west, south, east, north
	Center       [3]float64    `json:"center"` // longitude, latitude, zoom
	VectorLayers []VectorLayer `json:"vector_layers,omitempty"`
}

// VectorLayer describes one layer in the tiles.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`

	// Dimension of the geometry: 0 points, 2 areas. Of basemaps it is not known.
	Dimension int `json:"-"`
}

// Describe returns the TileJSON of a layer. Base is the address of this server without a
// slash at its end; attribution credits the source of the data. The addresses of the tiles carry
// version, which names the data and how they are shown, so that an answer may be kept for
// ever; empty is the index's.
func Describe(view *coverage.View, layer Layer, base, attribution, version string, w Window) *TileJSON {
	about := layer.about()
	query := w.Query(cmp.Or(version, view.Version()))
	t := &TileJSON{
		TileJSON:    "3.0.0",
		Name:        layer.Name(),
		Description: about.description,
		Version:     "1.0.0",
		Attribution: attribution,
		Scheme:      "xyz",
		Tiles:       []string{base + "/tiles/" + layer.Name() + "/{z}/{x}/{y}.mvt?" + query},
		MinZoom:     0,
		MaxZoom:     MaxZoom,
		Center:      [3]float64{108, 16, 5},
	}
	box := boundsOf(view, layer)
	t.Bounds = [4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
	if b := view.Bound(); !b.IsEmpty() {
		at := b.Center()
		t.Center = [3]float64{at[0], at[1], 8}
	}
	fields := described(layer.fields(view.Config().Skills, about.variant(&w)))
	for _, l := range about.vectorLayers {
		t.VectorLayers = append(t.VectorLayers,
			VectorLayer{l.name, cmp.Or(l.description, about.description), 0, MaxZoom, fields, l.dimension})
	}
	return t
}

// DescribeBasemap returns the TileJSON of the archive that is under the cells. Base is the
// address of this server without a slash at its end.
func DescribeBasemap(b *archive.File, base string) *TileJSON {
	t := &TileJSON{
		TileJSON: "3.0.0", Name: b.Name, Version: "1.0.0", Attribution: b.Attribution, Scheme: "xyz",
		Tiles:   []string{base + "/basemap/{z}/{x}/{y}?v=" + b.Version},
		MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, Bounds: b.Bounds, Center: b.Center,
	}
	for _, l := range b.VectorLayers {
		t.VectorLayers = append(t.VectorLayers, VectorLayer{
			ID: l.ID, Description: l.Description, MinZoom: l.MinZoom, MaxZoom: l.MaxZoom, Fields: l.Fields,
		})
	}
	return t
}

func described(fields []field) map[string]string {
	m := make(map[string]string, len(fields))
	for _, f := range fields {
		m[f.name] = f.description
	}
	return m
}

// Query returns the window as the query of an address, with a version of the data.
func (w Window) Query(version string) string {
	q := w.values()
	q.Set("v", version)
	return q.Encode()
}

// values returns the window as the parameters of an address.
func (w Window) values() url.Values {
	q := make(url.Values)
	for _, p := range []struct {
		name string
		day  data.Date
	}{{"from", w.From}, {"to", w.To}, {"boundaries", w.Boundaries}, {"earlier_from", w.EarlierFrom},
		{"earlier_to", w.EarlierTo}} {
		if p.day != data.NoDate {
			q.Set(p.name, p.day.String())
		}
	}
	if w.Parent != "" {
		q.Set("parent", w.Parent)
	}
	if w.HotSpots {
		q.Set("hotspots", "true")
	}
	return q
}

// address returns an address of this server with the window as its query.
func (w Window) address(base, path string) string {
	if q := w.values().Encode(); q != "" {
		return strings.TrimSuffix(base, "/") + path + "?" + q
	}
	return strings.TrimSuffix(base, "/") + path
}
