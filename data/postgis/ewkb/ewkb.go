// Package ewkb is the Extended Well-Known Binary of PostGIS: points and areas in WGS 84, and their codec for pgx.
package ewkb

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	goewkb "github.com/twpayne/go-geom/encoding/ewkb"

	"tungnha/data"
)

const (
	srsWGS84    = 4326
	PointSize   = 1 + 4 + 4 + 16
	ewkbLittle  = 1
	ewkbPoint   = 1 | ewkbSRS
	ewkbHeight  = 0x80000000
	ewkbMeasure = 0x40000000
	ewkbSRS     = 0x20000000
)

var errGeometry = errors.New("want a geometry in WGS 84")

// AppendPoint appends the EWKB of a point to b.
func AppendPoint(b []byte, p orb.Point) []byte {
	b = append(b, ewkbLittle)
	b = binary.LittleEndian.AppendUint32(b, ewkbPoint)
	b = binary.LittleEndian.AppendUint32(b, srsWGS84)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

// DecodePoint reads a point; one that PostGIS on a usual machine writes without a detour.
func DecodePoint(b []byte) (orb.Point, error) {
	if len(b) == PointSize && b[0] == ewkbLittle && binary.LittleEndian.Uint32(b[1:]) == ewkbPoint {
		p := orb.Point{
			math.Float64frombits(binary.LittleEndian.Uint64(b[9:])),
			math.Float64frombits(binary.LittleEndian.Uint64(b[17:])),
		}
		if !math.IsNaN(p[0]) && !math.IsNaN(p[1]) { // as an empty point is
			return p, nil
		}
	}
	g, err := unmarshal(b)
	if err != nil {
		return orb.Point{}, fmt.Errorf("%w: %w", errGeometry, err)
	}
	p, ok := g.(*geom.Point)
	if !ok || p.Empty() || math.IsNaN(p.X()) || math.IsNaN(p.Y()) {
		return orb.Point{}, fmt.Errorf("%w: want a point, got %T", errGeometry, g)
	}
	return orb.Point{p.X(), p.Y()}, nil
}

// EncodeArea writes an area; nil stays nil.
func EncodeArea(area orb.MultiPolygon) ([]byte, error) {
	if len(area) == 0 {
		return nil, nil
	}
	flat, ends := data.FlatArea(area)
	b, err := goewkb.Marshal(geom.NewMultiPolygonFlat(geom.XY, flat, ends).SetSRID(srsWGS84), goewkb.NDR)
	if err != nil {
		return nil, fmt.Errorf("write area: %w", err)
	}
	return b, nil
}

// DecodeArea reads an area; nil stays nil.
func DecodeArea(b []byte) (orb.MultiPolygon, error) {
	if b == nil {
		return nil, nil
	}
	g, err := unmarshal(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGeometry, err)
	}
	m, ok := g.(*geom.MultiPolygon)
	if !ok {
		return nil, fmt.Errorf("%w: want a multipolygon, got %T", errGeometry, g)
	}
	flat, stride, start := m.FlatCoords(), m.Stride(), 0
	var area orb.MultiPolygon
	for _, ends := range m.Endss() {
		polygon := make(orb.Polygon, 0, len(ends))
		for _, end := range ends {
			ring := make(orb.Ring, 0, (end-start)/stride)
			for ; start < end; start += stride {
				ring = append(ring, orb.Point{flat[start], flat[start+1]})
			}
			polygon = append(polygon, ring)
		}
		area = append(area, polygon)
	}
	return area, nil
}

// unmarshal reads EWKB. go-geom allocates as many points as a geometry declares, so it
// is not given one whose bytes are too few for them.
func unmarshal(b []byte) (geom.T, error) {
	if rest, ok := skipGeometry(b, 0); !ok || len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes are no geometry", len(b))
	}
	return goewkb.Unmarshal(b)
}

// maxDepth is how deep collections may be nested.
const maxDepth = 32

// skipGeometry returns what follows a geometry; ok is false where it ends too early.
func skipGeometry(b []byte, depth int) (rest []byte, ok bool) {
	if len(b) < 5 || depth > maxDepth {
		return nil, false
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == ewkbLittle {
		order = binary.LittleEndian
	}
	kind, b := order.Uint32(b[1:]), b[5:]
	point := 16
	for _, flag := range []uint32{ewkbHeight, ewkbMeasure} {
		if kind&flag != 0 {
			point += 8
		}
	}
	if kind&ewkbSRS != 0 {
		if len(b) < 4 {
			return nil, false
		}
		b = b[4:]
	}
	points := func(b []byte) ([]byte, bool) {
		if len(b) < 4 || uint64(order.Uint32(b))*uint64(point) > uint64(len(b)-4) {
			return nil, false
		}
		return b[4+int(order.Uint32(b))*point:], true
	}
	part := func(b []byte) ([]byte, bool) { return skipGeometry(b, depth+1) }
	switch kind &^ (ewkbHeight | ewkbMeasure | ewkbSRS) {
	case 1: // a point
		if len(b) < point {
			return nil, false
		}
		return b[point:], true
	case 2: // a line
		return points(b)
	case 3: // a polygon
		part = points
	case 4, 5, 6, 7: // several of them
	default:
		return nil, false
	}
	if len(b) < 4 {
		return nil, false
	}
	n, b := order.Uint32(b), b[4:]
	for ok = true; n > 0 && ok; n-- {
		b, ok = part(b)
	}
	return b, ok
}

// Codec lets pgx send and receive orb.Point and orb.MultiPolygon as PostGIS's type
// geometry, in its binary form, which is EWKB.
type Codec struct{}

func (Codec) FormatSupported(format int16) bool { return format == pgtype.BinaryFormatCode }
func (Codec) PreferredFormat() int16            { return pgtype.BinaryFormatCode }

func (Codec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if format != pgtype.BinaryFormatCode {
		return nil
	}
	switch value.(type) {
	case orb.Point, orb.MultiPolygon:
		return plan{}
	}
	return nil
}

func (Codec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	if format != pgtype.BinaryFormatCode {
		return nil
	}
	switch target.(type) {
	case *orb.Point, *orb.MultiPolygon:
		return plan{}
	}
	return nil
}

func (Codec) DecodeDatabaseSQLValue(_ *pgtype.Map, _ uint32, _ int16, b []byte) (driver.Value, error) {
	return b, nil
}

// DecodeValue gives a geometry of any kind as go-geom has it.
func (Codec) DecodeValue(_ *pgtype.Map, _ uint32, _ int16, b []byte) (any, error) {
	if b == nil {
		return nil, nil
	}
	return unmarshal(b)
}

// plan encodes and scans: it has no state.
type plan struct{}

func (plan) Encode(value any, b []byte) ([]byte, error) {
	if p, ok := value.(orb.Point); ok {
		return AppendPoint(b, p), nil
	}
	area, err := EncodeArea(value.(orb.MultiPolygon))
	if err != nil || area == nil {
		return nil, err
	}
	return append(b, area...), nil
}

func (plan) Scan(b []byte, target any) (err error) {
	if p, ok := target.(*orb.Point); ok {
		if b == nil {
			return fmt.Errorf("%w: there is none", errGeometry)
		}
		*p, err = DecodePoint(b)
		return err
	}
	area := target.(*orb.MultiPolygon)
	*area, err = DecodeArea(b)
	return err
}
