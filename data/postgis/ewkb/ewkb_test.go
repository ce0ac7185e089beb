package ewkb

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	goewkb "github.com/twpayne/go-geom/encoding/ewkb"
)

var land = orb.MultiPolygon{
	{{{108, 16}, {109, 16}, {109, 17}, {108, 17}, {108, 16}},
		{{108.4, 16.4}, {108.4, 16.6}, {108.6, 16.6}, {108.4, 16.4}}},
	{{{111.2, 16.1}, {111.3, 16.1}, {111.3, 16.2000000001}, {111.2, 16.1}}},
}

// seeds are geometries as PostGIS may send them, and such as it never does.
func seeds(t testing.TB) (list [][]byte) {
	area, err := EncodeArea(land)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []geom.T{
		geom.NewPointFlat(geom.XY, []float64{108.1234567, -16.7654321}).SetSRID(4326),
		geom.NewPointFlat(geom.XYZM, []float64{108.1234567, -16.7654321, 7, 8}).SetSRID(4326),
		geom.NewPointEmpty(geom.XY).SetSRID(4326),
		geom.NewMultiPolygonFlat(geom.XYZ, []float64{0, 0, 5, 1, 0, 5, 1, 1, 5, 0, 0, 5}, [][]int{{12}}).SetSRID(4326),
		geom.NewMultiPolygon(geom.XY).SetSRID(4326),
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 0, 1, 1, 0, 0}, []int{8}),
		geom.NewMultiPointFlat(geom.XY, []float64{0, 0, 1, 0}),
		geom.NewMultiLineStringFlat(geom.XYM, []float64{0, 0, 1, 1, 0, 1}, []int{6}),
		geom.NewGeometryCollection().MustPush(geom.NewPointFlat(geom.XY, []float64{1, 2})),
	} {
		for _, order := range []binary.ByteOrder{goewkb.NDR, goewkb.XDR} {
			b, err := goewkb.Marshal(g, order)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, b)
		}
	}
	many := append([]byte(nil), area...) // polygons, points: more than there can be
	binary.LittleEndian.PutUint32(many[9:], math.MaxUint32)
	points := append([]byte(nil), area...)
	binary.LittleEndian.PutUint32(points[9+4+9:], math.MaxUint32)
	nested := bytes.Repeat([]byte{1, 7, 0, 0, 0, 1, 0, 0, 0}, 100)
	return append(list, area, area[:len(area)-1], append(area, 0), many, points, nested, []byte{1, 1, 0, 0, 0x20}, nil)
}

// FuzzGeometry reads whatever might come for a geometry, through the codec that pgx is given:
// it is an answer or an error, never more memory than the bytes are worth. What was read is
// written, and read again as the same, bit by bit.
func FuzzGeometry(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	const oid = 100_000
	types := pgtype.NewMap()
	types.RegisterType(&pgtype.Type{Name: "geometry", OID: oid, Codec: Codec{}})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, again orb.Point
		if err := types.Scan(oid, pgtype.BinaryFormatCode, b, &p); err == nil {
			written, err := types.Encode(oid, pgtype.BinaryFormatCode, p, nil)
			if err == nil {
				err = types.Scan(oid, pgtype.BinaryFormatCode, written, &again)
			}
			if err != nil || !samePoint(p, again) {
				t.Errorf("point %v comes back as %v, %v", p, again, err)
			}
			if g, err := goewkb.Unmarshal(written); err != nil || !samePoint(p, orb.Point(g.FlatCoords())) {
				t.Errorf("go-geom reads point %v as %v, %v", p, g, err)
			}
		}
		var area, back orb.MultiPolygon
		if err := types.Scan(oid, pgtype.BinaryFormatCode, b, &area); err == nil && area != nil {
			written, err := types.Encode(oid, pgtype.BinaryFormatCode, area, nil)
			if err == nil {
				err = types.Scan(oid, pgtype.BinaryFormatCode, written, &back)
			}
			if err != nil || !sameArea(area, back) {
				t.Errorf("area %v comes back as %v, %v", area, back, err)
			}
		}
		g, err := Codec{}.DecodeValue(types, oid, pgtype.BinaryFormatCode, b)
		if _, collection := g.(*geom.GeometryCollection); err == nil && g != nil && !collection &&
			8*len(g.(geom.T).FlatCoords()) > len(b) {
			t.Errorf("%d bytes hold %d numbers", len(b), len(g.(geom.T).FlatCoords()))
		}
	})
}

// samePoint compares bits: one NaN is not another.
func samePoint(a, b orb.Point) bool {
	return math.Float64bits(a[0]) == math.Float64bits(b[0]) && math.Float64bits(a[1]) == math.Float64bits(b[1])
}

func sameArea(a, b orb.MultiPolygon) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for j := range a[i] {
			if len(a[i][j]) != len(b[i][j]) {
				return false
			}
			for k := range a[i][j] {
				if !samePoint(a[i][j][k], b[i][j][k]) {
					return false
				}
			}
		}
	}
	return true
}
