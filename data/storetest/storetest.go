// Package storetest is one suite of behaviours that every store of the programme's records
// passes.
package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/internal/problem"
)

// Store is what a store must do.
type Store interface {
	Begin(ctx context.Context) (data.Tx, error)
	Read(ctx context.Context, handler data.RecordHandler) (revision int64, err error)
	Revision(ctx context.Context) (int64, error)
	PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error)
	WriteQueued(ctx context.Context) (data.Posted, error)
	Meta(ctx context.Context) (map[string]string, error)
	Revert(ctx context.Context, selection data.Selection, dryRun bool) (data.Reverted, error)
	Secret() data.Secret
	SetSecret(ctx context.Context, secret data.Secret) error
	Close() error
}

// Run runs the suite. open returns a new, empty store, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, behaviour := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"an empty store reads as empty", emptyStore},
		{"what is put is read back", roundTrip},
		{"every field of every record is kept", everyField},
		{"records without optional fields", absentFields},
		{"names in any script", unicodeText},
		{"points at the ends of the globe", extremePoints},
		{"the same again changes nothing", sameAgain},
		{"the same again in one transaction changes nothing", sameAgainAtOnce},
		{"changed areas update", updateAreas},
		{"changed households update", updateHouseholds},
		{"a hamlet goes to another commune", movedHamlet},
		{"changed teams update", updateTeams},
		{"changed visits update", updateVisits},
		{"households of some fields change those", someHouseholdFields},
		{"teams of some fields change those", someTeamFields},
		{"visits of some fields change those", someVisitFields},
		{"a team's history is kept", teamHistory},
		{"a team's history given day by day", teamHistoryByRows},
		{"a day of a team's history given twice", teamHistoryTwice},
		{"a code used again is another area", codeUsedAgain},
		{"given twice with other values", givenTwice},
		{"records that name what is not there", unknownReferences},
		{"records that cannot be", impossibleRecords},
		{"a code that lost its zeros", lostZeros},
		{"a visit before its household was registered", earlyVisit},
		{"an area under an unknown parent", unknownParent},
		{"a transaction sees its own areas", readOwnAreas},
		{"rolled back leaves nothing", rolledBack},
		{"commit and rollback end a transaction", endedTransaction},
		{"revisions count what changed something", revisions},
		{"records are read in order", readingOrder},
		{"visits follow the order of the households", visitOrder},
		{"reading sees one state", consistentSnapshot},
		{"reading stops at an error", readingStops},
		{"a cancelled context ends the work", cancelled},
		{"posted visits are there", postVisits},
		{"a posted visit sent again", postAgain},
		{"posted visits that are rejected", postRejected},
		{"histories of the posted households", postHistories},
		{"posting from many at once", postConcurrently},
		{"posting waits for a short import", postDuringImport},
		{"posts are queued while an import takes long", postQueued},
		{"queued posts are written after an import that failed", postQueuedRolledBack},
		{"visits have their origin", origins},
		{"visits are withdrawn and brought back", reverts},
		{"visits that cannot be recorded are set aside", asides},
		{"and during an import they are queued", asidesQueued},
		{"and are sent again later", asidesLater},
		{"and many have one id", manyOfOneID},
		{"large batches", largeBatches},
		{"the secret is kept out of the meta", keptSecret},
		{"random writes match a plain model", matchesModel},
	} {
		t.Run(behaviour.name, func(t *testing.T) {
			store := open(t)
			defer func() {
				if err := store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
			behaviour.test(t, store)
		})
	}
}

// records is everything in a store.
type records struct {
	Areas      []data.Area
	Teams      []data.Team
	Households []data.Household
	Visits     []data.Visit
}

