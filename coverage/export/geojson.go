package export

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

// writeGeoJSON writes an RFC 7946 FeatureCollection, a feature a line. What the figures
// stand on (version, window, total) stands before the features as foreign members.
func (t *Table) writeGeoJSON(ctx context.Context, w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	head, err := json.Marshal(struct {
		Type       string  `json:"type"`
		Name       string  `json:"name"`
		Version    string  `json:"version"`
		Definition string  `json:"definition"`
		From       *string `json:"from"`
		To         string  `json:"to"`
		Boundaries string  `json:"boundaries"`

		BoundariesFrom *string `json:"boundaries_from"`
		BoundariesTo   *string `json:"boundaries_to"`

		Total *Record `json:"total"`
	}{"FeatureCollection", string(t.Layer), t.Version, Definition, nonEmpty(t.From), t.To, t.Boundaries,
		nonEmpty(t.BoundariesFrom), nonEmpty(t.BoundariesTo), t.Total})
	if err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	buffered.Write(head[:len(head)-1])
	buffered.WriteString(",\"features\":[")
	separator := "\n"
	line := make([]byte, 0, 1<<12)
	err = t.Each(ctx, func(g orb.Geometry, values []Value) error {
		line = append(line[:0], separator...)
		separator = ",\n"
		if line, err = appendFeature(line, t.Columns, g, values); err != nil {
			return err
		}
		_, err := buffered.Write(line)
		return err
	})
	if err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	buffered.WriteString("\n]}\n")
	return buffered.Flush()
}

// writeGeoJSONL writes one feature a line and nothing else.
func (t *Table) writeGeoJSONL(ctx context.Context, w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	line := make([]byte, 0, 1<<12)
	err := t.Each(ctx, func(g orb.Geometry, values []Value) (err error) {
		if line, err = appendFeature(line[:0], t.Columns, g, values); err != nil {
			return err
		}
		_, err = buffered.Write(append(line, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("write GeoJSON lines: %w", err)
	}
	return buffered.Flush()
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// appendFeature appends a feature whose id is its first column.
func appendFeature(dst []byte, columns []Column, g orb.Geometry, values []Value) ([]byte, error) {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, values[0].Text)
	if g != nil {
		dst = append(dst, `,"bbox":[`...)
		b := g.Bound()
		dst = appendPosition(dst, b.Min)
		dst = append(dst, ',')
		dst = appendPosition(dst, b.Max)
		dst = append(dst, ']')
	}
	dst = append(dst, `,"geometry":`...)
	dst, err := appendGeometry(dst, g)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `,"properties":{`...)
	for i := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, columns[i].Name)
		dst = append(dst, ':')
		dst = appendValue(dst, columns[i].Type, &values[i])
	}
	return append(dst, "}}"...), nil
}

func appendValue(dst []byte, t Type, v *Value) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch t {
	case Integer:
		return strconv.AppendInt(dst, v.Integer, 10)
	case Real:
		return strconv.AppendFloat(dst, v.Real, 'f', -1, 64)
	case Boolean:
		return strconv.AppendBool(dst, v.Integer != 0)
	case List:
		dst = append(dst, '[')
		for i, s := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		return append(dst, ']')
	default:
		return appendString(dst, v.Text)
	}
}

// appendGeometry appends a geometry; polygons keep their orientation, which geo makes
// counter-clockwise outside as RFC 7946 asks.
func appendGeometry(dst []byte, g orb.Geometry) ([]byte, error) {
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
	for _, r := range s { // broken UTF-8 comes out as U+FFFD
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
