package tiles

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/internal/problem"
	"tungnha/tiles/mvt"
)

// tileRange returns the tiles of a zoom that the bound touches.
func tileRange(b orb.Bound, z int) (x0, y0, x1, y1 int) {
	nw := maptile.At(orb.Point{b.Min[0], b.Max[1]}, maptile.Zoom(z))
	se := maptile.At(orb.Point{b.Max[0], b.Min[1]}, maptile.Zoom(z))
	return int(nw.X), int(nw.Y), int(se.X), int(se.Y)
}

// eachTile calls yield for the validated layers of each tile of the zoom in the bound.
func eachTile(t testing.TB, s *Server, view *coverage.View, layer Layer, z int, w Window, b orb.Bound,
	yield func(x, y int, layers []readLayer)) {
	t.Helper()
	x0, y0, x1, y1 := tileRange(b, z)
	for x := x0; x <= x1; x++ {
		for y := y0; y <= y1; y++ {
			tile, err := s.Tile(t.Context(), view, layer, z, x, y, w)
			if err != nil {
				t.Fatalf("%s/%d/%d/%d: %v", layer, z, x, y, err)
			}
			layers, err := readTile(tile.MVT, buffers)
			if err != nil {
				t.Fatalf("%s/%d/%d/%d: %v", layer, z, x, y, err)
			}
			yield(x, y, layers)
		}
	}
}

var land = orb.Bound{Min: orb.Point{west - 0.02, south - 0.02},
	Max: orb.Point{west + 6*communeSize, south + (sideLength+0.5)*communeSize}}

func number(t testing.TB, f *readFeature, key string) uint64 {
	t.Helper()
	n, ok := f.props[key].(uint64)
	if !ok {
		t.Fatalf("feature %d: %s is %v, want a number", f.id, key, f.props[key])
	}
	return n
}

func TestCellsAddUpAtEveryZoom(t *testing.T) {
	ix := newIndex(t, newProgramme(1, 6000))
	s := New(Config{})
	for z := 0; z <= 14; z++ {
		want, err := ix.For(coverage.Operator).Query(t.Context(),
			coverage.Query{By: coverage.ByCell, Resolution: resolutions[z], From: window.From, To: window.To})
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[uint64]map[string]any)
		var households, reached uint64
		eachTile(t, s, ix.For(coverage.Operator), Cells, z, window, ix.For(coverage.Operator).Bound(),
			func(x, y int, layers []readLayer) {
				for _, l := range layers {
					for i := range l.features {
						f := &l.features[i]
						if was, ok := seen[f.id]; ok {
							if fmt.Sprint(was) != fmt.Sprint(f.props) {
								t.Errorf("zoom %d: cell %d is %v in one tile and %v in another", z, f.id, was, f.props)
							}
							continue
						}
						seen[f.id] = f.props
						households += number(t, f, "households")
						reached += number(t, f, "reached")
					}
				}
			})
		if len(seen) != len(want.Rows) {
			t.Errorf("zoom %d: %d cells in tiles, want %d", z, len(seen), len(want.Rows))
		}
		if households != uint64(want.Total.Households) || reached != uint64(want.Total.Reached) {
			t.Errorf("zoom %d: %d households, %d reached, want %d, %d", z, households, reached, want.Total.Households,
				want.Total.Reached)
		}
	}
}

