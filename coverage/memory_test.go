package coverage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"tungnha/data"
)

// memory is a Source that keeps its records in memory, as plainly as can be.
type memory struct {
	mu         sync.Mutex
	revision   int64
	areas      []data.Area
	teams      []data.Team
	households []data.Household
	visits     []data.Visit
	posts      int // calls of PostVisits
}

func (m *memory) Read(ctx context.Context, sink data.RecordHandler) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.SortStableFunc(m.areas, func(a, b data.Area) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(a.ValidFrom, b.ValidFrom))
	})
	slices.SortFunc(m.teams, func(a, b data.Team) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(m.households, func(a, b data.Household) int { return strings.Compare(a.ID, b.ID) })
	sortVisits(m.visits)
	for i := range m.areas {
		if err := sink.Area(&m.areas[i]); err != nil {
			return 0, err
		}
	}
	for i := range m.teams {
		if err := sink.Team(&m.teams[i]); err != nil {
			return 0, err
		}
	}
	for i := range m.households {
		if err := sink.Household(&m.households[i]); err != nil {
			return 0, err
		}
	}
	for i := range m.visits {
		if err := sink.Visit(&m.visits[i]); err != nil {
			return 0, err
		}
	}
	return m.revision, ctx.Err()
}

// sortVisits brings visits into the order of a RecordHandler.
func sortVisits(visits []data.Visit) {
	slices.SortFunc(visits, func(a, b data.Visit) int {
		return cmp.Or(strings.Compare(a.HouseholdID, b.HouseholdID), a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
}

func (m *memory) Revision(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision, nil
}

func (m *memory) PostVisits(_ context.Context, visits []data.Visit) (data.Posted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.posts++
	posted := data.Posted{Histories: make(map[string][]data.Visit)}
	known := make(map[string]bool)
	for i := range m.visits {
		known[m.visits[i].ID] = true
	}
	for _, v := range visits {
		change := data.Created
		if known[v.ID] {
			change = data.Unchanged
		} else {
			m.visits = append(m.visits, v)
			known[v.ID] = true
			posted.Histories[v.HouseholdID] = nil
		}
		posted.Results = append(posted.Results, data.PutResult{Change: change})
	}
	if len(posted.Histories) > 0 {
		m.revision++
	}
	for _, v := range m.visits {
		if _, ok := posted.Histories[v.HouseholdID]; ok {
			posted.Histories[v.HouseholdID] = append(posted.Histories[v.HouseholdID], v)
		}
	}
	for id := range posted.Histories {
		sortVisits(posted.Histories[id])
	}
	posted.Revision = m.revision
	return posted, nil
}
