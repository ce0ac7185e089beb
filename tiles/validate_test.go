package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// What follows reads tiles from their bytes with no help from the writer, and checks them
// against the rules of Mapbox Vector Tile 2.1.

type readLayer struct {
	name     string
	version  uint64
	extent   uint64
	keys     []string
	values   []any
	features []readFeature
}

type readFeature struct {
	id       uint64
	kind     uint64
	tags     []uint64
	rings    [][]mvt.Point // of polygons
	points   []mvt.Point
	geometry []uint64
	props    map[string]any
}

var errTruncated = errors.New("truncated")

// fields calls yield for each field of a protobuf message: number, wire type, and the
// varint or the bytes.
func fields(b []byte, yield func(number, wire int, n uint64, body []byte) error) error {
	for len(b) > 0 {
		tag, size := binary.Uvarint(b)
		if size <= 0 {
			return errTruncated
		}
		b = b[size:]
		var n uint64
		var body []byte
		switch tag & 7 {
		case 0:
			n, size = binary.Uvarint(b)
			if size <= 0 {
				return errTruncated
			}
			b = b[size:]
		case 1:
			if len(b) < 8 {
				return errTruncated
			}
			n, b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			l, size := binary.Uvarint(b)
			if size <= 0 || l > uint64(len(b)-size) {
				return errTruncated
			}
			body, b = b[size:size+int(l)], b[size+int(l):]
		default:
			return fmt.Errorf("wire type %d", tag&7)
		}
		if err := yield(int(tag>>3), int(tag&7), n, body); err != nil {
			return err
		}
	}
	return nil
}

func packed(b []byte) ([]uint64, error) {
	var out []uint64
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > math.MaxUint32 {
			return nil, errTruncated
		}
		out, b = append(out, n), b[size:]
	}
	return out, nil
}

// readTile decodes and validates a tile whose polygons stay within the buffers given by
// layer.
func readTile(b []byte, buffers map[string]int32) ([]readLayer, error) {
	var layers []readLayer
	err := fields(b, func(number, wire int, _ uint64, body []byte) error {
		if number != 3 || wire != 2 {
			return fmt.Errorf("tile: field %d of wire type %d", number, wire)
		}
		l, err := readOneLayer(body)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.name, err)
		}
		if err := l.validate(buffers[l.name]); err != nil {
			return fmt.Errorf("layer %q: %w", l.name, err)
		}
		for _, other := range layers {
			if other.name == l.name {
				return fmt.Errorf("two layers have the name %q", l.name)
			}
		}
		layers = append(layers, l)
		return nil
	})
	return layers, err
}

func readOneLayer(b []byte) (l readLayer, err error) {
	l.extent = 4096
	err = fields(b, func(number, wire int, n uint64, body []byte) error {
		switch number<<3 | wire {
		case 15 << 3:
			l.version = n
		case 1<<3 | 2:
			l.name = string(body)
		case 2<<3 | 2:
			f, err := readOneFeature(body)
			if err != nil {
				return fmt.Errorf("feature %d: %w", len(l.features), err)
			}
			l.features = append(l.features, f)
		case 3<<3 | 2:
			l.keys = append(l.keys, string(body))
		case 4<<3 | 2:
			v, err := readValue(body)
			if err != nil {
				return err
			}
			l.values = append(l.values, v)
		case 5 << 3:
			l.extent = n
		default:
			return fmt.Errorf("field %d of wire type %d", number, wire)
		}
		return nil
	})
	return l, err
}

func readValue(b []byte) (v any, err error) {
	count := 0
	err = fields(b, func(number, wire int, n uint64, body []byte) error {
		count++
		switch number<<3 | wire {
		case 1<<3 | 2:
			v = string(body)
		case 3<<3 | 1:
			v = math.Float64frombits(n)
		case 5 << 3:
			v = n
		case 7 << 3:
			v = n == 1
		default:
			return fmt.Errorf("value: field %d of wire type %d", number, wire)
		}
		return nil
	})
	if err == nil && count != 1 {
		err = fmt.Errorf("value with %d fields", count)
	}
	return v, err
}

