package verify

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mattn/go-sqlite3"

	"tungnha/coverage/export"
	"tungnha/geo/geopackage"
)

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
		columns = append(columns, "CAST("+quoted(c.Name)+" AS "+map[bool]string{true: "TEXT",
			false: "NUMERIC"}[c.Type == export.Text || c.Type == export.Day || c.Type == export.List]+")")
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
