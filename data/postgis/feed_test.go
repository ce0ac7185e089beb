package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis"
)

// programme is a commune with two hamlets, a team and some households.
func programme(t testing.TB, store *postgis.Store, households int) {
	t.Helper()
	areas := []data.Area{
		{Code: "48", Name: "Đà Nẵng", Level: data.Province},
		{Code: "20194", Name: "Hải Vân", Level: data.Commune, Parent: "48"},
		{Code: "20195", Name: "Liên Chiểu", Level: data.Commune, Parent: "48"},
		{Code: "0101", Name: "Tổ 1", Level: data.Hamlet, Parent: "20194"},
		{Code: "0201", Name: "Tổ 2", Level: data.Hamlet, Parent: "20195"},
	}
	for i := range areas {
		areas[i].DeclaredHouseholds, areas[i].Population = data.Unknown, data.Unknown
	}
	var homes []data.Household
	for i := range households {
		homes = append(homes, data.Household{ID: fmt.Sprintf("H%d", i), HamletCode: []string{"0101", "0201", ""}[i%3]})
	}
	put(t, store, func(tx data.Tx) (results []data.PutResult, err error) {
		if results, err = tx.PutAreas(t.Context(), areas); err == nil {
			if results, err = tx.PutTeams(t.Context(),
				[]data.Team{{ID: "T1", Name: "Tổ 1", CommuneCode: "20194"}}); err == nil {
				results, err = tx.PutHouseholds(t.Context(), homes)
			}
		}
		return results, err
	})
}

