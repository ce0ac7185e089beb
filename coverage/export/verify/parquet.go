package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/coverage/export"
	"tungnha/data"
)

func (f *File) openParquet() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the file is damaged: %v", v)
		}
	}()
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f.f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	meta, ok := file.Lookup(export.MetadataKey)
	if !ok {
		return errNotExported
	}
	if err := json.Unmarshal([]byte(meta), &f.Metadata); err != nil {
		return fmt.Errorf("key %s: %w", export.MetadataKey, err)
	}
	leaves := make([]int, 0, len(f.Columns)) // which of our columns each leaf is of; -1: none
	shape := -1
	for i, path := range file.Schema().Columns() {
		if path[0] == export.GeometryColumn {
			shape = i
		}
		leaves = append(leaves, slices.IndexFunc(f.Columns, func(c export.Column) bool { return c.Name == path[0] }))
	}
	for i, c := range f.Columns {
		if !slices.Contains(leaves, i) {
			return fmt.Errorf("there is no column %s", c.Name)
		}
	}
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		for _, group := range file.RowGroups() {
			if err := f.passGroup(ctx, group, leaves, shape, yield); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

func (f *File) passGroup(ctx context.Context, group parquet.RowGroup, leaves []int, shape int,
	yield func(fileRow) error) (err error) {
	rows := group.Rows()
	defer func() { err = errors.Join(err, rows.Close()) }()
	fields, buffer := make([]string, len(f.Columns)), make([]parquet.Row, 256)
	var text []byte
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			clear(fields)
			var geometry []byte
			for _, v := range row {
				leaf := v.Column()
				if v.IsNull() || leaf < 0 || leaf >= len(leaves) {
					continue
				}
				if leaf == shape {
					if geometry, err = geoJSONOf(v.ByteArray()); err != nil {
						return err
					}
				}
				if at := leaves[leaf]; at >= 0 {
					if text, err = appendParquetField(text[:0], &f.Columns[at], v, fields[at]); err != nil {
						return fmt.Errorf("column %s: %w", f.Columns[at].Name, err)
					}
					fields[at] = string(text)
				}
			}
			if err := yield(fileRow{fields, geometry}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("it ends too early")
		}
	}
}

// appendParquetField appends a value as a field; so far is what a list had before it.
func appendParquetField(dst []byte, c *export.Column, v parquet.Value, so string) ([]byte, error) {
	kinds := map[export.Type]parquet.Kind{export.Integer: parquet.Int64, export.Real: parquet.Double,
		export.Degrees: parquet.Double, export.Share: parquet.Double,
		export.Boolean: parquet.Boolean, export.Day: parquet.Int32, export.Text: parquet.ByteArray,
		export.List: parquet.ByteArray}
	if v.Kind() != kinds[c.Type] {
		return nil, fmt.Errorf("%v, want %v", v.Kind(), kinds[c.Type])
	}
	value := export.Value{}
	switch c.Type {
	case export.Integer:
		value.Integer = v.Int64()
	case export.Real, export.Degrees, export.Share:
		value.Real = v.Double()
	case export.Boolean:
		if v.Boolean() {
			value.Integer = 1
		}
	case export.Day:
		day := int(v.Int32()) + data.DaysToUnix
		if day <= 0 || day > int(data.MaxDate) {
			return nil, fmt.Errorf("%d is no day", v.Int32())
		}
		value.Text = data.Date(day).String()
	case export.List:
		if v.RepetitionLevel() > 0 {
			dst = append(append(dst, so...), ';')
		}
		return append(dst, v.ByteArray()...), nil
	default:
		return append(dst, v.ByteArray()...), nil
	}
	return export.AppendPlain(dst, c.Type, &value), nil
}

// geoJSONOf returns well-known binary as the text of a GeoJSON geometry.
func geoJSONOf(b []byte) ([]byte, error) {
	g, err := wkb.Unmarshal(b)
	if err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	return export.AppendGeometry(nil, g)
}
