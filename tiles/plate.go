package tiles

import (
	"encoding/binary"
	"sync"
)

// A plate is the outlines of a grid's cells ready for print at one zoom: on the zoom's
// global grid an outline is the same in every tile but for where it begins, so a tile that
// holds a cell whole copies its bytes.
type plate struct {
	start []uint32 // of the bytes of each cell; one more than cells
	rings []byte   // the commands after the first MoveTo; none where nothing is left of a cell
	reach int32    // how far, at most, a vertex is from the first of its cell, on each axis
}

// A plateSlot makes the plate of a zoom when it is first asked for.
type plateSlot struct {
	once  sync.Once
	plate plate
}

// plate returns the outlines of the grid at a zoom.
func (g *grid) plate(z int) *plate {
	slot := &g.plates[z]
	slot.once.Do(func() { slot.plate = newPlate(g, z) })
	return &slot.plate
}

func newPlate(g *grid, z int) plate {
	p := plate{start: make([]uint32, 1, len(g.cells)+1), rings: make([]byte, 0, 16*len(g.cells))}
	f := newFrame(z, 0, 0)
	var ring []point
	for i := range g.cells {
		outline := g.outline(i)
		ring = f.ring(ring, outline)
		first := ring[0]
		for _, v := range ring {
			p.reach = max(p.reach, v.x-first.x, first.x-v.x, v.y-first.y, first.y-v.y)
		}
		if ring = dropRepeats(ring); area2(ring) > 0 {
			p.rings = binary.AppendUvarint(p.rings, lineTo|uint64(len(ring)-1)<<3)
			for j := 1; j < len(ring); j++ {
				p.rings = appendZigzag(p.rings, ring[j].x-ring[j-1].x)
				p.rings = appendZigzag(p.rings, ring[j].y-ring[j-1].y)
			}
			p.rings = append(p.rings, closePath|1<<3)
		}
		p.start = append(p.start, uint32(len(p.rings)))
	}
	return p
}

// ring returns the commands of the i-th cell after its first MoveTo.
func (p *plate) ring(i int) []byte { return p.rings[p.start[i]:p.start[i+1]] }
