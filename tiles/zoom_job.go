package tiles

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage"
	"tungnha/tiles/archive"
)

// A sheet is what all tiles of one zoom are drawn from.
type sheet struct {
	z      int
	buffer int32 // how far what is drawn reaches beyond a tile, in points
	keys   []string
	small  bool

	result, earlier *coverage.Result // of cells
	spots           *coverage.HotSpots

	chosen []selection // of areas
	shapes *shapes
}

// sheet asks for the counts of a zoom.
func (s *Server) sheet(ctx context.Context, ix *coverage.Index, v coverage.Viewer, a *Archive, z int) (*sheet, error) {
	resolution := coverage.MinResolution
	if a.Layer == Cells {
		resolution = resolutions[z]
	}
	result, err := s.window(ctx, ix, v, a, resolution)
	if err != nil {
		return nil, err
	}
	var earlier *coverage.Result
	if a.Window.compares(a.Layer) {
		q := result.Query
		q.From, q.To = a.Window.EarlierFrom, a.Window.EarlierTo
		if earlier, err = ix.Query(ctx, v, q); err != nil {
			return nil, err
		}
	}
	spots := a.Layer == Cells && a.Window.HotSpots
	p := &sheet{z: z, buffer: areaBuffer, small: v.SmallCounts, keys: s.schemas.keys(schema{result.Config, a.Layer, spots, earlier != nil})}
	if a.Layer == Cells {
		p.result, p.earlier, p.buffer = result, earlier, cellBuffer
		if spots {
			p.spots, err = result.HotSpots()
		}
		return p, err
	}
	p.shapes = s.shelf.of(ix, result.Boundaries)
	p.chosen, err = chooseBoth(ctx, ix, v, result, earlier, p.shapes.levelsAt(z))
	return p, err
}

// blockZooms is how many zooms a block of tiles is wider than they are. The tiles of a block
// follow each other in an archive and are drawn from the same few cells or areas.
const blockZooms = 3

// maxBlocks bounds a zoom: an area around the globe by mistake is told, not drawn.
const maxBlocks = 1 << 20

// A block is the tiles within a wider one: those that hold anything, by number, compressed.
type block struct {
	tiles []numbered
	reach box // around all that is on them and beside them
}

// A numbered tile is one of an archive, compressed, with its number there.
type numbered struct {
	id   uint64
	body []byte
}

// nowhere is the box around nothing.
var nowhere = box{min: vertex{math.MaxUint32, math.MaxUint32}}

// or returns the box around both, of which either may be nowhere.
func (b box) or(c box) box {
	switch nowhere {
	case b:
		return c
	case c:
		return b
	}
	return b.union(c)
}

