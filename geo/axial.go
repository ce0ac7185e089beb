package geo

// Axial is the axial coordinates of a cell in the hexagonal lattice of its base cell and resolution: the six neighbours
// of A, B are at ±(1,0), ±(0,1) and ±(1,1). With them, shapes of cells are computed in small integers instead of calls
// to the H3 library. The lattice ends where the base cell does, some 1,100 km across; in the twelve base cells around
// pentagons, all at sea, coordinates on both sides of the missing wedge are not neighbours on the globe.
type Axial struct {
	Base int // the base cell, 0 to 121
	A, B int32
}

// digitSteps are the steps that the digits 0 to 6 encode.
var digitSteps = [7][2]int32{{0, 0}, {-1, -1}, {0, 1}, {-1, 0}, {1, 0}, {0, -1}, {1, 1}}

// Axial returns the axial coordinates of the cell.
//
// One resolution finer, the lattice is √7 times as fine and turned by 19.1°, to one side
// for odd resolutions and to the other for even ones. In axes at 120° that is a matrix of
// small integers, of determinant 7; the digit is a step from the parent's centre.
func (c Cell) Axial() Axial {
	p := Axial{Base: int(c >> baseShift & 127)}
	for r := 1; r <= c.Resolution(); r++ {
		p.A, p.B = childAxial(p.A, p.B, r)
		step := digitSteps[c>>(3*(maxResolution-r))&7]
		p.A, p.B = p.A+step[0], p.B+step[1]
	}
	return p
}

// CellAtAxial returns the cell of the resolution at axial coordinates; ok is false beyond the base cell.
func CellAtAxial(p Axial, resolution int) (c Cell, ok bool) {
	c = baseCell(p.Base)&^(15<<resolutionShift) | Cell(resolution)<<resolutionShift
	a, b := p.A, p.B
	for r := resolution; r > 0; r-- {
		upA, upB := parentAxial(a, b, r)
		centerA, centerB := childAxial(upA, upB, r)
		digit := stepDigit(a-centerA, b-centerB)
		shift := 3 * (maxResolution - r)
		c = c&^(7<<shift) | Cell(digit)<<shift
		a, b = upA, upB
	}
	return c, a == 0 && b == 0
}

// childAxial returns the coordinates, at resolution r, of the centre child of the cell at a, b of r-1.
func childAxial(a, b int32, r int) (int32, int32) {
	if r&1 == 1 {
		return 2*a + b, 3*b - a
	}
	return 3*a - b, a + 2*b
}

// parentAxial returns the coordinates, at resolution r-1, of the parent of the cell at a, b of r: the inverse of
// childAxial, rounded to the nearest.
func parentAxial(a, b int32, r int) (int32, int32) {
	if r&1 == 1 {
		return nearestSeventh(3*a - b), nearestSeventh(a + 2*b)
	}
	return nearestSeventh(2*a + b), nearestSeventh(3*b - a)
}

// nearestSeventh returns n/7 to the nearest integer: sevenths are never halfway.
func nearestSeventh(n int32) int32 {
	n += 3
	q := n / 7
	if n%7 < 0 {
		q--
	}
	return q
}

// stepDigits is the digit of each step, at 3(a+1) + b+1; 9 is none.
var stepDigits = [9]uint8{1, 3, 9, 5, 0, 2, 9, 4, 6}

// stepDigit returns the digit of a step to a neighbour or to the centre: what is left over
// where sevenths were rounded is at most one step.
func stepDigit(a, b int32) uint8 { return stepDigits[3*(a+1)+b+1] }
