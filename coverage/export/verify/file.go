package verify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tungnha/coverage/export"
	"tungnha/data"
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

// fileRow is one row of a file: the text of each of the file's columns as appendPlain
// writes it (of CSV: as it stands there), and its geometry as appendGeometry writes it. Both
// are valid until the next row.
type fileRow struct {
	fields   []string
	geometry []byte // nil: none
}

// contextRows is the number of rows between two checks of the context.
const contextRows = 1024

// errNotExported means that a file does not say what it stands on.
var errNotExported = errors.New("it does not carry the metadata of an export")

// Open opens a file that Table.Write made. What kind it is, its first bytes say. Beside a
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

// sniff tells the format of a file by how it begins.
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

// feature is a feature as a file has it.
type feature struct {
	Geometry   json.RawMessage            `json:"geometry"`
	Properties map[string]json.RawMessage `json:"properties"`
	Metadata   *export.Metadata           `json:"metadata"`
}

func (f *File) openGeoJSON() error {
	d := json.NewDecoder(bufio.NewReaderSize(f.f, 1<<16))
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	head := make(map[string]json.RawMessage)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name == "features" {
			if err := expect(d, json.Delim('[')); err != nil {
				return err
			}
			break
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		head[name.(string)] = value
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &f.Metadata); err != nil {
		return fmt.Errorf("what stands before the features: %w", err)
	}
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		fields := make([]string, len(f.Columns))
		for n := 0; d.More(); n++ {
			if err := f.passFeature(ctx, d, n, fields, yield); err != nil {
				return err
			}
		}
		return expect(d, json.Delim(']')) // a file that was cut short ends before it
	}
	return nil
}

func expect(d *json.Decoder, want json.Delim) error {
	switch got, err := d.Token(); {
	case err != nil:
		return fmt.Errorf("at byte %d, where %v should be: %w", d.InputOffset(), want, err)
	case got != want:
		return fmt.Errorf("at byte %d: %v, want %v", d.InputOffset(), got, want)
	}
	return nil
}

// openFeatures opens features one after the other, each after a record separator or not.
func (f *File) openFeatures() error {
	first := json.NewDecoder(withoutSeparators(f.f))
	var one feature
	if err := first.Decode(&one); err != nil {
		return fmt.Errorf("first feature: %w", err)
	}
	if one.Metadata == nil {
		return errNotExported
	}
	f.Metadata = *one.Metadata
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		if _, err := f.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		d := json.NewDecoder(withoutSeparators(f.f))
		fields := make([]string, len(f.Columns))
		for n := 0; ; n++ {
			switch err := f.passFeature(ctx, d, n, fields, yield); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
		}
	}
	return nil
}

// withoutSeparators reads what r has with record separators as white space.
func withoutSeparators(r io.Reader) io.Reader { return &unseparated{bufio.NewReaderSize(r, 1<<16)} }

type unseparated struct{ r io.Reader }

func (u *unseparated) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	for i, c := range b[:n] {
		if c == 0x1e {
			b[i] = '\n'
		}
	}
	return n, err
}

func (f *File) passFeature(ctx context.Context, d *json.Decoder, n int, fields []string, yield func(fileRow) error) error {
	if n%contextRows == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	var one feature
	if err := d.Decode(&one); err != nil {
		if errors.Is(err, io.EOF) {
			return err
		}
		return fmt.Errorf("feature %d: %w", n+1, err)
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		value, ok := one.Properties[c.Name]
		if !ok {
			return fmt.Errorf("feature %d has no property %s", n+1, c.Name)
		}
		var err error
		if fields[i], err = jsonField(c.Type, value); err != nil {
			return fmt.Errorf("feature %d: %s: %w", n+1, c.Name, err)
		}
	}
	geometry := []byte(one.Geometry)
	if string(geometry) == "null" {
		geometry = nil
	}
	return yield(fileRow{fields, geometry})
}

