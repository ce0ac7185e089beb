package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// VN2000 is a zone of VN-2000, the national reference system: a transverse Mercator
// projection, 3 degrees wide, in metres, east before north.
type VN2000 struct {
	EPSG     int     // code of the zone
	Meridian float64 // its central meridian, degrees east
}

// Zones lists the zones in which provinces map, from the west to the east.
var Zones = []VN2000{
	{9205, 103}, {9206, 104}, {9207, 104.5}, {9208, 104.75}, {5897, 105}, {9209, 105.5},
	{9210, 105.75}, {9211, 106}, {9212, 106.25}, {9213, 106.5}, {9214, 107}, {9215, 107.25},
	{9216, 107.5}, {5899, 107.75}, {5898, 108}, {9217, 108.25}, {9218, 108.5},
}

// zoneProvinces gives for each of Zones the official codes of its provinces, as they were
// before the mergers of 1 July 2025. Source: circular 973/2001/TT-TCĐC, as the areas of
// use of the EPSG dataset repeat it.
var zoneProvinces = [...][]string{
	{"11", "12"}, {"14"}, {"91", "96"}, {"10", "15", "25", "40", "89"},
	{"01", "26", "35", "37", "38", "87", "92", "93", "95"},
	{"02", "27", "30", "33", "34", "36", "42", "72", "84", "86", "94"},
	{"04", "31", "74", "79", "80", "82", "83"}, {"08", "17", "44"}, {"45", "70"}, {"06", "19"},
	{"24", "46"}, {"20"}, {"62"}, {"22", "48", "49", "68", "75", "77"}, {"51"},
	{"52", "56", "58"}, {"54", "60", "64", "66", "67"},
}

// merged gives for a province of today the codes of the others that became part of it on
// 1 July 2025 (resolution 202/2025/QH15).
var merged = map[string][]string{
	"08": {"02"}, "15": {"10"}, "19": {"06"}, "24": {"27"}, "25": {"17", "26"}, "31": {"30"}, "33": {"34"},
	"37": {"35", "36"}, "44": {"45"}, "48": {"49"}, "51": {"62"}, "52": {"64"}, "56": {"58"}, "66": {"54"},
	"68": {"60", "67"}, "75": {"70"}, "79": {"74", "77"}, "80": {"72"}, "82": {"87"}, "86": {"83", "84"},
	"91": {"89"}, "92": {"93", "94"}, "96": {"95"},
}

// ZonesOf returns the zones in which a province maps, by its official code: the one that
// goes with the code first, then those of the provinces that were merged into it, where
// they are others. For a code that is no province's there is none.
func ZonesOf(province string) []VN2000 {
	var zones []VN2000
	for _, code := range append([]string{province}, merged[province]...) {
		for i, provinces := range zoneProvinces {
			if slices.Contains(provinces, code) && !slices.Contains(zones, Zones[i]) {
				zones = append(zones, Zones[i])
			}
		}
	}
	return zones
}

// The ellipsoid of both WGS 84 and VN-2000, and what the zones of 3 degrees share.
const (
	semiMajor    = 6378137.0
	flattening   = 1 / 298.257223563
	zoneScale    = 0.9999
	falseEasting = 500000.0
)

// The step from VN-2000 to WGS 84, as decision 05/2007/QĐ-BTNMT publishes it (EPSG 6960):
// metres, seconds of arc (a rotation of the axes), parts per million.
const (
	shiftX, shiftY, shiftZ = -191.90441429, -39.30318279, -111.45032835
	secondsX               = -0.00928836
	secondsY               = 0.01975479
	secondsZ               = -0.00427372
	scalePPM               = 0.252906278
)

// Project returns the easting and northing, in metres, of a point in WGS 84 degrees.
func (z VN2000) Project(p orb.Point) orb.Point {
	return z.forward(fromGeocentric(fromWGS84(toGeocentric(p))))
}

// Unproject returns the point, in WGS 84 degrees, of an easting and a northing in metres.
func (z VN2000) Unproject(p orb.Point) orb.Point {
	return fromGeocentric(toWGS84(toGeocentric(z.inverse(p))))
}

const arcSecond = math.Pi / (180 * 3600)

func toWGS84(v [3]float64) [3]float64 {
	const rx, ry, rz, scale = secondsX * arcSecond, secondsY * arcSecond, secondsZ * arcSecond, 1 + scalePPM*1e-6
	return [3]float64{
		shiftX + scale*(v[0]+rz*v[1]-ry*v[2]),
		shiftY + scale*(v[1]-rz*v[0]+rx*v[2]),
		shiftZ + scale*(v[2]+ry*v[0]-rx*v[1]),
	}
}

