package geo

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// daNang returns the real communes of Đà Nẵng, which are not part of the repository, and
// skips the test where they are not available.
func daNang(tb testing.TB) []orb.MultiPolygon {
	tb.Helper()
	areas, err := readDaNang()
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("the communes of Đà Nẵng are not at hand; set TUNGNHA_TEST_DATA to the folder that has danang/communes.geojson: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return areas
}

func readDaNang() ([]orb.MultiPolygon, error) {
	dir := os.Getenv("TUNGNHA_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(dir, "danang", "communes.geojson"))
	if err != nil {
		return nil, err
	}
	var file struct {
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	areas := make([]orb.MultiPolygon, len(file.Features))
	for i, f := range file.Features {
		if f.Geometry.Type == "Polygon" {
			areas[i] = make(orb.MultiPolygon, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &areas[i][0])
		} else {
			err = json.Unmarshal(f.Geometry.Coordinates, &areas[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return areas, nil
}

// inCellOrder returns the points sorted by their H3 cell, the order of a household index.
func inCellOrder(tb testing.TB, points []orb.Point) []orb.Point {
	tb.Helper()
	type located struct {
		cell Cell
		orb.Point
	}
	all := make([]located, len(points))
	for i, p := range points {
		cell, err := CellAt(p, BaseResolution)
		if err != nil {
			tb.Fatal(err)
		}
		all[i] = located{cell, p}
	}
	slices.SortFunc(all, func(a, b located) int { return cmp.Compare(a.cell, b.cell) })
	sorted := make([]orb.Point, len(points))
	for i, a := range all {
		sorted[i] = a.Point
	}
	return sorted
}
