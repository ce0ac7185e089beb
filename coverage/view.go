package coverage

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/problem"
)

// Viewer is who requests data: what of it they may see. It is made once for each request.
type Viewer struct {
	Scope       []string // codes of the areas in scope; empty: all
	Households  bool     // sees household points and rows
	SmallCounts bool     // sees exact counts, also those below 10, in any window; who does not is the public
}

// Operator is the viewer who runs the program: nothing is suppressed.
var Operator = Viewer{Households: true, SmallCounts: true}

// Key is equal for viewers who may see the same, and only for them: the scope is sorted, each
// code once. Whatever caches, tags or remembers an answer uses it as the viewer's part of its key.
func (v Viewer) Key() string {
	switches := strconv.FormatBool(v.Households) + " " + strconv.FormatBool(v.SmallCounts)
	if len(v.Scope) == 0 {
		return switches
	}
	return switches + "\x00" + strings.Join(v.codes(), "\x00")
}

// codes returns the scope sorted, each code once.
func (v Viewer) codes() []string { return slices.Compact(slices.Sorted(slices.Values(v.Scope))) }

// View is one state of the data as one viewer may see it. All data leave the index through a
// view, so that the viewer cannot be forgotten. Any number of goroutines may share it.
type View struct {
	index  *Index
	viewer Viewer
	key    string
	scope  *scope // nil: everything
}

// For returns the index as the viewer may see it: the public a released state of it, without households.
func (ix *Index) For(viewer Viewer) *View {
	if !viewer.SmallCounts {
		ix, viewer.Households = ix.Released(), false
	}
	v := &View{index: ix, viewer: viewer, key: viewer.Key()}
	if len(viewer.Scope) > 0 {
		v.scope = ix.scopeOf(viewer)
	}
	return v
}

// Viewer returns whose view it is.
func (v *View) Viewer() Viewer { return v.viewer }

// Key is the key of the viewer.
func (v *View) Key() string { return v.key }

// Version names the state of the data, see Index.Version.
func (v *View) Version() string { return v.index.version }

// Revision is the revision of the source up to which the data are complete.
func (v *View) Revision() int64 { return v.index.columns.Revision }

// Config returns the skills and thresholds that the index was built with.
func (v *View) Config() *rules.Config { return v.index.config }

// WithSmallCounts returns the view of somebody in the same scope who sees small counts too:
// for what shows no count of its rows, such as which cells have households.
func (v *View) WithSmallCounts() *View {
	if v.viewer.SmallCounts {
		return v
	}
	viewer := v.viewer
	viewer.SmallCounts = true
	return v.index.For(viewer)
}

// BoundariesOn returns the tree of areas valid on the day; NoDate is today. Where the viewer
// has a scope, it has the areas of the scope and, by name and code, those above them. The public gets the tree of the
// release day, whatever the day: see BoundariesDay.
func (v *View) BoundariesOn(day data.Date) *boundary.Tree {
	if r := v.Release(); r != nil {
		day = r.Day // others are not published
	}
	if day == data.NoDate {
		day = v.index.today()
	}
	return v.treeOf(v.index.columns.History.VersionOn(day))
}

// treeOf returns the tree of version n as the viewer sees it.
func (v *View) treeOf(n int) *boundary.Tree {
	if v.scope != nil {
		return v.scope.tree(n).Tree
	}
	return v.index.columns.History.Tree(n)
}

// MaxVersions is how many versions of the boundaries are listed: more than ten years of changes on every day.
const MaxVersions = 4_000

// Versions returns the versions that have areas, the oldest first; of the public that of the release day. Of a history
// of more than MaxVersions the error is a *problem.Problem.
func (v *View) Versions(ctx context.Context) ([]boundary.Version, error) {
	if v.Release() != nil {
		t := v.BoundariesOn(data.NoDate)
		return []boundary.Version{{From: t.From, To: t.To, Areas: t.Counts()}}, nil
	}
	history := v.index.columns.History
	if n := history.Versions(); n > MaxVersions {
		return nil, problem.TooManyVersions(n, MaxVersions)
	}
	whole, err := history.List(ctx)
	if err != nil || v.scope == nil {
		return whole, err
	}
	var versions []boundary.Version
	for i := range whole {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := v.treeOf(history.VersionOn(max(whole[i].From, 1)))
		if n := len(versions); len(t.Areas) > 0 && (n == 0 || versions[n-1].From != t.From) { // several may be one
			versions = append(versions, boundary.Version{From: t.From, To: t.To, Areas: t.Counts()})
		}
	}
	return versions, nil
}

// InScope reports whether the area, an index into the areas of a tree of the view, is in the
// viewer's scope and not only an ancestor of it.
func (v *View) InScope(b *boundary.Tree, area int32) bool {
	if v.scope == nil {
		return true
	}
	for ; area != boundary.NoArea; area = b.Parent(area) {
		if _, ok := slices.BinarySearch(v.scope.codes, b.Areas[area].Code); ok {
			return true
		}
	}
	return false
}

// Teams returns the teams in scope, by id. The slice must not be changed.
func (v *View) Teams() []data.Team {
	if v.scope != nil {
		return v.scope.teams(v.index.columns.Registry).list
	}
	return v.index.columns.Teams
}

// Totals is how much data a view has.
type Totals struct {
	Households  int       // in the registry, also those that no longer count
	Visits      int       // reports as they came, before those of one day are merged
	First, Last data.Date // days of the first and the last visit; NoDate where there is none
}

// Totals returns how many households and visits are in scope on the boundaries of today. To the public numbers are
// rounded, small ones 0, and days the first of their months.
func (v *View) Totals() Totals {
	ix := v.index
	t := Totals{Households: ix.columns.Households.Len(), Visits: ix.columns.Visits, First: ix.columns.First,
		Last: ix.columns.Last}
	if v.scope != nil {
		t = v.scope.totals(ix).Totals
	}
	if v.Release() != nil {
		ix.roundTotals(v.viewer, &t)
	}
	return t
}

// Span returns the first and the last day with a visit; NoDate where there is none.
func (v *View) Span() (first, last data.Date) {
	t := v.Totals()
	return t.First, t.Last
}

// Bound returns a box that contains all areas and households in scope, rounded so that it
// points at no single house. Where there are none it is empty.
func (v *View) Bound() orb.Bound {
	if v.scope != nil {
		return v.scope.totals(v.index).bound
	}
	return v.index.columns.Bound
}
