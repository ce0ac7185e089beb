package sample

import (
	"math"

	"tungnha/data/sample/noise"
)

// slot is a possible place for a dwelling.
type slot struct {
	at     xy
	weight float32 // how likely it is to be built on, relative to the others
}

// streetGrid describes the plan of a settlement: rows of lots on both sides of nearly parallel lanes, which are
// bent and interrupted.
type streetGrid struct {
	center     xy
	heading    float64 // radians: the direction of the lanes
	gap        float64 // metres between lanes
	lot        float64 // metres of frontage
	setback    float64 // metres from the middle of the lane to the door
	cross      float64 // metres between cross streets
	jitter     float64 // metres by which a dwelling is off its row
	bend       float64 // metres of the bends of lanes
	bendLength float64 // metres from bend to bend
	broken     float64 // share of the lanes never built on, in runs
	seed       uint64
}

// eachLot calls yield for every lot within the radius, lane after lane: the order of a walk from door to door.
func (f *streetGrid) eachLot(radius float64, yield func(at xy)) {
	sin, cos := math.Sincos(f.heading)
	bendX, bendY := noise.Noise(noise.Mix(f.seed, 1, 0)), noise.Noise(noise.Mix(f.seed, 2, 0))
	const run = 70.0                                         // metres of lane that are built on, or left, together
	crossAt := f.cross * noise.Unit(noise.Mix(f.seed, 4, 0)) // cross streets run through all rows
	row := int(-radius / f.gap)
	for v := -radius; v <= radius; row++ {
		rowSeed := noise.Mix(f.seed, uint64(int64(row)), 3)
		reach := math.Sqrt(math.Max(0, radius*radius-v*v))
		for _, side := range [2]float64{-1, 1} {
			lots := int(2 * reach / f.lot)
			for i := range lots {
				u := -reach + (float64(i)+0.5)*f.lot
				if f.broken > 0 && noise.Unit(noise.Mix(rowSeed, uint64(int64(math.Floor(u/run))), 5)) < f.broken {
					continue
				}
				blocks := (u + crossAt) / f.cross
				if gap := f.cross * (blocks - math.Floor(blocks)); gap < 1.2*f.setback || gap > f.cross-1.2*f.setback {
					continue
				}
				h := noise.Mix(rowSeed, uint64(i), uint64(int64(side)+7))
				u += f.jitter * (noise.Unit(h) - 0.5)
				w := v + side*f.setback + f.jitter*(noise.Unit(noise.Mix(h, 6, 0))-0.5)
				p := xy{u, w}
				if f.bend > 0 {
					p.x += f.bend * bendX.At(u/f.bendLength, w/f.bendLength)
					p.y += f.bend * bendY.At(u/f.bendLength, w/f.bendLength)
				}
				yield(f.center.add(p.turn(sin, cos)))
			}
		}
		v += f.gap * (0.8 + 0.4*noise.Unit(noise.Mix(rowSeed, 8, 0)))
	}
}

// districtSize is the distance between the middles of the quarters of a town, each with
// streets of its own heading.
const districtSize = 1500.0

// district returns the number and the middle of the quarter that contains a place of the common plane: the cells
// of a Voronoi diagram of jittered grid points. Quarters cross the borders of communes.
func (t terrain) district(p xy) (id uint64, middle xy) {
	cx, cy := math.Floor(p.x/districtSize), math.Floor(p.y/districtSize)
	best := math.Inf(1)
	for dx := -1.0; dx <= 1; dx++ {
		for dy := -1.0; dy <= 1; dy++ {
			h := noise.Mix(uint64(t.seed), uint64(int64(cx+dx)), uint64(int64(cy+dy)))
			m := xy{(cx + dx + noise.Unit(h)) * districtSize, (cy + dy + noise.Unit(noise.Mix(h, 1, 1))) * districtSize}
			if d := m.dist(p); d < best {
				best, id, middle = d, h, m
			}
		}
	}
	return id, middle
}
