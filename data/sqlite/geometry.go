package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
)

// A GeoPackage geometry is a header, then well-known binary. The header: "GP", version 0,
// flags (bit 0 little-endian, bits 1–3 the kind of envelope, bit 4 empty), the SRS as int32,
// then the envelope: nothing (0) or min x, max x, min y, max y (1). Both parts are written
// little-endian. Points carry no envelope: it would only repeat them.
const (
	srsWGS84       = 4326
	flagsPoint     = 0b0_000_1
	flagsEnvelope  = 0b0_001_1
	headerSize     = 8
	pointSize      = headerSize + 1 + 4 + 16
	wkbPointType   = 1
	wkbLittle      = 1
	coordinateUnit = 1e7 // household points are held to 1e-7 degree, about a centimetre
)

// envelopeDoubles is how many doubles each kind of envelope has.
var envelopeDoubles = [...]int{0, 4, 6, 6, 8}

var errGeometry = errors.New("not a GeoPackage geometry")

// roundPoint holds a point to 1e-7 degree.
func roundPoint(p orb.Point) orb.Point {
	return orb.Point{
		math.Round(p[0]*coordinateUnit) / coordinateUnit,
		math.Round(p[1]*coordinateUnit) / coordinateUnit,
	}
}

// appendPoint appends the geometry of a point to b.
func appendPoint(b []byte, p orb.Point) []byte {
	b = appendHeader(b, flagsPoint)
	b = append(b, wkbLittle)
	b = binary.LittleEndian.AppendUint32(b, wkbPointType)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

func appendHeader(b []byte, flags byte) []byte {
	b = append(b, 'G', 'P', 0, flags)
	return binary.LittleEndian.AppendUint32(b, srsWGS84)
}

// decodePoint reads a point; one written by appendPoint without a detour.
func decodePoint(b []byte) (orb.Point, error) {
	if len(b) == pointSize && b[3] == flagsPoint && b[headerSize] == wkbLittle &&
		binary.LittleEndian.Uint32(b[headerSize+1:]) == wkbPointType {
		return orb.Point{
			math.Float64frombits(binary.LittleEndian.Uint64(b[headerSize+5:])),
			math.Float64frombits(binary.LittleEndian.Uint64(b[headerSize+13:])),
		}, nil
	}
	g, err := decode(b)
	if err != nil {
		return orb.Point{}, err
	}
	p, ok := g.(*geom.Point)
	if !ok || p.Empty() {
		return orb.Point{}, fmt.Errorf("%w: want a point, got %T", errGeometry, g)
	}
	return orb.Point{p.X(), p.Y()}, nil
}

// encodeArea writes an area with its envelope; nil stays nil.
func encodeArea(area orb.MultiPolygon) ([]byte, error) {
	if len(area) == 0 {
		return nil, nil
	}
	var flat []float64
	endss := make([][]int, 0, len(area))
	for _, polygon := range area {
		ends := make([]int, 0, len(polygon))
		for _, ring := range polygon {
			for _, p := range ring {
				flat = append(flat, p[0], p[1])
			}
			ends = append(ends, len(flat))
		}
		endss = append(endss, ends)
	}
	body, err := wkb.Marshal(geom.NewMultiPolygonFlat(geom.XY, flat, endss), wkb.NDR)
	if err != nil {
		return nil, fmt.Errorf("write area: %w", err)
	}
	bound := area.Bound()
	b := appendHeader(make([]byte, 0, headerSize+32+len(body)), flagsEnvelope)
	for _, v := range [4]float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return append(b, body...), nil
}

// decodeArea reads an area; nil stays nil. A single polygon, which some editors write, is
// an area of one part.
func decodeArea(b []byte) (orb.MultiPolygon, error) {
	if b == nil {
		return nil, nil
	}
	g, err := decode(b)
	if err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case *geom.Polygon:
		return orb.MultiPolygon{polygonOf(g)}, nil
	case *geom.MultiPolygon:
		area := make(orb.MultiPolygon, g.NumPolygons())
		for i := range area {
			area[i] = polygonOf(g.Polygon(i))
		}
		if len(area) == 0 {
			return nil, nil
		}
		return area, nil
	}
	return nil, fmt.Errorf("%w: want an area, got %T", errGeometry, g)
}

func polygonOf(g *geom.Polygon) orb.Polygon {
	flat, stride := g.FlatCoords(), g.Stride()
	polygon := make(orb.Polygon, 0, g.NumLinearRings())
	start := 0
	for _, end := range g.Ends() {
		ring := make(orb.Ring, 0, (end-start)/stride)
		for i := start; i < end; i += stride {
			ring = append(ring, orb.Point{flat[i], flat[i+1]})
		}
		polygon = append(polygon, ring)
		start = end
	}
	return polygon
}

// decode skips the header and reads the well-known binary.
func decode(b []byte) (geom.T, error) {
	if len(b) < headerSize || b[0] != 'G' || b[1] != 'P' {
		return nil, fmt.Errorf("%w: no header", errGeometry)
	}
	kind := int(b[3] >> 1 & 7)
	if kind >= len(envelopeDoubles) || len(b) < headerSize+8*envelopeDoubles[kind] {
		return nil, fmt.Errorf("%w: envelope", errGeometry)
	}
	g, err := wkb.Unmarshal(b[headerSize+8*envelopeDoubles[kind]:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGeometry, err)
	}
	return g, nil
}
