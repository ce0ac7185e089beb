package columns

import (
	"cmp"
	"slices"

	"golang.org/x/sync/errgroup"

	"tungnha/geo"
)

// visitBuffer keeps the visits of one block as they come, in chunks of one size: a slice that
// grows would be copied again and again, and would leave its old selves behind.
type visitBuffer struct {
	chunks []*[bufferChunk]bufferedVisit
	count  int
	late   int
}

const bufferChunk = 256

// bufferedVisit is a visit and the place of its household within the block, in 12 bytes.
type bufferedVisit struct {
	callHigh, callLow    uint16
	day, assessed, shown uint16
	place                uint16 // with lateBit, where it was received after the release
}

const lateBit = 1 << 15

func (v *bufferedVisit) late() bool { return v.place&lateBit != 0 }

func (s *visitBuffer) add(p Packed, place uint16, late bool) {
	if late {
		place |= lateBit
		s.late++
	}
	if s.count == len(s.chunks)*bufferChunk {
		s.chunks = append(s.chunks, new([bufferChunk]bufferedVisit))
	}
	s.chunks[s.count/bufferChunk][s.count%bufferChunk] = bufferedVisit{
		uint16(p.Call >> 16), uint16(p.Call), p.Day, p.Assessed, p.Shown, place,
	}
	s.count++
}

// all yields what was buffered, in the order it came.
func (s *visitBuffer) all(yield func(*bufferedVisit) bool) {
	for i := range s.count {
		if !yield(&s.chunks[i/bufferChunk][i%bufferChunk]) {
			return
		}
	}
}

// newBlockOf makes block number n of the visits buffered for it, of all or of those that are not late. Within a
// household they came in order, so each goes to the next free place of its household.
func (r *Registry) newBlockOf(n int, staged *visitBuffer, late bool) *Block {
	h := &r.Households
	households := min(BlockSize, h.Len()-n*BlockSize)
	count := staged.count
	if !late {
		count -= staged.late
	}
	var next [BlockSize + 1]uint32
	for v := range staged.all {
		if late || !v.late() {
			next[v.place&^lateBit+1]++
		}
	}
	for place := range households {
		next[place+1] += next[place]
	}
	ordered := make([]Packed, count)
	for v := range staged.all {
		if v.late() && !late {
			continue
		}
		place := v.place &^ lateBit
		ordered[next[place]] = Packed{
			Call: uint32(v.callHigh)<<16 | uint32(v.callLow), Day: v.day, Assessed: v.assessed, Shown: v.shown,
		}
		next[place]++
	}
	out, buffer := newBlock(households, count), []byte(nil)
	for place := range households { // next has come to where the following household begins
		for _, p := range ordered[len(out.Days):next[place]] {
			out.add(p)
		}
		out.end()
		out.digest = out.digest.plus(out.digestOf(&r.keys, place, h.IDBytes(uint32(n*BlockSize+place)), &buffer))
	}
	out.buildDayIndex(n, h)
	return out
}

// placed is a household's cell and its position before the sort.
type placed struct {
	cell geo.Cell
	at   uint32
}

// order returns the positions in the order of the cells, those of one cell by id. Each
// core sorts a part, then the parts are merged two by two.
func (h *Households) order() []uint32 {
	all := make([]placed, h.Len())
	for i, cell := range h.Cells {
		all[i] = placed{cell, uint32(i)}
	}
	compare := func(a, b placed) int {
		if d := cmp.Compare(a.cell, b.cell); d != 0 {
			return d
		}
		return slices.Compare(h.IDBytes(a.at), h.IDBytes(b.at))
	}
	parts := slices.Collect(slices.Chunk(all, max(BlockSize, (len(all)+Workers()-1)/Workers())))
	var group errgroup.Group
	for _, part := range parts {
		group.Go(func() error {
			slices.SortFunc(part, compare)
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	for len(parts) > 1 {
		var merged [][]placed
		for i := 0; i+1 < len(parts); i += 2 {
			merged = append(merged, merge(parts[i], parts[i+1], compare))
		}
		if len(parts)%2 == 1 {
			merged = append(merged, parts[len(parts)-1])
		}
		parts = merged
	}
	order := make([]uint32, 0, len(all))
	for _, part := range parts {
		for _, p := range part {
			order = append(order, p.at)
		}
	}
	return order
}

// merge returns the elements of both sorted parts, sorted.
func merge(a, b []placed, compare func(a, b placed) int) []placed {
	out := make([]placed, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compare(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
