package archive

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression is how bytes are stored, numbered as in a PMTiles header.
type Compression uint8

// The compressions. Unknown is for tiles whose first bytes show their compression.
const (
	Unknown Compression = iota
	None
	Gzip
	Brotli
	Zstd
)

func (c Compression) known() bool { return c >= None && c <= Zstd }

// Encoding returns the name of the compression in Content-Encoding; empty of none.
func (c Compression) Encoding() string {
	switch c {
	case Gzip:
		return "gzip"
	case Brotli:
		return "br"
	case Zstd:
		return "zstd"
	}
	return ""
}

// Expand returns the bytes of a tile without their compression.
func (c Compression) Expand(b []byte) ([]byte, error) { return c.expand(b, maxExpandedBytes) }

// expand refuses what takes more than limit bytes, before it takes them.
func (c Compression) expand(b []byte, limit int) ([]byte, error) {
	var r io.Reader
	switch c {
	case None:
		return b, nil
	case Gzip:
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		r = z
	case Brotli:
		r = brotli.NewReader(bytes.NewReader(b))
	case Zstd:
		z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(uint64(limit)))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		defer z.Close()
		r = z
	default:
		return nil, fmt.Errorf("compressed in way %d: want none, gzip, brotli or zstd", c)
	}
	expanded, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Encoding(), err)
	}
	if len(expanded) > limit {
		return nil, fmt.Errorf("%s: expands to more than %d bytes", c.Encoding(), limit)
	}
	return expanded, nil
}

// compress returns the bytes with gzip, the same for the same bytes.
func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// sniff returns the compression of a tile by its first bytes, where the archive does not name it.
func sniff(b []byte) Compression {
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return Gzip
	}
	return None
}
