package geo

// SegmentDistance2 is the square of the distance from a point to the segment from a to b in the plane.
func SegmentDistance2(x, y, ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	if l := dx*dx + dy*dy; l > 0 {
		t := min(max(((x-ax)*dx+(y-ay)*dy)/l, 0), 1)
		ax, ay = ax+t*dx, ay+t*dy
	}
	return (x-ax)*(x-ax) + (y-ay)*(y-ay)
}
