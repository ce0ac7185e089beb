package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// An entry describes where the bytes of some tiles are. PMTiles 3, section 4: "Directories".
type entry struct {
	id     uint64 // of the first tile
	offset uint64 // in the section of tiles, or of leaf directories
	length uint32
	run    uint32 // tiles that follow each other with these very bytes; 0: a leaf directory
}

// encodeDirectory writes a directory: numbers as differences, runs, lengths and offsets,
// a column each, an offset as 0 where it continues from the entry before.
func encodeDirectory(entries []entry) []byte {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	var last uint64
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, e.offset+1)
		}
	}
	return b
}

var errDirectoryCut = errors.New("directory: it ends within a number")

// decodeDirectory reads a directory. Entries must come in order and may not overlap, so
// that a search finds the one there is.
func decodeDirectory(b []byte) ([]entry, error) {
	next := func() (uint64, error) {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return 0, errDirectoryCut
		}
		b = b[size:]
		return n, nil
	}
	count, err := next()
	if err != nil {
		return nil, err
	}
	if count > uint64(len(b))/4 { // four numbers each, of a byte at least
		return nil, fmt.Errorf("directory: %d entries in %d bytes", count, len(b))
	}
	entries := make([]entry, count)
	end := firstID(MaxZoom + 1)
	var id uint64
	for i := range entries {
		step, err := next()
		if err != nil {
			return nil, err
		}
		if step > end || id+step >= end || i > 0 && step == 0 {
			return nil, fmt.Errorf("directory: entry %d is out of order", i)
		}
		id += step
		entries[i].id = id
	}
	for i := range entries {
		e := &entries[i]
		run, err := next()
		if err != nil {
			return nil, err
		}
		if run > end-e.id || i+1 < len(entries) && run > entries[i+1].id-e.id {
			return nil, fmt.Errorf("directory: entry %d runs over %d tiles, into others", i, run)
		}
		if run > 1<<32-1 {
			return nil, fmt.Errorf("directory: entry %d runs over %d tiles", i, run)
		}
		e.run = uint32(run)
	}
	for i := range entries {
		length, err := next()
		if err != nil {
			return nil, err
		}
		if length == 0 || length > 1<<32-1 {
			return nil, fmt.Errorf("directory: entry %d is of %d bytes", i, length)
		}
		entries[i].length = uint32(length)
	}
	for i := range entries {
		offset, err := next()
		if err != nil {
			return nil, err
		}
		switch {
		case offset > 0:
			entries[i].offset = offset - 1
		case i == 0:
			return nil, errors.New("directory: the first entry continues from none")
		default:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("directory: %d bytes after its end", len(b))
	}
	return entries, nil
}

// find returns the entry of a tile, or of the leaf directory that may contain it; nil where
// there is none.
func find(entries []entry, id uint64) *entry {
	i := sort.Search(len(entries), func(i int) bool { return entries[i].id > id }) - 1
	if i < 0 || entries[i].run > 0 && id-entries[i].id >= uint64(entries[i].run) {
		return nil
	}
	return &entries[i]
}
