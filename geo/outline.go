package geo

import (
	"fmt"

	"github.com/paulmach/orb"
	h3 "github.com/uber/h3-go/v4"
)

// Outline returns the area that the cells, all of one resolution and none twice, cover
// together: shared edges are gone, outer rings run counter-clockwise, holes clockwise.
func Outline(cells []Cell) (orb.MultiPolygon, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	in := make([]h3.Cell, len(cells))
	for i, c := range cells {
		in[i] = h3.Cell(c)
	}
	polygons, err := h3.CellsToMultiPolygon(in)
	if err != nil {
		return nil, fmt.Errorf("outline of %d H3 cells: %w", len(cells), err)
	}
	area := make(orb.MultiPolygon, len(polygons))
	for i, p := range polygons {
		area[i] = append(area[i], closedRing(p.GeoLoop, orb.CCW))
		for _, hole := range p.Holes {
			area[i] = append(area[i], closedRing(hole, orb.CW))
		}
	}
	return area, nil
}

func closedRing(loop h3.GeoLoop, orientation orb.Orientation) orb.Ring {
	ring := make(orb.Ring, 0, len(loop)+1)
	for _, ll := range loop {
		ring = append(ring, orb.Point{ll.Lng, ll.Lat})
	}
	ring = append(ring, ring[0])
	if ring.Orientation() != orientation {
		ring.Reverse()
	}
	return ring
}
