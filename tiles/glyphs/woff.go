package glyphs

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var errTruncated = errors.New("the font is truncated")

// unpack returns the TrueType file in a WOFF 1.0 file: the same tables, each of which may
// have been deflated.
func unpack(woff []byte) ([]byte, error) {
	const headSize, entrySize, tableSize = 44, 20, 16
	if len(woff) < headSize || string(woff[:4]) != "wOFF" {
		return nil, errors.New("not a WOFF 1.0 file")
	}
	tables := int(binary.BigEndian.Uint16(woff[12:]))
	if len(woff) < headSize+tables*entrySize {
		return nil, errTruncated
	}
	font := make([]byte, 12+tables*tableSize)
	copy(font, woff[4:8]) // what the tables are
	binary.BigEndian.PutUint16(font[4:], uint16(tables))
	for i := range tables {
		entry := woff[headSize+i*entrySize:]
		offset, packed, size := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:]),
			binary.BigEndian.Uint32(entry[12:])
		if uint64(offset)+uint64(packed) > uint64(len(woff)) || packed > size || size > 1<<24 {
			return nil, fmt.Errorf("table %q: %w", entry[:4], errTruncated)
		}
		table := woff[offset : offset+packed]
		if packed < size {
			r, err := zlib.NewReader(bytes.NewReader(table))
			if err != nil {
				return nil, fmt.Errorf("table %q: %w", entry[:4], err)
			}
			table = make([]byte, size)
			if _, err := io.ReadFull(r, table); err != nil {
				return nil, fmt.Errorf("table %q: %w", entry[:4], err)
			}
		}
		at := font[12+i*tableSize:]
		copy(at, entry[:4])
		copy(at[4:8], entry[16:20]) // checksum
		binary.BigEndian.PutUint32(at[8:], uint32(len(font)))
		binary.BigEndian.PutUint32(at[12:], size)
		font = append(font, table...)
		font = append(font, make([]byte, -len(font)&3)...)
	}
	return font, nil
}
