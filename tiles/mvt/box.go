package mvt

import "math"

// A box is a rectangle of vertices, all four edges included.
type Box struct{ Min, Max Vertex }

// BoxOf returns the box around the vertices of one shape that does not cross the
// antimeridian.
func BoxOf(vertices []Vertex) Box {
	b := Box{Min: Vertex{math.MaxUint32, math.MaxUint32}}
	for _, v := range vertices {
		b = b.Extend(v)
	}
	return b
}

func (b Box) Extend(v Vertex) Box {
	return Box{
		Vertex{min(b.Min.X, v.X), min(b.Min.Y, v.Y)},
		Vertex{max(b.Max.X, v.X), max(b.Max.Y, v.Y)},
	}
}

func (b Box) Union(c Box) Box { return b.Extend(c.Min).Extend(c.Max) }

// Nowhere is the box around nothing.
var Nowhere = Box{Min: Vertex{math.MaxUint32, math.MaxUint32}}

// Or returns the box around both, of which either may be nowhere.
func (b Box) Or(c Box) Box {
	switch Nowhere {
	case b:
		return c
	case c:
		return b
	}
	return b.Union(c)
}

// Tiles calls yield for the tiles of a zoom that the box, wider by margin on each side,
// touches, until it returns false.
func (b Box) Tiles(z int, margin uint32, yield func(x, y int) bool) {
	shift, world := WorldBits-z, int64(1)<<z
	west, east := (int64(b.Min.X)-int64(margin))>>shift, (int64(b.Max.X)+int64(margin))>>shift
	north, south := (int64(b.Min.Y)-int64(margin))>>shift, (int64(b.Max.Y)+int64(margin))>>shift
	east = min(east, west+world-1)
	for y := max(north, 0); y <= min(south, world-1); y++ {
		for x := west; x <= east; x++ {
			if !yield(int(x&(world-1)), int(y)) {
				return
			}
		}
	}
}

// Grow returns the box wider by a part of its width and height, 1/parts, on each side.
func (b Box) Grow(parts uint32) Box {
	dx, dy := (b.Max.X-b.Min.X)/parts, (b.Max.Y-b.Min.Y)/parts
	return Box{
		Vertex{b.Min.X - min(dx, b.Min.X), b.Min.Y - min(dy, b.Min.Y)},
		Vertex{b.Max.X + min(dx, math.MaxUint32-b.Max.X), b.Max.Y + min(dy, math.MaxUint32-b.Max.Y)},
	}
}
