package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/data/sqlite"
)

// everything is a handler that reads every kind of record.
func everything() data.RecordHandler {
	return data.RecordHandler{
		Area:      func(*data.Area) error { return nil },
		Team:      func(*data.Team) error { return nil },
		Household: func(*data.Household) error { return nil },
		Visit:     func(*data.Visit) error { return nil },
	}
}

// altered returns what a reading of the store reports as altered.
func altered(t *testing.T, store *sqlite.Store) string {
	t.Helper()
	_, err := store.Read(t.Context(), everything())
	var found *data.AlteredError
	if err != nil && !errors.As(err, &found) {
		t.Fatal(err)
	}
	if found == nil {
		return ""
	}
	if found.NoticedAt == "" {
		t.Error("nobody noticed when")
	}
	return fmt.Sprint(found.Alterations)
}

// visitV returns a visit of the small store's household H1.
func visitV(n int) data.Visit {
	return data.Visit{ID: fmt.Sprintf("N%d", n), HouseholdID: "H1", TeamID: "T1",
		At: time.Date(2025, 4, 1, 0, 0, n, 0, time.UTC), Outcome: data.Absent}
}

// Another program edits the file beside a store that is open: the revision rises once for each time that it is
// looked at, whatever the store itself writes in between, and what was edited is named until it is accepted.
func TestOthersAreNoticed(t *testing.T) {
	path := smallStore(t)
	store, ctx := open(t, path), t.Context()
	defer store.Close()
	other, err := sql.Open("sqlite3", path)
	must(t, err)
	defer other.Close()
	other.SetMaxOpenConns(1)
	edit := func(statement string) {
		t.Helper()
		_, err := other.Exec(statement)
		must(t, err)
	}
	revision := func() int64 {
		t.Helper()
		r, err := store.Revision(ctx)
		must(t, err)
		return r
	}
	n := 0
	post := func() int64 {
		t.Helper()
		n++
		posted, err := store.PostVisits(ctx, []data.Visit{visitV(n)})
		must(t, err)
		if posted.Results[0].Change != data.Created {
			t.Errorf("posted %+v", posted.Results)
		}
		return posted.Revision
	}
	first := revision()
	if again := revision(); again != first {
		t.Errorf("revision %d, then %d without a write", first, again)
	}
	if got := post(); got != first+1 || revision() != first+1 || altered(t, store) != "" {
		t.Errorf("a post of our own: revision %d, then %d, want %d", got, revision(), first+1)
	}

	edit(`DELETE FROM visit_rows WHERE visit_id = 'V1'`)
	if got := revision(); got != first+2 {
		t.Errorf("after an edit: revision %d, want %d", got, first+2)
	}
	if got := altered(t, store); got != "[{visits 3 2}]" {
		t.Errorf("altered: %s", got)
	}
	must(t, store.Accept(ctx))
	if got := altered(t, store); got != "" {
		t.Errorf("accepted, and altered: %s", got)
	}

	// The post comes before anybody looks: its revision leaves one out.
	before := revision()
	edit(`UPDATE households SET registered_on = '2023-01-01' WHERE household_id = 'H2'`)
	if got := post(); got != before+2 {
		t.Errorf("a post after an edit is of revision %d, want %d: a server would not read anew", got, before+2)
	}
	// The post comes between the last look and the edit.
	before = revision()
	post()
	edit(`UPDATE teams SET name = 'Đội khác'`)
	if got := revision(); got != before+2 {
		t.Errorf("an edit after a post: revision %d, want %d", got, before+2)
	}
	if got := altered(t, store); got != "[{teams 1 1} {households 2 2}]" {
		t.Errorf("altered: %s", got)
	}
	must(t, store.Accept(ctx))

	// Another process of this program is no other program.
	second := open(t, path)
	before = revision()
	n++
	_, err = second.PostVisits(ctx, []data.Visit{visitV(n)})
	must(t, err)
	must(t, second.Close())
	if got := revision(); got != before+1 || altered(t, store) != "" {
		t.Errorf("after a post of another process: revision %d, want %d", got, before+1)
	}
	edit(`UPDATE meta SET value = 'x'`) // changes no row
	edit(`INSERT INTO meta VALUES ('name', 'another')`)
	if got := revision(); got != before+2 || altered(t, store) != "[{settings 6 7}]" {
		t.Errorf("after an edit of meta: revision %d, want %d; altered %s", got, before+2, altered(t, store))
	}
}

// GDAL, by which QGIS edits, is another program like any other.
func TestEditsOfGDALAreNoticed(t *testing.T) {
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo is not installed (Debian: gdal-bin)")
	}
	path := smallStore(t)
	store := open(t, path)
	defer store.Close()
	before, err := store.Revision(t.Context())
	must(t, err)
	out, err := exec.Command(ogrinfo, path, "-sql",
		`UPDATE areas SET population = 5 WHERE code = '0101'`).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	after, err := store.Revision(t.Context())
	must(t, err)
	if after != before+1 || altered(t, store) != "[{areas 3 3}]" {
		t.Errorf("revision %d after %d; altered %s", after, before, altered(t, store))
	}
}