// fromWGS84 turns by the transposed matrix: what that leaves out, the square of the
// angles, is less than a micrometre.
func fromWGS84(v [3]float64) [3]float64 {
	const rx, ry, rz, scale = secondsX * arcSecond, secondsY * arcSecond, secondsZ * arcSecond, 1 + scalePPM*1e-6
	x, y, w := (v[0]-shiftX)/scale, (v[1]-shiftY)/scale, (v[2]-shiftZ)/scale
	return [3]float64{x - rz*y + ry*w, y + rz*x - rx*w, w - ry*x + rx*y}
}

const eccentricity2 = flattening * (2 - flattening)

// toGeocentric takes a point on the ellipsoid to metres from its centre.
func toGeocentric(p orb.Point) [3]float64 {
	sinLat, cosLat := math.Sincos(p[1] * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p[0] * math.Pi / 180)
	n := semiMajor / math.Sqrt(1-eccentricity2*sinLat*sinLat)
	return [3]float64{n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - eccentricity2) * sinLat}
}

// fromGeocentric drops the height. Two rounds of Bowring's formula are exact to less than
// a micrometre near the ground.
func fromGeocentric(v [3]float64) orb.Point {
	const semiMinor = semiMajor * (1 - flattening)
	const second2 = eccentricity2 / (1 - eccentricity2)
	r := math.Hypot(v[0], v[1])
	tanBeta := v[2] * semiMajor / (r * semiMinor)
	var tanLat float64
	for range 2 {
		beta := math.Atan(tanBeta)
		sin, cos := math.Sincos(beta)
		tanLat = (v[2] + second2*semiMinor*sin*sin*sin) / (r - eccentricity2*semiMajor*cos*cos*cos)
		tanBeta = (1 - flattening) * tanLat
	}
	return orb.Point{math.Atan2(v[1], v[0]) * 180 / math.Pi, math.Atan(tanLat) * 180 / math.Pi}
}

// Krüger's series in the third flattening n, to its fourth power: within 3 degrees of the
// meridian exact to far less than a micrometre (Karney, Transverse Mercator with an
// accuracy of a few nanometers, 2011, formulas 35 and 36).
const (
	thirdN  = flattening / (2 - flattening)
	thirdN2 = thirdN * thirdN
	thirdN3 = thirdN2 * thirdN
	thirdN4 = thirdN3 * thirdN

	rectifying = semiMajor / (1 + thirdN) * (1 + thirdN2/4 + thirdN4/64)
)

var (
	krugerForward = [4]float64{
		thirdN/2 - thirdN2*2/3 + thirdN3*5/16 + thirdN4*41/180,
		thirdN2*13/48 - thirdN3*3/5 + thirdN4*557/1440,
		thirdN3*61/240 - thirdN4*103/140,
		thirdN4 * 49561 / 161280,
	}
	krugerInverse = [4]float64{
		thirdN/2 - thirdN2*2/3 + thirdN3*37/96 - thirdN4/360,
		thirdN2/48 + thirdN3/15 - thirdN4*437/1440,
		thirdN3*17/480 - thirdN4*37/840,
		thirdN4 * 4397 / 161280,
	}
	eccentricity = math.Sqrt(eccentricity2)
)

// conformal returns the tangent of the conformal latitude from that of the latitude.
func conformal(tau float64) float64 {
	sigma := math.Sinh(eccentricity * math.Atanh(eccentricity*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

func (z VN2000) forward(p orb.Point) orb.Point {
	tau := conformal(math.Tan(p[1] * math.Pi / 180))
	sin, cos := math.Sincos((p[0] - z.Meridian) * math.Pi / 180)
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	north, east := xi, eta
	for j, c := range krugerForward {
		k := 2 * float64(j+1)
		north += c * math.Sin(k*xi) * math.Cosh(k*eta)
		east += c * math.Cos(k*xi) * math.Sinh(k*eta)
	}
	return orb.Point{falseEasting + zoneScale*rectifying*east, zoneScale * rectifying * north}
}

func (z VN2000) inverse(p orb.Point) orb.Point {
	north, east := p[1]/(zoneScale*rectifying), (p[0]-falseEasting)/(zoneScale*rectifying)
	xi, eta := north, east
	for j, c := range krugerInverse {
		k := 2 * float64(j+1)
		xi -= c * math.Sin(k*north) * math.Cosh(k*east)
		eta -= c * math.Cos(k*north) * math.Sinh(k*east)
	}
	sinh, sin, cos := math.Sinh(eta), math.Sin(xi), math.Cos(xi)
	want := sin / math.Hypot(sinh, cos)
	tau := want / (1 - eccentricity2)
	for range 3 { // Newton's method: each round doubles the digits
		got := conformal(tau)
		tau += (want - got) / math.Hypot(1, got) *
			(1 + (1-eccentricity2)*tau*tau) / ((1 - eccentricity2) * math.Hypot(1, tau))
	}
	return orb.Point{z.Meridian + math.Atan2(sinh, cos)*180/math.Pi, math.Atan(tau) * 180 / math.Pi}
}
