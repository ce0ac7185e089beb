package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Match is the answer of a Locator.
type Match struct {
	Area     int     // index into the areas given to NewLocator; -1: none contains the point
	Snapped  bool    // the point is in a gap: Area is the nearest one, within SnapDistance
	Distance float64 // metres to Area's border where Snapped, else 0
}

// SnapDistance is how far, in metres, a point in a gap may be from the area it goes to.
const SnapDistance = 100

// Locator finds which of many areas contains a point, exactly. It never changes once made, so
// any number of goroutines may share it.
//
// An area contains what is within an odd number of its rings, and its borders.
type Locator struct {
	areas   []orb.MultiPolygon
	extents []orb.Bound // by area
	rings   [][]run     // by area: its rings, as edges of points
	points  []orb.Point // the vertices of all rings one after another, each ring closed
	grids   []*grid     // the first divides the extent of all areas
	borders []uint32    // the border rectangles of all grids: see builder.write
}

// NewLocator indexes the areas; a nil area contains nothing. The rings must be as Clean
// leaves them. The index takes about 65 bytes a vertex on top of the areas; where
// edges are long and crowded it stops dividing rather than take much more.
func NewLocator(areas []orb.MultiPolygon) *Locator {
	l := &Locator{areas: areas}
	l.index()
	return l
}

// Locate returns the area that contains p. A point on a border, or where areas overlap, goes
// to the first of them by index. A point in none goes to the nearest within SnapDistance,
// the first by index of equally near ones.
func (l *Locator) Locate(p orb.Point) Match {
	if area := l.find(p); area >= 0 {
		return Match{Area: area}
	}
	return l.snap(p)
}

// find returns the first area that contains p, or -1.
func (l *Locator) find(p orb.Point) int {
	if len(l.grids) == 0 {
		return -1
	}
	g := l.grids[0]
	// Written so that NaN fails.
	if !(p[0] >= g.x0 && p[0] <= g.x1 && p[1] >= g.y0 && p[1] <= g.y1) {
		return -1
	}
	for {
		i, j := g.column(p[0]), g.row(p[1])
		e := g.entries[j*g.nx+i]
		switch e & kindMask {
		case whole:
			return int(e>>kindBits) - 1
		case border:
			return l.findAtBorder(p, orb.Point{g.lineX(i + 1), g.lineY(j)}, l.borders[e>>kindBits:])
		}
		g = l.grids[e>>kindBits]
	}
}

// findAtBorder tests p against the areas whose borders pass through its rectangle.
func (l *Locator) findAtBorder(p, reference orb.Point, record []uint32) int {
	base, count := int(record[0])-1, int(record[1])
	record = record[2:]
	for range count {
		area, runs := int(record[0]), int(record[1]>>1)
		if base >= 0 && base < area {
			break
		}
		if l.containsAtBorder(p, reference, record[1]&1 == 1, record[2:2+2*runs]) {
			return area
		}
		record = record[2+2*runs:]
	}
	return base
}

// containsAtBorder goes from p east to the reference's meridian and along it to the
// reference, of which it is known whether the area contains it, and counts the edges on the
// way. Both legs stay in the rectangle, so its own edges are all there are.
func (l *Locator) containsAtBorder(p, reference orb.Point, odd bool, runs []uint32) bool {
	corner := orb.Point{reference[0], p[1]}
	for len(runs) > 0 {
		stretch := l.points[runs[0] : runs[1]+1]
		runs = runs[2:]
		a := stretch[0]
		for _, b := range stretch[1:] {
			if (a[1] > p[1]) != (b[1] > p[1]) {
				if a[0] >= p[0] || b[0] >= p[0] {
					s := side(a, b, p)
					if s == 0 {
						return true
					}
					if s != sideNear(a, b, corner) {
						odd = !odd
					}
				}
			} else if (a[1] == p[1] || b[1] == p[1]) && touches(a, b, p) {
				return true
			}
			if (a[0] > reference[0]) != (b[0] > reference[0]) &&
				sideNear(a, b, corner) != sideNear(a, b, reference) {
				odd = !odd
			}
			a = b
		}
	}
	return odd
}

