package writable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"tungnha/data"
)

// Place is where the file of an open database is. What is written to a file that has lost its name is gone with the
// process that has it open, and SQLite does not notice: nor that a file was cut while its pages are in memory.
type Place struct {
	names []string // of the file and its log

	mu      sync.Mutex
	file    *os.File               // to read the header by; nil: it is not looked at
	found   map[string]os.FileInfo // by name, as each was found first
	longest int64                  // that the file was, in bytes, while it was whole
	cut     error
}

// NewPlace returns the place of the database at the path. file is of that path, or nil; opened before SQLite opens the
// database and closed after that, by Close: the locks that a process has of a file go with the first handle that it
// closes.
func NewPlace(path string, file *os.File) *Place {
	return &Place{names: []string{path, path + "-wal"}, file: file, found: make(map[string]os.FileInfo)}
}

// Check returns an error that is a data.ErrUnsound where the files are not those that were there when it was called
// first, or the database is shorter than its header says and than it was: while a log is written into it, it may be
// shorter for a moment. Once cut it stays so. Of a nil Place there is nothing to check.
func (p *Place) Check() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, name := range p.names {
		now, err := os.Stat(name)
		before := p.found[name]
		switch {
		case errors.Is(err, fs.ErrNotExist) && before == nil && i > 0: // no log, or not yet
		case err != nil:
			return fmt.Errorf("%w: it is not where it was: %w", data.ErrUnsound, err)
		case before == nil:
			p.found[name] = now
		case !os.SameFile(before, now):
			return fmt.Errorf("%w: %s is another file than the one that is open", data.ErrUnsound, name)
		}
	}
	if p.file == nil || p.cut != nil {
		return p.cut
	}
	return p.checkLength()
}

// checkLength compares the length of the file with its header. p.mu is locked.
func (p *Place) checkLength() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	length := info.Size()
	if length >= p.longest {
		p.longest = length
		return nil
	}
	want := int64(headerSize)
	var header [headerSize]byte
	if n, _ := p.file.ReadAt(header[:], 0); n == headerSize {
		want = pageSize(header[16:]) * int64(binary.BigEndian.Uint32(header[28:]))
	}
	if length < want {
		p.cut = fmt.Errorf("%w: %s was cut to %d bytes, its header says %d", data.ErrUnsound, p.names[0], length, want)
		return p.cut
	}
	p.longest = length // somebody has given free pages back
	return nil
}

// headerSize is the size of the header of a database, in bytes; see https://www.sqlite.org/fileformat2.html.
const headerSize = 100

// pageSize reads the size of a page, in bytes: a header has 1 for 65,536.
func pageSize(b []byte) int64 {
	if n := binary.BigEndian.Uint16(b); n > 1 {
		return int64(n)
	}
	return 1 << 16
}

// Close closes the handle by which the header was read.
func (p *Place) Close() error {
	if p == nil || p.file == nil {
		return nil
	}
	return p.file.Close()
}
