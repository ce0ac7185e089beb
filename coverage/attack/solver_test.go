package attack

import "tungnha/coverage/rules"

// unbounded is above any count.
const unbounded = 1 << 30

// anyShift has a bit for each way of rounding: with shift s a count n is shown as the multiple of 5 at or below n+s.
const anyShift = 1<<rules.RoundingBase - 1

// system is an attacker's knowledge of the counts of all places: of each count bounds, and which add up to which.
// Counts are numbered place by place; those of one place are rounded by one shift, which is not known to the attacker.
type system struct {
	perPlace  int      // counts of a place: of each window each measure
	low, high []int32  // of each count
	shown     []int32  // as it was shown; -1: hidden, -2: nowhere shown
	shifts    []uint8  // of each place: the shifts that are still possible, a bit each
	sums      []sum    // of places: of each count that of the whole is the sum of those of the parts
	within    []within // of each place
	plain     bool     // counts are not rounded
}

type sum struct {
	whole int
	parts []int
}

// within is a relation of the counts of one place: whole is at least the sum of the parts, or equal to it.
type within struct {
	whole int
	parts []int
	equal bool
}

// place adds a place of which nothing is known.
func (s *system) place() int {
	for range s.perPlace {
		s.low, s.high, s.shown = append(s.low, 0), append(s.high, unbounded), append(s.shown, -2)
	}
	s.shifts = append(s.shifts, anyShift)
	return len(s.shifts) - 1
}

// see notes a count as it is shown.
func (s *system) see(at int, shown uint32, hidden bool) {
	if hidden {
		s.shown[at], s.low[at], s.high[at] = -1, 0, rules.MaxSmall
		return
	}
	s.shown[at], s.low[at], s.high[at] = int32(shown), max(rules.MaxSmall+1, int32(shown)-4), int32(shown)+4
}

// narrow narrows the bounds of a count and reports whether they moved.
func (s *system) narrow(at int, low, high int32) bool {
	l, h := max(s.low[at], low), min(s.high[at], high)
	moved := l != s.low[at] || h != s.high[at]
	s.low[at], s.high[at] = l, h
	return moved
}

// relate narrows a whole and its parts by each other.
func (s *system) relate(whole int, parts []int, offset int, equal bool) (moved bool) {
	var low, high int64
	for _, p := range parts {
		low += int64(s.low[p+offset])
		high += int64(s.high[p+offset])
	}
	w := whole + offset
	most := int32(unbounded)
	if equal {
		most = int32(min(high, unbounded))
	}
	moved = s.narrow(w, int32(low), most)
	for _, p := range parts {
		at := p + offset
		l, h := int64(s.low[at]), int64(s.high[at])
		least := int32(0)
		if equal {
			least = int32(max(0, int64(s.low[w])-(high-h)))
		}
		if s.narrow(at, least, int32(min(int64(s.high[w])-(low-l), unbounded))) {
			moved = true
			low, high = low-l+int64(s.low[at]), high-h+int64(s.high[at])
		}
	}
	return moved
}

// shift drops the shifts by which a place cannot have been rounded, and narrows its counts by those that are left.
func (s *system) shift(place int) (moved bool) {
	from := place * s.perPlace
	var possible uint8
	for shift := range int32(rules.RoundingBase) {
		if s.shifts[place]&(1<<shift) != 0 && s.shiftFits(from, shift) {
			possible |= 1 << shift
		}
	}
	if possible == 0 { // a sound attacker never concludes that
		panic("no way of rounding is possible")
	}
	s.shifts[place] = possible
	least, most := int32(0), int32(0) // of the possible shifts
	for ; possible&(1<<least) == 0; least++ {
	}
	for k := range int32(rules.RoundingBase) {
		if possible&(1<<k) != 0 {
			most = k
		}
	}
	for at := from; at < from+s.perPlace; at++ {
		if n := s.shown[at]; n >= 0 && !s.plain && s.narrow(at, n-most, n-least+4) {
			moved = true
		}
	}
	return moved
}

// shiftFits reports whether all that was shown of a place can be rounded by the shift.
func (s *system) shiftFits(from int, shift int32) bool {
	bounds := func(at int) (low, high int32) {
		low, high = s.low[at], s.high[at]
		if n := s.shown[at]; n >= 0 && !s.plain {
			low, high = max(low, n-shift), min(high, n-shift+4)
		}
		return low, high
	}
	for at := from; at < from+s.perPlace; at++ {
		if low, high := bounds(at); low > high {
			return false
		}
	}
	for _, r := range s.within {
		var low, high int64
		for _, p := range r.parts {
			l, h := bounds(from + p)
			low, high = low+int64(l), high+int64(h)
		}
		if l, h := bounds(from + r.whole); low > int64(h) || r.equal && high < int64(l) {
			return false
		}
	}
	return true
}

// solve narrows all bounds by all that is known until nothing moves.
func (s *system) solve() (rounds int) {
	for moved := true; moved; rounds++ {
		moved = false
		for _, one := range s.sums {
			parts := make([]int, len(one.parts))
			for i, p := range one.parts {
				parts[i] = p * s.perPlace
			}
			for k := range s.perPlace {
				moved = s.relate(one.whole*s.perPlace, parts, k, true) || moved
			}
		}
		for place := range s.shifts {
			for _, r := range s.within {
				moved = s.relate(r.whole, r.parts, place*s.perPlace, r.equal) || moved
			}
			moved = s.shift(place) || moved
		}
	}
	return rounds
}
