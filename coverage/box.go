package coverage

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// box is a rectangle in units of 1e-7 degree, its edges within.
type box struct{ minLon, minLat, maxLon, maxLat int32 }

// boxes returns the box around the households of each block.
func (h *households) boxes() []box {
	boxes := make([]box, (h.len()+blockSize-1)/blockSize)
	for n := range boxes {
		lo, hi := n*blockSize, min((n+1)*blockSize, h.len())
		boxes[n] = box{
			slices.Min(h.lon[lo:hi]), slices.Min(h.lat[lo:hi]),
			slices.Max(h.lon[lo:hi]), slices.Max(h.lat[lo:hi]),
		}
	}
	return boxes
}

// boundOf returns the box around all areas and households. Everybody may see it, so what
// lies beyond the areas is told to a hundredth of a degree: the box points at no house.
func boundOf(r *registry) orb.Bound {
	bound := emptyBound
	areas := r.history.Areas
	for i := range areas {
		if len(areas[i].Geometry) > 0 {
			bound = joinBounds(bound, areas[i].Geometry.Bound())
		}
	}
	for _, b := range r.boxes {
		bound = joinBounds(bound, b.rounded())
	}
	return bound
}

// emptyBound is the empty box, as orb writes it.
var emptyBound = orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}

// joinBounds returns the box around two boxes, of which the first may be empty.
func joinBounds(b, with orb.Bound) orb.Bound {
	if b.IsEmpty() {
		return with
	}
	return b.Union(with)
}

// rounded returns the box in degrees, rounded outwards to a hundredth.
func (b box) rounded() orb.Bound {
	hundredth := func(units int32, round func(float64) float64) float64 {
		return round(float64(units)/(degreeUnits/100)) / 100
	}
	return orb.Bound{
		Min: orb.Point{hundredth(b.minLon, math.Floor), hundredth(b.minLat, math.Floor)},
		Max: orb.Point{hundredth(b.maxLon, math.Ceil), hundredth(b.maxLat, math.Ceil)},
	}
}

// boxOf returns the bound in the units of the columns, rounded inwards.
func boxOf(b orb.Bound) box {
	units := func(u float64) int32 { return int32(min(max(u, math.MinInt32), math.MaxInt32)) }
	return box{
		units(math.Ceil(b.Min[0] * degreeUnits)), units(math.Ceil(b.Min[1] * degreeUnits)),
		units(math.Floor(b.Max[0] * degreeUnits)), units(math.Floor(b.Max[1] * degreeUnits)),
	}
}

func (b box) meets(o box) bool {
	return b.minLon <= o.maxLon && o.minLon <= b.maxLon && b.minLat <= o.maxLat && o.minLat <= b.maxLat
}

func (b box) holds(lon, lat int32) bool {
	return b.minLon <= lon && lon <= b.maxLon && b.minLat <= lat && lat <= b.maxLat
}
