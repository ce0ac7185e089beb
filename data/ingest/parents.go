package ingest

import (
	"math/bits"
	"strings"

	"tungnha/data"
	"tungnha/internal/problem"
)

// levels has the levels that the areas of a code have or had: the bit of each one's rank.
type levels map[string]uint8

func (l levels) add(a *data.Area) {
	code, known := a.Code, l[a.Code]
	if known == 0 {
		code = strings.Clone(code) // not to keep the whole feature
	}
	l[code] = known | 1<<a.Level.Rank()
}

// refuse returns what is wrong with the parent of an area where that is known, and never was of a wider level: no tree
// would have the one below the other.
func (l levels) refuse(a *data.Area) *problem.Problem {
	known := l[a.Parent]
	if known == 0 || known&(1<<a.Level.Rank()-1) != 0 {
		return nil
	}
	widest := data.Levels[bits.TrailingZeros8(known)]
	return problem.ParentNotAbove("parent", a.Parent, string(widest), string(a.Level))
}

// refuseParents takes the areas out of a batch whose parents are not above them. What is stored so already stays, with
// a warning, so that a list of populations can be imported and a file that was exported comes back in.
func (r *run) refuseParents(b *batch) {
	for i := range b.areas { // a file may name children first
		r.levels.add(&b.areas[i])
	}
	kept, record := b.areas[:0], 0
	for i := range b.rows {
		row := &b.rows[i]
		if row.problem != nil {
			continue
		}
		a := b.areas[record]
		record++
		p := r.levels.refuse(&a)
		if p != nil && !row.placed {
			row.problem = p
			continue
		}
		if p != nil {
			row.warnings = append(row.warnings, p)
		}
		kept = append(kept, a)
	}
	b.areas = kept
}
