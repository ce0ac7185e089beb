package tiles

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// danang makes a programme inside the real communes of Đà Nẵng, where they are to be had.
func danang(t testing.TB, hamletsEach, householdsEach int) *programme {
	t.Helper()
	dir := os.Getenv("TUNGNHA_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "danang", "communes.geojson"))
	if err != nil {
		t.Skipf("no real boundaries (set TUNGNHA_TEST_DATA): %v", err)
	}
	fc, err := geojson.UnmarshalFeatureCollection(raw)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(48, 48))
	p := &programme{}
	var outline orb.MultiPolygon
	for _, f := range fc.Features {
		var area orb.MultiPolygon
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			area = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			area = g
		}
		outline = append(outline, area...)
		code := f.Properties.MustString("code")
		p.areas = append(p.areas, data.Area{Code: code, Name: f.Properties.MustString("name"),
			NameEN: f.Properties.MustString("name_en"),
			Kind:   f.Properties.MustString("kind"), Level: data.Commune, Parent: "48",
			DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: area})
		for h := range hamletsEach {
			hamlet := fmt.Sprintf("%s%03d", code, h)
			p.areas = append(p.areas, data.Area{Code: hamlet, Name: "Tổ " + hamlet, Kind: "Tổ dân phố",
				Level: data.Hamlet, Parent: code,
				DeclaredHouseholds: data.Unknown, Population: data.Unknown})
			bound := area[0].Bound()
			at := bound.Center()
			for range 100 {
				c := orb.Point{bound.Min[0] + random.Float64()*(bound.Max[0]-bound.Min[0]), bound.Min[1] +
					random.Float64()*(bound.Max[1]-bound.Min[1])}
				if planar.MultiPolygonContains(area, c) {
					at = c
					break
				}
			}
			p.settle(random, hamlet, code, at, householdsEach)
		}
	}
	p.areas = append(p.areas, data.Area{Code: "48", Name: "Thành phố Đà Nẵng", NameEN: "Da Nang", Kind: "Thành phố",
		Level:              data.Province,
		DeclaredHouseholds: data.Unknown, Population: data.Unknown, Geometry: outline})
	slices.SortFunc(p.areas, func(a, b data.Area) int { return strings.Compare(a.Code, b.Code) })
	slices.SortFunc(p.teams, func(a, b data.Team) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.households, func(a, b data.Household) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.visits, func(a, b data.Visit) int { return strings.Compare(a.HouseholdID, b.HouseholdID) })
	return p
}

func TestDaNangTilesAreValid(t *testing.T) {
	p := danang(t, 4, 20)
	ix := newIndex(t, p)
	s := New(Config{})
	mainland := orb.Bound{Min: orb.Point{107.2, 15.0}, Max: orb.Point{108.8, 16.3}}
	for _, z := range []int{5, 6, 8, 10, 11} {
		labels := make(map[string]int)
		bytes, most, tiles := 0, 0, 0
		var slowest time.Duration
		x0, y0, x1, y1 := tileRange(ix.For(coverage.Operator).Bound(), z)
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				began := time.Now()
				tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Areas, z, x, y, window)
				if err != nil {
					t.Fatal(err)
				}
				slowest = max(slowest, time.Since(began))
				layers, err := readTile(tile.MVT, buffers)
				if err != nil {
					t.Fatalf("areas/%d/%d/%d: %v", z, x, y, err)
				}
				if len(tile.MVT) > 0 {
					tiles++
				}
				bytes += len(tile.MVT)
				most = max(most, len(tile.MVT))
				for _, l := range layers {
					if l.name != AreaLabels {
						continue
					}
					for i := range l.features {
						f := &l.features[i]
						code := f.props["code"].(string)
						labels[code]++
						checkInside(t, p, code, z, x, y, f.points[0])
					}
				}
			}
		}
		t.Logf("zoom %d: %d tiles, %d KB on average, %d KB at most, slowest %v", z, tiles, bytes/max(tiles, 1)>>10,
			most>>10, slowest)
		for i := range p.areas {
			want := 0
			if slices.Contains(new(shapes).levelsAt(z), p.areas[i].Level) {
				want = 1
			}
			if got := labels[p.areas[i].Code]; got != want {
				t.Errorf("zoom %d: %s has %d labels, want %d", z, p.areas[i].Code, got, want)
			}
		}
	}
	for _, layer := range []Layer{Cells, Flags} {
		for _, z := range []int{7, 10, 12} {
			eachTile(t, s, ix.For(coverage.Operator), layer, z, window, mainland, func(int, int, []readLayer) {})
		}
	}
	at := maptile.At(p.households[0].Point, 15)
	if tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Households, 15, int(at.X), int(at.Y),
		window); err != nil || len(tile.MVT) == 0 {
		t.Errorf("households: %d bytes, error %v", len(tile.MVT), err)
	}
}

// checkInside checks that the label of an area is in it, to the accuracy of the tile's grid.
func checkInside(t *testing.T, p *programme, code string, z, x, y int, at mvt.Point) {
	t.Helper()
	i := slices.IndexFunc(p.areas, func(a data.Area) bool { return a.Code == code })
	if p.areas[i].Level != data.Commune {
		return
	}
	size := uint32(mvt.WorldBits - z)
	v := mvt.Vertex{X: uint32(x)<<size + uint32(at.X)<<(size-mvt.ExtentBits), Y: uint32(y)<<size +
		uint32(at.Y)<<(size-mvt.ExtentBits)}
	if !planar.MultiPolygonContains(p.areas[i].Geometry, mvt.Unproject(v)) {
		t.Errorf("zoom %d: the label of %s stands outside it, at %v", z, code, mvt.Unproject(v))
	}
}
