package geo

import (
	"fmt"
	"math"
	"sync"

	"github.com/paulmach/orb"
)

// MaxCells is the most cells that Cells returns: 128 MiB of them.
const MaxCells = 1 << 24

// Cells returns, sorted, the cells of the resolution whose centres the area contains, by the
// rule of Locate without snapping: so a cell belongs to one area at most. More than
// MaxCells are an error.
func (l *Locator) Cells(area, resolution int) ([]Cell, error) {
	if resolution < 0 || resolution > 15 {
		return nil, fmt.Errorf("cells of area %d: resolution %d: out of range, want 0 to 15", area, resolution)
	}
	if area < 0 || area >= len(l.areas) {
		return nil, fmt.Errorf("cells of area %d: out of range, want 0 to %d", area, len(l.areas)-1)
	}
	if len(l.rings[area]) == 0 {
		return nil, nil
	}
	centers, err := baseCenters()
	if err != nil {
		return nil, err
	}
	f := fill{Locator: l, area: area, resolution: resolution}
	for i, center := range centers {
		if err := f.add(baseCell(i), center); err != nil {
			return nil, fmt.Errorf("cells of area %d at resolution %d: %w", area, resolution, err)
		}
	}
	return f.cells, nil
}

// fill goes down the tree of cells. It takes or leaves a cell with all below it as soon as
// no border passes where they can be; so centres are computed by the library near borders
// alone. Going down in the order of digits gives the cells sorted.
//
// The library's own fill tests the same centres, but with rounding, in radians. The two
// can differ only in a cell whose centre is within some 1e-15 radian of an edge.
type fill struct {
	*Locator
	area, resolution int
	cells            []Cell
}

// add adds what the area contains of the cell and those below it.
func (f *fill) add(c Cell, center orb.Point) error {
	r := c.Resolution()
	if r == f.resolution {
		if f.find(center) == f.area {
			return f.take(c)
		}
		return nil
	}
	switch f.relation(center, reach(r, f.resolution)) {
	case outside:
		return nil
	case inside:
		return f.take(c)
	}
	for digit := range Cell(7) {
		if digit == 1 && c.isPentagon() {
			continue
		}
		child := c.child(digit)
		at, err := child.Center()
		if err != nil {
			return err
		}
		if err := f.add(child, at); err != nil {
			return err
		}
	}
	return nil
}

// take adds all cells of the resolution below c.
func (f *fill) take(c Cell) error {
	r := c.Resolution()
	if r == f.resolution {
		if len(f.cells) == MaxCells {
			return fmt.Errorf("more than %d: choose a coarser resolution", MaxCells)
		}
		f.cells = append(f.cells, c)
		return nil
	}
	for digit := range Cell(7) {
		if digit == 1 && c.isPentagon() {
			continue
		}
		if err := f.take(c.child(digit)); err != nil {
			return err
		}
	}
	return nil
}

// reach returns how far, in radians, the centre of a cell at the resolution can be from
// those of the cells below it, down to the finest.
//
// On the plane of an icosahedron's face neighbours at resolution 0 are 0.381966 apart, at
// each finer one √7 times less, and the centre of a child is its parent's or a neighbour
// of that. The way from parent to child folds over the edges of faces without growing,
// and the projection from the sphere to a face never shrinks a length.
func reach(resolution, finest int) float64 {
	sum, step := 0.0, 0.38196601125010500003*math.Pow(7, -float64(resolution)/2)
	for range finest - resolution {
		step /= math.Sqrt(7)
		sum += step
	}
	return 1.001*sum + 1e-14 // rounding, many times over
}

// relation is how the area is related to a part of the globe.
type relation int

const (
	outside relation = iota // the area contains none of it
	inside                  // the area contains all of it
	mixed                   // not known without a closer look
)

// relation returns how the area is related to the disc around the centre, radius in radians.
func (f *fill) relation(center orb.Point, radius float64) relation {
	boxes, n := discBoxes(center, radius)
	first := f.boxRelation(boxes[0])
	if n == 2 && f.boxRelation(boxes[1]) != first {
		return mixed
	}
	return first
}

// discBoxes returns the one box that covers the disc, or two where it passes the
// antimeridian.
func discBoxes(center orb.Point, radius float64) (boxes [2]orb.Bound, n int) {
	const degrees = 180 / math.Pi
	south, north := center[1]-radius*degrees, center[1]+radius*degrees
	west, east := -180.0, 180.0
	if south > -90 && north < 90 {
		half := math.Asin(min(math.Sin(radius)/math.Cos(center[1]/degrees), 1)) * degrees
		west, east = center[0]-half, center[0]+half
	}
	box := func(w, e float64) orb.Bound {
		return orb.Bound{Min: orb.Point{w, max(south, -90)}, Max: orb.Point{e, min(north, 90)}}
	}
	switch {
	case west < -180:
		return [2]orb.Bound{box(-180, east), box(west+360, 180)}, 2
	case east > 180:
		return [2]orb.Bound{box(west, 180), box(-180, east-360)}, 2
	}
	return [2]orb.Bound{box(west, east)}, 1
}

func (f *fill) boxRelation(box orb.Bound) relation {
	extent := f.extents[f.area]
	if !box.Intersects(extent) {
		return outside
	}
	within := orb.Bound{ // the part of the box where the area can be
		Min: orb.Point{max(box.Min[0], extent.Min[0]), max(box.Min[1], extent.Min[1])},
		Max: orb.Point{min(box.Max[0], extent.Max[0]), min(box.Max[1], extent.Max[1])},
	}
	if within == extent {
		return mixed
	}
	earlier := false // an area that comes first where they overlap has a border here
	clear := f.eachBorder(f.grids[0], within, func(area int, edges run) bool {
		if area > f.area || area < f.area && earlier {
			return true
		}
		for e := edges.from; e < edges.to; e++ {
			if mayTouch(box, f.points[e], f.points[e+1]) {
				if area == f.area {
					return false
				}
				earlier = true
				break
			}
		}
		return true
	})
	if !clear {
		return mixed
	}
	if within != box {
		return outside // no border passes, and part of the box is beyond the area's extent
	}
	// The area contains all of the box or none of it, and so do those before it unless one
	// of their borders passes.
	middle := box.Center()
	switch first := f.find(middle); {
	case first < 0 || first > f.area:
		return outside
	case !earlier && first == f.area:
		return inside
	case !earlier || !f.contains(middle, f.area):
		return outside
	}
	return mixed
}

// mayTouch reports whether the edge from a to b may touch the box: always where it does.
func mayTouch(box orb.Bound, a, b orb.Point) bool {
	if max(a[0], b[0]) < box.Min[0] || min(a[0], b[0]) > box.Max[0] ||
		max(a[1], b[1]) < box.Min[1] || min(a[1], b[1]) > box.Max[1] {
		return false
	}
	s := side(a, b, box.Min)
	return s == 0 || s != side(a, b, box.Max) ||
		s != side(a, b, orb.Point{box.Min[0], box.Max[1]}) || s != side(a, b, orb.Point{box.Max[0], box.Min[1]})
}

// baseCenters returns the centres of the cells of resolution 0.
var baseCenters = sync.OnceValues(func() (centers [baseCells]orb.Point, err error) {
	for i := range centers {
		if centers[i], err = baseCell(i).Center(); err != nil {
			return centers, err
		}
	}
	return centers, nil
})
