package boundary

import (
	"cmp"
	"slices"

	"tungnha/data"
)

// lifespan is the days on which an area exists, both inclusive; NoDate: unbounded.
type lifespan struct{ from, to data.Date }

func (l lifespan) overlaps(o lifespan) bool {
	return (l.to == data.NoDate || o.from <= l.to) && (o.to == data.NoDate || l.from <= o.to)
}

// covers reports whether the area exists on all days from one to another; NoDate: unbounded.
func (l lifespan) covers(from, to data.Date) bool {
	begun := l.from == data.NoDate || l.from <= from
	ended := l.to != data.NoDate && (to == data.NoDate || l.to < to)
	return begun && !ended
}

// lifespans returns the lifespan of each area. A day that is not registered is that of the area above. Where several
// units had its code one after the other, that is the latest which the area can have belonged to: registers of
// hamlets seldom have dates, and when units merged, many codes were kept for larger ones. To take an undated hamlet
// for one of the unit that had the code before would give that unit households it never had.
func lifespans(areas []data.Area) []lifespan {
	ofCode := make(map[string][]int)
	order := make([]int, len(areas))
	for i := range areas {
		ofCode[areas[i].Code] = append(ofCode[areas[i].Code], i)
		order[i] = i
	}
	// From the widest level, so that the area above is decided first.
	slices.SortStableFunc(order, func(i,
		j int) int {
		return cmp.Compare(areas[i].Level.Rank(), areas[j].Level.Rank())
	})
	spans := make([]lifespan, len(areas))
	for _, i := range order {
		a := &areas[i]
		span := lifespan{a.ValidFrom, a.ValidTo}
		above := -1
		if a.ValidFrom == data.NoDate || a.ValidTo == data.NoDate {
			for _, p := range ofCode[a.Parent] {
				if areas[p].Level.Rank() < a.Level.Rank() && span.overlaps(spans[p]) &&
					(above < 0 || spans[p].from > spans[above].from) {
					above = p
				}
			}
		}
		if above >= 0 && a.ValidFrom == data.NoDate {
			span.from = spans[above].from
		}
		if above >= 0 && a.ValidTo == data.NoDate {
			span.to = spans[above].to
		}
		spans[i] = span
	}
	return spans
}
