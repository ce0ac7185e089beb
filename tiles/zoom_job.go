package tiles

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/tiles/archive"
	"tungnha/tiles/mvt"
)

// A sheet is what all tiles of one zoom are drawn from.
type zoomJob struct {
	z      int
	buffer int32 // how far what is drawn reaches beyond a tile, in points
	keys   []string
	small  bool

	result, earlier *coverage.Result // of cells
	spots           *hotspot.Result

	chosen []selection // of areas
	shapes *shapes
}

// sheet asks for the counts of a zoom.
func (s *Server) newZoomJob(ctx context.Context, view *coverage.View, a *Archive, z int) (*zoomJob, error) {
	resolution := coverage.MinResolution
	if a.Layer == Cells {
		resolution = resolutions[z]
	}
	result, err := s.window(ctx, view, a, resolution)
	if err != nil {
		return nil, err
	}
	var earlier *coverage.Result
	if a.Window.compares(a.Layer) {
		q := result.Query
		q.From, q.To = a.Window.EarlierFrom, a.Window.EarlierTo
		if earlier, err = view.Query(ctx, q); err != nil {
			return nil, err
		}
	}
	spots := a.Layer == Cells && a.Window.HotSpots
	p := &zoomJob{z: z, buffer: areaBuffer, small: view.Viewer().SmallCounts, keys: s.schemas.keys(schema{result.Config, a.Layer, spots, earlier != nil})}
	if a.Layer == Cells {
		p.result, p.earlier, p.buffer = result, earlier, cellBuffer
		if spots {
			p.spots, err = result.HotSpots()
		}
		return p, err
	}
	p.shapes = s.shapes.of(view, result.Boundaries)
	p.chosen, err = chooseBoth(ctx, view, result, earlier, p.shapes.levelsAt(z))
	return p, err
}

// blockZooms is how many zooms a block of tiles is wider than they are. The tiles of a block
// follow each other in an archive and are drawn from the same few cells or areas.
const batchZooms = 3

// maxBlocks bounds a zoom: an area around the globe by mistake is told, not drawn.
const maxBatches = 1 << 20

// A block is the tiles within a wider one: those that hold anything, by number, compressed.
type tileBatch struct {
	tiles []archivedTile
	reach mvt.Box // around all that is on them and beside them
}

// A numbered tile is one of an archive, compressed, with its number there.
type archivedTile struct {
	id   uint64
	body []byte
}

// drawSheet draws the tiles of a zoom, block by block on all cores, and adds them to the
// archive in order. It returns a box around all that is on them.
func (s *Server) renderZoom(ctx context.Context, w *archive.Writer, p *zoomJob) (mvt.Box, error) {
	ids, err := s.batches(p)
	if err != nil {
		return mvt.Nowhere, err
	}
	reach := mvt.Nowhere
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan *tileBatch, 2*workers) // bounds what waits to be written
	group.Go(func() error {
		defer close(queue)
		drawing, ctx := errgroup.WithContext(ctx)
		drawing.SetLimit(workers)
		for _, id := range ids {
			done := make(chan *tileBatch, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return cmp.Or(drawing.Wait(), ctx.Err())
			}
			drawing.Go(func() error {
				b, err := s.renderBatch(ctx, p, id)
				done <- b
				return err
			})
		}
		return drawing.Wait()
	})
	group.Go(func() error {
		for done := range queue {
			b := <-done
			if b == nil {
				continue // what went wrong ends the queue
			}
			reach = reach.Or(b.reach)
			for _, t := range b.tiles {
				if err := w.Add(t.id, t.body); err != nil {
					return err
				}
			}
		}
		return nil
	})
	err = group.Wait()
	return reach, err
}

