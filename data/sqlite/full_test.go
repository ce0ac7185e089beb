package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/paulmach/orb"

	"tungnha/data"
)

// TestFull posts until there is no room for more. The batch that does not fit leaves
// nothing, what went in before stays, and with more room the same batch goes in.
func TestFull(t *testing.T) {
	ctx := t.Context()
	store, err := Open(ctx, filepath.Join(t.TempDir(), "full.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.write(ctx, func(tx *Tx) error {
		_, err := tx.PutAreas(ctx, []data.Area{{Code: "20194", Level: data.Commune}})
		if err != nil {
			return err
		}
		if _, err := tx.PutTeams(ctx, []data.Team{{ID: "T1", CommuneCode: "20194"}}); err != nil {
			return err
		}
		_, err = tx.PutHouseholds(ctx, []data.Household{{ID: "H1", Point: orb.Point{108, 16}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := store.writer.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		if _, err := store.writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if _, err := store.Read(ctx,
			data.RecordHandler{Visit: func(*data.Visit) error { n++; return nil }}); err != nil {
			t.Fatal(err)
		}
		return n
	}

	limit(pages + 40)
	const batch = 200
	kept := 0
	for ; ; kept++ {
		before, err := store.Revision(ctx)
		if err != nil {
			t.Fatal(err)
		}
		visits := make([]data.Visit, batch)
		for i := range visits {
			visits[i] = data.Visit{ID: fmt.Sprintf("V%d-%d", kept, i), HouseholdID: "H1", TeamID: "T1",
				At: time.Date(2025, 1, 1, kept, 0, i, 0, time.UTC), Outcome: data.Completed}
		}
		_, err = store.PostVisits(ctx, visits)
		if err == nil {
			continue
		}
		var full sqlite3.Error
		if !errors.As(err, &full) || full.Code != sqlite3.ErrFull {
			t.Fatalf("got %v, want %v", err, sqlite3.ErrFull)
		}
		if !errors.Is(err, data.ErrFull) {
			t.Errorf("%v does not say that somebody has to make room", err)
		}
		if n := count(); n != kept*batch {
			t.Errorf("%d visits in a full file, want the %d that were acknowledged", n, kept*batch)
		}
		if after, err := store.Revision(ctx); err != nil || after != before {
			t.Errorf("revision %d, error %v; want %d as before", after, err, before)
		}
		limit(pages + 4000)
		posted, err := store.PostVisits(ctx, visits)
		if err != nil || posted.Results[0].Change != data.Created || posted.Results[batch-1].Change != data.Created {
			t.Errorf("with more room: %v", err)
		}
		if n := count(); n != (kept+1)*batch {
			t.Errorf("%d visits, want %d", n, (kept+1)*batch)
		}
		break
	}
	if kept == 0 {
		t.Error("nothing went in before: the test shows nothing")
	}
}

// A trigger that the comparison of the tables does not see, here one of the connection, keeps a row from being written:
// the visit is not acknowledged.
func TestVisitThatIsNotWritten(t *testing.T) {
	ctx := t.Context()
	store, err := Open(ctx, filepath.Join(t.TempDir(), "store.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.write(ctx, func(tx *Tx) error {
		if _, err := tx.PutAreas(ctx, []data.Area{{Code: "20194", Level: data.Commune}}); err != nil {
			return err
		}
		if _, err := tx.PutTeams(ctx, []data.Team{{ID: "T1", CommuneCode: "20194"}}); err != nil {
			return err
		}
		_, err = tx.PutHouseholds(ctx, []data.Household{{ID: "H1", Point: orb.Point{108, 16}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"visit_rows", "visits_aside"} {
		if _, err := store.writer.ExecContext(ctx, `CREATE TEMP TRIGGER `+table+`_quiet BEFORE INSERT ON main.`+table+`
			BEGIN SELECT raise(ignore); END`); err != nil {
			t.Fatal(err)
		}
	}
	v := data.Visit{ID: "V", HouseholdID: "H1", TeamID: "T1", At: time.Unix(1735700000, 0), Outcome: data.Completed}
	aside := v
	aside.HouseholdID, aside.Origin.Sender = "H2", "somebody"
	for name, v := range map[string]data.Visit{"recorded": v, "set aside": aside} {
		if posted, err := store.PostVisits(ctx, []data.Visit{v}); !errors.Is(err, data.ErrUnsound) {
			t.Errorf("%s: %+v, %v; want %v", name, posted.Results, err, data.ErrUnsound)
		}
	}
}
