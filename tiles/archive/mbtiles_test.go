package archive

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newMBTilesFile makes an MBTiles file with the statements run in it.
func newMBTilesFile(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base map?.mbtiles")
	db, err := sql.Open("sqlite3", "file:"+strings.ReplaceAll(path, "?", "%3f"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append([]string{`CREATE TABLE metadata (name text, value text)`}, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

const tilesTable = `CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)`

func TestMBTiles(t *testing.T) {
	path := newMBTilesFile(t, tilesTable,
		`INSERT INTO metadata VALUES ('name', 'Việt Nam'), ('format', 'pbf'), ('bounds', '102.1,8.4, 109.5,23.4'), ('attribution', '© OSM'),
			('json', '{"vector_layers":[{"id":"water","fields":{"class":"String"}}]}')`,
		`INSERT INTO tiles VALUES (0, 0, 0, x'1f8b00'), (3, 6, 5, x'1a00'), (3, 6, 6, zeroblob(9000000)), (3, 7, 6, NULL)`)
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Name != "Việt Nam" || f.Attribution != "© OSM" || f.Type != MVT || f.MinZoom != 0 || f.MaxZoom != 3 ||
		f.Bounds != [4]float64{102.1, 8.4, 109.5, 23.4} || len(f.VectorLayers) != 1 ||
		f.VectorLayers[0].ID != "water" || f.Whole() != nil {
		t.Errorf("info %+v", f.Info)
	}
	for _, c := range []struct {
		z, x, y int
		body    string
		how     Compression
		err     string
	}{
		{0, 0, 0, "\x1f\x8b\x00", Gzip, ""},
		{3, 6, 2, "\x1a\x00", None, ""}, // row 5 from the south
		{3, 6, 5, "", None, ""},
		{3, 6, 1, "", None, "more than 8388608 bytes"},
		{3, 7, 1, "", None, "nothing, or more"},
	} {
		body, how, err := f.Tile(t.Context(), c.z, c.x, c.y)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("tile %d/%d/%d: error %v, want %q", c.z, c.x, c.y, err, c.err)
			}
			continue
		}
		if err != nil || string(body) != c.body || how != c.how {
			t.Errorf("tile %d/%d/%d: %q %v %v, want %q %v", c.z, c.x, c.y, body, how, err, c.body, c.how)
		}
	}
}

// A file that claims to be one and is not, or means harm, is refused within seconds.
func TestHostileMBTiles(t *testing.T) {
	const png = `INSERT INTO metadata VALUES ('format', 'png')`
	const patience = 200 * time.Millisecond
	forever := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT `
	for _, c := range []struct {
		name       string
		statements []string
		want       string
	}{
		{"no tiles table", []string{png}, "no such table: tiles"},
		{"no tiles", []string{png, tilesTable}, "it has no tiles"},
		{"no format", []string{tilesTable}, `format ""`},
		{"another format", []string{tilesTable, `INSERT INTO metadata VALUES ('format', 'tiff')`}, `format "tiff"`},
		{"a zoom of words", []string{tilesTable, png, `INSERT INTO metadata VALUES ('minzoom', 'low')`}, `minzoom "low"`},
		{"two bounds", []string{tilesTable, png, `INSERT INTO metadata VALUES ('bounds', '1,2')`}, `bounds "1,2"`},
		{"bounds that are none", []string{tilesTable, png, `INSERT INTO metadata VALUES ('bounds', 'NaN,1,2,3')`,
			`INSERT INTO tiles VALUES (0, 0, 0, x'00')`}, "bounds [NaN"},
		{"zooms beyond", []string{tilesTable, png, `INSERT INTO tiles VALUES (70, 0, 0, x'00')`}, "zooms 70 to 70"},
		{"JSON that is none", []string{tilesTable, `INSERT INTO metadata VALUES ('format', 'pbf'), ('json', '{')`}, "json of metadata"},
		{"metadata without end", []string{tilesTable, `DROP TABLE metadata`,
			`CREATE VIEW metadata AS ` + forever + `'name' AS name, hex(zeroblob(8000000)) AS value FROM n`}, "more than 16777216 bytes"},
		{"tiles without end", []string{png,
			`CREATE VIEW tiles AS ` + forever + `i AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'00' AS tile_data FROM n WHERE i < 0`}, "deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			patience := patience
			if c.want != "deadline exceeded" { // what is refused for its content must not run out of time first
				patience = time.Hour
			}
			m, _, err := newMBTiles(t.Context(), newMBTilesFile(t, c.statements...), patience)
			if err == nil {
				m.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// GDAL writes an MBTiles file that is read here.
func TestMBTilesOfGDAL(t *testing.T) {
	ogr2ogr, err := exec.LookPath("ogr2ogr")
	if err != nil {
		t.Skip("ogr2ogr is not installed")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "roads.geojson")
	road := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Bạch Đằng"},"geometry":{"type":"LineString","coordinates":[[108.22,16.05],[108.23,16.08]]}}]}`
	if err := os.WriteFile(source, []byte(road), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "roads.mbtiles")
	if out, err := exec.Command(ogr2ogr, "-f", "MBTiles", path, source, "-dsco", "MINZOOM=5", "-dsco", "MAXZOOM=12",
		"-nln", "roads").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Type != MVT || f.MinZoom != 5 || f.MaxZoom != 12 || len(f.VectorLayers) != 1 ||
		f.VectorLayers[0].ID != "roads" {
		t.Errorf("info %+v, want MVT of zooms 5 to 12 with the layer roads", f.Info)
	}
	body, how, err := f.Tile(t.Context(), 12, 3279, 1862)
	if err != nil {
		t.Fatal(err)
	}
	if body, err = how.Expand(body); err != nil || !bytes.Contains(body, []byte("Bạch Đằng")) {
		t.Errorf("%d bytes, %v; want the road in it", len(body), err)
	}
}