func readOneFeature(b []byte) (f readFeature, err error) {
	err = fields(b, func(number, wire int, n uint64, body []byte) (err error) {
		switch number<<3 | wire {
		case 1 << 3:
			f.id = n
		case 2<<3 | 2:
			f.tags, err = packed(body)
		case 3 << 3:
			f.kind = n
		case 4<<3 | 2:
			f.geometry, err = packed(body)
		default:
			err = fmt.Errorf("field %d of wire type %d", number, wire)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	return f, f.readGeometry()
}

func (f *readFeature) readGeometry() error {
	var at mvt.Point
	g := f.geometry
	next := func() (mvt.Point, error) {
		if len(g) < 2 {
			return at, errors.New("parameters missing")
		}
		at.X += int32(g[0]>>1) ^ -int32(g[0]&1)
		at.Y += int32(g[1]>>1) ^ -int32(g[1]&1)
		g = g[2:]
		return at, nil
	}
	for len(g) > 0 {
		command, count := g[0]&7, g[0]>>3
		g = g[1:]
		switch f.kind {
		case 1:
			if command != 1 || count == 0 || len(f.points) > 0 {
				return fmt.Errorf("point: command %d, count %d", command, count)
			}
			for range count {
				p, err := next()
				if err != nil {
					return err
				}
				f.points = append(f.points, p)
			}
		case 3:
			if command != 1 || count != 1 {
				return fmt.Errorf("ring begins with command %d, count %d", command, count)
			}
			p, err := next()
			if err != nil {
				return err
			}
			ring := []mvt.Point{p}
			if len(g) == 0 || g[0]&7 != 2 || g[0]>>3 < 2 {
				return errors.New("ring without a LineTo of two or more")
			}
			n := g[0] >> 3
			g = g[1:]
			for range n {
				if p, err = next(); err != nil {
					return err
				}
				ring = append(ring, p)
			}
			if len(g) == 0 || g[0] != 15 {
				return errors.New("ring is not closed")
			}
			g = g[1:]
			f.rings = append(f.rings, ring)
		default:
			return fmt.Errorf("geometry type %d", f.kind)
		}
	}
	if len(f.points)+len(f.rings) == 0 {
		return errors.New("no geometry")
	}
	return nil
}

func (l *readLayer) validate(buffer int32) error {
	if l.version != 2 || l.extent != 4096 || l.name == "" || len(l.features) == 0 {
		return fmt.Errorf("version %d, extent %d, %d features", l.version, l.extent, len(l.features))
	}
	seen := make(map[string]bool)
	for _, k := range l.keys {
		if seen[k] {
			return fmt.Errorf("key %q twice", k)
		}
		seen[k] = true
	}
	distinct := make(map[any]bool)
	for _, v := range l.values {
		if _, text := v.(string); !text && distinct[v] {
			return fmt.Errorf("value %v twice", v)
		}
		distinct[v] = true
	}
	for i := range l.features {
		f := &l.features[i]
		if i > 0 && f.id <= l.features[i-1].id {
			return fmt.Errorf("feature %d: id %d after %d", i, f.id, l.features[i-1].id)
		}
		if f.id > 1<<53 {
			return fmt.Errorf("feature %d: id %d is more than a browser's whole numbers hold", i, f.id)
		}
		if len(f.tags)%2 != 0 {
			return fmt.Errorf("feature %d: odd number of tags", i)
		}
		f.props = make(map[string]any)
		for t := 0; t < len(f.tags); t += 2 {
			if f.tags[t] >= uint64(len(l.keys)) || f.tags[t+1] >= uint64(len(l.values)) {
				return fmt.Errorf("feature %d: tag out of range", i)
			}
			key := l.keys[f.tags[t]]
			if _, twice := f.props[key]; twice {
				return fmt.Errorf("feature %d: property %q twice", i, key)
			}
			f.props[key] = l.values[f.tags[t+1]]
		}
		if err := f.validate(buffer); err != nil {
			return fmt.Errorf("feature %d: %w", i, err)
		}
	}
	return nil
}

func (f *readFeature) validate(buffer int32) error {
	for _, p := range f.points {
		if p.X < 0 || p.Y < 0 || p.X >= 4096 || p.Y >= 4096 {
			return fmt.Errorf("point %v is outside the tile", p)
		}
	}
	for i, ring := range f.rings {
		area := plainArea(ring)
		if area == 0 {
			return fmt.Errorf("ring %d has no area: %v", i, ring)
		}
		if i == 0 && area < 0 {
			return fmt.Errorf("the first ring is an interior one: %v", ring)
		}
		for j, p := range ring {
			if p.X < -buffer || p.Y < -buffer || p.X > 4096+buffer || p.Y > 4096+buffer {
				return fmt.Errorf("ring %d: %v is outside the buffer of %d", i, p, buffer)
			}
			if p == ring[(j+1)%len(ring)] {
				return fmt.Errorf("ring %d: %v is there twice in a row", i, p)
			}
		}
	}
	return nil
}

// plainArea is the surveyor's formula as the specification prints it.
func plainArea(ring []mvt.Point) int64 {
	var sum int64
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += int64(a.X)*int64(b.Y) - int64(b.X)*int64(a.Y)
	}
	return sum
}

// buffers are how far each layer's polygons may reach.
var buffers = map[string]int32{"cells": outline.CellBuffer, "areas": outline.AreaBuffer}
