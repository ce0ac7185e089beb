package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// metresPerDegree returns the length of one degree of longitude and of latitude on the
// WGS 84 ellipsoid at the latitude: the radii of curvature in the prime vertical and in
// the meridian.
func metresPerDegree(lat float64) (lon, latitude float64) {
	const (
		a  = 6378137.0             // semi-major axis, metres
		e2 = 0.0066943799901413165 // first eccentricity squared
	)
	sin, cos := math.Sincos(lat * math.Pi / 180)
	w := 1 - e2*sin*sin
	n := a / math.Sqrt(w)
	return n * cos * math.Pi / 180, n * (1 - e2) / w * math.Pi / 180
}

// metresBetween is the distance of two points, by the lengths of a degree at their middle
// latitude: within 0.01% of the geodesic up to 100 km in the latitudes of Việt Nam.
func metresBetween(p, q orb.Point) float64 {
	lon, lat := metresPerDegree((p[1] + q[1]) / 2)
	return math.Hypot((q[0]-p[0])*lon, (q[1]-p[1])*lat)
}

// nearestOn returns the point of the edge from a to b that is nearest to p, on the plane
// that a degree at p's latitude spans, with the square of its distance in metres there.
func nearestOn(a, b, p orb.Point, lonMetres, latMetres float64) (orb.Point, float64) {
	ax, ay := (a[0]-p[0])*lonMetres, (a[1]-p[1])*latMetres
	dx, dy := (b[0]-a[0])*lonMetres, (b[1]-a[1])*latMetres
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(max(-(ax*dx+ay*dy)/length, 0), 1)
	}
	x, y := ax+t*dx, ay+t*dy
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}, x*x + y*y
}
