package storetest

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

func emptyStore(t *testing.T, store Store) {
	wantRecords(t, store, records{})
	wantAll(t, put(t, store, records{}), data.Created)
	if n := revision(t, store); n != 0 {
		t.Errorf("revision %d, want 0", n)
	}
}

func roundTrip(t *testing.T, store Store) {
	wantAll(t, put(t, store, programme()), data.Created)
	wantRecords(t, store, programme())
}

func everyField(t *testing.T, store Store) {
	r := programme()
	r.Areas[1] = data.Area{Code: "20194", Name: "Phường Hải Châu", NameEN: "Hai Chau Ward", Kind: "Phường",
		Level:  data.Commune,
		Parent: "48", ValidFrom: day("2025-07-01"), ValidTo: data.MaxDate, DeclaredHouseholds: 31415,
		Population: 131427,
		Geometry: orb.MultiPolygon{
			{{{108, 16}, {109, 16}, {109, 17}, {108, 17}, {108, 16}},
				{{108.4, 16.4}, {108.4, 16.6}, {108.6, 16.6}, {108.4, 16.4}}},
			{{{111.2, 16.1}, {111.3, 16.1}, {111.3, 16.2000000001}, {111.2, 16.1}}},
		}}
	r.Areas[0].Level = data.Province
	r.Areas = append(r.Areas, area("490", data.District, "48"))
	r.Teams[0].DissolvedOn = day("2025-12-31")
	r.Households[0].RemovedOn = day("1900-01-01")
	r.Households[0].RegisteredOn = day("1900-01-01")
	r.Visits = nil
	for o := data.Ineligible; o <= data.Completed; o++ {
		r.Visits = append(r.Visits, visit("V"+o.String(), "H1", "T2", "2025-03-01T23:59:59+07:00", o, 0b11111,
			data.SkillSet(o)))
	}
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)
}

func absentFields(t *testing.T, store Store) {
	r := programme()
	for i := range r.Areas {
		r.Areas[i].ValidFrom, r.Areas[i].Geometry = data.NoDate, nil
	}
	r.Areas[2].DeclaredHouseholds, r.Areas[2].Population = 0, 0 // not the same as unknown
	r.Teams[0].HamletCodes, r.Teams[0].Members, r.Teams[0].FormedOn = nil, data.Unknown, data.NoDate
	r.Teams[1].Members = 0
	r.Households[0] = data.Household{ID: "H1", Point: orb.Point{0, 0}}
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)
	wantAll(t, put(t, store, r), data.Unchanged)
}

func unicodeText(t *testing.T, store Store) {
	r := programme()
	r.Areas[3].Name = "Thôn Ngã Ba Huế"                      // composed
	r.Areas[4].Name = "Tho\u0302n Hoa\u0300 Ba\u0306\u0301c" // decomposed stays so
	r.Teams[0].Name = "Tổ “số” ';--\t\"\\ 🏘️"
	r.Teams[1].Name = strings.Repeat("ữ", 5000)
	r.Households[1].ID, r.Visits[2].HouseholdID = "hộ/đường 3-2 #7 %ữ", "hộ/đường 3-2 #7 %ữ"
	r.Visits[2].ID = "phiếu|1;2,3"
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)
}

func extremePoints(t *testing.T, store Store) {
	var r records
	for id, p := range map[string]orb.Point{
		"west": {-180, 0}, "east": {180, 0}, "north": {0, 90}, "south": {0, -90}, "fine": {108.1234567, 16.7654321},
		"tiny": {1e-7, -1e-7}, "last": {179.9999999, 89.9999999},
	} {
		r.Households = append(r.Households, data.Household{ID: id, Point: p})
	}
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)

	// Finer than 1e-7 degree is rounded, so that the same file given again changes nothing.
	fine := records{Households: []data.Household{{ID: "finer", Point: orb.Point{108.12345678901, 16.98765432109}}}}
	wantAll(t, put(t, store, fine), data.Created)
	wantAll(t, put(t, store, fine), data.Unchanged)
	got, _ := read(t, store)
	for _, h := range got.Households {
		if h.ID == "finer" && h.Point != (orb.Point{108.1234568, 16.9876543}) {
			t.Errorf("point %v, want it held to 1e-7 degree", h.Point)
		}
	}
}

func sameAgain(t *testing.T, store Store) {
	r := programme()
	r.Areas[1].Geometry = square(108, 16, 1)
	put(t, store, r)
	before := revision(t, store)
	r.Teams[0].HamletCodes = []string{"0102", "0101", "0102"} // a set: order and repetition do not matter
	wantAll(t, put(t, store, r), data.Unchanged)
	if after := revision(t, store); after != before {
		t.Errorf("revision went from %d to %d", before, after)
	}
	r.Teams[0].HamletCodes = []string{"0101", "0102"}
	wantRecords(t, store, r)
}

func sameAgainAtOnce(t *testing.T, store Store) {
	tx := begin(t, store)
	wantAll(t, putInto(t, tx, programme()), data.Created)
	wantAll(t, putInto(t, tx, programme()), data.Unchanged)
	commit(t, tx)
	wantRecords(t, store, programme())
}

