package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/data"
)

// groupRows is how many rows a row group has. Rows come in the order of space, so that a
// reader skips most groups by the bounds of the bbox column; larger ones pack hardly better.
const groupRows = 1 << 13

// The columns that GeoParquet adds.
const (
	GeometryColumn = "geometry" // well-known binary
	bboxColumn     = "bbox"
)

// geoMetadata is the value of the key geo, as GeoParquet 1.1 has it. Without a crs it is
// OGC:CRS84.
type geoMetadata struct {
	Version string               `json:"version"`
	Primary string               `json:"primary_column"`
	Columns map[string]geoColumn `json:"columns"`
}

type geoColumn struct {
	Encoding    string                         `json:"encoding"`
	Types       []string                       `json:"geometry_types"`
	Orientation string                         `json:"orientation"`
	Edges       string                         `json:"edges"`
	BBox        []float64                      `json:"bbox,omitempty"`
	Covering    map[string]map[string][]string `json:"covering"`
}

// columnGroup is a parquet.Group that keeps the order of its fields; a Group sorts them.
type columnGroup struct {
	parquet.Group
	names []string
}

// Fields returns the fields in their order.
func (g columnGroup) Fields() []parquet.Field {
	byName := make(map[string]parquet.Field, len(g.names))
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.names))
	for i, name := range g.names {
		fields[i] = byName[name]
	}
	return fields
}

func (g *columnGroup) add(name string, node parquet.Node) {
	g.names = append(g.names, name)
	g.Group[name] = node
}

// parquetSchema returns the columns of the file: those of the table, then where there are
// geometries their bbox and the geometry itself.
func (t *Table) parquetSchema() *parquet.Schema {
	root := columnGroup{Group: parquet.Group{}}
	for i, c := range t.Columns {
		var node parquet.Node
		switch c.Type {
		case Integer:
			node = parquet.Optional(parquet.Int(64))
		case Real, Degrees, Share:
			node = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		case Boolean:
			node = parquet.Optional(parquet.Leaf(parquet.BooleanType))
		case Day:
			node = parquet.Optional(parquet.Date())
		case List:
			node = parquet.List(parquet.String())
		default:
			node = parquet.String()
			if i > 0 { // the first names the row: no two are the same
				node = parquet.Optional(parquet.Encoded(node, &parquet.RLEDictionary))
			}
		}
		root.add(c.Name, node)
	}
	if t.HasGeometry() {
		bbox := columnGroup{Group: parquet.Group{}}
		for _, name := range bboxMembers {
			bbox.add(name, parquet.Leaf(parquet.DoubleType))
		}
		root.add(bboxColumn, parquet.Optional(bbox))
		root.add(GeometryColumn, parquet.Optional(parquet.Leaf(parquet.ByteArrayType)))
	}
	return parquet.NewSchema(string(t.Layer), root)
}

var bboxMembers = [...]string{"xmin", "ymin", "xmax", "ymax"}

// parquetWriter turns rows into those of a Parquet file.
type parquetWriter struct {
	table *Table
	out   *parquet.GenericWriter[any]
	rows  []parquet.Row // that wait
	bound *orb.Bound
	types map[string]bool // of geometries
}

func (t *Table) writeParquet(ctx context.Context, w io.Writer) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write Parquet: %w", err)
		}
	}()
	p := parquetWriter{table: t, types: make(map[string]bool)}
	p.out = parquet.NewGenericWriter[any](w, t.parquetSchema(), parquet.Compression(&parquet.Zstd),
		parquet.CreatedBy("tungnha", "", ""), parquet.MaxRowsPerRowGroup(groupRows))
	if err := t.inSpace(ctx, p.add); err != nil {
		return err
	}
	if err := p.pass(); err != nil {
		return err
	}
	if t.HasGeometry() {
		about, err := json.Marshal(p.geo())
		if err != nil {
			return err
		}
		p.out.SetKeyValueMetadata("geo", string(about))
	}
	meta, err := json.Marshal(&t.Metadata)
	if err != nil {
		return err
	}
	p.out.SetKeyValueMetadata(MetadataKey, string(meta))
	return p.out.Close()
}

// geo describes the geometries.
func (p *parquetWriter) geo() geoMetadata {
	column := geoColumn{Encoding: "WKB", Types: []string{}, Orientation: "counterclockwise", Edges: "planar",
		Covering: map[string]map[string][]string{"bbox": {}}}
	for _, name := range bboxMembers {
		column.Covering["bbox"][name] = []string{bboxColumn, name}
	}
	for _, name := range []string{"MultiPolygon", "Point", "Polygon"} {
		if p.types[name] {
			column.Types = append(column.Types, name)
		}
	}
	if b := p.bound; b != nil {
		column.BBox = []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	return geoMetadata{"1.1.0", GeometryColumn, map[string]geoColumn{GeometryColumn: column}}
}

// add puts a row into the batch, and writes the batch where it is full.
func (p *parquetWriter) add(g orb.Geometry, values []Value) error {
	if len(p.rows) == cap(p.rows) {
		if err := p.pass(); err != nil {
			return err
		}
	}
	p.rows = p.rows[:len(p.rows)+1]
	row := &p.rows[len(p.rows)-1]
	*row = (*row)[:0]
	for i := range values {
		*row = appendParquet(*row, i, &p.table.Columns[i], &values[i])
	}
	if !p.table.HasGeometry() {
		return nil
	}
	at := len(values)
	if g == nil {
		for i := range len(bboxMembers) + 1 {
			*row = append(*row, parquet.NullValue().Level(0, 0, at+i))
		}
		return nil
	}
	p.bound = extended(p.bound, g)
	p.types[g.GeoJSONType()] = true
	b := g.Bound()
	for i, v := range [...]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]} {
		*row = append(*row, parquet.DoubleValue(v).Level(0, 1, at+i))
	}
	shape, err := wkb.Marshal(g)
	*row = append(*row, parquet.ByteArrayValue(shape).Level(0, 1, at+len(bboxMembers)))
	return err
}

// pass writes the rows of the batch.
func (p *parquetWriter) pass() error {
	if _, err := p.out.WriteRows(p.rows); err != nil {
		return err
	}
	if p.rows == nil {
		p.rows = make([]parquet.Row, 0, batchRows)
	}
	p.rows = p.rows[:0]
	return nil
}

// appendParquet appends the values of a column's leaf, of which a list has several.
func appendParquet(row parquet.Row, column int, c *Column, v *Value) parquet.Row {
	if c.Type == List {
		if len(v.List) == 0 {
			return append(row, parquet.NullValue().Level(0, 0, column))
		}
		for i, s := range v.List {
			row = append(row, parquet.ByteArrayValue([]byte(s)).Level(min(i, 1), 1, column))
		}
		return row
	}
	if v.Null {
		return append(row, parquet.NullValue().Level(0, 0, column))
	}
	var value parquet.Value
	switch c.Type {
	case Integer:
		value = parquet.Int64Value(v.Integer)
	case Real, Degrees, Share:
		value = parquet.DoubleValue(v.Real)
	case Boolean:
		value = parquet.BooleanValue(v.Integer != 0)
	case Day:
		day, err := data.ParseDate(v.Text)
		if err != nil {
			return append(row, parquet.NullValue().Level(0, 0, column))
		}
		value = parquet.Int32Value(int32(day) - data.DaysToUnix)
	default:
		value = parquet.ByteArrayValue([]byte(v.Text))
		if column == 0 {
			return append(row, value.Level(0, 0, 0))
		}
	}
	return append(row, value.Level(0, 1, column))
}
