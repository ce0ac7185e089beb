package tiles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tungnha/coverage"
	"tungnha/internal/await"
	"tungnha/internal/problem"
	"tungnha/tiles/archive"
	"tungnha/tiles/mvt"
)

// writeArchive writes an archive into a file and opens it.
func writeArchive(t testing.TB, s *Server, view *coverage.View, a *Archive) (*archive.File, []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := s.WriteArchive(t.Context(), &out, t.TempDir(), view, a); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := archive.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, out.Bytes()
}

// Every tile of an archive is that of the server, byte for byte, and none is missing: all
// tiles around the programme are requested, and any others at random.
func TestArchiveHoldsTheServersTiles(t *testing.T) {
	ix := newIndex(t, newProgramme(8, 2500))
	within, earlier := window, window
	within.Parent = "20101"
	earlier.HotSpots = true
	earlier.EarlierFrom, earlier.EarlierTo = mustDay("2026-01-01"), mustDay("2026-02-01")
	random := rand.New(rand.NewPCG(5, 5))
	for _, c := range []struct {
		name     string
		layer    Layer
		viewer   coverage.Viewer
		window   Window
		min, max int
	}{
		{"cells", Cells, coverage.Operator, window, 0, 13},
		{"cells as published", Cells, coverage.Viewer{}, Window{}, 5, 15},
		{"cells of a commune", Cells, coverage.Operator, within, 0, 16},
		{"cells with hot spots and changes", Cells, coverage.Operator, earlier, 6, 12},
		{"areas", Areas, coverage.Operator, window, 0, 12},
		{"areas as published", Areas, coverage.Viewer{}, month, 8, 12},
		{"areas of a commune", Areas, coverage.Operator, within, 10, 14},
		{"areas with changes", Areas, coverage.Operator, earlier, 9, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Config{})
			a := &Archive{Layer: c.layer.Name(), Window: c.window, MinZoom: c.min, MaxZoom: c.max, Name: "Thử",
				Definition: "1", Total: 7}
			f, whole := writeArchive(t, s, ix.For(c.viewer), a)
			if _, again := writeArchive(t, New(Config{}), ix.For(c.viewer), a); !bytes.Equal(whole, again) {
				t.Error("another server writes other bytes")
			}
			if f.Type != archive.MVT || f.MinZoom != c.min || f.MaxZoom != c.max {
				t.Errorf("info %+v", f.Info)
			}
			found := 0
			compare := func(z, x, y int) {
				tile, err := s.Tile(t.Context(), ix.For(c.viewer), c.layer, z, x, y, c.window)
				if errors.As(err, new(*problem.ParameterError)) {
					tile, err = &Tile{}, nil // beyond the programme
				}
				if err != nil {
					t.Fatal(err)
				}
				body, how, err := f.Tile(t.Context(), z, x, y)
				if err != nil {
					t.Fatal(err)
				}
				if len(body) > 0 {
					found++
					if body, err = how.Expand(body); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(body, tile.MVT) {
					t.Fatalf("tile %d/%d/%d: %d bytes in the archive, %d from the server", z, x, y, len(body),
						len(tile.MVT))
				}
			}
			for z := c.min; z <= c.max; z++ {
				b := ix.For(coverage.Operator).Bound()
				nw, se := mvt.Project(b.LeftTop()), mvt.Project(b.RightBottom())
				shift := mvt.WorldBits - z
				east := min(int(se.X>>shift)+1, int(nw.X>>shift)+40) // the island far out is left to chance
				for x := max(int(nw.X>>shift)-1, 0); x <= min(east, 1<<z-1); x++ {
					for y := max(int(nw.Y>>shift)-1, 0); y <= min(int(se.Y>>shift)+1, 1<<z-1); y++ {
						compare(z, x, y)
					}
				}
				for range 20 {
					p := mvt.Vertex{X: nw.X + uint32(random.Uint64N(uint64(se.X-nw.X))), Y: nw.Y +
						uint32(random.Uint64N(uint64(se.Y-nw.Y)))}
					compare(z, int(p.X>>shift), int(p.Y>>shift))
				}
			}
			if found < 20 {
				t.Errorf("%d tiles are in both, want some", found)
			}
		})
	}
}

