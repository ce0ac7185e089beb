package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/data/postgis"
)

// The numbers make an import look up so many households that it reads all of them, and copy
// visits while it takes more.
const (
	bulkHomes  = 40_000
	bulkVisits = 90_000
	bulkBatch  = 4096
)

// bulkVisit has an id so long that few visits are worth a COPY.
func bulkVisit(n int) data.Visit {
	v := visit(fmt.Sprintf("V%06d", n)+strings.Repeat("x", 400), n*7919%bulkHomes)
	v.At = v.At.Add(time.Duration(n) * time.Second)
	return v
}

// putBulk puts visits in batches, as an import does.
func putBulk(ctx context.Context, tx data.Tx, visits int, look func(n int, result data.PutResult)) error {
	for n := 0; n < visits; n += bulkBatch {
		var batch []data.Visit
		for i := n; i < min(n+bulkBatch, visits); i++ {
			batch = append(batch, bulkVisit(i))
		}
		results, err := tx.PutVisits(ctx, batch)
		if err != nil {
			return err
		}
		for i, result := range results {
			look(n+i, result)
		}
	}
	return nil
}

func bulkProgramme(t *testing.T, store *postgis.Store) {
	t.Helper()
	programme(t, store, 0)
	homes := make([]data.Household, bulkHomes)
	for i := range homes {
		homes[i] = data.Household{ID: fmt.Sprintf("H%d", i), HamletCode: []string{"0101", "0201", ""}[i%3],
			RegisteredOn: data.Date(1)}
	}
	put(t, store, func(tx data.Tx) ([]data.PutResult, error) { return tx.PutHouseholds(t.Context(), homes) })
}

// TestBulkImport imports visits to more households than are looked up one by one: each gets
// the word of its own household, and each visit is there once, where its household is.
func TestBulkImport(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	bulkProgramme(t, store)
	db := connect(t, url)
	// One household goes, and one came after its visit.
	execute(t, db, `DELETE FROM households WHERE household_id = 'H39999'; UPDATE households SET registered_on = '2079-01-01' WHERE household_id = 'H39998'`)
	wantAll := func(change data.Change) (rejected int) {
		t.Helper()
		tx, err := store.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		err = putBulk(t.Context(), tx, bulkVisits, func(n int, e data.PutResult) {
			switch home := n * 7919 % bulkHomes; {
			case home == 39_999:
				rejected++
				if e.Change != data.Rejected || e.Problem.Field != "household_id" {
					t.Errorf("visit %d to a household that is gone: %+v", n, e)
				}
			case e.Change != change:
				t.Errorf("visit %d: %+v", n, e)
			case (e.Problem != nil) != (home == 39_998):
				t.Errorf("visit %d to household %d: warning %v", n, home, e.Problem)
			}
		})
		if err == nil {
			err = tx.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return rejected
	}
	rejected := wantAll(data.Created)
	before := revision(t, store)
	wantAll(data.Unchanged)
	if after := revision(t, store); after != before {
		t.Errorf("the same again raised the revision from %d to %d", before, after)
	}
	var visits, ids, apart int
	err := db.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT visit_id), count(*) FILTER (WHERE h.household_id IS NULL)
		FROM visits LEFT JOIN households h USING (commune_code, household_id)`).Scan(&visits, &ids, &apart)
	if err != nil || rejected == 0 || visits != bulkVisits-rejected || ids != visits || apart != 0 {
		t.Errorf("%d visits with %d ids, %d apart from their households, %v", visits, ids, apart, err)
	}
}

// TestBulkImportFails has the database refuse a row of a COPY that went on behind the next
// batches, and then the caller give up meanwhile: nothing is kept, and the store goes on.
func TestBulkImportFails(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	bulkProgramme(t, store)
	db := connect(t, url)
	execute(t, db, `ALTER TABLE visits ADD CONSTRAINT refused CHECK (visit_id NOT LIKE 'V000007%')`)
	before := revision(t, store)

	for what, c := range map[string]struct {
		visits int
		stop   func(cancel func(), n int)
		want   func(error) bool
	}{
		"a refused row": {bulkVisits, nil,
			func(err error) bool { return strings.Contains(err.Error(), "copy visits") }},
		"a refused row, at the commit": {100, nil,
			func(err error) bool { return strings.Contains(err.Error(), "copy visits") }},
		"somebody gives up": {bulkVisits, func(cancel func(), n int) {
			if n == bulkVisits*9/10 { // after the COPY began
				cancel()
			}
		}, func(err error) bool {
			return errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "copy visits")
		}},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := store.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		err = putBulk(ctx, tx, c.visits, func(n int, _ data.PutResult) {
			if c.stop != nil {
				c.stop(cancel, n)
			}
		})
		if err == nil {
			err = tx.Commit(ctx)
		}
		if err == nil || !c.want(err) {
			t.Errorf("%s: got %v", what, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Errorf("%s: rollback: %v", what, err)
		}
		cancel()
		var visits int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM visits`).Scan(&visits); err != nil || visits != 0 || revision(t, store) != before {
			t.Errorf("%s: %d visits were kept, %v", what, visits, err)
		}
	}
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V1", 1)}); err != nil {
		t.Errorf("a post afterwards: %v", err)
	}
}

// TestManyHouseholds imports visits to more households than a transaction keeps: those of one batch are not forgotten
// before they are used.
func TestManyHouseholds(t *testing.T) {
	store := open(t, newURL(t))
	defer store.Close()
	const homes = 66
	programme(t, store, homes)
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	postgis.CacheHouseholds(tx, 10)
	for n := range 10 {
		var batch []data.Visit
		for i := range 12 {
			// Half of the households are those of the batch before.
			batch = append(batch, visit(fmt.Sprintf("many-%d-%d", n, i), n*6+i))
		}
		results, err := tx.PutVisits(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Change != data.Created {
				t.Fatalf("batch %d, visit %d: %v, want it created", n, i, r.Problem)
			}
		}
	}
}
