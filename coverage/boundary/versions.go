package boundary

import (
	"context"
	"slices"

	"tungnha/data"
)

// Version is the days on which one tree of areas is valid, both inclusive, and how many areas of each level it has.
// NoDate: unbounded.
type Version struct {
	From, To data.Date
	Areas    map[data.Level]int
}

// levelCounts is how many areas there are of each of data.Levels.
type levelCounts [4]int

// List returns the versions that have areas, the oldest first. It makes none of their trees, which together take the
// number of versions times that of the areas, but follows how the counts change from one version to the next.
func (h *History) List(ctx context.Context) ([]Version, error) {
	change := make([]levelCounts, h.Versions()+1) // of the counts, at the beginning of each version
	for first := 0; first < len(h.Areas); {
		next := first + 1
		for next < len(h.Areas) && h.Areas[next].Code == h.Areas[first].Code {
			next++
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := h.countCode(ctx, first, next, change); err != nil {
			return nil, err
		}
		first = next
	}
	var versions []Version
	var counts levelCounts
	for n := range h.Versions() {
		v := Version{Areas: make(map[data.Level]int)}
		for rank, level := range data.Levels {
			if counts[rank] += change[n][rank]; counts[rank] > 0 {
				v.Areas[level] = counts[rank]
			}
		}
		nothingBefore := n == 0 && len(h.begins) > 0 && h.begins[0] <= 1 // no day is left before the first change
		if len(v.Areas) == 0 || nothingBefore {
			continue
		}
		v.From, v.To = h.days(n)
		versions = append(versions, v)
	}
	return versions, nil
}

// countCode adds to the changes those of the areas of one code, which are from first to before next. In each version
// the last that covers it counts, as in newTree.
func (h *History) countCode(ctx context.Context, first, next int, change []levelCounts) error {
	cuts := make([]int, 0, 2*(next-first))
	for i := first; i < next; i++ {
		begin, end := h.spans[i].versions(h.begins)
		cuts = append(cuts, begin, end)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for k := 1; k < len(cuts); k++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := next - 1; i >= first; i-- {
			if begin, end := h.spans[i].versions(h.begins); begin <= cuts[k-1] && cuts[k] <= end {
				rank := h.Areas[i].Level.Rank()
				change[cuts[k-1]][rank]++
				change[cuts[k]][rank]--
				break
			}
		}
	}
	return nil
}

// versions returns the first version that the lifespan covers, and the one behind the last. begins are the days on
// which versions begin.
func (l lifespan) versions(begins []data.Date) (begin, end int) {
	end = len(begins) + 1
	if l.from != data.NoDate {
		at, _ := slices.BinarySearch(begins, l.from)
		begin = at + 1
	}
	if l.to != data.NoDate {
		at, _ := slices.BinarySearch(begins, l.to+1)
		end = max(begin, at+1)
	}
	return begin, end
}
