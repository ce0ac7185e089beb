package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

func postVisits(t *testing.T, store Store) {
	r := programme()
	visits := r.Visits
	r.Visits = nil
	put(t, store, r)
	posted := post(t, store, visits...)
	wantResults(t, "visit", posted.Results, data.Created)
	wantRecords(t, store, programme())
}

func postAgain(t *testing.T, store Store) {
	put(t, store, programme())
	same := programme().Visits
	same[0].At = same[0].At.UTC()
	posted := post(t, store, same...)
	wantResults(t, "the same", posted.Results, data.Unchanged)
	if len(posted.Histories) != 0 {
		t.Errorf("%d histories, want none: nothing was created", len(posted.Histories))
	}

	other := programme().Visits
	other[0].Outcome = data.Completed
	other[1].HouseholdID = "H2"
	posted = post(t, store, other...)
	wantRejected(t, "another outcome", posted.Results[0], "visit_id")
	wantRejected(t, "another household", posted.Results[1], "visit_id")
	wantResults(t, "the others", posted.Results[2:], data.Unchanged)
	wantRecords(t, store, programme())

	// Twice in one batch is no different.
	twice := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	changed := twice
	changed.Outcome = data.Refused
	posted = post(t, store, twice, twice, changed)
	wantResult(t, "first", posted.Results[0], data.Created)
	wantResult(t, "second", posted.Results[1], data.Unchanged)
	wantRejected(t, "third", posted.Results[2], "visit_id")
	want := programme()
	want.Visits = append(want.Visits, twice)
	wantRecords(t, store, want)
}

