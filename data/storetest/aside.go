package storetest

import (
	"slices"
	"testing"
	"time"

	"tungnha/data"
)

// asides posts visits of a sender that cannot be recorded: they are kept, do not count, and come in with what they
// lacked. A duplicate is what the same sender sent before.
func asides(t *testing.T, store Store) {
	put(t, store, programme())
	sent := func(sender string) []data.Visit {
		visits := []data.Visit{
			visit("P1", "H99", "T1", "2025-05-01T08:00:00Z", data.Completed, 0b11, 0b01),
			visit("P2", "H1", "T99", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
			programme().Visits[0],
			programme().Visits[1],
			visit("P5", "H2", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		}
		visits[2].Outcome = data.Ineligible
		for i := range visits {
			visits[i].Origin = data.Origin{ReceivedAt: 1000, Sender: sender}
		}
		return visits
	}
	want := programme()
	want.Visits = append(want.Visits, sent("")[4])

	before := revision(t, store)
	posted := post(t, store, sent("one")...)
	wantResults(t, "that cannot be recorded", posted.Results[:4], data.SetAside)
	wantResult(t, "that can", posted.Results[4], data.Created)
	for i, field := range []string{"household_id", "team_id", "visit_id", ""} {
		got := ""
		if p := posted.Results[i].Problem; p != nil {
			got = p.Field
		}
		if got != field {
			t.Errorf("visit %d: problem of %q, want of %q", i, got, field)
		}
	}
	if posted.Revision != before+1 || revision(t, store) != before+1 {
		t.Errorf("revision %d and %d, want %d", posted.Revision, revision(t, store), before+1)
	}
	if h := posted.Histories["H2"]; len(h) == 0 || h[len(h)-1].ID != "P5" {
		t.Errorf("history of H2: %v", h)
	}
	wantRecords(t, store, want)

	alone := post(t, store, visit("P9", "H0", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0))
	wantResults(t, "without a sender", alone.Results, data.Rejected)
	alien := sent("three")[:1]
	if posted := post(t, store, alien...); len(posted.Histories) != 1 || posted.Revision != before+2 {
		t.Errorf("a visit that is set aside: histories %v, revision %d: want what a recorded one has", posted.Histories,
			posted.Revision)
	}

	posted = post(t, store, sent("one")...)
	wantResults(t, "sent again", posted.Results, data.Unchanged)
	if posted.Revision != before+2 {
		t.Errorf("revision %d after nothing but duplicates, want %d", posted.Revision, before+2)
	}
	posted = post(t, store, sent("two")...)
	wantResults(t, "sent by somebody else", posted.Results, data.SetAside)
	posted = post(t, store, append(sent("two"), sent("two")...)...)
	wantResults(t, "sent again by somebody else", posted.Results, data.Unchanged)
	wantRecords(t, store, want)

	reasons := func() (reasons []string) {
		if _, err := store.Read(t.Context(), data.RecordHandler{Aside: func(a *data.Aside) error {
			reason := a.ID + " " + string(a.Reason)
			if a.RestoredBy != 0 {
				reason += " in"
			}
			reasons = append(reasons, reason)
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(reasons)
		return reasons
	}
	all := []string{"P1 unknown_household", "P1 unknown_household", "P1 unknown_household", "P2 unknown_team",
		"P2 unknown_team", "P5 repeated", "V1 conflict", "V1 conflict", "V2 repeated", "V2 repeated"}
	if got := reasons(); !slices.Equal(got, all) {
		t.Errorf("set aside: %q, want %q", got, all)
	}

	more := records{Households: []data.Household{{ID: "H99", Point: programme().Households[0].Point}}}
	put(t, store, more)
	want.Households = append(want.Households, more.Households...)
	done, err := store.Revert(t.Context(), data.Selection{Unknown: true}, false)
	if err != nil || done.Restored != 1 || done.Withdrawn != 0 || done.Blocked != 4 {
		t.Errorf("brought in: %+v, %v: want 1, and 4 that stay", done, err)
	}
	with := want
	with.Visits = append(slices.Clone(want.Visits), sent("")[0])
	wantRecords(t, store, with)
	all[0] += " in"
	if got := reasons(); !slices.Equal(got, slices.Sorted(slices.Values(all))) {
		t.Errorf("after one was brought in: %q, want %q", got, all)
	}
	undone, err := store.Revert(t.Context(), data.Selection{Batch: done.Batch}, false)
	if err != nil || undone.Withdrawn != 1 {
		t.Errorf("undone: %+v, %v", undone, err)
	}
	wantRecords(t, store, want)
}

// asidesLater sends visits again that were set aside: a sender gets "duplicate" whatever the register has by then, and
// what can be recorded is. What was withdrawn stays so. A correction outlives the undoing of what was brought in.
func asidesLater(t *testing.T, store Store) {
	put(t, store, programme())
	v := visit("P1", "H99", "T1", "2025-05-01T08:00:00Z", data.Completed, 0b11, 0b01)
	v.Origin = data.Origin{ReceivedAt: 1000, Sender: "one"}
	wantResults(t, "unknown", post(t, store, v).Results, data.SetAside)
	wantResults(t, "sent again", post(t, store, v).Results, data.Unchanged)
	more := records{Households: []data.Household{{ID: "H99", Point: programme().Households[0].Point}}}
	put(t, store, more)
	posted := post(t, store, v)
	wantResults(t, "sent again when it is known", posted.Results, data.Created)
	if !posted.Results[0].Again {
		t.Error("the visit is not one that was sent before")
	}
	want := programme()
	want.Households = append(want.Households, more.Households...)
	with := want
	with.Visits = append(slices.Clone(want.Visits), v)
	wantRecords(t, store, with)

	out, err := store.Revert(t.Context(), data.Selection{Sender: "one"}, false)
	if err != nil || out.Withdrawn != 1 {
		t.Fatalf("withdrawn: %+v, %v", out, err)
	}
	wantResults(t, "sent again when it is withdrawn", post(t, store, v).Results, data.Unchanged)
	wantRecords(t, store, want)

	back, err := store.Revert(t.Context(), data.Selection{Batch: out.Batch}, false)
	if err != nil || back.Restored != 1 {
		t.Fatalf("brought back: %+v, %v", back, err)
	}
	corrected := v
	corrected.Outcome = data.Refused
	put(t, store, records{Visits: []data.Visit{corrected}})
	out, err = store.Revert(t.Context(), data.Selection{Batch: back.Batch}, false)
	if err != nil || out.Withdrawn != 1 {
		t.Fatalf("withdrawn again: %+v, %v", out, err)
	}
	wantRecords(t, store, want)
	if _, err := store.Revert(t.Context(), data.Selection{Batch: out.Batch}, false); err != nil {
		t.Fatal(err)
	}
	with.Visits[len(with.Visits)-1] = corrected
	wantRecords(t, store, with)
}

// manyOfOneID posts many visits of one id that cannot be recorded: each is looked up by all its values.
func manyOfOneID(t *testing.T, store Store) {
	put(t, store, programme())
	visits := make([]data.Visit, 5000)
	for i := range visits {
		visits[i] = visit("X", "H99", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
		visits[i].At = visits[i].At.Add(time.Duration(i) * time.Second)
		visits[i].Origin = data.Origin{ReceivedAt: 1000, Sender: "one"}
	}
	wantResults(t, "of one id", post(t, store, visits...).Results, data.SetAside)
	wantResults(t, "again", post(t, store, visits...).Results, data.Unchanged)
}

// asidesQueued posts visits of senders while an import is under way: what cannot be recorded is queued too, and is set
// aside, or recorded with what the import brought, when it is written.
func asidesQueued(t *testing.T, store Store) {
	put(t, store, programme())
	tx := begin(t, store)
	putInto(t, tx, records{Households: []data.Household{{ID: "H9"}}})
	sent := func(sender string) []data.Visit {
		visits := []data.Visit{
			visit("P1", "H99", "T1", "2025-05-01T08:00:00Z", data.Completed, 0b11, 0b01),
			visit("P2", "H9", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0), // of the import
			programme().Visits[0],
			programme().Visits[1],
			visit("P5", "H2", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0),
		}
		visits[2].Outcome = data.Ineligible
		for i := range visits {
			visits[i].Origin = data.Origin{ReceivedAt: 1000, Sender: sender}
		}
		return visits
	}
	posted := post(t, store, sent("one")...)
	wantResults(t, "queued that cannot be recorded yet", posted.Results[:4], data.SetAside)
	wantResult(t, "queued", posted.Results[4], data.Created)
	if posted.Queued != 5 {
		t.Errorf("%d queued, want 5", posted.Queued)
	}
	posted = post(t, store, sent("one")...)
	wantResults(t, "queued already", posted.Results, data.Unchanged)
	twice := append(sent("three"), sent("three")...)
	wantResults(t, "twice in a post", post(t, store, twice...).Results[5:], data.Unchanged)
	posted = post(t, store, sent("two")...)
	wantResults(t, "queued of another sender", posted.Results, data.SetAside)
	commit(t, tx)
	posted, err := store.WriteQueued(t.Context())
	if err != nil || len(posted.Refused) != 0 || posted.Dequeued != 15 {
		t.Errorf("%d dequeued, refused %q, error %v: want 15 and none", posted.Dequeued, posted.Refused, err)
	}
	want := programme()
	want.Households = append(want.Households, data.Household{ID: "H9"})
	want.Visits = append(want.Visits, sent("")[1], sent("")[4])
	wantRecords(t, store, want)
	posted = post(t, store, sent("one")...)
	wantResults(t, "sent again", posted.Results, data.Unchanged)
}