// Points are in one tile each, so they add up without looking at ids.
func TestLabelsFlagsHouseholdsAreInOneTile(t *testing.T) {
	p := newProgramme(2, 3000)
	ix := newIndex(t, p)
	s := New(Config{})
	for z := 8; z <= 12; z++ {
		labels := make(map[string]int)
		eachTile(t, s, ix.For(coverage.Operator), Areas, z, window, land, func(x, y int, layers []readLayer) {
			for _, l := range layers {
				if l.name != AreaLabels {
					continue
				}
				for i := range l.features {
					labels[l.features[i].props["code"].(string)]++
				}
			}
		})
		want := 0
		for i := range p.areas {
			if slices.Contains(new(shapes).levelsAt(z), p.areas[i].Level) {
				want++
				if labels[p.areas[i].Code] != 1 {
					t.Errorf("zoom %d: area %s has %d labels, want 1", z, p.areas[i].Code, labels[p.areas[i].Code])
				}
			}
		}
		if len(labels) != want {
			t.Errorf("zoom %d: %d labels, want %d", z, len(labels), want)
		}

		result, err := ix.For(coverage.Operator).Query(t.Context(),
			coverage.Query{By: coverage.ByArea, Level: flagLevelsAt(z)[0], From: window.From, To: window.To})
		if err != nil {
			t.Fatal(err)
		}
		flagged := make(map[string]string)
		for i := range result.Rows {
			if r := &result.Rows[i]; r.Flags != 0 && r.Area != boundary.NoArea {
				flagged[result.Boundaries.Areas[r.Area].Code] = rules.Severity[r.Flags.MostSevere()].Name
			}
		}
		if len(flagged) == 0 {
			t.Fatal("nothing is flagged")
		}
		eachTile(t, s, ix.For(coverage.Operator), Flags, z, window, land, func(x, y int, layers []readLayer) {
			for _, l := range layers {
				for i := range l.features {
					code := l.features[i].props["code"].(string)
					if got := l.features[i].props["flag"]; got != flagged[code] {
						t.Errorf("zoom %d: area %s has flag %v, want %q", z, code, got, flagged[code])
					}
					delete(flagged, code)
				}
			}
		})
		if len(flagged) != 0 {
			t.Errorf("zoom %d: no flag for %v", z, flagged)
		}
	}

	seen := 0
	eachTile(t, s, ix.For(coverage.Operator), Households, 14, window, ix.For(coverage.Operator).Bound(),
		func(x, y int, layers []readLayer) {
			for _, l := range layers {
				seen += len(l.features)
			}
		})
	want := 0
	err := ix.For(coverage.Operator).Points(t.Context(), coverage.Query{From: window.From, To: window.To},
		ix.For(coverage.Operator).Bound().Pad(0.1), func(*coverage.Point) error {
			want++
			return nil
		})
	if err != nil || seen != want || want == 0 {
		t.Errorf("%d households in tiles, want %d (error %v)", seen, want, err)
	}
}

// TestSharedBordersStayShared lays the tiles of a zoom side by side: inside a tile every
// stretch of border that two communes share is the same stretch in both.
func TestSharedBordersStayShared(t *testing.T) {
	ix := newIndex(t, newProgramme(3, 500))
	s := New(Config{})
	for _, z := range []int{6, 9, 11, 13} {
		eachTile(t, s, ix.For(coverage.Operator), Areas, z, window, land, func(x, y int, layers []readLayer) {
			for _, l := range layers {
				if l.name != Areas.name {
					continue
				}
				var sum, province int64
				for i := range l.features {
					var area int64
					for _, ring := range l.features[i].rings {
						area += plainArea(ring)
					}
					switch l.features[i].props["level"] {
					case "commune":
						sum += area
					case "province":
						province += area
					}
				}
				// The province is made of the communes: any gap or overlap between them
				// would show in the sum of their areas.
				if sum != province {
					t.Errorf("%d/%d/%d: communes cover %d, their province %d", z, x, y, sum, province)
				}
			}
		})
	}
}

func TestNeighbouringCellsShareVertices(t *testing.T) {
	ix := newIndex(t, newProgramme(4, 4000))
	s := New(Config{})
	for _, z := range []int{6, 9, 12, 14} {
		eachTile(t, s, ix.For(coverage.Operator), Cells, z, window, land, func(x, y int, layers []readLayer) {
			for _, l := range layers {
				edges := make(map[[2]mvt.Point]int)
				var area int64
				inner := func(p mvt.Point) bool { return p.X > 0 && p.Y > 0 && p.X < mvt.Extent && p.Y < mvt.Extent }
				vertices := make(map[mvt.Point]bool)
				for i := range l.features {
					for _, ring := range l.features[i].rings {
						area += plainArea(ring)
						for j, a := range ring {
							edges[[2]mvt.Point{a, ring[(j+1)%len(ring)]}]++
							if inner(a) {
								vertices[a] = true
							}
						}
					}
				}
				for e, n := range edges {
					if n > 1 {
						t.Fatalf("%d/%d/%d: edge %v runs one way %d times", z, x, y, e, n)
					}
				}
				// Two vertices one step apart are one vertex that came out twice.
				for v := range vertices {
					for _, d := range []mvt.Point{{X: 1, Y: 0}, {X: 0, Y: 1}, {X: 1, Y: 1}, {X: 1, Y: -1}} {
						if vertices[mvt.Point{X: v.X + d.X, Y: v.Y + d.Y}] {
							t.Fatalf("%d/%d/%d: vertices at %v and next to it", z, x, y, v)
						}
					}
				}
			}
		})
	}
}

