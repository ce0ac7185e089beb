package tiles

import (
	"encoding/json"
	"fmt"
	"strings"

	"tungnha/coverage"
	"tungnha/tiles/archive"
	"tungnha/tiles/style"
)

// Style returns a complete MapLibre style of the layers that the viewer may see, with the sources of this server, whose
// address is base, and on the basemap where there is one. Language is vi or en.
func Style(view *coverage.View, base, language string, w Window, basemap *archive.File) ([]byte, error) {
	base = strings.TrimSuffix(base, "/")
	s := style.Sheet{
		Version:  8,
		Name:     "Từng Nhà",
		Metadata: map[string]string{"tungnha:version": view.Version()},
		Center:   [2]float64{108, 16},
		Zoom:     5,
		Sprite:   base + "/sprite",
		Glyphs:   style.GlyphsAddress(base),
		Sources:  make(map[string]style.Source),
	}
	if b := view.Bound(); !b.IsEmpty() {
		c := b.Center()
		s.Center, s.Zoom = [2]float64{c[0], c[1]}, 8
	}
	var parts []style.Parts
	for _, layer := range VisibleLayers(view.Viewer()) {
		s.Sources[layer.Name()] = style.Source{Type: "vector", URL: w.address(base, "/tiles/"+layer.Name()+".json")}
		parts = append(parts, layer.style(language, basemap != nil))
	}
	if basemap != nil {
		s.Sources[style.BasemapSource] = style.BasemapSourceOf(basemap, base)
	}
	s.Layers = style.Stack(parts, basemap, language)
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("style: %w", err)
	}
	return out, nil
}
