package geo

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"

	"tungnha/internal/problem"
)

// The box of Việt Nam with its islands, Hoàng Sa and Trường Sa among them, in whole
// degrees. It serves to guess what went wrong with a coordinate, never to refuse one.
const (
	vietnamWest, vietnamEast   = 102, 118
	vietnamSouth, vietnamNorth = 6, 24
)

// CheckLonLat returns what is wrong with a point that cannot be WGS 84 degrees in the order longitude, latitude, or
// that is one of Việt Nam with its coordinates exchanged; nil for any other. The field of the problem is lon or lat.
func CheckLonLat(p orb.Point) *problem.Problem {
	lon, lat := p[0], p[1]
	switch {
	case !finite(p):
		return problem.PointNotNumber(lon, lat)
	case inVietnam(lat, lon):
		return problem.PointSwapped(lon, lat)
	case projected(lon, lat) || projected(lat, lon):
		return problem.PointInMetres(lon, lat)
	case math.Abs(lon) > 180:
		return problem.OutOfRange("lon", lon, 180)
	case math.Abs(lat) > 90:
		return problem.OutOfRange("lat", lat, 90)
	}
	return nil
}

func inVietnam(lon, lat float64) bool {
	return lon >= vietnamWest && lon <= vietnamEast && lat >= vietnamSouth && lat <= vietnamNorth
}

// projected reports whether the pair is an easting and a northing that VN-2000 or UTM
// could give in Việt Nam, with room for the false eastings of its zones.
func projected(easting, northing float64) bool {
	return easting >= 100_000 && easting <= 1_000_000 && northing >= 600_000 && northing <= 2_700_000
}

// AppendDegrees appends a coordinate to 1e-7 degree, a centimetre, without trailing zeros.
func AppendDegrees(dst []byte, degrees float64) []byte {
	n := int64(math.Round(degrees * 1e7))
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/1e7, 10)
	fraction := n % 1e7
	if fraction == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(1e6); fraction > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit))
		fraction %= unit
	}
	return dst
}
