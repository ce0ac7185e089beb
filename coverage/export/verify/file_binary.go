package verify

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"
	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/geo/geopackage"
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

func (f *File) passGroup(ctx context.Context, group parquet.RowGroup, leaves []int, shape int, yield func(fileRow) error) (err error) {
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
	kinds := map[export.Type]parquet.Kind{export.Integer: parquet.Int64, export.Real: parquet.Double, export.Degrees: parquet.Double, export.Share: parquet.Double,
		export.Boolean: parquet.Boolean, export.Day: parquet.Int32, export.Text: parquet.ByteArray, export.List: parquet.ByteArray}
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

func (f *File) openGeoPackage(path string) error {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db := sql.OpenDB(&readOnly{"file:" + escaped + "?mode=ro&_query_only=1&_cell_size_check=1"})
	db.SetMaxOpenConns(1)
	f.inner = db
	var meta string
	err := db.QueryRow(`SELECT m.metadata FROM gpkg_metadata m JOIN gpkg_metadata_reference r ON r.md_file_id = m.id
		WHERE m.md_standard_uri = ?`, export.MetadataURI).Scan(&meta)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotExported, err)
	}
	if err := json.Unmarshal([]byte(meta), &f.Metadata); err != nil {
		return fmt.Errorf("its metadata: %w", err)
	}
	f.each = func(ctx context.Context, yield func(fileRow) error) error { return f.passTable(ctx, db, yield) }
	return nil
}

// readOnly opens connections to a file that is not ours to change, nor to be trusted.
type readOnly struct{ dsn string }

func (r *readOnly) Connect(context.Context) (driver.Conn, error) { return r.Driver().Open(r.dsn) }
func (r *readOnly) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec("PRAGMA trusted_schema = OFF", nil)
		return err
	}}
}

func (f *File) passTable(ctx context.Context, db *sql.DB, yield func(fileRow) error) (err error) {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	var columns []string
	for _, c := range f.Columns {
		columns = append(columns, "CAST("+quoted(c.Name)+" AS "+map[bool]string{true: "TEXT", false: "NUMERIC"}[c.Type == export.Text || c.Type == export.Day || c.Type == export.List]+")")
	}
	if f.HasGeometry() {
		columns = append(columns, "geom")
	}
	rows, err := db.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+quoted(string(f.Layer)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	fields := make([]string, len(f.Columns))
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range fields {
			if fields[i], err = sqlField(f.Columns[i].Type, values[i]); err != nil {
				return fmt.Errorf("column %s: %w", f.Columns[i].Name, err)
			}
		}
		var geometry []byte
		if blob, ok := values[len(values)-1].([]byte); ok && f.HasGeometry() {
			if geometry, err = geoPackageGeoJSON(blob); err != nil {
				return err
			}
		}
		if err := yield(fileRow{fields, geometry}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sqlField returns a value of SQLite as a field.
func sqlField(t export.Type, v any) (string, error) {
	value := export.Value{}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if t != export.Text && t != export.Day && t != export.List {
			return "", fmt.Errorf("%q is no number", v)
		}
		return v, nil
	case []byte:
		return string(v), nil
	case int64:
		value.Integer, value.Real = v, float64(v)
	case float64:
		value.Integer, value.Real = int64(v), v
	default:
		return "", fmt.Errorf("%v (%T)", v, v)
	}
	return string(export.AppendPlain(nil, t, &value)), nil
}

// geoPackageGeoJSON returns a geometry of a GeoPackage as the text of a GeoJSON geometry.
func geoPackageGeoJSON(b []byte) ([]byte, error) {
	body, err := geopackage.Body(b)
	if err != nil {
		return nil, fmt.Errorf("geometry: not as a GeoPackage has it: %w", err)
	}
	return geoJSONOf(body)
}
