package storetest

import (
	"context"
	"slices"
	"testing"

	"tungnha/data"
)

// postQueued posts while a transaction is under way that does not end before the post does.
func postQueued(t *testing.T, store Store) {
	put(t, store, programme())
	_, before := read(t, store)
	tx := begin(t, store)
	corrected := programme().Visits[0]
	corrected.Outcome = data.Moved
	brought := visit("V21", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	putInto(t, tx, records{Households: []data.Household{{ID: "H9"}}, Visits: []data.Visit{corrected, brought}})

	good := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 0b10111, 0b00101)
	early := visit("V10", "H2", "T1", "2020-05-01T08:00:00Z", data.Absent, 0, 0)
	other := good
	other.Outcome = data.Refused
	posted := post(t, store, good, early, good, other, programme().Visits[0], corrected, brought,
		visit("V11", "H9", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		visit("V12", "H1", "T99", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		visit("V13", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 0, 1))
	if posted.Queued != 3 || len(posted.Histories) != 0 {
		t.Errorf("%d queued, %d histories; want 3 and none", posted.Queued, len(posted.Histories))
	}
	r := posted.Results
	wantResult(t, "a good one", r[0], data.Created)
	wantResult(t, "before it was registered", r[1], data.Created)
	if r[1].Problem == nil {
		t.Error("no warning of a visit before its household was registered")
	}
	wantResult(t, "twice in a batch", r[2], data.Unchanged)
	wantRejected(t, "twice in a batch with other values", r[3], "visit_id")
	wantResult(t, "one that was there", r[4], data.Unchanged)
	wantRejected(t, "one that was there with other values", r[5], "visit_id")
	wantResult(t, "one that the import brings too", r[6], data.Created)
	for i, field := range map[int]string{7: "household_id", 8: "team_id"} {
		wantRejected(t, "what the import may bring", r[i], field)
		if r[i].Problem.RetryAfter() == 0 {
			t.Errorf("%s: %v: want it sent again later", field, r[i].Problem)
		}
	}
	wantRejected(t, "shown, not assessed", r[9], "shown")
	if r[9].Problem.RetryAfter() != 0 {
		t.Errorf("%v: want it final", r[9].Problem)
	}

	posted = post(t, store, good, other)
	wantResult(t, "again, while it is queued", posted.Results[0], data.Unchanged)
	wantRejected(t, "again with other values", posted.Results[1], "visit_id")
	if posted, err := store.WriteQueued(t.Context()); err != nil || posted.Dequeued != 0 {
		t.Errorf("%d written beside the transaction, error %v", posted.Dequeued, err)
	}
	wantRecords(t, store, programme())

	commit(t, tx)
	posted = post(t, store, visit("V11", "H9", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0))
	wantResults(t, "sent again after the import", posted.Results, data.Created)
	if posted.Dequeued != 3 || posted.Queued != 0 || len(posted.Refused) != 0 || posted.Revision != before+2 {
		t.Errorf("%d dequeued, %d queued, %q refused, revision %d; want 3, 0, none, %d", posted.Dequeued, posted.Queued,
			posted.Refused, posted.Revision, before+2)
	}
	if len(posted.Histories["H1"]) != 4 || len(posted.Histories["H2"]) != 2 || len(posted.Histories["H9"]) != 1 {
		t.Errorf("histories %+v: want 4 visits of H1, 2 of H2, 1 of H9", posted.Histories)
	}
	got, _ := read(t, store)
	if len(got.Visits) != len(programme().Visits)+4 {
		t.Errorf("%d visits, want %d", len(got.Visits), len(programme().Visits)+4)
	}
	if posted, err := store.WriteQueued(t.Context()); err != nil || posted.Dequeued != 0 {
		t.Errorf("%d written once more, error %v", posted.Dequeued, err)
	}
}

func postQueuedRolledBack(t *testing.T, store Store) {
	put(t, store, programme())
	tx := begin(t, store)
	same := visit("V9", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 0, 0)
	other := same
	other.Outcome = data.Refused
	putInto(t, tx, records{Visits: []data.Visit{other}})
	if posted := post(t, store, same); posted.Queued != 1 {
		t.Fatalf("%d queued, want 1", posted.Queued)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	posted, err := store.WriteQueued(t.Context())
	if err != nil || posted.Dequeued != 1 || len(posted.Histories["H1"]) != 3 {
		t.Errorf("%d written, histories %v, error %v; want 1, with the 3 visits of H1", posted.Dequeued, posted.Histories, err)
	}
	want := programme()
	want.Visits = append(want.Visits, same)
	wantRecords(t, store, want)

	// What an import corrects while it is queued has the values of the import, and the other is kept aside.
	tx = begin(t, store)
	later := visit("V10", "H1", "T1", "2025-05-02T08:00:00Z", data.Completed, 0, 0)
	if posted := post(t, store, later); posted.Queued != 1 {
		t.Fatalf("%d queued, want 1", posted.Queued)
	}
	imported := later
	imported.Outcome = data.Refused
	putInto(t, tx, records{Visits: []data.Visit{imported}})
	commit(t, tx)
	if posted, err = store.WriteQueued(t.Context()); err != nil || len(posted.Refused) != 1 {
		t.Errorf("refused %q, error %v; want V10", posted.Refused, err)
	}
	want.Visits = append(want.Visits, imported)
	wantRecords(t, store, want)
}

// QueuedForSkills checks, with two stores open over one empty database, that a program with an older list of skills
// leaves queued visits to the program that knows their skills, and writes those that come after them.
func QueuedForSkills(t *testing.T, older, newer interface {
	Store
	Skills() data.Skills
	SetSkills(ctx context.Context, skills data.Skills) error
}) {
	put(t, older, programme())
	list := newer.Skills()
	if err := newer.SetSkills(t.Context(), append(list[:len(list):len(list)], data.Skill{Key: "mapping"})); err != nil {
		t.Fatal(err)
	}
	mapping := data.SkillSet(1) << len(list)
	tx := begin(t, newer)
	posted := post(t, newer, visit("V30", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, mapping, mapping))
	wantResult(t, "with the new skill", posted.Results[0], data.Created)
	posted = post(t, older, visit("V31", "H1", "T1", "2025-05-02T08:00:00Z", data.Completed, 1, 1),
		visit("V30", "H1", "T1", "2025-05-01T08:00:00Z", data.Completed, 1, 1))
	wantResult(t, "after it", posted.Results[0], data.Created)
	wantRejected(t, "as the queued one, with other skills", posted.Results[1], "visit_id")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		store    Store
		who      string
		dequeued int
	}{{older, "the older list", 1}, {older, "the older list again", 0}, {newer, "the newer list", 1}} {
		posted, err := step.store.WriteQueued(t.Context())
		if err != nil || posted.Dequeued != step.dequeued || len(posted.Refused) != 0 {
			t.Errorf("%s: %d dequeued, refused %q, error %v: want %d and none", step.who, posted.Dequeued, posted.Refused, err,
				step.dequeued)
		}
	}
	got, _ := read(t, newer)
	want := len(programme().Visits) + 2
	if i := slices.IndexFunc(got.Visits, func(v data.Visit) bool { return v.ID == "V30" }); len(got.Visits) != want || i < 0 ||
		got.Visits[i].Shown != mapping {
		t.Errorf("visits %+v: want %d, V30 among them with its skill", got.Visits, want)
	}
}
