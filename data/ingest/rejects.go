package ingest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tungnha/internal/problem"
)

// rejects is the file for the rejected rows of one input file. It is made with the first of
// them, beside its final name, and gets that name only when the import is done: the rows
// may come from an older file of the same name.
type rejects struct {
	path string
	lang problem.Lang // of the reasons
	file *os.File
	buf  *bufio.Writer
	row  []byte
}

// allRejects are the rejects of the input files, in their order; nil where none are requested.
type allRejects []*rejects

func newRejects(path string, sources []*source, lang problem.Lang) allRejects {
	all := make(allRejects, len(sources))
	if path == "" {
		return all
	}
	taken := map[string]bool{}
	for i, s := range sources {
		extension := filepath.Ext(path)
		name := strings.TrimSuffix(path, extension)
		if len(sources) > 1 {
			input := filepath.Base(s.path)
			name += "-" + strings.TrimSuffix(input, filepath.Ext(input))
		}
		if s.json {
			extension = ".geojsonl"
		}
		unique := name
		for n := 2; taken[unique+extension]; n++ {
			unique = name + "-" + strconv.Itoa(n)
		}
		taken[unique+extension] = true
		all[i] = &rejects{path: unique + extension, lang: lang}
	}
	return all
}

// write adds a row.
func (r *rejects) write(rows rowReader, row *batchRow, p *problem.Problem) error {
	if r.file == nil {
		file, err := os.CreateTemp(filepath.Dir(r.path), "."+filepath.Base(r.path)+".*")
		if err != nil {
			return fmt.Errorf("rejects file %s: %w", r.path, err)
		}
		r.file, r.buf = file, bufio.NewWriterSize(file, 64<<10)
		r.row = append(r.row[:0], rows.rejectHeader()...)
	}
	r.row = rows.appendReject(r.row, row.raw, row.line, p, r.lang)
	_, err := r.buf.Write(r.row)
	r.row = r.row[:0]
	if err != nil {
		return fmt.Errorf("rejects file %s: %w", r.path, err)
	}
	return nil
}

// flush brings all rows to the disk, so that nothing but a new name is missing.
func (all allRejects) flush() error {
	for _, r := range all {
		if r == nil || r.file == nil {
			continue
		}
		// CreateTemp makes a file for its owner alone; a rejects file is like any other.
		if err := errors.Join(r.buf.Flush(), r.file.Chmod(0o644), r.file.Sync(), r.file.Close()); err != nil {
			return fmt.Errorf("rejects file %s: %w", r.path, err)
		}
	}
	return nil
}

// keep gives the files their names.
func (all allRejects) keep() error {
	for _, r := range all {
		if r == nil || r.file == nil {
			continue
		}
		if err := os.Rename(r.file.Name(), r.path); err != nil {
			return fmt.Errorf("the import is done, but its rejects file is not in place: %w", err)
		}
		r.file = nil
	}
	return nil
}

// discard removes what keep has not named.
func (all allRejects) discard() {
	for _, r := range all {
		if r != nil && r.file != nil {
			r.file.Close()
			os.Remove(r.file.Name())
		}
	}
}