func updateAreas(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	a := &r.Areas[1]
	for _, step := range []struct {
		fields []string
		change func()
	}{
		{[]string{"name"}, func() { a.Name = "Phường Hải Châu" }},
		{[]string{"geometry"}, func() { a.Geometry = square(108, 16, 0.5) }},
		{[]string{"geometry"}, func() { a.Geometry = square(108, 16, 0.25) }},
		{[]string{"name_en", "kind"}, func() { a.NameEN, a.Kind = "Hai Chau", "Phường" }},
		{[]string{"parent", "valid_to"}, func() { a.Parent, a.ValidTo = "", day("2030-01-01") }},
		{[]string{"declared_households", "population"}, func() { a.DeclaredHouseholds, a.Population = 0, 12 }},
		{[]string{"valid_to", "population", "geometry"},
			func() { a.ValidTo, a.Population, a.Geometry = data.NoDate, data.Unknown, nil }},
	} {
		step.change()
		wantResult(t, "area", put(t, store, records{Areas: r.Areas[1:2]}).areas[0], data.Updated, step.fields...)
		wantRecords(t, store, r)
	}
}

func updateHouseholds(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	h := &r.Households[0]
	for _, step := range []struct {
		fields []string
		change func()
	}{
		{[]string{"lon"}, func() { h.Point[0] = 107.5 }},
		{[]string{"lat"}, func() { h.Point[1] += 1e-7 }},
		{[]string{"hamlet_code"}, func() { h.HamletCode = "0201" }},
		{[]string{"hamlet_code", "removed_on"}, func() { h.HamletCode, h.RemovedOn = "", day("2025-09-09") }},
		{[]string{"lon", "lat", "registered_on"}, func() { h.Point, h.RegisteredOn = orb.Point{1, 2}, data.NoDate }},
	} {
		step.change()
		h.Point = orb.Point{math.Round(h.Point[0]*1e7) / 1e7, math.Round(h.Point[1]*1e7) / 1e7}
		wantResult(t, "household", put(t, store, records{Households: r.Households[:1]}).households[0], data.Updated,
			step.fields...)
		wantRecords(t, store, r) // its visits stay with it
	}
}

// movedHamlet brings hamlets under other communes, before and after households and visits of
// the same transaction: all that is of them stays as it is and can be found and changed.
func movedHamlet(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	move := func(parent string) records {
		r.Areas[3].Parent = parent
		return records{Areas: r.Areas[3:4]}
	}
	before := revision(t, store)
	wantResult(t, "the hamlet", put(t, store, move("20195")).areas[0], data.Updated, "parent")
	if after := revision(t, store); after != before+1 {
		t.Errorf("revision went from %d to %d", before, after)
	}
	wantRecords(t, store, r)
	wantAll(t, put(t, store, r), data.Unchanged)
	late := visit("V8", "H1", "T1", "2025-05-01T08:00:00Z", data.Refused, 0, 0)
	posted := post(t, store, late)
	wantResults(t, "a post", posted.Results, data.Created)
	if n := len(posted.Histories["H1"]); n != 3 {
		t.Errorf("%d visits in the history, want those from before, too", n)
	}
	r.Visits = append(r.Visits, late)
	r.Households[0].Point[0]++
	r.Visits[0].Outcome = data.Refused
	e := put(t, store, records{Households: r.Households[:1], Visits: r.Visits[:1]})
	wantResult(t, "its household", e.households[0], data.Updated, "lon")
	wantResult(t, "its visit", e.visits[0], data.Updated, "outcome")
	wantRecords(t, store, r)

	// A later version of a hamlet has its current commune, whichever that of the earlier was.
	now := area("0101", data.Hamlet, "20194")
	now.ValidFrom = day("2026-01-01")
	r.Areas = append(r.Areas, now)
	wantResult(t, "the later hamlet", put(t, store, records{Areas: r.Areas[6:]}).areas[0], data.Created)
	wantResult(t, "the earlier hamlet", put(t, store, move("")).areas[0], data.Updated, "parent")
	wantRecords(t, store, r)

	// All in one transaction, with what it wrote before.
	tx := begin(t, store)
	h := data.Household{ID: "H9", Point: orb.Point{108, 16}, HamletCode: "0101"}
	v := visit("V9", "H9", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	fresh := records{Households: []data.Household{h}, Visits: []data.Visit{v}}
	wantAll(t, putInto(t, tx, fresh), data.Created)
	r.Areas[6].Parent = "20195"
	wantResult(t, "the hamlet", putInto(t, tx, records{Areas: r.Areas[6:]}).areas[0], data.Updated, "parent")
	wantAll(t, putInto(t, tx, fresh), data.Unchanged)
	other := records{Households: []data.Household{h}, Visits: []data.Visit{v}}
	other.Households[0].Point[0]++
	other.Visits[0].Outcome = data.Refused
	e = putInto(t, tx, other)
	wantRejected(t, "the household with another point", e.households[0], "household_id")
	wantRejected(t, "the visit with another outcome", e.visits[0], "visit_id")
	commit(t, tx)
	r.Households, r.Visits = append(r.Households, h), append(r.Visits, v)
	wantRecords(t, store, r)
}

func updateTeams(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	m := &r.Teams[0]
	for _, step := range []struct {
		fields []string
		change func()
	}{
		{[]string{"name", "members"}, func() { m.Name, m.Members = "Tổ Một", 9 }},
		{[]string{"hamlet_codes"}, func() { m.HamletCodes = []string{"0101"} }},
		{[]string{"hamlet_codes"}, func() { m.HamletCodes = []string{"0101", "0201"} }},
		{[]string{"commune_code", "hamlet_codes"}, func() { m.CommuneCode, m.HamletCodes = "20195", nil }},
		{[]string{"members", "formed_on", "dissolved_on"}, func() {
			m.Members, m.FormedOn, m.DissolvedOn = data.Unknown, data.NoDate, day("2026-01-01")
		}},
	} {
		step.change()
		wantResult(t, "team", put(t, store, records{Teams: r.Teams[:1]}).teams[0], data.Updated, step.fields...)
		wantRecords(t, store, r)
	}
}

func updateVisits(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	v := &r.Visits[1]
	for _, step := range []struct {
		fields []string
		change func()
	}{
		{[]string{"visited_at"}, func() { v.At = v.At.Add(time.Second) }},
		{[]string{"household_id", "team_id"}, func() { v.HouseholdID, v.TeamID = "H2", "T2" }},
		{[]string{"outcome", "assessed", "shown"}, func() { v.Outcome, v.Assessed, v.Shown = data.Absent, 0, 0 }},
		{[]string{"assessed"}, func() { v.Assessed = 0b11 }},
		{[]string{"shown"}, func() { v.Shown = 0b01 }},
	} {
		step.change()
		wantResult(t, "visit", put(t, store, records{Visits: r.Visits[1:2]}).visits[0], data.Updated, step.fields...)
		wantRecords(t, store, r)
	}
	// The same moment in another zone is the same, and so is a fraction of the second.
	v.At = v.At.UTC().Add(300 * time.Millisecond)
	wantResult(t, "visit", put(t, store, records{Visits: r.Visits[1:2]}).visits[0], data.Unchanged)
}

func codeUsedAgain(t *testing.T, store Store) {
	old := area("20194", data.Commune, "")
	old.ValidFrom, old.ValidTo, old.Name = data.NoDate, day("2025-06-30"), "Phường Hải Châu I"
	now := area("20194", data.Commune, "")
	r := records{Areas: []data.Area{old, now}}
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)
	r.Areas[0].Name = "Phường Hải Châu 1"
	e := put(t, store, r)
	wantResult(t, "the old one", e.areas[0], data.Updated, "name")
	wantResult(t, "the new one", e.areas[1], data.Unchanged)
	wantRecords(t, store, r)
}

