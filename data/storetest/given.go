package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
)

// fieldSet is the set of the fields of the names.
func fieldSet[R any](fields []data.Field[R], names ...string) (set data.FieldSet) {
	for _, name := range names {
		at := slices.IndexFunc(fields, func(f data.Field[R]) bool { return f.Name == name })
		if at < 0 {
			panic("no field " + name)
		}
		set |= 1 << at
	}
	return set
}

// wantNeeds fails where the result is not a rejection of an unknown key that names the columns of a new record.
func wantNeeds(t *testing.T, what string, got data.PutResult, key string, columns ...string) {
	t.Helper()
	wantRejected(t, what, got, key)
	for _, column := range columns {
		if got.Problem != nil && !strings.Contains(got.Problem.Error(), column) {
			t.Errorf("%s: the reason %q does not name %s", what, got.Problem, column)
		}
	}
}

// someHouseholdFields puts households of which some fields are given: those change, the others stay as they are, and an
// empty value that is given empties.
func someHouseholdFields(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	h := &r.Households[0]
	of := func(names ...string) data.FieldSet {
		return fieldSet(data.HouseholdFields, append(names, "household_id")...)
	}
	for _, step := range []struct {
		gives  data.Household
		fields []string
		change func()
	}{
		{data.Household{HamletCode: "0102", Given: of("hamlet_code")}, []string{"hamlet_code"},
			func() { h.HamletCode = "0102" }},
		{data.Household{HamletCode: "0201", Given: of("hamlet_code")}, []string{"hamlet_code"}, // in another commune
			func() { h.HamletCode = "0201" }},
		{data.Household{RemovedOn: day("2025-09-09"), Given: of("removed_on")}, []string{"removed_on"},
			func() { h.RemovedOn = day("2025-09-09") }},
		{data.Household{Point: orb.Point{108.25, 16}, Given: of("lon", "lat")}, []string{"lon", "lat"},
			func() { h.Point = orb.Point{108.25, 16} }},
		{data.Household{Given: of("hamlet_code", "registered_on")}, []string{"hamlet_code", "registered_on"},
			func() { h.HamletCode, h.RegisteredOn = "", data.NoDate }},
	} {
		step.gives.ID = h.ID
		some := records{Households: []data.Household{step.gives}}
		wantResult(t, "household", put(t, store, some).households[0], data.Updated, step.fields...)
		step.change()
		wantRecords(t, store, r) // its visits stay with it
		before := revision(t, store)
		wantAll(t, put(t, store, some), data.Unchanged)
		if after := revision(t, store); after != before {
			t.Errorf("revision went from %d to %d", before, after)
		}
	}
	e := put(t, store, records{Households: []data.Household{
		{ID: "H9", HamletCode: "0101", Given: of("hamlet_code")},
		{ID: "H8", Point: orb.Point{108.3, 16}, Given: of("lon", "lat")},
		{ID: "H2", RemovedOn: day("2023-12-31"), Given: of("removed_on")}, // before it was registered
		{ID: "H2", HamletCode: "9999", Given: of("hamlet_code")},
	}}).households
	wantNeeds(t, "an unknown one without a point", e[0], "household_id", "H9", "lon", "lat")
	wantResult(t, "an unknown one with a point", e[1], data.Created)
	wantRejected(t, "a last day before the first", e[2], "removed_on")
	wantRejected(t, "an unknown hamlet", e[3], "hamlet_code")
	r.Households = append(r.Households, data.Household{ID: "H8", Point: orb.Point{108.3, 16}})
	wantRecords(t, store, r)

	// In one transaction with what it wrote: the first word on a record counts.
	tx := begin(t, store)
	e = putInto(t, tx, records{Households: []data.Household{
		{ID: "H7", Point: orb.Point{108.3, 16}, HamletCode: "0101"},
		{ID: "H7", HamletCode: "0101", Given: of("hamlet_code")},
		{ID: "H7", HamletCode: "0102", Given: of("hamlet_code")},
		{ID: "H8", HamletCode: "0101", Given: of("hamlet_code")},
	}}).households
	e = append(e, putInto(t, tx, records{Households: []data.Household{
		{ID: "H8", HamletCode: "0101", Given: of("hamlet_code")},
		{ID: "H8", HamletCode: "0102", Given: of("hamlet_code")},
		{ID: "H7", Given: of("removed_on")},
	}}).households...)
	commit(t, tx)
	for i, want := range []data.Change{data.Created, data.Unchanged, data.Rejected, data.Updated, data.Unchanged,
		data.Rejected, data.Unchanged} {
		if e[i].Change != want {
			t.Errorf("household %d of the transaction: got %s, want %s", i, describe(e[i]), changeName(want))
		}
	}
	r.Households[3].HamletCode = "0101"
	r.Households = append(r.Households, data.Household{ID: "H7", Point: orb.Point{108.3, 16}, HamletCode: "0101"})
	wantRecords(t, store, r)
}

