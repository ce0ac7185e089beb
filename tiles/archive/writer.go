package archive

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Writer makes a PMTiles archive: tiles come in order and go to a temporary file, because
// the directories are before them and are not known until the last. It contains some 60
// bytes in memory for each different tile, and 24 for each entry of the directories.
type Writer struct {
	file      *os.File
	out       *bufio.Writer
	entries   []entry
	known     map[[16]byte]entry // where the bytes of a hash are
	written   uint64
	addressed uint64
	next      uint64 // the least number that may come
}

// NewWriter returns a writer whose temporary file is in dir; empty is the system's place.
func NewWriter(dir string) (*Writer, error) {
	file, err := os.CreateTemp(dir, ".tungnha-tiles-*")
	if err != nil {
		return nil, fmt.Errorf("tile archive: %w", err)
	}
	// Only this process uses the file, so it needs no name, and none is left behind by a crash.
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("tile archive: %w", err), file.Close())
	}
	return &Writer{file: file, out: bufio.NewWriterSize(file, 1<<20), known: make(map[[16]byte]entry)}, nil
}

// Close lets the temporary file go.
func (w *Writer) Close() error { return w.file.Close() }

// Add adds the tile of a number, greater than that of the one before, compressed with gzip.
// Bytes that were added before are not written again.
func (w *Writer) Add(id uint64, body []byte) error {
	if id < w.next {
		return fmt.Errorf("tile archive: tile %d after tile %d", id, w.next-1)
	}
	if len(body) == 0 || len(body) > maxTileBytes {
		return fmt.Errorf("tile archive: tile %d of %d bytes: want 1 to %d", id, len(body), maxTileBytes)
	}
	w.next = id + 1
	w.addressed++
	sum := sha256.Sum256(body)
	hash := [16]byte(sum[:])
	e, repeated := w.known[hash]
	if !repeated {
		e = entry{offset: w.written, length: uint32(len(body)), run: 1}
		if _, err := w.out.Write(body); err != nil {
			return fmt.Errorf("tile archive: %w", err)
		}
		w.written += uint64(len(body))
		w.known[hash] = e
	}
	if n := len(w.entries); repeated && n > 0 {
		if last := &w.entries[n-1]; last.offset == e.offset && last.id+uint64(last.run) == id {
			last.run++
			return nil
		}
	}
	e.id = id
	w.entries = append(w.entries, e)
	return nil
}

// WriteTo writes the whole archive: header, root directory, metadata, leaf directories,
// tiles. metadata is a JSON object.
func (w *Writer) WriteTo(out io.Writer, info *Info, metadata []byte) error {
	if err := w.writeTo(out, info, metadata); err != nil {
		return fmt.Errorf("tile archive: %w", err)
	}
	return nil
}

func (w *Writer) writeTo(out io.Writer, info *Info, metadata []byte) error {
	if err := info.check(); err != nil {
		return err
	}
	root, leaves, err := directories(w.entries)
	if err != nil {
		return err
	}
	if metadata, err = compress(metadata); err != nil {
		return err
	}
	h := header{
		addressed: w.addressed, entries: uint64(len(w.entries)), contents: uint64(len(w.known)),
		clustered: true, internal: Gzip, tile: Gzip, tileType: info.Type,
		minZoom: uint8(info.MinZoom), maxZoom: uint8(info.MaxZoom), centerZoom: uint8(info.Center[2]),
		center: [2]int32{e7(info.Center[0]), e7(info.Center[1])},
	}
	for i, degrees := range info.Bounds {
		h.bounds[i] = e7(degrees)
	}
	at := uint64(headerSize)
	for _, s := range []struct {
		section *section
		length  uint64
	}{{&h.root, uint64(len(root))}, {&h.metadata, uint64(len(metadata))}, {&h.leaves, uint64(len(leaves))},
		{&h.tiles, w.written}} {
		*s.section = section{at, s.length}
		at += s.length
	}
	for _, b := range [][]byte{h.encode(), root, metadata, leaves} {
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	_, err = io.Copy(out, io.NewSectionReader(w.file, 0, int64(w.written)))
	return err
}

// directories returns the root directory and the leaf directories of the entries: leaves
// only where the root would not fit into a client's first read, and then as many entries to
// each as it takes for the root to fit.
func directories(entries []entry) (root, leaves []byte, err error) {
	const most = firstRead - headerSize
	if root, err = compress(encodeDirectory(entries)); err != nil || len(root) <= most {
		return root, nil, err
	}
	for size := 4096; ; size *= 2 {
		leaves = leaves[:0]
		var pointers []entry
		for first := 0; first < len(entries); first += size {
			leaf, err := compress(encodeDirectory(entries[first:min(first+size, len(entries))]))
			if err != nil {
				return nil, nil, err
			}
			pointers = append(pointers, entry{id: entries[first].id, offset: uint64(len(leaves)),
				length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root, err = compress(encodeDirectory(pointers)); err != nil || len(root) <= most {
			return root, leaves, err
		}
	}
}
