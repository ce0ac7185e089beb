package export

import (
	"context"
	"io"
	"runtime"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// batchRows is how many rows are encoded in one go. A batch of households takes about a
// quarter of a megabyte as text.
const batchRows = 1024

// batch is rows on their way to becoming text.
type batch struct {
	first      int // number of its first row
	geometries []orb.Geometry
	values     []Value
	text       []byte
	encoded    chan error
}

// rowEncoder appends row n.
type rowEncoder func(dst []byte, n int, g orb.Geometry, values []Value) ([]byte, error)

// encode writes every row as the encoder appends it, and returns how many there were and
// the bound of their geometries. Rows are encoded on all cores, and written in their order;
// the batches on the way are few and used again.
func (t *Table) encode(ctx context.Context, w io.Writer, encoder rowEncoder) (rows int, bound *orb.Bound, err error) {
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *batch, 2*workers)
	for range cap(free) {
		free <- &batch{encoded: make(chan error, 1)}
	}
	work := make(chan *batch, cap(free))
	inOrder := make(chan *batch, cap(free))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(inOrder)
		defer close(work)
		var b *batch
		pass := func() {
			work <- b // neither blocks: there are no more batches than room
			inOrder <- b
			b = nil
		}
		err := t.Each(ctx, func(g orb.Geometry, values []Value) error {
			if b == nil {
				select {
				case b = <-free:
				case <-ctx.Done():
					return ctx.Err()
				}
				b.first, b.geometries, b.values, b.text = rows, b.geometries[:0], b.values[:0], b.text[:0]
			}
			bound = extended(bound, g)
			b.geometries = append(b.geometries, g)
			b.values = append(b.values, values...)
			if rows++; len(b.geometries) == batchRows {
				pass()
			}
			return nil
		})
		if err == nil && b != nil {
			pass()
		}
		return err
	})
	for range workers {
		group.Go(func() error {
			for b := range work {
				b.encoded <- b.encode(len(t.Columns), encoder)
			}
			return nil
		})
	}
	group.Go(func() error {
		for b := range inOrder {
			if err := <-b.encoded; err != nil {
				return err
			}
			if _, err := w.Write(b.text); err != nil {
				return err
			}
			free <- b
		}
		return nil
	})
	err = group.Wait()
	return rows, bound, err
}

func (b *batch) encode(columns int, encoder rowEncoder) (err error) {
	for i, g := range b.geometries {
		if b.text, err = encoder(b.text, b.first+i, g, b.values[i*columns:(i+1)*columns]); err != nil {
			return err
		}
	}
	return nil
}

// extended returns the bound with a geometry in it; nil is of none.
func extended(bound *orb.Bound, g orb.Geometry) *orb.Bound {
	if g == nil {
		return bound
	}
	b := g.Bound()
	if bound == nil {
		return &b
	}
	*bound = bound.Union(b)
	return bound
}