// jsonField returns a JSON value as a field. Numbers stand as they do in the file.
func jsonField(t export.Type, value json.RawMessage) (s string, err error) {
	if string(value) == "null" {
		return "", nil
	}
	switch t {
	case export.Text, export.Day:
		err = json.Unmarshal(value, &s)
		return s, err
	case export.List:
		var list []string
		err = json.Unmarshal(value, &list)
		return strings.Join(list, export.ListSeparator), err
	}
	return string(value), nil
}

// openCSV opens a CSV file by its description.
func (f *File) openCSV(description string) error {
	text, err := os.ReadFile(description)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: a CSV file has it beside it, in %s", errNotExported, filepath.Base(description))
	}
	if err != nil {
		return err
	}
	var d struct{ Notes []export.Metadata }
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(description), err)
	}
	if len(d.Notes) == 0 {
		return fmt.Errorf("%s: %w", filepath.Base(description), errNotExported)
	}
	f.Metadata, f.shapes = d.Notes[0], false
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		r := csv.NewReader(bufio.NewReaderSize(f.f, 1<<16))
		r.ReuseRecord = true
		r.FieldsPerRecord = len(f.Columns)
		header, err := r.Read()
		if err != nil {
			return err
		}
		if err := f.checkHeader(header); err != nil {
			return err
		}
		for n := 0; ; n++ {
			if n%contextRows == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			fields, err := r.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := yield(fileRow{fields: fields}); err != nil {
				return err
			}
		}
	}
	return nil
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

// maxUnzipped is how large a workbook may be once it is unpacked: a million rows of every
// column are some gigabytes.
const maxUnzipped = 16 << 30

func (f *File) openXLSX() error {
	book, err := excelize.OpenReader(f.f, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped})
	if err != nil {
		return err
	}
	f.inner = book
	definitions, err := book.GetRows(export.DefinitionSheet)
	if err != nil {
		return errNotExported
	}
	for _, row := range definitions {
		if len(row) > 1 && row[0] == export.MetadataLabel {
			if err := json.Unmarshal([]byte(row[1]), &f.Metadata); err != nil {
				return fmt.Errorf("sheet %s: %w", export.DefinitionSheet, err)
			}
		}
	}
	f.shapes = false
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		for _, sheet := range book.GetSheetList() {
			if sheet == export.DefinitionSheet {
				continue
			}
			if err := f.passSheet(ctx, book, sheet, yield); err != nil {
				return fmt.Errorf("sheet %s: %w", sheet, err)
			}
		}
		return nil
	}
	return nil
}

func (f *File) passSheet(ctx context.Context, book *excelize.File, sheet string, yield func(fileRow) error) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	fields := make([]string, len(f.Columns))
	for n := 0; rows.Next(); n++ {
		if n%contextRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return err
		}
		if n == 0 {
			if err := f.checkHeader(cells); err != nil {
				return err
			}
			continue
		}
		if len(cells) > len(fields) {
			return fmt.Errorf("row %d has %d cells, want %d", n+1, len(cells), len(fields))
		}
		clear(fields)
		for i, text := range cells {
			if fields[i], err = sheetField(f.Columns[i].Type, text); err != nil {
				return fmt.Errorf("row %d: %s: %w", n+1, f.Columns[i].Name, err)
			}
		}
		if err := yield(fileRow{fields: fields}); err != nil {
			return err
		}
	}
	return rows.Error()
}

// sheetField returns the raw value of a cell as a field.
func sheetField(t export.Type, raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	switch t {
	case export.Boolean:
		return strconv.FormatBool(raw == "1" || strings.EqualFold(raw, "true")), nil
	case export.Day:
		serial, err := strconv.Atoi(raw)
		if err != nil || serial <= export.SerialShift || serial > int(data.MaxDate)+export.SerialShift {
			return "", fmt.Errorf("%q is no day", raw)
		}
		return data.Date(serial - export.SerialShift).String(), nil
	case export.Real, export.Degrees, export.Share:
		x, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return "", err
		}
		return string(export.AppendPlain(nil, t, &export.Value{Real: x})), nil
	}
	return raw, nil
}
