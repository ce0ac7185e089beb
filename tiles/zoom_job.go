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
	"tungnha/tiles/archive"
	"tungnha/tiles/mvt"
)

// A zoomJob is the drawing of all tiles of one zoom.
type zoomJob struct {
	*request
	z    int
	zoom archivedZoom
}

// newZoomJob counts what the tiles of a zoom show.
func (s *Server) newZoomJob(ctx context.Context, view *coverage.View, a *Archive, layer Layer,
	z int) (*zoomJob, error) {
	r, err := s.newRequest(ctx, view, layer, &a.Window, z, true)
	if err != nil {
		return nil, err
	}
	zoom, err := layer.prepare(ctx, &r, z)
	if err != nil {
		return nil, err
	}
	return &zoomJob{request: &r, z: z, zoom: zoom.(archivedZoom)}, nil
}

// batchZooms is how many zooms a batch of tiles is wider than they are. The tiles of a batch
// follow each other in an archive and are drawn from the same few cells or areas.
const batchZooms = 3

// maxBatches bounds a zoom: an area around the globe by mistake gets an error, not a drawing.
const maxBatches = 1 << 20

// A tileBatch is the tiles within a wider one: those that contain anything, by number, compressed.
type tileBatch struct {
	tiles []archivedTile
	reach mvt.Box // around all that is on them and beside them
}

// An archivedTile is one of an archive, compressed, with its number there.
type archivedTile struct {
	id   uint64
	body []byte
}

// renderZoom draws the tiles of a zoom, batch by batch on all cores, and adds them to the
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

// batches returns the numbers of the wider tiles in which anything may be, in order.
func (s *Server) batches(p *zoomJob) ([]uint64, error) {
	z := max(p.z-batchZooms, 0)
	found := make(map[uint64]bool)
	mark := func(b mvt.Box) error {
		b.Tiles(z, uint32(p.layer.about().buffer)<<(mvt.WorldBits-mvt.ExtentBits-p.z), func(x, y int) bool {
			found[archive.TileID(z, x, y)] = true
			return len(found) <= maxBatches
		})
		if len(found) > maxBatches {
			return fmt.Errorf("it reaches over more than %d tiles of zoom %d", maxBatches, z)
		}
		return nil
	}
	if err := p.zoom.extents(mark); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// renderBatch draws the tiles within the wider tile of a number.
func (s *Server) renderBatch(ctx context.Context, p *zoomJob, id uint64) (*tileBatch, error) {
	z, x, y := archive.TileCoord(id)
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
			wanted[i] = wanted[i] || frames[i].Touches(around, p.layer.about().buffer)
		}
	}
	draw, err := p.zoom.around(ctx, &wide, mark)
	if err != nil {
		return nil, err
	}
	d := s.encoders.Get().(*tileEncoder)
	defer s.encoders.Put(d)
	for i := range frames {
		if !wanted[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.start(p.request)
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
