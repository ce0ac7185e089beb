package geo

import (
	"fmt"
	"strconv"

	"github.com/paulmach/orb"
	h3 "github.com/uber/h3-go/v4"
)

// BaseResolution is the H3 resolution at which households are indexed: cells of about
// 2,150 m² at an edge of 29 m.
const BaseResolution = 11

// Cell is an H3 cell index. Its layout, from the top bit: 1 reserved, 4 mode (1 for a
// cell), 3 reserved, 4 resolution, 7 base cell, then fifteen 3-bit digits from coarse to
// fine; digits below the resolution are all ones. Ordered as integers, the cells of one
// resolution that share a coarser parent are next to each other.
type Cell uint64

const (
	modeShift       = 59
	resolutionShift = 52
	baseShift       = 45

	maxResolution = 15
	baseCells     = 122
)

// pentagons are the twelve base cells that sit on the corners of the icosahedron, a bit
// each. Their descendants with digits of zero alone have five neighbours and no child 1.
var pentagons = func() (set [2]uint64) {
	for _, base := range [...]int{4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117} {
		set[base/64] |= 1 << (base % 64)
	}
	return set
}()

// baseCell returns a cell of resolution 0.
func baseCell(base int) Cell {
	return 1<<modeShift | Cell(base)<<baseShift | (1<<baseShift - 1)
}

// child returns the child of the digit, 0 to 6; a pentagon has no child 1.
func (c Cell) child(digit Cell) Cell {
	c += 1 << resolutionShift
	shift := 3 * (maxResolution - c.Resolution())
	return c&^(7<<shift) | digit<<shift
}

func (c Cell) isPentagon() bool {
	base := c >> baseShift & 127
	digits := c & (1<<baseShift - 1) >> (3 * (maxResolution - c.Resolution()))
	return digits == 0 && pentagons[base/64]>>(base%64)&1 == 1
}

// CellAt returns the cell of the resolution (0 to 15) that contains the point.
func CellAt(p orb.Point, resolution int) (Cell, error) {
	if !(p[1] >= -90 && p[1] <= 90) { // the library would go on around the pole
		return 0, fmt.Errorf("H3 cell of %v: lat %v: out of range, want -90 to 90", p, p[1])
	}
	c, err := h3.LatLngToCell(h3.LatLng{Lat: p[1], Lng: p[0]}, resolution)
	if err != nil {
		return 0, fmt.Errorf("H3 cell of %v at resolution %d: %w", p, resolution, err)
	}
	return Cell(c), nil
}

// ParseCell reads a cell from its hexadecimal text, as String writes it, and checks that
// it is one. Capital digits are read as well; spaces, signs and prefixes are not.
func ParseCell(s string) (Cell, error) {
	v, err := strconv.ParseUint(s, 16, 64)
	if err != nil || !h3.Cell(v).IsValid() {
		return 0, fmt.Errorf("%q is not an H3 cell", s)
	}
	return Cell(v), nil
}

// String returns the cell as hexadecimal text, as every H3 tool writes it.
func (c Cell) String() string { return strconv.FormatUint(uint64(c), 16) }

// Resolution returns the resolution of the cell, 0 to 15.
func (c Cell) Resolution() int { return int(c >> resolutionShift & 15) }

// Parent returns the logical parent of the cell at a coarser (or the same) resolution: the
// digits below it become ones. Through the library it would take a call into C, 60 times
// as long.
func (c Cell) Parent(resolution int) Cell {
	fine := uint64(1)<<(3*(15-resolution)) - 1 // the digits below the resolution
	return Cell(uint64(c)&^(15<<resolutionShift) | uint64(resolution)<<resolutionShift | fine)
}

// Span returns the least and the greatest value that a descendant of the cell at the
// resolution can have, both inclusive: the run of the cell in a sorted column.
func (c Cell) Span(resolution int) (first, last Cell) {
	r := c.Resolution()
	digits := uint64(1)<<(3*(15-r)) - 1 ^ (uint64(1)<<(3*(15-resolution)) - 1)
	base := uint64(c)&^(15<<resolutionShift) | uint64(resolution)<<resolutionShift
	return Cell(base &^ digits), Cell(base | digits)
}

// Center returns the centre of the cell.
func (c Cell) Center() (orb.Point, error) {
	ll, err := h3.CellToLatLng(h3.Cell(c))
	if err != nil {
		return orb.Point{}, fmt.Errorf("centre of H3 cell %s: %w", c, err)
	}
	return orb.Point{ll.Lng, ll.Lat}, nil
}

// Boundary returns the outline of the cell as a closed ring, counter-clockwise. It has five
// or six corners, and some more where it crosses an edge of the icosahedron. The outline of
// a cell across the antimeridian has longitudes near 180 and near -180 side by side, as the
// library gives them: none is near Việt Nam.
func (c Cell) Boundary() (orb.Ring, error) {
	b, err := h3.CellToBoundary(h3.Cell(c))
	if err != nil {
		return nil, fmt.Errorf("outline of H3 cell %s: %w", c, err)
	}
	ring := make(orb.Ring, 0, len(b)+1)
	for _, ll := range b {
		ring = append(ring, orb.Point{ll.Lng, ll.Lat})
	}
	return append(ring, ring[0]), nil
}

// MaxDisk is the most steps that Disk goes: 750,000 cells.
const MaxDisk = 500

// Disk returns the cells within k steps, 0 to MaxDisk, of the cell, itself among them, in
// no fixed order.
func (c Cell) Disk(k int) ([]Cell, error) {
	if k < 0 || k > MaxDisk {
		return nil, fmt.Errorf("disk of %d around H3 cell %s: out of range, want 0 to %d", k, c, MaxDisk)
	}
	if !h3.Cell(c).IsValid() {
		return nil, fmt.Errorf("disk of %d around %s: not an H3 cell", k, c)
	}
	cells, err := h3.GridDisk(h3.Cell(c), k)
	if err != nil {
		return nil, fmt.Errorf("disk of %d around H3 cell %s: %w", k, c, err)
	}
	out := make([]Cell, len(cells))
	for i, d := range cells {
		out[i] = Cell(d)
	}
	return out, nil
}
