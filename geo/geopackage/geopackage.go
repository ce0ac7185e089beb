// Package geopackage is what all GeoPackage files have in common (OGC 12-128r17, GeoPackage 1.3): the tables of the
// standard, and the header of a geometry.
package geopackage

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"

	"github.com/paulmach/orb"
)

// Tables is the SQL that makes an empty database a GeoPackage without layers: its application id, the reference
// systems, and the empty tables of contents, geometry columns and extensions.
//
//go:embed tables.sql
var Tables string

// WGS84 is the srs_id of longitude and latitude in gpkg_spatial_ref_sys.
const WGS84 = 4326

// A geometry is a header, then well-known binary. The header: "GP", version 0, flags (bit 0 little-endian, bits 1–3 the
// kind of envelope, bit 4 empty), the SRS as int32, then the envelope: none (0) or min x, max x, min y, max y (1); the
// other kinds add a range of z, m or both.
const (
	HeaderSize    = 8         // bytes, without an envelope
	FlagsPoint    = 0b0_000_1 // no envelope: it would only repeat the point
	flagsEnvelope = 0b0_001_1
)

// envelopeDoubles is the number of doubles of each kind of envelope.
var envelopeDoubles = [...]int{0, 4, 6, 6, 8}

// AppendPointHeader appends the header of a point, little-endian and without an envelope.
func AppendPointHeader(dst []byte) []byte { return appendHeader(dst, FlagsPoint) }

// AppendHeader appends the header of a geometry with these bounds, little-endian.
func AppendHeader(dst []byte, bound orb.Bound) []byte {
	dst = appendHeader(dst, flagsEnvelope)
	for _, v := range [...]float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]} {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

func appendHeader(dst []byte, flags byte) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, 'G', 'P', 0, flags), WGS84)
}

// Body returns the well-known binary of a geometry: what follows its header, whichever program wrote it.
func Body(b []byte) ([]byte, error) {
	if len(b) < HeaderSize || b[0] != 'G' || b[1] != 'P' {
		return nil, errors.New("no header")
	}
	kind := int(b[3] >> 1 & 7)
	if kind >= len(envelopeDoubles) || len(b) < HeaderSize+8*envelopeDoubles[kind] {
		return nil, errors.New("no envelope")
	}
	return b[HeaderSize+8*envelopeDoubles[kind]:], nil
}
