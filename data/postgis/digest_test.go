package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/postgis"
)

// altered reads all records and returns which kinds are not as the program wrote them last, and when somebody noticed.
func altered(t testing.TB, store *postgis.Store) (kinds, noticed string) {
	t.Helper()
	_, err := store.Read(context.Background(), digest.All())
	var altered *data.AlteredError
	if err != nil && !errors.As(err, &altered) {
		t.Fatal(err)
	}
	if altered == nil {
		return "", ""
	}
	var names []string
	for _, a := range altered.Alterations {
		names = append(names, fmt.Sprintf("%s %d %d", a.Kind, a.Written, a.Found))
	}
	return strings.Join(names, ", "), altered.NoticedAt
}

// wantDigested checks at the end of a test that the digests are those of the records: nobody else has edited them.
func wantDigested(t testing.TB, url string) {
	t.Helper()
	t.Cleanup(func() {
		store, err := postgis.Open(context.Background(), url)
		if err != nil {
			t.Error(err)
			return
		}
		defer store.Close()
		if kinds, _ := altered(t, store); kinds != "" {
			t.Errorf("the digests were not kept: %s", kinds)
		}
	})
}

// TestEdits has somebody edit a database with psql beside an open store, table by table: the store notices at once, who
// reads all records learns which kinds are edited, and nobody any more when somebody has accepted them.
func TestEdits(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprintf("cut %t", cut), func(t *testing.T) {
			url := newURL(t)
			store := open(t, url)
			programme(t, store, 6)
			db := connect(t, url)
			if cut {
				execute(t, db, partition)
				if err := store.Close(); err != nil { // its connections have plans for the whole tables
					t.Fatal(err)
				}
				store = open(t, url)
			}
			defer func() { store.Close() }()
			posted, err := store.PostVisits(t.Context(), []data.Visit{visit("V1", 1), visit("V2", 2)})
			if err != nil || len(posted.Histories) != 2 {
				t.Fatal(posted, err)
			}
			if kinds, _ := altered(t, store); kinds != "" {
				t.Fatalf("before any edit: %s", kinds)
			}
			for _, edit := range []struct{ sql, want string }{
				{`UPDATE areas SET geom = public.ST_Multi(public.ST_MakeEnvelope(108, 16, 109, 17, 4326)) WHERE code = '20194'`,
					"areas 5 5"},
				{`UPDATE areas SET name = 'x' WHERE code = '20195'`, "areas 5 5"},
				{`UPDATE households SET geom = public.ST_SetSRID(public.ST_MakePoint(108, 16.0000001), 4326) WHERE household_id = 'H5'`,
					"households 6 6"},
				{`DELETE FROM households WHERE household_id = 'H5'`, "households 6 5"},
				{`UPDATE teams SET members = 7`, "teams 1 1"},
				{`INSERT INTO team_hamlets VALUES ('T1', '0201', NULL, NULL)`, "teams 1 1"},
				{`TRUNCATE team_hamlets`, "teams 1 1"},
				{`UPDATE meta SET value = repeat('0', 64) WHERE key = 'secret'`, "settings 6 6"},
				{`UPDATE skills SET name_vi = 'x' WHERE bit = 1`, "settings 6 6"},
				{`DELETE FROM visits WHERE visit_id = 'V2'`, "visits 2 1"},
				{`SET tungnha.writing = 'by hand'; UPDATE visits SET outcome = 'absent'; RESET tungnha.writing`, "visits 1 1"},
			} {
				before := revision(t, store)
				execute(t, db, edit.sql)
				if now := revision(t, store); now <= before {
					t.Errorf("%s: revision %d, %d before: no server notices", edit.sql, now, before)
				}
				if _, whole := since(t, store, before); whole {
					t.Errorf("%s: servers do not read everything again", edit.sql)
				}
				kinds, noticed := altered(t, store)
				at, err := time.Parse(time.RFC3339, noticed)
				if kinds != edit.want || err != nil || time.Since(at).Abs() > time.Hour {
					t.Errorf("%s: altered are %q, noticed at %q, %v; want %q", edit.sql, kinds, noticed, err, edit.want)
				}
				// A server that starts learns it too.
				other := open(t, url)
				if kinds, _ := altered(t, other); kinds != edit.want {
					t.Errorf("%s: altered for another program: %q, want %q", edit.sql, kinds, edit.want)
				}
				if err := other.Accept(t.Context()); err != nil {
					t.Fatal(err)
				}
				other.Close()
				if kinds, _ := altered(t, store); kinds != "" {
					t.Errorf("%s: accepted, and yet %q", edit.sql, kinds)
				}
				if now := revision(t, store); now <= before+1 {
					t.Errorf("%s: no server notices that it is accepted", edit.sql)
				}
			}
			// Past the triggers nobody notices, until all is read.
			before := revision(t, store)
			execute(t, db, `SET session_replication_role = replica;
				UPDATE visits SET shown = 0 WHERE visit_id = 'V1'; RESET session_replication_role`)
			if kinds, noticed := altered(t, store); kinds != "visits 1 1" || noticed != "" || revision(t, store) != before {
				t.Errorf("past the triggers: %q noticed at %q", kinds, noticed)
			}
			// A post adds to the digest and hides nothing.
			if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V3", 1)}); err != nil {
				t.Fatal(err)
			}
			if kinds, _ := altered(t, store); kinds != "visits 2 2" {
				t.Errorf("after a post: %q", kinds)
			}
		})
	}
}

