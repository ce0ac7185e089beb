package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

func rolledBack(t *testing.T, store Store) {
	tx := begin(t, store)
	putInto(t, tx, programme())
	if err := tx.Rollback(); err != nil {
		t.Fatalf("rollback: %v", err)
	}
	wantRecords(t, store, records{})
	if n := revision(t, store); n != 0 {
		t.Errorf("revision %d, want 0", n)
	}
	// Nor does it leave a trace in what later transactions assume to be there.
	e := put(t, store, records{Households: programme().Households[:1]})
	wantRejected(t, "household", e.households[0], "hamlet_code")
	wantAll(t, put(t, store, programme()), data.Created)
	wantRecords(t, store, programme())
}

func endedTransaction(t *testing.T, store Store) {
	tx := begin(t, store)
	putInto(t, tx, programme())
	commit(t, tx)
	if err := tx.Rollback(); err != nil {
		t.Errorf("rollback after commit: %v, want it to do nothing", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a second commit: no error")
	}
	wantRecords(t, store, programme())

	tx = begin(t, store)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Errorf("a second rollback: %v, want it to do nothing", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("commit after rollback: no error")
	}
}

func revisions(t *testing.T, store Store) {
	r := programme()
	last := revision(t, store)
	step := func(what string, raises bool, do func()) {
		t.Helper()
		do()
		now := revision(t, store)
		if raises != (now > last) || now < last {
			t.Errorf("%s: revision went from %d to %d", what, last, now)
		}
		if _, read := read(t, store); read != now {
			t.Errorf("%s: read gives revision %d, want %d", what, read, now)
		}
		last = now
	}
	step("a first import", true, func() { put(t, store, r) })
	step("the same again", false, func() { put(t, store, r) })
	r.Households[0].HamletCode = "0102"
	step("an update", true, func() { put(t, store, r) })
	step("a rejected row", false, func() {
		put(t, store,
			records{Households: []data.Household{{ID: "H9", HamletCode: "?"}}})
	})
	step("a new post", true, func() {
		if p := post(t, store, visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0,
			0)); p.Revision != revision(t, store) {
			t.Errorf("posted revision %d, store says %d", p.Revision, revision(t, store))
		}
	})
	step("a duplicate post", false, func() {
		if p := post(t, store, visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)); p.Revision != last {
			t.Errorf("posted revision %d, want %d", p.Revision, last)
		}
	})
	step("an empty post", false, func() { post(t, store) })
	step("a rollback", false, func() {
		tx := begin(t, store)
		putInto(t, tx, programme())
		_ = tx.Rollback()
	})
}

func readingOrder(t *testing.T, store Store) {
	r := programme()
	old := r.Areas[3]
	old.ValidFrom, old.ValidTo = data.NoDate, day("2025-06-30")
	r.Areas = append(r.Areas, old)
	slices.Reverse(r.Areas)
	slices.Reverse(r.Teams)
	put(t, store, records{Areas: r.Areas, Teams: r.Teams, Households: r.Households, Visits: r.Visits})

	var kinds []string
	note := func(kind string) {
		if len(kinds) == 0 || kinds[len(kinds)-1] != kind {
			kinds = append(kinds, kind)
		}
	}
	var got records
	handler := got.handler()
	_, err := store.Read(t.Context(), data.RecordHandler{
		Area:      func(a *data.Area) error { note("area"); return handler.Area(a) },
		Team:      func(m *data.Team) error { note("team"); return handler.Team(m) },
		Household: func(h *data.Household) error { note("household"); return handler.Household(h) },
		Visit:     func(v *data.Visit) error { note("visit"); return handler.Visit(v) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"area", "team", "household", "visit"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds come as %v, want %v", kinds, want)
	}
	if !slices.IsSortedFunc(got.Areas, compareAreas) || len(got.Areas) != len(r.Areas) {
		t.Errorf("areas are not in the order of code and valid_from: %+v", got.Areas)
	}
	if !slices.IsSortedFunc(got.Teams, func(a, b data.Team) int { return compare(a.ID, b.ID) }) {
		t.Errorf("teams are not in the order of team_id: %+v", got.Teams)
	}
}

// visitOrder writes visits in a shuffled order, in two imports, with posts and updates
// between them: whatever the history, they are read in the order of the households.
func visitOrder(t *testing.T, store Store) {
	random := rand.New(rand.NewPCG(1, 2))
	r := programme()
	r.Households, r.Visits = nil, nil
	for i := range 200 {
		r.Households = append(r.Households,
			data.Household{ID: fmt.Sprintf("H%d", i*7919%200), Point: orb.Point{108, 16}})
	}
	for i := range 1500 {
		// Few moments, so that visit_id must decide between some.
		at := time.Date(2025, 1, 1, 0, 0, random.IntN(50), 0, time.UTC)
		r.Visits = append(r.Visits, data.Visit{ID: fmt.Sprintf("V%d", i*7919%1500),
			HouseholdID: fmt.Sprintf("H%d", random.IntN(200)),
			TeamID:      "T1", At: at, Outcome: data.Absent})
	}
	put(t, store, records{Areas: r.Areas, Teams: r.Teams, Households: r.Households[:120]})
	put(t, store, records{Households: r.Households[120:], Visits: nil})
	put(t, store, records{Visits: r.Visits[:700]})
	post(t, store, r.Visits[700:1100]...)
	for i := range r.Visits[:50] { // moved to another household
		r.Visits[i].HouseholdID = fmt.Sprintf("H%d", random.IntN(200))
	}
	put(t, store, records{Visits: append(slices.Clone(r.Visits[:50]), r.Visits[1100:]...)})

	got, _ := read(t, store)
	rank := make(map[string]int, len(got.Households))
	for i, h := range got.Households {
		rank[h.ID] = i
	}
	if !slices.IsSortedFunc(got.Visits, func(a, b data.Visit) int {
		if c := rank[a.HouseholdID] - rank[b.HouseholdID]; c != 0 {
			return c
		}
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return compare(a.ID, b.ID)
	}) {
		t.Error("visits do not follow the order of the households, visited_at and visit_id")
	}
	wantRecords(t, store, r)
}

// consistentSnapshot writes while a reader is in the middle of its stream.
func consistentSnapshot(t *testing.T, store Store) {
	before := programme()
	put(t, store, before)
	want := revision(t, store)

	after := programme()
	after.Areas[5].Name, after.Teams[1].Name = "changed", "changed"
	after.Households[2].Point = orb.Point{1, 2}
	after.Visits[3].Outcome = data.Completed
	late := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)

	var got records
	handler := got.handler()
	written := false
	collect := handler.Area
	handler.Area = func(a *data.Area) error {
		if !written {
			written = true
			put(t, store, after)
			post(t, store, late)
		}
		return collect(a)
	}
	n, err := store.Read(t.Context(), handler)
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("revision %d, want %d: that of the state that was read", n, want)
	}
	for i, v := range sorted(got).Visits {
		if v.ID != before.Visits[i].ID || v.Outcome != before.Visits[i].Outcome {
			t.Errorf("visit %+v was written after the reading began", v)
		}
	}
	if len(got.Visits) != len(before.Visits) || got.Teams[1].Name == "changed" ||
		sorted(got).Households[2].Point == (orb.Point{1, 2}) {
		t.Errorf("the reader saw a write that came after it began: %+v", got)
	}
	after.Visits = append(after.Visits, late)
	wantRecords(t, store, after)
}

