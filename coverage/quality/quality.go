// Package quality finds what in the registries somebody should look at: households outside their commune or of an
// unknown hamlet, areas below none, teams that serve none, communes without an outline. It reads the columns of an
// index on one day and returns counts with examples.
package quality

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/data"
	"tungnha/geo"
)

// Issue is a kind of finding.
type Issue string

// The issues, those that move figures from one area to another first.
const (
	OutsideCommune  Issue = "outside_commune"  // a household's point is outside the commune of its hamlet
	UnknownHamlet   Issue = "unknown_hamlet"   // a household declares a hamlet that does not exist on the day
	NoAreaAtAll     Issue = "no_area"          // a household without a hamlet is in no commune
	NoHamlet        Issue = "no_hamlet"        // a household declares none: its point decides
	NoParent        Issue = "no_parent"        // an area that is below none, see lacksParent
	TeamServesNone  Issue = "team_serves_none" // a team at work serves no hamlet that exists
	TeamSizeUnknown Issue = "team_size"        // a team at work whose members nobody counted
	NoOutline       Issue = "no_outline"       // a commune without an outline: points cannot be found in it
	NobodyLives     Issue = "no_households"    // a hamlet without a single household in the registry
)

// Finding is how often an issue was found.
type Finding struct {
	Issue  Issue
	Count  int
	Hidden bool      // the count may not be shown
	First  []Example // of households outside their commune those farthest away, else the first
}

// Example is one record with an issue.
type Example struct {
	ID     string // of the household or team; code of the area
	Area   string // code of the hamlet that it declares, or of the area above
	Metres int    // of a household outside its commune: how far, rounded up
}

// OfHouseholds reports whether the records with the issue are households.
func (i Issue) OfHouseholds() bool {
	return i == OutsideCommune || i == UnknownHamlet || i == NoAreaAtAll || i == NoHamlet
}

// maxExamples is how many records a finding names.
const maxExamples = 20

// Input is what is inspected.
type Input struct {
	Columns *columns.Columns
	Version int       // of the boundaries
	Day     data.Date // households that count, teams at work and areas valid on it
	Teams   []data.Team
	In      []bool // of each area of a household: whether it is in scope; nil: all are
}

// Inspect looks at all households, teams and areas in scope. That counts may have to be suppressed is for the caller.
func Inspect(ctx context.Context, input Input) ([]Finding, error) {
	b := input.Columns.History.Tree(input.Version)
	q := &inspection{columns: input.Columns, boundaries: b, day: uint16(input.Day), lived: make([]bool, len(b.Areas)),
		teams: input.Teams, in: input.In}
	if q.in != nil {
		q.leaves = input.Columns.AreasOf(input.Version)
	}
	q.placeHamlets()
	if err := q.households(ctx); err != nil {
		return nil, err
	}
	q.inspectTeams(input.Day)
	q.areas()
	var found []Finding
	for _, issue := range []Issue{OutsideCommune, UnknownHamlet, NoAreaAtAll, NoHamlet, NoParent,
		TeamServesNone, TeamSizeUnknown, NoOutline, NobodyLives} {
		if i := slices.IndexFunc(q.found, func(f Finding) bool { return f.Issue == issue }); i >= 0 {
			found = append(found, q.found[i])
		}
	}
	return found, nil
}

// inspection is one look at the registries.
type inspection struct {
	columns    *columns.Columns
	boundaries *boundary.Tree
	day        uint16
	locator    *geo.Locator
	hamlets    []int32 // of each code in the households' registry: the area, or boundary.NoArea
	communes   []int32 // of each area: the commune that it is in, or boundary.NoArea
	lived      []bool  // of each area
	teams      []data.Team
	in         []bool // of each leaf: whether it is in the viewer's scope; nil: all are
	leaves     *columns.AreaOf
	found      []Finding
}

// placeHamlets finds the areas that the households' codes mean, and their communes.
func (q *inspection) placeHamlets() {
	b := q.boundaries
	shapes := make([]orb.MultiPolygon, len(b.Areas))
	q.communes = b.Ancestors(data.Commune)
	for i := range b.Areas {
		if b.IsCommune(int32(i)) {
			shapes[i] = b.Areas[i].Geometry
		}
	}
	q.locator = geo.NewLocator(shapes)
	for _, code := range q.columns.Households.HamletCodes {
		a := b.Find(code)
		if code == "" || !b.IsHamlet(a) {
			a = boundary.NoArea
		}
		q.hamlets = append(q.hamlets, a)
	}
}

