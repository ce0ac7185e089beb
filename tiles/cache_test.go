package tiles

import (
	"sync"
	"testing"

	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
)

func TestOneTileForAllWhoWait(t *testing.T) {
	ix := newIndex(t, newProgramme(31, 3000))
	s := New(Config{})
	at := maptile.At(land.Center(), 10)
	got := make([]*Tile, 32)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, 10, int(at.X), int(at.Y), window)
			if err != nil {
				t.Error(err)
			}
			got[i] = tile
		})
	}
	wait.Wait()
	for _, tile := range got {
		if tile != got[0] {
			t.Fatal("the tile was made more than once")
		}
	}
	today, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, 10, int(at.X), int(at.Y), Window{})
	if err != nil || today == got[0] {
		t.Errorf("another window gave the same tile (error %v)", err)
	}
	public, err := s.Tile(t.Context(), ix.For(coverage.Viewer{}), Cells, 10, int(at.X), int(at.Y), Window{})
	if err != nil || public == today {
		t.Errorf("another viewer gave the same tile (error %v)", err)
	}
	scoped := coverage.Operator
	scoped.Scope = []string{"20000", "20101"}
	one, err := s.Tile(t.Context(), ix.For(scoped), Cells, 10, int(at.X), int(at.Y), window)
	if err != nil || one == got[0] {
		t.Errorf("another scope gave the same tile (error %v)", err)
	}
	scoped.Scope = []string{"20101", "20000", "20101"}
	if same, err := s.Tile(t.Context(), ix.For(scoped), Cells, 10, int(at.X), int(at.Y), window); err != nil ||
		same != one {
		t.Errorf("the same scope in another order gave another tile (error %v)", err)
	}
}

func TestCacheStaysWithinItsBytes(t *testing.T) {
	ix := newIndex(t, newProgramme(32, 4000))
	const limit = 300 << 10
	s := New(Config{CacheBytes: limit})
	made := uint64(0)
	for z := 8; z <= 14; z++ {
		x0, y0, x1, y1 := tileRange(land, z)
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, z, x, y, window)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := tile.Encoded(Gzip); err != nil {
					t.Fatal(err)
				}
				made += uint64(tile.weight())
			}
		}
		s.cache.Evict()
		if got := s.CachedBytes(); got > limit {
			t.Errorf("after zoom %d: %d bytes kept, want at most %d", z, got, limit)
		}
	}
	if made < 2*limit {
		t.Fatalf("only %d bytes were made: the limit was not tried", made)
	}
	if s.CachedBytes() < limit/4 {
		t.Errorf("only %d of %d bytes are used", s.CachedBytes(), limit)
	}
}

func TestEncodingsWeigh(t *testing.T) {
	ix := newIndex(t, newProgramme(33, 2000))
	s := New(Config{})
	tile := someTile(t, s, ix)
	s.cache.Evict()
	before := s.CachedBytes()
	body, _, err := tile.Encoded(Gzip)
	if err != nil {
		t.Fatal(err)
	}
	s.cache.Evict()
	if got, want := s.CachedBytes()-before, uint64(len(body)); got != want {
		t.Errorf("the cache grew by %d bytes, want the %d of the encoding", got, want)
	}
}

func TestOldVersionsAreForgotten(t *testing.T) {
	s := New(Config{})
	p := newProgramme(34, 500)
	for n := range 4 {
		p.visits = p.visits[:len(p.visits)-1] // another state of the data
		ix := newIndex(t, p)
		someTile(t, s, ix)
		versions := make(map[string]bool)
		s.cache.DeleteFunc(func(k key) bool {
			versions[k.version] = true
			return false
		})
		if want := min(n+1, 2); len(versions) != want || !versions[ix.Version()] {
			t.Errorf("after %d versions, %d are kept, want %d with the latest", n+1, len(versions), want)
		}
	}
}
