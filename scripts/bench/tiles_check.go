package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"tungnha/geo"
)

// checkedTiles is how many tiles of the sample are compared.
const checkedTiles = 40

// cellShape is a cell and its outline in longitude and latitude.
type cellShape struct {
	cell    geo.Cell
	outline orb.Polygon
}

// shapes returns the cells of each resolution of the sample in which a household is or was.
func (p *plainColumns) shapes() (map[int][]cellShape, error) {
	shapes := map[int][]cellShape{}
	for _, r := range zoomResolution {
		if shapes[r] != nil {
			continue
		}
		var last geo.Cell
		for _, fine := range p.fine { // in order
			c := fine.Parent(r)
			if c == last {
				continue
			}
			last = c
			ring, err := c.Boundary()
			if err != nil {
				return nil, err
			}
			shapes[r] = append(shapes[r], cellShape{c, orb.Polygon{ring}})
		}
	}
	return shapes, nil
}

// preparePostgis loads PostGIS for tiles, once, and checks that its tiles are ours.
func (p *province) preparePostgis(ctx context.Context, lines func(string, ...any)) (*tileServers, error) {
	t, err := p.prepareTiles(ctx, lines)
	if err != nil || t.postgis != "" {
		return t, err
	}
	shapes, err := p.plain.shapes()
	if err != nil {
		return nil, err
	}
	if err := p.loadTiles(ctx, shapes, t, lines); err != nil {
		return nil, err
	}
	db, err := newPostgisServer(ctx, p.db.Config().ConnString())
	if err != nil {
		return nil, err
	}
	t.stop, t.backends = append(t.stop, db.close), db.backends
	if t.postgis, err = t.serve(db); err != nil {
		return nil, err
	}
	return t, t.check(ctx, lines)
}

// check fails where a tile of PostGIS's, by any plan, has other cells or counts than ours.
func (t *tileServers) check(ctx context.Context, lines func(string, ...any)) error {
	cells, slivers := 0, 0
	tiles := t.sample[:checkedTiles]
	for i, path := range t.paths(0, tiles) {
		ours, err := readCells(ctx, "http://"+t.ours+path)
		if err != nil {
			return err
		}
		cells += len(ours)
		paths := []string{precomputedPath(precomputed, tiles[i])}
		for plan := range livePlans {
			paths = append(paths, livePath(plan, 0, tiles[i]))
		}
		for _, theirPath := range paths {
			theirs, err := readCells(ctx, "http://"+t.postgis+theirPath)
			if err != nil {
				return err
			}
			n, err := compareCells(ours, theirs)
			if err != nil {
				return fmt.Errorf("%s beside %s: %w", path, theirPath, err)
			}
			slivers += n
		}
	}
	lines("%d tiles of %d hexagons: households and reached are the same in PostGIS's; %d slivers at the rim of the buffer in one only", len(tiles), cells, slivers)
	return nil
}

// cellInTile is what is compared of a cell. inside reports whether it reaches into the tile
// itself and not only into its buffer.
type cellInTile struct {
	households, reached float64
	inside              bool
}

// compareCells fails where two tiles have different cells or counts. Cells that touch the buffer
// by less than a grid step are in one tile or the other by rounding: those are counted.
func compareCells(ours, theirs map[string]cellInTile) (slivers int, err error) {
	for h3, a := range ours {
		b, ok := theirs[h3]
		if !ok {
			if a.households == 0 {
				continue // all who lived there are gone: we still draw it
			}
			if a.inside {
				return 0, fmt.Errorf("cell %s is missing there", h3)
			}
			slivers++
		} else if a.households != b.households || a.reached != b.reached {
			return 0, fmt.Errorf("cell %s: got %+v, want %+v", h3, b, a)
		}
	}
	for h3, b := range theirs {
		if _, ok := ours[h3]; !ok {
			if b.inside {
				return 0, fmt.Errorf("cell %s is missing here", h3)
			}
			slivers++
		}
	}
	return slivers, nil
}

// readCells decodes a tile of cells with orb's reader.
func readCells(ctx context.Context, url string) (map[string]cellInTile, error) {
	body, err := get(ctx, url, "identity")
	if err != nil {
		return nil, err
	}
	unmarshal := mvt.Unmarshal
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) { // there are servers that compress what was to be plain
		unmarshal = mvt.UnmarshalGzipped
	}
	layers, err := unmarshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	cells := map[string]cellInTile{}
	for _, layer := range layers {
		for _, f := range layer.Features {
			cells[f.Properties.MustString("h3")] = cellInTile{
				households: f.Properties.MustFloat64("households"), reached: f.Properties.MustFloat64("reached"),
				inside: inside(f),
			}
		}
	}
	return cells, nil
}

func inside(f *geojson.Feature) bool {
	return f.Geometry.Bound().Intersects(orb.Bound{Max: orb.Point{4096, 4096}})
}
