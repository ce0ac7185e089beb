// Package archive is tiles in one file: PMTiles, version 3, written and read, or MBTiles,
// read.
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// MaxZoom is the deepest zoom that an archive may have here.
const MaxZoom = 24

// TileType is what the tiles of an archive are, numbered as in a PMTiles header.
type TileType uint8

// The types of tiles.
const (
	MVT TileType = iota + 1
	PNG
	JPEG
	WebP
	AVIF
)

var mediaTypes = map[TileType]string{
	MVT: "application/vnd.mapbox-vector-tile", PNG: "image/png", JPEG: "image/jpeg", WebP: "image/webp",
	AVIF: "image/avif",
}

// MediaType returns the media type of the tiles.
func (t TileType) MediaType() string { return mediaTypes[t] }

// VectorLayer is one layer in the tiles, as TileJSON describes it.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// Info is how an archive describes its tiles.
type Info struct {
	Type             TileType
	MinZoom, MaxZoom int
	Bounds           [4]float64 // west, south, east, north
	Center           [3]float64 // longitude, latitude, zoom
	Name             string
	Attribution      string // may contain HTML
	VectorLayers     []VectorLayer
	Metadata         []byte // the JSON object of a PMTiles archive
	Tiles, Contents  uint64 // how many tiles a PMTiles archive has and how many of them differ; 0: not in the header
}

// A File is an archive open for reading. Any number of goroutines may share it.
type File struct {
	Info
	Version string // of the file: another one where its size or time is
	source  source
	whole   *io.SectionReader // of a PMTiles archive; else nil
}

// source is a format that tiles are read from.
type source interface {
	// tile returns a tile as it is stored; nothing where there is none.
	tile(ctx context.Context, z, x, y int) ([]byte, Compression, error)
	Close() error
}

// What an archive made to harm may cost. Basemaps of a country stay well below each.
const (
	maxTileBytes     = 8 << 20  // of one tile, as it is stored
	maxExpandedBytes = 32 << 20 // of one tile, expanded
	maxMetadataBytes = 16 << 20 // expanded
)

// Open opens the archive at path. Its header and metadata are checked, its tiles when
// they are requested. An error names the file.
func Open(ctx context.Context, path string) (*File, error) {
	f, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("tile archive %s: %w", path, err)
	}
	return f, nil
}

func open(ctx context.Context, path string) (_ *File, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	status, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !status.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file")
	}
	begin := make([]byte, 16)
	sum := sha256.Sum256(fmt.Append(nil, status.Size(), status.ModTime().UnixNano()))
	version := hex.EncodeToString(sum[:8])
	n, err := file.ReadAt(begin, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(begin, []byte(magic)):
		p, info, err := newPMTiles(file, status.Size())
		if err != nil {
			return nil, err
		}
		return &File{*info, version, p, io.NewSectionReader(file, 0, status.Size())}, nil
	case string(begin) == "SQLite format 3\x00":
		file.Close()
		m, info, err := newMBTiles(ctx, path, patience)
		if err != nil {
			return nil, err
		}
		return &File{*info, version, m, nil}, nil
	}
	return nil, fmt.Errorf("neither PMTiles 3 nor MBTiles: it begins with %q", begin[:n])
}

// Close closes the file.
func (f *File) Close() error { return f.source.Close() }

// Tile returns a tile as it is stored and how that is compressed; no bytes where there is
// none. The address must be one of the zoom.
func (f *File) Tile(ctx context.Context, z, x, y int) ([]byte, Compression, error) {
	if z < f.MinZoom || z > f.MaxZoom {
		return nil, None, nil
	}
	body, c, err := f.source.tile(ctx, z, x, y)
	if err != nil {
		return nil, None, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, err)
	}
	return body, c, nil
}

// Whole returns a reader of its own of a whole PMTiles archive, to be served in ranges; nil
// of an MBTiles one.
func (f *File) Whole() *io.SectionReader {
	if f.whole == nil {
		return nil
	}
	return io.NewSectionReader(f.whole, 0, f.whole.Size())
}

// check refuses what a map cannot be made of.
func (i *Info) check() error {
	if i.Type.MediaType() == "" {
		return fmt.Errorf("tiles of type %d: want MVT, PNG, JPEG, WebP or AVIF", i.Type)
	}
	if i.MinZoom < 0 || i.MaxZoom > MaxZoom || i.MinZoom > i.MaxZoom {
		return fmt.Errorf("zooms %d to %d: want some of 0 to %d", i.MinZoom, i.MaxZoom, MaxZoom)
	}
	west, south, east, north := i.Bounds[0], i.Bounds[1], i.Bounds[2], i.Bounds[3]
	if !(west >= -180 && west <= east && east <= 180 && south >= -90 && south <= north && north <= 90) {
		return fmt.Errorf("bounds %v: want west, south, east, north in degrees", i.Bounds)
	}
	c := i.Center
	if !(c[0] >= -180 && c[0] <= 180 && c[1] >= -90 && c[1] <= 90) {
		i.Center[0], i.Center[1] = (west+east)/2, (south+north)/2
	}
	if !(c[2] >= float64(i.MinZoom) && c[2] <= float64(i.MaxZoom)) {
		i.Center[2] = float64(i.MinZoom)
	}
	for _, l := range i.VectorLayers {
		if l.ID == "" {
			return fmt.Errorf("metadata: a vector layer without an id")
		}
	}
	return nil
}

// describe reads the members of the metadata that matter here.
func (i *Info) describe(text []byte) error {
	var m struct {
		Name         string        `json:"name"`
		Attribution  string        `json:"attribution"`
		VectorLayers []VectorLayer `json:"vector_layers"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	if m.Name != "" {
		i.Name = m.Name
	}
	if m.Attribution != "" {
		i.Attribution = m.Attribution
	}
	i.VectorLayers, i.Metadata = m.VectorLayers, text
	return nil
}