// blocks returns the numbers of the wider tiles in which anything may be, in order.
func (s *Server) batches(p *zoomJob) ([]uint64, error) {
	z := max(p.z-batchZooms, 0)
	found := make(map[uint64]bool)
	mark := func(b mvt.Box) error {
		b.Tiles(z, uint32(p.buffer)<<(mvt.WorldBits-mvt.ExtentBits-p.z), func(x, y int) bool {
			found[archive.TileID(z, x, y)] = true
			return len(found) <= maxBatches
		})
		if len(found) > maxBatches {
			return fmt.Errorf("it reaches over more than %d tiles of zoom %d", maxBatches, z)
		}
		return nil
	}
	if p.result != nil {
		coarse, err := s.grids.of(p.result, max(p.result.Query.Resolution-3, 0))
		if err != nil {
			return nil, err
		}
		for _, c := range cellsOf(p.result, max(p.result.Query.Resolution-3, 0)) {
			i, _ := slices.BinarySearch(coarse.cells, c)
			if err := mark(mvt.BoxOf(coarse.outline(i)).Grow(childrenReach)); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range p.chosen {
		for i := range c.result.Rows {
			area := c.result.Rows[i].Area
			if !c.holds(area) {
				continue
			}
			if p.shapes.derived(area) {
				if b := p.shapes.reach()[area]; b.Max != (mvt.Vertex{}) {
					if err := mark(b); err != nil {
						return nil, err
					}
				}
				continue
			}
			shape, err := p.shapes.shape(area)
			if err != nil {
				return nil, err
			}
			if shape == nil {
				continue
			}
			for j := range shape.polygons {
				if err := mark(shape.polygons[j].box); err != nil {
					return nil, err
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// drawBlock draws the tiles within the wider tile of a number.
func (s *Server) renderBatch(ctx context.Context, p *zoomJob, id uint64) (*tileBatch, error) {
	z, x, y := archive.Place(id)
	wide := mvt.NewTransform(z, x, y)
	b := &tileBatch{reach: mvt.Nowhere}
	side := 1 << (p.z - z)
	frames := make([]mvt.Transform, 0, side*side)
	for i := range side * side {
		frames = append(frames, mvt.NewTransform(p.z, x*side+i%side, y*side+i/side))
	}
	slices.SortFunc(frames, func(a, b mvt.Transform) int { return cmp.Compare(archiveID(&a), archiveID(&b)) })
	wanted := make([]bool, len(frames))
	mark := func(around mvt.Box) {
		b.reach = b.reach.Or(around)
		for i := range frames {
			wanted[i] = wanted[i] || frames[i].Touches(around, p.buffer)
		}
	}
	draw, err := s.prepare(p, &wide, mark)
	if err != nil {
		return nil, err
	}
	d := s.encoders.Get().(*tileEncoder)
	defer s.encoders.Put(d)
	d.keys, d.small = p.keys, p.small
	for i := range frames {
		if !wanted[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.mvt.Reset()
		err := draw(d, &frames[i])
		mvt := d.mvt.Bytes()
		if err == nil && len(mvt) > 0 {
			t := archivedTile{id: archiveID(&frames[i])}
			t.body, err = compress(mvt, Gzip)
			b.tiles = append(b.tiles, t)
		}
		if err != nil {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", p.z, frames[i].X, frames[i].Y, err)
		}
	}
	return b, nil
}

// archiveID returns the number of the tile in archives.
func archiveID(f *mvt.Transform) uint64 { return archive.TileID(f.Z, f.X, f.Y) }

// prepare finds what is in a block, calls mark with a box around each part of it, and
// returns what draws a tile of the block.
func (s *Server) prepare(p *zoomJob, wide *mvt.Transform, mark func(mvt.Box)) (func(*tileEncoder, *mvt.Transform) error, error) {
	if p.result != nil {
		g, err := s.grids.near(p.result, wide)
		if err != nil {
			return nil, err
		}
		at := 0
		for _, i := range g.near(nil, wide) {
			at = seek(p.result.Rows, at, g.cells[i])
			if at < len(p.result.Rows) && p.result.Rows[at].Cell == g.cells[i] {
				mark(mvt.BoxOf(g.outline(int(i))))
			}
		}
		return func(d *tileEncoder, f *mvt.Transform) error {
			d.cells(f, p.result, p.earlier, g, p.spots)
			return nil
		}, nil
	}
	var chosen []selection
	for _, c := range p.chosen {
		here := *c.result
		here.Rows = nil
		for i := range c.result.Rows {
			area := c.result.Rows[i].Area
			if !c.holds(area) {
				continue
			}
			shape, err := p.shapes.of(area, wide)
			if err != nil {
				return nil, err
			}
			if shape == nil || !wide.Touches(shape.box, areaBuffer) {
				continue
			}
			here.Rows = append(here.Rows, c.result.Rows[i])
			for j := range shape.polygons {
				mark(shape.polygons[j].box)
			}
		}
		c.result = &here
		chosen = append(chosen, c)
	}
	return func(d *tileEncoder, f *mvt.Transform) error { return d.areas(f, chosen, p.shapes) }, nil
}
