package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tungnha/data"
)

// withHistory is the programme's first team, which served another hamlet first, then none,
// and two in the end.
func withHistory() data.Team {
	t := programme().Teams[0]
	t.History = []data.Assignment{
		{From: data.NoDate, HamletCodes: []string{"0201"}},
		{From: day("2025-01-01"), HamletCodes: nil},
		{From: day("2025-03-01"), HamletCodes: []string{"0101", "0201"}},
		{From: day("2025-07-01"), HamletCodes: []string{"0101", "0102"}},
	}
	t.HamletCodes = []string{"0101", "0102"}
	return t
}

func teamHistory(t *testing.T, store Store) {
	r := programme()
	r.Teams[0] = withHistory()
	r.Teams[1].History = []data.Assignment{{From: day("2024-09-01"), HamletCodes: []string{"0201"}}}
	wantAll(t, put(t, store, r), data.Created)
	wantRecords(t, store, r)
	before := revision(t, store)
	wantAll(t, put(t, store, r), data.Unchanged)
	if after := revision(t, store); after != before {
		t.Errorf("revision went from %d to %d", before, after)
	}

	// A record without a history means that its hamlets were always served.
	r.Teams[0].History = nil
	wantResult(t, "team", put(t, store, records{Teams: r.Teams[:1]}).teams[0], data.Updated, "assigned_on")
	wantRecords(t, store, r)

	// Serving none from a day on is an assignment, too.
	last := data.Team{ID: "T1", Name: r.Teams[0].Name, CommuneCode: "20194", Members: 7, FormedOn: day("2024-06-01"),
		History: []data.Assignment{{From: day("2026-01-01")}}}
	wantResult(t, "team", put(t, store, records{Teams: []data.Team{last}}).teams[0], data.Updated, "hamlet_codes")
	r.Teams[0].History = []data.Assignment{{From: data.NoDate, HamletCodes: []string{"0101", "0102"}},
		{From: day("2026-01-01")}}
	r.Teams[0].HamletCodes = nil
	wantRecords(t, store, r)
}

// teamHistoryByRows gives a history as files do, a row an assignment, in any order in one
// transaction, or as the days went by in several: the same history comes of it.
func teamHistoryByRows(t *testing.T, store Store) {
	want := programme()
	want.Teams[0] = withHistory()
	put(t, store, records{Areas: want.Areas})
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 6 {
		id := fmt.Sprintf("T1-%d", round)
		team := withHistory()
		team.ID = id
		var rows []data.Team
		for _, a := range team.History {
			row := team
			row.History, row.HamletCodes = []data.Assignment{a}, a.HamletCodes
			rows = append(rows, row)
		}
		if round%2 == 0 {
			random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		tx := begin(t, store)
		for i, row := range rows {
			if round%2 == 1 && i == 2 {
				commit(t, tx)
				tx = begin(t, store)
			}
			results, err := tx.PutTeams(t.Context(), []data.Team{row})
			if err != nil {
				t.Fatal(err)
			}
			if results[0].Change == data.Rejected {
				t.Errorf("round %d, row %d: got %s", round, i, describe(results[0]))
			}
		}
		commit(t, tx)
		wantResults(t, "the rows again", put(t, store, records{Teams: rows}).teams, data.Unchanged)
		got, _ := read(t, store)
		at := slices.IndexFunc(got.Teams, func(m data.Team) bool { return m.ID == id })
		if at < 0 || fmt.Sprint(got.Teams[at]) != fmt.Sprint(team) {
			t.Errorf("round %d: got %+v, want %+v", round, got.Teams, team)
		}
	}
}

func teamHistoryTwice(t *testing.T, store Store) {
	r := programme()
	put(t, store, r)
	dated := func(from string, name string, hamlets ...string) data.Team {
		m := r.Teams[0]
		m.Name, m.HamletCodes, m.History = name, hamlets, []data.Assignment{{From: day(from), HamletCodes: hamlets}}
		return m
	}
	e := put(t, store, records{Teams: []data.Team{
		dated("2025-02-01", "Tổ 1", "0101"),
		dated("2025-02-01", "Tổ 1", "0101"), // the same again
		dated("2025-02-01", "Tổ 1", "0102"), // with another hamlet
		dated("2025-03-01", "Tổ Một", "0102"),
		dated("2025-03-01", "Tổ 1", "9999"),
		dated("2025-03-01", "Tổ 1", "0102"),
	}}).teams
	wantResult(t, "a new day", e[0], data.Updated, "hamlet_codes")
	wantResult(t, "the same day again", e[1], data.Unchanged)
	wantRejected(t, "the day with another hamlet", e[2], "assigned_on")
	wantRejected(t, "another day under another name", e[3], "team_id")
	wantRejected(t, "a day with an unknown hamlet", e[4], "hamlet_codes")
	wantResult(t, "another day", e[5], data.Updated, "hamlet_codes")
	r.Teams[0].HamletCodes = []string{"0102"}
	r.Teams[0].History = []data.Assignment{{From: data.NoDate, HamletCodes: []string{"0101", "0102"}},
		{From: day("2025-02-01"), HamletCodes: []string{"0101"}},
		{From: day("2025-03-01"), HamletCodes: []string{"0102"}}}
	wantRecords(t, store, r)
}
