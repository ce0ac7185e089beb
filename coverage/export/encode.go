package export

import (
	"context"
	"io"
	"sync"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/internal/limit"
)

// batchRows is how many rows are encoded in one go. A batch of cells takes about 150 kB as text, and three times that
// before.
const batchRows = 128

// batch is rows on their way to becoming text. One that waits for its reader has nothing but the text.
type batch struct {
	first   int // number of its first row
	rows    *batchValues
	text    []byte
	encoded chan error
}

// batchValues are the rows of a batch until they are text. All tables share those that are not in use.
type batchValues struct {
	geometries []orb.Geometry
	values     []Value
}

var freeValues = sync.Pool{New: func() any { return new(batchValues) }}

// rowEncoder appends row n.
type rowEncoder func(dst []byte, n int, g orb.Geometry, values []Value) ([]byte, error)

// encode writes every row as the encoder appends it, and returns how many there were and
// the bound of their geometries. Rows are encoded on all cores, and written in their order;
// the batches on the way are few and used again.
func (t *Table) encode(ctx context.Context, w io.Writer, encoder rowEncoder) (rows int, bound *orb.Bound, err error) {
	workers := limit.Workers(ctx)
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
				b.first, b.rows, b.text = rows, freeValues.Get().(*batchValues), b.text[:0]
			}
			bound = extended(bound, g)
			b.rows.geometries = append(b.rows.geometries, g)
			b.rows.values = append(b.rows.values, values...)
			if rows++; len(b.rows.geometries) == batchRows {
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
				b.encoded <- limit.Run(ctx, func() error { return b.encode(len(t.Columns), encoder) })
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
	r := b.rows
	for i, g := range r.geometries {
		if b.text, err = encoder(b.text, b.first+i, g, r.values[i*columns:(i+1)*columns]); err != nil {
			return err
		}
	}
	clear(r.geometries) // they keep shapes alive
	clear(r.values)
	r.geometries, r.values, b.rows = r.geometries[:0], r.values[:0], nil
	freeValues.Put(r)
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
