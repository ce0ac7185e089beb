package export

import (
	"context"
	"database/sql/driver"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/geo/geopackage"
)

// The extensions for the meaning of columns and for metadata; and the spatial index of a layer, with the triggers that
// the standard requires.
var (
	//go:embed geopackage.sql
	geoPackageExtensions string
	//go:embed geopackage_index.sql
	geoPackageIndex string
)

// geoPackageUnsafe leaves out journal and syncs: a file that is not complete is deleted.
const geoPackageUnsafe = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"

var geoPackageTypes = [...]string{Text: "TEXT", Integer: "INTEGER", Real: "DOUBLE", Degrees: "DOUBLE", Share: "DOUBLE",
	Day: "DATE", List: "TEXT", Boolean: "BOOLEAN"}

// writeGeoPackage makes a GeoPackage of one layer in a temporary file, which SQLite has to
// be able to go back in, and then copies it.
func (t *Table) writeGeoPackage(ctx context.Context, w io.Writer) (err error) {
	f, err := os.CreateTemp("", "tungnha-*.gpkg")
	if err != nil {
		return fmt.Errorf("write GeoPackage: %w", err)
	}
	defer func() {
		f.Close()
		if removing := os.Remove(f.Name()); err == nil {
			err = removing
		}
		if err != nil {
			err = fmt.Errorf("write GeoPackage: %w", err)
		}
	}()
	if err := t.makeGeoPackage(ctx, f.Name()); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// geoPackage is a file that is being made.
type geoPackage struct {
	*Table
	conn   *sqlite3.SQLiteConn
	insert driver.StmtExecContext
	index  driver.StmtExecContext // nil where there are no geometries
	args   []driver.NamedValue
	fid    int64
	bound  *orb.Bound
	shape  []byte
}

func (t *Table) makeGeoPackage(ctx context.Context, path string) (err error) {
	conn, err := new(sqlite3.SQLiteDriver).Open("file:" +
		strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?_mutex=no")
	if err != nil {
		return err
	}
	p := geoPackage{Table: t, conn: conn.(*sqlite3.SQLiteConn)}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := p.execute(ctx,
		geoPackageUnsafe+geopackage.Tables+geoPackageExtensions+"BEGIN;"+p.layerSQL()); err != nil {
		return err
	}
	if err := p.writeRows(ctx); err != nil {
		return err
	}
	if err := p.describe(ctx); err != nil {
		return err
	}
	return p.execute(ctx, "COMMIT")
}

func (p *geoPackage) execute(ctx context.Context, sql string, args ...any) error {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	_, err := p.conn.ExecContext(ctx, sql, values)
	return err
}

func (p *geoPackage) layerSQL() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %q (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", p.Layer)
	if p.HasGeometry() {
		b.WriteString(", geom " + p.geometryType())
	}
	for _, c := range p.Columns {
		fmt.Fprintf(&b, ", %q %s", c.Name, geoPackageTypes[c.Type])
	}
	b.WriteString(");")
	return b.String()
}

func (p *geoPackage) geometryType() string {
	switch p.Layer {
	case Cells:
		return "POLYGON"
	case Households:
		return "POINT"
	default:
		return "MULTIPOLYGON"
	}
}

// writeRows writes the rows, and their bounds into the index as they come: in the order of
// space it grows well.
func (p *geoPackage) writeRows(ctx context.Context) (err error) {
	shift := 0
	if p.HasGeometry() {
		shift = 1
		if err := p.execute(ctx, strings.ReplaceAll(strings.SplitAfter(geoPackageIndex, ";")[0], "LAYER",
			string(p.Layer))); err != nil {
			return err
		}
		index, err := p.conn.Prepare(fmt.Sprintf("INSERT INTO rtree_%s_geom VALUES (?, ?, ?, ?, ?)", p.Layer))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, index.Close()) }()
		p.index = index.(driver.StmtExecContext)
	}
	insert, err := p.conn.Prepare(fmt.Sprintf("INSERT INTO %q VALUES (?%s)", p.Layer,
		strings.Repeat(", ?", shift+len(p.Columns))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	p.insert = insert.(driver.StmtExecContext)
	p.args = make([]driver.NamedValue, 1+shift+len(p.Columns))
	for i := range p.args {
		p.args[i].Ordinal = i + 1
	}
	bounds := make([]driver.NamedValue, 5)
	for i := range bounds {
		bounds[i].Ordinal = i + 1
	}
	return p.Each(ctx, func(g orb.Geometry, values []Value) error {
		p.fid++
		p.args[0].Value = p.fid
		if p.index != nil {
			p.args[1].Value = nil
			if g != nil {
				if p.shape, err = appendGeoPackage(p.shape[:0], g); err != nil {
					return err
				}
				p.args[1].Value = p.shape
				p.bound = extended(p.bound, g)
				b := g.Bound()
				bounds[0].Value, bounds[1].Value, bounds[2].Value, bounds[3].Value, bounds[4].Value = p.fid, b.Min[0],
					b.Max[0], b.Min[1], b.Max[1]
				if _, err := p.index.ExecContext(context.Background(), bounds); err != nil {
					return err
				}
			}
		}
		for i := range values {
			p.args[1+shift+i].Value = sqlValue(p.Columns[i].Type, &values[i])
		}
		_, err := p.insert.ExecContext(context.Background(), p.args)
		return err
	})
}

func sqlValue(t Type, v *Value) driver.Value {
	if v.Null {
		return nil
	}
	switch t {
	case Integer, Boolean:
		return v.Integer
	case Real, Degrees, Share:
		return v.Real
	case List:
		return join(v.List)
	default:
		return v.Text
	}
}

// describe enters the layer in the tables of contents, with the labels of its columns and
// the metadata of the file.
func (p *geoPackage) describe(ctx context.Context) error {
	meta, err := json.Marshal(&p.Metadata)
	if err != nil {
		return err
	}
	kind, bound := "attributes", []any{nil, nil, nil, nil, nil}
	if p.HasGeometry() {
		kind, bound[4] = "features", int64(4326)
		if b := p.bound; b != nil {
			bound = []any{b.Min[0], b.Min[1], b.Max[0], b.Max[1], int64(4326)}
		}
	}
	changed := p.To + "T00:00:00.000Z" // not the clock: the same data and query give the same bytes
	about := fmt.Sprintf("%s – %s, boundaries of %s, data version %s, definition version %s", orEllipsis(p.From), p.To,
		p.Boundaries, p.Version, p.Definition)
	err = p.execute(ctx, `INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, min_x, min_y, max_x, max_y, srs_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, append([]any{string(p.Layer), kind, string(p.Layer), about, changed}, bound...)...)
	if err != nil {
		return err
	}
	if p.HasGeometry() {
		if err := p.execute(ctx, `INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)`, string(p.Layer), p.geometryType()); err != nil {
			return err
		}
		_, triggers, _ := strings.Cut(geoPackageIndex, ";")
		if err := p.execute(ctx, strings.ReplaceAll(triggers, "LAYER", string(p.Layer))); err != nil {
			return err
		}
	}
	for _, c := range p.Columns {
		if err := p.execute(ctx, `INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)`,
			string(p.Layer), c.Name, c.Name, c.VI, c.EN); err != nil {
			return err
		}
	}
	if err := p.execute(ctx, `INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/json', ?)`, MetadataURI, string(meta)); err != nil {
		return err
	}
	return p.execute(ctx, `INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id) VALUES ('table', ?, ?, 1)`, string(p.Layer), changed)
}

func orEllipsis(b Bound) Bound {
	if b == "" {
		return "…"
	}
	return b
}

// appendGeoPackage appends a geometry with its header. Areas are all multipolygons, as their column declares.
func appendGeoPackage(dst []byte, g orb.Geometry) ([]byte, error) {
	if _, point := g.(orb.Point); point {
		dst = geopackage.AppendPointHeader(dst)
	} else {
		dst = geopackage.AppendHeader(dst, g.Bound())
	}
	shape, err := wkb.Marshal(g, binary.LittleEndian)
	return append(dst, shape...), err
}