// drawSheet draws the tiles of a zoom, block by block on all cores, and adds them to the
// archive in order. It returns a box around all that is on them.
func (s *Server) drawSheet(ctx context.Context, w *archive.Writer, p *sheet) (box, error) {
	ids, err := s.blocks(p)
	if err != nil {
		return nowhere, err
	}
	reach := nowhere
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan *block, 2*workers) // bounds what waits to be written
	group.Go(func() error {
		defer close(queue)
		drawing, ctx := errgroup.WithContext(ctx)
		drawing.SetLimit(workers)
		for _, id := range ids {
			done := make(chan *block, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return cmp.Or(drawing.Wait(), ctx.Err())
			}
			drawing.Go(func() error {
				b, err := s.drawBlock(ctx, p, id)
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
			reach = reach.or(b.reach)
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
func (s *Server) blocks(p *sheet) ([]uint64, error) {
	z := max(p.z-blockZooms, 0)
	found := make(map[uint64]bool)
	mark := func(b box) error {
		b.tiles(z, uint32(p.buffer)<<(worldBits-extentBits-p.z), func(x, y int) bool {
			found[archive.TileID(z, x, y)] = true
			return len(found) <= maxBlocks
		})
		if len(found) > maxBlocks {
			return fmt.Errorf("it reaches over more than %d tiles of zoom %d", maxBlocks, z)
		}
		return nil
	}
	if p.result != nil {
		coarse, err := s.outlines.of(p.result, max(p.result.Query.Resolution-3, 0))
		if err != nil {
			return nil, err
		}
		for _, c := range cellsOf(p.result, max(p.result.Query.Resolution-3, 0)) {
			i, _ := slices.BinarySearch(coarse.cells, c)
			if err := mark(boxOf(coarse.outline(i)).aroundChildren()); err != nil {
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
				if b := p.shapes.reach()[area]; b.max != (vertex{}) {
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

// tiles calls yield for the tiles of a zoom that the box, wider by margin on each side,
// touches, until it returns false.
func (b box) tiles(z int, margin uint32, yield func(x, y int) bool) {
	shift, world := worldBits-z, int64(1)<<z
	west, east := (int64(b.min.x)-int64(margin))>>shift, (int64(b.max.x)+int64(margin))>>shift
	north, south := (int64(b.min.y)-int64(margin))>>shift, (int64(b.max.y)+int64(margin))>>shift
	east = min(east, west+world-1)
	for y := max(north, 0); y <= min(south, world-1); y++ {
		for x := west; x <= east; x++ {
			if !yield(int(x&(world-1)), int(y)) {
				return
			}
		}
	}
}

// drawBlock draws the tiles within the wider tile of a number.
func (s *Server) drawBlock(ctx context.Context, p *sheet, id uint64) (*block, error) {
	z, x, y := archive.Place(id)
	wide := newFrame(z, x, y)
	b := &block{reach: nowhere}
	side := 1 << (p.z - z)
	frames := make([]frame, 0, side*side)
	for i := range side * side {
		frames = append(frames, newFrame(p.z, x*side+i%side, y*side+i/side))
	}
	slices.SortFunc(frames, func(a, b frame) int { return cmp.Compare(a.id(), b.id()) })
	wanted := make([]bool, len(frames))
	mark := func(around box) {
		b.reach = b.reach.or(around)
		for i := range frames {
			wanted[i] = wanted[i] || frames[i].touches(around, p.buffer)
		}
	}
	draw, err := s.prepare(p, &wide, mark)
	if err != nil {
		return nil, err
	}
	d := s.drawings.Get().(*drawing)
	defer s.drawings.Put(d)
	d.keys, d.small = p.keys, p.small
	for i := range frames {
		if !wanted[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.w.reset()
		err := draw(d, &frames[i])
		mvt := d.w.bytes()
		if err == nil && len(mvt) > 0 {
			t := numbered{id: frames[i].id()}
			t.body, err = compress(mvt, Gzip)
			b.tiles = append(b.tiles, t)
		}
		if err != nil {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", p.z, frames[i].x, frames[i].y, err)
		}
	}
	return b, nil
}

// id returns the number of the tile in archives.
func (f *frame) id() uint64 { return archive.TileID(f.z, f.x, f.y) }

// prepare finds what is in a block, calls mark with a box around each part of it, and
// returns what draws a tile of the block.
func (s *Server) prepare(p *sheet, wide *frame, mark func(box)) (func(*drawing, *frame) error, error) {
	if p.result != nil {
		g, err := s.outlines.near(p.result, wide)
		if err != nil {
			return nil, err
		}
		at := 0
		for _, i := range g.near(nil, wide) {
			at = seek(p.result.Rows, at, g.cells[i])
			if at < len(p.result.Rows) && p.result.Rows[at].Cell == g.cells[i] {
				mark(boxOf(g.outline(int(i))))
			}
		}
		return func(d *drawing, f *frame) error {
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
			if shape == nil || !wide.touches(shape.box, areaBuffer) {
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
	return func(d *drawing, f *frame) error { return d.areas(f, chosen, p.shapes) }, nil
}