func put(t testing.TB, store *postgis.Store, write func(data.Tx) ([]data.PutResult, error)) {
	t.Helper()
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results, err := write(tx)
	if err == nil {
		err = tx.Commit(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range results {
		if e.Change == data.Rejected {
			t.Fatalf("rejected: %+v", *e.Problem)
		}
	}
}

func visit(id string, home int) data.Visit {
	return data.Visit{ID: id, HouseholdID: fmt.Sprintf("H%d", home), TeamID: "T1",
		At:      time.Unix(1750000000, 0).In(data.Zone),
		Outcome: data.Completed, Assessed: 3, Shown: 1}
}

func since(t testing.TB, store *postgis.Store, revision int64) (data.Posted, bool) {
	t.Helper()
	posted, whole, err := store.Since(t.Context(), revision)
	if err != nil {
		t.Fatal(err)
	}
	for _, visits := range posted.Histories {
		for i := range visits {
			if visits[i].Origin.Batch == 0 || visits[i].Origin.ReceivedAt == 0 {
				t.Errorf("%s has no origin", visits[i].ID)
			}
			visits[i].Origin = data.Origin{}
		}
	}
	return posted, whole
}

func revision(t testing.TB, store *postgis.Store) int64 {
	t.Helper()
	n, err := store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFeedSkipsNothing follows a database that two servers post to at once, and an import
// that stays open for long: every visit is in the first answer whose revision has reached
// that of its post.
func TestFeedSkipsNothing(t *testing.T) {
	url := newURL(t)
	one, two, reader := open(t, url), open(t, url), open(t, url)
	defer one.Close()
	defer two.Close()
	defer reader.Close()
	programme(t, one, 30)
	from := revision(t, reader)

	type step struct {
		revision int64
		visits   map[string]bool
	}
	var steps []step
	stop := make(chan struct{})
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		at := from
		for last := false; ; {
			posted, whole, err := reader.Since(context.Background(), at)
			if err != nil || !whole || posted.Revision < at {
				t.Errorf("since %d: revision %d, whole %v, %v", at, posted.Revision, whole, err)
				return
			}
			s := step{posted.Revision, map[string]bool{}}
			for _, history := range posted.Histories {
				for _, v := range history {
					s.visits[v.ID] = true
				}
			}
			steps, at = append(steps, s), posted.Revision
			if last {
				return
			}
			select {
			case <-stop:
				last = true
			default:
			}
		}
	}()

	var mu sync.Mutex
	acknowledged, queued := make(map[string]int64), 0
	var writers sync.WaitGroup
	for w := range 6 {
		store := []*postgis.Store{one, two}[w%2]
		writers.Go(func() {
			for i := range 25 {
				v := visit(fmt.Sprintf("V%d-%d", w, i), (w*7+i)%30)
				if w == 5 && i%5 == 0 { // an import among the posts, which takes its time
					tx, err := store.Begin(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					_, err = tx.PutVisits(t.Context(), []data.Visit{v})
					time.Sleep(20 * time.Millisecond)
					if err := errors.Join(err, tx.Commit(t.Context())); err != nil {
						t.Error(err)
						return
					}
					continue // which revision it has is not specified
				}
				posted, err := store.PostVisits(t.Context(), []data.Visit{v})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if posted.Queued == 0 {
					acknowledged[v.ID] = posted.Revision
				} else { // it waited too long for its turn: nor is that of these
					queued++
				}
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	if _, err := one.WriteQueued(t.Context()); err != nil {
		t.Error(err)
	}
	close(stop)
	<-followed
	if len(acknowledged)+queued != 6*25-5 {
		t.Fatalf("%d visits acknowledged", len(acknowledged))
	}
	for id, at := range acknowledged {
		i := slices.IndexFunc(steps, func(s step) bool { return s.revision >= at })
		if i < 0 || !steps[i].visits[id] {
			t.Errorf("visit %s of revision %d is not in the first answer that says it is complete up to there", id, at)
		}
	}
	seen := make(map[string]bool)
	for _, s := range steps {
		for id := range s.visits {
			seen[id] = true
		}
	}
	if len(seen) != 6*25 {
		t.Errorf("the feed told of %d visits, want %d", len(seen), 6*25)
	}
}

// TestLateCommit shows the trap itself: while a writer that began first has not committed,
// nobody can commit a later revision, so no reader goes past it.
func TestLateCommit(t *testing.T) {
	url := newURL(t)
	one, two := open(t, url), open(t, url)
	defer one.Close()
	defer two.Close()
	programme(t, one, 3)
	from := revision(t, one)

	slow, err := one.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slow.PutVisits(t.Context(), []data.Visit{visit("slow", 0)}); err != nil {
		t.Fatal(err)
	}
	quick := make(chan data.Posted, 1)
	go func() {
		posted, err := two.PostVisits(context.Background(), []data.Visit{visit("quick", 1)})
		if err != nil {
			t.Error(err)
		}
		quick <- posted
	}()
	if posted, whole := since(t, two, from); posted.Revision != from || !whole {
		t.Errorf("while both are under way: revision %d, whole %v, want %d", posted.Revision, whole, from)
	}
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := <-quick
	if second.Queued > 0 { // the first took longer than posts wait for their turn
		if second, err = two.WriteQueued(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if second.Revision != from+2 {
		t.Errorf("the second to commit has revision %d, want %d", second.Revision, from+2)
	}
	posted, whole := since(t, two, from)
	if !whole || posted.Revision != from+2 || len(posted.Histories["H0"]) != 1 || len(posted.Histories["H1"]) != 1 {
		t.Errorf("in the end: %+v, whole %v", posted, whole)
	}
}

func TestSince(t *testing.T) {
	store := open(t, newURL(t))
	defer store.Close()
	programme(t, store, 6)
	first := revision(t, store)
	if posted, whole := since(t, store, first); !whole || posted.Revision != first || len(posted.Histories) != 0 {
		t.Errorf("nothing new: %+v, whole %v", posted, whole)
	}
	if _, whole := since(t, store, 0); whole {
		t.Error("areas were written since, and the answer says it is whole")
	}
	if _, whole := since(t, store, first+1); whole {
		t.Error("a revision that the database never had, and the answer says it is whole")
	}
	for i, v := range []data.Visit{visit("A", 1), visit("B", 1), visit("C", 2)} {
		if posted, err := store.PostVisits(t.Context(), []data.Visit{v}); err != nil ||
			posted.Revision != first+int64(i)+1 {
			t.Fatalf("%+v, %v", posted, err)
		}
	}
	posted, whole := since(t, store, first+1)
	want := map[string][]data.Visit{"H1": {visit("A", 1), visit("B", 1)}, "H2": {visit("C", 2)}}
	if !whole || posted.Revision != first+3 || !reflect.DeepEqual(posted.Histories, want) {
		t.Errorf("got %+v, whole %v\nwant %+v", posted, whole, want)
	}

	// A corrected visit is reported with its household; one that leaves its household is not.
	corrected := visit("A", 1)
	corrected.Outcome = data.Refused
	put(t, store, func(tx data.Tx) ([]data.PutResult,
		error) {
		return tx.PutVisits(t.Context(), []data.Visit{corrected})
	})
	posted, whole = since(t, store, first+3)
	if want := []data.Visit{corrected, visit("B", 1)}; !whole || !reflect.DeepEqual(posted.Histories["H1"], want) {
		t.Errorf("corrected: got %+v, whole %v\nwant %+v", posted.Histories, whole, want)
	}
	put(t, store, func(tx data.Tx) ([]data.PutResult, error) {
		return tx.PutVisits(t.Context(), []data.Visit{visit("A", 5)})
	})
	if _, whole = since(t, store, first+4); whole {
		t.Error("a visit went to another household, and the answer says it is whole")
	}
	last := revision(t, store)
	for what, change := range map[string]func() error{
		"meta": func() error { return store.SetMeta(t.Context(), map[string]string{"name": "Chương trình"}) },
		"skills": func() error {
			return store.SetSkills(t.Context(), slices.Concat(store.Skills(), data.Skills{{Key: "x"}}))
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, whole := since(t, store, last); whole {
			t.Errorf("%s changed, and the answer says it is whole", what)
		}
		last = revision(t, store)
	}
}

// TestWait wakes for what another server wrote, and comes back after its connection is cut.
func TestWait(t *testing.T) {
	url := newURL(t)
	one, two := open(t, url), open(t, url)
	defer one.Close()
	defer two.Close()
	programme(t, one, 3)
	wait := func() error { return two.Wait(t.Context()) }
	if err := wait(); err != nil {
		t.Fatalf("the first call connects: %v", err)
	}
	for i := range 3 {
		woken := make(chan error, 1)
		go func() { woken <- wait() }()
		if _, err := one.PostVisits(t.Context(), []data.Visit{visit(fmt.Sprintf("V%d", i), 1)}); err != nil {
			t.Fatal(err)
		}
		if err := <-woken; err != nil {
			t.Fatal(err)
		}
	}
	// What changed nothing wakes nobody; the end of ctx ends the waiting and leaves the connection.
	if _, err := one.PostVisits(t.Context(), []data.Visit{visit("V0", 1)}); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := two.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing was written: got %v", err)
	}

	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	cut := func() {
		if _, err := db.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE query = 'LISTEN tungnha' AND datname = current_database()`); err != nil {
			t.Fatal(err)
		}
	}
	cut()
	if err := wait(); err == nil {
		t.Error("the connection was cut, and nobody says so")
	}
	if err := wait(); err != nil {
		t.Errorf("it does not come back: %v", err)
	}
	if posted, whole := since(t, two, revision(t, one)-1); !whole || len(posted.Histories) != 1 {
		t.Errorf("after that: %+v, whole %v", posted, whole)
	}
}
