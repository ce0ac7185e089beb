// Package writable knows whether a file can be written: what an error of SQLite says of that, and a probe.
package writable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"tungnha/data"
)

// Error returns an error of SQLite or of the file system, wrapped in data.ErrFull, data.ErrReadOnly or
// data.ErrUnsound where it lasts until somebody changes something.
func Error(err error) error {
	var said sqlite3.Error
	switch {
	case err == nil, errors.Is(err, data.ErrReadOnly), errors.Is(err, data.ErrFull):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", data.ErrFull, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", data.ErrReadOnly, err)
	case !errors.As(err, &said):
		return err
	}
	switch {
	case said.Code == sqlite3.ErrFull, said.SystemErrno == syscall.ENOSPC, said.SystemErrno == syscall.EDQUOT:
		return fmt.Errorf("%w: %w", data.ErrFull, err)
	case said.Code == sqlite3.ErrCorrupt, said.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("%w: %w", data.ErrUnsound, err)
	case said.Code == sqlite3.ErrReadonly, said.SystemErrno == syscall.EROFS:
		return fmt.Errorf("%w: %w", data.ErrReadOnly, err)
	}
	return err
}

// room is how much a probe writes: a post of some hundred visits with its pages of the log.
const room = 256 << 10

// Probe writes a file without a lasting name in a folder and takes it away again, and returns what Error makes of its
// error. It syncs nothing: file systems reserve room when they take the bytes, those of a network at the latest when
// the file is closed. A folder in which no files may be made tells nothing: those that are there can be written.
func Probe(dir string) error {
	f, err := os.CreateTemp(dir, ".tungnha-probe-*")
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return Error(err)
	}
	_, err = f.Write(make([]byte, room))
	return Error(errors.Join(err, f.Close(), os.Remove(f.Name())))
}
