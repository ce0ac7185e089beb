package sample

import (
	"container/heap"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// xy is a place on a plane, in metres east and north.
type xy struct{ x, y float64 }

func (a xy) add(b xy) xy              { return xy{a.x + b.x, a.y + b.y} }
func (a xy) sub(b xy) xy              { return xy{a.x - b.x, a.y - b.y} }
func (a xy) scale(f float64) xy       { return xy{a.x * f, a.y * f} }
func (a xy) dist(b xy) float64        { return math.Hypot(a.x-b.x, a.y-b.y) }
func (a xy) lerp(b xy, t float64) xy  { return xy{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
func (a xy) turn(sin, cos float64) xy { return xy{a.x*cos - a.y*sin, a.x*sin + a.y*cos} }
func (a xy) normalTo(b xy) (n xy, ok bool) { // the unit vector to the left of a→b
	d := a.dist(b)
	if d == 0 {
		return xy{}, false
	}
	return xy{-(b.y - a.y) / d, (b.x - a.x) / d}, true
}

// plane is a local equirectangular projection: true to scale within a commune.
type plane struct{ lon, lat, perLon, perLat float64 }

const (
	metresPerDegree = 111195.0
	// commonPerLon scales longitudes of the plane that all communes share. It need not be
	// true to scale: it only has to be the same for neighbours.
	commonPerLon = 107000.0
)

func planeAt(p orb.Point) plane {
	return plane{p[0], p[1], metresPerDegree * math.Cos(p[1]*math.Pi/180), metresPerDegree}
}

func (pl plane) xy(p orb.Point) xy {
	return xy{(p[0] - pl.lon) * pl.perLon, (p[1] - pl.lat) * pl.perLat}
}

// point returns the place in degrees, rounded to 1e-7, the precision of the files.
func (pl plane) point(a xy) orb.Point {
	return orb.Point{round7(pl.lon + a.x/pl.perLon), round7(pl.lat + a.y/pl.perLat)}
}

func round7(deg float64) float64 { return math.Round(deg*1e7) / 1e7 }

// common returns the place on the plane that all communes share.
func (pl plane) common(a xy) xy {
	return xy{(pl.lon + a.x/pl.perLon) * commonPerLon, (pl.lat + a.y/pl.perLat) * metresPerDegree}
}

// costGrid is one part of a commune as a raster: which cells are inside, and how hard each is to cross. Roads are
// least-cost paths on it.
type costGrid struct {
	plane
	min    xy
	cell   float64 // metres
	w, h   int
	inside []bool
	rough  []float32
	cells  []int32 // the cells inside, by index
}

// newCostGrid rasterizes a polygon into about the given number of cells.
func newCostGrid(poly orb.Polygon, land terrain, cells int) *costGrid {
	bound := poly.Bound()
	g := &costGrid{plane: planeAt(bound.Center())}
	low, high := g.xy(bound.Min), g.xy(bound.Max)
	g.cell = math.Max(5, math.Sqrt((high.x-low.x)*(high.y-low.y)/float64(cells)))
	g.min = low
	g.w, g.h = int((high.x-low.x)/g.cell)+1, int((high.y-low.y)/g.cell)+1
	g.inside = make([]bool, g.w*g.h)
	g.rough = make([]float32, g.w*g.h)
	g.fill(poly)
	for i, in := range g.inside {
		if in {
			g.cells = append(g.cells, int32(i))
			g.rough[i] = float32(land.rough(g.common(g.center(int32(i)))))
		}
	}
	return g
}

// fill marks the cells whose centres the rings enclose: scan lines with the even-odd rule.
func (g *costGrid) fill(poly orb.Polygon) {
	crossings := make([][]float32, g.h)
	for _, ring := range poly {
		for i := 1; i < len(ring); i++ {
			a, b := g.xy(ring[i-1]), g.xy(ring[i])
			if a.y > b.y {
				a, b = b, a
			}
			first := int(math.Ceil((a.y-g.min.y)/g.cell - 0.5))
			for row := max(first, 0); row < g.h; row++ {
				y := g.min.y + (float64(row)+0.5)*g.cell
				if y >= b.y {
					break
				}
				x := a.x + (y-a.y)/(b.y-a.y)*(b.x-a.x)
				crossings[row] = append(crossings[row], float32((x-g.min.x)/g.cell-0.5))
			}
		}
	}
	for row, xs := range crossings {
		slices.Sort(xs)
		for i := 1; i < len(xs); i += 2 {
			for col := max(0, int(math.Ceil(float64(xs[i-1])))); col < g.w && float32(col) < xs[i]; col++ {
				g.inside[row*g.w+col] = true
			}
		}
	}
}

// center returns the middle of a cell.
func (g *costGrid) center(i int32) xy {
	return xy{g.min.x + (float64(int(i)%g.w)+0.5)*g.cell, g.min.y + (float64(int(i)/g.w)+0.5)*g.cell}
}

// at returns the cell of a place, or -1 outside the raster.
func (g *costGrid) at(a xy) int32 {
	col, row := int(math.Floor((a.x-g.min.x)/g.cell)), int(math.Floor((a.y-g.min.y)/g.cell))
	if col < 0 || row < 0 || col >= g.w || row >= g.h {
		return -1
	}
	return int32(row*g.w + col)
}

// contains reports whether the cell of the place is inside.
func (g *costGrid) contains(a xy) bool {
	i := g.at(a)
	return i >= 0 && g.inside[i]
}

// nearest returns the cell inside that is nearest to the place.
func (g *costGrid) nearest(a xy) int32 {
	if i := g.at(a); i >= 0 && g.inside[i] {
		return i
	}
	best, bestDist := g.cells[0], math.Inf(1)
	for _, i := range g.cells {
		if d := g.center(i).dist(a); d < bestDist {
			best, bestDist = i, d
		}
	}
	return best
}

// edge calls yield with each cell inside that has a neighbour outside, and a place a
// little beyond it.
func (g *costGrid) edge(yield func(cell int32, beyond xy)) {
	for _, i := range g.cells {
		for _, step := range neighbours[:4] {
			c := g.center(i)
			out := xy{c.x + 1.1*float64(step.dx)*g.cell, c.y + 1.1*float64(step.dy)*g.cell}
			if !g.contains(out) {
				yield(i, out)
			}
		}
	}
}

var neighbours = [8]struct{ dx, dy int }{{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}}

// routes has, for every cell, the next cell on the cheapest path to the start, or -1.
type routes []int32

// routesFrom finds the cheapest paths from all cells to start (Dijkstra's algorithm on the eight neighbours). Where
// the relief is high, paths follow the valleys; the noise in bends makes them curve on a plain.
func (g *costGrid) routesFrom(start int32, relief float64, land terrain) routes {
	next := make(routes, len(g.inside))
	cost := make([]float32, len(g.inside))
	for i := range next {
		next[i], cost[i] = -1, math.MaxFloat32
	}
	step := make([]float32, len(g.inside))
	for _, i := range g.cells {
		p := g.common(g.center(i))
		bend := 1 + 1.1*math.Abs(land.bends.Fractal(p.x/1300, p.y/1300, 2))
		step[i] = float32(bend + relief*float64(g.rough[i]))
		if land.river(p) {
			step[i] += 4 // bridges are few
		}
	}
	cost[start] = 0
	open := &frontier{{start, 0}}
	for open.Len() > 0 {
		at := heap.Pop(open).(reached)
		if at.cost > cost[at.cell] {
			continue
		}
		col, row := int(at.cell)%g.w, int(at.cell)/g.w
		for k, n := range neighbours {
			c, r := col+n.dx, row+n.dy
			if c < 0 || r < 0 || c >= g.w || r >= g.h || !g.inside[r*g.w+c] {
				continue
			}
			i := int32(r*g.w + c)
			length := float32(1)
			if k >= 4 {
				length = math.Sqrt2
			}
			if to := at.cost + length*(step[at.cell]+step[i])/2; to < cost[i] {
				cost[i], next[i] = to, at.cell
				heap.Push(open, reached{i, to})
			}
		}
	}
	return next
}

// reached is a cell on the frontier of a search and the cost of coming there.
type reached struct {
	cell int32
	cost float32
}

// frontier is a heap of cells, the cheapest first; ties go to the lower cell, so that
// the result is deterministic.
type frontier []reached

func (f frontier) Len() int { return len(f) }
func (f frontier) Less(i, j int) bool {
	return f[i].cost < f[j].cost || f[i].cost == f[j].cost && f[i].cell < f[j].cell
}
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)   { *f = append(*f, x.(reached)) }
func (f *frontier) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// smooth rounds the corners of a line by two rounds of Chaikin's corner cutting, which keep its ends.
func smooth(line []xy) []xy {
	for range 2 {
		if len(line) < 3 {
			return line
		}
		out := make([]xy, 0, 2*len(line))
		out = append(out, line[0])
		for i := 1; i < len(line); i++ {
			out = append(out, line[i-1].lerp(line[i], 0.25), line[i-1].lerp(line[i], 0.75))
		}
		line = append(out, line[len(line)-1])
	}
	return line
}
