package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tungnha/internal/cache"
)

const (
	maxDirectoryBytes    = 2 << 20  // as it is stored
	maxExpandedDirectory = 16 << 20 // four times as much in memory
	maxKeptDirectories   = 64 << 20
	// maxDepth is how many directories may lead to a tile. Leaf directories may point to
	// leaf directories, so a number is needed that ends what would go around for ever.
	maxDepth = 4
)

// pmtiles reads a PMTiles archive.
type pmtiles struct {
	file   io.ReaderAt
	size   int64
	header *header
	root   []entry
	leaves *cache.Cache[section, []entry]
}

// newPMTiles reads header, root directory and metadata of an archive of the size.
func newPMTiles(file io.ReaderAt, size int64) (*pmtiles, *Info, error) {
	begin := make([]byte, min(headerSize, size))
	if _, err := file.ReadAt(begin, 0); err != nil && err != io.EOF {
		return nil, nil, err
	}
	h, err := decodeHeader(begin, size)
	if err != nil {
		return nil, nil, err
	}
	p := &pmtiles{file: file, size: size, header: h}
	if p.root, err = p.directory(h.root); err != nil {
		return nil, nil, fmt.Errorf("root %w", err)
	}
	p.leaves = cache.New(cache.Options[section, []entry]{
		MaxBytes: maxKeptDirectories,
		Weight:   func(_ section, entries []entry) uint64 { return uint64(24*len(entries) + 256) },
	})
	info := h.info()
	if h.metadata.length > 0 {
		if h.metadata.length > maxMetadataBytes {
			return nil, nil, fmt.Errorf("metadata of %d bytes: want at most %d", h.metadata.length, maxMetadataBytes)
		}
		text, err := p.read(h.metadata)
		if err == nil {
			text, err = h.internal.expand(text, maxMetadataBytes)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("metadata: %w", err)
		}
		if err := info.describe(text); err != nil {
			return nil, nil, err
		}
	}
	return p, info, info.check()
}

// Close closes the file, if it is one.
func (p *pmtiles) Close() error {
	if c, ok := p.file.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// read returns a section of the file. Who calls has bounded its length.
func (p *pmtiles) read(s section) ([]byte, error) {
	if !s.within(p.size) {
		return nil, fmt.Errorf("%d bytes at %d: outside the file of %d bytes", s.length, s.offset, p.size)
	}
	b := make([]byte, s.length)
	n, err := p.file.ReadAt(b, int64(s.offset))
	if n == len(b) { // io.EOF is no error at the end of the file
		return b, nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

// directory reads the directory in a section.
func (p *pmtiles) directory(s section) ([]entry, error) {
	if s.length > maxDirectoryBytes {
		return nil, fmt.Errorf("directory of %d bytes: want at most %d", s.length, maxDirectoryBytes)
	}
	b, err := p.read(s)
	if err == nil {
		b, err = p.header.internal.expand(b, maxExpandedDirectory)
	}
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	return decodeDirectory(b)
}

// inside returns the stretch of a section that an entry points to.
func (s section) inside(e *entry) (section, error) {
	if e.offset > s.length || uint64(e.length) > s.length-e.offset {
		return section{}, fmt.Errorf("%d bytes at %d: outside the section of %d bytes", e.length, e.offset, s.length)
	}
	return section{s.offset + e.offset, uint64(e.length)}, nil
}

func (p *pmtiles) tile(ctx context.Context, z, x, y int) ([]byte, Compression, error) {
	id := TileID(z, x, y)
	entries := p.root
	for range maxDepth {
		e := find(entries, id)
		if e == nil {
			return nil, None, nil
		}
		if e.run > 0 {
			return p.content(e)
		}
		at, err := p.header.leaves.inside(e)
		if err != nil {
			return nil, None, fmt.Errorf("leaf directory: %w", err)
		}
		entries, err = p.leaves.Get(ctx, at, func(context.Context) ([]entry, error) { return p.directory(at) })
		if err != nil {
			return nil, None, fmt.Errorf("leaf %w", err)
		}
	}
	return nil, None, fmt.Errorf("more than %d directories lead to it", maxDepth)
}

// content returns the bytes that an entry points to.
func (p *pmtiles) content(e *entry) ([]byte, Compression, error) {
	if e.length > maxTileBytes {
		return nil, None, fmt.Errorf("%d bytes: want at most %d", e.length, maxTileBytes)
	}
	at, err := p.header.tiles.inside(e)
	if err != nil {
		return nil, None, err
	}
	b, err := p.read(at)
	if err != nil {
		return nil, None, err
	}
	c := p.header.tile
	if !c.known() {
		c = sniff(b)
	}
	return b, c, nil
}
