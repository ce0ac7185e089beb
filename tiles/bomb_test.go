package tiles

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/data"
)

// liveHeap returns the bytes in use after a collection.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Ten thousand windows, one tile each: the tiles stay within their bound, and so does all
// that is kept beside them. They are answered, the first and the last alike.
func TestTenThousandWindows(t *testing.T) {
	windows := 10000
	if testing.Short() {
		windows = 1000
	}
	ix := newIndex(t, newProgramme(81, 200))
	const limit = 4 << 20
	s := New(Config{CacheBytes: limit})
	at := maptile.At(land.Center(), 7)
	ask := func(i int) {
		w := Window{From: window.From - 1000 + data.Date(i%100), To: window.From + data.Date(i/100)}
		tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, 7, int(at.X), int(at.Y), w)
		if err != nil || len(tile.MVT) == 0 {
			t.Fatalf("window %d: %d bytes, error %v", i, len(tile.MVT), err)
		}
	}
	for i := range windows / 10 {
		ask(i)
	}
	before := liveHeap()
	for i := windows / 10; i < windows; i++ {
		ask(i)
	}
	s.cache.Evict()
	after := liveHeap()
	runtime.KeepAlive(ix)
	if got := s.CachedBytes(); got > limit || got < limit/4 {
		t.Errorf("%d bytes of tiles are kept, want at most %d, and not much less", got, limit)
	}
	t.Logf("%d windows: %d KB of tiles kept, heap from %d to %d MB", windows, s.CachedBytes()>>10, before>>20,
		after>>20)
	if after > before+2*limit+96<<20 { // what the index keeps of past windows is bounded too
		t.Errorf("the heap grew from %d to %d MB", before>>20, after>>20)
	}
}

// A million households within one tile, and a whole country at zoom 4 (its province, here,
// with as many cells). TUNGNHA_TILE_BOMB is the number of households; the default is small.
func TestTileBomb(t *testing.T) {
	households := 40000
	if n := os.Getenv("TUNGNHA_TILE_BOMB"); n != "" {
		if _, err := fmt.Sscan(n, &households); err != nil {
			t.Fatal(err)
		}
	}
	p := newProgramme(82, households)
	for i := range p.households { // all into the square of one tile of zoom 14
		h := &p.households[i]
		h.Point[0] = 108.2005 + (h.Point[0]-west)*0.02/0.24
		h.Point[1] = 16.0505 + (h.Point[1]-south)*0.018/0.24
	}
	ix := newIndex(t, p)
	s := New(Config{CacheBytes: 8 << 20})
	largest := 0
	for _, z := range []int{4, 9, 14} {
		for _, layer := range []Layer{Cells, Households} {
			sum := uint64(0)
			r := RangeOf(ix.For(coverage.Operator).Bound(), z)
			for x := r.MinX; x <= r.MaxX; x++ {
				for y := r.MinY; y <= r.MaxY; y++ {
					if at := maptile.At(p.households[0].Point, maptile.Zoom(z)); abs(int(at.X)-x) > 2 ||
						abs(int(at.Y)-y) > 2 {
						continue // the rest of the bound is a far island
					}
					tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					if _, _, err := tile.Encoded(Gzip); err != nil {
						t.Fatal(err)
					}
					largest = max(largest, len(tile.MVT))
					layers, err := readTile(tile.MVT, buffers)
					if err != nil {
						t.Fatal(err)
					}
					for _, l := range layers {
						for i := range l.features {
							if layer == Households {
								sum += number(t, &l.features[i], "count")
							}
						}
					}
				}
			}
			want, err := ix.For(coverage.Operator).Query(t.Context(),
				coverage.Query{By: coverage.ByCell, Resolution: 3, From: window.From, To: window.To})
			if err != nil {
				t.Fatal(err)
			}
			if layer == Households && sum != uint64(want.Total.Households) {
				t.Errorf("zoom %d: points stand for %d households, want %d", z, sum, want.Total.Households)
			}
		}
	}
	s.cache.Evict()
	if got := s.CachedBytes(); got > 8<<20 {
		t.Errorf("%d bytes kept, more than the bound", got)
	}
	t.Logf("%d households: the largest tile has %d KB, %d KB kept, heap %d MB", households, largest>>10,
		s.CachedBytes()>>10, liveHeap()>>20)
	runtime.KeepAlive(ix)
}

func abs(n int) int { return max(n, -n) }
