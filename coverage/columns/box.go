package columns

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Box is a rectangle in units of 1e-7 degree, its edges within.
type Box struct{ MinLon, MinLat, MaxLon, MaxLat int32 }

// boxes returns the box around the households of each block.
func (h *Households) boxes() []Box {
	boxes := make([]Box, (h.Len()+BlockSize-1)/BlockSize)
	for n := range boxes {
		lo, hi := n*BlockSize, min((n+1)*BlockSize, h.Len())
		boxes[n] = Box{
			slices.Min(h.Lon[lo:hi]), slices.Min(h.Lat[lo:hi]),
			slices.Max(h.Lon[lo:hi]), slices.Max(h.Lat[lo:hi]),
		}
	}
	return boxes
}

// boundOf returns the box around all areas and households. It is public, so what is beyond
// the areas is rounded to a hundredth of a degree: the box points at no house.
func boundOf(r *Registry) orb.Bound {
	bound := EmptyBound
	areas := r.History.Areas
	for i := range areas {
		if len(areas[i].Geometry) > 0 {
			bound = JoinBounds(bound, areas[i].Geometry.Bound())
		}
	}
	for _, b := range r.Boxes {
		bound = JoinBounds(bound, b.Rounded())
	}
	return bound
}

// EmptyBound is the empty box, as orb writes it.
var EmptyBound = orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}

// JoinBounds returns the box around two boxes, of which the first may be empty.
func JoinBounds(b, with orb.Bound) orb.Bound {
	if b.IsEmpty() {
		return with
	}
	return b.Union(with)
}

// Rounded returns the box in degrees, rounded outwards to a hundredth.
func (b Box) Rounded() orb.Bound {
	hundredth := func(units int32, round func(float64) float64) float64 {
		return round(float64(units)/(degreeUnits/100)) / 100
	}
	return orb.Bound{
		Min: orb.Point{hundredth(b.MinLon, math.Floor), hundredth(b.MinLat, math.Floor)},
		Max: orb.Point{hundredth(b.MaxLon, math.Ceil), hundredth(b.MaxLat, math.Ceil)},
	}
}

// BoxOf returns the bound in the units of the columns, rounded inwards.
func BoxOf(b orb.Bound) Box {
	units := func(u float64) int32 { return int32(min(max(u, math.MinInt32), math.MaxInt32)) }
	return Box{
		units(math.Ceil(b.Min[0] * degreeUnits)), units(math.Ceil(b.Min[1] * degreeUnits)),
		units(math.Floor(b.Max[0] * degreeUnits)), units(math.Floor(b.Max[1] * degreeUnits)),
	}
}

func (b Box) Meets(o Box) bool {
	return b.MinLon <= o.MaxLon && o.MinLon <= b.MaxLon && b.MinLat <= o.MaxLat && o.MinLat <= b.MaxLat
}

func (b Box) Holds(lon, lat int32) bool {
	return b.MinLon <= lon && lon <= b.MaxLon && b.MinLat <= lat && lat <= b.MaxLat
}
