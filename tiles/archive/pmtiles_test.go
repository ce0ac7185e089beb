package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The numbers that the specification gives as examples.
func TestTileID(t *testing.T) {
	for _, c := range []struct {
		z, x, y int
		id      uint64
	}{{0, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 1, 2}, {1, 1, 1, 3}, {1, 1, 0, 4}, {2, 0, 0, 5}, {12, 3423, 1763, 19078479}} {
		if id := TileID(c.z, c.x, c.y); id != c.id {
			t.Errorf("tile %d/%d/%d has the number %d, want %d", c.z, c.x, c.y, id, c.id)
		}
	}
	for z := range 7 {
		ids := make(map[uint64]bool)
		for x := range 1 << z {
			for y := range 1 << z {
				id := TileID(z, x, y)
				if gz, gx, gy := TileCoord(id); gz != z || gx != x || gy != y {
					t.Fatalf("number %d is of %d/%d/%d, want %d/%d/%d", id, gz, gx, gy, z, x, y)
				}
				ids[id] = true
			}
		}
		if len(ids) != 1<<(2*z) || !ids[firstID(z)] || !ids[firstID(z+1)-1] {
			t.Errorf("zoom %d has %d numbers from %d on, want %d", z, len(ids), firstID(z), 1<<(2*z))
		}
	}
	for range 1000 { // what follows is a neighbour
		z := 1 + rand.IntN(20)
		id := firstID(z) + rand.Uint64N(1<<(2*z)-1)
		_, ax, ay := TileCoord(id)
		_, bx, by := TileCoord(id + 1)
		if d := (ax-bx)*(ax-bx) + (ay-by)*(ay-by); d != 1 {
			t.Fatalf("zoom %d: %d,%d is followed by %d,%d", z, ax, ay, bx, by)
		}
	}
}

var testInfo = Info{Type: MVT, MinZoom: 0, MaxZoom: 12, Bounds: [4]float64{107.8, 15.9, 108.3, 16.2},
	Center: [3]float64{108, 16, 9}}

const testMetadata = `{"name":"Thử","attribution":"<b>Sở</b>","vector_layers":[{"id":"cells","minzoom":0,"maxzoom":12,"fields":{}}]}`

