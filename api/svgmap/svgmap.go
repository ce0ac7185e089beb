// Package svgmap draws a small map of a commune and its hamlets: as SVG paths that a page can colour, and
// as the preview picture of a link in a message.
package svgmap

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// Width of a map in units; its points are whole numbers of it, a few metres apart in most communes.
const Width = 1000

const (
	margin  = 14
	room    = Width - 2*margin
	tallest = 1.3 // height over width, at most

	// A hamlet whose houses are along one road in a wide commune would hardly be seen: below
	// this area it has a sign at its middle, and its name below that.
	smallest   = 1000
	signRadius = 18
)

// Outline is where a hamlet is.
type Outline struct {
	Code, Name string
	Shape      orb.MultiPolygon
}

// Map is a commune seen from above, north at the top. It never changes once made.
type Map struct {
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Ground string  `json:"ground"` // the commune's outline as the data of an SVG path; empty: it has none
	Shapes []Shape `json:"shapes"` // of the hamlets with an outline, in the order given

	ground []ring
}

// Shape is one hamlet.
type Shape struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Path string `json:"path"`
	At   [2]int `json:"at"` // where its name is written: the middle of its largest part, or below its sign

	rings []ring
}

type point struct{ x, y int }

// ring is closed: its last point is its first.
type ring []point

// New draws the hamlets, which may fill a small part of their commune, or where none has
// an outline the commune. Without any outline it returns nil.
func New(commune orb.MultiPolygon, hamlets []Outline) *Map {
	bound, found := orb.Bound{}, false
	include := func(shape orb.MultiPolygon) {
		switch {
		case len(shape) == 0:
		case found:
			bound = bound.Union(shape.Bound())
		default:
			bound, found = shape.Bound(), true
		}
	}
	for i := range hamlets {
		include(hamlets[i].Shape)
	}
	if !found {
		include(commune)
	}
	if !found {
		return nil
	}
	narrowing := math.Cos(bound.Center().Lat() * math.Pi / 180)
	across, up := max((bound.Right()-bound.Left())*narrowing, 1e-6), max(bound.Top()-bound.Bottom(), 1e-6)
	scale := min(room/across, room*tallest/up)
	left := (Width - across*scale) / 2
	draw := func(shape orb.MultiPolygon) []ring {
		var rings []ring
		for _, polygon := range shape {
			for _, r := range polygon {
				var drawn ring
				for _, p := range r {
					q := point{int(math.Round(left + (p.Lon()-bound.Left())*narrowing*scale)),
						int(math.Round(margin + (bound.Top()-p.Lat())*scale))}
					if len(drawn) == 0 || drawn[len(drawn)-1] != q { // steps that lead nowhere at this scale
						drawn = append(drawn, q)
					}
				}
				if len(drawn) > 3 {
					rings = append(rings, drawn)
				}
			}
		}
		return rings
	}

	s := &Map{Width: Width, Height: int(math.Round(up*scale)) + 2*margin, Shapes: []Shape{}, ground: draw(commune)}
	s.Ground = pathOf(s.ground)
	for i := range hamlets {
		rings := draw(hamlets[i].Shape)
		if len(rings) == 0 {
			continue
		}
		at, area := middle(rings)
		if area < smallest {
			rings = append(rings, signAt(at))
			at.y += 2 * signRadius
		}
		s.Shapes = append(s.Shapes, Shape{hamlets[i].Code, hamlets[i].Name, pathOf(rings), [2]int{at.x, at.y}, rings})
	}
	return s
}

// pathOf writes rings as the data of an SVG path, in steps, which are short.
func pathOf(rings []ring) string {
	var b []byte
	for _, r := range rings {
		b = strconv.AppendInt(append(b, 'M'), int64(r[0].x), 10)
		b = strconv.AppendInt(append(b, ' '), int64(r[0].y), 10)
		b = append(b, 'l')
		for i := 1; i < len(r)-1; i++ {
			dx, dy := r[i].x-r[i-1].x, r[i].y-r[i-1].y
			if i > 1 && dx >= 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, int64(dx), 10)
			if dy >= 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, int64(dy), 10)
		}
		b = append(b, 'z')
	}
	return string(b)
}

// middle returns the centroid of the largest ring, and its area.
func middle(rings []ring) (at point, area int) {
	var largest int
	for _, r := range rings {
		var twice, x, y int
		for i := 1; i < len(r); i++ {
			cross := r[i-1].x*r[i].y - r[i].x*r[i-1].y
			twice += cross
			x += (r[i-1].x + r[i].x) * cross
			y += (r[i-1].y + r[i].y) * cross
		}
		if twice != 0 && max(twice, -twice) > largest {
			largest, at = max(twice, -twice), point{x / (3 * twice), y / (3 * twice)}
		}
	}
	return at, largest / 2
}

// signAt is a hexagon, wound as outlines are once north is up and y grows downward.
func signAt(at point) ring {
	const half, side = signRadius / 2, signRadius * 866 / 1000
	return ring{{at.x, at.y - signRadius}, {at.x - side, at.y - half}, {at.x - side, at.y + half},
		{at.x, at.y + signRadius}, {at.x + side, at.y + half}, {at.x + side, at.y - half}, {at.x, at.y - signRadius}}
}
