package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tungnha/coverage/export"
)

// File is a file that Table.Write made, open to be read again.
type File struct {
	Format export.Format
	export.Metadata

	shapes bool // its rows have geometries, where their layer has any
	f      *os.File
	inner  io.Closer // what reads f, where it has to be closed
	each   func(ctx context.Context, yield func(row fileRow) error) error
}

// fileRow is one row of a file: the text of each of the file's columns as
// export.AppendPlain writes it (of CSV: as it is there), and its geometry as export.AppendGeometry writes it. Both
// are valid until the next row.
type fileRow struct {
	fields   []string
	geometry []byte // nil: none
}

// contextRows is the number of rows between two checks of the context.
const contextRows = 1024

// errNotExported means that a file has no metadata of an export.
var errNotExported = errors.New("it does not carry the metadata of an export")

// Open opens a file that Table.Write made. Its format is known by its first bytes. Beside a
// CSV file its description is looked for.
func Open(path string) (file *File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
			file, err = nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}()
	file = &File{f: f, shapes: true}
	start := make([]byte, 64)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return file, fmt.Errorf("nothing can be read: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return file, err
	}
	file.Format = sniff(start[:n])
	switch file.Format {
	case export.GeoJSON:
		err = file.openGeoJSON()
	case export.GeoJSONL, export.GeoJSONSeq:
		err = file.openFeatures()
	case export.XLSX:
		err = file.openXLSX()
	case export.Parquet:
		err = file.openParquet()
	case export.GeoPackage:
		err = file.openGeoPackage(path)
	default:
		err = file.openCSV(path + export.DescriptionSuffix)
	}
	if err == nil && (len(file.Columns) == 0 || file.Total == nil) {
		err = errNotExported
	}
	return file, err
}

// Close closes the file.
func (f *File) Close() error {
	if f.inner == nil {
		return f.f.Close()
	}
	return errors.Join(f.inner.Close(), f.f.Close())
}

// sniff returns the format of a file by how it begins.
func sniff(start []byte) export.Format {
	switch {
	case bytes.HasPrefix(start, []byte("PAR1")):
		return export.Parquet
	case bytes.HasPrefix(start, []byte("SQLite format 3\x00")):
		return export.GeoPackage
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return export.XLSX
	case bytes.HasPrefix(start, []byte{0x1e}):
		return export.GeoJSONSeq
	case bytes.HasPrefix(start, []byte(`{"type":"Feature",`)):
		return export.GeoJSONL
	case bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n\ufeff"), []byte("{")):
		return export.GeoJSON
	}
	return export.CSV
}

// Each calls yield for every row of the file. A damaged file is an error, whatever the
// library that reads it thinks of the damage.
func (f *File) Each(ctx context.Context, yield func(row fileRow) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the file is damaged: %v", v)
		}
	}()
	return f.each(ctx, yield)
}

func (f *File) checkHeader(header []string) error {
	if len(header) != len(f.Columns) {
		return fmt.Errorf("the header has %d columns, want %d", len(header), len(f.Columns))
	}
	for i, name := range header {
		if name != f.Columns[i].Name {
			return fmt.Errorf("column %d is %q, want %q", i+1, name, f.Columns[i].Name)
		}
	}
	return nil
}