// programme is a small whole: a province, two communes, three hamlets, two teams, three
// households, four visits.
func programme() records {
	return records{
		Areas: []data.Area{
			area("48", data.Province, ""), area("20194", data.Commune, "48"), area("20195", data.Commune, "48"),
			area("0101", data.Hamlet, "20194"), area("0102", data.Hamlet, "20194"), area("0201", data.Hamlet, "20195"),
		},
		Teams: []data.Team{
			{ID: "T1", Name: "Tổ 1", CommuneCode: "20194", HamletCodes: []string{"0101", "0102"}, Members: 7,
				FormedOn: day("2024-06-01")},
			{ID: "T2", Name: "Tổ 2", CommuneCode: "20195", HamletCodes: []string{"0201"}, Members: 6,
				FormedOn: day("2024-06-01")},
		},
		Households: []data.Household{
			{ID: "H1", Point: orb.Point{108.2, 16.05}, HamletCode: "0101", RegisteredOn: day("2024-01-01")},
			{ID: "H2", Point: orb.Point{108.21, 16.06}, HamletCode: "0102", RegisteredOn: day("2024-01-01")},
			{ID: "H3", Point: orb.Point{108.22, 16.07}, RegisteredOn: day("2024-01-01")},
		},
		Visits: []data.Visit{
			visit("V1", "H1", "T1", "2025-03-01T08:00:00+07:00", data.Absent, 0, 0),
			visit("V2", "H1", "T1", "2025-03-02T08:00:00+07:00", data.Completed, 0b10111, 0b00101),
			visit("V3", "H2", "T1", "2025-03-01T09:30:15+07:00", data.Refused, 0, 0),
			visit("V4", "H3", "T2", "2025-04-01T10:00:00+07:00", data.Partial, 0b1, 0),
		},
	}
}

func area(code string, level data.Level, parent string) data.Area {
	return data.Area{Code: code, Name: "Area " + code, Level: level, Parent: parent,
		ValidFrom: day("2025-07-01"), DeclaredHouseholds: data.Unknown, Population: data.Unknown}
}

func visit(id, household, team, at string, outcome data.Outcome, assessed, shown data.SkillSet) data.Visit {
	moment, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return data.Visit{ID: id, HouseholdID: household, TeamID: team, At: moment, Outcome: outcome, Assessed: assessed,
		Shown: shown}
}

func day(s string) data.Date {
	d, err := data.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func square(x, y, side float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}}
}

// results are what the puts of one transaction did.
type results struct{ areas, teams, households, visits []data.PutResult }

// put writes r in one transaction.
func put(t *testing.T, store Store, r records) results {
	t.Helper()
	tx := begin(t, store)
	e := putInto(t, tx, r)
	commit(t, tx)
	return e
}

func putInto(t *testing.T, tx data.Tx, r records) (e results) {
	t.Helper()
	ctx := t.Context()
	var err error
	if e.areas, err = tx.PutAreas(ctx, r.Areas); err != nil {
		t.Fatalf("put areas: %v", err)
	}
	if e.teams, err = tx.PutTeams(ctx, r.Teams); err != nil {
		t.Fatalf("put teams: %v", err)
	}
	if e.households, err = tx.PutHouseholds(ctx, r.Households); err != nil {
		t.Fatalf("put households: %v", err)
	}
	if e.visits, err = tx.PutVisits(ctx, r.Visits); err != nil {
		t.Fatalf("put visits: %v", err)
	}
	for _, n := range [][2]int{{len(e.areas), len(r.Areas)}, {len(e.teams), len(r.Teams)},
		{len(e.households), len(r.Households)}, {len(e.visits), len(r.Visits)}} {
		if n[0] != n[1] {
			t.Fatalf("got %d results, want %d: one a record", n[0], n[1])
		}
	}
	return e
}

