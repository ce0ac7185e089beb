package sample

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data/sample/noise"
)

// computeVertices finds the vertices of the Voronoi diagram: the centres of the circles through three sites that
// contain no fourth (the circumcentres of the Delaunay triangles). With some tens of sites all triples are tried.
func (m *voronoi) computeVertices() {
	m.verticesOf = make([][]int, len(m.sites))
	m.sitesOfEdge = map[[2]int][]int{}
	n := len(m.all)
	for i := range n {
		for j := i + 1; j < n; j++ {
			for k := j + 1; k < n; k++ {
				if i >= len(m.sites) {
					break // images only
				}
				middle, ok := circle(m.all[i], m.all[j], m.all[k])
				if !ok || !m.empty(middle, i, j, k) {
					continue
				}
				corner := len(m.vertices)
				m.vertices = append(m.vertices, middle)
				for _, s := range [3]int{i, j, k} {
					if s < len(m.sites) {
						m.verticesOf[s] = append(m.verticesOf[s], corner)
					}
				}
			}
		}
	}
	for s, corners := range m.verticesOf {
		at := m.all[s]
		slices.SortFunc(corners, func(a, b int) int {
			pa, pb := m.vertices[a].sub(at), m.vertices[b].sub(at)
			if math.Atan2(pa.y, pa.x) < math.Atan2(pb.y, pb.x) {
				return -1
			}
			return 1
		})
		for k := range corners {
			e := edgeOf(corners[k], corners[(k+1)%len(corners)])
			m.sitesOfEdge[e] = append(m.sitesOfEdge[e], s)
		}
	}
}

