package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// memory is a store for the tests here: plain maps, with the checks that the real stores
// make, and a transaction that works on a copy.
type memory struct {
	areas      map[areaKey]Area
	households map[string]Household
	teams      map[string]Team
	visits     map[string]Visit
	fail       error // what every Put answers, where set
}

type areaKey struct {
	code string
	from Date
}

func newMemory() *memory {
	return &memory{
		areas: map[areaKey]Area{}, households: map[string]Household{},
		teams: map[string]Team{}, visits: map[string]Visit{},
	}
}

func (m *memory) Begin(context.Context) (Tx, error) {
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

// put writes one record under its key and says what changed.
func put[K comparable, V any](tx *memoryTx, table map[K]V, key K, v V, idField string, equal func(a, b V) []string) Effect {
	type given struct {
		field string
		key   K
	}
	again := tx.given[given{idField, key}]
	tx.given[given{idField, key}] = true
	old, ok := table[key]
	if !ok {
		table[key] = v
		return Effect{Change: Created}
	}
	fields := equal(old, v)
	if len(fields) == 0 {
		return Effect{Change: Unchanged}
	}
	if again {
		return Effect{Change: Rejected, Problem: &Problem{idField, "given twice in this import, first with other values"}}
	}
	table[key] = v
	return Effect{Change: Updated, Fields: fields}
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

func unknown(field, what, code string) Effect {
	return Effect{Change: Rejected, Problem: &Problem{field, fmt.Sprintf("unknown %s %s", what, code)}}
}

func (tx *memoryTx) hasArea(code string, level Level) bool {
	for _, a := range tx.areas {
		if a.Code == code && a.Level == level {
			return true
		}
	}
	return false
}

func (tx *memoryTx) PutAreas(_ context.Context, areas []Area) (effects []Effect, err error) {
	for _, a := range areas {
		effects = append(effects, put(tx, tx.areas, areaKey{a.Code, a.ValidFrom}, a, "code", differing))
	}
	for i, a := range areas {
		if a.Parent != "" && effects[i].Problem == nil && !tx.knowsArea(a.Parent) {
			effects[i].Problem = Wrong("parent", "unknown area %s", a.Parent)
		}
	}
	return effects, tx.fail
}

func (tx *memoryTx) knowsArea(code string) bool {
	return tx.hasArea(code, Province) || tx.hasArea(code, District) || tx.hasArea(code, Commune) || tx.hasArea(code, Hamlet)
}

func (tx *memoryTx) PutHouseholds(_ context.Context, households []Household) (effects []Effect, err error) {
	for _, h := range households {
		if h.HamletCode != "" && !tx.hasArea(h.HamletCode, Hamlet) {
			effects = append(effects, unknown("hamlet_code", "hamlet", h.HamletCode))
			continue
		}
		effects = append(effects, put(tx, tx.households, h.ID, h, "household_id", differing))
	}
	return effects, tx.fail
}

func (tx *memoryTx) PutTeams(_ context.Context, teams []Team) (effects []Effect, err error) {
next:
	for _, t := range teams {
		for _, a := range t.Assignments() {
			for _, code := range a.HamletCodes {
				if !tx.hasArea(code, Hamlet) {
					effects = append(effects, unknown("hamlet_codes", "hamlet", code))
					continue next
				}
			}
		}
		if t.History != nil { // tells of some days: those given before stand beside it
			old := tx.teams[t.ID]
			t.setAssignments(assign(old.Assignments(), &t))
			tx.teams[t.ID] = t
			effects = append(effects, Effect{Change: Created})
			continue
		}
		effects = append(effects, put(tx, tx.teams, t.ID, t, "team_id", differing))
	}
	return effects, tx.fail
}

func (tx *memoryTx) PutVisits(_ context.Context, visits []Visit) (effects []Effect, err error) {
	for _, v := range visits {
		if _, ok := tx.households[v.HouseholdID]; !ok {
			effects = append(effects, unknown("household_id", "household", v.HouseholdID))
			continue
		}
		if _, ok := tx.teams[v.TeamID]; !ok {
			effects = append(effects, unknown("team_id", "team", v.TeamID))
			continue
		}
		effects = append(effects, put(tx, tx.visits, v.ID, v, "visit_id", differing))
	}
	return effects, tx.fail
}

func (tx *memoryTx) ReadAreas(_ context.Context, yield func(*Area) error) error {
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