func begin(t *testing.T, store Store) data.Tx {
	t.Helper()
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

func commit(t *testing.T, tx data.Tx) {
	t.Helper()
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

func post(t *testing.T, store Store, visits ...data.Visit) data.Posted {
	t.Helper()
	posted, err := store.PostVisits(t.Context(), visits)
	if err != nil {
		t.Fatalf("post visits: %v", err)
	}
	if len(posted.Results) != len(visits) {
		t.Fatalf("got %d results, want %d: one a visit", len(posted.Results), len(visits))
	}
	return posted
}

// read copies everything out of the store.
func read(t *testing.T, store Store) (records, int64) {
	t.Helper()
	var r records
	revision, err := store.Read(t.Context(), r.handler())
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return r, revision
}

func (r *records) handler() data.RecordHandler {
	return data.RecordHandler{
		Area:      func(a *data.Area) error { r.Areas = append(r.Areas, *a); return nil },
		Team:      func(m *data.Team) error { r.Teams = append(r.Teams, *m); return nil },
		Household: func(h *data.Household) error { r.Households = append(r.Households, *h); return nil },
		Visit:     func(v *data.Visit) error { r.Visits = append(r.Visits, *v); return nil },
	}
}

func revision(t *testing.T, store Store) int64 {
	t.Helper()
	n, err := store.Revision(t.Context())
	if err != nil {
		t.Fatalf("revision: %v", err)
	}
	return n
}

// sorted puts records into the order in which any store's can be compared: a store chooses
// the order of households itself.
func sorted(r records) records {
	r.Areas = slices.SortedFunc(slices.Values(r.Areas), compareAreas)
	r.Teams = slices.SortedFunc(slices.Values(r.Teams), func(a, b data.Team) int { return compare(a.ID, b.ID) })
	r.Households = slices.SortedFunc(slices.Values(r.Households),
		func(a, b data.Household) int { return compare(a.ID, b.ID) })
	r.Visits = slices.SortedFunc(slices.Values(r.Visits), func(a, b data.Visit) int { return compare(a.ID, b.ID) })
	for i := range r.Visits {
		r.Visits[i].At, r.Visits[i].Origin = time.Unix(r.Visits[i].At.Unix(), 0).UTC(), data.Origin{}
	}
	return r
}

func compareAreas(a, b data.Area) int {
	if c := compare(a.Code, b.Code); c != 0 {
		return c
	}
	return int(a.ValidFrom) - int(b.ValidFrom)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// wantRecords fails where the store does not contain exactly want.
func wantRecords(t *testing.T, store Store, want records) {
	t.Helper()
	got, _ := read(t, store)
	got, want = sorted(got), sorted(want)
	for _, kind := range []struct {
		name      string
		got, want any
	}{
		{"areas", got.Areas, want.Areas}, {"teams", got.Teams, want.Teams},
		{"households", got.Households, want.Households}, {"visits", got.Visits, want.Visits},
	} {
		g, w := reflect.ValueOf(kind.got), reflect.ValueOf(kind.want)
		if g.Len() != w.Len() {
			t.Errorf("%d %s, want %d", g.Len(), kind.name, w.Len())
			continue
		}
		for i := range g.Len() {
			if !reflect.DeepEqual(g.Index(i).Interface(), w.Index(i).Interface()) {
				t.Errorf("%s:\n got %+v\nwant %+v", kind.name, g.Index(i), w.Index(i))
			}
		}
	}
}

// wantResult fails where the result is not of the change, or changed other fields.
func wantResult(t *testing.T, what string, got data.PutResult, change data.Change, fields ...string) {
	t.Helper()
	if got.Change != change || !slices.Equal(got.Fields, fields) {
		t.Errorf("%s: got %s, want %s %v", what, describe(got), changeName(change), fields)
	}
}

// wantResults fails where any result is not of the change.
func wantResults(t *testing.T, what string, got []data.PutResult, change data.Change) {
	t.Helper()
	for i, e := range got {
		wantResult(t, fmt.Sprintf("%s %d", what, i), e, change)
	}
}

// wantAll is wantResults for everything put.
func wantAll(t *testing.T, got results, change data.Change) {
	t.Helper()
	wantResults(t, "area", got.areas, change)
	wantResults(t, "team", got.teams, change)
	wantResults(t, "household", got.households, change)
	wantResults(t, "visit", got.visits, change)
}

// wantRejected fails where the result is not a rejection for the field, with a reason.
func wantRejected(t *testing.T, what string, got data.PutResult, field string) {
	t.Helper()
	if got.Change != data.Rejected || got.Problem == nil || got.Problem.Field != field ||
		got.Problem.Reason(problem.English) == "" {
		t.Errorf("%s: got %s, want a rejection of %s", what, describe(got), field)
	}
}

func describe(e data.PutResult) string {
	s := fmt.Sprintf("%s %v", changeName(e.Change), e.Fields)
	if e.Problem != nil {
		s += fmt.Sprintf(" (%s)", e.Problem)
	}
	return s
}

func changeName(c data.Change) string {
	return [...]string{"unchanged", "created", "updated", "rejected", "set aside"}[c]
}