// contains reports whether the area contains p, by a walk over all its edges.
func (l *Locator) contains(p orb.Point, area int) bool {
	if !l.extents[area].Contains(p) {
		return false
	}
	odd := false
	for _, ring := range l.rings[area] {
		for e := ring.from; e < ring.to; e++ {
			crosses, on := crossesRight(l.points[e], l.points[e+1], p)
			if on {
				return true
			}
			odd = odd != crosses
		}
	}
	return odd
}

// snap returns the nearest area within SnapDistance of p, which no area contains.
func (l *Locator) snap(p orb.Point) Match {
	none := Match{Area: -1}
	if !finite(p) || len(l.grids) == 0 {
		return none
	}
	lonMetres, latMetres := metresPerDegree(p[1])
	// A little more than needed: the distance itself decides.
	dx, dy := 1.01*SnapDistance/lonMetres, 1.01*SnapDistance/latMetres
	if !(dx > 0 && dx < 360) {
		return none // at a pole
	}
	box := orb.Bound{Min: orb.Point{p[0] - dx, p[1] - dy}, Max: orb.Point{p[0] + dx, p[1] + dy}}
	best, nearest := math.Inf(1), none
	l.eachBorder(l.grids[0], box, func(area int, edges run) bool {
		for e := edges.from; e < edges.to; e++ {
			_, d := nearestOn(l.points[e], l.points[e+1], p, lonMetres, latMetres)
			if d < best || d == best && area < nearest.Area {
				best, nearest.Area = d, area
			}
		}
		return true
	})
	nearest.Distance = math.Sqrt(best)
	if nearest.Area < 0 || nearest.Distance > SnapDistance {
		return none
	}
	nearest.Snapped = true
	return nearest
}

// eachBorder calls do for the edges in all rectangles that the box touches, until it
// returns false; an edge may come more than once. It returns false if do did.
func (l *Locator) eachBorder(g *grid, box orb.Bound, do func(area int, edges run) bool) bool {
	sx, sy := g.slack()
	if box.Max[0] < g.x0-sx || box.Min[0] > g.x1+sx || box.Max[1] < g.y0-sy || box.Min[1] > g.y1+sy {
		return true
	}
	west, east := g.column(box.Min[0]-sx), g.column(box.Max[0]+sx)
	south, north := g.row(box.Min[1]-sy), g.row(box.Max[1]+sy)
	for j := south; j <= north; j++ {
		for _, e := range g.entries[j*g.nx+west : j*g.nx+east+1] {
			switch e & kindMask {
			case whole:
			case finer:
				if !l.eachBorder(l.grids[e>>kindBits], box, do) {
					return false
				}
			case border:
				record := l.borders[e>>kindBits:]
				count := record[1]
				record = record[2:]
				for range count {
					area, runs := int(record[0]), int(record[1]>>1)
					for k := range runs {
						if !do(area, run{record[2+2*k], record[3+2*k]}) {
							return false
						}
					}
					record = record[2+2*runs:]
				}
			}
		}
	}
	return true
}

// Distance returns the metres from p to the area: 0 inside it, +Inf where the area is nil.
// The nearest point of the border is sought on the plane that p's latitude spans; its
// distance is within 0.01% of the geodesic up to 100 km in the latitudes of Việt Nam.
func (l *Locator) Distance(p orb.Point, area int) float64 {
	if !finite(p) {
		return math.NaN()
	}
	if l.contains(p, area) {
		return 0
	}
	lonMetres, latMetres := metresPerDegree(p[1])
	best, nearest := math.Inf(1), orb.Point{}
	for _, ring := range l.rings[area] {
		for e := ring.from; e < ring.to; e++ {
			if q, d := nearestOn(l.points[e], l.points[e+1], p, lonMetres, latMetres); d < best {
				best, nearest = d, q
			}
		}
	}
	if math.IsInf(best, 1) {
		return best
	}
	return metresBetween(p, nearest)
}

func finite(p orb.Point) bool {
	return !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1]) // Inf - Inf is NaN
}
