package ingest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"tungnha/data"
	"tungnha/internal/problem"
)

// memory is a store for the tests here: plain maps, with the checks that the real stores
// make, and a transaction that works on a copy.
type memory struct {
	areas      map[areaKey]data.Area
	households map[string]data.Household
	teams      map[string]data.Team
	visits     map[string]data.Visit
	fail       error // what every Put answers, where set
}

type areaKey struct {
	code string
	from data.Date
}

func newMemory() *memory {
	return &memory{
		areas: map[areaKey]data.Area{}, households: map[string]data.Household{},
		teams: map[string]data.Team{}, visits: map[string]data.Visit{},
	}
}

func (m *memory) Begin(context.Context) (data.Tx, error) {
	return &memoryTx{store: m, given: map[any]bool{}, memory: memory{
		areas: maps.Clone(m.areas), households: maps.Clone(m.households),
		teams: maps.Clone(m.teams), visits: maps.Clone(m.visits), fail: m.fail,
	}}, nil
}

type memoryTx struct {
	memory
	store *memory
	given map[any]bool // keys put in this transaction
	done  bool
}

// put writes one record under its key and returns what changed.
func put[K comparable, V any](tx *memoryTx, table map[K]V, key K, v V, idField string,
	equal func(a, b V) []string) data.PutResult {
	type given struct {
		field string
		key   K
	}
	again := tx.given[given{idField, key}]
	tx.given[given{idField, key}] = true
	old, ok := table[key]
	if !ok {
		table[key] = v
		return data.PutResult{Change: data.Created}
	}
	fields := equal(old, v)
	if len(fields) == 0 {
		return data.PutResult{Change: data.Unchanged}
	}
	if again {
		return data.RejectTwice(idField)
	}
	table[key] = v
	return data.PutResult{Change: data.Updated, Fields: fields}
}

// differing names the struct fields in which two records differ.
func differing[V any](a, b V) (fields []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			fields = append(fields, x.Type().Field(i).Name)
		}
	}
	return fields
}

// there returns the record of a key, nil where there is none.
func there[V any](table map[string]V, key string) *V {
	if v, ok := table[key]; ok {
		return &v
	}
	return nil
}

func unknown(field, what, code string) data.PutResult {
	return data.Reject(problem.Unknown(field, what, code))
}

func (tx *memoryTx) hasArea(code string, level data.Level) bool {
	for _, a := range tx.areas {
		if a.Code == code && a.Level == level {
			return true
		}
	}
	return false
}

func (tx *memoryTx) PutAreas(_ context.Context, areas []data.Area) (results []data.PutResult, err error) {
	for _, a := range areas {
		results = append(results, put(tx, tx.areas, areaKey{a.Code, a.ValidFrom}, a, "code", differing))
	}
	for i, a := range areas {
		if a.Parent != "" && results[i].Problem == nil && !tx.knowsArea(a.Parent) {
			results[i].Problem = problem.Unknown("parent", "area", a.Parent)
		}
	}
	return results, tx.fail
}

func (tx *memoryTx) knowsArea(code string) bool {
	return tx.hasArea(code, data.Province) || tx.hasArea(code, data.District) || tx.hasArea(code, data.Commune) ||
		tx.hasArea(code, data.Hamlet)
}

func (tx *memoryTx) PutHouseholds(_ context.Context, households []data.Household) (results []data.PutResult,
	err error) {
	for _, h := range households {
		if h.HamletCode != "" && !tx.hasArea(h.HamletCode, data.Hamlet) {
			results = append(results, unknown("hamlet_code", "hamlet", h.HamletCode))
			continue
		}
		if result := h.Complete(there(tx.households, h.ID)); result.Change == data.Rejected {
			results = append(results, result)
			continue
		}
		results = append(results, put(tx, tx.households, h.ID, h, "household_id", differing))
	}
	return results, tx.fail
}

func (tx *memoryTx) PutTeams(_ context.Context, teams []data.Team) (results []data.PutResult, err error) {
next:
	for _, t := range teams {
		for _, a := range t.Assignments() {
			for _, code := range a.HamletCodes {
				if !tx.hasArea(code, data.Hamlet) {
					results = append(results, unknown("hamlet_codes", "hamlet", code))
					continue next
				}
			}
		}
		old, dated := there(tx.teams, t.ID), t.History != nil
		if dated || t.Given != 0 { // of some days, or of some fields: the others remain beside it
			now, result := new(data.TeamHistoryMerge).Merge(old, &t)
			if result.Change == data.Rejected {
				results = append(results, result)
				continue
			}
			if t.Given = 0; dated || old != nil {
				t = now
			}
		}
		if dated {
			tx.teams[t.ID] = t
			results = append(results, data.PutResult{Change: data.Created})
			continue
		}
		results = append(results, put(tx, tx.teams, t.ID, t, "team_id", differing))
	}
	return results, tx.fail
}

func (tx *memoryTx) PutVisits(_ context.Context, visits []data.Visit) (results []data.PutResult, err error) {
	for _, v := range visits {
		if result := v.Complete(there(tx.visits, v.ID)); result.Change == data.Rejected {
			results = append(results, result)
			continue
		}
		if _, ok := tx.households[v.HouseholdID]; !ok {
			results = append(results, unknown("household_id", "household", v.HouseholdID))
			continue
		}
		if _, ok := tx.teams[v.TeamID]; !ok {
			results = append(results, unknown("team_id", "team", v.TeamID))
			continue
		}
		results = append(results, put(tx, tx.visits, v.ID, v, "visit_id", differing))
	}
	return results, tx.fail
}

func (tx *memoryTx) PutBatches(context.Context, []data.Batch) error { return nil }

func (tx *memoryTx) PutAside(context.Context, []data.Aside) error { return nil }

func (tx *memoryTx) ReadAreas(_ context.Context, yield func(*data.Area) error) error {
	keys := slices.SortedFunc(maps.Keys(tx.areas), func(a, b areaKey) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.from, b.from))
	})
	for _, key := range keys {
		a := tx.areas[key]
		if err := yield(&a); err != nil {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) Commit(context.Context) error {
	if tx.done {
		return errors.New("the transaction is over")
	}
	tx.done = true
	*tx.store = tx.memory
	return nil
}

func (tx *memoryTx) Rollback() error {
	tx.done = true
	return nil
}
