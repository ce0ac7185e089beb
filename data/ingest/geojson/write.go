package geojson

import (
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// AppendMultiPolygon appends a GeoJSON geometry, null for a nil one. Coordinates are written with as
// many digits as bring back the same number.
func AppendMultiPolygon(dst []byte, m orb.MultiPolygon) []byte {
	if m == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"type":"MultiPolygon","coordinates":[`...)
	for i, polygon := range m {
		dst = appendComma(dst, i)
		dst = append(dst, '[')
		for j, ring := range polygon {
			dst = appendComma(dst, j)
			dst = append(dst, '[')
			for k, p := range ring {
				dst = appendComma(dst, k)
				dst = append(dst, '[')
				dst = strconv.AppendFloat(dst, p[0], 'f', -1, 64)
				dst = append(dst, ',')
				dst = strconv.AppendFloat(dst, p[1], 'f', -1, 64)
				dst = append(dst, ']')
			}
			dst = append(dst, ']')
		}
		dst = append(dst, ']')
	}
	return append(dst, "]}"...)
}

// AppendString appends s as a JSON string. Broken UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return append(dst, '"')
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}
