package coverage

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/data"
)

// scope is the part of a registry that viewers with a scope see.
type scope struct {
	codes []string                  // sorted
	trees func() []*boundary.Scoped // of each version of the boundaries
	key   string                    // in the cache
	cache *scopes
	bytes atomic.Uint64 // of what is made as the scope is used, about

	inOnce      sync.Once
	in          map[string]bool // codes of all areas in scope in any version
	scopedTeams struct {
		once sync.Once
		scopedTeams
	}
	counted atomic.Pointer[scopeTotals]
}

// scopedTeams is the teams of a scope.
type scopedTeams struct {
	list   []data.Team
	teamOf []int32 // of each team of the registry: its index in list, or -1
}

// scopeTotals is how much a state of the index has in a scope.
type scopeTotals struct {
	of *columns.ID
	Totals
	bound orb.Bound // of the areas on any boundaries, and of the households on one
}

// scopeOf returns what a viewer with a scope sees of the registry.
func (ix *Index) scopeOf(viewer Viewer) *scope {
	codes := viewer.codes()
	key := strings.Join(codes, "\x00")
	if s, ok := ix.derived.scopes.Peek(key); ok {
		return s
	}
	history := ix.columns.History
	s := &scope{codes: codes, key: key, cache: ix.derived.scopes}
	s.trees = sync.OnceValue(func() []*boundary.Scoped {
		trees, bytes := history.Scoped(codes), 0
		for _, t := range trees {
			bytes += t.Bytes()
		}
		s.grow(bytes)
		return trees
	})
	return ix.derived.scopes.PeekOrPut(key, s)
}

// tree returns version n of the boundaries cut down to the scope.
func (s *scope) tree(n int) *boundary.Scoped { return s.trees()[n] }

// grow counts what was added to the scope, which is made as it is used.
func (s *scope) grow(bytes int) {
	s.bytes.Add(uint64(bytes))
	s.cache.Reweigh(s.key, func(cached *scope) bool { return cached == s })
}

// within reports whether the code is that of an area in scope, on any boundaries.
func (s *scope) within(r *columns.Registry, code string) bool {
	s.inOnce.Do(func() {
		s.in = make(map[string]bool)
		for n := range s.trees() {
			whole := r.History.Tree(n)
			for a, in := range s.tree(n).In {
				if in { // not of no area, which is in no scope
					s.in[whole.Areas[a].Code] = true
				}
			}
		}
		s.grow(48 * len(s.in))
	})
	return s.in[code]
}

// teams returns the teams that belong to an area of the scope or served one, without what
// they did elsewhere.
func (s *scope) teams(r *columns.Registry) *scopedTeams {
	s.scopedTeams.once.Do(func() {
		s.scopedTeams.teamOf = make([]int32, len(r.Teams))
		for i := range r.Teams {
			s.scopedTeams.teamOf[i] = -1
			team := r.Teams[i]
			own := func(codes []string) []string {
				return slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
					return !s.within(r, strings.TrimSpace(code))
				})
			}
			serves := false
			for _, a := range team.Assignments() {
				serves = serves || len(own(a.HamletCodes)) > 0
			}
			home := s.within(r, team.CommuneCode)
			if !home && !serves {
				continue
			}
			if !home {
				team.CommuneCode = ""
			}
			team.HamletCodes, team.History = own(team.HamletCodes), slices.Clone(team.History)
			for k := range team.History {
				team.History[k].HamletCodes = own(team.History[k].HamletCodes)
			}
			s.scopedTeams.teamOf[i] = int32(len(s.scopedTeams.list))
			s.scopedTeams.list = append(s.scopedTeams.list, team)
		}
		s.grow(4*len(s.scopedTeams.teamOf) + cap(s.scopedTeams.list)*int(unsafe.Sizeof(data.Team{})))
	})
	return &s.scopedTeams.scopedTeams
}

// cutDown leaves of a result, whose rows are in scope already, what names areas and teams of
// the whole registry by those of the scope.
func (s *scope) cutDown(r *columns.Registry, n int, result *Result) {
	t := s.tree(n)
	result.Boundaries = t.Tree
	result.Total.Area = t.Place(result.Total.Area)
	switch result.Query.By {
	case ByArea:
		for i := range result.Rows {
			result.Rows[i].Area = t.Place(result.Rows[i].Area)
		}
	case ByCell:
		for i := range result.provinces {
			result.provinces[i] = t.Place(result.provinces[i])
		}
	case ByTeam:
		teams := s.teams(r)
		result.Teams = teams.list
		for i := range result.Rows {
			result.Rows[i].Team = teams.teamOf[result.Rows[i].Team]
		}
	}
}

// totals returns how much data the scope has on the boundaries of today.
func (s *scope) totals(ix *Index) *scopeTotals {
	t := s.counted.Load()
	if t == nil || t.of != ix.columns.ID {
		t = s.count(ix, ix.columns.History.VersionOn(ix.today()))
		s.counted.Store(t)
	}
	return t
}

// count counts the households of the scope on the boundaries of version n, and their visits.
func (s *scope) count(ix *Index, n int) *scopeTotals {
	t := &scopeTotals{of: ix.columns.ID, bound: s.areaBound(ix.columns.Registry)}
	in, leaves, h := s.tree(n).In, ix.columns.AreasOf(n), &ix.columns.Households
	around := columns.Box{MinLon: math.MaxInt32, MinLat: math.MaxInt32, MaxLon: math.MinInt32, MaxLat: math.MinInt32}
	for k, b := range ix.columns.Blocks {
		if !slices.ContainsFunc(leaves.OfBlock[k], func(leaf uint32) bool { return in[leaf] }) {
			continue
		}
		for i := range len(b.Starts) - 1 {
			at := k*columns.BlockSize + i
			if !in[leaves.OfHousehold[at]] {
				continue
			}
			t.Households++
			around.MinLon, around.MaxLon = min(around.MinLon, h.Lon[at]), max(around.MaxLon, h.Lon[at])
			around.MinLat, around.MaxLat = min(around.MinLat, h.Lat[at]), max(around.MaxLat, h.Lat[at])
			if from, to := b.Starts[i], b.Starts[i+1]; from < to {
				t.Visits += int(to - from)
				if first := data.Date(b.Days[from]); t.First == data.NoDate || first < t.First {
					t.First = first
				}
				t.Last = max(t.Last, data.Date(b.Days[to-1]))
			}
		}
	}
	if t.Households > 0 {
		t.bound = columns.JoinBounds(t.bound, around.Rounded())
	}
	return t
}

// areaBound returns the box around the areas of the scope, on any boundaries.
func (s *scope) areaBound(r *columns.Registry) orb.Bound {
	bound := columns.EmptyBound
	for n := range s.trees() {
		whole := r.History.Tree(n)
		for a, in := range s.tree(n).In {
			if in && a < len(whole.Areas) && len(whole.Areas[a].Geometry) > 0 {
				bound = columns.JoinBounds(bound, whole.Areas[a].Geometry.Bound())
			}
		}
	}
	return bound
}
