package mvt

// Rings are lists of points without the closing repeat of the first.

// Clip clips a ring to the square from lo to hi on both axes, one side after the other (I. Sutherland and G. Hodgman,
// "Reentrant polygon clipping", CACM 17(1), 1974), into dst, and returns it; scratch is memory for the steps between.
// Where an edge leaves the square depends on its two ends alone, whichever comes first: rings that share an edge share
// what is left of it.
func Clip(ring, dst, scratch []Point, lo, hi int32) (clipped, spare []Point) {
	a, b := append(dst[:0], ring...), scratch[:0]
	for side := range 4 {
		if len(a) == 0 {
			break
		}
		b = clipSide(a, b[:0], side, lo, hi)
		a, b = b, a
	}
	return a, b
}

// clipSide cuts a ring at one side of the square: 0 left, 1 right, 2 top, 3 bottom.
func clipSide(ring, dst []Point, side int, lo, hi int32) []Point {
	a := ring[len(ring)-1]
	aIn := inside(a, side, lo, hi)
	for _, b := range ring {
		bIn := inside(b, side, lo, hi)
		if aIn != bIn {
			dst = append(dst, crossing(a, b, side, lo, hi))
		}
		if bIn {
			dst = append(dst, b)
		}
		a, aIn = b, bIn
	}
	return dst
}

func inside(p Point, side int, lo, hi int32) bool {
	switch side {
	case 0:
		return p.X >= lo
	case 1:
		return p.X <= hi
	case 2:
		return p.Y >= lo
	default:
		return p.Y <= hi
	}
}

// crossing returns where the edge between a and b meets a side, to the nearest point. It
// is the same for b and a.
func crossing(a, b Point, side int, lo, hi int32) Point {
	if b.X < a.X || b.X == a.X && b.Y < a.Y {
		a, b = b, a
	}
	dx, dy := int64(b.X)-int64(a.X), int64(b.Y)-int64(a.Y)
	switch side {
	case 0:
		return Point{lo, a.Y + divide(dy*(int64(lo)-int64(a.X)), dx)}
	case 1:
		return Point{hi, a.Y + divide(dy*(int64(hi)-int64(a.X)), dx)}
	case 2:
		return Point{a.X + divide(dx*(int64(lo)-int64(a.Y)), dy), lo}
	default:
		return Point{a.X + divide(dx*(int64(hi)-int64(a.Y)), dy), hi}
	}
}

// divide returns n/d to the nearest integer, halves upward. The products that clipping
// makes stay below 2^62: a tile of zoom 16 is within 2^29 of any other place.
func divide(n, d int64) int32 {
	if d < 0 {
		n, d = -n, -d
	}
	n += d / 2
	q := n / d
	if n%d < 0 {
		q--
	}
	return int32(q)
}

// DropRepeats removes points equal to the one before them, in place.
func DropRepeats(ring []Point) []Point {
	n := 0
	for _, p := range ring {
		if n == 0 || ring[n-1] != p {
			ring[n] = p
			n++
		}
	}
	for n > 1 && ring[n-1] == ring[0] {
		n--
	}
	return ring[:n]
}

// Straighten removes, in place, points that change nothing: repeats, those on the line
// between their neighbours, and spikes that go out and come back the same way. What the
// ring encloses stays exactly as it was.
func Straighten(ring []Point) []Point {
	n := 0
	for _, p := range ring {
		for n > 0 && (ring[n-1] == p || n > 1 && cross(ring[n-2], ring[n-1], p) == 0) {
			n--
		}
		ring[n] = p
		n++
	}
	first := 0
	for n-first > 2 {
		switch {
		case ring[n-1] == ring[first] || cross(ring[n-2], ring[n-1], ring[first]) == 0:
			n--
		case cross(ring[n-1], ring[first], ring[first+1]) == 0:
			first++
		default:
			return ring[first:n]
		}
	}
	return ring[:0]
}

// cross is positive where a, b, c turn clockwise on the screen, 0 where they are on a line.
func cross(a, b, c Point) int64 {
	return (int64(b.X)-int64(a.X))*(int64(c.Y)-int64(b.Y)) - (int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(b.X))
}

// Area2 is twice the area of a ring by the surveyor's formula (shoelace formula), as MVT 2.1 signs it:
// positive where the ring goes clockwise on the screen, where y grows downward.
func Area2(ring []Point) int64 {
	if len(ring) < 3 {
		return 0
	}
	var sum int64
	o := ring[0] // keeps the products small
	for i := 1; i+1 < len(ring); i++ {
		a, b := ring[i], ring[i+1]
		sum += (int64(a.X)-int64(o.X))*(int64(b.Y)-int64(o.Y)) - (int64(b.X)-int64(o.X))*(int64(a.Y)-int64(o.Y))
	}
	return sum
}

// Contains reports whether the square from lo to hi on both axes contains all of the ring.
func Contains(ring []Point, lo, hi int32) bool {
	for _, p := range ring {
		if p.X < lo || p.X > hi || p.Y < lo || p.Y > hi {
			return false
		}
	}
	return true
}

func Reverse(ring []Point) {
	for i, j := 0, len(ring)-1; i < j; i, j = i+1, j-1 {
		ring[i], ring[j] = ring[j], ring[i]
	}
}
