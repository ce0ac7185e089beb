package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// overlapDegree is the length of a degree of latitude on the sphere, in metres.
const overlapDegree = math.Pi / 180 * 6_371_008.8

// overlapLines is how many parallels an overlap is measured on. Their error falls with the
// square of their distance: for an outline as rough as a commune's it is a few 1e-5 of the
// area.
const overlapLines = 512

// AreaM2 returns the surface of an area in square metres, on a sphere. The rings must be as
// Clean leaves them.
func AreaM2(area orb.MultiPolygon) float64 {
	sum := 0.0
	for _, polygon := range area {
		for n, ring := range polygon {
			if surface := math.Abs(ringM2(ring)); n == 0 {
				sum += surface
			} else {
				sum -= surface
			}
		}
	}
	return sum
}

// ringM2 is the integral of longitude over the sine of latitude, edge by edge: exact for
// edges that are straight in longitude and sine, and within 1e-6 for those of a commune.
func ringM2(ring orb.Ring) float64 {
	sum := 0.0
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		sum += (a[0] - ring[0][0] + b[0] - ring[0][0]) * (math.Sin(b[1]*math.Pi/180) - math.Sin(a[1]*math.Pi/180))
	}
	return sum / 2 * overlapDegree * overlapDegree * 180 / math.Pi
}

// OverlapM2 returns the surface that two areas share, in square metres. It cuts both along
// parallels and adds up what they have in common, so that borders which run along each
// other, as those of the same area digitised twice do, are no special case. The rings must
// be as Clean leaves them.
func OverlapM2(a, b orb.MultiPolygon) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	boundA, boundB := a.Bound(), b.Bound()
	if !boundA.Intersects(boundB) {
		return 0
	}
	south, north := max(boundA.Min[1], boundB.Min[1]), min(boundA.Max[1], boundB.Max[1])
	if south >= north {
		return 0
	}
	step := (north - south) / overlapLines
	inA, inB := crossings(a, south, step), crossings(b, south, step)
	sum := 0.0
	for k := range overlapLines {
		lat := south + (float64(k)+0.5)*step
		sum += common(inA[k], inB[k]) * math.Cos(lat*math.Pi/180)
	}
	return sum * step * overlapDegree * overlapDegree
}

// crossings returns the longitudes, sorted, at which the rings cross each of the parallels
// that begin half a step north of south. Between the first and the second is the area,
// between the third and the fourth, and so on.
func crossings(area orb.MultiPolygon, south, step float64) [][]float64 {
	lines := make([][]float64, overlapLines)
	line := func(lat float64) int { // the first parallel north of lat
		return int(math.Ceil(min(max((lat-south)/step-0.5, -1), overlapLines+1)))
	}
	for _, polygon := range area {
		for _, ring := range polygon {
			for i := range ring {
				p, q := ring[i], ring[(i+1)%len(ring)]
				if p[1] > q[1] {
					p, q = q, p
				}
				// Both ends are rounded alike, so a vertex on a parallel is crossed once.
				for k := max(line(p[1]), 0); k < min(line(q[1]), overlapLines); k++ {
					lat := south + (float64(k)+0.5)*step
					lines[k] = append(lines[k], p[0]+(q[0]-p[0])*(lat-p[1])/(q[1]-p[1]))
				}
			}
		}
	}
	for _, l := range lines {
		slices.Sort(l)
	}
	return lines
}

// common returns the length that the stretches of two lines share.
func common(a, b []float64) (length float64) {
	for i, j := 0, 0; i+1 < len(a) && j+1 < len(b); {
		length += max(0, min(a[i+1], b[j+1])-max(a[i], b[j]))
		if a[i+1] < b[j+1] {
			i += 2
		} else {
			j += 2
		}
	}
	return length
}
