package sample

import "math"

// slot is a place where a dwelling could stand.
type slot struct {
	at     xy
	weight float32 // how likely it is to be built on, against the others
}

// fabric is how a settlement is laid out: rows of lots on both sides of lanes that run
// more or less side by side, bent and broken off as they were built over time.
type fabric struct {
	center     xy
	heading    float64 // radians: the way the lanes run
	gap        float64 // metres between lanes
	lot        float64 // metres of frontage
	setback    float64 // metres from the middle of the lane to the door
	cross      float64 // metres between cross streets
	jitter     float64 // metres by which a dwelling strays from its row
	bend       float64 // metres by which lanes wander
	bendLength float64 // metres over which they do
	broken     float64 // share of the lanes never built on, in runs
	seed       uint64
}

// lay calls yield for every lot within the radius, lane after lane: the order in which
// somebody who walks from door to door passes them.
func (f *fabric) lay(radius float64, yield func(at xy)) {
	sin, cos := math.Sincos(f.heading)
	bendX, bendY := noise(mix(f.seed, 1, 0)), noise(mix(f.seed, 2, 0))
	const run = 70.0                             // metres of lane that are built on, or left, together
	crossAt := f.cross * unit(mix(f.seed, 4, 0)) // cross streets run through all rows
	row := int(-radius / f.gap)
	for v := -radius; v <= radius; row++ {
		rowSeed := mix(f.seed, uint64(int64(row)), 3)
		reach := math.Sqrt(math.Max(0, radius*radius-v*v))
		for _, side := range [2]float64{-1, 1} {
			lots := int(2 * reach / f.lot)
			for i := range lots {
				u := -reach + (float64(i)+0.5)*f.lot
				if f.broken > 0 && unit(mix(rowSeed, uint64(int64(math.Floor(u/run))), 5)) < f.broken {
					continue
				}
				blocks := (u + crossAt) / f.cross
				if gap := f.cross * (blocks - math.Floor(blocks)); gap < 1.2*f.setback || gap > f.cross-1.2*f.setback {
					continue
				}
				h := mix(rowSeed, uint64(i), uint64(int64(side)+7))
				u += f.jitter * (unit(h) - 0.5)
				w := v + side*f.setback + f.jitter*(unit(mix(h, 6, 0))-0.5)
				p := xy{u, w}
				if f.bend > 0 {
					p.x += f.bend * bendX.at(u/f.bendLength, w/f.bendLength)
					p.y += f.bend * bendY.at(u/f.bendLength, w/f.bendLength)
				}
				yield(f.center.add(p.turn(sin, cos)))
			}
		}
		v += f.gap * (0.8 + 0.4*unit(mix(rowSeed, 8, 0)))
	}
}

// districtSize is the distance between the middles of the quarters of a town, each with
// streets of its own heading.
const districtSize = 1500.0

// district returns the number and the middle of the quarter that holds a place of the
// common plane. The quarters do not stop at a commune's border.
func (t terrain) district(p xy) (id uint64, middle xy) {
	cx, cy := math.Floor(p.x/districtSize), math.Floor(p.y/districtSize)
	best := math.Inf(1)
	for dx := -1.0; dx <= 1; dx++ {
		for dy := -1.0; dy <= 1; dy++ {
			h := mix(uint64(t.seed), uint64(int64(cx+dx)), uint64(int64(cy+dy)))
			m := xy{(cx + dx + unit(h)) * districtSize, (cy + dy + unit(mix(h, 1, 1))) * districtSize}
			if d := m.dist(p); d < best {
				best, id, middle = d, h, m
			}
		}
	}
	return id, middle
}
