package coverage

import (
	"cmp"
	"slices"

	"tungnha/data"
)

// lifespan is the days on which an area exists, both inclusive; NoDate: unbounded.
type lifespan struct{ from, to data.Date }

func (l lifespan) meets(o lifespan) bool {
	return (l.to == data.NoDate || o.from <= l.to) && (o.to == data.NoDate || l.from <= o.to)
}

// lifespans returns the lifespan of each area. A day that the register does not give is
// that of the area above. Where several units bore its code one after the other, that is the
// latest which the area can have belonged to: registers of hamlets seldom have dates, and
// when units merged, many codes were kept for larger ones. To take an undated hamlet for one
// of the unit that bore the code before would give that unit households it never had.
func lifespans(areas []data.Area) []lifespan {
	ofCode := make(map[string][]int)
	order := make([]int, len(areas))
	for i := range areas {
		ofCode[areas[i].Code] = append(ofCode[areas[i].Code], i)
		order[i] = i
	}
	// From the widest level, so that the area above is settled first.
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rank(areas[i].Level), rank(areas[j].Level)) })
	lives := make([]lifespan, len(areas))
	for _, i := range order {
		a := &areas[i]
		life := lifespan{a.ValidFrom, a.ValidTo}
		above := -1
		if a.ValidFrom == data.NoDate || a.ValidTo == data.NoDate {
			for _, p := range ofCode[a.Parent] {
				if rank(areas[p].Level) < rank(a.Level) && life.meets(lives[p]) && (above < 0 || lives[p].from > lives[above].from) {
					above = p
				}
			}
		}
		if above >= 0 && a.ValidFrom == data.NoDate {
			life.from = lives[above].from
		}
		if above >= 0 && a.ValidTo == data.NoDate {
			life.to = lives[above].to
		}
		lives[i] = life
	}
	return lives
}
