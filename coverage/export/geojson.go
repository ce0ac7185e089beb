package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// writeGeoJSON writes an RFC 7946 FeatureCollection, a feature a line. The metadata of
// the file are foreign members before the features, the bound of all of them is after.
func (t *Table) writeGeoJSON(ctx context.Context, w io.Writer) error {
	head, err := json.Marshal(struct {
		Type string `json:"type"`
		Name string `json:"name"`
		*Metadata
	}{"FeatureCollection", string(t.Layer), &t.Metadata})
	if err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	if _, err := w.Write(append(head[:len(head)-1], `,"features":[`...)); err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	names := memberNames(t.Columns)
	_, bound, err := t.encode(ctx, w, func(dst []byte, n int, g orb.Geometry, values []Value) ([]byte, error) {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst, err := appendFeature(append(dst, '\n'), t.Columns, names, g, values)
		return append(dst, '}'), err
	})
	if err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	tail := []byte("\n]")
	if bound != nil {
		tail = appendBBox(tail, *bound)
	}
	if _, err = w.Write(append(tail, "}\n"...)); err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	return nil
}

// writeFeatures writes one feature a line and nothing else, each after the prefix: nothing
// for newline-delimited GeoJSON, a record separator for the text sequences of RFC 8142.
// The metadata of the file are a foreign member of the first feature.
func (t *Table) writeFeatures(ctx context.Context, w io.Writer, prefix string) error {
	meta, err := json.Marshal(&t.Metadata)
	if err != nil {
		return fmt.Errorf("write GeoJSON features: %w", err)
	}
	names := memberNames(t.Columns)
	_, _, err = t.encode(ctx, w, func(dst []byte, n int, g orb.Geometry, values []Value) ([]byte, error) {
		dst, err := appendFeature(append(dst, prefix...), t.Columns, names, g, values)
		if n == 0 {
			dst = append(append(dst, `,"metadata":`...), meta...)
		}
		return append(dst, "}\n"...), err
	})
	if err != nil {
		return fmt.Errorf("write GeoJSON features: %w", err)
	}
	return nil
}

// memberNames returns each column's name as it is written before its value.
func memberNames(columns []Column) [][]byte {
	names := make([][]byte, len(columns))
	for i := range columns {
		if i > 0 {
			names[i] = []byte{','}
		}
		names[i] = append(appendString(names[i], columns[i].Name), ':')
	}
	return names
}

// appendFeature appends a feature whose id is its first column, but for the brace at its
// end. A point has no bbox: it would only repeat its coordinates, twice.
func appendFeature(dst []byte, columns []Column, names [][]byte, g orb.Geometry, values []Value) ([]byte, error) {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, values[0].Text)
	if _, point := g.(orb.Point); g != nil && !point {
		dst = appendBBox(dst, g.Bound())
	}
	dst = append(dst, `,"geometry":`...)
	dst, err := AppendGeometry(dst, g)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `,"properties":{`...)
	for i := range columns {
		dst = append(dst, names[i]...)
		dst = appendValue(dst, columns[i].Type, &values[i])
	}
	return append(dst, '}'), nil
}

func appendBBox(dst []byte, b orb.Bound) []byte {
	dst = append(dst, `,"bbox":[`...)
	dst = appendPosition(dst, b.Min)
	dst = append(dst, ',')
	dst = appendPosition(dst, b.Max)
	return append(dst, ']')
}

func appendValue(dst []byte, t Type, v *Value) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch t {
	case List:
		dst = append(dst, '[')
		for i, s := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		return append(dst, ']')
	case Text, Day:
		return appendString(dst, v.Text)
	}
	return AppendPlain(dst, t, v)
}

// AppendGeometry appends a geometry; polygons keep their orientation, which geo makes
// counter-clockwise outside as RFC 7946 requires.
func AppendGeometry(dst []byte, g orb.Geometry) ([]byte, error) {
	switch g := g.(type) {
	case nil:
		return append(dst, "null"...), nil
	case orb.Point:
		dst = append(dst, `{"type":"Point","coordinates":[`...)
		return append(appendPosition(dst, g), "]}"...), nil
	case orb.Polygon:
		dst = append(dst, `{"type":"Polygon","coordinates":`...)
		return append(appendPolygon(dst, g), '}'), nil
	case orb.MultiPolygon:
		dst = append(dst, `{"type":"MultiPolygon","coordinates":[`...)
		for i, p := range g {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendPolygon(dst, p)
		}
		return append(dst, "]}"...), nil
	}
	return nil, fmt.Errorf("a %s has no place in a coverage file", g.GeoJSONType())
}

func appendPolygon(dst []byte, p orb.Polygon) []byte {
	dst = append(dst, '[')
	for i, ring := range p {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for j, point := range ring {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '[')
			dst = append(appendPosition(dst, point), ']')
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

func appendPosition(dst []byte, p orb.Point) []byte {
	dst = geo.AppendDegrees(dst, p[0])
	dst = append(dst, ',')
	return geo.AppendDegrees(dst, p[1])
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	plain := 0
	for plain < len(s) && s[plain] >= 0x20 && s[plain] < utf8.RuneSelf && s[plain] != '"' && s[plain] != '\\' {
		plain++
	}
	dst = append(dst, s[:plain]...)
	for _, r := range s[plain:] { // broken UTF-8 comes out as U+FFFD
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
