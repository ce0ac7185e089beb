package writable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotOurs means that another program made a file.
var ErrNotOurs = errors.New("not a file of this program")

// CheckFile refuses what SQLite would report obscurely, or overwrite.
//
// It reports false for a file of ours that may be read and not written.
func CheckFile(path string) (writable bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err := os.Stat(filepath.Dir(path))
		if err != nil {
			return false, err
		}
		if !dir.IsDir() {
			return false, fmt.Errorf("%s is not a directory", filepath.Dir(path))
		}
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%w: not a regular file", ErrNotOurs)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	writable = err == nil
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		f, err = os.Open(path)
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	header := make([]byte, 16)
	n, err := io.ReadFull(f, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	if n > 0 && !bytes.Equal(header[:n], []byte("SQLite format 3\x00")) {
		return false, fmt.Errorf("%w: not a GeoPackage", ErrNotOurs)
	}
	return writable, nil
}