// edgeOf returns the key of the edge between two vertices, in either order.
func edgeOf(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

// circle returns the centre of the circle through three places, unless they are collinear.
func circle(a, b, c xy) (xy, bool) {
	b, c = b.sub(a), c.sub(a)
	d := 2 * (b.x*c.y - b.y*c.x)
	if math.Abs(d) < 1 {
		return xy{}, false
	}
	b2, c2 := b.x*b.x+b.y*b.y, c.x*c.x+c.y*c.y
	return a.add(xy{(c.y*b2 - b.y*c2) / d, (b.x*c2 - c.x*b2) / d}), true
}

// empty reports whether the circle around middle through site i contains no other site.
func (m *voronoi) empty(middle xy, i, j, k int) bool {
	radius := middle.dist(m.all[i])
	for l, p := range m.all {
		if l != i && l != j && l != k && p.dist(middle) < radius {
			return false
		}
	}
	return true
}

// edge returns the roughened line from vertex a to vertex b, without b. Both communes beside it get the same
// places, one of them in reverse.
func (m *voronoi) edge(a, b int) []xy {
	from, to := m.vertices[min(a, b)], m.vertices[max(a, b)]
	// The line stays in a rhombus that extends towards both sites and is within the triangles that the edge forms
	// with them, so that it cannot cross another edge.
	s := m.all[m.sitesOfEdge[edgeOf(a, b)][0]]
	mid := from.lerp(to, 0.5)
	n, ok := from.normalTo(to)
	if !ok {
		return []xy{from}
	}
	reach := math.Min(0.42*from.dist(to), 0.95*triangleHeight(from, to, s))
	line := []xy{from}
	m.roughen(&line, from, to, mid.add(n.scale(reach)), mid.sub(n.scale(reach)),
		noise.Mix(m.seed, math.Float64bits(from.x), math.Float64bits(to.y)))
	line = append(line, to)
	if a > b {
		slices.Reverse(line)
	}
	return line[:len(line)-1]
}

// triangleHeight is how far from the middle of a–b one can go at a right angle, towards c,
// without leaving the triangle.
func triangleHeight(a, b, c xy) float64 {
	length := a.dist(b)
	n, _ := a.normalTo(b)
	d := c.sub(a)
	height := math.Abs(d.x*n.x + d.y*n.y)
	foot := (d.x*(b.x-a.x) + d.y*(b.y-a.y)) / length // along a–b
	// The side of the triangle above the middle: from a, or from b, up to c.
	if foot >= length/2 {
		return height * (length / 2) / foot
	}
	return height * (length / 2) / (length - foot)
}

// roughen appends the places between a and b by midpoint displacement: a random place on the line from left to
// right, then the same for each half in a smaller rhombus of its own. The rhombi of the halves are on either side of
// that line, so that no two parts cross.
func (m *voronoi) roughen(line *[]xy, a, b, left, right xy, seed uint64) {
	const step = 60.0 // metres: as fine as surveyed borders are
	if a.dist(b) < step {
		return
	}
	mid := left.lerp(right, 0.22+0.56*noise.Unit(seed))
	m.roughen(line, a, mid, a.lerp(left, 0.5), a.lerp(right, 0.5), noise.Mix(seed, 1, 0))
	*line = append(*line, mid)
	m.roughen(line, mid, b, b.lerp(left, 0.5), b.lerp(right, 0.5), noise.Mix(seed, 2, 0))
}

// ring returns the border of a site's commune, closed and counter-clockwise.
func (m *voronoi) ring(site int, plane plane) orb.Ring {
	corners := m.verticesOf[site]
	var ring orb.Ring
	for k := range corners {
		for _, p := range m.edge(corners[k], corners[(k+1)%len(corners)]) {
			ring = extend(ring, plane.vertex(p))
		}
	}
	return closed(ring)
}

// extend appends p unless rounding made it the same as the last point.
func extend(ring orb.Ring, p orb.Point) orb.Ring {
	if len(ring) > 0 && ring[len(ring)-1] == p {
		return ring
	}
	return append(ring, p)
}

func closed(ring orb.Ring) orb.Ring { return extend(ring, ring[0]) }

// vertex returns the place in degrees, rounded to the 1e-6 of published boundaries.
func (pl plane) vertex(a xy) orb.Point {
	p := pl.point(a)
	return orb.Point{math.Round(p[0]*1e6) / 1e6, math.Round(p[1]*1e6) / 1e6}
}

// outline returns the border of all communes together: the edges that only one has.
func (m *voronoi) outline(plane plane) orb.Ring {
	next := map[int]int{}
	first := -1
	for _, corners := range m.verticesOf {
		for k := range corners {
			a, b := corners[k], corners[(k+1)%len(corners)]
			if len(m.sitesOfEdge[edgeOf(a, b)]) == 1 {
				next[a] = b
				if first < 0 {
					first = a
				}
			}
		}
	}
	var ring orb.Ring
	for a := first; ; a = next[a] {
		for _, p := range m.edge(a, next[a]) {
			ring = extend(ring, plane.vertex(p))
		}
		if next[a] == first {
			return closed(ring)
		}
	}
}

// island returns the rings of the island off the coast and of its two islets.
func (m *voronoi) island(plane plane, rng *rand.Rand) []orb.Ring {
	shore := noise.Noise(noise.Mix(m.seed, 78, 0))
	var rings []orb.Ring
	middle := xy{15500 + 1500*rng.Float64(), 4000 + 3000*rng.Float64()}
	for k, radius := range [3]float64{1350, 330, 230} {
		at := middle
		if k > 0 {
			sin, cos := math.Sincos(2.1*float64(k) + rng.Float64())
			at = middle.add(xy{2900 * cos, 2900 * sin})
		}
		var ring orb.Ring
		steps := int(2 * math.Pi * radius / 55)
		for i := range steps {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(steps))
			// Noise sampled along a circle closes on itself.
			r := radius * (1 + 0.55*shore.Fractal(0.9*cos+9*float64(k), 0.9*sin, 4))
			ring = extend(ring, plane.vertex(at.add(xy{1.35 * r * cos, r * sin})))
		}
		rings = append(rings, closed(ring))
	}
	return rings
}