// someTeamFields does the same with teams: without assigned_on, hamlet_codes are those of the latest assignment.
func someTeamFields(t *testing.T, store Store) {
	r := programme()
	r.Teams[0] = withHistory()
	put(t, store, r)
	m := &r.Teams[0]
	of := func(names ...string) data.FieldSet { return fieldSet(data.TeamFields, append(names, "team_id")...) }
	for _, step := range []struct {
		gives  data.Team
		fields []string
		change func()
	}{
		{data.Team{Members: 9, Given: of("members")}, []string{"members"}, func() { m.Members = 9 }},
		{data.Team{Members: data.Unknown, Name: "Tổ Một", Given: of("members", "name")}, []string{"name", "members"},
			func() { m.Members, m.Name = data.Unknown, "Tổ Một" }},
		{data.Team{HamletCodes: []string{"0102"}, Given: of("hamlet_codes")}, []string{"hamlet_codes"}, func() {
			m.HamletCodes, m.History[3].HamletCodes = []string{"0102"}, []string{"0102"}
		}},
		{data.Team{HamletCodes: []string{"0201"}, Given: of("hamlet_codes", "assigned_on"),
			History: []data.Assignment{{From: day("2025-09-01"), HamletCodes: []string{"0201"}}}},
			[]string{"hamlet_codes"}, func() {
				m.HamletCodes = []string{"0201"}
				m.History = append(m.History, data.Assignment{From: day("2025-09-01"), HamletCodes: []string{"0201"}})
			}},
		{data.Team{Given: of("commune_code", "formed_on")}, []string{"commune_code", "formed_on"},
			func() { m.CommuneCode, m.FormedOn = "", data.NoDate }},
	} {
		step.gives.ID = m.ID
		some := records{Teams: []data.Team{step.gives}}
		wantResult(t, "team", put(t, store, some).teams[0], data.Updated, step.fields...)
		step.change()
		wantRecords(t, store, r)
		wantAll(t, put(t, store, some), data.Unchanged)
	}
	e := put(t, store, records{Teams: []data.Team{
		{ID: "T9", Members: 3, Given: of("members")},
		{ID: "T2", DissolvedOn: day("2024-05-31"), Given: of("dissolved_on")}, // before it was formed
		{ID: "T2", HamletCodes: []string{"0101"}, Given: of("hamlet_codes", "assigned_on"), // and so is this
			History: []data.Assignment{{From: day("2024-05-31"), HamletCodes: []string{"0101"}}}},
		{ID: "T8", HamletCodes: []string{"0101"}, Members: data.Unknown, Given: of("hamlet_codes")},
	}}).teams
	wantNeeds(t, "an unknown one without hamlets", e[0], "team_id", "T9", "hamlet_codes")
	wantRejected(t, "a last day before the first", e[1], "dissolved_on")
	wantRejected(t, "an assignment before the first day", e[2], "assigned_on")
	wantResult(t, "an unknown one with hamlets", e[3], data.Created)
	r.Teams = append(r.Teams, data.Team{ID: "T8", HamletCodes: []string{"0101"}, Members: data.Unknown})
	wantRecords(t, store, r)
}

