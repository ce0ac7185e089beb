package coverage

import (
	"cmp"
	"slices"
	"strings"

	"tungnha/data"
	"tungnha/geo"
)

// foldedName is the name of an area in the form in which spellings meet, and its code.
type foldedName struct{ name, withKind, english, code string }

func foldNames(areas []data.Area) []foldedName {
	names := make([]foldedName, len(areas))
	for i := range areas {
		names[i] = foldedName{
			name:     geo.Fold(areas[i].Name),
			withKind: geo.Fold(areas[i].Kind + " " + areas[i].Name),
			english:  geo.Fold(areas[i].NameEN),
			code:     geo.Fold(areas[i].Code),
		}
	}
	return names
}

// Search returns the areas whose name, English name or code matches q, at most limit of
// them, best first: the whole name before the beginning of a word before any part; then
// provinces before communes before hamlets; then by code. Names match with or without
// diacritics and with either tone placement; the kind may be written or left out.
func (b *Boundaries) Search(q string, limit int) []int32 {
	folded := geo.Fold(q)
	if folded == "" || limit <= 0 || b.names == nil {
		return nil
	}
	type hit struct {
		area    int32
		quality int
	}
	var hits []hit
	for i, n := range b.names() {
		if quality := n.match(folded); quality < noMatch {
			hits = append(hits, hit{int32(i), quality})
		}
	}
	slices.SortFunc(hits, func(x, y hit) int {
		return cmp.Or(cmp.Compare(x.quality, y.quality), cmp.Compare(b.ranks[x.area], b.ranks[y.area]), cmp.Compare(x.area, y.area))
	})
	areas := make([]int32, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		areas = append(areas, h.area)
	}
	return areas
}

// How well a name matches, best first.
const (
	wholeMatch = iota
	startMatch // of the name
	wordMatch  // of one of its words
	partMatch
	noMatch
)

// match returns how well the best of the names matches the folded text.
func (n *foldedName) match(q string) int {
	best := noMatch
	for _, name := range []string{n.name, n.withKind, n.english, n.code} {
		switch at := strings.Index(name, q); {
		case at < 0:
		case name == q:
			return wholeMatch
		case at == 0:
			best = min(best, startMatch)
		case strings.Contains(name, " "+q):
			best = min(best, wordMatch)
		default:
			best = min(best, partMatch)
		}
	}
	return best
}
