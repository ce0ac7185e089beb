package tiles

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/data"
)

// readEncoding decodes what a client would.
var readEncoding = map[Encoding]func([]byte) ([]byte, error){
	Identity: func(b []byte) ([]byte, error) { return b, nil },
	Gzip: func(b []byte) ([]byte, error) {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	},
	Brotli: func(b []byte) ([]byte, error) { return io.ReadAll(brotli.NewReader(bytes.NewReader(b))) },
	Zstd: func(b []byte) ([]byte, error) {
		r, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	},
}

// Whatever is compressed comes back, also by writers that were used before.
func TestCompressedBytesComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for n := range 300 {
		b := make([]byte, random.IntN(1<<random.IntN(20))+1)
		letters := random.IntN(256) + 1
		for i := range b {
			if i > 50 && random.IntN(3) > 0 {
				b[i] = b[i-random.IntN(50)-1]
			} else {
				b[i] = byte(random.IntN(letters))
			}
		}
		for e := range numEncodings {
			body, err := compress(b, e)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := readEncoding[e](body); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("run %d, %s: %d bytes come back, error %v; want %d", n, e, len(got), err, len(b))
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	ix := newIndex(t, newProgramme(13, 2000))
	s := New(Config{})
	tile := someTile(t, s, ix)
	tags := make(map[string]Encoding)
	for e := range numEncodings {
		var wait sync.WaitGroup
		for range 8 { // concurrent requests; one makes it
			wait.Go(func() {
				if _, _, err := tile.Encoded(e); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		body, tag, err := tile.Encoded(e)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := tags[tag]; twice {
			t.Errorf("%s and %s have the tag %s", e, other, tag)
		}
		tags[tag] = e
		plain, err := readEncoding[e](body)
		if err != nil || !bytes.Equal(plain, tile.MVT) {
			t.Errorf("%s: %d bytes come back, error %v; want %d", e, len(plain), err, len(tile.MVT))
		}
	}
}

func TestTagsOutliveUnrelatedVisits(t *testing.T) {
	p := newProgramme(7, 2000)
	before := newIndex(t, p)
	// One household of the commune in the south-west corner is visited once more.
	near := p.households[0]
	p.visits = slices.Insert(p.visits, 0,
		data.Visit{ID: "Vnew", HouseholdID: near.ID, TeamID: p.teams[0].ID, Outcome: data.Completed,
			At: mustDay("2026-07-30").Time()})
	p.visits = slices.DeleteFunc(p.visits,
		func(v data.Visit) bool { return v.HouseholdID == near.ID && v.ID != "Vnew" })
	after := newIndex(t, p)
	if before.Version() == after.Version() {
		t.Fatal("a visit did not change the version")
	}
	s := New(Config{})
	same, changed := 0, 0
	x0, y0, x1, y1 := tileRange(land, 13)
	for x := x0; x <= x1; x++ {
		for y := y0; y <= y1; y++ {
			var tags [2]string
			var bodies [2][]byte
			for i, ix := range []*coverage.Index{before, after} {
				tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, 13, x, y, window)
				if err != nil {
					t.Fatal(err)
				}
				bodies[i], tags[i], _ = tile.Encoded(Gzip)
			}
			if tags[0] == tags[1] {
				same++
				if len(bodies[0]) > 0 && &bodies[0][0] != &bodies[1][0] {
					t.Errorf("13/%d/%d: the same bytes were compressed again", x, y)
				}
			} else {
				changed++
			}
		}
	}
	if changed == 0 || changed > 4 || same == 0 {
		t.Errorf("%d tags changed, %d stayed; want 1 to 4 changed", changed, same)
	}
}

func someTile(t testing.TB, s *Server, ix *coverage.Index) *Tile {
	t.Helper()
	at := maptile.At(land.Center(), 10)
	tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Cells, 10, int(at.X), int(at.Y), window)
	if err != nil || len(tile.MVT) == 0 {
		t.Fatalf("%d bytes, error %v", len(tile.MVT), err)
	}
	return tile
}