func givenTwice(t *testing.T, store Store) {
	first, second := programme(), programme()
	second.Areas[0].Name = "other"
	second.Teams[0].Name = "other"
	second.Households[0].Point[0]++
	second.Visits[0].Outcome = data.Refused
	wantTwice := func(tx data.Tx, wantFirst data.Change) {
		t.Helper()
		wantAll(t, putInto(t, tx, first), wantFirst)
		e := putInto(t, tx, second)
		wantRejected(t, "area", e.areas[0], "code")
		wantRejected(t, "team", e.teams[0], "team_id")
		wantRejected(t, "household", e.households[0], "household_id")
		wantRejected(t, "visit", e.visits[0], "visit_id")
		commit(t, tx)
		wantRecords(t, store, first)
	}
	wantTwice(begin(t, store), data.Created)
	wantTwice(begin(t, store), data.Unchanged) // the first of the two decides, also where it is nothing new

	e := put(t, store, second) // in a transaction of its own it is a correction
	wantResult(t, "household", e.households[0], data.Updated, "lon")
	wantRecords(t, store, second)

	tx := begin(t, store) // an update, too, comes once
	wantResult(t, "household", putInto(t, tx, first).households[0], data.Updated, "lon")
	wantRejected(t, "household", putInto(t, tx, second).households[0], "household_id")
	wantResult(t, "household", putInto(t, tx, first).households[0], data.Unchanged)
	commit(t, tx)
	wantRecords(t, store, first)
}

func readOwnAreas(t *testing.T, store Store) {
	r := programme()
	r.Areas[1].Geometry = square(108, 16, 1)
	tx := begin(t, store)
	putInto(t, tx, records{Areas: r.Areas})
	var got records
	if err := tx.ReadAreas(t.Context(), got.handler().Area); err != nil {
		t.Fatal(err)
	}
	commit(t, tx)
	want := sorted(records{Areas: r.Areas}).Areas
	if len(got.Areas) != len(want) {
		t.Fatalf("%d areas, want %d", len(got.Areas), len(want))
	}
	for i := range want { // in order, too
		if got.Areas[i].Code != want[i].Code || !got.Areas[i].Geometry.Equal(want[i].Geometry) {
			t.Errorf("area %d: got %+v, want %+v", i, got.Areas[i], want[i])
		}
	}
}
