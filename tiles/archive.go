package tiles

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"tungnha/coverage"
	"tungnha/internal/problem"
	"tungnha/tiles/archive"
	"tungnha/tiles/mvt"
)

// ArchiveZoom is the deepest zoom of an archive where none is named: maps magnify its
// tiles, and each zoom more makes it about twice as large.
const ArchiveZoom = 14

// Archive describes what an archive of tiles is to contain: all tiles of a layer and window, from
// one zoom to another.
type Archive struct {
	Layer            string // cells or areas
	Window           Window
	MinZoom, MaxZoom int
	Name             string // of the programme
	Definition       string // version of the indicators' definitions
	Total            any    // the count of the whole, as JSON is to have it
}

// Check returns a *problem.ParameterError of what is out of bounds: layer, min_zoom or max_zoom.
func (a *Archive) Check() error {
	if layer, err := LayerNamed(a.Layer); err != nil || !layer.about().archived {
		return problem.Parameter("layer", problem.ArchiveLayer(a.Layer))
	}
	if a.MaxZoom < 0 || a.MaxZoom > MaxZoom {
		return problem.Parameter("max_zoom", problem.OutsideNumbers(a.MaxZoom, 0, MaxZoom))
	}
	if a.MinZoom < 0 || a.MinZoom > a.MaxZoom {
		return problem.Parameter("min_zoom", problem.ZoomOutside(a.MinZoom, a.MaxZoom))
	}
	return nil
}

// releaseDay is the day of the release that the viewer sees, nil of exact figures.
func releaseDay(view *coverage.View) *string {
	if r := view.Release(); r != nil {
		return r.Day.OrNull()
	}
	return nil
}

// WriteArchive writes a PMTiles archive of the tiles that Tile returns for the viewer: the
// same bytes, but for their compression, and for the same data and window the same archive.
// Tiles are drawn on all cores and kept in a temporary file in dir (empty: the system's
// place) until the last: what is in memory does not grow with their bytes.
func (s *Server) WriteArchive(ctx context.Context, out io.Writer, dir string, view *coverage.View, a *Archive) error {
	if err := a.Check(); err != nil {
		return err
	}
	layer, err := LayerNamed(a.Layer)
	if err != nil {
		return err
	}
	w, err := archive.NewWriter(dir)
	if err != nil {
		return err
	}
	defer w.Close()
	drawn := mvt.Nowhere
	for z := a.MinZoom; z <= a.MaxZoom; z++ {
		job, err := s.newZoomJob(ctx, view, a, layer, z)
		if err != nil {
			return err
		}
		reach, err := s.renderZoom(ctx, w, job)
		if err != nil {
			return fmt.Errorf("archive of %s, zoom %d: %w", a.Layer, z, err)
		}
		drawn = drawn.Or(reach)
	}
	info, metadata, err := s.describeArchive(ctx, view, a, layer, drawn)
	if err != nil {
		return err
	}
	return w.WriteTo(out, info, metadata)
}

// describeArchive returns the header and the metadata of the archive.
func (s *Server) describeArchive(ctx context.Context, view *coverage.View, a *Archive, layer Layer,
	drawn mvt.Box) (*archive.Info, []byte, error) {
	window, err := view.Query(ctx, a.Window.query())
	if err != nil {
		return nil, nil, err
	}
	described := Describe(view, layer, "", a.Name, "", a.Window)
	info := &archive.Info{Type: archive.MVT, MinZoom: a.MinZoom, MaxZoom: a.MaxZoom, Bounds: described.Bounds,
		Center: described.Center}
	if drawn != mvt.Nowhere {
		nw, se := mvt.Unproject(drawn.Min), mvt.Unproject(drawn.Max)
		info.Bounds = [4]float64{nw[0], se[1], se[0], nw[1]}
		info.Center[0], info.Center[1] = (nw[0]+se[0])/2, (nw[1]+se[1])/2
	}
	info.Center[2] = float64(min(max(a.MinZoom, 8), a.MaxZoom))

	layers := described.VectorLayers
	for i := range layers {
		layers[i].MinZoom, layers[i].MaxZoom = max(layers[i].MinZoom, a.MinZoom), a.MaxZoom
	}
	q := window.Query
	metadata, err := json.Marshal(map[string]any{
		"name": a.Name + ": " + a.Layer, "description": described.Description, "attribution": a.Name,
		"type": "overlay", "version": described.Version, "vector_layers": layers,
		"tungnha": map[string]any{
			"version": window.Version, "definition": a.Definition, "suppressed": !view.Viewer().SmallCounts,
			"parent":  q.Parent,
			"release": releaseDay(view),
			"from":    q.From.OrNull(), "to": q.To.String(), "boundaries": q.Boundaries.String(), "total": a.Total,
		},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("archive of %s: %w", a.Layer, err)
	}
	return info, metadata, nil
}
