// Package gpkg reads and writes the geometries of a GeoPackage: the points of households and the outlines of areas.
package gpkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"tungnha/data"
	"tungnha/geo/geopackage"
)

// The well-known binary after the header of a geometry, both written little-endian.
const (
	PointSize           = geopackage.HeaderSize + 1 + 4 + 16
	wkbPointType        = 1
	wkbPolygonType      = 3
	wkbMultiPolygonType = 6
	wkbLittle           = 1
)

var errGeometry = errors.New("not a GeoPackage geometry")

// AppendPoint appends the geometry of a point to b.
func AppendPoint(b []byte, p orb.Point) []byte {
	b = geopackage.AppendPointHeader(b)
	b = append(b, wkbLittle)
	b = binary.LittleEndian.AppendUint32(b, wkbPointType)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

// DecodePoint reads a point; one written by AppendPoint without a detour.
func DecodePoint(b []byte) (orb.Point, error) {
	if len(b) == PointSize && b[3] == geopackage.FlagsPoint && b[geopackage.HeaderSize] == wkbLittle &&
		binary.LittleEndian.Uint32(b[geopackage.HeaderSize+1:]) == wkbPointType {
		return orb.Point{
			math.Float64frombits(binary.LittleEndian.Uint64(b[geopackage.HeaderSize+5:])),
			math.Float64frombits(binary.LittleEndian.Uint64(b[geopackage.HeaderSize+13:])),
		}, nil
	}
	r, err := newReader(b)
	if err != nil {
		return orb.Point{}, err
	}
	if kind := r.geometryType(); kind != wkbPointType {
		return orb.Point{}, r.failed("want a point, got type %d", kind)
	}
	p := r.point()
	return p, r.err
}

// EncodeArea writes an area with its envelope; nil stays nil.
func EncodeArea(area orb.MultiPolygon) ([]byte, error) {
	if len(area) == 0 {
		return nil, nil
	}
	flat, ends := data.FlatArea(area)
	body, err := wkb.Marshal(geom.NewMultiPolygonFlat(geom.XY, flat, ends), wkb.NDR)
	if err != nil {
		return nil, fmt.Errorf("write area: %w", err)
	}
	bound := area.Bound()
	b := geopackage.AppendHeader(make([]byte, 0, geopackage.HeaderSize+32+len(body)), bound)
	return append(b, body...), nil
}

// DecodeArea reads an area; nil stays nil. A single polygon, which some editors write, is
// an area of one part.
func DecodeArea(b []byte) (orb.MultiPolygon, error) {
	if b == nil {
		return nil, nil
	}
	r, err := newReader(b)
	if err != nil {
		return nil, err
	}
	var area orb.MultiPolygon
	switch kind := r.geometryType(); kind {
	case wkbPolygonType:
		area = orb.MultiPolygon{r.polygon()}
	case wkbMultiPolygonType:
		parts := r.count(1 + 4 + 4)
		for range parts {
			if kind := r.geometryType(); kind != wkbPolygonType {
				return nil, r.failed("want a polygon, got type %d", kind)
			}
			area = append(area, r.polygon())
		}
	default:
		return nil, r.failed("want an area, got type %d", kind)
	}
	return area, r.err
}

// reader reads well-known binary. It refuses a count for which there are too few bytes:
// a damaged file must not take the machine's memory. After an error it reads zeros.
type reader struct {
	rest  []byte
	order binary.ByteOrder
	extra int // doubles of a point beyond x and y
	err   error
}

// newReader skips the GeoPackage header.
func newReader(b []byte) (*reader, error) {
	body, err := geopackage.Body(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGeometry, err)
	}
	return &reader{rest: body, order: binary.LittleEndian}, nil
}

// failed returns the error that came first: r's own or this one.
func (r *reader) failed(format string, args ...any) error {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{errGeometry}, args...)...)
	}
	return r.err
}

func (r *reader) take(n int) []byte {
	if r.err != nil || len(r.rest) < n {
		_ = r.failed("it ends too early")
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// geometryType reads the byte order and the type, without its dimensions: ISO adds 1000 for
// z, 2000 for m and 3000 for both.
func (r *reader) geometryType() uint32 {
	r.order = binary.BigEndian
	if r.take(1)[0] == wkbLittle {
		r.order = binary.LittleEndian
	}
	kind := r.order.Uint32(r.take(4))
	switch kind / 1000 {
	case 0:
		r.extra = 0
	case 1, 2:
		r.extra = 1
	case 3:
		r.extra = 2
	default:
		_ = r.failed("type %d", kind)
	}
	return kind % 1000
}

// count reads how many things follow, each of at least size bytes.
func (r *reader) count(size int) int {
	n := r.order.Uint32(r.take(4))
	if uint64(n)*uint64(size) > uint64(len(r.rest)) {
		_ = r.failed("it ends too early")
		return 0
	}
	return int(n)
}

func (r *reader) point() orb.Point {
	b := r.take(16 + 8*r.extra)
	return orb.Point{math.Float64frombits(r.order.Uint64(b)), math.Float64frombits(r.order.Uint64(b[8:]))}
}

func (r *reader) polygon() orb.Polygon {
	polygon := make(orb.Polygon, r.count(4))
	for i := range polygon {
		ring := make(orb.Ring, r.count(16+8*r.extra))
		for j := range ring {
			ring[j] = r.point()
		}
		polygon[i] = ring
	}
	return polygon
}
