package storetest

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
)

func unknownReferences(t *testing.T, store Store) {
	put(t, store, programme())
	bad := records{
		Teams: []data.Team{
			{ID: "T8", Name: "no such commune", CommuneCode: "99999"},
			{ID: "T9", Name: "no such hamlet", CommuneCode: "20194", HamletCodes: []string{"0101", "9999"}},
			{ID: "T10", Name: "a hamlet is no commune", CommuneCode: "0101"},
		},
		Households: []data.Household{
			{ID: "H8", HamletCode: "9999"},
			{ID: "H9", HamletCode: "20194"}, // a commune is no hamlet
			{ID: "H1", HamletCode: "9999"},  // nor does an update take it
		},
		Visits: []data.Visit{
			visit("V8", "H99", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
			visit("V9", "H1", "T99", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
			visit("V1", "H99", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		},
	}
	before := revision(t, store)
	e := put(t, store, bad)
	for i, field := range []string{"commune_code", "hamlet_codes", "commune_code"} {
		wantRejected(t, bad.Teams[i].ID, e.teams[i], field)
	}
	for i := range bad.Households {
		wantRejected(t, bad.Households[i].ID, e.households[i], "hamlet_code")
	}
	for i, field := range []string{"household_id", "team_id", "household_id"} {
		wantRejected(t, bad.Visits[i].ID, e.visits[i], field)
	}
	if !strings.Contains(e.households[0].Problem.Error(), "9999") {
		t.Errorf("reason %q does not name the code", e.households[0].Problem.Error())
	}
	wantRecords(t, store, programme())
	if after := revision(t, store); after != before {
		t.Errorf("revision went from %d to %d, though all was rejected", before, after)
	}
	// What was unknown may come later, even in the same transaction.
	late := area("9999", data.Hamlet, "20194")
	tx := begin(t, store)
	wantRejected(t, "H8", putInto(t, tx, records{Households: bad.Households[:1]}).households[0], "hamlet_code")
	wantAll(t, putInto(t, tx, records{Areas: []data.Area{late}, Households: bad.Households[:1]}), data.Created)
	commit(t, tx)
}

func impossibleRecords(t *testing.T, store Store) {
	put(t, store, programme())
	e := put(t, store, records{
		Areas: []data.Area{area("", data.Commune, ""), area("1", "village", "")},
		Teams: []data.Team{{Name: "without an id"}},
		Households: []data.Household{
			{ID: ""}, {ID: "a", Point: orb.Point{math.NaN(), 0}}, {ID: "b", Point: orb.Point{0, math.Inf(1)}},
			{ID: "c", Point: orb.Point{180.1, 0}}, {ID: "d", Point: orb.Point{0, -90.1}},
		},
		Visits: []data.Visit{
			visit("", "H1", "T1", "2025-03-01T08:00:00Z", data.Absent, 0, 0),
			visit("V10", "H1", "T1", "2025-03-01T08:00:00Z", 0, 0, 0),
			visit("V11", "H1", "T1", "2025-03-01T08:00:00Z", 8, 0, 0),
			visit("V12", "H1", "T1", "2025-03-01T08:00:00Z", data.Completed, 0b01, 0b11),
			visit("V13", "H1", "T1", "2025-03-01T08:00:00Z", data.Completed, 1<<15, 0),
			visit("V14", "H1", "T1", "1850-03-01T08:00:00Z", data.Absent, 0, 0),
		},
	})
	check := func(kind string, got []data.PutResult, fields ...string) {
		t.Helper()
		for i, field := range fields {
			wantRejected(t, kind, got[i], field)
		}
	}
	check("area", e.areas, "code", "level")
	check("team", e.teams, "team_id")
	check("household", e.households, "household_id", "lon", "lat", "lon", "lat")
	check("visit", e.visits, "visit_id", "outcome", "outcome", "shown", "assessed", "visited_at")
	wantRecords(t, store, programme())
}

func lostZeros(t *testing.T, store Store) {
	r := programme()
	r.Areas = append(r.Areas, area("00042", data.Commune, "48"))
	put(t, store, r)
	e := put(t, store, records{
		Teams: []data.Team{{ID: "T9", CommuneCode: "42"},
			{ID: "T9", CommuneCode: "20194", HamletCodes: []string{"101"}}},
		Households: []data.Household{{ID: "H9", HamletCode: "201"}},
	})
	for what, c := range map[string]struct {
		result      data.PutResult
		field, want string
	}{
		"commune": {e.teams[0], "commune_code", "00042"}, "hamlets": {e.teams[1], "hamlet_codes", "0101"},
		"hamlet": {e.households[0], "hamlet_code", "0201"},
	} {
		wantRejected(t, what, c.result, c.field)
		if c.result.Problem != nil && !strings.Contains(c.result.Problem.Error(), c.want) {
			t.Errorf("%s: reason %q does not suggest %s", what, c.result.Problem.Error(), c.want)
		}
	}
}

func earlyVisit(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	early := []data.Visit{
		visit("V8", "H1", "T1", "2023-12-31T23:59:59+07:00", data.Absent, 0, 0),
		visit("V9", "H1", "T1", "2023-12-31T17:00:00Z", data.Absent, 0, 0), // already the day in Việt Nam
	}
	e := put(t, store, records{Visits: early})
	wantResult(t, "the day before", e.visits[0], data.Created)
	if p := e.visits[0].Problem; p == nil || p.Field != "visited_at" {
		t.Errorf("got %s, want a warning about visited_at", describe(e.visits[0]))
	}
	wantResult(t, "on the day", e.visits[1], data.Created)
	if e.visits[1].Problem != nil {
		t.Errorf("on the day: got %s, want no warning", describe(e.visits[1]))
	}
	r.Visits = append(r.Visits, early...)
	wantRecords(t, store, r)
}

func unknownParent(t *testing.T, store Store) {
	// A parent may follow its child in the same batch.
	e := put(t, store, records{Areas: []data.Area{area("0101", data.Hamlet, "20194"),
		area("20194", data.Commune, "48")}})
	wantResults(t, "area", e.areas, data.Created)
	if e.areas[0].Problem != nil {
		t.Errorf("parent in the batch: got %s, want no warning", describe(e.areas[0]))
	}
	if p := e.areas[1].Problem; p == nil || p.Field != "parent" || !strings.Contains(p.Error(), "48") {
		t.Errorf("unknown parent: got %s, want a warning about parent 48", describe(e.areas[1]))
	}
}