// TestIndependentDecoder reads the tiles with orb's decoder.
func TestIndependentDecoder(t *testing.T) {
	ix := newIndex(t, newProgramme(5, 2000))
	s := New(Config{})
	for _, layer := range Layers {
		z := 14
		if layer == Areas || layer == Cells {
			z = 10
		}
		features := 0
		x0, y0, x1, y1 := tileRange(land, z)
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), layer, z, x, y, window)
				if err != nil {
					t.Fatal(err)
				}
				if len(tile.MVT) == 0 {
					continue
				}
				layers, err := orbmvt.Unmarshal(tile.MVT)
				if err != nil {
					t.Fatalf("%s/%d/%d/%d: %v", layer, z, x, y, err)
				}
				for _, l := range layers {
					if l.Version != 2 || l.Extent != 4096 {
						t.Fatalf("layer %s: version %d, extent %d", l.Name, l.Version, l.Extent)
					}
					for _, f := range l.Features {
						features++
						if layer == Cells {
							polygon := f.Geometry.(orb.Polygon)
							if len(polygon) != 1 || !polygon[0].Closed() {
								t.Fatalf("cell %v: %v", f.Properties["h3"], polygon)
							}
						}
					}
				}
			}
		}
		if features == 0 {
			t.Errorf("%s: no features", layer)
		}
	}
}

func TestSameDataSameBytes(t *testing.T) {
	p := newProgramme(6, 2000)
	a, b := newIndex(t, p), newIndex(t, p)
	if a.Version() != b.Version() {
		t.Fatalf("versions %s and %s of the same data", a.Version(), b.Version())
	}
	s, other := New(Config{}), New(Config{})
	for _, layer := range Layers {
		for z := 5; z <= 14; z += 3 {
			x0, y0, x1, y1 := tileRange(land, z)
			for x := x1; x >= x0; x-- {
				for y := y0; y <= y1; y++ {
					first, err := s.Tile(t.Context(), a.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					second, err := other.Tile(t.Context(), b.For(coverage.Operator), layer, z, x, y, window)
					if err != nil {
						t.Fatal(err)
					}
					for e := range numEncodings {
						one, oneTag, err1 := first.Encoded(e)
						two, twoTag, err2 := second.Encoded(e)
						if err1 != nil || err2 != nil || !bytes.Equal(one, two) || oneTag != twoTag {
							t.Fatalf("%s/%d/%d/%d as %s: %d bytes %s, then %d bytes %s (%v, %v)", layer, z, x, y, e,
								len(one), oneTag, len(two), twoTag, err1, err2)
						}
					}
				}
			}
		}
	}
}

func TestAddressesOutOfBounds(t *testing.T) {
	ix := newIndex(t, newProgramme(8, 100))
	s := New(Config{})
	for _, tt := range []struct {
		name      string
		layer     Layer
		z, x, y   int
		parameter string
	}{
		{"zoom 30", Cells, 30, 0, 0, "z"},
		{"zoom 17", Cells, 17, 0, 0, "z"},
		{"zoom below 0", Cells, -1, 0, 0, "z"},
		{"x beyond", Areas, 3, 8, 0, "x"},
		{"x below", Areas, 3, -1, 0, "x"},
		{"y beyond", Flags, 0, 0, 1, "y"},
		{"y below", Households, 16, 0, -1, "y"},
		{"far to the west", Cells, 8, 3, 116, "x"},
		{"far to the south", Areas, 8, 204, 250, "y"},
	} {
		_, err := s.Tile(t.Context(), ix.For(coverage.Operator), tt.layer, tt.z, tt.x, tt.y, window)
		var bad *problem.ParameterError
		if !errors.As(err, &bad) || bad.Name != tt.parameter {
			t.Errorf("%s: error %v, want one about %s", tt.name, err, tt.parameter)
		}
	}
	var unknown *problem.ParameterError
	if _, err := LayerNamed("streets"); !errors.As(err, &unknown) || unknown.Name != "layer" {
		t.Errorf("unknown layer: error %v", err)
	}
	var bad *problem.ParameterError
	if _, err := s.Tile(t.Context(), ix.For(coverage.Operator), Areas, 0, 0, 0,
		Window{From: window.To, To: window.From}); !errors.As(err, &bad) || bad.Name != "to" {
		t.Errorf("window backwards: error %v", err)
	}
	if _, err := s.Tile(t.Context(), ix.For(coverage.Operator), Flags, 0, 0, 0,
		Window{Parent: "nowhere"}); !errors.As(err, &bad) || bad.Name != "parent" {
		t.Errorf("unknown parent: error %v", err)
	}
}

func TestEmptyTileHasNoBytes(t *testing.T) {
	ix := newIndex(t, newProgramme(9, 100))
	s := New(Config{})
	corner := RangeOf(Bounds(ix.For(coverage.Operator)), 12)
	for _, layer := range Layers {
		tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), layer, 12, corner.MinX, corner.MinY, window)
		if err != nil || len(tile.MVT) != 0 {
			t.Fatalf("%s: %d bytes, error %v", layer, len(tile.MVT), err)
		}
		for e := range numEncodings {
			if body, _, err := tile.Encoded(e); len(body) != 0 || err != nil {
				t.Errorf("%s as %s: %d bytes, error %v", layer, e, len(body), err)
			}
		}
	}
}
