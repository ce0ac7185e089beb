package storetest

import (
	"testing"

	"tungnha/data"
)

// reverts withdraws posted visits by batch, sender and time, and undoes that, and what was undone.
func reverts(t *testing.T, store Store) {
	put(t, store, programme())
	posted := func(id, household, sender string, at int64) data.Visit {
		v := visit(id, household, "T1", "2025-05-01T08:00:00Z", data.Completed, 0b11, 0b01)
		v.Origin = data.Origin{ReceivedAt: at, Sender: sender}
		return v
	}
	visits := []data.Visit{posted("P1", "H1", "one", 1000), posted("P2", "H2", "two", 1000), posted("P3", "H3", "one", 2000)}
	post(t, store, visits...)
	want := programme()
	want.Visits = append(want.Visits, visits...)
	wantRecords(t, store, want)

	revert := func(what string, s data.Selection, want data.Reverted) int64 {
		t.Helper()
		before := revision(t, store)
		dry, err := store.Revert(t.Context(), s, true)
		if err != nil || revision(t, store) != before {
			t.Fatalf("%s, dry run: revision %d after %d, error %v", what, revision(t, store), before, err)
		}
		done, err := store.Revert(t.Context(), s, false)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if dry.Withdrawn != done.Withdrawn || dry.Restored != done.Restored || dry.Blocked != done.Blocked {
			t.Errorf("%s: the dry run gave %+v, the revert %+v", what, dry, done)
		}
		batch := done.Batch
		done.Batch = 0
		if done != want {
			t.Errorf("%s: got %+v, want %+v", what, done, want)
		}
		if changed := revision(t, store) != before; changed != (batch != 0) {
			t.Errorf("%s: batch %d, and the revision changed: %t", what, batch, changed)
		}
		return batch
	}
	without := func(ids ...string) {
		t.Helper()
		left := want
		left.Visits = nil
		for _, v := range want.Visits {
			gone := false
			for _, id := range ids {
				gone = gone || v.ID == id
			}
			if !gone {
				left.Visits = append(left.Visits, v)
			}
		}
		wantRecords(t, store, left)
	}

	first := revert("a sender", data.Selection{Sender: "one"}, data.Reverted{Withdrawn: 2})
	without("P1", "P3")
	second := revert("undone", data.Selection{Batch: first}, data.Reverted{Restored: 2})
	without()
	third := revert("withdrawn again", data.Selection{Batch: second}, data.Reverted{Withdrawn: 2})
	without("P1", "P3")
	revert("nothing is left of it", data.Selection{Batch: first}, data.Reverted{})
	revert("undone again", data.Selection{Batch: third}, data.Reverted{Restored: 2})
	without()

	revert("a time", data.Selection{Since: 1500, Until: 2000}, data.Reverted{Withdrawn: 1})
	without("P3")
	last := revert("a sender and a time", data.Selection{Sender: "two", Since: 1000, Until: 1000}, data.Reverted{Withdrawn: 1})
	without("P2", "P3")
	revert("a sender that has none left", data.Selection{Sender: "two"}, data.Reverted{})
	revert("a batch that never was", data.Selection{Batch: 999}, data.Reverted{})

	// A withdrawn visit that was sent again stays as it was sent again.
	again := posted("P2", "H3", "three", 3000)
	post(t, store, again)
	revert("recorded again meanwhile", data.Selection{Batch: last}, data.Reverted{Blocked: 1})
	for i := range want.Visits {
		if want.Visits[i].ID == "P2" {
			want.Visits[i] = again
		}
	}
	without("P3")

	// A whole import.
	var imported int64
	if _, err := store.Read(t.Context(), data.RecordHandler{Batch: func(b *data.Batch) error {
		if b.Channel == data.ByImport {
			imported = b.ID
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	undo := revert("an import", data.Selection{Batch: imported}, data.Reverted{Withdrawn: len(programme().Visits)})
	revert("an import undone", data.Selection{Batch: undo}, data.Reverted{Restored: len(programme().Visits)})
	without("P3")
}