// pack writes tiles by number into an archive.
func pack(t testing.TB, info Info, tiles map[uint64][]byte) []byte {
	t.Helper()
	w, err := NewWriter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ids := make([]uint64, 0, len(tiles))
	for id := range tiles {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := w.Add(id, tiles[id]); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := w.WriteTo(&out, &info, []byte(testMetadata)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	b, err := compress([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(b []byte) (*pmtiles, *Info, error) { return newPMTiles(bytes.NewReader(b), int64(len(b))) }

// What is written is read again, from no tile to so many that leaf directories are needed.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, c := range []struct {
		name     string
		tiles    int
		distinct int
		leaves   bool
	}{{"none", 0, 1, false}, {"one", 1, 1, false}, {"all the same", 5000, 1, false}, {"few", 300, 40, false},
		{"many", 60_000, 30_000, true}} {
		t.Run(c.name, func(t *testing.T) {
			bodies := make([][]byte, c.distinct)
			for i := range bodies {
				bodies[i] = fmt.Appendf(nil, "\x1f\x8b%d %s", i, strings.Repeat("x", random.IntN(200)))
			}
			tiles := make(map[uint64][]byte)
			id := uint64(0)
			for range c.tiles {
				id += 1 + uint64(random.IntN(3)*random.IntN(40))
				tiles[id] = bodies[random.IntN(len(bodies))]
			}
			info := testInfo
			info.MaxZoom = 14
			archive := pack(t, info, tiles)
			if again := pack(t, info, tiles); !bytes.Equal(archive, again) {
				t.Error("the same tiles give other bytes the second time")
			}
			p, got, err := read(archive)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != "Thử" || got.Attribution != "<b>Sở</b>" || got.Bounds != info.Bounds ||
				got.Center != info.Center ||
				got.MinZoom != 0 || got.MaxZoom != 14 || got.Type != MVT || len(got.VectorLayers) != 1 {
				t.Errorf("info %+v, want %+v", got, info)
			}
			if (p.header.leaves.length > 0) != c.leaves {
				t.Errorf("leaf directories of %d bytes, want some: %t", p.header.leaves.length, c.leaves)
			}
			if end := p.header.root.offset + p.header.root.length; end > firstRead {
				t.Errorf("the root directory ends at %d, after %d", end, firstRead)
			}
			if !p.header.clustered || p.header.addressed != uint64(len(tiles)) {
				t.Errorf("header %+v, want clustered and %d tiles", p.header, len(tiles))
			}
			different := make(map[string]bool)
			var size int
			for id, want := range tiles {
				z, x, y := TileCoord(id)
				body, how, err := p.tile(t.Context(), z, x, y)
				if err != nil || how != Gzip || !bytes.Equal(body, want) {
					t.Fatalf("tile %d/%d/%d: %d bytes, %v, %v; want %d", z, x, y, len(body), how, err, len(want))
				}
				if !different[string(want)] {
					different[string(want)] = true
					size += len(want)
				}
				for _, near := range []uint64{id - 1, id + 1} {
					if _, there := tiles[near]; !there && id > 0 {
						z, x, y := TileCoord(near)
						if body, _, err := p.tile(t.Context(), z, x, y); err != nil || len(body) > 0 {
							t.Fatalf("tile %d/%d/%d: %d bytes, %v; want none", z, x, y, len(body), err)
						}
					}
				}
			}
			if p.header.contents != uint64(len(different)) || p.header.tiles.length != uint64(size) {
				t.Errorf("%d contents of %d bytes, want %d of %d: each once", p.header.contents, p.header.tiles.length,
					len(different), size)
			}
			checkClustered(t, p)
		})
	}
}

// checkClustered walks all directories: bytes are in the order of the tiles, or are those of
// a tile before, and runs are as long as they can be.
func checkClustered(t *testing.T, p *pmtiles) {
	t.Helper()
	var end, next, addressed, entries uint64
	var walk func(d []entry)
	var last entry
	walk = func(d []entry) {
		for _, e := range d {
			if e.run == 0 {
				at, err := p.header.leaves.inside(&e)
				if err != nil {
					t.Fatal(err)
				}
				leaf, err := p.directory(at)
				if err != nil {
					t.Fatal(err)
				}
				walk(leaf)
				continue
			}
			if e.id < next || e.offset > end {
				t.Fatalf("entry %+v after tile %d and byte %d", e, next, end)
			}
			if e.id == next && last.run > 0 && e.offset == last.offset {
				t.Fatalf("entries %+v and %+v are one run", last, e)
			}
			if e.offset == end {
				end += uint64(e.length)
			}
			next, last = e.id+uint64(e.run), e
			addressed += uint64(e.run)
			entries++
		}
	}
	walk(p.root)
	if addressed != p.header.addressed || entries != p.header.entries || end != p.header.tiles.length {
		t.Errorf("%d tiles in %d entries of %d bytes; the header says %+v", addressed, entries, end, p.header)
	}
}

// The bytes of a small archive are those that were reviewed, field by field.
func TestGolden(t *testing.T) {
	a, b := []byte("\x1f\x8bA"), []byte("\x1f\x8bBB")
	archive := pack(t, testInfo, map[uint64][]byte{0: a, 5: b, 6: b, 7: a, 9: a})
	h, err := decodeHeader(archive, int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if string(archive[:8]) != "PMTiles\x03" || h.root.offset != 127 ||
		h.metadata.offset != h.root.offset+h.root.length ||
		h.leaves != (section{h.metadata.offset + h.metadata.length, 0}) || h.tiles != (section{h.leaves.offset, 7}) {
		t.Errorf("sections %+v", h)
	}
	if got := string(archive[h.tiles.offset:]); got != "\x1f\x8bA\x1f\x8bBB" {
		t.Errorf("tile data %q, want each of the two once", got)
	}
	directory, err := Gzip.expand(archive[h.root.offset:][:h.root.length], 1000)
	if err != nil {
		t.Fatal(err)
	}
	// Four entries: 0, 5 (a run of two), 7, 9; offsets 0, next, 0, 0.
	if want := []byte{4, 0, 5, 2, 2, 1, 2, 1, 1, 3, 4, 3, 3, 1, 0, 1, 1}; !bytes.Equal(directory, want) {
		t.Errorf("root directory % d, want % d", directory, want)
	}
}

func TestWriterRefuses(t *testing.T) {
	w, err := NewWriter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Add(7, []byte("a")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   uint64
		body string
		want string
	}{{7, "b", "tile 7 after tile 7"}, {3, "b", "tile 3 after tile 7"}, {8, "", "tile 8 of 0 bytes"}} {
		if err := w.Add(c.id, []byte(c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("tile %d of %q: error %v, want %q", c.id, c.body, err, c.want)
		}
	}
	info := testInfo
	info.MaxZoom = 30
	if err := w.WriteTo(io.Discard, &info, []byte("{}")); err == nil ||
		!strings.Contains(err.Error(), "zooms 0 to 30") {
		t.Errorf("error %v, want the zooms named", err)
	}
}

// hostile builds an archive from parts, with what a test makes wrong in its header.
type hostile struct {
	header
	root, leaf, metadata []byte
}

func (h hostile) bytes() []byte {
	h.header.root = section{headerSize, uint64(len(h.root))}
	h.header.leaves = section{h.header.root.offset + h.header.root.length, uint64(len(h.leaf))}
	h.header.metadata = section{h.header.leaves.offset + h.header.leaves.length, uint64(len(h.metadata))}
	h.header.tiles = section{h.header.metadata.offset + h.header.metadata.length, 0}
	h.header.tileType, h.header.maxZoom = MVT, 5
	if h.internal == 0 {
		h.internal = None
	}
	return slices.Concat(h.header.encode(), h.root, h.leaf, h.metadata)
}

// Archives made to harm get an error that names what is wrong, and take little memory.
func TestHostile(t *testing.T) {
	sound := pack(t, testInfo, map[uint64][]byte{0: gzipped(t, "a"), 1: gzipped(t, "b")})
	patch := func(at int, n uint64) []byte {
		b := bytes.Clone(sound)
		binary.LittleEndian.PutUint64(b[at:], n)
		return b
	}
	with := func(at int, v byte) []byte {
		b := bytes.Clone(sound)
		b[at] = v
		return b
	}
	varints := func(numbers ...uint64) (b []byte) {
		for _, n := range numbers {
			b = binary.AppendUvarint(b, n)
		}
		return b
	}
	bomb := gzipped(t, strings.Repeat("\x00", maxExpandedDirectory+1))
	round := encodeDirectory([]entry{{id: 0, length: 5, run: 0}}) // a leaf that points to itself
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "header: 0 bytes"},
		{"cut in the header", sound[:100], "header: 100 bytes"},
		{"another version", with(7, 2), "version 2 of PMTiles; want 3"},
		{"cut after the header", sound[:headerSize+3], "outside the file"},
		{"root outside the file", patch(8, 1<<40), "root directory of"},
		{"root around the end of numbers", patch(16, 1<<64-1), "outside the file"},
		{"tile data outside the file", patch(64, 1<<33), "tile data of 8589934592 bytes"},
		{"unknown compression", with(97, 9), "compressed in way 9"},
		{"unknown tiles", with(99, 77), "tiles of type 77"},
		{"zoom 200", with(101, 200), "zooms 0 to 200"},
		{"zooms the wrong way round", with(100, 13), "zooms 13 to 12"},
		{"west of east", with(105, 0x7f), "bounds"},
		{"no gzip", with(headerSize, 0), "root directory: gzip"},
		{"directory bomb", hostile{header: header{internal: Gzip}, root: bomb}.bytes(), "expands to more than"},
		{"metadata bomb", hostile{header: header{internal: Gzip}, root: gzipped(t, "\x00"), metadata: bomb}.bytes(),
			"metadata: gzip: expands to more than"},
		{"too many entries", hostile{root: varints(1 << 50)}.bytes(), "1125899906842624 entries in 0 bytes"},
		{"entries out of order", hostile{root: varints(2, 4, 0, 1, 1, 1, 1, 1, 1)}.bytes(), "entry 1 is out of order"},
		{"entries beyond all tiles", hostile{root: varints(1, 1<<62, 1, 1, 1)}.bytes(), "entry 0 is out of order"},
		{"runs over each other", hostile{root: varints(2, 0, 1, 5, 1, 1, 1, 1, 1)}.bytes(),
			"entry 0 runs over 5 tiles"},
		{"no bytes", hostile{root: varints(1, 0, 1, 0, 1)}.bytes(), "entry 0 is of 0 bytes"},
		{"continues from none", hostile{root: varints(1, 0, 1, 1, 0)}.bytes(), "continues from none"},
		{"ends within a number", hostile{root: append(varints(1, 0, 1, 1), 0x80)}.bytes(), "ends within a number"},
		{"more than its entries", hostile{root: varints(1, 0, 1, 1, 1, 9)}.bytes(), "1 bytes after its end"},
		{"leaves in a circle", hostile{root: round, leaf: round}.bytes(), "more than 4 directories lead to it"},
		{"leaf outside its section", hostile{root: encodeDirectory([]entry{{length: 50, offset: 3}})}.bytes(),
			"outside the section"},
		{"tile outside its section", hostile{root: encodeDirectory([]entry{{length: 50, offset: 3, run: 1}})}.bytes(),
			"outside the section"},
		{"tile of 4 GB", hostile{root: encodeDirectory([]entry{{length: 1<<32 - 1, run: 1}})}.bytes(),
			"want at most 8388608"},
		{"metadata that are no JSON", hostile{root: varints(0), metadata: []byte("[1,2")}.bytes(), "metadata:"},
		{"a layer without an id", hostile{root: varints(0), metadata: []byte(`{"vector_layers":[{}]}`)}.bytes(), "a vector layer without an id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _, err := read(c.file)
			if err == nil {
				_, _, err = p.tile(t.Context(), 0, 0, 0)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// A tile that expands without end is stopped.
func TestExpandIsBounded(t *testing.T) {
	bomb := gzipped(t, strings.Repeat("\x00", maxExpandedBytes+1))
	if _, err := Gzip.Expand(bomb); err == nil || !strings.Contains(err.Error(), "expands to more than") {
		t.Errorf("error %v, want it stopped", err)
	}
	if b, err := Gzip.Expand(bomb[:len(bomb)/2]); err == nil {
		t.Errorf("half a tile expands to %d bytes", len(b))
	}
}

// Open detects what the file is by its content, and names it where it is of no use.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("basemap.bin", pack(t, testInfo, map[uint64][]byte{5: gzipped(t, "five")}))
	f, err := Open(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	z, x, y := TileCoord(5)
	body, how, err := f.Tile(t.Context(), z, x, y)
	if err != nil || how != Gzip {
		t.Fatalf("%v %v", how, err)
	}
	if text, err := how.Expand(body); err != nil || string(text) != "five" {
		t.Errorf("tile %q, %v; want five", text, err)
	}
	if body, _, err := f.Tile(t.Context(), 20, 0, 0); err != nil || body != nil {
		t.Errorf("a tile deeper than all: %q, %v; want none", body, err)
	}
	if f.Whole() == nil {
		t.Error("a PMTiles archive has no file to serve")
	}
	if err := os.Truncate(good, 300); err != nil { // it is replaced while it is served
		t.Fatal(err)
	}
	if _, _, err := f.Tile(t.Context(), z, x, y); err == nil {
		t.Error("a file cut short while open gives a tile")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file",
		dir:                        "not a regular file",
		write("text.pmtiles", []byte("Hà Nội")):             "neither PMTiles 3 nor MBTiles",
		write("old.pmtiles", []byte("PM\x02\x00")):          "neither PMTiles 3 nor MBTiles",
		write("cut.pmtiles", []byte("PMTiles\x03")):         "header: 8 bytes",
		write("cut.mbtiles", []byte("SQLite format 3\x00")): "metadata",
	} {
		_, err := Open(t.Context(), path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q and the path", path, err, want)
		}
	}
}