func postRejected(t *testing.T, store Store) {
	put(t, store, programme())
	good := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	posted := post(t, store,
		visit("V10", "H99", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		visit("V11", "H1", "T99", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		visit("V12", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 0, 1),
		good,
		visit("V13", "H2", "T1", "2020-05-01T08:00:00Z", data.Absent, 0, 0),
	)
	wantRejected(t, "unknown household", posted.Results[0], "household_id")
	wantRejected(t, "unknown team", posted.Results[1], "team_id")
	wantRejected(t, "shown, not assessed", posted.Results[2], "shown")
	wantResult(t, "a good one among them", posted.Results[3], data.Created)
	wantResult(t, "before it was registered", posted.Results[4], data.Created)
	if p := posted.Results[4].Problem; p == nil || p.Field != "visited_at" {
		t.Errorf("got %s, want a warning about visited_at", describe(posted.Results[4]))
	}
}

func postHistories(t *testing.T, store Store) {
	put(t, store, programme())
	between := visit("V9", "H1", "T2", "2025-03-01T20:00:00+07:00", data.Partial, 0b11, 0b10)
	tie := visit("V0", "H1", "T1", "2025-03-01T08:00:00+07:00", data.Refused, 0, 0) // the moment of V1
	other := visit("V8", "H3", "T2", "2025-01-01T08:00:00+07:00", data.Moved, 0, 0)
	duplicate := programme().Visits[2] // of H2
	posted := post(t, store, between, other, tie, duplicate)

	old := programme().Visits
	want := map[string][]data.Visit{
		"H1": {tie, old[0], between, old[1]},
		"H3": {other, old[3]},
	}
	if len(posted.Histories) != len(want) {
		t.Errorf("histories of %d households, want %d: those with a created visit", len(posted.Histories), len(want))
	}
	for home, visits := range want {
		got := slices.Clone(posted.Histories[home])
		for i := range got {
			got[i].At, got[i].Origin = got[i].At.UTC(), data.Origin{}
		}
		for i := range visits {
			visits[i].At = visits[i].At.UTC()
		}
		if !reflect.DeepEqual(got, visits) {
			t.Errorf("history of %s:\n got %+v\nwant %+v", home, got, visits)
		}
	}
}

// postConcurrently has many clients post to the same households, each visit twice: every
// one is created once, and the last history is whole.
func postConcurrently(t *testing.T, store Store) {
	put(t, store, programme())
	const clients, each = 8, 25
	var mu sync.Mutex
	created := make(map[string]int)
	revisions := make(map[int64]int)
	longest, queued := 0, 0
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				// Clients in pairs send the same visits.
				v := visit(fmt.Sprintf("P%d-%d", c/2, i), "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
				posted, err := store.PostVisits(t.Context(), []data.Visit{v})
				if err != nil {
					t.Errorf("post: %v", err)
					return
				}
				mu.Lock()
				switch {
				case posted.Queued > 0: // on a busy machine, where it waited too long for its turn
					queued++
				case posted.Results[0].Change == data.Created:
					created[v.ID]++
					revisions[posted.Revision]++
				}
				longest = max(longest, len(posted.Histories["H1"]))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for dequeued := queued; dequeued > 0; {
		posted, err := store.WriteQueued(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		dequeued, longest = posted.Dequeued, max(longest, len(posted.Histories["H1"]))
	}
	if len(created) != clients/2*each && queued == 0 {
		t.Errorf("%d visits created, want %d", len(created), clients/2*each)
	}
	for id, n := range created {
		if n != 1 {
			t.Errorf("visit %s created %d times", id, n)
		}
	}
	for revision, n := range revisions {
		if n != 1 {
			t.Errorf("revision %d given to %d batches", revision, n)
		}
	}
	if want := 2 + clients/2*each; longest != want {
		t.Errorf("longest history %d, want %d", longest, want)
	}
	got, _ := read(t, store)
	if want := 4 + clients/2*each; len(got.Visits) != want {
		t.Errorf("%d visits in the store, want %d", len(got.Visits), want)
	}
}

func postDuringImport(t *testing.T, store Store) {
	put(t, store, programme())
	tx := begin(t, store)
	putInto(t, tx, records{Households: []data.Household{{ID: "H9"}}})
	done := make(chan data.Posted, 1)
	go func() {
		posted, err := store.PostVisits(t.Context(),
			[]data.Visit{visit("V9", "H9", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)})
		if err != nil {
			t.Errorf("post: %v", err)
		}
		done <- posted
	}()
	select {
	case <-done:
		t.Error("the post did not wait for the import")
	case <-time.After(50 * time.Millisecond):
	}
	commit(t, tx)
	if posted := <-done; len(posted.Results) == 1 {
		wantResult(t, "a visit to a household that the import brought", posted.Results[0], data.Created)
	}
}

// matchesModel writes at random, in imports and posts, some of them rolled back, and keeps
// plain maps beside: in the end, and on the way, the store contains what the maps contain.
func matchesModel(t *testing.T, store Store) {
	random := rand.New(rand.NewPCG(7, 11))
	base := programme()
	put(t, store, records{Areas: base.Areas, Teams: base.Teams})
	households := make(map[string]data.Household)
	visits := make(map[string]data.Visit)
	for round := range 60 {
		batch := records{}
		given := make(map[string]bool)
		for range random.IntN(30) {
			h := data.Household{ID: fmt.Sprintf("H%d", random.IntN(40)),
				Point: orb.Point{108 + float64(random.IntN(4))/4, 16}}
			if random.IntN(2) == 0 {
				h.HamletCode = []string{"0101", "0102", "0201"}[random.IntN(3)]
			}
			switch random.IntN(4) {
			case 0:
				h.Given = fieldSet(data.HouseholdFields, "household_id", "hamlet_code")
			case 1:
				h.Given = fieldSet(data.HouseholdFields, "household_id", "lon", "lat")
			}
			if !given[h.ID] {
				batch.Households = append(batch.Households, h)
			}
			given[h.ID] = true
		}
		for range random.IntN(60) {
			v := data.Visit{ID: fmt.Sprintf("V%d", random.IntN(300)), HouseholdID: fmt.Sprintf("H%d", random.IntN(45)),
				TeamID:   "T1",
				At:       time.Date(2025, 1, 1+random.IntN(3), 0, 0, 0, 0, time.UTC),
				Outcome:  data.Outcome(1 + random.IntN(7)),
				Assessed: data.SkillSet(random.IntN(32))}
			v.Shown = v.Assessed & data.SkillSet(random.IntN(32))
			switch random.IntN(4) {
			case 0:
				v.Given = fieldSet(data.VisitFields, "visit_id", "outcome", "household_id")
			case 1:
				v.Given = fieldSet(data.VisitFields, "visit_id", "household_id", "team_id", "visited_at", "outcome")
			}
			if round%3 == 2 { // a post gives all
				v.Given = 0
			}
			if !given[v.ID] {
				batch.Visits = append(batch.Visits, v)
			}
			given[v.ID] = true
		}
		if round%3 == 1 { // hamlets go to a commune, or stay
			for _, a := range base.Areas[3:] {
				a.Parent = []string{"20194", "20195"}[random.IntN(2)]
				batch.Areas = append(batch.Areas, a)
			}
		}
		if round%3 == 2 {
			posted := post(t, store, batch.Visits...)
			for i, v := range batch.Visits {
				old, there := visits[v.ID]
				_, home := households[v.HouseholdID]
				want := data.Rejected
				switch {
				case !home: // stays rejected
				case !there:
					want, visits[v.ID] = data.Created, v
				case old == v:
					want = data.Unchanged
				}
				if posted.Results[i].Change != want {
					t.Fatalf("round %d: post %+v: got %s, want %s", round, v, describe(posted.Results[i]),
						changeName(want))
				}
			}
			continue
		}
		tx := begin(t, store)
		e := putInto(t, tx, batch)
		if random.IntN(4) == 0 {
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		commit(t, tx)
		for _, a := range batch.Areas {
			base.Areas[slices.IndexFunc(base.Areas, func(b data.Area) bool { return b.Code == a.Code })] = a
		}
		for i, h := range batch.Households {
			old, there := households[h.ID]
			want := data.Rejected
			if now, ok := withHousehold(old, there, h); ok {
				households[h.ID] = now
				want = wantChange(there, old == now)
			}
			if e.households[i].Change != want {
				t.Fatalf("round %d: put %+v: got %s, want %s", round, h, describe(e.households[i]), changeName(want))
			}
		}
		for i, v := range batch.Visits {
			want := data.Rejected
			old, there := visits[v.ID]
			now, ok := withVisit(old, there, v)
			if _, home := households[v.HouseholdID]; home && ok {
				visits[v.ID] = now
				want = wantChange(there, old == now)
			}
			if e.visits[i].Change != want {
				t.Fatalf("round %d: put %+v: got %s, want %s", round, v, describe(e.visits[i]), changeName(want))
			}
		}
	}
	want := records{Areas: base.Areas, Teams: base.Teams}
	for _, h := range households {
		want.Households = append(want.Households, h)
	}
	for _, v := range visits {
		want.Visits = append(want.Visits, v)
	}
	wantRecords(t, store, want)
}

// withHousehold is what a household becomes that is put; false: it is rejected.
func withHousehold(old data.Household, there bool, h data.Household) (data.Household, bool) {
	given := h.Given
	h.Given = 0
	if given != 0 && given&fieldSet(data.HouseholdFields, "hamlet_code") == 0 {
		h.HamletCode = old.HamletCode
	}
	if given != 0 && given&fieldSet(data.HouseholdFields, "lon") == 0 {
		h.Point = old.Point
		return h, there
	}
	return h, true
}

// withVisit is what a visit becomes that is put; false: it is rejected.
func withVisit(old data.Visit, there bool, v data.Visit) (data.Visit, bool) {
	given := v.Given
	v.Given = 0
	if given != 0 {
		v.Assessed, v.Shown = old.Assessed, old.Shown
	}
	if given != 0 && given&fieldSet(data.VisitFields, "visited_at") == 0 {
		v.TeamID, v.At = old.TeamID, old.At
		return v, there
	}
	return v, true
}

func wantChange(there, same bool) data.Change {
	switch {
	case !there:
		return data.Created
	case same:
		return data.Unchanged
	}
	return data.Updated
}