// someVisitFields does the same with visits of an import.
func someVisitFields(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	v := &r.Visits[1] // assessed 0b10111, shown 0b00101
	of := func(names ...string) data.FieldSet { return fieldSet(data.VisitFields, append(names, "visit_id")...) }
	needed := []string{"household_id", "team_id", "visited_at", "outcome"}
	for _, step := range []struct {
		gives  data.Visit
		fields []string
		change func()
	}{
		{data.Visit{Outcome: data.Partial, Given: of("outcome")}, []string{"outcome"},
			func() { v.Outcome = data.Partial }},
		{data.Visit{HouseholdID: "H3", Given: of("household_id")}, []string{"household_id"},
			func() { v.HouseholdID = "H3" }},
		{data.Visit{TeamID: "T2", At: v.At.AddDate(0, 0, 1), Given: of("team_id", "visited_at")},
			[]string{"team_id", "visited_at"}, func() { v.TeamID, v.At = "T2", v.At.AddDate(0, 0, 1) }},
		{data.Visit{Shown: 0b111, Given: of("shown")}, []string{"shown"}, func() { v.Shown = 0b111 }},
		{data.Visit{HouseholdID: "H3", TeamID: "T2", At: v.At.AddDate(0, 0, 1), Outcome: data.Completed,
			Given: of(needed...)}, []string{"outcome"}, func() { v.Outcome = data.Completed }},
		{data.Visit{Given: of("assessed", "shown")}, []string{"assessed", "shown"},
			func() { v.Assessed, v.Shown = 0, 0 }},
	} {
		step.gives.ID = v.ID
		some := records{Visits: []data.Visit{step.gives}}
		wantResult(t, "visit", put(t, store, some).visits[0], data.Updated, step.fields...)
		step.change()
		wantRecords(t, store, r)
		before := revision(t, store)
		wantAll(t, put(t, store, some), data.Unchanged)
		if after := revision(t, store); after != before {
			t.Errorf("revision went from %d to %d", before, after)
		}
	}
	fresh := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	fresh.Given = of(needed...)
	late := visit("V8", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 0, 0b1)
	late.Given = of(append(needed, "shown")...)
	e := put(t, store, records{Visits: []data.Visit{
		{ID: "V7", Outcome: data.Absent, Given: of("outcome")},
		{ID: "V4", Shown: 0b10, Given: of("shown")}, // which was not assessed
		{ID: "V3", HouseholdID: "H99", Given: of("household_id")},
		{ID: "V3", TeamID: "T99", Given: of("team_id")},
		late, fresh,
	}}).visits
	wantNeeds(t, "an unknown one", e[0], "visit_id", "V7", "household_id", "team_id", "visited_at")
	wantRejected(t, "a skill that was not assessed", e[1], "shown")
	wantRejected(t, "an unknown household", e[2], "household_id")
	wantRejected(t, "an unknown team", e[3], "team_id")
	wantRejected(t, "a new one with a skill that was not assessed", e[4], "shown")
	wantResult(t, "a new one without skills", e[5], data.Created)
	fresh.Given = 0
	r.Visits = append(r.Visits, fresh)
	wantRecords(t, store, r)

	tx := begin(t, store)
	e = putInto(t, tx, records{Visits: []data.Visit{
		{ID: "V9", Outcome: data.Refused, Given: of("outcome")},
		{ID: "V9", Outcome: data.Refused, Given: of("outcome")},
		{ID: "V9", Outcome: data.Moved, Given: of("outcome")},
		{ID: "V1", TeamID: "T1", Given: of("team_id")},
	}}).visits
	e = append(e, putInto(t, tx, records{Visits: []data.Visit{
		{ID: "V9", HouseholdID: "H1", Given: of("household_id")},
		{ID: "V9", HouseholdID: "H2", Given: of("household_id")},
		{ID: "V1", TeamID: "T2", Given: of("team_id")},
	}}).visits...)
	commit(t, tx)
	for i, want := range []data.Change{data.Updated, data.Unchanged, data.Rejected, data.Unchanged, data.Unchanged,
		data.Rejected, data.Rejected} {
		if e[i].Change != want {
			t.Errorf("visit %d of the transaction: got %s, want %s", i, describe(e[i]), changeName(want))
		}
	}
	r.Visits[4].Outcome = data.Refused
	wantRecords(t, store, r)
}
