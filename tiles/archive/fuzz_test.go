package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzPMTiles reads any bytes as an archive: an error is fine, a crash or endless memory is
// not, and a tile is never longer than the file.
func FuzzPMTiles(f *testing.F) {
	f.Add(pack(f, testInfo, map[uint64][]byte{0: gzipped(f, "a"), 1: gzipped(f, "b"), 5: gzipped(f, "c")}))
	leaf := encodeDirectory([]entry{{length: 5}})
	f.Add(hostile{root: leaf, leaf: leaf}.bytes())
	f.Add(hostile{root: encodeDirectory(nil), metadata: []byte(`{"vector_layers":[]}`)}.bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		p, info, err := read(file)
		if err != nil {
			return
		}
		if info.MinZoom < 0 || info.MaxZoom > MaxZoom {
			t.Errorf("zooms %d to %d", info.MinZoom, info.MaxZoom)
		}
		ids := []uint64{0, 1, 5, 6, firstID(MaxZoom+1) - 1}
		for _, e := range p.root {
			ids = append(ids, e.id)
		}
		for _, id := range ids[:min(len(ids), 100)] {
			z, x, y := TileCoord(id)
			body, how, err := p.tile(t.Context(), z, x, y)
			if err != nil {
				continue
			}
			if len(body) > len(file) {
				t.Errorf("tile of %d bytes in a file of %d", len(body), len(file))
			}
			if expanded, err := how.Expand(body); err == nil && len(expanded) > maxExpandedBytes {
				t.Errorf("tile expands to %d bytes", len(expanded))
			}
		}
	})
}

// FuzzDirectory reads any bytes as a directory: what is read is written and read as the same.
func FuzzDirectory(f *testing.F) {
	f.Add(encodeDirectory([]entry{{0, 0, 7, 1}, {3, 7, 9, 2}, {9, 0, 7, 1}, {20, 55, 8, 0}}))
	f.Add([]byte{0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := decodeDirectory(b)
		if err != nil {
			return
		}
		again, err := decodeDirectory(encodeDirectory(entries))
		if err != nil || !reflect.DeepEqual(entries, again) {
			t.Errorf("%v written and read is %v, %v", entries, again, err)
		}
		for _, e := range entries {
			if found := find(entries, e.id); found == nil || *found != e {
				t.Errorf("the entry of tile %d is %v, want %v", e.id, found, e)
			}
		}
	})
}

// FuzzMBTiles reads any bytes as an MBTiles file.
func FuzzMBTiles(f *testing.F) {
	sound := newMBTilesFile(f, tilesTable, `INSERT INTO metadata VALUES ('format', 'png'), ('bounds', '1,2,3,4')`,
		`INSERT INTO tiles VALUES (0, 0, 0, x'00'), (1, 1, 1, x'0102')`)
	b, err := os.ReadFile(sound)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(bytes.Replace(b, []byte("CREATE TABLE"), []byte("CREATE VIEW "), 1))
	path := filepath.Join(f.TempDir(), "fuzz.mbtiles")
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := Open(t.Context(), path)
		if err != nil {
			return
		}
		defer a.Close()
		for z := a.MinZoom; z <= min(a.MaxZoom, a.MinZoom+1); z++ {
			if body, _, err := a.Tile(t.Context(), z, 0, 0); err == nil && len(body) > maxTileBytes {
				t.Errorf("tile of %d bytes", len(body))
			}
		}
	})
}
