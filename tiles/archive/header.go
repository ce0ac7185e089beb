package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	magic      = "PMTiles"
	version    = 3
	headerSize = 127
	// firstRead is what clients read at once: header and root directory must be within.
	firstRead = 16384
)

// A section is a stretch of the file.
type section struct{ offset, length uint64 }

// within reports whether the section is in a file of the size.
func (s section) within(size int64) bool {
	return s.offset <= uint64(size) && s.length <= uint64(size)-s.offset
}

// header begins a PMTiles archive. PMTiles 3, section 3: "Header".
type header struct {
	root, metadata, leaves, tiles section
	addressed, entries, contents  uint64 // tiles, entries of directories, different tiles; 0: unknown
	clustered                     bool
	internal, tile                Compression // of directories and metadata; of tiles
	tileType                      TileType
	minZoom, maxZoom, centerZoom  uint8
	bounds                        [4]int32 // west, south, east, north in 1e-7 degree
	center                        [2]int32
}

func (h *header) encode() []byte {
	b := append(make([]byte, 0, headerSize), magic...)
	b = append(b, version)
	for _, s := range []section{h.root, h.metadata, h.leaves, h.tiles} {
		b = binary.LittleEndian.AppendUint64(b, s.offset)
		b = binary.LittleEndian.AppendUint64(b, s.length)
	}
	for _, n := range []uint64{h.addressed, h.entries, h.contents} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	var clustered byte
	if h.clustered {
		clustered = 1
	}
	b = append(b, clustered, byte(h.internal), byte(h.tile), byte(h.tileType), h.minZoom, h.maxZoom)
	for _, n := range h.bounds {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(b, h.centerZoom)
	for _, n := range h.center {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// decodeHeader reads a header and checks that its sections are in a file of the size.
func decodeHeader(b []byte, size int64) (*header, error) {
	if len(b) < headerSize {
		return nil, fmt.Errorf("header: %d bytes; want %d", len(b), headerSize)
	}
	if string(b[:7]) != magic {
		return nil, errors.New("header: not a PMTiles archive")
	}
	if b[7] != version {
		return nil, fmt.Errorf("header: version %d of PMTiles; want %d", b[7], version)
	}
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	i32 := func(at int) int32 { return int32(binary.LittleEndian.Uint32(b[at:])) }
	h := &header{
		root: section{u64(8), u64(16)}, metadata: section{u64(24), u64(32)},
		leaves: section{u64(40), u64(48)}, tiles: section{u64(56), u64(64)},
		addressed: u64(72), entries: u64(80), contents: u64(88),
		clustered: b[96] == 1, internal: Compression(b[97]), tile: Compression(b[98]), tileType: TileType(b[99]),
		minZoom: b[100], maxZoom: b[101], centerZoom: b[118],
		bounds: [4]int32{i32(102), i32(106), i32(110), i32(114)},
		center: [2]int32{i32(119), i32(123)},
	}
	for _, s := range []struct {
		name string
		section
	}{{"root directory", h.root}, {"metadata", h.metadata}, {"leaf directories", h.leaves}, {"tile data", h.tiles}} {
		if !s.within(size) {
			return nil, fmt.Errorf("header: %s of %d bytes at %d: outside the file of %d bytes", s.name, s.length,
				s.offset, size)
		}
	}
	if !h.internal.known() {
		return nil, fmt.Errorf("header: directories compressed in way %d: want none, gzip, brotli or zstd", h.internal)
	}
	return h, nil
}

// e7 returns degrees in units of 1e-7.
func e7(degrees float64) int32 { return int32(math.Round(degrees * 1e7)) }

// info returns the description of the tiles in the header.
func (h *header) info() *Info {
	i := &Info{Type: h.tileType, MinZoom: int(h.minZoom), MaxZoom: int(h.maxZoom), Tiles: h.addressed,
		Contents: h.contents}
	for k, n := range h.bounds {
		i.Bounds[k] = float64(n) / 1e7
	}
	i.Center = [3]float64{float64(h.center[0]) / 1e7, float64(h.center[1]) / 1e7, float64(h.centerZoom)}
	return i
}