// An archive describes what its figures are based on.
func TestArchiveMetadata(t *testing.T) {
	ix := newIndex(t, newProgramme(8, 300))
	a := &Archive{Layer: Areas.name, Window: month, MinZoom: 3, MaxZoom: 9, Name: "Chương trình", Definition: "7",
		Total: map[string]int{"households": 300}}
	var metadata struct {
		Name         string        `json:"name"`
		Attribution  string        `json:"attribution"`
		VectorLayers []VectorLayer `json:"vector_layers"`
		Tungnha      struct {
			Version, Definition, From, To, Boundaries string
			Release                                   string
			Suppressed                                bool
			Total                                     struct{ Households int }
		} `json:"tungnha"`
	}
	info, text, err := New(Config{}).describeArchive(t.Context(), ix.For(coverage.Viewer{}), a, Areas, mvt.Nowhere)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		t.Fatal(err)
	}
	m := metadata.Tungnha
	released := ix.For(coverage.Viewer{})
	if m.Version != released.Version() || m.Definition != "7" || m.From != "2026-03-01" || m.To != "2026-03-31" ||
		m.Release != released.Release().Day.String() || m.Boundaries != m.Release ||
		!m.Suppressed || m.Total.Households != 300 || metadata.Attribution != "Chương trình" ||
		len(metadata.VectorLayers) != 2 ||
		metadata.VectorLayers[0].ID != "areas" || metadata.VectorLayers[0].MinZoom != 3 ||
		metadata.VectorLayers[0].MaxZoom != 9 ||
		metadata.VectorLayers[0].Fields["coverage"] == "" {
		t.Errorf("metadata %s", text)
	}
	if info.Center[2] != 8 {
		t.Errorf("center %v, want zoom 8", info.Center)
	}
}

func TestArchiveRefuses(t *testing.T) {
	for _, c := range []struct {
		a    Archive
		want string
	}{
		{Archive{Layer: Households.name, MaxZoom: 14}, "layer"},
		{Archive{Layer: Cells.name, MaxZoom: 17}, "max_zoom"},
		{Archive{Layer: Cells.name, MinZoom: -1}, "min_zoom"},
		{Archive{Layer: Cells.name, MinZoom: 5, MaxZoom: 4}, "min_zoom"},
	} {
		var fault *problem.ParameterError
		if err := c.a.Check(); !errors.As(err, &fault) || fault.Name != c.want {
			t.Errorf("%+v: error %v, want one of %s", c.a, err, c.want)
		}
	}
}

// A programme without anything makes an archive without tiles.
func TestArchiveOfNothing(t *testing.T) {
	ix := newIndex(t, &programme{})
	for _, layer := range []Layer{Cells, Areas} {
		f, _ := writeArchive(t, New(Config{}), ix.For(coverage.Operator),
			&Archive{Layer: layer.Name(), Window: window, MaxZoom: 10})
		if body, _, err := f.Tile(t.Context(), 0, 0, 0); err != nil || body != nil {
			t.Errorf("%s: a tile of %d bytes, %v; want none", layer, len(body), err)
		}
	}
}

// An archive that nobody waits for any more is given up.
func TestArchiveIsGivenUp(t *testing.T) {
	ix := newIndex(t, newProgramme(8, 2500))
	ctx, cancel := context.WithCancel(t.Context())
	out := cancelling{cancel}
	before := runtime.NumGoroutine()
	if err := New(Config{}).WriteArchive(ctx, out, t.TempDir(), ix.For(coverage.Operator),
		&Archive{Layer: Cells.name, Window: window, MaxZoom: 8}); err == nil {
		t.Error("written to somebody who does not take it")
	}
	if err := New(Config{}).WriteArchive(ctx, out, t.TempDir(), ix.For(coverage.Operator),
		&Archive{Layer: Cells.name, Window: window, MaxZoom: 14}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want it given up", err)
	}
	await.Until(t, func() bool { return runtime.NumGoroutine() <= before }, "more goroutines are left than the %d before",
		before)
}

// cancelling takes nothing and cancels.
type cancelling struct{ cancel context.CancelFunc }

func (c cancelling) Write([]byte) (int, error) {
	c.cancel()
	return 0, errors.New("nobody takes it")
}