// TestEditWaitsForImport edits by hand while an import has the lock of the store: the two take turns, and neither ends
// the other.
func TestEditWaitsForImport(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 6)
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	home := data.Household{ID: "H1", HamletCode: "0101"}
	db := connect(t, url)
	edited := make(chan error, 1)
	go func() {
		_, err := db.Exec(t.Context(), `UPDATE households SET removed_on = '2026-01-01' WHERE household_id IN ('H1', 'H2')`)
		edited <- err
	}()
	watch := connect(t, url)
	for waiting := 0; waiting == 0; {
		if err := watch.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE NOT granted AND datname = current_database() AND query LIKE 'UPDATE households SET removed_on%'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.PutHouseholds(t.Context(), []data.Household{home}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Commit(t.Context()), <-edited); err != nil {
		t.Fatal(err)
	}
	if kinds, _ := altered(t, store); kinds != "households 6 6" {
		t.Errorf("altered: %q", kinds)
	}
}

// TestOlderProgram writes as programs did before there were digests: they are refused, so that they cannot make the
// digests wrong.
func TestOlderProgram(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 6)
	for _, sql := range []string{
		`UPDATE households SET removed_on = '2026-01-01'`,
		`INSERT INTO visits (commune_code, household_id, visited_at, visit_id, team_id, outcome, assessed, shown, revision)
			VALUES ('20194', 'H0', now(), 'V1', 'T1', 'absent', 0, 0, 9)`,
	} {
		var said *pgconn.PgError
		_, err := connect(t, url).Exec(t.Context(), `SET tungnha.writing = 'on'; `+sql)
		if !errors.As(err, &said) || !strings.Contains(said.Message, "newer version") || said.Hint == "" {
			t.Errorf("%s: got %v", sql, err)
		}
	}
	if kinds, _ := altered(t, store); kinds != "" {
		t.Errorf("altered: %q", kinds)
	}
}

// TestFirstDigests opens a database from before there were digests: they are taken of what is there, once, by one of
// the programs that open it together.
func TestFirstDigests(t *testing.T) {
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	programme(t, store, 6)
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V1", 1), visit("V2", 2)}); err != nil {
		t.Fatal(err)
	}
	db := connect(t, url)
	execute(t, db, `TRUNCATE record_digests, record_digest_key`)
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V3", 3)}); err != nil { // between the migration and that
		t.Fatal(err)
	}
	if kinds, _ := altered(t, store); kinds != "" {
		t.Errorf("without digests: %q", kinds)
	}
	var opening sync.WaitGroup
	for range 4 {
		opening.Go(func() {
			if other, err := postgis.Open(t.Context(), url); err != nil {
				t.Error(err)
			} else {
				other.Close()
			}
		})
	}
	opening.Wait()
	var visits int
	if err := db.QueryRow(t.Context(), `SELECT records FROM record_digests WHERE kind = 'visits'`).Scan(&visits); err != nil || visits != 3 {
		t.Errorf("digests of %d visits, want 3: %v", visits, err)
	}
	if _, err := store.PostVisits(t.Context(), []data.Visit{visit("V4", 4)}); err != nil {
		t.Fatal(err)
	}
	if kinds, _ := altered(t, store); kinds != "" {
		t.Errorf("altered: %q", kinds)
	}
}

// TestDigestsOfServers has several servers post at once: the digests add up.
func TestDigestsOfServers(t *testing.T) {
	url := newURL(t)
	first := open(t, url)
	defer first.Close()
	programme(t, first, 6)
	var posting sync.WaitGroup
	for server := range 4 {
		store := open(t, url)
		defer store.Close()
		posting.Go(func() {
			for i := range 25 {
				v := visit(fmt.Sprintf("V%d", i%20), i%6) // of some of them others come first, or have other values
				own := visit(fmt.Sprintf("V%d-%d", server, i), i%6)
				if _, err := store.PostVisits(t.Context(), []data.Visit{v, own}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	posting.Wait()
	if kinds, _ := altered(t, first); kinds != "" {
		t.Errorf("altered: %q", kinds)
	}
	var visits int
	if err := connect(t, url).QueryRow(t.Context(), `SELECT count(*) FROM visits`).Scan(&visits); err != nil || visits != 4*25+20 {
		t.Errorf("%d visits, %v: the test shows nothing", visits, err)
	}
}
