package storetest

import (
	"testing"
	"time"

	"tungnha/data"
)

// origins checks that visits are read with the moment and the batch of their first arrival, whatever becomes of them.
func origins(t *testing.T, store Store) {
	before := time.Now().Unix()
	put(t, store, programme())
	a := visit("P1", "H1", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	b := visit("P2", "H2", "T1", "2025-05-01T08:00:00Z", data.Absent, 0, 0)
	early := visit("P3", "H3", "T1", "2020-05-01T08:00:00Z", data.Absent, 0, 0)
	a.Origin = data.Origin{ReceivedAt: 1000, Sender: "one"}
	b.Origin = data.Origin{ReceivedAt: 2000, Sender: "two"}
	early.Origin = a.Origin
	posted := post(t, store, a, b, early)
	history := posted.Histories["H2"]
	if got := history[len(history)-1].Origin; got.ReceivedAt != 2000 || got.Batch == 0 {
		t.Errorf("origin in the history: got %+v", got)
	}
	post(t, store, a) // a duplicate makes no batch

	// A correction and a household that moves leave a visit where it came from.
	r := programme()
	r.Areas, r.Teams, r.Visits = nil, nil, []data.Visit{a}
	r.Visits[0].Outcome, r.Visits[0].Origin = data.Refused, data.Origin{}
	r.Households = r.Households[:1]
	r.Households[0].HamletCode = "0201"
	put(t, store, r)

	batches := make(map[int64]data.Batch)
	visits := make(map[string]data.Origin)
	_, err := store.Read(t.Context(), data.RecordHandler{
		Batch: func(b *data.Batch) error { batches[b.ID] = *b; return nil },
		Visit: func(v *data.Visit) error { visits[v.ID] = v.Origin; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(batches) != 3 {
		t.Errorf("%d batches, want 3: an import and two senders", len(batches))
	}
	for id, want := range map[string]data.Batch{
		"P1": {ReceivedAt: 1000, Channel: data.ByPost, Sender: "one"},
		"P2": {ReceivedAt: 2000, Channel: data.ByPost, Sender: "two"},
		"P3": {ReceivedAt: 1000, Channel: data.ByPost, Sender: "one"},
	} {
		want.ID = visits[id].Batch
		if got := batches[want.ID]; got != want || visits[id].ReceivedAt != want.ReceivedAt {
			t.Errorf("%s: got %+v of batch %+v, want %+v", id, visits[id], got, want)
		}
	}
	if o := visits["V1"]; o.ReceivedAt < before || o.ReceivedAt > time.Now().Unix() ||
		batches[o.Batch].Channel != data.ByImport {
		t.Errorf("V1: got %+v, want the import", o)
	}
}