func readingStops(t *testing.T, store Store) {
	put(t, store, programme())
	stop := errors.New("stop")
	calls := 0
	for _, handler := range []data.RecordHandler{
		{Area: func(*data.Area) error { calls++; return stop }},
		{Team: func(*data.Team) error { calls++; return stop }},
		{Household: func(*data.Household) error { calls++; return stop }},
		{Visit: func(*data.Visit) error { calls++; return stop }},
	} {
		if _, err := store.Read(t.Context(), handler); !errors.Is(err, stop) {
			t.Errorf("got error %v, want the handler's", err)
		}
	}
	if calls != 4 {
		t.Errorf("%d calls after 4 errors", calls)
	}
	wantRecords(t, store, programme()) // the connections are fit for use again
	put(t, store, programme())
}

func cancelled(t *testing.T, store Store) {
	put(t, store, programme())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Begin(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("begin: got %v, want %v", err, context.Canceled)
	}
	if _, err := store.Read(ctx, (&records{}).handler()); !errors.Is(err, context.Canceled) {
		t.Errorf("read: got %v, want %v", err, context.Canceled)
	}
	if _, err := store.PostVisits(ctx, []data.Visit{visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0,
		0)}); !errors.Is(err, context.Canceled) {
		t.Errorf("post: got %v, want %v", err, context.Canceled)
	}
	tx := begin(t, store)
	if _, err := tx.PutHouseholds(t.Context(), []data.Household{{ID: "H9"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.PutVisits(ctx, programme().Visits); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got %v, want %v", err, context.Canceled)
	}
	if err := tx.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: got %v, want %v", err, context.Canceled)
	}
	if err := tx.Rollback(); err != nil {
		t.Errorf("rollback: %v", err)
	}
	// One that waits for its turn gives up when its time is over.
	holder := begin(t, store)
	short, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	if _, err := store.Begin(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("begin while another holds the store: got %v, want %v", err, context.DeadlineExceeded)
	}
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, store, programme())
	wantAll(t, put(t, store, programme()), data.Unchanged)
}

// largeBatches puts more in one batch than any number of parameters or rows that a store
// may work by, and reads it back.
func largeBatches(t *testing.T, store Store) {
	r := programme()
	r.Households, r.Visits = nil, nil
	for i := range 70_000 {
		r.Households = append(r.Households, data.Household{ID: fmt.Sprintf("H%06d", i),
			Point: orb.Point{108 + float64(i%1000)/1e3, 16 + float64(i/1000)/1e3}, HamletCode: "0101",
			RegisteredOn: day("2024-01-01")})
	}
	for i := range 70_000 {
		r.Visits = append(r.Visits, data.Visit{ID: fmt.Sprintf("V%06d", i),
			HouseholdID: fmt.Sprintf("H%06d", i*7919%70_000), TeamID: "T1",
			At: time.Date(2025, 1, 1, 0, 0, i, 0, time.UTC), Outcome: data.Completed, Assessed: 0b11111,
			Shown: data.SkillSet(i % 32)})
	}
	wantAll(t, put(t, store, r), data.Created)
	wantAll(t, put(t, store, r), data.Unchanged)
	wantRecords(t, store, r)
}