// households looks at all households, on all cores.
func (q *inspection) households(ctx context.Context) error {
	h := &q.columns.Households
	parts := make([]*inspection, (h.Len()+columns.BlockSize-1)/columns.BlockSize)
	var group errgroup.Group
	group.SetLimit(columns.Workers())
	for n := range parts {
		group.Go(func() error {
			part := *q
			part.found, part.lived = nil, make([]bool, 0)
			for i := n * columns.BlockSize; i < min((n+1)*columns.BlockSize, h.Len()); i++ {
				part.household(uint32(i))
			}
			parts[n] = &part
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range h.Len() {
		if q.counts(uint32(i)) {
			if a := q.hamlets[h.Hamlets[i]]; a != boundary.NoArea {
				q.lived[a] = true
			}
		}
	}
	for _, part := range parts {
		for _, f := range part.found {
			for _, e := range f.First {
				q.note(f.Issue, e)
			}
			q.of(f.Issue).Count += f.Count - len(f.First)
		}
	}
	return nil
}

// counts reports whether the household is in the registry on the day.
func (q *inspection) counts(i uint32) bool {
	h := &q.columns.Households
	return h.Registered[i] <= q.day && h.LastDays[i] >= q.day
}

func (q *inspection) household(i uint32) {
	if !q.counts(i) || q.in != nil && !q.in[q.leaves.OfHousehold[i]] {
		return
	}
	h := &q.columns.Households
	code := h.HamletCodes[h.Hamlets[i]]
	hamlet := q.hamlets[h.Hamlets[i]]
	example := func(metres int) Example { return Example{ID: string(h.IDBytes(i)), Area: code, Metres: metres} }
	if hamlet == boundary.NoArea {
		if code == "" {
			q.note(NoHamlet, example(0))
		} else {
			q.note(UnknownHamlet, example(0))
		}
		if q.locator.Locate(h.Point(i)).Area < 0 {
			q.note(NoAreaAtAll, example(0))
		}
		return
	}
	commune := q.communes[hamlet]
	if commune == boundary.NoArea || len(q.boundaries.Areas[commune].Geometry) == 0 ||
		q.locator.Locate(h.Point(i)).Area == int(commune) {
		return
	}
	if metres := q.locator.Distance(h.Point(i), int(commune)); metres > 0 { // not where communes overlap
		q.note(OutsideCommune, example(int(math.Ceil(metres))))
	}
}

func (q *inspection) inspectTeams(day data.Date) {
	for i := range q.teams {
		t := &q.teams[i]
		if t.FormedOn > day || t.DissolvedOn != data.NoDate && t.DissolvedOn <= day {
			continue
		}
		serves := slices.ContainsFunc(t.HamletsOn(day), func(code string) bool {
			return q.boundaries.Find(code) != boundary.NoArea
		})
		if !serves {
			q.note(TeamServesNone, Example{ID: t.ID, Area: t.CommuneCode})
		}
		if t.Members == data.Unknown {
			q.note(TeamSizeUnknown, Example{ID: t.ID, Area: t.CommuneCode})
		}
	}
}

func (q *inspection) areas() {
	lacksParent := q.lacksParent()
	for i := range q.boundaries.Areas {
		a := &q.boundaries.Areas[i]
		if q.in != nil && !q.in[i] {
			continue
		}
		if lacksParent(i) {
			q.note(NoParent, Example{ID: a.Code, Area: a.Parent})
		}
		switch {
		case a.Level == data.Commune && len(a.Geometry) == 0:
			q.note(NoOutline, Example{ID: a.Code, Area: a.Parent})
		case a.Level == data.Hamlet && !q.lived[i]:
			q.note(NobodyLives, Example{ID: a.Code, Area: a.Parent})
		}
	}
}

// lacksParent returns a function that reports whether an area is below none although it names a parent, which does not
// exist on the day or is not of a wider level, or although there are areas of a wider level: a register of communes
// alone, which name no parent, lacks nothing.
func (q *inspection) lacksParent() func(area int) bool {
	areas, widest := q.boundaries.Areas, len(data.Levels)
	for i := range areas {
		widest = min(widest, areas[i].Level.Rank())
	}
	return func(i int) bool {
		return q.boundaries.Parent(int32(i)) == boundary.NoArea &&
			(areas[i].Parent != "" || areas[i].Level.Rank() > widest)
	}
}

func (q *inspection) of(issue Issue) *Finding {
	for i := range q.found {
		if q.found[i].Issue == issue {
			return &q.found[i]
		}
	}
	q.found = append(q.found, Finding{Issue: issue})
	return &q.found[len(q.found)-1]
}

// note counts a record, and keeps it among the examples where it belongs there.
func (q *inspection) note(issue Issue, e Example) {
	f := q.of(issue)
	f.Count++
	if issue != OutsideCommune {
		if len(f.First) < maxExamples {
			f.First = append(f.First, e)
		}
		return
	}
	at, _ := slices.BinarySearchFunc(f.First, e, func(a, b Example) int {
		return cmp.Or(cmp.Compare(b.Metres, a.Metres), cmp.Compare(a.ID, b.ID))
	})
	if at < maxExamples {
		f.First = slices.Insert(f.First, at, e)
		f.First = f.First[:min(len(f.First), maxExamples)]
	}
}
